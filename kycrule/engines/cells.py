"""The columns of a user's table as SQL: the forms of :mod:`kycrule.cells`, in every dialect.

A column of texts is read as cells are. A column of another type is taken for what it is, but within the same bounds:
what no cell could say, no typed value says either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kycrule import cells, countries, faults
from kycrule.cells import Form
from kycrule.engines.dialects import Dialect
from kycrule.faults import Fault
from kycrule.records import Column


class Kind(StrEnum):
    """What the values of a user's column are."""

    TEXT = "text"
    TEXTS = "list of texts"
    DATE = "date"
    TIME = "time"
    YES_NO = "yes/no"
    NUMBER = "number"


KINDS: Final = {
    cells.TEXTS.name: Kind.TEXTS,
    cells.COUNTRIES.name: Kind.TEXTS,
    cells.DATE.name: Kind.DATE,
    cells.TIME.name: Kind.TIME,
    cells.SHARE.name: Kind.NUMBER,
    cells.COUNT.name: Kind.NUMBER,
    cells.MEASURE.name: Kind.NUMBER,
    cells.YES_NO.name: Kind.YES_NO,
}
"""The kind of a typed column, for each form of cells that is not a text."""

_MARKS: Final = r"\t\r\n"
"""Ends of lines and tabs, as patterns write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A column in three steps, each of which may use the ones before it by name.

    Attributes:
        plain: what stands in the user's column, without blanks; ``t_`` and the name of the column.
        value: its typed value, NULL where there is none; ``v_`` and the name.
        wrong: the code of what is wrong with it, and the name of the column; NULL where nothing is.
    """

    plain: str
    value: str
    wrong: str


def kind_of(form: Form) -> Kind:
    """The kind of a typed column for a form of cells."""
    return KINDS.get(form.name, Kind.TEXT)


def cell(column: Column, kind: Kind, dialect: Dialect) -> Cell:
    """The cells of one column.

    Args:
        column: ours.
        kind: what the values of the user's column of that name are. Where it is not the kind of the column, it is a
            text, and the dialect can read it as a value.
        dialect: the engine's.
    """
    form, own, plain = column.form, dialect.named(column.name), f"t_{column.name}"
    if form.many:
        return _list(column, kind, dialect)
    if kind is Kind.TEXT:
        return Cell(
            plain=dialect.trimmed.format(text=own),
            value=_value(form, plain, dialect),
            wrong=_case(_faults(form, plain, f"v_{column.name}", dialect), column.name),
        )
    value, bounds = _typed(form, plain, dialect)
    return Cell(plain=own, value=value, wrong=_case(bounds, column.name))


def _list(column: Column, kind: Kind, dialect: Dialect) -> Cell:
    form, given = column.form, dialect.named(column.name)
    if kind is Kind.TEXT:
        given = dialect.split.format(text=given, mark=dialect.quoted(cells.SEPARATOR))
    members = _mapped(given, dialect.trimmed.format(text="m"), dialect)
    plain = f"t_{column.name}"
    value = plain if form is cells.TEXTS else _mapped(plain, _value(form, "m", dialect), dialect)
    wrong = _mapped(plain, _case(_faults(form, "m", _value(form, "m", dialect), dialect), column.name), dialect)
    return Cell(
        plain=members,
        value=f"CASE WHEN {dialect.size.format(list=plain)} > 0 THEN {value} END",
        wrong=dialect.first.format(list=wrong),
    )


def _mapped(texts: str, value: str, dialect: Dialect) -> str:
    return dialect.compact.format(list=dialect.mapped.format(list=texts, value=value))


def _case(bounds: Iterator[tuple[str, Fault]], name: str) -> str:
    arms = " ".join(f"WHEN {condition} THEN '{fault.code} {name}'" for condition, fault in bounds)
    return f"CASE {arms} END" if arms else ""


# Texts --------------------------------------------------------------------------------------------


def _value(form: Form, text: str, dialect: Dialect) -> str:
    """The value of a trimmed text; NULL where it is blank or, if it is no text itself, not in its form."""
    match form.name:
        case cells.COUNTRY.name | cells.COUNTRIES.name:
            return _country(text, dialect)
        case cells.YES_NO.name:
            lower = f"lower({text})"
            yes, no = (", ".join(f"'{word}'" for word in words) for words in (cells.YES, cells.NO))
            # Only ASCII letters may fold, as in Python.
            told = f"CASE WHEN {lower} IN ({yes}) THEN TRUE WHEN {lower} IN ({no}) THEN FALSE END"
            return _where(dialect.matched(text, "[A-Za-z01]{1,5}"), told)
        case cells.DATE.name | cells.SHARE.name | cells.COUNT.name | cells.MEASURE.name:
            return _where(_is(form, text, dialect), dialect.read_as.format(text=text, type=dialect.type_of(form)))
        case cells.TIME.name:
            read = dialect.read_as.format(text=f"upper({text})", type=dialect.type_of(form))
            return _where(_is(form, text, dialect), read)
        case _:
            return text


