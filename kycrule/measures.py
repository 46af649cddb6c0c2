"""Which special measures bind on a day, § 7.307, as the lists that the law asks of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kycrule.binding import Lists
from kycrule.law.s307_special_measures import DURATION, GRACE
from kycrule.periods import after
from kycrule.records import SpecialMeasure


def binds_from(measure: SpecialMeasure) -> date:
    """The first day on which a provider must comply with a special measure, § 7.307(a)(6).

    >>> binds_from(SpecialMeasure.read({"jurisdiction": "KP", "effect": "prohibit", "issued_on": "2025-01-10"}))
    datetime.date(2025, 7, 9)
    """
    day = after(measure.issued_on, GRACE.years, GRACE.days)
    assert day is not None  # noqa: S101 - a special measure has its date
    return day


def lapses_after(measure: SpecialMeasure) -> date:
    """The last day of a special measure, § 7.307(a)(5): that of its extension, if one was published.

    The 365 days begin on the date of issuance, which is the first of them.

    >>> lapses_after(SpecialMeasure.read({"jurisdiction": "KP", "effect": "prohibit", "issued_on": "2025-01-01"}))
    datetime.date(2025, 12, 31)
    """
    day = after(measure.issued_on, DURATION.years, DURATION.days - 1)
    assert day is not None  # noqa: S101 - a special measure has its date
    return max(day, measure.extended_until or day)


def in_force(measures: Iterable[SpecialMeasure], as_of: date) -> Lists:
    """What the special measures that bind on a day name: jurisdictions, persons and Accounts, by effect.

    Args:
        measures: determinations of the Secretary.
        as_of: the day.
    """
    lists: dict[str, set[str]] = {}
    for measure in measures:
        if not binds_from(measure) <= as_of <= lapses_after(measure):
            continue
        effect = "prohibited" if measure.effect == "prohibit" else "conditioned"
        if measure.jurisdiction is not None:
            where = f"jurisdictions {effect}" + (" in part" if measure.region else "")
            lists.setdefault(where, set()).add(measure.jurisdiction)
        if measure.person is not None:
            lists.setdefault(f"persons {effect}", set()).add(measure.person)
            lists.setdefault(f"accounts {effect}", set()).update(measure.accounts or ())
    return tuple((name, frozenset(members)) for name, members in sorted(lists.items()) if members)
