"""The front door for one record: the law, the engine and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from kycrule.binding import Lists, bind
from kycrule.bound import Program
from kycrule.errors import DefinitionError, RecordError
from kycrule.expr import Subject
from kycrule.findings import Determination, Outcome, settle
from kycrule.judged import Compiled, Serving
from kycrule.law import SUBPART_D
from kycrule.measures import in_force
from kycrule.nearest import listed
from kycrule.provisions import Of, Rule
from kycrule.readings import READINGS, Readings, alternatives
from kycrule.records import NOBODY, Customer, Provider, SpecialMeasure, TrainingTransaction
from kycrule.stakes import held

DEFAULT_READINGS = Readings()


@lru_cache(maxsize=64)
def program(readings: Readings, lists: Lists = ()) -> Program:
    """The regulation bound to readings and to the lists of the run, made once for each choice."""
    return bind(SUBPART_D, readings, lists)


@lru_cache(maxsize=64)
def dispositions_only(readings: Readings) -> Program:
    """The regulation without its rules, for those who ask of dispositions alone."""
    return bind(replace(SUBPART_D, rules=(), reports=()), readings)


def other_programs(readings: Readings, compare: Sequence[str]) -> dict[tuple[str, str], Program]:
    """The regulation, without its rules, under each other value of some readings: by reading and value.

    Args:
        readings: the choices that it is compared with.
        compare: names of readings, or ``all``.

    Raises:
        DefinitionError: there is no such reading.
    """
    known = [reading.name for reading in READINGS]
    unknown = sorted(set(compare) - {"all", *known})
    if unknown:
        message = f"There is no reading {listed(unknown, known)}. There are: {', '.join(known)}."
        raise DefinitionError(message)
    chosen = known if "all" in compare else [name for name in known if name in compare]
    return {(name, other[name]): dispositions_only(other) for name in chosen for other in alternatives(readings, name)}


@lru_cache(maxsize=64)
def compiled(readings: Readings, lists: Lists) -> Compiled:
    """The same, compiled for one record after another."""
    return Compiled(program(readings, lists))


def determine(
    customer: Customer | Mapping[str, Any],
    *,
    provider: Provider | Mapping[str, Any] | None = None,
    providers: Iterable[Provider] = (),
    training: Iterable[TrainingTransaction | Mapping[str, Any]] = (),
    special_measures: Iterable[SpecialMeasure | Mapping[str, Any]] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
) -> Determination:
    """What the rule makes of one account.

    Args:
        customer: the account, as a record or as the fields of one.
        provider: who serves it; without one, the provider in ``providers`` that ``served_by`` names, or the
            only one there is. Of an unnamed provider nothing is known.
        providers: other providers, for the ``parent`` and ``resells_for`` of the one that serves.
        training: the training transactions of the account.
        special_measures: determinations of the Secretary under § 7.307.
        as_of: the date as of which it is asked.
        readings: the choices for the open questions of the rule.

    Returns:
        The determination. Nothing is written, and no clock is read.

    Raises:
        RecordError: the record cannot be read, or names a provider that is not there.

    >>> from datetime import date
    >>> us = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
    >>> answer = determine({"account_id": "a", "citizenships": ["FR"], "country": "FR", "kind": "individual"},
    ...                    provider=us, as_of=date(2024, 6, 1))
    >>> answer.disposition, answer.foreign_customer
    (<Disposition.COVERED: 'covered'>, True)
    """
    if not isinstance(customer, Customer):
        customer = Customer.read(customer)
    if provider is not None and not isinstance(provider, Provider):
        provider = Provider.read(provider)
    known = {other.id: other for other in providers}
    if provider is None:
        provider = _serving(customer, known)
    serving = with_those_behind(provider, known)
    transactions = tuple(
        each if isinstance(each, TrainingTransaction) else TrainingTransaction.read(each) for each in training
    )
    measures = tuple(
        each if isinstance(each, SpecialMeasure) else SpecialMeasure.read(each) for each in special_measures
    )
    lists = in_force(measures, as_of) if measures else ()
    return compiled(readings, lists).determination(customer, serving, as_of, transactions=transactions)


def _serving(customer: Customer, known: Mapping[str, Provider]) -> Provider:
    if customer.served_by is not None and known:
        if customer.served_by not in known:
            message = "served_by names a provider that is not among the providers given."
            raise RecordError(message)
        return known[customer.served_by]
    if len(known) > 1:
        message = "served_by is blank, and there are several providers: say which one serves the account."
        raise RecordError(message)
    return next(iter(known.values()), NOBODY)


def with_those_behind(provider: Provider, known: Mapping[str, Provider]) -> Serving:
    """A provider, the one that it resells for, and its parent."""
    return provider, known.get(provider.resells_for or "", NOBODY), known.get(provider.parent or "", NOBODY)


def outcomes(
    customer: Customer,
    *,
    provider: Provider = NOBODY,
    providers: Iterable[Provider] = (),
    training: Iterable[TrainingTransaction] = (),
    special_measures: Iterable[SpecialMeasure] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
) -> dict[str, dict[str, Outcome]]:
    """The outcome of every rule for the account and for each owner: subject, then code, then outcome.

    Slower than :func:`determine`, which leaves out what is met or does not apply.
    """
    from kycrule.engines.trace import truth_of

    serving = with_those_behind(provider, {other.id: other for other in providers})
    customer = held(customer, readings)
    told: dict[str, dict[str, Outcome]] = {}
    lists = in_force(special_measures, as_of)
    for subject, world, rules in _judged(customer, serving, as_of, readings, training=training, lists=lists):
        told[subject] = {
            rule.code: settle(when, truth_of(rule.must, world) if when is not False else None)
            for rule in rules
            for when in (truth_of(rule.when, world),)
        }
    return told


def _judged(
    customer: Customer,
    serving: Serving,
    as_of: date,
    readings: Readings,
    *,
    training: Iterable[TrainingTransaction] = (),
    lists: Lists = (),
) -> Iterator[tuple[str, Any, tuple[Rule, ...]]]:
    from kycrule.engines.trace import World

    records = {
        Subject.CUSTOMER: customer,
        Subject.PROVIDER: serving[0],
        Subject.UPSTREAM: serving[1],
        Subject.PARENT: serving[2],
    }
    world = World(records=records, as_of=as_of, readings=readings, lists=lists)
    of_transactions = tuple(rule for rule in SUBPART_D.rules if rule.of is Of.TRANSACTION)
    yield customer.account_id, world, tuple(rule for rule in SUBPART_D.rules if rule.of in {Of.PARTY, Of.ACCOUNT})
    of_parties = tuple(rule for rule in SUBPART_D.rules if rule.of is Of.PARTY)
    for place, owner in enumerate(customer.owners, start=1):
        yield owner.owner_id or f"#{place}", world.of(Subject.OWNER, owner), of_parties
    for transaction in training:
        yield transaction.transaction_id, world.of(Subject.TRANSACTION, transaction), of_transactions
