"""Rows that cannot be determined, with where they stand and why; the one place in which raw rows are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from kycrule.faults import Fault
from kycrule.intake.rows import Row

COLUMNS: Final = ("file", "line", "byte_offset", "record", "code", "column_name", "reason", "raw")

_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Quarantine:
    """Bad rows on their way out: one line for each row, with its first fault and all reasons.

    Args:
        keep: writes one line.

    Attributes:
        count: how many rows were put in.
    """

    def __init__(self, keep: Callable[[Iterable[object]], object]) -> None:
        self.count = 0
        self._keep = keep

    def add(self, file: str, row: Row, faults: Iterable[tuple[str, Fault, str]]) -> None:
        """Put a row in; its bytes that are not text are written as their hexadecimal codes.

        Args:
            file: the name of its file.
            row: the row.
            faults: the column (empty for the whole row), the fault, and a reason without any value.
        """
        faults = tuple(faults)
        column, first, _ = faults[0]
        reasons = "; ".join(f"{name}: {reason}" if name else reason for name, _, reason in faults)
        raw = _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", row.raw.decode(errors="backslashreplace"))
        offset = "" if row.offset is None else row.offset
        self._keep((file, row.line, offset, row.record, first.code, column, reasons, raw))
        self.count += 1
