"""Values as SQL literals: the one place where a value enters the text of a statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


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
