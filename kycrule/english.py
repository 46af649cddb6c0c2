"""Expressions as English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, cast

from kycrule.expr import (
    ALWAYS,
    NEVER,
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
    Node,
    Not,
    OneOf,
    Or,
    Plus,
    Scope,
    Some,
    Subject,
    Undecided,
    Value,
    ValueChoice,
)

_VERBS: Final = (" is ", " was ", " are ", " were ", " has ")
_COMPARED: Final = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after", "=": "the same day as"}
_MEASURED: Final = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "equal to"}
_ROWS: Final = {Subject.OWNER: "listed owner", Subject.ACCESS: "recorded access"}
_PARTIES: Final = {
    Subject.PROVIDER: "the provider",
    Subject.UPSTREAM: "the provider that it resells for",
    Subject.PARENT: "the provider's parent",
    Subject.RESELLER: "the reseller",
}


def english(node: Node, party: str = "the party") -> str:
    """An expression as an English clause about a party.

    >>> from kycrule import facts
    >>> english(facts.email.is_given & ~facts.identity_verified, "the customer")
    'the e-mail address is given, and the identity of the customer was not verified'
    """
    text = _clause(node, party) if isinstance(node, Condition) else _value(cast("Value[Any]", node), party)
    return text.replace("{party}", party)


def _clause(node: Node, party: str) -> str:
    assert isinstance(node, Condition)  # noqa: S101 - narrows for the match below
    match node:
        case Flag() | AnyListed() | Definition():
            return (
                node.says
                if isinstance(node, Flag | AnyListed)
                else f"{{party}} is {node.name}".replace("{party}", bearer(node, party))
            )
        case Certain(truth=truth):
            return "in any case" if truth else "never"
        case Undecided(says=says):
            return says
        case And(parts=parts):
            return _joined("and", parts, party)
        case Or(parts=parts):
            return _joined("or", parts, party)
        case Not(part=part):
            return _denied(part, party)
        case Is(part=part, truth=None):
            return f"it is not known whether {_clause(part, party)}"
        case Is(part=part, truth=truth):
            return f"it is settled that {_clause(part if truth else Not(part), party)}"
        case Given(value=value):
            return f"{_value(value, party)} is given"
        case Compare(left=Fact(name="kind"), right=Constant(value=kind)):
            return f"{{party}} is an {kind}"
        case Compare(left=left, operator=operator, right=right):
            if left == right:
                return f"{_value(left, party)} is named"
            words = _COMPARED if _dated(left) else _MEASURED
            if operator == "=" and not _dated(left):
                return f"{_value(left, party)} is {_value(right, party)}"
            return f"{_value(left, party)} is {words[operator]} {_value(right, party)}"
        case OneOf(value=value, says=says) | Among(value=value, says=says):
            return f"{_value(value, party)} is {says}"
        case IncludesAny(value=value, says=says):
            return f"{_value(value, party)} include {says}"
        case Some(of=rows, part=Certain(truth=True)):
            return f"there is a {_ROWS[rows]}"
        case Some(of=rows, part=part):
            whom = "whom" if rows is Subject.OWNER else "which"
            return f"there is a {_ROWS[rows]} of {whom} this holds: {english(part, f'the {rows}')}"
        case Every(of=rows, part=part):
            return f"of every {_ROWS[rows]} this holds: {english(part, f'the {rows}')}"
        case About(subject=subject, part=part):
            return english(part, _PARTIES[subject])
        case Choice(reading=reading, branches=branches):
            told = "; ".join(
                value if part == ALWAYS else f"{value}: {_clause(part, party)}"
                for value, part in branches.items()
                if part != NEVER
            )
            return f"as the reading {reading} has it ({told}{'; else no' if NEVER in branches.values() else ''})"
        case _:
            message = f"no English for {type(node).__name__}"
            raise NotImplementedError(message)


def bearer(definition: Definition, party: str) -> str:
    """Who or what has a defined attribute, when a condition speaks of a party."""
    if definition.of is Scope.ACCOUNT:
        return "the Account" if "Account" in definition.name else "the customer"
    return party if definition.of in {Scope.PARTY, Scope.COMPANY} else f"the {definition.of}"


def _value(node: Value[Any], party: str) -> str:
    match node:
        case Fact(says=says):
            return says
        case Constant(value=value, says=says):
            return says or (value.isoformat() if isinstance(value, date) else str(value))
        case Plus(start=start, period=period):
            return f"{period} after {_value(start, party)}"
        case Before(end=end, period=period):
            return f"{period} before {_value(end, party)}"
        case Later(left=left, right=right):
            return f"the later of {_value(left, party)} and {_value(right, party)}"
        case Earlier(left=left, right=right):
            return f"the earlier of {_value(left, party)} and {_value(right, party)}"
        case FirstGiven(left=left, right=right) if left != right:
            return f"{_value(left, party)} (or, if not given, {_value(right, party)})"
        case FirstGiven(left=left):
            return _value(left, party)
        case Day(name=name):
            return name
        case ValueChoice(reading=reading, branches=branches):
            told = "; ".join(f"{value}: {_value(part, party)}" for value, part in branches.items())
            return f"as the reading {reading} has it ({told})"
        case _:
            message = f"no English for {type(node).__name__}"
            raise NotImplementedError(message)


def days(node: Value[date]) -> Iterator[tuple[str, str]]:
    """The days that a date rests on, each with what it comes to, in English."""
    match node:
        case Day(name=name, means=means):
            yield name, english(means)
            yield from days(means)
        case Plus(start=start) | Before(end=start):
            yield from days(start)
        case Later(left=left, right=right) | Earlier(left=left, right=right) | FirstGiven(left=left, right=right):
            yield from days(left)
            yield from days(right)
        case ValueChoice(branches=branches):
            for branch in branches.values():
                yield from days(branch)
        case _:
            return


def _joined(word: str, parts: tuple[Condition, ...], party: str) -> str:
    told = [f"({_clause(part, party)})" if isinstance(part, And | Or) else _clause(part, party) for part in parts]
    return f", {word} ".join(told)


def _denied(part: Condition, party: str) -> str:
    clause = _clause(part, party)
    match part:
        case Given() | Compare() | OneOf() | Among():
            # The verb is the last one: others may stand in the name of the fact.
            before, _, after = clause.rpartition(" is ")
            return f"{before} is not {after}"
        case IncludesAny():
            return clause.replace(" include ", " do not include ", 1)
        case Flag() | Definition():
            for verb in _VERBS:
                if verb in clause:
                    return clause.replace(verb, f"{verb}not ", 1)
            return f"it is not so that {clause}"
        case Is(part=inner, truth=True):
            return f"it is not settled that {_clause(inner, party)}"
        case And() | Or():
            return f"it is not so that ({clause})"
        case _:
            return f"it is not so that {clause}"


def _dated(value: Value[Any]) -> bool:
    return not (isinstance(value, Fact) and value.kind != "date")
