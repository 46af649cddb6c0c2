r"""Cells that a spreadsheet might run as a formula: made harmless in every CSV file we write, and had back exactly.

An apostrophe before such a cell makes it a text (CWE-1236). A semicolon begins a new cell where the list separator
of the country is a semicolon, so each part between semicolons is looked at for itself. A part that begins with
apostrophes before a formula gets one more, so that taking one away gives the very text back, whatever it was.

>>> guard("=1+1"), guard("+49 30 1234; @SUM(A1)"), guard("O'Hara")
("'=1+1", "'+49 30 1234;' @SUM(A1)", "O'Hara")
>>> unguard(guard("'=1+1"))
"'=1+1"
"""

from __future__ import annotations

import re
from typing import Final

from kycrule.literals import quoted

GUARD: Final = "'"
"""What makes a text of a formula."""

_SPACES: Final = "\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_SIGNS: Final = "\uff1d\uff0b\uff0d\uff20"
"""The signs that begin a formula, in full width."""

# Python's patterns and RE2 both understand these: the characters themselves, or two hexadecimal digits.
_BEGINNING: Final = rf"""([\x00-\x20\x85\xa0{_SPACES}"']*[=+\-@\t\r\n{_SIGNS}])"""
_BARE: Final = f"(^|;){_BEGINNING}"
_GUARDED: Final = f"(^|;)'{_BEGINNING}"

_GUARD: Final = re.compile(_BARE)
_UNGUARD: Final = re.compile(_GUARDED)


def guard(text: str) -> str:
    """A text as the cell of a CSV file, with an apostrophe before what a spreadsheet might run."""
    return _GUARD.sub(r"\1'\2", text)


def unguard(cell: str) -> str:
    """The text that was guarded; of a cell that needs no guard, the cell itself."""
    return _UNGUARD.sub(r"\1\2", cell) if GUARD in cell else cell


def guarded(column: str) -> str:
    """The same as :func:`guard` for a column of text, as SQL."""
    return (
        f"CASE WHEN regexp_matches({column}, {quoted(_BARE)}) "
        f"THEN regexp_replace({column}, {quoted(_BARE)}, '\\1''\\2', 'g') ELSE {column} END"
    )


def unguarded(column: str) -> str:
    """The same as :func:`unguard` for a column of text, as SQL."""
    return f"regexp_replace({column}, {quoted(_GUARDED)}, '\\1\\2', 'g')"
