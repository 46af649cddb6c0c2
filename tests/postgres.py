"""A PostgreSQL server of the tests' own: a new cluster in a folder that is thrown away, reached by a socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from kycrule.bound import Program
from kycrule.engines import sql
from kycrule.engines.dialects import POSTGRES

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
"""Where Debian has the programs of the newest server."""

USER = "postgres"
TYPES = {
    pa.string(): "text",
    pa.list_(pa.string()): "text[]",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamptz",
    pa.decimal128(15, 12): "numeric(15, 12)",
    pa.decimal128(38, 0): "numeric(38, 0)",
    pa.decimal128(18, 6): "numeric(18, 6)",
    pa.bool_(): "boolean",
    pa.int64(): "bigint",
}


@contextmanager
def cluster() -> Iterator[str]:
    """How to connect to a server that runs until the end."""
    folder = Path(tempfile.mkdtemp(prefix="kycrule-pg-"))
    try:
        own: dict[str, Any] = {}
        if os.geteuid() == 0:
            # The server refuses to be run by root.
            own = {"user": USER, "group": USER}
            os.chown(folder, pwd.getpwnam(USER).pw_uid, -1)

        def run(program: str, *arguments: str) -> None:
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run([PROGRAMS / program, *arguments], check=True, cwd=folder, timeout=120, **quiet, **own)

        data = str(folder / "data")
        run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        # No port is opened, and nothing need outlive the test.
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c timezone=UTC"
        run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"host={folder} user={USER} dbname=postgres"
        finally:
            run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


class Engine:
    """The steps of a run on a PostgreSQL server, in tables that are gone with the connection."""

    def __init__(self, how: str) -> None:
        self._connection = psycopg.connect(how, autocommit=True)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""
        cursor = self._connection.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def load(self, name: str, table: pa.Table) -> None:
        """Make a table of an Arrow table."""
        columns = ", ".join(f'"{field.name}" {TYPES[field.type]}' for field in table.schema)
        self.execute(f"DROP TABLE IF EXISTS {name}")
        self.execute(f"CREATE TEMP TABLE {name} ({columns})")
        with self._connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                copy.write_row(row)
        self.execute(f"ANALYZE {name}")

    def judge(self, program: Program, as_of: date) -> None:
        """Make the result tables from the loaded ones."""
        self.make(sql.queries(program, as_of, POSTGRES))

    def make(self, queries: Iterable[sql.Query]) -> None:
        """Make tables of queries, in their order."""
        for query in queries:
            self.execute(f"DROP TABLE IF EXISTS {query.name}")
            self.execute(f"CREATE TEMP TABLE {query.name} AS {query.text}")
            self.execute(f"ANALYZE {query.name}")

    def close(self) -> None:
        """Close the connection, and forget the tables."""
        self._connection.close()
