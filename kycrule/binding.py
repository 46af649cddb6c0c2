"""A regulation bound to readings: what every engine compiles.

Binding settles all that does not depend on a record. Readings are chosen, each fact is tied to its
holder (the customer, an owner, the provider ...), terms become named steps in an order in which they
can be worked out, and what is certain is folded away. It also works out, for an answer that stays
open or a duty that is not met, which facts that turns on (:mod:`kycrule.asking`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from kycrule.asking import Stops, blame, deciding, having, merged, of_party, once, only, why
from kycrule.bound import (
    Answer,
    BoundDue,
    BoundGround,
    BoundRule,
    Field,
    Program,
    Rows,
    Stage,
    Standing,
    Term,
    conjunction,
    contrary,
    disjunction,
    leaves,
)
from kycrule.errors import DefinitionError
from kycrule.expr import (
    ALWAYS,
    COMPANIES,
    COMPARED,
    NEVER,
    PROVIDERS,
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
    Scope,
    Some,
    Subject,
    Undecided,
    Value,
    ValueChoice,
)
from kycrule.provisions import Due, Of, Regulation, Rule
from kycrule.readings import Readings
from kycrule.records import Provider, Reseller

Lists: TypeAlias = tuple[tuple[str, frozenset[str]], ...]
"""What :class:`~kycrule.expr.Among` may name: lists that hold for a whole run, by name."""

JUDGED: Final = {
    Of.PARTY: Subject.CUSTOMER,
    Of.ACCOUNT: Subject.CUSTOMER,
    Of.TRANSACTION: Subject.TRANSACTION,
    Of.PROVIDER: Subject.PROVIDER,
    Of.RESELLER: Subject.RESELLER,
}
"""The subject to which a rule or report is bound first; a party's rules are bound to owners too."""


def bind(regulation: Regulation, readings: Readings, lists: Lists = ()) -> Program:
    """What a regulation says of accounts, under chosen readings, ready for an engine.

    Args:
        regulation: the regulation.
        readings: the choices for its open questions.
        lists: the lists that hold for the run; one that is not there is empty.
    """
    binder = _Binder(readings, lists)
    stops = _stops(regulation)
    grounds = tuple(
        BoundGround(ground, when)
        for ground in regulation.grounds
        if (when := binder.condition(ground.when, Subject.CUSTOMER)) != NEVER
    )
    customer_rules = _rules(binder, regulation, Subject.CUSTOMER, stops, Of.PARTY, Of.ACCOUNT)
    transaction_rules = _rules(binder, regulation, Subject.TRANSACTION, stops, Of.TRANSACTION)
    owner_rules = _rules(binder, regulation, Subject.OWNER, stops, Of.PARTY)
    return Program(
        regulation=regulation,
        readings=readings,
        grounds=grounds,
        turns_on=once(merged(deciding(grounds, stops.within()))),
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
        whys=tuple(why(term) for term in binder.terms if term.definition.name in stops.shared and of_party(term)),
    )


def bind_standing(regulation: Regulation, readings: Readings) -> Standing:
    """What a regulation says of providers and of their resellers, under chosen readings, ready for an engine."""
    binder = _Binder(readings, ())
    stops = Stops()
    return Standing(
        regulation=regulation,
        readings=readings,
        provider_rules=_rules(binder, regulation, Subject.PROVIDER, stops, Of.PROVIDER),
        reseller_rules=_rules(binder, regulation, Subject.RESELLER, stops, Of.RESELLER),
        provider_reports=tuple(_dues(binder, regulation, Of.PROVIDER)),
        reseller_reports=tuple(_dues(binder, regulation, Of.RESELLER)),
        terms=tuple(binder.terms),
    )


def _stops(regulation: Regulation) -> Stops:
    return Stops(
        settled=frozenset(definition.name for definition in regulation.settled_by_disposition),
        shared=frozenset(definition.name for definition in regulation.statuses),
    )


def _rules(binder: _Binder, regulation: Regulation, subject: Subject, stops: Stops, *of: Of) -> tuple[BoundRule, ...]:
    rules = (_rule(binder, rule, subject, stops) for rule in regulation.rules if rule.of in of)
    return tuple(rule for rule in rules if rule.when != NEVER)


def _dues(binder: _Binder, regulation: Regulation, of: Of) -> Iterator[BoundDue]:
    for index, due in enumerate(regulation.reports):
        if due.of is of:
            yield binder.due(index, due)


