"""Packages of the Beneficial Ownership Data Standard, version 0.4, read as stakes.

Read are the statements of a package: entities and persons give kinds and names, relationships give
stakes. Parties are named by their ``recordId``. Of several statements of one record the last counts,
by ``statementDate`` and then by place; one whose status is ``closed`` ends a relationship.

- An interest of type ``shareholding`` that is direct is a stake; several in one relationship are added.
  Voting rights stand in where a relationship has no shareholding.
- An interest that is indirect is none: it sums up a chain. ``published_indirect`` gives those.
- Where it is not said whether a shareholding is direct, it counts as stated if its party has no other
  stake; otherwise the same part may stand in both, and only its high end is kept.
- A relationship with no interests, or with one of no type, is a stake of unknown share; so is a component
  of a chain whose own interests are no shares. Any other interest (a board seat, a trustee) is no stake.
- An unspecified party is a holder of unknown kind. An interest with an end date, or ended by ``as_of``,
  is over. Annotations, tax residencies, sources and the like are not read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias, cast

from kycrule.errors import InputError, RecordError
from kycrule.ownership import UNKNOWN, Interval, Kind, Stake

Package: TypeAlias = list[dict[str, Any]] | str | Path
"""The statements, or the path of a JSON file with a list of them."""

_KINDS: Final[dict[str, Kind]] = {"entity": "entity", "person": "individual"}
_SHARES: Final = ("shareholding", "votingRights")
_VERSION: Final = "kycrule reads packages of the Beneficial Ownership Data Standard, version 0.4."
_EXPONENTS: Final = range(-40, 4)


def read(package: Package, *, as_of: date | None = None) -> tuple[Stake, ...]:
    """The stakes that a package states, in its order.

    Args:
        package: statements, or the path of a JSON file. A file's decimals are exact as written; a list
            parsed elsewhere may hold floats, which stand for their shortest decimal.
        as_of: leave aside what was stated or began later, or had ended by then; without it, the package's
            last word.

    Raises:
        InputError: it is not a package of version 0.4; no value of it is shown.

    >>> share = {"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": 60}}
    >>> [stake] = read([{"recordId": "r", "recordType": "relationship", "recordDetails": {
    ...     "subject": "acme", "interestedParty": "ann", "interests": [share]}}])
    >>> stake.holder, stake.held, str(stake.interval)
    ('ann', 'acme', '60 %')
    """
    statements = _current(package, as_of)
    relations = [relation for statement in statements if (relation := _relation(statement, as_of))]
    chained = {component for relation in relations for component in relation.components}
    kinds: dict[str, Kind | None] = {statement.record: statement.kind for statement in statements}
    found: list[tuple[Stake, bool]] = []
    for relation in relations:
        share, certain = _direct(relation, part_of_chain=relation.record in chained)
        if share:
            found.append((_stake(relation, share, kinds), certain))
    stakes = Counter(stake.holder for stake, _ in found)
    return tuple(stake if certain or stakes[stake.holder] == 1 else _at_most(stake) for stake, certain in found)


def published_indirect(package: Package, *, as_of: date | None = None) -> tuple[Stake, ...]:
    """The indirect interests that a package sums up itself: not stakes, but what stakes should come to.

    Raises:
        InputError: as ``read``.
    """
    statements = _current(package, as_of)
    kinds: dict[str, Kind | None] = {statement.record: statement.kind for statement in statements}
    relations = (relation for statement in statements if (relation := _relation(statement, as_of)))
    return tuple(
        _stake(relation, share, kinds)
        for relation in relations
        if (share := _total(relation.of_kind("indirect"))) is not None
    )


def names(package: Package) -> dict[str, str]:
    """What the package calls its parties, by ``recordId``; one without a name is left out.

    Raises:
        InputError: as ``read``.
    """
    found: dict[str, str] = {}
    for statement in _current(package, None):
        if statement.kind is not None:
            details = statement.details
            called = details.get("name") or next((one.get("fullName") for one in _list(details, "names")), None)
            if isinstance(called, str) and called.strip():
                found[statement.record] = called
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """The last statement of a record."""

    record: str
    kind: Kind | None
    closed: bool
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """A relationship that holds, with those of its interests that are not over."""

    record: str
    subject: str
    party: str
    unspecified: bool
    component: bool
    components: tuple[str, ...]
    interests: tuple[dict[str, Any], ...]
    ended: bool

    def of_kind(self, directness: str) -> list[dict[str, Any]]:
        """The shareholdings of one kind of directness, or else the voting rights; what is not said is unknown."""
        types = [one.get("type") for one in self.interests]
        kind = next((kind for kind in _SHARES if kind in types), None)
        return [one for one in self.interests if kind and one.get("type") == kind and _directness(one) == directness]


def _directness(interest: dict[str, Any]) -> str:
    said = interest.get("directOrIndirect")
    return said if said in {"direct", "indirect"} else "unknown"


# Statements ---------------------------------------------------------------------------------------


def _current(package: Package, as_of: date | None) -> list[_Statement]:
    """The last statement of each record, in order of first appearance."""
    last: dict[str, tuple[datetime, _Statement]] = {}
    for place, item in enumerate(_load(package)):
        if not isinstance(item, dict):
            _refuse(f"Statement {place + 1} is not an object")
        statement = cast("dict[str, Any]", item)
        if "statementType" in statement:
            _refuse(f"Statement {place + 1} is of an older version of the standard")
        record, kind = _text(statement, "recordId"), _text(statement, "recordType")
        if kind not in {"entity", "person", "relationship"}:
            _refuse(f"The recordType of statement {place + 1} is not entity, person or relationship")
        said_on = _moment(statement.get("statementDate"))
        if as_of and said_on.date() > as_of:
            continue
        if record not in last or said_on >= last[record][0]:
            closed = statement.get("recordStatus") == "closed"
            details = _dict(statement, "recordDetails")
            last[record] = said_on, _Statement(record=record, kind=_KINDS.get(kind), closed=closed, details=details)
    return [statement for _, statement in last.values()]


def _relation(statement: _Statement, as_of: date | None) -> _Relation | None:
    if statement.kind is not None or statement.closed:
        return None
    details = statement.details
    subject, party = (_party(details, place, statement.record) for place in ("subject", "interestedParty"))
    interests = _list(details, "interests")
    holding = tuple(one for one in interests if not _is_over(one, as_of))
    components: object = details.get("componentRecords") or []
    if not isinstance(components, list):
        _refuse("componentRecords is not a list")
    return _Relation(
        record=statement.record,
        subject=subject,
        party=party,
        unspecified=not isinstance(details.get("interestedParty"), str),
        component=details.get("isComponent") is True,
        components=tuple(map(str, cast("list[object]", components))),
        interests=holding,
        ended=len(holding) < len(interests),
    )


def _is_over(interest: dict[str, Any], as_of: date | None) -> bool:
    """Whether an interest has ended, or has not begun."""
    start, end = (interest.get(place) for place in ("startDate", "endDate"))
    if as_of is None:
        return end is not None
    return (end is not None and _moment(end).date() <= as_of) or (start is not None and _moment(start).date() > as_of)


def _direct(relation: _Relation, *, part_of_chain: bool) -> tuple[Interval | None, bool]:
    """The share held directly, and whether it is certain that it is held directly."""
    direct, perhaps = relation.of_kind("direct"), relation.of_kind("unknown")
    if direct and perhaps:
        least, most = cast("Interval", _total(direct)), cast("Interval", _total(direct + perhaps))
        return Interval(least.low, most.high, low_open=least.low_open, high_open=most.high_open), True
    if share := _total(direct or perhaps):
        return share, bool(direct)
    untyped = any(not one.get("type") for one in relation.interests)
    if untyped or not (relation.interests or relation.ended):
        return UNKNOWN, True
    of_shares = any(one.get("type") in _SHARES for one in relation.interests)
    return (UNKNOWN, True) if (relation.component or part_of_chain) and not of_shares else (None, True)


def _stake(relation: _Relation, share: Interval, kinds: Mapping[str, Kind | None]) -> Stake:
    kind = None if relation.unspecified else kinds.get(relation.party)
    try:
        return Stake(relation.party, kind, relation.subject, share)
    except RecordError:
        _refuse("A recordId is no name in one line")


def _at_most(stake: Stake) -> Stake:
    interval = stake.interval
    low = Interval(Fraction(0), interval.high, high_open=interval.high_open)
    return Stake(stake.holder, stake.holder_kind, stake.held, low)


# Shares -------------------------------------------------------------------------------------------


def _total(interests: list[dict[str, Any]]) -> Interval | None:
    """The sum of some interests, None of none."""
    if not interests:
        return None
    shares = [_share(one) for one in interests]
    low, high = sum(one.low for one in shares), sum(one.high for one in shares)
    if low > 1:
        _refuse("The interests of a relationship add up to over 100 percent")
    return Interval(
        Fraction(low),
        Fraction(min(high, 1)),
        low_open=any(one.low_open for one in shares) and low < 1,
        high_open=high <= 1 and any(one.high_open for one in shares),
    )


def _share(interest: dict[str, Any]) -> Interval:
    share = _dict(interest, "share") if interest.get("share") is not None else {}
    if (exact := _part(share, "exact")) is not None:
        return Interval(exact, exact)
    lows = [
        (part, place[0] == "e")
        for place in ("minimum", "exclusiveMinimum")
        if (part := _part(share, place)) is not None
    ]
    highs = [
        (part, place[0] != "e")
        for place in ("maximum", "exclusiveMaximum")
        if (part := _part(share, place)) is not None
    ]
    low, low_open = max(lows, default=(Fraction(0), False))
    high, high_closed = min(highs, default=(Fraction(1), True))
    try:
        return Interval(low, high, low_open=low_open, high_open=not high_closed)
    except RecordError:
        return _refuse("The ends of a share leave nothing between them")


def _part(share: dict[str, Any], place: str) -> Fraction | None:
    value = share.get(place)
    if value is None:
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        _refuse(f"The {place} of a share is not a number")
    if isinstance(number, Decimal) and number.as_tuple().exponent not in _EXPONENTS:
        _refuse(f"The {place} of a share has too many digits")
    if not 0 <= number <= 100:  # noqa: PLR2004
        _refuse(f"The {place} of a share lies outside 0 to 100 percent")
    return Fraction(number) / 100


# Shapes -------------------------------------------------------------------------------------------


def _load(package: Package) -> list[object]:
    found: object = package
    if isinstance(package, str | Path):
        try:
            found = json.loads(Path(package).read_text(encoding="utf-8-sig"), parse_float=Decimal)
        except (OSError, ValueError, RecursionError) as error:
            message = f"The package cannot be read ({type(error).__name__}): no JSON file in UTF-8. {_VERSION}"
            raise InputError(message) from None
    if not isinstance(found, list):
        _refuse("The package is not a list of statements")
    return cast("list[object]", found)


def _text(holder: dict[str, Any], place: str) -> str:
    value = holder.get(place)
    return value if isinstance(value, str) and value.strip() else _refuse(f"A statement has no {place}")


def _dict(holder: dict[str, Any], place: str) -> dict[str, Any]:
    value = holder.get(place)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else _refuse(f"{place} is not an object")


def _list(holder: dict[str, Any], place: str) -> list[dict[str, Any]]:
    value: object = holder.get(place) or []
    members = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(member, dict) for member in members):
        _refuse(f"{place} is not a list of objects")
    return cast("list[dict[str, Any]]", members)


def _party(details: dict[str, Any], place: str, record: str) -> str:
    """A party's recordId; an unspecified one is named after the relationship in which it stands."""
    value = details.get(place)
    return f"unspecified in {record}" if isinstance(value, dict) else _text(details, place)


def _moment(value: object) -> datetime:
    """A date or time; of a month or year alone its first day, of none the beginning of time."""
    if value is None:
        return datetime.min.replace(tzinfo=UTC)
    try:
        text = cast("str", value)
        moment = datetime.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except (TypeError, ValueError):
        _refuse("A date is not written YYYY-MM-DD, alone or with a time")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refuse(told: str) -> NoReturn:
    message = f"{told}. {_VERSION}"
    raise InputError(message) from None
