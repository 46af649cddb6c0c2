"""Sample data: as many invented accounts as asked for, in every column, the same for the same seed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from kycrule import sampling
from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError
from kycrule.literals import quoted
from kycrule.outputs import run_folder
from kycrule.version import __version__

DESCRIPTION: Final = "sample.json"
"""Says what a sample is made of; a folder that has it may be replaced by another sample."""

PROVIDERS: Final = "providers.toml"

MOST: Final = 10**8
"""Most customers of a sample."""

_CSV: Final = "FORMAT csv, HEADER true, PRESERVE_ORDER true, USE_TMP_FILE false"
_PARQUET: Final = "FORMAT parquet, COMPRESSION zstd, PRESERVE_ORDER true, USE_TMP_FILE false"
_GROUP: Final = 20_480
"""Rows that one thread makes at a time."""

_BLOCK: Final = 1 << 24
_SPOILT: Final = {
    sampling.EXTRA_FIELD: b",",
    sampling.BAD_BYTE: b"\xe9",
    sampling.STRAY_QUOTE: b'"',
}


def sample(
    customers: int,
    out: str | Path,
    *,
    seed: int = 0,
    dirty: float = 0.0,
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002 - the word for it
    force: bool = False,
    threads: int | None = None,
) -> dict[str, int]:
    """Write a data set of invented accounts: as many owners, five times the accesses, some training and stakes.

    Args:
        customers: how many.
        out: the folder to make.
        seed: another one gives another data set; the same one gives the same bytes.
        dirty: the part of rows, 0 to 1, in which something is wrong. Rows that belong to a customer whose row is wrong
            are quarantined with it.
        format: of the tables.
        force: whether an earlier sample there may be replaced.
        threads: how many threads make it.

    Returns:
        How many rows each table has.

    Raises:
        DefinitionError: a number is out of bounds.
        OutputError: the folder exists or cannot be written.
    """
    if not 1 <= customers <= MOST:
        message = f"A sample has 1 to {MOST:,} customers."
        raise DefinitionError(message)
    if not 0 <= dirty <= 1:
        message = "The part of dirty rows is a number from 0 to 1."
        raise DefinitionError(message)
    counts: dict[str, int] = {}
    with run_folder(Path(out), force=force, sign=DESCRIPTION) as folder:
        engine = Engine(folder.workspace, threads=threads)
        try:
            # Numbers that are counted on the way are made by one thread alone; a file is read by all.
            numbers = quoted(str(folder.workspace / "numbers.parquet"))
            count = f"SELECT i FROM range({5 * customers + 1}) AS r(i)"
            engine.execute(
                f"COPY ({count}) TO {numbers} (FORMAT parquet, PRESERVE_ORDER true, ROW_GROUP_SIZE {_GROUP})"
            )
            engine.execute(f"CREATE VIEW numbers AS SELECT i FROM read_parquet({numbers})")
            for table in sampling.tables(customers, seed, dirty):
                path = folder.file(f"{table.name}.{format}")
                query = table.text if format == "csv" else table.typed
                options = "FORMAT csv, HEADER true" if format == "csv" else "FORMAT parquet, COMPRESSION zstd"
                written = engine.execute(
                    f"COPY ({query}) TO {quoted(str(path))} ({options}, PRESERVE_ORDER true, USE_TMP_FILE false)"
                )
                counts[table.name] = int(written[0][0])
                if format == "csv" and dirty:
                    _spoil(path)
        finally:
            engine.close()
        folder.write_text(PROVIDERS, sampling.PROVIDERS)
        told = {"kycrule": __version__, "seed": seed, "dirty": dirty, "rows": counts, "files": folder.digests()}
        folder.write_json(DESCRIPTION, told)
    return counts


def _spoil(path: Path) -> None:
    """Put in place what no text can hold: bytes that are no UTF-8, and delimiters and quotes that nothing guards."""
    with path.open("r+b", buffering=0) as stream:
        offset = 0
        while block := os.pread(stream.fileno(), _BLOCK, offset):
            for mark, byte in _SPOILT.items():
                place = block.find(mark)
                while place >= 0:
                    os.pwrite(stream.fileno(), byte, offset + place)
                    place = block.find(mark, place + 1)
            offset += len(block)
