"""The records that a run decided on, as the run folder keeps them: written by a check, read by reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kycrule.config import Setting, read_setting
from kycrule.engines.duckdb import Engine
from kycrule.literals import quoted
from kycrule.outputs import RunFolder
from kycrule.records import JUDGED, NOBODY

FOLDER: Final = "records"
UNREAD: Final = "unread"
"""The table of the accounts of which a row of an owner or access could not be read."""
SETTING: Final = f"{FOLDER}/setting.json"


def keep(engine: Engine, folder: RunFolder, setting: Setting, as_read: Mapping[str, Path]) -> None:
    """Write the typed tables of an engine, in the order of the files, and who serves the accounts.

    Nothing may ask the engine for its records afterwards.

    Args:
        engine: with the tables that intake made.
        folder: the run folder in the making.
        setting: the providers, resellers and special measures, as given.
        as_read: tables that are as they were read: their typed Parquet files take their places as they are.
    """
    # The tables were read in order, and a copy keeps it: cheaper than to sort them again.
    engine.execute("SET preserve_insertion_order = true")
    for table, record in JUDGED.items():
        if table not in as_read:
            columns = ", ".join(f'"{column.name}"' for column in record.columns())
            if table == "customers" and not setting.providers:
                columns = columns.replace('"served_by"', f"nullif(served_by, {quoted(NOBODY.id)}) AS served_by")
            # Owners were joined with the shares that stakes come to; a join keeps no order.
            _write(engine, folder, table, columns, order=" ORDER BY record" if table == "owners" else "")
    _write(engine, folder, UNREAD, "*", order=" ORDER BY account_id")
    engine.execute("SET preserve_insertion_order = false")
    for table in JUDGED.keys() & as_read.keys():
        folder.take(as_read[table], name(table))
    listed = {
        part: [record.model_dump(mode="json", exclude_none=True) for record in getattr(setting, part)]
        for part in Setting.__dataclass_fields__
    }
    folder.write_json(SETTING, listed)


def _write(engine: Engine, folder: RunFolder, table: str, columns: str, *, order: str = "") -> None:
    path = folder.file(name(table))
    engine.execute(
        f"COPY (SELECT {columns} FROM {table}{order}) TO {quoted(str(path))} "
        "(FORMAT parquet, COMPRESSION zstd, PRESERVE_ORDER true, USE_TMP_FILE false)"
    )


def name(table: str) -> str:
    """The file of a table within the run folder.

    >>> name("customers")
    'records/customers.parquet'
    """
    return f"{FOLDER}/{table}.parquet"


def kept_setting(path: Path) -> Setting:
    """The providers, resellers and special measures of a run, from the file in which it kept them.

    Raises:
        DefinitionError: the file holds something else.
    """
    return read_setting(json.loads(path.read_text("utf-8")), SETTING)
