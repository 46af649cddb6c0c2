"""One input into one typed table: told apart, read by the engine, its rows counted on both sides.

Whatever an input is (CSV, JSON lines, Parquet, a table in memory), what comes of it is a Parquet file of
typed values with a column ``ok``, whose rows stand in the order of the input. Rows that are not in order
as rows never get there; rows with a cell that is not in its form do, and are read again in Python, which
says what is wrong with them.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol, cast

from kycrule import cells, faults, formulas
from kycrule.errors import EngineError
from kycrule.faults import Fault
from kycrule.intake import jsonl, typed
from kycrule.intake.accounting import Accounting
from kycrule.intake.columns import TABLES, Matching, wrong_in
from kycrule.intake.handover import own_file, private, restored, sifted_files, written
from kycrule.intake.quarantine import Quarantine
from kycrule.intake.rows import Counts, Row, header, rows
from kycrule.intake.sift import Layout, rows_at, sift
from kycrule.intake.source import Source, failed
from kycrule.intake.typed import Cell
from kycrule.literals import quoted
from kycrule.records import Column

_SLICE: Final = 100_000

Rows = list[tuple[Any, ...]]
Reading = Callable[[int, int, int], object]
"""Is told how many bytes, rows and bad rows were read since it was told last."""


def unseen(_size: int, _rows: int, _bad: int) -> None:
    """Tell nobody."""


class Database(Protocol):
    """What intake needs of an engine."""

    def execute(self, statement: str) -> Rows:
        """The rows that a statement gives."""
        ...

    def start(self, statement: str) -> Future[Rows]:
        """Let a statement run while the caller goes on."""
        ...

    def finish(self, running: Future[Rows]) -> Rows:
        """The rows that a statement gives that was started."""
        ...

    def offer(self, name: str, function: Callable[[str], str | None]) -> None:
        """Let statements call a function of a text."""
        ...

    def lend(self, name: str, table: Any) -> None:
        """Let statements read a table in memory under a name."""
        ...


@dataclass(slots=True, kw_only=True)
class Loaded:
    """An input whose rows are in the view ``{role}_read``: typed values, ``ok``, and ``record`` for the order.

    Attributes:
        role: ``customers``, ``owners``, ``accesses``, ``training`` or ``stakes``.
        path: the typed Parquet file behind the view.
        columns: ours, each with its place among the cells of a row.
        again: reads rows once more, by their places in the view, in ascending order.
        accounting: what has become of its rows so far.
        suspects: whether what bad rows mention is in ``{role}_suspects``.
        unchanged: makes sure that the input is still what it was.
        plain: a cell as it stands, without its guard against formulas if it may have one.
    """

    role: str
    path: Path
    columns: Mapping[int, Column]
    again: Callable[[Iterable[int]], Iterator[Row]]
    accounting: Accounting
    suspects: bool = False
    unchanged: Callable[[], None] = lambda: None
    plain: Callable[[str], str] = str

    def faults_of(self, row: Row) -> list[tuple[str, Fault, str]]:
        """What is wrong with the cells of a row: column, fault and reason, without any value."""
        columns = self.columns.items()
        return [wrong for place, column in columns for wrong in wrong_in(column, self.plain(row.fields[place]))]


class Loader:
    """Makes the typed tables of a run.

    Args:
        database: the engine.
        workspace: a private folder for what is thrown away.
        quarantine: takes the bad rows.
        matching: knows whose columns a file has.
        delimiter: the character between fields.
        serving: the provider of customers that name none, if there is exactly one.
        progress: is told how many bytes, rows and bad rows were read since it was told last.
    """

    def __init__(
        self,
        database: Database,
        workspace: Path,
        quarantine: Quarantine,
        matching: Matching,
        *,
        delimiter: str,
        serving: str | None,
        progress: Reading,
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._quarantine = quarantine
        self._matching = matching
        self._delimiter = delimiter
        self._serving = serving
        self._progress = progress

    # CSV ------------------------------------------------------------------------------------------

    def csv(self, role: str, source: Source) -> Callable[[], Loaded]:
        """Read a CSV file; gives what waits for it to be done."""
        names, start, line = header(source.path, source.start, self._delimiter)
        columns, ignored = self._matching.match(source.name, role, names, self._delimiter)
        layout = Layout(path=source.path, start=start, line=line, width=len(names), delimiter=self._delimiter)
        accounting = _accounting(source, ignored)
        path = private(self._workspace / f"{role}.parquet")
        suspected = self._workspace / f"{role}.suspects.csv"
        suspects = 0
        with written(suspected) as suspect:

            def refuse(row: Row) -> None:
                nonlocal suspects
                assert row.fault is not None  # noqa: S101 - that is why it is refused
                self._quarantine.add(source.name, row, [("", row.fault, row.fault.says)])
                for text in sorted(_mentioned(row)):
                    suspect((row.record, text))
                    suspects += 1

            sifted = sift(layout, lambda part: private(self._workspace / f"{role}.{part}.csv"), refuse, self._progress)
        accounting.records = sifted.records
        accounting.quarantined = sifted.records - sifted.good
        accounting.blank_lines = sifted.blank_lines
        accounting.sha256 = source.sha256 or sifted.sha256
        loaded = Loaded(
            role=role,
            path=path,
            columns=columns,
            again=lambda places: rows_at(layout, sifted, places),
            accounting=accounting,
            suspects=suspects > 0,
            unchanged=source.unchanged,
            plain=formulas.unguard,
        )
        given = {column.name: Cell(text=typed.bare(column.form, f"c{place}")) for place, column in columns.items()}
        texts = sifted_files(sifted.parts, [f"c{place}" for place in range(len(names))], self._delimiter)
        running = self._start(role, given, texts, path) if sifted.parts and sifted.plain else None

        def finish() -> Loaded:
            if running is None or not self._read_whole(running, path, sifted.good):
                self._carefully(role, layout, columns, path, sifted.good)
            for part in sifted.parts:
                part.unlink()
            if suspects:
                self._take_suspects(role, suspected, suspects)
            self._view(role, path)
            return loaded

        return finish

    def _read_whole(self, running: Future[Rows], path: Path, good: int) -> bool:
        try:
            self._finish(running, path, good)
        except EngineError:
            return False
        return True

    def _carefully(self, role: str, layout: Layout, columns: Mapping[int, Column], path: Path, good: int) -> None:
        """Read a file of which the engine would not take every row, or not every sign, in a form that it must."""
        own = self._workspace / f"{role}.own.csv"
        with written(own) as keep:
            for row in rows(layout.path, layout.start, layout.line, layout.width, layout.delimiter, counts=Counts()):
                if row.fault is None:
                    keep([formulas.unguard(row.fields[place]) for place in columns])
        given = {column.name: Cell(text=typed.trimmed(f'"{column.name}"')) for column in columns.values()}
        self._take_own(role, own, given, path, good)

    # JSON lines -----------------------------------------------------------------------------------

    def json(self, source: Source) -> list[Loaded]:
        """Read customers with their owners, accesses and stakes nested in them; gives a table of each."""
        accounting = _accounting(source, ())
        accounting.sha256 = source.digest()
        counts = Counts()
        roles = ("customers", "owners", "accesses", "stakes")
        paths = {role: self._workspace / f"{role}.own.csv" for role in roles}
        lines: dict[str, int] = dict.fromkeys(roles, 0)
        bad = array("q")
        with ExitStack() as files:
            keep = {role: files.enter_context(written(path)) for role, path in paths.items()}
            for row in jsonl.rows(source.path, source.start, counts):
                self._progress(len(row.raw) + 1, 1, row.fault is not None)
                customer, wrong = jsonl.customer(row)
                if customer is None:
                    self._quarantine.add(source.name, row, wrong)
                    bad.append(row.record)
                    continue
                keep["customers"](jsonl.cells(customer))
                lines["customers"] += 1
                inside = {"owners": customer.owners, "accesses": customer.accesses, "stakes": customer.stakes}
                for role, members in inside.items():
                    for member in members:
                        keep[role](jsonl.cells(member.model_copy(update={"account_id": customer.account_id})))
                    lines[role] += len(members)
        accounting.records = counts.records
        accounting.quarantined = len(bad)
        accounting.blank_lines = counts.blank_lines

        def again(places: Iterable[int]) -> Iterator[Row]:
            wanted = iter(places)
            place, refused = next(wanted, None), 0
            for row in jsonl.rows(source.path, source.start, Counts()):
                if refused < len(bad) and bad[refused] == row.record:
                    refused += 1
                elif row.record - refused == place:
                    yield row
                    place = next(wanted, None)

        loaded: list[Loaded] = []
        for role in roles:
            names = [column.name for column in TABLES[role].columns()]
            path = private(self._workspace / f"{role}.parquet")
            given = {name: Cell(text=typed.trimmed(f'"{name}"'), separator=jsonl.SEPARATOR) for name in names}
            self._take_own(role, paths[role], given, path, lines[role])
            self._view(role, path)
            loaded.append(Loaded(role=role, path=path, columns={}, again=again, accounting=accounting))
        loaded[0].unchanged = source.unchanged
        return loaded

    # Tables ---------------------------------------------------------------------------------------

    def table(self, role: str, name: str, source: Source | None, table: Any = None) -> Loaded:
        """Read a Parquet file, or a table in memory if there is no source."""
        if source is not None:
            given = f"read_parquet({quoted(str(source.path))})"
        elif (written_by := _own_writer(table)) is not None:
            # What is lazy, or has an engine of its own, goes to the disk by itself: it may be larger than the memory.
            path = private(self._workspace / f"{role}.given.parquet")
            written_by(str(path))
            given = f"read_parquet({quoted(str(path))})"
        else:
            self._database.lend(f"{role}_given", table)
            given = f"{role}_given"
        try:
            described = self._database.execute(f"DESCRIBE SELECT * FROM {given}")
        except EngineError:
            raise failed(name, faults.UNREADABLE_FILE, "It is no whole Parquet file.") from None
        types = {str(row[0]): str(row[1]) for row in described}
        columns, ignored = self._matching.match(name, role, list(types))
        accounting = Accounting(name=name, ignored=ignored)
        if source is not None:
            accounting.bytes, accounting.sha256 = source.bytes, source.digest()
        [(accounting.records,)] = self._database.execute(f"SELECT count(*) FROM {given}")
        self._progress(accounting.bytes or 0, accounting.records, 0)
        path = private(self._workspace / f"{role}.parquet")
        quoted_names = ['"' + title.replace('"', '""') + '"' for title in types]
        kinds = list(types.values())
        cells_of = {
            column.name: typed.cell_of(column.form, quoted_names[place], kinds[place])
            for place, column in columns.items()
        }
        self._finish(self._start(role, cells_of, given, path, clean=False), path, accounting.records)
        self._view(role, path)
        texts = ", ".join(
            f"replace({cell.text}, {quoted(cell.separator)}, {quoted(cells.SEPARATOR)}) AS t{place}"
            for place, cell in enumerate(cells_of.values())
        )

        def again(places: Iterable[int]) -> Iterator[Row]:
            wanted = iter(places)
            while batch := list(islice(wanted, _SLICE)):
                listed = ", ".join(map(str, batch))
                for place, *found in self._database.execute(
                    f"SELECT * FROM (SELECT row_number() OVER () AS place, {texts} FROM {given}) AS g "
                    f"WHERE place IN ({listed}) ORDER BY place"
                ):
                    row = tuple("" if text is None else str(text) for text in found)
                    yield Row(place, place, None, _line(row), row, None)

        return Loaded(
            role=role,
            path=path,
            columns=dict(enumerate(columns.values())),
            again=again,
            accounting=accounting,
            unchanged=source.unchanged if source else lambda: None,
        )

    def nothing(self, role: str) -> None:
        """Make the table of an input that was not given."""
        empty = typed.select(role, {}, "(SELECT 1 WHERE FALSE)")
        self._database.execute(f"CREATE TABLE {role}_read AS SELECT *, CAST(0 AS BIGINT) AS record FROM ({empty}) AS e")

    # Small things ---------------------------------------------------------------------------------

    def _start(
        self, role: str, given: Mapping[str, Cell], source: str, path: Path, *, clean: bool = True
    ) -> Future[Rows]:
        select = typed.select(role, given, source, serving=self._serving, clean=clean)
        # The setting that rows keep their order does not reach every copy; what the copy itself is told does.
        options = "FORMAT parquet, PRESERVE_ORDER true, USE_TMP_FILE false"
        return self._database.start(f"COPY ({select}) TO {quoted(str(path))} ({options})")

    def _finish(self, running: Future[Rows], path: Path, count: int) -> None:
        """Wait for a typed table, and make sure that it has every row."""
        self._database.finish(running)
        self._agree(f"read_parquet({quoted(str(path))})", count)

    def _take_own(self, role: str, own: Path, given: Mapping[str, Cell], path: Path, count: int) -> None:
        """Make a typed table of a file that was written here, with just these columns."""
        source = f"(SELECT {', '.join(map(restored, given))} FROM {own_file(own, given)})"
        self._finish(self._start(role, given, source, path), path, count)
        own.unlink()

    def _take_suspects(self, role: str, own: Path, count: int) -> None:
        self._database.execute(
            f"CREATE TABLE {role}_suspects AS SELECT CAST(record AS BIGINT) AS record, {restored('text')} "
            f"FROM {own_file(own, ('record', 'text'))}"
        )
        self._agree(f"{role}_suspects", count)

    def _view(self, role: str, path: Path) -> None:
        self._database.execute(
            f"CREATE VIEW {role}_read AS SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS record "
            f"FROM read_parquet({quoted(str(path))}, file_row_number = true)"
        )

    def _agree(self, table: str, count: int) -> None:
        if self._database.execute(f"SELECT count(*) FROM {table}") != [(count,)]:
            message = "The engine did not read every row. Nothing was written; this is a defect of kycrule."
            raise EngineError(message)


def _accounting(source: Source, ignored: tuple[str, ...]) -> Accounting:
    return Accounting(name=source.name, sha256=source.sha256, bytes=source.bytes, ignored=ignored)


def _own_writer(table: Any) -> Callable[[str], object] | None:
    """What writes a table to a Parquet file, if it can itself: of polars, or of another DuckDB connection."""
    library = type(table).__module__.partition(".")[0]
    if library == "polars":
        return cast("Callable[[str], object]", table.lazy().sink_parquet)
    return cast("Callable[[str], object]", table.write_parquet) if library in {"duckdb", "_duckdb"} else None


def _line(cells_of_row: Iterable[str]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(cells_of_row)
    return stream.getvalue().encode()


def _mentioned(row: Row) -> set[str]:
    """What a row that cannot be told apart may speak of: any account that it mentions."""
    return {formulas.unguard(field).strip(cells.BLANKS + '"') for field in row.fields} | {""}
