"""A regulation bound to readings: what every engine compiles.

Binding settles all that does not depend on a record. Readings are chosen, each fact is tied to its
holder (the customer, an owner, the provider ...), terms become named steps in an order in which they
can be worked out, and what is certain is folded away. It also works out, for an answer that stays
open or a duty that is not met, which facts that turns on, again as expressions: so "what to ask" is
compiled by every engine like the rules themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Final

from kycrule.errors import DefinitionError
from kycrule.expr import (
    ALWAYS,
    COMPARED,
    NEVER,
    PROVIDERS,
    About,
    And,
    Certain,
    Choice,
    Compare,
    Condition,
    Constant,
    DateChoice,
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
    Scope,
    Some,
    Subject,
    Undecided,
    Value,
)
from kycrule.provisions import Due, Ground, Of, Regulation, Rule
from kycrule.readings import Readings
from kycrule.records import Provider
from kycrule.truth import Truth, negation


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
    """A rule bound to the customer, to an owner or to a transaction.

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
    """Something due, bound to the customer or to a transaction; ``index`` is its place in the regulation."""

    index: int
    due: Due
    when: Condition
    by: Value[date] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A regulation bound to readings, ready for an engine."""

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


def bind(regulation: Regulation, readings: Readings) -> Program:
    """A regulation under chosen readings, ready for an engine."""
    binder = _Binder(readings)
    stops = _Stops(
        settled=frozenset(definition.name for definition in regulation.settled_by_disposition),
        shared=frozenset(definition.name for definition in regulation.statuses),
    )
    grounds = tuple(
        BoundGround(ground, when)
        for ground in regulation.grounds
        if (when := binder.condition(ground.when, Subject.CUSTOMER)) != NEVER
    )
    customer_rules = tuple(
        _rule(binder, rule, Subject.CUSTOMER, stops) for rule in regulation.rules if rule.of is not Of.TRANSACTION
    )
    transaction_rules = tuple(
        _rule(binder, rule, Subject.TRANSACTION, stops) for rule in regulation.rules if rule.of is Of.TRANSACTION
    )
    owner_rules = tuple(
        bound
        for rule in regulation.rules
        if rule.of is Of.PARTY and (bound := _rule(binder, rule, Subject.OWNER, stops)).when != NEVER
    )
    return Program(
        regulation=regulation,
        readings=readings,
        grounds=grounds,
        turns_on=_once(_merged(_deciding(grounds, stops.within()))),
        foreign_customer=binder.condition(regulation.foreign_customer, Subject.CUSTOMER),
        foreign_owner=binder.condition(regulation.foreign_owner, Subject.CUSTOMER),
        foreign_reseller=binder.condition(regulation.foreign_reseller, Subject.CUSTOMER),
        retention=binder.due(-1, regulation.retention),
        customer_rules=customer_rules,
        owner_rules=owner_rules,
        transaction_rules=transaction_rules,
        reports=tuple(_dues(binder, regulation, Of.ACCOUNT)),
        transaction_reports=tuple(_dues(binder, regulation, Of.TRANSACTION)),
        terms=tuple(sorted(binder.terms, key=lambda term: term.stage)),
        rows=tuple(binder.rows),
        whys=tuple(_why(term) for term in binder.terms if term.definition.name in stops.shared and _of_party(term)),
    )


@dataclass(frozen=True, slots=True)
class _Stops:
    """Terms at which the search for what an answer turns on stops.

    A finding need not repeat what the disposition turns on (``settled``); what the status of a party
    turns on is kept once (``shared``). With ``ids`` the facts of each owner are named apart; else its
    table alone is.
    """

    settled: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    ids: bool = False

    def within(self) -> _Stops:
        return _Stops(frozenset(), self.shared, ids=True)


def _dues(binder: _Binder, regulation: Regulation, of: Of) -> Iterator[BoundDue]:
    for index, due in enumerate(regulation.reports):
        if due.of is of:
            yield binder.due(index, due)


def _rule(binder: _Binder, rule: Rule, subject: Subject, stops: _Stops) -> BoundRule:
    when, must = binder.condition(rule.when, subject), binder.condition(rule.must, subject)
    blanks = tuple(_blame(must, False, subject, stops))
    unsettled = (
        *(_only(ask, _is(when, None)) for ask in _blame(when, None, subject, stops)),
        *(_only(ask, _is(must, None)) for ask in _blame(must, None, subject, stops)),
        *(_only(ask, _is(must, False)) for ask in blanks),
    )
    by = None if rule.by is None else binder.value(rule.by, subject)
    return BoundRule(rule, when, must, _once(_merged(blanks)), _once(_merged(unsettled)), by)


# Binding ------------------------------------------------------------------------------------------


class _Binder:
    """Binds expressions, keeping each term and quantifier once, in an order of dependence."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._known: dict[tuple[str, Subject], Condition] = {}
        self.terms: list[Term] = []
        self.rows: list[Rows] = []

    def condition(self, node: Condition, subject: Subject) -> Condition:
        match node:
            case Certain() | Undecided():
                return node
            case Flag(name="is_customer"):
                return Certain(subject is Subject.CUSTOMER)
            case Flag(name=name, scope=scope):
                return Answer(holder_of(name, scope, subject), name)
            case And(parts=parts):
                return conjunction(*self._until(parts, subject, NEVER))
            case Or(parts=parts):
                return disjunction(*self._until(parts, subject, ALWAYS))
            case Not(part=part):
                return _contrary(self.condition(part, subject))
            case Is(part=part, truth=truth):
                bound = self.condition(part, subject)
                return Certain(bound.truth is truth) if isinstance(bound, Certain) else Is(bound, truth)
            case Given(value=Fact(name=name, scope=Scope.PARTY)) if (
                subject in PROVIDERS and field_of(name, subject) not in _OF_PROVIDERS
            ):
                return NEVER
            case Given(value=value):
                given = Given(self.value(value, subject))
                return ALWAYS if isinstance(given.value, Constant) else given
            case Compare(left=left, operator=operator, right=right):
                compared = Compare(self.value(left, subject), operator, self.value(right, subject))
                if isinstance(compared.left, Constant) and isinstance(compared.right, Constant):
                    return Certain(COMPARED[operator](compared.left.value, compared.right.value))
                return compared
            case OneOf(value=value, members=members, says=says):
                return OneOf(self.value(value, subject), members, says)
            case IncludesAny(value=value, members=members, says=says):
                return IncludesAny(self.value(value, subject), members, says)
            case Some(of=of, part=part):
                return self._rows(of, part, every=False)
            case Every(of=of, part=part):
                return self._rows(of, part, every=True)
            case About(subject=other, part=part):
                return self.condition(part, other)
            case Choice(reading=reading, branches=branches):
                return self.condition(branches[self._readings[reading]], subject)
            case Definition():
                return self._term(node, holder_of(node.name, node.of, subject))
            case _:
                message = f"{type(node).__name__} cannot be bound."
                raise DefinitionError(message)

    def value(self, node: Value[Any], subject: Subject) -> Value[Any]:
        match node:
            case Constant():
                return node
            case Fact(name="kind") if subject is Subject.OWNER or subject in PROVIDERS:
                return Constant("individual" if subject is Subject.OWNER else "entity")
            case Fact(name=name, scope=scope, kind=kind):
                return Field(holder_of(name, scope, subject), field_of(name, subject), kind)
            case Plus(start=start, period=period):
                return Plus(self.value(start, subject), period)
            case Later(left=left, right=right):
                return Later(self.value(left, subject), self.value(right, subject))
            case Earlier(left=left, right=right):
                return Earlier(self.value(left, subject), self.value(right, subject))
            case FirstGiven(left=left, right=right):
                return FirstGiven(self.value(left, subject), self.value(right, subject))
            case DateChoice(reading=reading, branches=branches):
                return self.value(branches[self._readings[reading]], subject)
            case Day(means=means):
                return self.value(means, subject)
            case _:
                message = f"{type(node).__name__} cannot be bound."
                raise DefinitionError(message)

    def due(self, index: int, due: Due) -> BoundDue:
        subject = Subject.TRANSACTION if due.of is Of.TRANSACTION else Subject.CUSTOMER
        by = None if due.by is None else self.value(due.by, subject)
        return BoundDue(index, due, self.condition(due.when, subject), by)

    def _until(self, parts: Iterable[Condition], subject: Subject, decided: Condition) -> Iterator[Condition]:
        # What follows a deciding part is not bound: it may speak of facts that this subject has not.
        for part in parts:
            bound = self.condition(part, subject)
            yield bound
            if bound == decided:
                return

    def _term(self, definition: Definition, subject: Subject) -> Condition:
        found = self._known.get((definition.name, subject))
        if found is None:
            part = self.condition(definition.means, subject)
            found = part
            if not isinstance(part, Certain):
                key = f"{subject}_{_slug(definition.name)}"
                found = Term(key, subject, _stage(part, of=subject), part, definition)
                self.terms.append(found)
            self._known[definition.name, subject] = found
        return found

    def _rows(self, of: Subject, part: Condition, *, every: bool) -> Rows:
        bound = self.condition(part, of)
        if _stage(bound) is not Stage.ROW and not isinstance(bound, Certain):
            message = f"A condition on every {of} may speak of that {of} alone."
            raise DefinitionError(message)
        for known in self.rows:
            if known.of is of and known.every is every and known.part == bound:
                return known
        rows = Rows(f"{'every' if every else 'some'}_{of}_{len(self.rows)}", of, every, bound)
        self.rows.append(rows)
        return rows


