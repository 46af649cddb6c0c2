"""Countries as ISO 3166-1 codes, and which of them are the United States."""

from __future__ import annotations

from functools import cache
from typing import Final

import pycountry

UNITED_STATES: Final = frozenset({"US", "AS", "GU", "MP", "PR", "UM", "VI"})
"""The United States and the areas within it that have ISO codes of their own (FM, MH, PW are not)."""

US_CITIZENSHIP: Final = frozenset({"US", "GU", "MP", "PR", "VI"})
"""Codes under which a U.S. citizenship may be recorded: people born there are U.S. citizens by statute."""

US_NATIONALITY: Final = frozenset({"AS", "UM"})
"""Codes that show a U.S. nationality but not citizenship: American Samoa, and islands without one."""


@cache
def codes() -> dict[str, str]:
    """Every alpha-2 and alpha-3 code, mapped to its alpha-2 code.

    >>> codes()["NAM"], codes()["NA"]
    ('NA', 'NA')
    """
    pairs: dict[str, str] = {}
    for country in pycountry.countries:
        pairs[country.alpha_2] = country.alpha_2
        pairs[country.alpha_3] = country.alpha_2
    return pairs


def suggestion(text: str) -> str | None:
    """The code of a country that was written as a name, to help a person; never used to decide.

    >>> suggestion("Germany")
    'DE'
    """
    try:
        return str(pycountry.countries.lookup(text.strip()).alpha_2)
    except LookupError:
        return None
