"""Runs a bound regulation on DuckDB, the embedded engine for whole tables."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kycrule.bound import Program, Standing
from kycrule.engines import sql
from kycrule.errors import DefinitionError, EngineError, InputError
from kycrule.literals import SQL_TYPES, literal, quoted
from kycrule.records import Provider, Record, Reseller

if TYPE_CHECKING:
    import duckdb

_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENOENT)
_AGAIN: Final = 0.05
"""Seconds between one call to stop a query and the next."""


class Engine:
    """A DuckDB connection that reads nothing but local files and fetches no code.

    Raises:
        DefinitionError: DuckDB is not installed, or a setting is not usable.

    Args:
        workspace: where it may spill what does not fit in memory.
        threads: how many threads it uses; None leaves it to DuckDB.
        memory: most memory it takes, for example ``2GB``; None leaves it to DuckDB.

    Attributes:
        version: of DuckDB.
        connection: the open connection.
    """

    def __init__(self, workspace: Path | None = None, *, threads: int | None = None, memory: str | None = None) -> None:
        try:
            import duckdb
            import numpy as np  # noqa: F401  # pyright: ignore[reportUnusedImport] - functions of Python want it
        except ModuleNotFoundError:
            message = 'Whole files need the extra: pip install "kycrule[batch]".'
            raise DefinitionError(message) from None

        settings: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if workspace is not None:
            settings["temp_directory"] = str(workspace)
        if threads is not None:
            settings["threads"] = threads
        if memory is not None:
            settings["memory_limit"] = memory
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kycrule-duckdb")
        self._begun: list[Future[list[tuple[Any, ...]]]] = []
        self.version = duckdb.__version__
        self._failure = duckdb.Error
        self._disk_failure = duckdb.IOException
        try:
            self.connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=settings)
        except duckdb.Error:
            message = "threads is a number of at least 1, and memory a size such as 2GB."
            raise DefinitionError(message) from None
        self.execute("SET TimeZone = 'UTC'")
        # A bar of the engine's own would stand among what was asked for.
        self.execute("SET enable_progress_bar = false")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement gives.

        Raises:
            EngineError: DuckDB refused it; the message names the kind of error, never a value.
            OSError: a file, of the run or of what does not fit in memory, could not be written or read.
        """
        return self.finish(self.start(statement))

    def start(self, statement: str) -> Future[list[tuple[Any, ...]]]:
        """Let a statement run, after those that were started before it, while the caller goes on."""
        # The engine works elsewhere, so that a signal reaches this thread while a query goes on.
        running = self._worker.submit(self._rows, statement)
        self._begun = [*(earlier for earlier in self._begun if not earlier.done()), running]
        return running

    def finish(self, running: Future[list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        """The rows that a statement gives that was started.

        Raises:
            EngineError: DuckDB refused it; the message names the kind of error, never a value.
        """
        try:
            return running.result()
        except self._disk_failure as error:
            raise _of_disk(str(error)) from None
        except self._failure as error:
            message = f"DuckDB failed: {type(error).__name__}."
            # What the engine says may hold values of a record.
            raise EngineError(message) from None
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        # A query that had not begun yet would not notice.
        while wait(self._begun, timeout=_AGAIN).not_done:
            self.connection.interrupt()

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement).fetchall()

    def offer(self, name: str, function: Callable[[str], str | None]) -> None:
        """Let statements call a function of a text that gives a text; of an unknown it gives an unknown."""
        from duckdb.func import FunctionNullHandling

        def known(text: str | None) -> str | None:
            return None if text is None else function(text)

        # Left to itself, the engine refuses an unknown for a known text.
        self.connection.create_function(  # pyright: ignore[reportUnknownMemberType] - of numpy's types
            name, known, ["VARCHAR"], "VARCHAR", null_handling=FunctionNullHandling.SPECIAL
        )

    def lend(self, name: str, table: Any) -> None:
        """Let statements read a table in memory under a name.

        Raises:
            InputError: it is not a table that the engine can read.
        """
        try:
            self._worker.submit(self.connection.register, name, table).result()
        except (self._failure, ImportError, TypeError, ValueError):
            message = (
                "A table in memory is a pandas, polars or Arrow table, or a DuckDB relation; this is none that can be "
                "read here."
            )
            raise InputError(message) from None

    def close(self) -> None:
        """Stop what still runs and close the connection; its thread goes with the engine."""
        self._stop()
        self.connection.close()

    def load_providers(self, providers: Iterable[Provider]) -> None:
        """Make the ``providers`` table."""
        self._load("providers", Provider, providers)

    def load_resellers(self, resellers: Iterable[Reseller]) -> None:
        """Make the ``resellers`` table."""
        self._load("resellers", Reseller, resellers)

    def _load(self, table: str, model: type[Record], records: Iterable[Record]) -> None:
        columns = model.columns()
        typed = ", ".join(f'"{column.name}" {SQL_TYPES[column.form.name]}' for column in columns)
        self.execute(f"CREATE OR REPLACE TABLE {table} ({typed}, place BIGINT)")
        for place, record in enumerate(records):
            values = ", ".join(literal(getattr(record, column.name)) for column in columns)
            self.execute(f"INSERT INTO {table} VALUES ({values}, {place})")

    def judge(self, program: Program, as_of: date) -> None:
        """Make the result tables ``determinations``, ``findings`` and ``due`` from the loaded tables."""
        self._read_as(program)
        self.make(sql.queries(program, as_of))

    def judge_standing(self, standing: Standing, as_of: date) -> None:
        """Make ``standing_findings`` and ``standing_due`` of the loaded providers and resellers."""
        self.make(sql.standing_queries(standing, as_of))

    def determined(self) -> int:
        """How many accounts have a determination."""
        return int(self.execute("SELECT count(*) FROM determinations")[0][0])

    def compare(self, usual: Program, others: Mapping[tuple[str, str], Program], as_of: date) -> None:
        """Make the table ``compared``: the accounts whose disposition is another under other readings.

        Args:
            usual: the program that the others are compared with.
            others: the programs under the name of a reading and its other value.
            as_of: the date as of which it is asked.
        """
        self.execute("CREATE TABLE compared (record BIGINT, reading VARCHAR, value VARCHAR, would_be VARCHAR)")
        self._dispose(usual, as_of)
        self.execute("CREATE TABLE usual AS SELECT record, disposition FROM determinations")
        for (reading, value), program in others.items():
            self._dispose(program, as_of)
            self.execute(
                f"INSERT INTO compared SELECT d.record, {quoted(reading)}, {quoted(value)}, d.disposition "
                "FROM determinations AS d JOIN usual AS u ON u.record = d.record WHERE d.disposition <> u.disposition"
            )

    def _read_as(self, program: Program) -> None:
        """Let the shares of owners be those of the reading: the view ``owners`` goes by it."""
        self.execute(f"SET VARIABLE indirect_ownership = {quoted(program.readings['indirect_ownership'])}")

    def _dispose(self, program: Program, as_of: date) -> None:
        self._read_as(program)
        queries = sql.queries(program, as_of)
        names = [query.name for query in queries]
        self.make(queries[: names.index("determinations") + 1])

    def make(self, queries: Iterable[sql.Query]) -> None:
        """Make the table of each step, a view where its columns are better worked out anew."""
        for query in queries:
            kind = "VIEW" if query.wide else "TABLE"
            self.execute(f"CREATE OR REPLACE TEMP {kind} {query.name} AS {query.text}")


def _of_disk(told: str) -> OSError:
    """The system's own error behind what DuckDB says, which may name files."""
    number = next((number for number in _DISK if os.strerror(number).lower() in told.lower()), errno.EIO)
    return OSError(number, os.strerror(number))
