"""Values as SQL literals, and their types: the one place where a value enters the text of a statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

SQL_TYPES: Final = {
    "identifier": "VARCHAR",
    "text": "VARCHAR",
    "list of text": "VARCHAR[]",
    "e-mail": "VARCHAR",
    "telephone": "VARCHAR",
    "country": "VARCHAR",
    "list of countries": "VARCHAR[]",
    "date": "DATE",
    "time": "TIMESTAMPTZ",
    "share": "DECIMAL(15, 12)",
    "share or range": "VARCHAR",
    "count": "DECIMAL(38, 0)",
    "measure": "DECIMAL(18, 6)",
    "yes/no": "BOOLEAN",
    "IP address": "VARCHAR",
    "choice": "VARCHAR",
}
"""The type of a column for each form of its cells."""


def quoted(text: str) -> str:
    """A text as a literal.

    >>> quoted("O'Hara")
    "'O''Hara'"
    """
    return "'" + text.replace("'", "''") + "'"


def literal(value: str | bool | date | Decimal | None) -> str:  # noqa: FBT001 - one of many kinds
    """A value as a literal; None is NULL.

    >>> literal(None), literal(True), literal(date(2024, 2, 29)), literal(Decimal("24.990"))
    ('NULL', 'TRUE', "DATE '2024-02-29'", '24.990')
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case date():
            return f"DATE '{value.isoformat()}'"
        case Decimal():
            return format(value, "f")
        case str():
            return quoted(value)
