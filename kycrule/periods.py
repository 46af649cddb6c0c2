"""Calendar arithmetic of the rule: whole years and calendar days, the first day not counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_FEBRUARY: Final = 2
_LEAP_DAY: Final = 29


def after(start: date | None, years: int, days: int = 0) -> date | None:
    """The date some years, or some days, after another; unknown after an unknown date.

    29 February and whole years give 28 February where there is no 29th: a period that does not count
    its first day ends on the last day of that month.

    >>> after(date(2024, 2, 29), years=2), after(date(2024, 3, 1), years=0, days=10)
    (datetime.date(2026, 2, 28), datetime.date(2024, 3, 11))
    """
    if start is None:
        return None
    if days:
        return start + timedelta(days=days)
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=_FEBRUARY, day=_LEAP_DAY - 1)


def before(end: date | None, years: int, days: int = 0) -> date | None:
    """The date some years, or some days, before another; unknown before an unknown date.

    >>> before(date(2026, 3, 1), years=0, days=60)
    datetime.date(2025, 12, 31)
    """
    return after(end, -years, -days)
