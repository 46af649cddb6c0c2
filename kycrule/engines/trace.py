"""Why an answer came out as it did: an expression worked out step by step, told in English.

This is the plain interpreter of the language. It is slow and made on request; the compiled engines
must agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kycrule.binding import Lists, field_of, holder_of
from kycrule.english import bearer, english
from kycrule.expr import (
    COMPANIES,
    COMPARED,
    About,
    Among,
    And,
    AnyListed,
    Before,
    Certain,
    Choice,
    Compare,
    Condition,
    Constant,
    Day,
    Definition,
    Earlier,
    Every,
    Fact,
    FirstGiven,
    Flag,
    Given,
    IncludesAny,
    Is,
    Later,
    Not,
    OneOf,
    Or,
    Plus,
    Some,
    Subject,
    Undecided,
    Value,
    ValueChoice,
)
from kycrule.periods import after, before
from kycrule.readings import Readings
from kycrule.truth import Truth, conjunction, disjunction, negation, word


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a condition may ask about, with the subject it is asked of.

    Attributes:
        records: the record of each subject.
        as_of: the date as of which it is asked.
        readings: the choices for open questions.
        lists: lists that hold for the run.
        unread: tables (``owners``, ``accesses``) of which a row could not be read.
        subject: of whom a condition speaks.
    """

    records: dict[Subject, Any]
    as_of: date
    readings: Readings
    lists: Lists = ()
    unread: frozenset[str] = frozenset()
    subject: Subject = Subject.CUSTOMER

    def of(self, subject: Subject, record: Any = None) -> World:
        """The same world, asked of another subject."""
        records = self.records if record is None else {**self.records, subject: record}
        return replace(self, records=records, subject=subject)

    def rows(self, of: Subject) -> list[World]:
        """The same world, asked of each owner or access in turn."""
        customer = self.records[Subject.CUSTOMER]
        rows = customer.owners if of is Subject.OWNER else customer.accesses
        return [self.of(of, row) for row in rows]


def truth_of(node: Condition, world: World) -> Truth:
    """The truth of a condition in a world."""
    match node:
        case Certain(truth=truth):
            return truth
        case Undecided():
            return None
        case Flag(name="is_customer"):
            return world.subject is Subject.CUSTOMER
        case Flag(name=name, scope=scope):
            return getattr(world.records[holder_of(name, scope, world.subject)], name, None)
        # What follows a deciding part is not asked: it may speak of facts that this subject has not.
        case And(parts=parts):
            return conjunction(truth_of(part, world) for part in parts)
        case Or(parts=parts):
            return disjunction(truth_of(part, world) for part in parts)
        case Not(part=part):
            return negation(truth_of(part, world))
        case Is(part=part, truth=asked):
            return truth_of(part, world) is asked
        case Given(value=value):
            return value_of(value, world) is not None
        case Compare(left=left, operator=operator, right=right):
            return _compared(value_of(left, world), operator, value_of(right, world))
        case OneOf(value=value, members=members):
            found = value_of(value, world)
            return None if found is None else found in members
        case IncludesAny(value=value, members=members):
            found = value_of(value, world)
            return None if found is None else not members.isdisjoint(found)
        case Among(value=value, listed=listed):
            return _among(value_of(value, world), dict(world.lists).get(listed, frozenset()))
        case AnyListed(listed=listed):
            return bool(dict(world.lists).get(listed))
        case Some(of=of, part=part):
            return disjunction([*(truth_of(part, row) for row in world.rows(of)), _unread(of, world, False)])
        case Every(of=of, part=part):
            return conjunction([*(truth_of(part, row) for row in world.rows(of)), _unread(of, world, True)])
        case About(subject=subject, part=part):
            return truth_of(part, world.of(subject))
        case Choice(reading=reading, branches=branches):
            return truth_of(branches[world.readings[reading]], world)
        case Definition(name=name, of=scope, means=means):
            return truth_of(means, world.of(holder_of(name, scope, world.subject)))
        case _:
            raise NotImplementedError(type(node).__name__)


def _unread(of: Subject, world: World, neutral: bool) -> Truth:  # noqa: FBT001
    return None if ("owners" if of is Subject.OWNER else "accesses") in world.unread else neutral


def _among(found: Any, members: frozenset[str]) -> Truth:
    if not members:
        return False
    if found is None:
        return None
    return found in members if isinstance(found, str) else not members.isdisjoint(found)


def _compared(left: Any, operator: str, right: Any) -> Truth:
    return None if left is None or right is None else bool(COMPARED[operator](left, right))


