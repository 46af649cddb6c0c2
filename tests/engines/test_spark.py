"""The determination on Spark: the same answers as a run gives for the same tables."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sparks
import userdata
from needs import needs

import kycrule
from kycrule.cases import load_cases
from kycrule.errors import DefinitionError, EngineError, InputError
from kycrule.readings import Readings
from kycrule.spark import check

AS_OF = date(2024, 6, 1)
COUNT = 300
CASES = [
    case
    for path in sorted((Path(__file__).parents[1] / "cases").glob("*.toml"))
    for case in load_cases(path)
    # Each day and each choice of readings would be a query of its own, and a query takes a minute.
    if (case.as_of, case.readings, case.special_measures) == (AS_OF, Readings(), ())
]


def of_cases():
    """The rows of all cases, and who serves: each case with names of its own."""
    rows = {"customers": [], "owners": [], "accesses": [], "training": []}
    providers, resellers = [], []
    for place, case in enumerate(CASES):

        def own(name, place=place):
            return None if name is None else f"{place}:{name}"

        customer = case.customer
        account = own(customer.account_id)
        served = {"account_id": account, "served_by": own(case.serving.id)}
        rows["customers"].append({**fields(customer), **served})
        rows["owners"] += [{**fields(owner), "account_id": account} for owner in customer.owners]
        rows["accesses"] += [{**fields(access), "account_id": account} for access in customer.accesses]
        rows["training"] += [
            {**fields(each), "account_id": account, "transaction_id": own(each.transaction_id)}
            for each in case.training
        ]
        providers += [
            each.model_copy(update={name: own(getattr(each, name)) for name in ("id", "resells_for", "parent")})
            for each in case.setting.providers
        ]
        resellers += [
            each.model_copy(update={"id": own(each.id), "supplied_by": own(each.supplied_by)})
            for each in case.setting.supplied()
        ]
    return rows, providers, resellers


def fields(record):
    return {column.name: getattr(record, column.name) for column in type(record).columns()}


def everything():
    """Those rows, and generated ones that are wrong in every way; some columns of another type that will do."""
    rows, providers, resellers = of_cases()
    for role, listed in userdata.tables(COUNT, seed=20240601).items():
        rows[role] += listed
        for place, row in enumerate(rows[role]):
            row["row"] = place
    tables = {role: userdata.arrow(role, listed) for role, listed in rows.items()}
    owners = tables["owners"]
    joined = pc.binary_join(owners["citizenships"], ";")
    owners = owners.set_column(owners.schema.get_field_index("citizenships"), "citizenships", joined)
    shares = pa.array([None if share is None else float(share) for share in owners["share"].to_pylist()])
    tables["owners"] = owners.set_column(owners.schema.get_field_index("share"), "share", shares)
    return tables, [*providers, *userdata.PROVIDERS], [*resellers, *userdata.RESELLERS]


@needs(sparks.THERE, "Java and pyspark")
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning")
class TestTheSameAsARun:
    """Spark gives what a run gives for the same tables: every determination, finding and fault."""

    def test_of_every_case_and_of_rows_that_are_wrong(self, tmp_path):
        tables, providers, resellers = everything()
        paths = sparks.written(tables, tmp_path)
        setting = {"providers": providers, "resellers": resellers, "as_of": AS_OF}
        kycrule.check(**paths, **setting, out=tmp_path / "run", raw_csv=True, keep_records=False)
        spark = sparks.session(**sparks.PLAIN)
        try:
            given = {role: spark.read.parquet(str(path)) for role, path in paths.items()}
            result = check(spark, **given, **setting)
            left = [table.name for table in spark.catalog.listTables()]
            kept = sparks.kept(result, tmp_path / "spark")
        finally:
            spark.stop()

        assert len(CASES) > 300
        assert sparks.counts(kept)["determinations"] > len(CASES) + COUNT * 0.8
        assert sparks.counts(kept)["quarantine"] > 50
        assert sparks.differences(tmp_path / "run", kept) == {"determinations": 0, "findings": 0, "quarantine": 0}
        assert result.ignored == {"customers": ("row",), "owners": (), "accesses": ("row",), "training": ()}
        assert left == []


def table(**kinds):
    return SimpleNamespace(dtypes=list(kinds.items()))


def asked(told="false", **tables):
    """What is refused is refused before Spark is asked for anything."""
    conf = SimpleNamespace(get=lambda _name, _default: told)
    return check(SimpleNamespace(conf=conf), **tables)


class TestRefusedBeforeAnythingIsAsked:
    def test_columns_whose_type_would_have_to_be_read(self):
        with pytest.raises(DefinitionError) as refused:
            asked(
                customers=table(account_id="bigint", verified_on="string", Country="string"),
                owners=table(account_id="string", share="string", us_permanent_resident="int"),
                accesses=table(account_id="string", ip="string", at="timestamp_ntz"),
            )

        assert str(refused.value).splitlines() == [
            "customers: the column verified_on is string, and has to be DATE. "
            "owners: the column share is string, and has to be DECIMAL(15, 12). "
            "owners: the column us_permanent_resident is int, and has to be BOOLEAN. "
            "accesses: the column at is timestamp_ntz, and has to be TIMESTAMP. "
            "Cast them first, where every value stays what it is."
        ]

    def test_accesses_within_customers(self):
        with pytest.raises(DefinitionError, match="accesses are a table of their own here"):
            asked(customers=table(account_id="string", ip_addresses="string"))

    def test_a_table_without_a_column_that_it_must_have(self):
        with pytest.raises(InputError, match="There is no account_id"):
            asked(customers=table(name="string"))

    def test_names_that_no_table_has(self):
        with pytest.raises(DefinitionError, match="no file has a column named firm"):
            asked(customers=table(account_id="string"), mapping={"firm": "name"})

    def test_a_session_that_reads_texts_otherwise(self):
        with pytest.raises(EngineError, match="escapedStringLiterals"):
            asked("true", customers=table(account_id="string"))
