"""The determination as views: the same answers as a run gives for the same tables."""

import csv
from collections import Counter
from contextlib import ExitStack, closing
from datetime import date

import postgres
import pyarrow.parquet as pq
import pytest
import userdata
from needs import needs

import kycrule
from kycrule.engines.duckdb import Engine
from kycrule.readings import Readings
from kycrule.records import SpecialMeasure
from kycrule.views import views

AS_OF = date(2024, 6, 1)
READINGS = Readings(us_nationals="foreign-person", retention_clock="earlier")
MEASURES = [SpecialMeasure.read({"jurisdiction": "CN", "effect": "prohibit", "issued_on": "2023-09-01"})]
SETTING = {"providers": userdata.PROVIDERS, "resellers": userdata.RESELLERS, "special_measures": MEASURES}
COUNT = 600
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


def made(dialect, **more):
    sources = {role: role for role in userdata.MODELS}
    names = {role: [column.name for column in userdata.MODELS[role].columns()] + ["row"] for role in ORDERED}
    return views(dialect, sources, columns=names, **SETTING, as_of=AS_OF, readings=READINGS, **more)


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
        told = {row[0]: dict(zip(columns, row, strict=True)) for row in found}
        differing = [
            (name, field, told[name][field], row[field])
            for name, row in by_account.items()
            for field in row
            if told[name][field] != row[field]
        ]

        assert len(found) == len(told) == len(by_account) > COUNT * 0.8
        assert differing[:3] == []

    def test_findings(self, execute, run):
        columns = ("account_id", "subject", "code", "name", "outcome", "cites", "message", "missing", "due")
        told = Counter(
            tuple("" if cell is None else ";".join(cell) if isinstance(cell, list) else str(cell) for cell in row)
            for view in ("findings", "provider_findings")
            for row in execute(f"SELECT {', '.join(columns)} FROM kycrule_{view}")
        )
        with (run / "findings.csv").open(encoding="utf-8", newline="") as stream:
            expected = Counter(tuple(row[column] for column in columns) for row in csv.DictReader(stream))

        assert list((told - expected).items())[:3] == []
        assert list((expected - told).items())[:3] == []

    def test_quarantine(self, execute, run):
        told = Counter(execute("SELECT code, column_name FROM kycrule_quarantine"))
        with (run / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
            expected = Counter((row["code"], row["column"]) for row in csv.DictReader(stream))

        assert told == expected
        assert len(told) > 12
