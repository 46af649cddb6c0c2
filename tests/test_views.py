"""The determination as views: the same answers as a run gives for the same tables."""

import csv
from collections import Counter
from contextlib import ExitStack, closing
from datetime import date

import postgres
import pyarrow.parquet as pq
import pytest
import sqlglot
import userdata
from needs import needs

import kycrule
from kycrule import told
from kycrule.engines.dialects import DIALECTS
from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError
from kycrule.readings import Readings
from kycrule.records import JUDGED, SpecialMeasure
from kycrule.views import contract, views

AS_OF = date(2024, 6, 1)
READINGS = Readings(us_nationals="foreign-person", retention_clock="earlier")
MEASURES = [SpecialMeasure.read({"jurisdiction": "CN", "effect": "prohibit", "issued_on": "2023-09-01"})]
SETTING = {"providers": userdata.PROVIDERS, "resellers": userdata.RESELLERS, "special_measures": MEASURES}
COUNT = 400
ORDERED = ("owners", "training")


@pytest.fixture(scope="module")
def rows():
    return userdata.tables(COUNT, seed=20240601)


@pytest.fixture(scope="module")
def run(rows, tmp_path_factory):
    """The run folder that DuckDB makes of the tables."""
    out = tmp_path_factory.mktemp("views") / "run"
    tables = {role: userdata.arrow(role, listed) for role, listed in rows.items()}
    kycrule.check(**tables, **SETTING, as_of=AS_OF, readings=READINGS, out=out, raw_csv=True)
    return out


def made(dialect):
    sources = {role: role for role in JUDGED}
    names = {role: [column.name for column in JUDGED[role].columns()] + ["row"] for role in ORDERED}
    return views(dialect, sources, columns=names, **SETTING, as_of=AS_OF, readings=READINGS)


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=needs(postgres.PROGRAMS, "PostgreSQL"))]
)
def execute(request, rows):
    tables = {role: userdata.arrow(role, listed) for role, listed in rows.items()}
    with ExitStack() as opened:
        if request.param == "duckdb":
            engine = opened.enter_context(closing(Engine()))
            for role, table in tables.items():
                engine.connection.register(role, table)
        else:
            engine = opened.enter_context(closing(postgres.Engine(opened.enter_context(postgres.cluster()))))
            for role, table in tables.items():
                engine.load(role, table)
        for statement in made(request.param).split(";\n\n"):
            engine.execute(statement)
        yield engine.execute


class TestTheSameAsARun:
    """Views over tables give what a run gives for them: every determination, finding and row in quarantine."""

    def test_determinations(self, execute, run):
        by_account = {row["account_id"]: row for row in pq.read_table(run / "determinations.parquet").to_pylist()}
        columns = list(next(iter(by_account.values())))
        found = execute(f"SELECT {', '.join(columns)} FROM kycrule_determinations")
        by_name = {row[0]: dict(zip(columns, row, strict=True)) for row in found}
        differing = [
            (name, field, by_name[name][field], row[field])
            for name, row in by_account.items()
            for field in row
            if by_name[name][field] != row[field]
        ]

        assert len(found) == len(by_name) == len(by_account) > COUNT * 0.8
        assert differing[:3] == []

    def test_findings(self, execute, run):
        columns = ("account_id", "subject", "code", "name", "outcome", "cites", "message", "missing", "due")
        listed = Counter(
            tuple("" if cell is None else ";".join(cell) if isinstance(cell, list) else str(cell) for cell in row)
            for view in ("findings", "provider_findings")
            for row in execute(f"SELECT {', '.join(columns)} FROM kycrule_{view}")
        )
        with (run / "findings.csv").open(encoding="utf-8", newline="") as stream:
            expected = Counter(tuple(row[column] for column in columns) for row in csv.DictReader(stream))

        assert list((listed - expected).items())[:3] == []
        assert list((expected - listed).items())[:3] == []

    def test_quarantine(self, execute, run):
        listed = Counter(execute("SELECT code, column_name FROM kycrule_quarantine"))
        with (run / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
            expected = Counter((row["code"], row["column"]) for row in csv.DictReader(stream))

        assert listed == expected
        assert len(listed) > 12


@pytest.mark.parametrize("dialect", DIALECTS)
class TestEveryDialect:
    """The text is such that a parser of the dialect understands all of it."""

    def test_parses(self, dialect):
        # The steps of the rule itself are parsed in tests/engines/test_sql.py, and take long.
        views_ = made(dialect).split(";\n\n")[-2:]
        steps = (query.text for query in told.queries(AS_OF, READINGS, DIALECTS[dialect], key="account_id"))
        for text in (*views_, *steps, *contract(dialect).split(";\n\n")):
            parsed = sqlglot.parse(text.rstrip(";\n"), read=dialect, error_level=sqlglot.ErrorLevel.RAISE)

            assert len(parsed) == 1
            assert not list(parsed[0].find_all(sqlglot.exp.Command))

    def test_says_of_what_it_is_made(self, dialect):
        head = made(dialect).splitlines()[:2]

        assert "never in force" in head[0]
        assert "As of 2024-06-01" in head[1]
        assert "us_nationals = foreign-person, retention_clock = earlier" in head[1]


class TestTheTablesThatAreAskedFor:
    def test_are_those_that_the_views_read(self):
        with closing(Engine()) as engine:
            engine.execute(contract("duckdb"))
            engine.execute(
                "INSERT INTO customers (account_id, kind, citizenships, country) VALUES "
                "('a', 'individual', ['FR'], 'FR'), (NULL, 'individual', ['FR'], 'FR')"
            )
            engine.execute(views("duckdb", {role: role for role in JUDGED}, as_of=AS_OF))

            assert engine.execute("SELECT account_id, foreign_customer FROM kycrule_determinations") == [("a", True)]
            assert engine.execute("SELECT table_name, code FROM kycrule_quarantine") == [("customers", "K930")]

    def test_may_be_one_that_names_no_provider(self):
        with closing(Engine()) as engine:
            engine.execute("CREATE TABLE t AS SELECT 'a' AS account_id, 'FR' AS country")
            text = views(
                "duckdb",
                {"customers": "t"},
                columns={"customers": ["account_id", "country"]},
                providers=userdata.PROVIDERS[:1],
                as_of=AS_OF,
            )
            engine.execute(text)

            assert engine.execute("SELECT account_id, disposition FROM kycrule_determinations") == [
                ("a", "undetermined")
            ]

    @pytest.mark.parametrize(
        ("sources", "columns", "says"),
        [
            ({"customers": "t", "owner": "t"}, {}, "There is no table owner. Did you mean owners?"),
            ({"owners": "t"}, {}, "Say which table has the customers."),
            ({"customers": "t; DROP TABLE t"}, {}, "A table is named by letters"),
            ({"customers": "t"}, {"customers": ["account_id", "nmae"]}, "no column nmae. Did you mean name?"),
            ({"customers": "t"}, {"customers": ["name"]}, "The table customers must have account_id."),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_others_are_refused(self, sources, columns, says):
        with pytest.raises(DefinitionError) as refused:
            views("duckdb", sources, columns=columns, as_of=AS_OF)

        assert says in str(refused.value)

    def test_of_no_dialect(self):
        with pytest.raises(DefinitionError, match=r"no dialect postgre\. Did you mean postgres\?"):
            contract("postgre")
