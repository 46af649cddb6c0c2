"""The cells of text columns as SQL: the same forms, and the same answers, as :mod:`kycrule.cells`.

A cell of text becomes a typed value; NULL if it is blank, and NULL if it is not in its form. Which of the
two it is, its text says. Cells that are not in their form are read again in Python, which says why.
Round trips and plain comparisons stand where they are as strict as the pattern of a form, and cheaper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kycrule import addresses, cells, countries, formulas
from kycrule.cells import Form
from kycrule.errors import AddressError
from kycrule.intake.columns import INLINE, REQUIRED, columns_of
from kycrule.literals import SQL_TYPES, quoted

ADDRESS_FUNCTION: Final = "kycrule_address"
"""A function that the engine is given: see :func:`address`."""

_FREE: Final = frozenset({cells.IDENTIFIER, cells.TEXT, cells.TEXTS, cells.EMAIL, cells.PHONE})
"""The forms of cells that may begin as a formula does."""
_MEMBERS: Final = "\x1e"
_BLANKS: Final = "chr(32) || chr(9) || chr(13) || chr(10)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How the cells of a column are had from a source, in SQL.

    Attributes:
        text: the trimmed text; NULL where the cell is blank.
        native: the typed value of a column that is typed already, NULL where it is out of bounds; None reads the text.
        separator: what stands between the members of a list in the text.
    """

    text: str
    native: str | None = None
    separator: str = cells.SEPARATOR


def select(role: str, given: Mapping[str, Cell], source: str, *, serving: str | None = None, clean: bool = True) -> str:
    """A select of the typed columns of a table, and of ``ok``: whether every cell of a row is in its form.

    Args:
        role: the table.
        given: the columns that the source has.
        source: what stands after FROM.
        serving: the provider of customers that name none.
        clean: whether no text holds a control character.
    """
    texts: list[str] = []
    values: list[str] = []
    told: list[str] = []
    conditions = [f"v_{name} IS NOT NULL" for name in given if name in REQUIRED]
    for column in columns_of(role):
        name, form = column.name, column.form
        cell = given.get(name)
        if cell is None:
            worked_out = f"CAST(NULL AS {SQL_TYPES[form.name]})"
        elif cell.native is not None:
            texts += [f"{cell.native} AS v_{name}", f"{cell.text} IS NULL AS b_{name}"]
            worked_out = ""
        else:
            texts.append(f"{cell.text} AS t_{name}")
            values.append(f"{is_blank(form, f't_{name}', cell.separator)} AS b_{name}")
            worked_out = f"t_{name}" if column is INLINE else value(form, f"t_{name}", cell.separator)
        if worked_out:
            values.append(f"{worked_out} AS v_{name}")
        if cell is not None:
            conditions.append(f"(b_{name} OR v_{name} IS NOT NULL)")
        if form is cells.ADDRESS:
            told += [f"substr(v_{name}, 2) AS {name}", f"starts_with(v_{name}, '+') AS {name}_reachable"]
        elif name == "served_by" and serving is not None:
            told.append(f"COALESCE(v_{name}, {quoted(serving)}) AS {name}")
        else:
            told.append(f'v_{name} AS "{name}"')
    if not clean:
        # The separator of members is one itself, and was put there here.
        every = ", ".join(
            f"replace(t_{name}, {quoted(_MEMBERS)}, '')" if cell.separator == _MEMBERS else f"t_{name}"
            for name, cell in given.items()
            if cell.native is None
        )
        conditions.append(f"NOT regexp_matches(concat_ws('', {every}), {quoted(cells.CONTROLS)})")
    told.append(f"({' AND '.join(conditions) or 'TRUE'}) AS ok")
    return (
        f"SELECT {', '.join(told)} FROM (SELECT {', '.join(['*', *values])} FROM "
        f"(SELECT {', '.join(texts) or '1'} FROM {source}) AS t) AS v"
    )


