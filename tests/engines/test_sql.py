"""SQL text: literals, names, and what DuckDB may and may not do."""

import re
from dataclasses import replace
from datetime import date

import duckdb
import pytest
import sqlglot
import worlds

from kycrule.determine import program
from kycrule.engines import sql
from kycrule.engines.dialects import BIGQUERY, DIALECTS, DUCKDB, SNOWFLAKE, SPARK
from kycrule.engines.duckdb import Engine
from kycrule.errors import EngineError
from kycrule.expr import Constant, Value
from kycrule.literals import quoted
from kycrule.readings import Readings
from kycrule.records import Customer, Provider
from kycrule.standing import standing

AS_OF = worlds.AS_OF
NAME = "Zelda O'Quimby"


@pytest.fixture
def engine():
    running = Engine(threads=1)
    yield running
    running.close()


# Text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "plain", "O'Hara", "''", 'a "b"', "a\\b", "a\nb", "--", "/*", "王小明", "$$x$$"])
def test_a_quoted_text_is_that_text(engine, text):
    assert engine.execute(f"SELECT {quoted(text)}") == [(text,)]


def test_steps_have_names_of_their_own_and_results_come_last():
    names = [query.name for query in sql.queries(program(Readings()), AS_OF)]

    assert len(set(names)) == len(names)
    assert {"determinations", "findings", "due"} <= set(names)
    assert not {"determinations", "findings", "due"} & set(names[:5])


def test_steps_are_the_same_text_each_time():
    assert sql.queries(program(Readings()), AS_OF) == sql.queries(program(Readings()), AS_OF)


def test_date_of_the_question_stands_in_the_text_and_no_clock_does():
    text = " ".join(query.text for query in sql.queries(program(Readings()), date(2031, 5, 7)))

    assert "DATE '2031-05-07'" in text
    assert not re.search(r"\b(now|today|current_date|current_timestamp|random|uuid)\b", text, re.IGNORECASE)


def test_the_share_of_the_law_is_a_decimal_and_no_float(engine):
    text = " ".join(query.text for query in sql.queries(program(Readings()), AS_OF))

    assert "(owner_share >= 25)" in text
    assert engine.execute("SELECT CAST(24.999999999999 AS DECIMAL(15, 12)) >= 25") == [(False,)]


def texts(dialect, readings=Readings()):
    steps = (*sql.queries(program(readings), AS_OF, dialect), *sql.standing_queries(standing(readings), AS_OF, dialect))
    return [step.text for step in steps]


def test_another_dialect_is_another_way_to_write_the_same_steps():
    text = " ".join(texts(replace(DUCKDB, name="other", quote="`", compact="array_compact({list})")))

    assert "list_filter([CASE" not in text.replace("list_filter([CASE WHEN NOT", "")
    assert "array_compact(" in text
    assert "c.`kind` AS customer_kind" in text


@pytest.mark.parametrize("dialect", [BIGQUERY, SNOWFLAKE], ids=lambda dialect: dialect.name)
def test_every_step_is_sql_of_a_dialect_that_no_test_executes(dialect):
    for text in texts(dialect):
        parsed = sqlglot.parse(text, read=dialect.name, error_level=sqlglot.ErrorLevel.RAISE)

        assert len(parsed) == 1
        assert not list(parsed[0].find_all(sqlglot.exp.Command))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("text", ["", "plain", "O'Hara", "''", 'a "b"', "a\\b", "a\nb", "${x}", "--", "/*", "王小明"])
def test_a_text_is_one_literal_of_its_dialect(dialect, text):
    (parsed,) = sqlglot.parse(f"SELECT {dialect.quoted(text)}", read=dialect.name)
    (found,) = parsed.expressions

    assert isinstance(found, sqlglot.exp.Literal)
    assert found.this.replace("\\u0024", "$") == text


def test_no_literal_of_spark_begins_a_variable():
    assert "$" not in SPARK.quoted("${spark.app.name}")


class Unheard(Value[date]):
    """A kind of node that no engine knows."""


def test_a_node_that_has_no_sql_is_refused():
    bound = program(Readings())

    with pytest.raises(NotImplementedError, match="Unheard"):
        sql.queries(replace(bound, retention=replace(bound.retention, by=Unheard())), AS_OF)
    with pytest.raises(NotImplementedError, match="Constant"):
        sql.queries(replace(bound, foreign_customer=Constant("x")), AS_OF)


