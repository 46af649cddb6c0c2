"""What binding makes of a regulation: facts tied to their holders, terms as named steps.

Engines read these; :mod:`kycrule.binding` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from kycrule.expr import (
    ALWAYS,
    NEVER,
    And,
    Before,
    Certain,
    Compare,
    Condition,
    Definition,
    Earlier,
    FirstGiven,
    Given,
    IncludesAny,
    Is,
    Later,
    Not,
    OneOf,
    Or,
    Plus,
    Subject,
    Value,
)
from kycrule.provisions import Due, Ground, Regulation, Rule
from kycrule.readings import Readings


class Stage(IntEnum):
    """When a term can be worked out: each stage needs only the ones before it."""

    PROVIDER = 0
    ROW = 1  # of one owner or one access, by itself
    ACCOUNT = 2
    EACH = 3  # of one owner or transaction, knowing the account


@dataclass(frozen=True, slots=True)
class Field(Value[Any]):
    """A fact tied to its holder."""

    holder: Subject
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Answer(Condition):
    """A yes/no fact tied to its holder."""

    holder: Subject
    name: str


@dataclass(frozen=True, slots=True)
class Term(Condition):
    """A definition tied to its subject: worked out once, then used by name."""

    key: str
    subject: Subject
    stage: Stage
    part: Condition
    definition: Definition


@dataclass(frozen=True, slots=True)
class Rows(Condition):
    """A quantifier over the owners or accesses of the account: worked out once, then used by name."""

    key: str
    of: Subject
    every: bool
    part: Condition


@dataclass(frozen=True, slots=True)
class Ask:
    """A fact that an answer may turn on, and when it does.

    Attributes:
        label: the name of the fact (of an owner's fact, the field alone); empty where ``term`` stands.
        owner: whether it is asked of each owner for whom ``when`` holds.
        when: whether the answer turns on it; a condition on the account, or on the owner.
        term: a term of the program whose own asks are meant, see :class:`Why`.
    """

    label: str
    owner: bool
    when: Condition
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """What a term turns on while it is unknown, kept once for all that use the term."""

    term: Term
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class BoundGround:
    """A ground with its condition bound to the customer."""

    ground: Ground
    when: Condition


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule bound to its subject.

    Attributes:
        rule: the rule.
        when: whom it concerns.
        must: what it asks.
        missing: the facts to ask for where it is violated.
        open: the facts that it turns on where it is undetermined.
        by: the last day for what it asks, where there is one.
    """

    rule: Rule
    when: Condition
    must: Condition
    missing: tuple[Ask, ...]
    open: tuple[Ask, ...]
    by: Value[date] | None


@dataclass(frozen=True, slots=True)
class BoundDue:
    """Something due, bound to its subject.

    Attributes:
        index: its place in the regulation.
        due: what is due.
        when: the condition.
        by: the last day for it, where there is one.
        opens: the first day for it, where there is one.
    """

    index: int
    due: Due
    when: Condition
    by: Value[date] | None
    opens: Value[date] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a regulation says of accounts, bound to readings: ready for an engine."""

    regulation: Regulation
    readings: Readings
    grounds: tuple[BoundGround, ...]
    turns_on: tuple[Ask, ...]
    foreign_customer: Condition
    foreign_owner: Condition
    foreign_reseller: Condition
    retention: BoundDue
    customer_rules: tuple[BoundRule, ...]
    owner_rules: tuple[BoundRule, ...]
    transaction_rules: tuple[BoundRule, ...]
    reports: tuple[BoundDue, ...]
    transaction_reports: tuple[BoundDue, ...]
    terms: tuple[Term, ...]
    rows: tuple[Rows, ...]
    whys: tuple[Why, ...]

    def terms_at(self, stage: Stage, subject: Subject | None = None) -> list[Term]:
        """The terms that can be worked out at a stage, of one subject or of all."""
        return [term for term in self.terms if term.stage is stage and subject in {None, term.subject}]

    def rows_of(self, of: Subject) -> list[Rows]:
        """The quantifiers over owners, or over accesses."""
        return [row for row in self.rows if row.of is of]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a regulation says of providers and of their resellers, bound to readings: ready for an engine."""

    regulation: Regulation
    readings: Readings
    provider_rules: tuple[BoundRule, ...]
    reseller_rules: tuple[BoundRule, ...]
    provider_reports: tuple[BoundDue, ...]
    reseller_reports: tuple[BoundDue, ...]
    terms: tuple[Term, ...]

    def terms_of(self, *subjects: Subject) -> list[Term]:
        """The terms of some subjects, in an order in which they can be worked out."""
        return [term for term in self.terms if term.subject in subjects]


def conditions(program: Program) -> Iterator[Condition | Value[Any]]:
    """Everything in a program that an engine works out, for finding the facts that it needs."""
    for bound in program.grounds:
        yield bound.when
    for rule in (*program.customer_rules, *program.owner_rules, *program.transaction_rules):
        yield from of_rule(rule)
    for due in (*program.reports, *program.transaction_reports, program.retention):
        yield from of_due(due)
    for why in program.whys:
        yield from (ask.when for ask in why.asks)
    yield from (ask.when for ask in program.turns_on)
    yield from (program.foreign_customer, program.foreign_owner, program.foreign_reseller)
    yield from (term.part for term in program.terms)
    yield from (row.part for row in program.rows)


def of_rule(rule: BoundRule) -> Iterator[Condition | Value[Any]]:
    """Everything in a rule that an engine works out."""
    yield from (rule.when, rule.must, *(ask.when for ask in (*rule.missing, *rule.open)))
    if rule.by is not None:
        yield rule.by


def of_due(due: BoundDue) -> Iterator[Condition | Value[Any]]:
    """Everything about a report that an engine works out."""
    yield from (part for part in (due.when, due.by, due.opens) if part is not None)


def leaves(node: Condition | Value[Any], *, through_terms: bool = True) -> Iterator[Field | Answer | Rows | Term]:
    """The facts and quantifiers under an expression; terms too, where they are not looked through.

    What stands in a term is given once, however often the term is named: terms are shared, and a walk of every
    way to a leaf would take seconds.
    """
    yield from _leaves(node, None if not through_terms else set())


def _leaves(node: Condition | Value[Any], known: set[str] | None) -> Iterator[Field | Answer | Rows | Term]:
    match node:
        case Field() | Answer() | Rows():
            yield node
        case Term(key=key, part=part):
            if known is None:
                yield node
            elif key not in known:
                known.add(key)
                yield from _leaves(part, known)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _leaves(part, known)
        case Not(part=part) | Is(part=part):
            yield from _leaves(part, known)
        case Given(value=value) | OneOf(value=value) | IncludesAny(value=value) | Plus(start=value) | Before(end=value):
            yield from _leaves(value, known)
        case Compare() | Later() | Earlier() | FirstGiven():
            yield from _leaves(node.left, known)
            yield from _leaves(node.right, known)
        case _:
            return


def conjunction(*parts: Condition) -> Condition:
    """All of the parts, with what is certain folded away."""
    return _folded(And, parts, ALWAYS, NEVER)


def disjunction(*parts: Condition) -> Condition:
    """Any of the parts, with what is certain folded away."""
    return _folded(Or, parts, NEVER, ALWAYS)


def _folded(kind: type[And | Or], parts: Iterable[Condition], neutral: Certain, decisive: Certain) -> Condition:
    kept: list[Condition] = []
    for part in parts:
        if part == decisive:
            return decisive
        for inner in part.parts if isinstance(part, kind) else (part,):
            if inner != neutral and inner not in kept:
                kept.append(inner)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


def contrary(part: Condition) -> Condition:
    """The opposite of a condition, with what is certain folded away."""
    match part:
        case Certain(truth=truth):
            return Certain(not truth)
        case Not(part=inner):
            return inner
        case _:
            return Not(part)
