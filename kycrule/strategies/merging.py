"""A scenario from the few facts that give its outcome and from records drawn at random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from kycrule.cases import Case
from kycrule.expr import Subject
from kycrule.records import Access, BeneficialOwner, Customer, Provider, Record, Reseller, TrainingTransaction
from kycrule.strategies.bases import Base
from kycrule.strategies.solver import Key
from kycrule.strategies.targets import IDS

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Facts of a scenario, with owners and accesses beside those among the facts."""

    facts: dict[Key, Any] = field(default_factory=dict[Key, Any])
    owners: tuple[BeneficialOwner, ...] = ()
    accesses: tuple[Access, ...] = ()

    def __or__(self, other: State) -> State:
        return State(
            facts=self.facts | other.facts,
            owners=(*self.owners, *other.owners),
            accesses=(*self.accesses, *other.accesses),
        )


def scenario(base: Base, provider: Provider | None, drawn: Sequence[Record]) -> Case:
    """A scenario with the outcome of a base, and as much of what was drawn as leaves it so.

    Args:
        base: the facts that give the outcome.
        provider: who serves, if that is fixed.
        drawn: the customer, and what else may stand in the scenario, each drawn at random.
    """
    return _case(base, provider, _taken(base, list(_offered(base, drawn)), State(facts=dict(base.facts))))


def _offered(base: Base, drawn: Sequence[Record]) -> Iterator[State]:
    """What was drawn, each part that may be taken over or left by itself."""
    for record in drawn:
        subject = _SUBJECTS[type(record)]
        yield from _fields(base, subject, record)
        if isinstance(record, Customer):
            owners, accesses = list(record.owners), list(record.accesses)
            if Subject.OWNER in base.search.rows and owners:
                yield from _fields(base, Subject.OWNER, owners.pop(0))
            if Subject.ACCESS in base.search.rows and accesses:
                yield from _fields(base, Subject.ACCESS, accesses.pop(0))
            yield from (State(owners=(owner,)) for owner in owners if owner.owner_id != IDS[Subject.OWNER][1])
            yield from (State(accesses=(access,)) for access in accesses)


_SUBJECTS: Final[dict[type[Record], Subject]] = {
    Customer: Subject.CUSTOMER,
    Provider: Subject.PROVIDER,
    Reseller: Subject.RESELLER,
    TrainingTransaction: Subject.TRANSACTION,
}


def _fields(base: Base, subject: Subject, record: Record) -> Iterator[State]:
    named = IDS.get(subject, ("", ""))[0]
    told = {(subject, column.name): getattr(record, column.name) for column in type(record).columns()}
    told.pop((subject, named), None)
    # What the outcome cannot turn on is taken as a whole.
    yield State(facts={key: value for key, value in told.items() if key not in base.target.turns_on})
    for key, value in told.items():
        if key in base.target.turns_on and base.facts.get(key) != value:
            yield State(facts={key: value})


def _taken(base: Base, offered: list[State], state: State) -> State:
    """The state with all that is offered if the outcome stays, or else with what of its halves leaves it so."""
    if not offered:
        return state
    candidate = state
    for each in offered:
        candidate |= each
    if base.target.holds(base.search.world(candidate.facts, candidate.owners, candidate.accesses)):
        return candidate
    if len(offered) == 1:
        return state
    middle = len(offered) // 2
    return _taken(base, offered[middle:], _taken(base, offered[:middle], state))


def _case(base: Base, provider: Provider | None, state: State) -> Case:
    def made(model: type[R], subject: Subject, **more: Any) -> R:
        told = {name: value for (of, name), value in state.facts.items() if of is subject and value is not None}
        return model.model_validate(told | more)

    rows = base.search.rows
    behind = {
        field: made(Provider, subject)
        for field, subject in (("parent", Subject.PARENT), ("resells_for", Subject.UPSTREAM))
        if any(of is subject and name != "id" and value is not None for (of, name), value in state.facts.items())
    }
    links = {field: record.id for field, record in behind.items()}
    serving = provider or made(Provider, Subject.PROVIDER, **links)
    concerned = {base.target.subject, *(subject for subject, _ in base.target.turns_on)}
    resold = Subject.RESELLER in concerned
    trained = Subject.TRANSACTION in concerned
    owners = (made(BeneficialOwner, Subject.OWNER),) if Subject.OWNER in rows else ()
    accesses = (made(Access, Subject.ACCESS),) if Subject.ACCESS in rows else ()
    called = serving.id if base.target.subject is Subject.PROVIDER else IDS[base.target.subject][1]
    return Case(
        name=base.target.name,
        source="kycrule.strategies",
        as_of=base.search.as_of,
        customer=made(
            Customer,
            Subject.CUSTOMER,
            owners=(*owners, *state.owners),
            accesses=(*accesses, *state.accesses),
        ),
        provider=serving,
        providers=tuple(behind.values()),
        training=(made(TrainingTransaction, Subject.TRANSACTION),) if trained else (),
        resellers=(made(Reseller, Subject.RESELLER, supplied_by=serving.id),) if resold else (),
        special_measures=base.measures,
        readings=base.search.readings,
        expect=base.target.expect(called),
    )
