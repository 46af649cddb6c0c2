"""Facts under which conditions of the rule come out as wanted, found by going back through the expressions.

A condition is driven to a truth value by choosing, part by part, facts that give it; what was chosen
stands for all parts after it, and a choice that fits no later part is taken back. The plain interpreter
(:mod:`kycrule.engines.trace`) judges every single comparison, so that nothing of the law is said twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random
from types import SimpleNamespace
from typing import Any, Final, TypeAlias, cast

from kycrule.binding import Lists, field_of, holder_of
from kycrule.engines.trace import World, truth_of
from kycrule.errors import DefinitionError
from kycrule.expr import (
    COMPANIES,
    About,
    Among,
    And,
    AnyListed,
    Before,
    Choice,
    Condition,
    Constant,
    Day,
    Definition,
    Every,
    Fact,
    Flag,
    Is,
    Node,
    Not,
    Or,
    Plus,
    Some,
    Subject,
    ValueChoice,
)
from kycrule.readings import Readings
from kycrule.records import (
    Access,
    BeneficialOwner,
    Customer,
    Provider,
    Record,
    Reseller,
    TrainingTransaction,
)
from kycrule.truth import Truth, negation

Key: TypeAlias = tuple[Subject, str]
"""Whose field: the customer's, its one owner's, the provider's ..."""
Facts: TypeAlias = Mapping[Key, Any]
"""What is chosen so far; None is a field that stays blank."""

MODELS: Final[dict[Subject, type[Record]]] = {
    Subject.CUSTOMER: Customer,
    Subject.OWNER: BeneficialOwner,
    Subject.ACCESS: Access,
    Subject.TRANSACTION: TrainingTransaction,
    Subject.PROVIDER: Provider,
    Subject.UPSTREAM: Provider,
    Subject.PARENT: Provider,
    Subject.RESELLER: Reseller,
}
ROWS: Final = (Subject.OWNER, Subject.ACCESS)

_DAYS: Final = (-1500, -800, -500, -380, -300, -100, -50, -25, -12, -3, 0, 3, 30)
"""Days before and after the date asked of: on either side of every period of the rule."""
_STEPS: Final = 3_000
"""How many conditions are looked at before a search gives up."""


Wanted: TypeAlias = tuple[tuple[Condition, Truth, Subject], ...]
"""Conditions about subjects, each with the truth that it must come to."""


