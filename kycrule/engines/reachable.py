"""IP addresses as SQL: the same answers as :mod:`kycrule.addresses`, from the same registries, in every dialect.

An address becomes a key: two hexadecimal digits for each byte, eight of them or 32. Keys of one length are in the order
of their addresses, so that the stretches of the registries are compared as texts.
"""

from __future__ import annotations

from typing import Final

from kycrule import addresses
from kycrule.engines.dialects import Dialect

_BYTES: Final = "".join(f"{byte:02x}" for byte in range(256))
_GROUP: Final = "[0-9a-f]{1,4}"
_GROUPS: Final = f"({_GROUP}(:{_GROUP})*)?"
_TAIL: Final = rf"[0-9A-Fa-f:]*:{addresses.IPV4}"


def with_reachable(table: str, column: str, dialect: Dialect) -> str:
    """A select of a table with ``{column}_reachable``: whether an address is globally reachable.

    It is NULL for a text that is no address, and where there is none.

    Args:
        table: a table or a select in brackets, with a column of trimmed texts.
        column: its name; names that begin with it are not used in the table.
        dialect: the engine's.
    """
    text = dialect.named(column)
    plain = dialect.matched(text, addresses.plainly_reachable())
    colons = f"{dialect.place.format(text=text, part=dialect.quoted(':'))} > 0"
    steps = (
        {"four": f"CASE WHEN NOT {plain} THEN {_four(text, dialect)} END", "plain": plain},
        {"body": f"CASE WHEN {colons} AND length({text}) <= {addresses.LONGEST} THEN {_body(text, dialect)} END"},
        {side: _side(f"{column}_body", place, dialect) for place, side in ((1, "left"), (2, "right"))},
        {"six": _six(column, dialect)},
        {"inner": _inner(column)},
    )
    for step in steps:
        columns = ", ".join(f"{value} AS {column}_{name}" for name, value in step.items())
        table = f"(SELECT *, {columns} FROM {table} AS s{dialect.apart})"
    return f"SELECT *, {_reachable(column)} AS {column}_reachable FROM {table} AS s"


def _four(text: str, dialect: Dialect) -> str:
    """The key of an IPv4 address."""
    return f"CASE WHEN {dialect.matched(text, addresses.IPV4)} THEN {_octets(text, dialect)} END"


def _octets(text: str, dialect: Dialect, marks: tuple[str, ...] = ("", "", "", "")) -> str:
    """The digits of the four bytes of an IPv4 address, with a mark after each."""
    parts = (dialect.part.format(text=text, mark="'.'", place=place) for place in (1, 2, 3, 4))
    digits = (f"substr('{_BYTES}', 2 * CAST({part} AS INTEGER) + 1, 2)" for part in parts)
    return " || ".join(each + (f" || '{mark}'" if mark else "") for each, mark in zip(digits, marks, strict=True))


def _body(text: str, dialect: Dialect) -> str:
    """An IPv6 address in small letters, its four bytes in dotted decimal, if there are any, as two groups."""
    dotted = f"{dialect.place.format(text=text, part=dialect.quoted('.'))} > 0"
    tail = dialect.replaced.format(text=text, pattern=dialect.quoted("^.*:"), by="''")
    head = f"substr({text}, 1, length({text}) - length({tail}))"
    groups = _octets(tail, dialect, ("", ":", "", ""))
    return (
        f"CASE WHEN {dotted} THEN CASE WHEN {dialect.matched(text, _TAIL)} THEN lower({head}) || {groups} END "
        f"ELSE lower({text}) END"
    )


def _side(body: str, place: int, dialect: Dialect) -> str:
    """The digits before, or after, the two colons that stand for zeros; all digits are before where there are none."""
    groups = dialect.part.format(text=body, mark="'::'", place=place)
    longer = dialect.replaced.format(
        text=groups, pattern=dialect.quoted("([0-9a-f]+)"), by=dialect.quoted(f"000{dialect.group}")
    )
    padded = dialect.replaced.format(
        text=longer, pattern=dialect.quoted("0*([0-9a-f]{4})(:|$)"), by=dialect.quoted(dialect.group)
    )
    return f"CASE WHEN {dialect.matched(body, f'{_GROUPS}(::{_GROUPS})?')} THEN {padded} END"


def _six(column: str, dialect: Dialect) -> str:
    """The key of an IPv6 address."""
    left, right, body = f"{column}_left", f"{column}_right", f"{column}_body"
    digits = f"length({left}) + length({right})"
    zeros = f"substr('{'0' * 32}', 1, 32 - ({digits}))"
    shortened = f"{dialect.place.format(text=body, part=dialect.quoted('::'))} > 0"
    return (
        f"CASE WHEN {shortened} AND {digits} <= 28 THEN {left} || {zeros} || {right} "
        f"WHEN NOT {shortened} AND {digits} = 32 THEN {left} END"
    )


def _inner(column: str) -> str:
    """The key of the IPv4 address in a mapped one, or in that of a client of 6to4 or Teredo."""
    six = f"{column}_six"
    turned = f"translate(substr({six}, 25, 8), '0123456789abcdef', 'fedcba9876543210')"
    return (
        f"CASE WHEN {column}_four IS NOT NULL THEN {column}_four "
        f"WHEN substr({six}, 1, 24) = '{'0' * 20}ffff' THEN substr({six}, 25, 8) "
        f"WHEN substr({six}, 1, 4) = '2002' THEN substr({six}, 5, 8) "
        f"WHEN substr({six}, 1, 8) = '20010000' THEN {turned} END"
    )


def _reachable(column: str) -> str:
    return (
        f"CASE WHEN {column}_plain THEN TRUE WHEN {column}_inner IS NOT NULL THEN {_within(f'{column}_inner', 4)} "
        f"WHEN {column}_six IS NOT NULL THEN {_within(f'{column}_six', 16)} END"
    )


def _within(key: str, size: int) -> str:
    stretches = (f"{key} BETWEEN '{first}' AND '{last}'" for first, last in addresses.reachable_stretches(size))
    return f"({' OR '.join(stretches)})"
