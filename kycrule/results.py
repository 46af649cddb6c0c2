"""The tables of a run as files: determinations, findings and what goes with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from kycrule import redflags, screening, told
from kycrule.engines.duckdb import Engine
from kycrule.literals import quoted
from kycrule.outputs import RunFolder
from kycrule.readings import Readings

Cell = Callable[[str], str]
"""How a column of texts is written into a CSV file, as SQL: guarded against formulas, or as it is."""


def write(engine: Engine, folder: RunFolder, as_of: date, readings: Readings, cell: Cell) -> None:
    """Write determinations, findings and the quarantine, each in the order of records."""
    engine.make(told.queries(as_of, readings))
    answers = "SELECT * EXCLUDE (record) FROM answers ORDER BY record"
    texts = "foreign_customer foreign_owner foreign_reseller"
    flags = ", ".join(f"COALESCE(CAST({name} AS VARCHAR), 'unknown') AS {name}" for name in texts.split())
    lists = ", ".join(
        f"{cell(f'''array_to_string({name}, ';')''')} AS {name}" for name in ("turns_on", "findings", "reports_due")
    )
    cells = f"SELECT * REPLACE ({cell('account_id')} AS account_id, {flags}, {lists}) FROM answers"
    _copy(engine, folder, "determinations.parquet", answers, "FORMAT parquet, COMPRESSION zstd")
    _copy(engine, folder, "determinations.csv", f"SELECT * EXCLUDE (record) FROM ({cells}) ORDER BY record")
    _copy(
        engine,
        folder,
        "findings.csv",
        f"SELECT {cell('account_id')} AS account_id, {cell('subject')} AS subject, code, name, outcome, cites, "
        "message, array_to_string(missing, ';') AS missing, due FROM told ORDER BY record, place, rule",
    )
    _copy(
        engine,
        folder,
        "quarantine.csv",
        f'SELECT {cell("file")} AS file, line, byte_offset, code, column_name AS "column", reason, '
        f"{cell('raw')} AS raw FROM quarantine ORDER BY file, byte_offset, line, code, column_name",
    )


def write_comparison(engine: Engine, folder: RunFolder, cell: Cell) -> None:
    """Write the accounts that another reading would change."""
    _copy(
        engine,
        folder,
        "comparison.csv",
        f"SELECT {cell('d.account_id')} AS account_id, c.reading, c.value, d.disposition, c.would_be "
        "FROM compared AS c JOIN determinations AS d ON d.record = c.record ORDER BY c.reading, c.value, c.record",
    )


def write_screening(engine: Engine, folder: RunFolder, cell: Cell) -> None:
    """Write the possible matches with restricted parties."""
    guarded = ", ".join(
        f"{cell(name)} AS {name}" for name in ("account_id", "subject", "source", "entry", "listed_name")
    )
    cells = f"SELECT * REPLACE ({guarded}) FROM (SELECT * FROM screened ORDER BY {screening.ORDER})"
    _copy(
        engine,
        folder,
        "screening.csv",
        f"SELECT account_id, subject, field, score, source, entry, listed_name FROM ({cells})",
    )


def write_red_flags(engine: Engine, folder: RunFolder, cell: Cell) -> None:
    """Write the red flags."""
    _copy(
        engine,
        folder,
        "red-flags.csv",
        f"SELECT {cell('account_id')} AS account_id, {cell('subject')} AS subject, category, flag, cites, "
        f"message, count FROM red_flags ORDER BY {redflags.ORDER}",
    )


def _copy(engine: Engine, folder: RunFolder, name: str, query: str, options: str = "FORMAT csv, HEADER true") -> None:
    # The file is there before, with its rights; a file of the engine's own would have others.
    path = folder.file(name)
    engine.execute(f"COPY ({query}) TO {quoted(str(path))} ({options}, USE_TMP_FILE false)")