@dataclass(slots=True, kw_only=True)
class Search:
    """One search for facts.

    Attributes:
        as_of: the date as of which it is asked.
        readings: the choices for open questions.
        lists: lists that hold for the run.
        rows: of which of owners and accesses there is one; of the others there is none.
        chance: the order in which choices are tried.
    """

    as_of: date
    readings: Readings
    lists: Lists = ()
    rows: frozenset[Subject] = frozenset()
    chance: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - an order, no secret
    steps: int = 0
    _looked_at: dict[tuple[int, Subject], frozenset[Key] | None] = field(
        default_factory=dict[tuple[int, Subject], "frozenset[Key] | None"], repr=False
    )

    def solve(self, wanted: Wanted, known: Facts) -> Facts | None:
        """Facts, beside those known, under which all that is wanted holds; None if none were found."""
        self.steps = _STEPS
        return next(self._all(wanted, known), None)

    def world(self, facts: Facts, owners: Iterable[Any] = (), accesses: Iterable[Any] = ()) -> World:
        """What the interpreter looks at: records with these facts alone, and further owners and accesses."""
        told: dict[Subject, SimpleNamespace] = {subject: SimpleNamespace() for subject in MODELS}
        for (subject, name), value in facts.items():
            setattr(told[subject], name, value)
        access = told[Subject.ACCESS]
        access.ip_reachable = Access.model_construct(ip=getattr(access, "ip", None)).ip_reachable
        customer = told[Subject.CUSTOMER]
        customer.owners = [*([told[Subject.OWNER]] if Subject.OWNER in self.rows else []), *owners]
        customer.accesses = [*([access] if Subject.ACCESS in self.rows else []), *accesses]
        return World(records=dict(told), as_of=self.as_of, readings=self.readings, lists=self.lists)

    def _all(self, wanted: Wanted, facts: Facts) -> Iterator[Facts]:
        if not wanted:
            yield facts
            return
        # What can fail at once comes first.
        node, truth, subject = first = min(wanted, key=lambda each: self._unsettled(each[0], each[2], facts))
        others = tuple(each for each in wanted if each is not first)
        for found in self._drive(node, truth, subject, facts):
            yield from self._all(others, found)

    def _any(self, alternatives: Iterable[Wanted], facts: Facts) -> Iterator[Facts]:
        tried = list(alternatives)
        self.chance.shuffle(tried)
        for wanted in tried:
            yield from self._all(wanted, facts)

    def _drive(self, node: Condition, truth: Truth, subject: Subject, facts: Facts) -> Iterator[Facts]:
        self.steps -= 1
        if self.steps < 0:
            return
        keys = self._keys(node, subject)
        if keys is None:
            return
        if all(key in facts for key in keys):
            if truth_of(node, self.world(facts).of(subject)) is truth:
                yield facts
            return
        match node:
            case And(parts=parts):
                yield from self._joined(parts, truth, subject, facts, neutral=True)
            case Or(parts=parts):
                yield from self._joined(parts, truth, subject, facts, neutral=False)
            case Not(part=part):
                yield from self._drive(part, negation(truth), subject, facts)
            case Is(part=part, truth=asked):
                if truth is not None:
                    targets = [asked] if truth else [other for other in (True, False, None) if other is not asked]
                    yield from self._any([((part, target, subject),) for target in targets], facts)
            case Choice(reading=reading, branches=branches):
                yield from self._drive(branches[self.readings[reading]], truth, subject, facts)
            case About(subject=other, part=part):
                yield from self._drive(part, truth, other, facts)
            case Definition(name=name, of=scope, means=means):
                yield from self._drive(means, truth, holder_of(name, scope, subject), facts)
            case Some(of=of, part=part) | Every(of=of, part=part):
                yield from self._drive(part, truth, of, facts)
            case _:
                yield from self._settle(node, truth, subject, facts)

    def _joined(
        self, parts: tuple[Condition, ...], truth: Truth, subject: Subject, facts: Facts, *, neutral: bool
    ) -> Iterator[Facts]:
        """A conjunction (neutral: yes) or disjunction (neutral: no) of parts."""
        if truth is neutral:
            yield from self._all(tuple((part, truth, subject) for part in parts), facts)
        elif truth is not None:
            # What stands before a deciding part may keep it from being asked of this subject.
            yield from self._any([((part, truth, subject),) for part in parts], facts)
        else:
            # One part is left open, or all are; the others stay neutral.
            yield from self._any(
                [
                    *(
                        tuple((part, None if part is opened else neutral, subject) for part in parts)
                        for opened in parts
                    ),
                    tuple((part, None, subject) for part in parts),
                ],
                facts,
            )

    def _settle(self, node: Condition, truth: Truth, subject: Subject, facts: Facts) -> Iterator[Facts]:
        """Choose the fields of a single comparison that are not chosen yet."""
        free = [key for key in self._keys(node, subject) or () if key not in facts]
        for chosen in product(*(self._options(key, node) for key in free)):
            self.steps -= 1
            found = {**facts, **dict(zip(free, chosen, strict=True))}
            if truth_of(node, self.world(found).of(subject)) is truth:
                yield found
            if self.steps < 0:
                return

    def _unsettled(self, node: Condition, subject: Subject, facts: Facts) -> int:
        return sum(key not in facts for key in self._keys(node, subject) or ())

    def _keys(self, node: Condition, subject: Subject) -> frozenset[Key] | None:
        """The fields that a condition looks at; None if it cannot be asked of the subject."""
        place = id(node), subject
        if place not in self._looked_at:
            try:
                keys = frozenset(leaves(node, subject, self.readings))
            except DefinitionError:
                self._looked_at[place] = None
            else:
                absent = {Subject.RUN, *ROWS} - self.rows
                self._looked_at[place] = frozenset(key for key in keys if key[0] not in absent)
        return self._looked_at[place]

    def _options(self, key: Key, node: Condition) -> list[Any]:
        subject, name = key
        model = MODELS[subject]
        forms = {column.name: column.form for column in model.columns()}
        if name not in forms:
            return [None]
        listed = sorted({member for _, members in self.lists for member in members})
        form = forms[name]
        options: list[Any]
        match form.name:
            case "yes/no":
                options = [True, False]
            case "choice":
                options = list(form.choices)
            case "country":
                options = ["DE", "US", *(code for code in listed if len(code) == 2)]  # noqa: PLR2004 - alpha-2
            case "list of countries":
                options = [("DE",), ("US",), ("AS",), ("DE", "US")]
            case "date":
                options = [self.as_of + timedelta(days=days) for days in _DAYS]
            case "time":
                options = [datetime(2024, 1, 1, tzinfo=UTC)]
            case "share" | "count" | "measure":
                options = list(_around(node))
            case "IP address":
                options = ["8.8.8.8", "10.0.0.1"]
            case "e-mail":
                options = ["someone@example.com"]
            case "telephone":
                options = ["+1 202 555 0100"]
            case "list of text":
                options = [("text",), *((member,) for member in listed)]
            case _:
                options = ["text", *listed]
        self.chance.shuffle(options)
        needed = name in {"account_id", "transaction_id", "id"}
        if needed:
            return options
        # Most facts are given; that one is blank is chosen where it counts.
        return [*options, None] if self.chance.random() < 0.7 else [None, *options]  # noqa: PLR2004


