"""The cells of text columns as SQL: the same forms, and the same answers, as :mod:`kycrule.cells`.

A cell of text becomes a typed value, NULL if it is blank; and for each column there is a condition
that holds if every cell is in its form. Cells that are not are read again in Python, which says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kycrule import cells, countries
from kycrule.cells import Form


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


_BLANKS: Final = "chr(32) || chr(9) || chr(13) || chr(10)"
_YES: Final = "('yes', 'true', '1', 'y')"
_EITHER: Final = "('yes', 'true', '1', 'y', 'no', 'false', '0', 'n')"


def trimmed(column: str) -> str:
    """A column without blanks at either end, NULL where nothing is left."""
    return f"nullif(trim({column}, {_BLANKS}), '')"


def value(form: Form, text: str, separator: str = cells.SEPARATOR) -> str:
    """The typed value of a trimmed text; NULL where it is blank or not in its form."""
    one = _VALUES.get(form.name, str)
    if not form.many:
        return one(text)
    given = f"list_filter({_members(text, separator)}, lambda m: m IS NOT NULL)"
    many = f"list_transform({given}, lambda m: {one('m')})"
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN NOT contains({text}, {quoted(separator)}) THEN [{one(text)}] "
        f"WHEN len({given}) > 0 THEN {many} END"
    )


def holds(form: Form, text: str, separator: str = cells.SEPARATOR) -> str:
    """Whether a trimmed text is in its form; not meant for NULL."""
    if not form.many:
        return _holds(form, text)
    each = f"list_bool_and(list_transform({_members(text, separator)}, lambda m: m IS NULL OR {_holds(form, 'm')}))"
    return f"CASE WHEN contains({text}, {quoted(separator)}) THEN {each} ELSE {_holds(form, text)} END"


def _members(text: str, separator: str) -> str:
    return f"list_transform(string_split({text}, {quoted(separator)}), lambda m: {trimmed('m')})"


def _holds(form: Form, text: str) -> str:
    if form.choices:
        return f"{text} IN ({', '.join(quoted(choice) for choice in form.choices)})"
    if form.name in _HOLDS:
        return _HOLDS[form.name](text)
    short = f"length({text}) <= {form.longest}"
    return f"({short} AND regexp_full_match({text}, {quoted(form.pattern)}))" if form.pattern else short


def _country(text: str) -> str:
    codes = ", ".join(f"{quoted(code)}: {quoted(short)}" for code, short in sorted(countries.codes().items()))
    return f"MAP {{{codes}}}[upper({text})]"


def _date(text: str) -> str:
    return f"TRY_CAST({text} AS DATE)"


def _time(text: str) -> str:
    return f"TRY_CAST(upper({text}) AS TIMESTAMPTZ)"


def _share(text: str) -> str:
    return f"TRY_CAST({text} AS DECIMAL(15, 12))"


_VALUES: Final[dict[str, Callable[[str], str]]] = {
    cells.COUNTRY.name: _country,
    cells.COUNTRIES.name: _country,
    cells.DATE.name: _date,
    cells.TIME.name: _time,
    cells.SHARE.name: _share,
    cells.COUNT.name: lambda text: f"TRY_CAST({text} AS DECIMAL(38, 0))",
    cells.MEASURE.name: lambda text: f"TRY_CAST({text} AS DECIMAL(18, 6))",
    cells.YES_NO.name: lambda text: f"lower({text}) IN {_YES}",
}

_HOLDS: Final[dict[str, Callable[[str], str]]] = {
    # A country is told by its code alone; only ASCII letters may fold.
    cells.COUNTRY.name: lambda text: f"(regexp_full_match({text}, '[A-Za-z]{{2,3}}') AND {_country(text)} IS NOT NULL)",
    cells.COUNTRIES.name: lambda text: (
        f"(regexp_full_match({text}, '[A-Za-z]{{2,3}}') AND {_country(text)} IS NOT NULL)"
    ),
    # A date that prints as it was written was written in the one form.
    cells.DATE.name: lambda text: (
        f"(CAST({_date(text)} AS VARCHAR) IS NOT DISTINCT FROM {text} "
        f"AND {_date(text)} BETWEEN DATE '1900-01-01' AND DATE '2199-12-31')"
    ),
    cells.TIME.name: lambda text: (
        f"(length({text}) <= {cells.TIME.longest} AND regexp_full_match({text}, {quoted(cells.TIME.pattern or '')}) "
        f"AND {_time(text)} IS NOT NULL)"
    ),
    cells.SHARE.name: lambda text: (
        f"(length({text}) <= {cells.SHARE.longest} AND regexp_full_match({text}, {quoted(cells.SHARE.pattern or '')}) "
        f"AND {_share(text)} BETWEEN 0 AND 100)"
    ),
    cells.YES_NO.name: lambda text: f"lower({text}) IN {_EITHER}",
}
