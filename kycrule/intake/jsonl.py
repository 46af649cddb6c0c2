"""JSON lines: one nested record of a customer a line, read by the record's own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast

from kycrule import faults
from kycrule.errors import RecordError
from kycrule.faults import FAULTS, Fault
from kycrule.intake.rows import LONGEST, Counts, Row
from kycrule.records import Customer, Record

SEPARATOR: Final = "\x1e"
"""Between the members of a list in the cells that are made here: no text holds it."""

_FAULTS: Final = {fault.code: fault for fault in FAULTS}


def rows(path: Path, start: int, counts: Counts) -> Iterator[Row]:
    """Every line of a file that is not blank, with its bytes."""
    line = 0
    offset = start
    with path.open("rb") as stream:
        stream.seek(start)
        while raw := stream.readline(LONGEST + 2):
            taken = len(raw)
            fault = None
            if not raw.endswith(b"\n") and taken > LONGEST:
                fault = faults.ROW_TOO_LONG
                while (more := stream.readline(LONGEST)) and not more.endswith(b"\n"):
                    taken += len(more)
                taken += len(more)
            line += 1
            if raw.strip():
                counts.records += 1
                yield Row(counts.records, line, offset, raw.rstrip(b"\r\n"), (), fault)
            else:
                counts.blank_lines += 1
            offset += taken
    counts.end = offset


def customer(row: Row) -> tuple[Customer | None, list[tuple[str, Fault, str]]]:
    """The customer of a line, or what is wrong with it: field, fault and reason, without any value."""
    if row.fault is not None:
        return None, [("", row.fault, row.fault.says)]
    try:
        text = row.raw.decode()
    except UnicodeDecodeError:
        return None, [("", faults.INVALID_UTF8, faults.INVALID_UTF8.says)]
    fields = fields_of(text)
    if fields is None:
        return None, [("", faults.BAD_JSON, faults.BAD_JSON.says)]
    try:
        record = Customer.read(fields)
    except RecordError as error:
        return None, [(field, fault := _FAULTS[code], fault.says) for field, code in error.faults]
    identities = [owner.owner_id for owner in record.owners if owner.owner_id is not None]
    if len(set(identities)) < len(identities):
        return None, [("owners", faults.DUPLICATE_OWNER_ID, faults.DUPLICATE_OWNER_ID.says)]
    return record, []


def fields_of(text: str) -> dict[str, Any] | None:
    """The fields of one JSON object, its numbers as they are written; None if it is not one, or names a field twice."""
    try:
        fields = json.loads(text, parse_float=str, parse_constant=_refused, object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", fields) if isinstance(fields, dict) else None


def cells(record: Record, separator: str = SEPARATOR) -> list[str]:
    """The cells of a record, in the order of its columns.

    Args:
        record: the record.
        separator: what stands between the members of a list.
    """
    return [_cell(getattr(record, column.name), separator) for column in type(record).columns()]


def _cell(value: Any, separator: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case tuple():
            return separator.join(cast("tuple[str, ...]", value))
        case _:
            return str(value)


def _refused(_: str) -> None:
    raise ValueError


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError
    return fields