def leaves(node: Node, subject: Subject, readings: Readings) -> Iterator[Key]:
    """The fields that a condition about a subject looks at, through terms and the readings chosen.

    The lists of the run that it looks at are told as fields of the run.

    Raises:
        DefinitionError: the subject has no such fact.
    """
    match node:
        case Flag(name="is_customer") | Fact(name="as_of"):
            return
        case Fact(name="kind") if subject is Subject.OWNER or subject in COMPANIES:
            return
        case Flag(name="ip_reachable"):
            yield Subject.ACCESS, "ip"
        case Fact(name=name, scope=scope) | Flag(name=name, scope=scope):
            holder = holder_of(name, scope, subject)
            yield holder, field_of(name, holder)
        case Definition(name=name, of=scope, means=means):
            yield from leaves(means, holder_of(name, scope, subject), readings)
        case Choice() | ValueChoice():
            branches: Any = node.branches  # pyright: ignore - conditions, or values
            yield from leaves(branches[readings[node.reading]], subject, readings)
        case About(subject=other, part=part):
            yield from leaves(part, other, readings)
        case Some(of=of, part=part) | Every(of=of, part=part):
            yield from leaves(part, of, readings)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                # What follows a deciding part is not asked: it may speak of facts that this subject has not.
                if subject is Subject.CUSTOMER and isinstance(part, Flag) and part.name == "is_customer":
                    return
                yield from leaves(part, subject, readings)
        case AnyListed(listed=listed):
            yield Subject.RUN, listed
        case Among(value=inner, listed=listed):
            yield Subject.RUN, listed
            yield from leaves(inner, subject, readings)
        case Plus(start=inner) | Before(end=inner) | Day(means=inner):
            yield from leaves(inner, subject, readings)
        case _:
            for name in ("part", "value", "left", "right"):
                under: Any = getattr(node, name, None)
                if isinstance(under, Node):
                    yield from leaves(under, subject, readings)


def _around(node: Condition) -> Iterator[Decimal]:
    """Numbers at a threshold, and on either side of it."""
    threshold: Decimal = next(
        (
            cast("Decimal", side.value)  # pyright: ignore[reportUnknownMemberType] - compared with a number
            for side in (getattr(node, "left", None), getattr(node, "right", None))
            if isinstance(side, Constant)
        ),
        Decimal(1),
    )
    yield from (threshold + 1, threshold - 1, threshold)
