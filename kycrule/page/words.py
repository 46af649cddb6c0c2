"""What the page calls things: dates, countries, dispositions and facts, in English that no locale changes."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Final

import pycountry

from kycrule import facts
from kycrule.expr import Fact, Flag
from kycrule.findings import Disposition
from kycrule.provisions import Of
from kycrule.readings import READINGS

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)

DISPOSITIONS: Final = {
    Disposition.COVERED: "Covered",
    Disposition.EXEMPT_US_PERSONS: "Exempt: U.S. persons",
    Disposition.EXEMPT_FINDING: "Exempt: finding",
    Disposition.EXEMPT_FOREIGN_SUBSIDIARY: "Exempt: subsidiary",
    Disposition.OUT_OF_SCOPE: "Out of scope",
    Disposition.UNDETERMINED: "Cannot tell yet",
}
"""What the page calls each disposition, in the order in which it shows them."""

_OWN: Final = {
    Of.PARTY: "the customer or owner",
    Of.ACCOUNT: "the customer",
    Of.TRANSACTION: "the customer",
    Of.PROVIDER: "the provider",
    Of.RESELLER: "the reseller",
}
_NAMED: Final = {
    "customer": "the customer",
    "owners": "the owner",
    "provider": "the provider",
    "upstream": "the provider that it resells for",
    "parent": "the provider's parent",
    "reseller": "the reseller",
}
_WHOLE: Final = {
    "disposition": "what becomes of the account, which is open itself",
    "owners": "the list of owners, of which rows are missing or in quarantine",
    "accesses": "the list of accesses",
}


def day(text: str) -> str:
    """A date as people write it.

    >>> day("2024-06-01")
    '1 June 2024'
    """
    told = date.fromisoformat(text)
    return f"{told.day} {_MONTHS[told.month - 1]} {told.year}"


def short_day(text: str) -> str:
    """A date where there is little room.

    >>> short_day("2024-06-01")
    '1 Jun 2024'
    """
    told = date.fromisoformat(text)
    return f"{told.day} {_MONTHS[told.month - 1][:3]} {told.year}"


def number(count: int) -> str:
    """A number in a sentence.

    >>> number(0), number(1200)
    ('none', '1,200')
    """
    return f"{count:,}" if count else "none"


def of(count: int, one: str, many: str) -> str:
    """A number with what is said of so many.

    >>> of(0, "is exempt", "are exempt"), of(2, "is exempt", "are exempt")
    ('none is exempt', '2 are exempt')
    """
    return f"{number(count)} {one if count <= 1 else many}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row"), counted(0, "country", "countries")
    ('1 row', '1,200 rows', 'no countries')
    """
    return f"{f'{count:,}' if count else 'no'} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent; never 0 % or 100 % where that would not be true.

    >>> share(1, 3), share(0, 3), share(1, 100_000), share(99_999, 100_000), share(0, 0)
    ('33 %', '0 %', 'under 1 %', 'over 99 %', '')
    """
    if not whole:
        return ""
    percent = (200 * part + whole) // (2 * whole)
    if percent == 0 and part:
        return "under 1 %"
    return "over 99 %" if percent == 100 and part < whole else f"{percent} %"  # noqa: PLR2004 - percent


@cache
def country(code: str) -> str:
    """The name of a country, for a person.

    >>> country("FR"), country("unknown")
    ('France', 'not known')
    """
    found = pycountry.countries.get(alpha_2=code)
    return "not known" if found is None else str(getattr(found, "common_name", found.name))


def fact(label: str, judged: Of = Of.ACCOUNT) -> str:
    """What a fact is that an answer turns on, in English.

    Args:
        label: its name as answers give it, such as ``country``, ``owners.country`` or ``readings.located``.
        judged: what the rule judges that asks for it.

    >>> fact("country")
    'the country of the address of the customer'
    >>> fact("owners.substantial_control")
    'whether the owner is someone who exercises substantial control over the customer'
    """
    holder, _, name = label.rpartition(".")
    if holder == "readings":
        return _QUESTIONS.get(name, label)
    known = _FACTS.get(name)
    if known is None:
        return _WHOLE.get(label, label)
    party = _NAMED.get(holder, _OWN[judged])
    said = known.says.format(party=party)
    if holder == "owners" and "{party}" not in known.says:
        said += f" of {party}"
    return f"whether {said}" if isinstance(known, Flag) else said


_FACTS: Final[dict[str, Fact[Any] | Flag]] = {
    value.name: value for value in vars(facts).values() if isinstance(value, Fact | Flag)
}
_QUESTIONS: Final = {reading.name: reading.question for reading in READINGS}