def _rule(binder: _Binder, rule: Rule, subject: Subject, stops: Stops) -> BoundRule:
    when, must = binder.condition(rule.when, subject), binder.condition(rule.must, subject)
    blanks = tuple(blame(must, False, subject, stops))
    unsettled = (
        *(only(ask, having(when, None)) for ask in blame(when, None, subject, stops)),
        *(only(ask, having(must, None)) for ask in blame(must, None, subject, stops)),
        *(only(ask, having(must, False)) for ask in blanks),
    )
    by = None if rule.by is None else binder.value(rule.by, subject)
    return BoundRule(rule, when, must, once(merged(blanks)), once(merged(unsettled)), by)


class _Binder:
    """Binds expressions, keeping each term and quantifier once, in an order of dependence."""

    def __init__(self, readings: Readings, lists: Lists) -> None:
        self._readings = readings
        self._lists = dict(lists)
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
                return contrary(self.condition(part, subject))
            case Is(part=part, truth=truth):
                bound = self.condition(part, subject)
                return Certain(bound.truth is truth) if isinstance(bound, Certain) else Is(bound, truth)
            case Given(value=Fact(name=name, scope=Scope.PARTY)) if (
                subject in COMPANIES and field_of(name, subject) not in _OF_COMPANIES
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
            case Among(value=value, listed=listed, says=says):
                members = self._lists.get(listed, frozenset())
                bound_value = self.value(value, subject)
                if not members:
                    return NEVER
                kind = IncludesAny if isinstance(bound_value, Field) and bound_value.kind == "list" else OneOf
                return kind(bound_value, members, says)
            case AnyListed(listed=listed):
                return Certain(bool(self._lists.get(listed)))
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
            case Fact(name="kind") if subject is Subject.OWNER or subject in COMPANIES:
                return Constant("individual" if subject is Subject.OWNER else "entity")
            case Fact(name=name, scope=scope, kind=kind):
                return Field(holder_of(name, scope, subject), field_of(name, subject), kind)
            case Plus(start=start, period=period):
                return Plus(self.value(start, subject), period)
            case Before(end=end, period=period):
                return Before(self.value(end, subject), period)
            case Later(left=left, right=right):
                return Later(self.value(left, subject), self.value(right, subject))
            case Earlier(left=left, right=right):
                return Earlier(self.value(left, subject), self.value(right, subject))
            case FirstGiven(left=left, right=right):
                return FirstGiven(self.value(left, subject), self.value(right, subject))
            case ValueChoice(reading=reading, branches=branches):
                return self.value(branches[self._readings[reading]], subject)
            case Day(means=means):
                return self.value(means, subject)
            case _:
                message = f"{type(node).__name__} cannot be bound."
                raise DefinitionError(message)

    def due(self, index: int, due: Due) -> BoundDue:
        subject = JUDGED[due.of]
        by, opens = (None if day is None else self.value(day, subject) for day in (due.by, due.opens))
        return BoundDue(index, due, self.condition(due.when, subject), by, opens)

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
        case Scope.COMPANY:
            return subject if subject in COMPANIES else Subject.PROVIDER
        case Scope.RESELLER if subject is Subject.RESELLER:
            return subject
        case Scope.RUN:
            return Subject.RUN
        case _:
            message = f"{name!r} belongs to {scope} and cannot be asked of {subject}."
            raise DefinitionError(message)


_OF_COMPANIES: Final = frozenset(Provider.model_fields) & frozenset(Reseller.model_fields)


def field_of(name: str, subject: Subject) -> str:
    """The field of the subject's record that holds a fact."""
    # The record of a provider or reseller has no address: where it is located is what is asserted.
    return "located_in" if name == "country" and subject in COMPANIES else name


def _slug(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", name.lower().replace("u.s.", "us"))
    return re.sub(r"^(a|an|the|someone)_", "", words)


def _stage(node: Condition, *, of: Subject | None = None) -> Stage:
    holders: set[Subject] = set()
    for leaf in leaves(node):
        assert not isinstance(leaf, Term)  # noqa: S101 - looked through
        holders.add(Subject.CUSTOMER if isinstance(leaf, Rows) else leaf.holder)
    holders.discard(Subject.RUN)
    if {Subject.TRANSACTION, Subject.RESELLER} & {*holders, of}:
        return Stage.EACH
    if Subject.OWNER in holders:
        return Stage.ROW if len(holders) == 1 else Stage.EACH
    if Subject.ACCESS in holders:
        return Stage.ROW
    if not holders and of in {Subject.OWNER, Subject.ACCESS}:
        return Stage.ROW
    return Stage.ACCOUNT if Subject.CUSTOMER in holders else Stage.PROVIDER