def cell_of(form: Form, column: str, kind: str) -> Cell:
    """How the cells of a typed column are had.

    Args:
        form: that they shall have.
        column: its name, quoted.
        kind: its type in the engine.
    """
    text = f"CAST({column} AS VARCHAR)"
    native: str | None = None
    separator = cells.SEPARATOR
    if kind.endswith("[]"):
        separator = _MEMBERS
        text = f"array_to_string(CAST({column} AS VARCHAR[]), {quoted(_MEMBERS)})"
    elif kind in {"FLOAT", "DOUBLE"}:
        # The fewest digits that are this number; a missing one is a NaN in some tables.
        text = f"CASE WHEN NOT isnan({column}) THEN regexp_replace({text}, '\\.0$', '') END"
    elif kind.startswith("TIMESTAMP") and form is cells.DATE:
        midnight = f"CAST({column} AS TIMESTAMP) = date_trunc('day', CAST({column} AS TIMESTAMP))"
        text = f"CASE WHEN {midnight} THEN CAST(CAST({column} AS DATE) AS VARCHAR) ELSE {text} END"
    elif kind == "TIMESTAMP WITH TIME ZONE" and form is cells.TIME:
        native = f"CASE WHEN {column} >= '1900-01-01' AND {column} < '2200-01-01' THEN {column} END"
    elif kind == "DATE" and form is cells.DATE:
        native = f"CASE WHEN {column} BETWEEN DATE '1900-01-01' AND DATE '2199-12-31' THEN {column} END"
    elif kind == "BOOLEAN" and form is cells.YES_NO:
        native = column
    elif kind.startswith("DECIMAL") and form is cells.SHARE:
        share = f"TRY_CAST({column} AS DECIMAL(15, 12))"
        native = f"CASE WHEN {share} = {column} AND {column} BETWEEN 0 AND 100 THEN {share} END"
    elif kind.startswith("DECIMAL"):
        text = f"CASE WHEN {column} = floor({column}) THEN regexp_replace({text}, '\\.0*$', '') ELSE {text} END"
    return Cell(text=trimmed(text), native=native, separator=separator)


def trimmed(column: str) -> str:
    """A column of text without blanks at either end, NULL where nothing is left."""
    return f"nullif(trim({column}, {_BLANKS}), '')"


def bare(form: Form, column: str) -> str:
    """A column of a sifted file, without the guards against formulas; its cells are trimmed, but for guarded ones."""
    plain = f"nullif({column}, '')"
    if form not in _FREE:
        return plain
    guarded = f"contains({column}, {quoted(formulas.GUARD)})"
    return f"CASE WHEN {guarded} THEN {trimmed(formulas.unguarded(column))} ELSE {plain} END"


def value(form: Form, text: str, separator: str = cells.SEPARATOR) -> str:
    """The typed value of a trimmed text; NULL where it is blank or not in its form."""
    one = _one(form)
    if not form.many:
        return one(text)
    apart = f"string_split({text}, {quoted(separator)})"
    members = f"list_filter(list_transform({apart}, lambda m: {trimmed('m')}), lambda m: m IS NOT NULL)"
    typed = f"list_filter(list_transform({members}, lambda m: {one('m')}), lambda v: v IS NOT NULL)"
    # Most lists are as they shall be; what is done for each member takes long.
    return (
        f"CASE WHEN {_is_plain(form, text, separator)} THEN {apart} "
        f"WHEN len({members}) > 0 AND len({typed}) = len({members}) THEN {typed} END"
    )


def is_blank(form: Form, text: str, separator: str = cells.SEPARATOR) -> str:
    """Whether a trimmed text stands for nothing known."""
    if not form.many:
        return f"{text} IS NULL"
    nothing = f"translate({text}, {quoted(separator)} || {_BLANKS}, '') = ''"
    return f"({text} IS NULL OR (contains({text}, {quoted(separator)}) AND {nothing}))"


def address(text: str) -> str:
    """``+`` or ``-``, as it is globally reachable or not, and the one way to write an address; NULL if it is none."""
    return _spared(text, f"'+' || {text}", f"{ADDRESS_FUNCTION}({text})")


def judged_address(text: str) -> str | None:
    """What :func:`address` gives, for the addresses that a pattern does not settle."""
    try:
        return ("+" if addresses.is_globally_reachable(text) else "-") + addresses.canonical(text)
    except AddressError:
        return None


def _spared(text: str, plain: str, other: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, {quoted(addresses.plainly_reachable())}) THEN {plain} ELSE {other} END"


def _is_plain(form: Form, text: str, separator: str) -> str:
    """Whether every member of a list stands for itself, with nothing to trim."""
    mark = re.escape(separator)
    member = f"[^{mark} \\t\\r\\n](?:[^{mark}]*[^{mark} \\t\\r\\n])?"
    short = f"strlen({text}) <= {form.longest} AND "
    if form is cells.COUNTRIES:
        member = f"(?:{'|'.join(sorted(set(countries.codes().values())))})"
        short = ""
    return f"{short}regexp_full_match({text}, {quoted(f'{member}(?:{mark}{member})*')})"