def _faults(form: Form, text: str, value: str, dialect: Dialect) -> Iterator[tuple[str, Fault]]:
    """Each way in which a trimmed text can be wrong, the first that holds first."""
    yield dialect.controlled.format(text=text), faults.CONTROL_CHARACTER
    if form.choices:
        listed = ", ".join(dialect.quoted(choice) for choice in form.choices)
        yield f"{text} NOT IN ({listed})", form.fault
    elif form.name in _READ:
        yield f"{text} IS NOT NULL AND {value} IS NULL", form.fault
        if form is cells.SHARE:
            yield f"{value} > 100", faults.SHARE_OUT_OF_RANGE
    elif form is cells.ADDRESS:
        yield f"{text} IS NOT NULL AND {text}_reachable IS NULL", form.fault
    else:
        long = faults.TEXT_TOO_LONG if form.fault is faults.CONTROL_CHARACTER else form.fault
        yield f"length({text}) > {form.longest}", long
        if form.pattern:
            yield f"NOT {_is(form, text, dialect)}", form.fault
        if form is cells.RANGE:
            yield from _range(text, dialect)


_READ: Final = {cells.COUNTRY.name, cells.COUNTRIES.name, *KINDS} - {cells.TEXTS.name}
"""The forms whose texts stand for something else."""


def _is(form: Form, text: str, dialect: Dialect) -> str:
    """Whether a text matches the pattern of its form."""
    pattern = form.pattern or ""
    conditions = [] if form.name == cells.IDENTIFIER.name else [dialect.matched(text, pattern.replace(_MARKS, ""))]
    if _MARKS in pattern:
        # Not every engine knows how these are written in patterns.
        conditions += [f"{dialect.place.format(text=text, part=f'chr({mark})')} = 0" for mark in (9, 10, 13)]
    if form.name in KINDS:
        conditions.append(f"length({text}) <= {form.longest}")
    return f"({' AND '.join(conditions)})"


def _where(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"


CODES: Final = "country_codes"
"""The column in which :func:`country_codes` stands beside the texts of a row."""


def country_codes(dialect: Dialect) -> str:
    """Every code of a country with the one that is kept: `` code:kept``, one after the other, as a literal."""
    return dialect.quoted("".join(f" {code}:{kept}" for code, kept in sorted(countries.codes().items())))


def _country(text: str, dialect: Dialect) -> str:
    # A function of members may not know the columns beside their list.
    codes = country_codes(dialect) if text == "m" else CODES
    place = dialect.place.format(text=codes, part=f"' ' || upper({text}) || ':'")
    kept = f"substr({codes}, NULLIF({place}, 0) + length({text}) + 2, 2)"
    return _where(dialect.matched(text, cells.COUNTRY.pattern or ""), kept)


def _range(text: str, dialect: Dialect) -> Iterator[tuple[str, Fault]]:
    """Whether one or two percentages leave no share between their ends, or one is over 100."""

    def end(pattern: str) -> str:
        found = dialect.replaced.format(text=text, pattern=dialect.quoted(pattern), by=dialect.quoted(dialect.group))
        return dialect.read_as.format(text=found, type=dialect.type_of(cells.SHARE))

    first, last = end("^[<>= ]*([0-9.]+).*$"), end("^.*?([0-9.]+)$")
    two = f"{dialect.place.format(text=text, part=dialect.quoted('-'))} > 0"
    low = f"CASE WHEN substr({text}, 1, 1) = '<' THEN 0 ELSE {first} END"
    high = f"CASE WHEN substr({text}, 1, 1) = '>' AND NOT {two} THEN 100 ELSE {last} END"
    without_end = dialect.searched.format(text=text, pattern=dialect.quoted("[<>]([^=]|$)"))
    yield f"{first} > 100 OR {last} > 100", faults.SHARE_OUT_OF_RANGE
    yield f"({low}) > ({high}) OR (({low}) = ({high}) AND {without_end})", faults.BAD_RANGE


# Other types --------------------------------------------------------------------------------------

_DAYS: Final = "DATE '1900-01-01' AND DATE '2199-12-31'"


def _typed(form: Form, given: str, dialect: Dialect) -> tuple[str, Iterator[tuple[str, Fault]]]:
    """The value of a column of the right kind, and each way in which it can be out of bounds."""
    match form.name:
        case cells.DATE.name:
            return given, iter([(f"{given} NOT BETWEEN {_DAYS}", form.fault)])
        case cells.SHARE.name:
            return _number(form, given, 1000, 12, dialect)
        case cells.COUNT.name:
            return _number(form, given, 10**37, 0, dialect)
        case cells.MEASURE.name:
            return _number(form, given, 10**12, 6, dialect)
        case _:
            return given, iter(())


def _number(
    form: Form, given: str, below: int, places: int, dialect: Dialect
) -> tuple[str, Iterator[tuple[str, Fault]]]:
    bound = dialect.number.format(digits=below)
    exact = f"round({given}, {places}) = {given}"
    value = f"CAST({given} AS {dialect.type_of(form)})"

    def bounds() -> Iterator[tuple[str, Fault]]:
        yield f"NOT ({given} >= 0 AND {given} < {bound} AND {exact})", form.fault
        if form is cells.SHARE:
            yield f"{given} > 100", faults.SHARE_OUT_OF_RANGE

    return _where(f"{given} >= 0 AND {given} < {bound} AND {exact}", value), bounds()