def holder_of(name: str, scope: Scope, subject: Subject) -> Subject:
    """Whose fact or definition is meant when a condition about a subject names it.

    Raises:
        DefinitionError: the subject has no such fact.
    """
    match scope:
        case Scope.PARTY if subject is Subject.TRANSACTION:
            return Subject.CUSTOMER
        case Scope.PARTY if subject is not Subject.ACCESS:
            return subject
        case Scope.ACCOUNT:
            return Subject.CUSTOMER
        case Scope.TRANSACTION if subject is Subject.TRANSACTION:
            return subject
        case Scope.OWNER if subject is Subject.OWNER:
            return subject
        case Scope.ACCESS if subject is Subject.ACCESS:
            return subject
        case Scope.PROVIDER:
            return subject if subject in PROVIDERS else Subject.PROVIDER
        case Scope.RUN:
            return Subject.RUN
        case _:
            message = f"{name!r} belongs to {scope} and cannot be asked of {subject}."
            raise DefinitionError(message)


_OF_PROVIDERS: Final = frozenset(Provider.model_fields)


def field_of(name: str, subject: Subject) -> str:
    """The field of the subject's record that holds a fact."""
    # A provider's record has no address: where it is located is what is asserted.
    return "located_in" if name == "country" and subject in PROVIDERS else name