# DuckDB -------------------------------------------------------------------------------------------


def setting(engine, name):
    return engine.execute(f"SELECT current_setting({quoted(name)})")[0][0]


def test_the_engine_fetches_no_extension(engine):
    assert setting(engine, "autoinstall_known_extensions") is False
    assert setting(engine, "autoload_known_extensions") is False


def test_the_engine_keeps_time_in_utc(engine):
    assert setting(engine, "TimeZone") == "UTC"


def test_threads_memory_and_workspace_are_those_asked_for(tmp_path):
    running = Engine(tmp_path, threads=1, memory="512MB")
    try:
        assert setting(running, "threads") == 1
        assert setting(running, "memory_limit") == "488.2 MiB"
        assert setting(running, "temp_directory") == str(tmp_path)
    finally:
        running.close()


def test_a_setting_left_alone_is_as_duckdb_has_it(engine):
    plain = duckdb.connect(":memory:")
    try:
        usual = plain.execute("SELECT current_setting('memory_limit')").fetchone()[0]
    finally:
        plain.close()

    assert setting(engine, "memory_limit") == usual


@pytest.mark.parametrize(
    "statement",
    [
        f"FROM there_is_no_such_table SELECT {quoted(NAME)}",
        f"SELECT CAST({quoted(NAME)} AS DATE)",
        f"SELEC {quoted(NAME)}",
        f"SELECT error({quoted(NAME)})",
    ],
)
def test_what_duckdb_refuses_is_told_by_its_kind_alone(engine, statement):
    with pytest.raises(EngineError, match=r"^DuckDB failed: \w+\.$") as refused:
        engine.execute(statement)

    assert "Zelda" not in str(refused.value)
    assert "SELEC" not in str(refused.value)


def test_an_engine_that_is_closed_fails_as_an_engine():
    running = Engine()
    running.close()

    with pytest.raises(EngineError, match="DuckDB failed: ConnectionException"):
        running.execute("SELECT 1")


def test_providers_are_loaded_value_for_value(engine):
    provider = Provider.read(
        {
            "id": "O'Hara's",
            "name": 'a "b" \\ ; DROP TABLE providers; --',
            "organized_in": "US",
            "us_owned": False,
            "offers_iaas": True,
            "deterrence_program_finding": "2024-02-29",
        }
    )
    engine.load_providers([provider, Provider.read({"id": "blank"})])
    columns = ", ".join(f'"{column.name}"' for column in Provider.columns())
    first, second = engine.execute(f"FROM providers SELECT {columns} ORDER BY id")

    assert dict(zip((column.name for column in Provider.columns()), first, strict=True)) == provider.model_dump()
    assert set(second[1:]) == {None}


def test_providers_loaded_anew_replace_those_before(engine):
    engine.load_providers([Provider.read({"id": "one"}), Provider.read({"id": "two"})])
    engine.load_providers([Provider.read({"id": "three"})])

    assert engine.execute("SELECT id FROM providers") == [("three",)]


def test_an_account_with_quotes_in_every_text_is_judged_and_its_texts_come_back():
    hostile = "a';--\"b\\"
    owner = {"owner_id": hostile, "share": "25"}
    world = worlds.World(
        customer=Customer.read({"account_id": hostile, "name": hostile, "kind": "entity", "owners": [owner]}),
        provider=Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}),
    )
    (answer,) = worlds.by_duckdb([world])

    assert answer == worlds.by_record([world])[0]
    assert {found.subject for found in answer.findings} == {hostile}
    assert any(name.startswith(f"owners[{hostile}].") for name in answer.turns_on)


def test_rules_without_accounts_give_empty_results():
    assert worlds.by_duckdb([]) == []


def test_accounts_that_another_reading_would_change_are_listed_with_it(engine):
    individual = Customer.read({"account_id": "a", "kind": "individual", "country": "DE", "citizenships": ["AS"]})
    served = {
        "provider": Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
    }
    worlds.load(engine, [worlds.World(customer=individual, **served)])
    others = {
        ("us_nationals", "foreign-person"): program(Readings(us_nationals="foreign-person")),
        ("retention_clock", "earlier"): program(Readings(retention_clock="earlier")),
    }
    engine.compare(program(Readings()), others, AS_OF)

    assert engine.execute("SELECT * FROM compared") == [(0, "us_nationals", "foreign-person", "covered")]