def _one(form: Form) -> Callable[[str], str]:
    """The value of one member."""
    if form.choices:
        return lambda text: f"CASE WHEN {_among(text, form.choices)} THEN {text} END"
    made = _VALUES.get(form.name)
    if made is not None:
        return made
    return lambda text: f"CASE WHEN {' AND '.join(_conditions(form, text))} THEN {text} END"


def _conditions(form: Form, text: str) -> Iterator[str]:
    """What holds of a text that stands for itself."""
    yield f"(strlen({text}) <= {form.longest} OR length({text}) <= {form.longest})"
    if form is cells.IDENTIFIER:
        yield from (f"NOT contains({text}, chr({mark}))" for mark in (9, 10, 13))
    elif form.pattern:
        yield f"regexp_full_match({text}, {quoted(form.pattern)})"
    if form is cells.RANGE:
        yield _is_range(text)


def _is_range(text: str) -> str:
    """Whether a text with one or two percentages in it leaves a share between its ends, and none over 100."""
    found = f"regexp_extract_all({text}, {quoted(cells.PERCENTAGE)})"
    first, last = (f"TRY_CAST({found}[{place}] AS DECIMAL(15, 12))" for place in (1, -1))
    low = f"CASE WHEN starts_with({text}, '<') THEN 0 ELSE {first} END"
    high = f"CASE WHEN starts_with({text}, '>') AND len({found}) = 1 THEN 100 ELSE {last} END"
    without_end = f"regexp_matches({text}, '[<>](?:[^=]|$)')"
    return f"({low} <= {high} AND {high} <= 100 AND ({low} < {high} OR NOT {without_end}))"


def _among(text: str, members: Iterable[str]) -> str:
    return f"{text} IN ({', '.join(map(quoted, members))})"


def _country(text: str) -> str:
    codes = sorted(countries.codes().items())
    written, meant = (", ".join(map(quoted, each)) for each in zip(*codes, strict=True))
    place = f"enum_code(TRY_CAST(upper({text}) AS ENUM({written}))) + 1"
    # Upper case by the engine would make ASCII letters of others too; a length in bytes admits none.
    return f"CASE WHEN strlen({text}) <= 3 AND length({text}) = strlen({text}) THEN ([{meant}])[{place}] END"


def _date(text: str) -> str:
    # A date that is written back as it was read is in its form.
    date = f"TRY_CAST({text} AS DATE)"
    bounds = f"strlen({text}) = 10 AND {text} >= '1900' AND {text} < '2200'"
    return f"CASE WHEN {bounds} AND CAST({date} AS VARCHAR) = {text} THEN {date} END"


def _matched(form: Form, made: str) -> Callable[[str], str]:
    pattern = quoted(form.pattern or "")
    return lambda text: (
        f"CASE WHEN strlen({text}) <= {form.longest} AND regexp_full_match({text}, {pattern}) "
        f"THEN {made.format(text=text)} END"
    )


def _share(text: str) -> str:
    share = _matched(cells.SHARE, "TRY_CAST({text} AS DECIMAL(15, 12))")(text)
    return f"CASE WHEN ({share}) <= 100 THEN {share} END"


def _yes_no(text: str) -> str:
    # Only ASCII letters may fold, as in Python: a length in bytes admits no others.
    lower = f"lower({text})"
    arms = (f"WHEN {_among(lower, words)} THEN {told}" for words, told in ((cells.YES, "TRUE"), (cells.NO, "FALSE")))
    return f"CASE WHEN length({text}) <> strlen({text}) THEN NULL {' '.join(arms)} END"


_VALUES: Final[dict[str, Callable[[str], str]]] = {
    cells.COUNTRY.name: _country,
    cells.COUNTRIES.name: _country,
    cells.DATE.name: _date,
    cells.TIME.name: _matched(cells.TIME, "TRY_CAST(upper({text}) AS TIMESTAMPTZ)"),
    cells.SHARE.name: _share,
    cells.COUNT.name: _matched(cells.COUNT, "TRY_CAST({text} AS DECIMAL(38, 0))"),
    cells.MEASURE.name: _matched(cells.MEASURE, "TRY_CAST({text} AS DECIMAL(18, 6))"),
    cells.YES_NO.name: _yes_no,
    cells.ADDRESS.name: address,
}
