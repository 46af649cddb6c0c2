"""The written forms of a value: one declaration per kind of cell, read alike in Python and in SQL.

A blank cell is unknown (``None``); a cell that is not in its form is a fault, never unknown.
Patterns match whole texts and keep to what Python's ``re`` and RE2 (DuckDB) both understand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from kycrule import addresses, countries, faults
from kycrule.errors import AddressError, RecordError
from kycrule.faults import Fault
from kycrule.ownership import parse_share

SEPARATOR: Final = ";"
"""Stands between the members of a list in one cell."""

BLANKS: Final = " \t\r\n"
"""Stripped from both ends of every cell; what is then empty is unknown."""

CONTROLS: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Characters that no cell may hold."""


class CellError(ValueError):
    """A cell is not in its form. Carries the fault and never the value."""

    def __init__(self, fault: Fault, hint: str = "") -> None:
        super().__init__(f"{fault.code} {fault.name}: {fault.says} {hint or fault.remedy}")
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one kind of value is written.

    Attributes:
        name: what documents and schemas call it.
        longest: most characters of a cell, or of one member of a list.
        fault: what is wrong with a cell that does not match.
        pattern: a whole cell (or member) matches it; None admits any text.
        many: whether the cell is a list with ``;`` between its members.
        choices: the allowed values, where there are few.
    """

    name: str
    longest: int
    fault: Fault
    pattern: str | None = None
    many: bool = False
    choices: tuple[str, ...] = ()


IDENTIFIER = Form(name="identifier", longest=256, fault=faults.CONTROL_CHARACTER, pattern=r"[^\t\r\n]+")
TEXT = Form(name="text", longest=1024, fault=faults.CONTROL_CHARACTER)
TEXTS = Form(name="list of text", longest=1024, fault=faults.CONTROL_CHARACTER, many=True)
EMAIL = Form(name="e-mail", longest=254, fault=faults.BAD_EMAIL, pattern=r"[^ \t\r\n@;,]+@[^ \t\r\n@;,]+")
PHONE = Form(name="telephone", longest=64, fault=faults.BAD_PHONE, pattern=r"(?:[^0-9]*[0-9]){5,}[^0-9]*")
COUNTRY = Form(name="country", longest=3, fault=faults.BAD_COUNTRY, pattern=r"[A-Za-z]{2,3}")
COUNTRIES = Form(name="list of countries", longest=3, fault=faults.BAD_COUNTRY, pattern=r"[A-Za-z]{2,3}", many=True)
DATE = Form(
    name="date",
    longest=10,
    fault=faults.BAD_DATE,
    pattern=r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
)
TIME = Form(
    name="time",
    longest=35,
    fault=faults.BAD_TIME,
    pattern=r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
)
PERCENTAGE: Final = r"[0-9]{1,3}(?:\.[0-9]{1,12})?"
"""A percentage, alone or in a range."""
SHARE = Form(name="share", longest=16, fault=faults.BAD_SHARE, pattern=PERCENTAGE)
RANGE = Form(
    name="share or range",
    longest=40,
    fault=faults.BAD_RANGE,
    pattern=rf"{PERCENTAGE}|[<>]=? ?{PERCENTAGE}|(?:>=? ?)?{PERCENTAGE} ?- ?(?:<=? ?)?{PERCENTAGE}",
)
COUNT = Form(
    name="count",
    longest=37,
    fault=faults.BAD_NUMBER,
    # A power of ten of at least 12 leaves no decimals.
    pattern=r"[0-9]{1,37}|[0-9](?:\.[0-9]{1,12})?[eE]\+?(?:1[2-9]|2[0-9]|3[0-6])",
)
MEASURE = Form(name="measure", longest=19, fault=faults.BAD_NUMBER, pattern=r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
YES: Final = ("yes", "true", "1", "y")
NO: Final = ("no", "false", "0", "n")
YES_NO = Form(name="yes/no", longest=5, fault=faults.BAD_YES_NO, pattern=rf"(?i:{'|'.join((*YES, *NO))})")
ADDRESS = Form(name="IP address", longest=45, fault=faults.BAD_ADDRESS)


def choice(*values: str) -> Form:
    """The form of a cell that holds one of a few values."""
    return Form(name="choice", longest=64, fault=faults.UNKNOWN_CHOICE, choices=values)


_WHOLE: Final = {
    form.name: re.compile(form.pattern, re.ASCII)
    for form in (IDENTIFIER, EMAIL, PHONE, COUNTRY, COUNTRIES, DATE, TIME, SHARE, RANGE, COUNT, MEASURE, YES_NO)
    if form.pattern
}
_CONTROLS: Final = re.compile(CONTROLS)
_LONGEST_NAME: Final = 64
_HUNDRED: Final = Decimal(100)


def read(form: Form, cell: str) -> Any:
    """The value that a cell stands for, or None if it is blank.

    Raises:
        CellError: the cell is not in its form.

    >>> read(COUNTRIES, "deu; FR"), read(SHARE, "24.995"), read(DATE, "  ")
    (('DE', 'FR'), Decimal('24.995'), None)
    """
    if form.many:
        members = (read_member(form, member) for member in cell.split(SEPARATOR))
        return tuple(member for member in members if member is not None) or None
    return read_member(form, cell)


def read_member(form: Form, cell: str) -> Any:
    """The value of a cell, or of one member of a list, or None if it is blank."""
    text = cell.strip(BLANKS)
    if not text:
        return None
    if _CONTROLS.search(text):
        raise CellError(faults.CONTROL_CHARACTER)
    if len(text) > form.longest or (form.pattern is not None and not _WHOLE[form.name].fullmatch(text)):
        hint = countries.suggestion(text) if form.fault is faults.BAD_COUNTRY and len(text) <= _LONGEST_NAME else None
        long = len(text) > form.longest and form.fault is faults.CONTROL_CHARACTER
        fault = faults.TEXT_TOO_LONG if long else form.fault
        raise CellError(fault, f"Did you mean {hint}?" if hint else "")
    if form.choices:
        if text not in form.choices:
            raise CellError(form.fault, f"Allowed: {', '.join(form.choices)}.")
        return text
    return _VALUES.get(form.name, str)(text)


def _country(text: str) -> str:
    code = countries.codes().get(text.upper())
    if code is None:
        raise CellError(faults.BAD_COUNTRY)
    return code


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellError(faults.BAD_DATE) from None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise CellError(faults.BAD_TIME) from None


def _share(text: str) -> Decimal:
    share = Decimal(text)
    if share > _HUNDRED:
        raise CellError(faults.SHARE_OUT_OF_RANGE)
    return share


def _range(text: str) -> str:
    try:
        parse_share(text)
    except RecordError:
        over = any(Decimal(found) > _HUNDRED for found in re.findall(PERCENTAGE, text))
        raise CellError(faults.SHARE_OUT_OF_RANGE if over else faults.BAD_RANGE) from None
    return text


def _address(text: str) -> str:
    try:
        return addresses.canonical(text)
    except AddressError:
        raise CellError(faults.BAD_ADDRESS) from None


_VALUES: Final[dict[str, Callable[[str], Any]]] = {
    COUNTRY.name: _country,
    COUNTRIES.name: _country,
    DATE.name: _date,
    TIME.name: _time,
    SHARE.name: _share,
    RANGE.name: _range,
    COUNT.name: lambda text: Decimal(int(Decimal(text))),
    MEASURE.name: Decimal,
    YES_NO.name: lambda text: text.lower() in YES,
    ADDRESS.name: _address,
}
