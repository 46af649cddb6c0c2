"""Outcomes to construct: a rule violated or undetermined about someone, or a disposition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from kycrule.binding import JUDGED
from kycrule.engines.trace import World, truth_of
from kycrule.expr import Subject
from kycrule.findings import Disposition, Outcome, settle
from kycrule.law import SUBPART_D
from kycrule.provisions import Of, Rule
from kycrule.readings import Readings
from kycrule.strategies.solver import Key, Wanted, leaves

IDS = {
    Subject.CUSTOMER: ("account_id", "account"),
    Subject.OWNER: ("owner_id", "owner"),
    Subject.TRANSACTION: ("transaction_id", "transaction"),
    Subject.PROVIDER: ("id", "provider"),
    Subject.UPSTREAM: ("id", "upstream"),
    Subject.PARENT: ("id", "parent"),
    Subject.RESELLER: ("id", "reseller"),
}
"""The field that names each subject, and the name of it in a scenario."""

_EXPECTED_OF = {
    Subject.OWNER: "owner_outcomes",
    Subject.TRANSACTION: "transaction_outcomes",
    Subject.PROVIDER: "standing_outcomes",
    Subject.RESELLER: "standing_outcomes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An outcome to construct.

    Attributes:
        name: for people.
        subject: about whom it is.
        ways: the ways to it, or near to it.
        holds: whether a world has it.
        turns_on: the fields that it may turn on.
        expect: what a case expects where it holds, given the id of the subject.
    """

    name: str
    subject: Subject
    ways: tuple[Wanted, ...]
    holds: Callable[[World], bool]
    turns_on: frozenset[Key]
    expect: Callable[[str], dict[str, Any]]


def of_rule(rule: Rule, outcome: Outcome, readings: Readings) -> Iterator[Target]:
    """A rule violated or undetermined, about each kind of subject that it judges."""
    subjects = [JUDGED[rule.of], *([Subject.OWNER] if rule.of is Of.PARTY else [])]
    # What cannot be told is near to what can: a fact of it is missing.
    truths = [(True, False)] if outcome is Outcome.VIOLATED else [(True, False), (True, True), (True, None)]
    for subject in subjects:

        def holds(world: World, subject: Subject = subject) -> bool:
            asked = world.of(subject)
            when = truth_of(rule.when, asked)
            return when is not False and settle(when, truth_of(rule.must, asked)) is outcome

        def expect(called: str, subject: Subject = subject) -> dict[str, Any]:
            told: dict[str, Any] = {rule.code: outcome.value}
            table = _EXPECTED_OF.get(subject)
            return {"findings": [rule.code], **({table: {called: told}} if table else {"outcomes": told})}

        yield Target(
            name=f"{rule.code} {outcome}",
            subject=subject,
            ways=tuple(((rule.when, when, subject), (rule.must, must, subject)) for when, must in truths),
            holds=holds,
            turns_on=frozenset(chain(leaves(rule.when, subject, readings), leaves(rule.must, subject, readings))),
            expect=expect,
        )


def of_disposition(disposition: Disposition, readings: Readings) -> Target:
    """A disposition of the account."""
    grounds, subject = SUBPART_D.grounds, Subject.CUSTOMER
    truth = None if disposition is Disposition.UNDETERMINED else True
    ways = tuple(
        (*((earlier.when, False, subject) for earlier in grounds[:place]), (ground.when, truth, subject))
        for place, ground in enumerate(grounds)
        if truth is None or ground.disposition == disposition
    )

    def holds(world: World) -> bool:
        for ground in grounds:
            found = truth_of(ground.when, world)
            if found is None:
                return disposition is Disposition.UNDETERMINED
            if found:
                return ground.disposition == disposition
        return False

    return Target(
        name=disposition.value,
        subject=subject,
        ways=ways,
        holds=holds,
        turns_on=frozenset(chain.from_iterable(leaves(ground.when, subject, readings) for ground in grounds)),
        expect=lambda _: {"disposition": disposition.value},
    )