def value_of(node: Value[Any], world: World) -> Any:
    """The value of an expression in a world, or None."""
    match node:
        case Constant(value=value):
            return value
        case Fact(name="as_of"):
            return world.as_of
        case Fact(name="kind") if world.subject is Subject.OWNER or world.subject in COMPANIES:
            return "individual" if world.subject is Subject.OWNER else "entity"
        case Fact(name=name, scope=scope):
            holder = holder_of(name, scope, world.subject)
            # A provider's record has fewer fields than a party's.
            return getattr(world.records[holder], field_of(name, holder), None)
        case Plus(start=start, period=period):
            return after(value_of(start, world), period.years, period.days)
        case Before(end=end, period=period):
            return before(value_of(end, world), period.years, period.days)
        case Later(left=left, right=right):
            dates = value_of(left, world), value_of(right, world)
            return None if None in dates else max(dates)
        case Earlier(left=left, right=right):
            dates = value_of(left, world), value_of(right, world)
            return None if None in dates else min(dates)
        case FirstGiven(left=left, right=right):
            found = value_of(left, world)
            return value_of(right, world) if found is None else found
        case ValueChoice(reading=reading, branches=branches):
            return value_of(branches[world.readings[reading]], world)
        case Day(means=means):
            return value_of(means, world)
        case _:
            raise NotImplementedError(type(node).__name__)


# Telling ------------------------------------------------------------------------------------------

_PARTY = {
    Subject.CUSTOMER: "the customer",
    Subject.OWNER: "the owner",
    Subject.ACCESS: "the access",
    Subject.TRANSACTION: "the transaction",
    Subject.PROVIDER: "the provider",
    Subject.UPSTREAM: "the provider that it resells for",
    Subject.PARENT: "the parent of the provider",
    Subject.RESELLER: "the reseller",
}


def told(node: Condition, world: World, depth: int = 0) -> Iterator[str]:
    """The reasons for the truth of a condition, as indented lines; no value of a record is shown."""
    truth = truth_of(node, world)
    match node:
        case Definition(name=name, of=scope, means=means, cites=cites):
            inner = world.of(holder_of(name, scope, world.subject))
            line = _line(f"{bearer(node, _PARTY[inner.subject])} is {name}", truth, depth, cites)
            yield line
            for reason in told(means, inner, depth + 1):
                # A definition that is a fact under the same words has no more to say.
                if reason.strip() != line.strip().removesuffix(f" [{cites}]"):
                    yield reason
        case Or(parts=parts) if truth is True:
            # One limb is enough.
            yield from told(next(_responsible(parts, truth, world)), world, depth)
        case And(parts=parts) | Or(parts=parts):
            for part in _responsible(parts, truth, world):
                yield from told(part, world, depth)
        case Not(part=Definition() | And() | Or() | Not() | Choice() | About() as part):
            yield from told(part, world, depth)
        case Choice(reading=reading, branches=branches):
            chosen = world.readings[reading]
            branch = branches[chosen]
            if isinstance(branch, Certain):
                yield _line(f"as the reading {reading} = {chosen} has it", truth, depth)
            else:
                yield from told(branch, world, depth)
        case About(subject=subject, part=part):
            yield from told(part, world.of(subject), depth)
        case Some(of=of, part=part) | Every(of=of, part=part):
            yield from _told_rows(of, part, truth, world, depth, every=isinstance(node, Every))
        case Undecided(says=says):
            yield _line(says, None, depth)
        case _:
            yield _line(english(node, _PARTY[world.subject]), truth, depth)


def _told_rows(of: Subject, part: Condition, truth: Truth, world: World, depth: int, *, every: bool) -> Iterator[str]:
    rows = world.rows(of)
    noun = "owner" if of is Subject.OWNER else "access"
    if not rows:
        yield _line(f"there is no listed {noun}", True, depth)
    table = "owners" if of is Subject.OWNER else "accesses"
    if table in world.unread and truth is None:
        yield _line(f"a row of the {table} of this account could not be read", True, depth)
    decisive = truth is not every
    for place, row in enumerate(rows, start=1):
        if not decisive or truth_of(part, row) is truth:
            called = getattr(row.records[of], "owner_id", None) or f"#{place}"
            yield f"{'  ' * depth}- of {noun} {called}:"
            yield from told(part, row, depth + 1)


def _responsible(parts: tuple[Condition, ...], truth: Truth, world: World) -> Iterator[Condition]:
    return (part for part in parts if truth_of(part, world) is truth)


def _line(text: str, truth: Truth, depth: int, cites: str = "") -> str:
    return f"{'  ' * depth}- {text}: {word(truth)}{f' [{cites}]' if cites else ''}"