def _slug(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", name.lower().replace("u.s.", "us"))
    return re.sub(r"^(a|an|the|someone)_", "", words)


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


def _contrary(part: Condition) -> Condition:
    match part:
        case Certain(truth=truth):
            return Certain(not truth)
        case Not(part=inner):
            return inner
        case _:
            return Not(part)


def conditions(program: Program) -> Iterator[Condition | Value[Any]]:
    """Everything in a program that an engine works out, for finding the facts that it needs."""
    for bound in program.grounds:
        yield bound.when
    for rule in (*program.customer_rules, *program.owner_rules, *program.transaction_rules):
        yield from (rule.when, rule.must, *(ask.when for ask in (*rule.missing, *rule.open)))
        if rule.by is not None:
            yield rule.by
    for due in (*program.reports, *program.transaction_reports, program.retention):
        yield from (part for part in (due.when, due.by) if part is not None)
    for why in program.whys:
        yield from (ask.when for ask in why.asks)
    yield from (ask.when for ask in program.turns_on)
    yield from (program.foreign_customer, program.foreign_owner, program.foreign_reseller)
    yield from (term.part for term in program.terms)
    yield from (row.part for row in program.rows)


# Stages -------------------------------------------------------------------------------------------


def leaves(node: Condition | Value[Any], *, through_terms: bool = True) -> Iterator[Field | Answer | Rows | Term]:
    """The facts and quantifiers under an expression; terms too, where they are not looked through."""
    match node:
        case Field() | Answer() | Rows():
            yield node
        case Term(part=part):
            if through_terms:
                yield from leaves(part)
            else:
                yield node
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from leaves(part, through_terms=through_terms)
        case Not(part=part) | Is(part=part):
            yield from leaves(part, through_terms=through_terms)
        case Given(value=value) | OneOf(value=value) | IncludesAny(value=value) | Plus(start=value):
            yield from leaves(value, through_terms=through_terms)
        case Compare() | Later() | Earlier() | FirstGiven():
            yield from leaves(node.left, through_terms=through_terms)
            yield from leaves(node.right, through_terms=through_terms)
        case _:
            return


def _stage(node: Condition, *, of: Subject | None = None) -> Stage:
    holders: set[Subject] = set()
    for leaf in leaves(node):
        assert not isinstance(leaf, Term)  # noqa: S101 - looked through
        holders.add(Subject.CUSTOMER if isinstance(leaf, Rows) else leaf.holder)
    holders.discard(Subject.RUN)
    if Subject.TRANSACTION in {*holders, of}:
        return Stage.EACH
    if Subject.OWNER in holders:
        return Stage.ROW if len(holders) == 1 else Stage.EACH
    if Subject.ACCESS in holders:
        return Stage.ROW
    if not holders and of in {Subject.OWNER, Subject.ACCESS}:
        return Stage.ROW
    return Stage.ACCOUNT if Subject.CUSTOMER in holders else Stage.PROVIDER


# What an answer turns on --------------------------------------------------------------------------


def _deciding(grounds: tuple[BoundGround, ...], stops: _Stops) -> Iterator[Ask]:
    earlier: list[Condition] = []
    for bound in grounds:
        for ask in _blame(bound.when, None, Subject.CUSTOMER, stops):
            yield _only(ask, *earlier, _is(bound.when, None))
        earlier.append(_contrary(_is(bound.when, True)))


def _blame(node: Condition, truth: Truth, subject: Subject, stops: _Stops) -> Iterator[Ask]:
    """The blank facts and open questions to which it is owed that a condition has a truth value."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                for ask in _blame(part, truth, subject, stops):
                    yield _only(ask, _is(part, truth), _raised(ask, part, node))
        case Not(part=part):
            yield from _blame(part, negation(truth), subject, stops)
        case Is(part=part, truth=asked):
            others: tuple[Truth, ...] = (True, False, None)
            for value in (asked,) if truth else tuple(other for other in others if other is not asked):
                for ask in _blame(part, value, subject, stops):
                    yield _only(ask, _is(part, value))
        case Term(definition=definition) if definition.name in stops.settled:
            yield Ask("disposition", owner=False, when=ALWAYS)
        case Term(definition=definition) if definition.name in stops.shared and truth is None and _of_party(node):
            yield Ask("", owner=False, when=ALWAYS, term=node)
        case Term(part=part):
            yield from _blame(part, truth, subject, stops)
        case Rows():
            yield from _blamed_rows(node, truth, stops)
        case Undecided(by=by):
            yield Ask(by, owner=False, when=ALWAYS)
        case _:
            for leaf in leaves(node):
                assert isinstance(leaf, Field | Answer)  # noqa: S101 - the others have cases of their own
                if leaf.holder is not Subject.RUN:
                    label = leaf.name if leaf.holder is subject else f"{leaf.holder}.{leaf.name}"
                    yield Ask(label, owner=False, when=_blank(leaf))


def _raised(ask: Ask, part: Condition, whole: And | Or) -> Condition:
    # An open question of the law is raised only once the facts beside it are settled.
    questions = [inner.by for inner in (part, *_parts(part)) if isinstance(inner, Undecided)]
    if ask.label not in questions:
        return ALWAYS
    neutral = isinstance(whole, And)
    return conjunction(*(_is(other, neutral) for other in whole.parts if other is not part))


def _of_party(term: Term) -> bool:
    return term.subject in {Subject.CUSTOMER, Subject.OWNER}


def _blamed_rows(rows: Rows, truth: Truth, stops: _Stops) -> Iterator[Ask]:
    table = "owners" if rows.of is Subject.OWNER else "accesses"
    if truth is None and stops.ids and rows.of is Subject.OWNER:
        yield Ask(table, owner=False, when=Answer(Subject.CUSTOMER, f"unread_{table}"))
        for ask in _blame(rows.part, None, rows.of, stops):
            yield Ask(ask.label, owner=True, when=conjunction(Is(rows.part, None), ask.when), term=ask.term)
    elif truth is None:
        yield Ask(table, owner=False, when=ALWAYS)
    else:
        # Some owner lacks what the duty asks of each: named without saying of which.
        for leaf in dict.fromkeys(leaf for leaf in leaves(rows.part) if isinstance(leaf, Field)):
            if Given(leaf) in _parts(rows.part):
                yield Ask(f"{table}.{leaf.name}", owner=False, when=ALWAYS)


def _parts(node: Condition) -> tuple[Condition, ...]:
    return node.parts if isinstance(node, And | Or) else (node,)


def _blank(leaf: Field | Answer) -> Condition:
    return ~Given(leaf) if isinstance(leaf, Field) else Is(leaf, None)


def _is(part: Condition, truth: Truth) -> Condition:
    if not _two_valued(part):
        return Is(part, truth)
    return NEVER if truth is None else part if truth else _contrary(part)


def _two_valued(node: Condition) -> bool:
    match node:
        case Certain() | Given() | Is():
            return True
        case And(parts=parts) | Or(parts=parts):
            return all(_two_valued(part) for part in parts)
        case Not(part=part):
            return _two_valued(part)
        case _:
            return False


def _once(asks: tuple[Ask, ...]) -> tuple[Ask, ...]:
    """The same asks, without asking apart for a fact that a term beside it asks for already."""
    terms = [ask for ask in asks if ask.term is not None]
    kept: list[Ask] = []
    for ask in asks:
        covered = [
            conjunction(whole.when, inner.when)
            for whole in terms
            if ask.term is None and ask.owner == whole.owner and whole.term is not None
            for inner in _why(whole.term).asks
            if inner.label == ask.label
        ]
        when = conjunction(ask.when, *(_contrary(condition) for condition in covered))
        if when != NEVER:
            kept.append(Ask(ask.label, ask.owner, when, ask.term))
    return tuple(kept)


def _why(term: Term) -> Why:
    return Why(term, _merged(_blame(term.part, None, term.subject, _Stops())))


def _only(ask: Ask, *conditions: Condition) -> Ask:
    return Ask(ask.label, ask.owner, conjunction(*conditions, ask.when), ask.term)


def _merged(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """One ask for each fact or term; it is asked for if any of its reasons holds."""
    merged: dict[tuple[str, bool, str], Ask] = {}
    for ask in asks:
        if ask.when != NEVER:
            key = ask.label, ask.owner, "" if ask.term is None else ask.term.key
            known = merged.get(key)
            when = ask.when if known is None else disjunction(known.when, ask.when)
            merged[key] = Ask(ask.label, ask.owner, when, ask.term)
    return tuple(merged.values())
