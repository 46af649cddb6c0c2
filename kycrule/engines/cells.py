"""The columns of a user's table as SQL: the forms of :mod:`kycrule.cells`, in every dialect.

A text is read as cells are. A value of another type is taken for what it is, but within the same bounds:
what no cell could say, no typed value says either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kycrule import cells, countries, faults
from kycrule.cells import Form
from kycrule.engines.dialects import Dialect
from kycrule.faults import Fault
from kycrule.records import Column

KINDS: Final = {
    form.name for form in (cells.TEXTS, cells.COUNTRIES, cells.DATE, cells.TIME, cells.SHARE, cells.COUNT)
} | {cells.MEASURE.name, cells.YES_NO.name}
"""The forms of which a user's column has another type than text."""

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


def cell(column: Column, dialect: Dialect) -> Cell:
    """The cells of one column.

    Args:
        column: ours.
        dialect: the engine's.
    """
    form, own, plain = column.form, dialect.named(column.name), f"t_{column.name}"
    if form.many:
        return _list(column, dialect)
    if form.name not in KINDS:
        return Cell(
            plain=dialect.trimmed.format(text=own),
            value=_value(form, plain, dialect),
            wrong=_case(_faults(form, plain, f"v_{column.name}", dialect), column.name),
        )
    value, bounds = _typed(form, plain, dialect)
    return Cell(plain=own, value=value, wrong=_case(bounds, column.name))


def _list(column: Column, dialect: Dialect) -> Cell:
    form, given = column.form, dialect.named(column.name)
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
    """The value of a trimmed text; NULL where it is blank, or no country where one stands."""
    return _country(text, dialect) if form.name in _READ else text


def _faults(form: Form, text: str, value: str, dialect: Dialect) -> Iterator[tuple[str, Fault]]:
    """Each way in which a trimmed text can be wrong, the first that holds first."""
    yield dialect.controlled.format(text=text), faults.CONTROL_CHARACTER
    if form.choices:
        listed = ", ".join(dialect.quoted(choice) for choice in form.choices)
        yield f"{text} NOT IN ({listed})", form.fault
    elif form.name in _READ:
        yield f"{text} IS NOT NULL AND {value} IS NULL", form.fault
    elif form is cells.ADDRESS:
        yield f"{text} IS NOT NULL AND {text}_reachable IS NULL", form.fault
    else:
        long = faults.TEXT_TOO_LONG if form.fault is faults.CONTROL_CHARACTER else form.fault
        yield f"length({text}) > {form.longest}", long
        if form.pattern:
            yield f"NOT {_is(form, text, dialect)}", form.fault


_READ: Final = {cells.COUNTRY.name, cells.COUNTRIES.name}
"""The forms whose texts stand for something else."""


def _is(form: Form, text: str, dialect: Dialect) -> str:
    """Whether a text matches the pattern of its form."""
    pattern = form.pattern or ""
    conditions = [] if form.name == cells.IDENTIFIER.name else [dialect.matched(text, pattern.replace(_MARKS, ""))]
    if _MARKS in pattern:
        # Not every engine knows how these are written in patterns.
        conditions += [f"{dialect.place.format(text=text, part=f'chr({mark})')} = 0" for mark in (9, 10, 13)]
    return f"({' AND '.join(conditions)})"


def _where(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"


CODES: Final = "country_codes"
"""The column in which :func:`country_codes` stands beside the texts of a row."""


def country_codes(dialect: Dialect) -> str:
    """Every code of a country with the one that is kept: `` code:kept``, one after the other, as a literal."""
    # Engines look from the beginning: short codes, which most tables have, stand there.
    listed = sorted(countries.codes().items(), key=lambda pair: (len(pair[0]), pair))
    return dialect.quoted("".join(f" {code}:{kept}" for code, kept in listed))


def _country(text: str, dialect: Dialect) -> str:
    # A function of members may not know the columns beside their list.
    codes = country_codes(dialect) if text == "m" else CODES
    place = dialect.place.format(text=codes, part=f"' ' || upper({text}) || ':'")
    kept = f"substr({codes}, NULLIF({place}, 0) + length({text}) + 2, 2)"
    return _where(dialect.matched(text, cells.COUNTRY.pattern or ""), kept)


# Other types --------------------------------------------------------------------------------------

_DAYS: Final = "DATE '1900-01-01' AND DATE '2199-12-31'"


def _typed(form: Form, given: str, dialect: Dialect) -> tuple[str, Iterator[tuple[str, Fault]]]:
    """The value of a column of the right kind, and each way in which it can be out of bounds."""
    match form.name:
        case cells.DATE.name:
            return given, iter([(f"{given} NOT BETWEEN {_DAYS}", form.fault)])
        case cells.TIME.name:
            first, after = (f"CAST('{day} 00:00:00+00:00' AS {dialect.time})" for day in ("1900-01-01", "2200-01-01"))
            return given, iter([(f"NOT ({given} >= {first} AND {given} < {after})", form.fault)])
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
