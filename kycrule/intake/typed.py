"""The cells of text columns as SQL: the same forms, and the same answers, as :mod:`kycrule.cells`.

A cell of text becomes a typed value, NULL if it is blank; and for each column there is a condition
that holds if every cell is in its form. Cells that are not are read again in Python, which says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from kycrule import cells, countries
from kycrule.cells import Form
from kycrule.literals import quoted

_BLANKS: Final = "chr(32) || chr(9) || chr(13) || chr(10)"


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
        return _among(text, form.choices)
    if form is cells.YES_NO:
        # Only ASCII letters may fold, as in Python; the engine's pattern would fold others too.
        return _among(f"lower({text})", (*cells.YES, *cells.NO))
    conditions = [f"length({text}) <= {form.longest}"]
    if form.pattern:
        conditions.append(f"regexp_full_match({text}, {quoted(form.pattern)})")
    if form.name in _VALUES:
        conditions.append(f"{_VALUES[form.name](text)} IS NOT NULL")
    if form is cells.RANGE:
        conditions.append(_is_range(text))
    if form is cells.SHARE:
        conditions.append(f"{_VALUES[form.name](text)} <= 100")
    return f"({' AND '.join(conditions)})"


def _is_range(text: str) -> str:
    """Whether a text with one or two percentages in it leaves a share between its ends, and none over 100."""
    found = f"regexp_extract_all({text}, {quoted(cells.PERCENTAGE)})"
    first, last = (f"CAST({found}[{place}] AS DECIMAL(15, 12))" for place in (1, -1))
    low = f"CASE WHEN starts_with({text}, '<') THEN 0 ELSE {first} END"
    high = f"CASE WHEN starts_with({text}, '>') AND len({found}) = 1 THEN 100 ELSE {last} END"
    without_end = f"regexp_matches({text}, '[<>](?:[^=]|$)')"
    return f"({low} <= {high} AND {high} <= 100 AND ({low} < {high} OR NOT {without_end}))"


def _among(text: str, members: Iterable[str]) -> str:
    return f"{text} IN ({', '.join(map(quoted, members))})"


def _country(text: str) -> str:
    codes = ", ".join(f"{quoted(code)}: {quoted(short)}" for code, short in sorted(countries.codes().items()))
    return f"MAP {{{codes}}}[upper({text})]"


_VALUES: Final[dict[str, Callable[[str], str]]] = {
    cells.COUNTRY.name: _country,
    cells.COUNTRIES.name: _country,
    cells.DATE.name: lambda text: f"TRY_CAST({text} AS DATE)",
    cells.TIME.name: lambda text: f"TRY_CAST(upper({text}) AS TIMESTAMPTZ)",
    cells.SHARE.name: lambda text: f"TRY_CAST({text} AS DECIMAL(15, 12))",
    cells.COUNT.name: lambda text: f"TRY_CAST({text} AS DECIMAL(38, 0))",
    cells.MEASURE.name: lambda text: f"TRY_CAST({text} AS DECIMAL(18, 6))",
    cells.YES_NO.name: lambda text: _among(f"lower({text})", cells.YES),
}
