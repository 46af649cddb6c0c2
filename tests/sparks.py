"""A session of Spark on this machine alone, and the comparison of what it gives with a run folder."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kycrule.bound import Program
from kycrule.engines import sql
from kycrule.engines.dialects import SPARK

LISTED = "array_to_string({}, ';')"
FINDINGS = "account_id, subject, code, name, outcome, cites, message"


THERE = shutil.which("java") is not None and importlib.util.find_spec("pyspark") is not None
"""Whether Spark can run here at all."""


def session(memory: str = "2g", **settings: str) -> Any:
    """A session of two threads, in a zone of time that nothing may depend on."""
    from pyspark.sql import SparkSession

    plain = {
        "spark.driver.memory": memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "America/New_York",
    }
    builder = SparkSession.builder.master("local[2]").appName("kycrule")
    for name, value in (plain | settings).items():
        builder = builder.config(name, value)
    running = builder.getOrCreate()
    running.sparkContext.setLogLevel("ERROR")
    return running


PLAIN = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""For small tables: to compile a plan takes longer than to go through it."""


class Engine:
    """The steps of a run on Spark, for tables that tests load."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session = session(**PLAIN)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""
        return [tuple(row) for row in self._session.sql(statement).collect()]

    def load(self, name: str, table: pa.Table) -> None:
        """Make a table of an Arrow table."""
        (path,) = written({name: table}, self._folder).values()
        self._session.read.parquet(str(path)).createOrReplaceTempView(name)

    def judge(self, program: Program, as_of: date) -> None:
        """Make the result tables from the loaded ones."""
        steps = sql.queries(program, as_of, SPARK)
        for name in ("determinations", "findings", "due"):
            query = sql.whole(steps, f"SELECT * FROM {name}", SPARK)
            self._session.sql(query).createOrReplaceTempView(f"kept_{name}")
        for name in ("determinations", "findings", "due"):
            self._session.table(f"kept_{name}").createOrReplaceTempView(name)

    def close(self) -> None:
        """Stop the session."""
        self._session.stop()


def written(tables: dict[str, pa.Table], folder: Path) -> dict[str, Path]:
    """The tables as Parquet files, by role."""
    paths = {role: folder / f"{role}.parquet" for role in tables}
    for role, table in tables.items():
        pq.write_table(table, paths[role])
    return paths


def kept(result: Any, folder: Path) -> Path:
    """The results of Spark, each in a folder of Parquet files."""
    for name in ("determinations", "findings", "quarantine"):
        getattr(result, name).write.parquet(str(folder / name))
    return folder


def differences(run: Path, spark: Path) -> dict[str, int]:
    """By result, how many rows stand in a run folder and not with Spark, or the other way round."""
    columns = ", ".join(pq.read_schema(run / "determinations.parquet").names)
    pairs = {
        "determinations": (
            f"SELECT {columns} FROM '{run}/determinations.parquet'",
            f"SELECT {columns} FROM '{spark}/determinations/*.parquet'",
        ),
        "findings": (
            f"SELECT {FINDINGS}, missing, due FROM {_csv(run / 'findings.csv')}",
            f"SELECT {FINDINGS}, {LISTED.format('missing')}, CAST(due AS VARCHAR) FROM '{spark}/findings/*.parquet'",
        ),
        "quarantine": (
            f"SELECT regexp_replace(file, '\\..*$', ''), code, \"column\" FROM {_csv(run / 'quarantine.csv')}",
            f"SELECT table_name, code, column_name FROM '{spark}/quarantine/*.parquet'",
        ),
    }
    with duckdb.connect(":memory:") as connection:
        return {name: sum(_more(connection, *pair) for pair in ((a, b), (b, a))) for name, (a, b) in pairs.items()}


def counts(spark: Path) -> dict[str, int]:
    """How many rows each result of Spark has."""
    return {each.name: pq.read_table(each).num_rows for each in sorted(spark.iterdir())}


def _csv(path: Path) -> str:
    return f"read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"', parallel = false)"


def _more(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    blank = "SELECT * FROM ({})"
    query = f"SELECT count(*) FROM ({blank.format(_filled(one))} EXCEPT ALL {blank.format(_filled(other))})"
    return int(connection.execute(query).fetchall()[0][0])


def _filled(select: str) -> str:
    """Every cell as text; one that is empty and one that is not given are the same in a file of texts."""
    return f"SELECT coalesce(CAST(COLUMNS(*) AS VARCHAR), '') FROM ({select})"
