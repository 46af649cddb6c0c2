"""Values of each written form of a cell: what a record may hold, with the edges that rules turn on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kycrule import addresses, cells, countries
from kycrule.cells import Form

AS_OF: Final = date(2024, 6, 1)
"""The date as of which scenarios are asked if no other is given: after the rule was proposed."""

_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(2199, 12, 31)
_NEAR: Final = (date(2020, 1, 1), date(2026, 12, 31))
_LETTERS: Final = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=cells.SEPARATOR)
_ATOM: Final = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=1, max_size=20)
_SHORT: Final = 30


def _text(longest: int = _SHORT) -> SearchStrategy[str]:
    return st.text(_LETTERS, min_size=1, max_size=longest).map(lambda text: text.strip(cells.BLANKS) or "0")


def _scaled(largest: int, decimals: int) -> SearchStrategy[Decimal]:
    """Exact numbers from nothing to the largest, in whole units first."""

    def of(places: int) -> SearchStrategy[Decimal]:
        return st.integers(0, largest * 10**places).map(lambda number: Decimal(number).scaleb(-places))

    return st.one_of(of(0), of(2), of(decimals))


def _dates() -> SearchStrategy[date]:
    return st.one_of(st.dates(*_NEAR), st.dates(_FIRST, _LAST))


def _range() -> SearchStrategy[str]:
    share = st.integers(0, 100).map(str)
    between = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda ends: f"{min(ends)}-{max(ends)}")
    return st.one_of(share, between, share.map("<=".__add__), share.map(">=".__add__))


def _country() -> SearchStrategy[str]:
    # Those first on which the rule turns: a foreign one, the United States, and its areas with codes of their own.
    first = ["DE", "US", "PR", "AS", "UM", "CN", "NA"]
    return st.sampled_from([*first, *sorted(set(countries.codes().values()) - set(first))])


_OF_FORM: Final[dict[str, Callable[[], SearchStrategy[Any]]]] = {
    cells.IDENTIFIER.name: _text,
    cells.TEXT.name: _text,
    cells.TEXTS.name: _text,
    cells.EMAIL.name: lambda: st.builds("{}@{}.example".format, _ATOM, _ATOM),
    cells.PHONE.name: lambda: st.text("0123456789", min_size=5, max_size=15).map("+".__add__),
    cells.COUNTRY.name: _country,
    cells.COUNTRIES.name: _country,
    cells.DATE.name: _dates,
    cells.TIME.name: lambda: st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    cells.SHARE.name: lambda: st.one_of(st.just(Decimal(25)), _scaled(100, 12)),
    cells.RANGE.name: _range,
    cells.COUNT.name: lambda: st.one_of(st.integers(0, 10**6), st.integers(10**19, 10**27)).map(Decimal),
    cells.MEASURE.name: lambda: _scaled(10**6, 6),
    cells.YES_NO.name: st.booleans,
    cells.ADDRESS.name: lambda: st.ip_addresses().map(lambda address: addresses.canonical(str(address))),
}


def values(form: Form) -> SearchStrategy[Any]:
    """Values that a field of a form may hold; blank is not among them."""
    member = st.sampled_from(form.choices) if form.choices else _OF_FORM[form.name]()
    return st.lists(member, min_size=1, max_size=3, unique=True).map(tuple) if form.many else member
