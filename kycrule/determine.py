"""The front door for one record: the law, the engine and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from kycrule.binding import Lists, bind
from kycrule.bound import Program
from kycrule.engines.record import Judge, Judgement
from kycrule.errors import RecordError
from kycrule.expr import Subject
from kycrule.findings import Determination, Disposition, Finding, Outcome, ReportDue, settle
from kycrule.law import SUBPART_D
from kycrule.measures import in_force
from kycrule.provisions import Of, Rule
from kycrule.readings import Readings
from kycrule.records import NOBODY, Customer, Provider, SpecialMeasure, TrainingTransaction
from kycrule.stakes import explained, held

DEFAULT_READINGS = Readings()


@lru_cache(maxsize=64)
def program(readings: Readings, lists: Lists = ()) -> Program:
    """The regulation bound to readings and to the lists of the run, made once for each choice."""
    return bind(SUBPART_D, readings, lists)


@lru_cache(maxsize=64)
def dispositions_only(readings: Readings) -> Program:
    """The regulation without its rules, for those who ask of dispositions alone."""
    return bind(replace(SUBPART_D, rules=(), reports=()), readings)


@lru_cache(maxsize=64)
def _compiled(readings: Readings, lists: Lists) -> tuple[Program, Judge]:
    bound = program(readings, lists)
    return bound, Judge(bound)


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
    bound, judge = _compiled(readings, in_force(measures, as_of) if measures else ())
    judged = held(customer, readings) if customer.stakes else customer
    judgement = judge(judged, *serving, as_of, transactions=transactions)
    return _determination(judged, serving, as_of, bound, judgement, transactions=transactions, given=customer)


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


def with_those_behind(provider: Provider, known: Mapping[str, Provider]) -> tuple[Provider, Provider, Provider]:
    """A provider, the one that it resells for, and its parent."""
    return provider, known.get(provider.resells_for or "", NOBODY), known.get(provider.parent or "", NOBODY)


def _determination(
    customer: Customer,
    providers: tuple[Provider, Provider, Provider],
    as_of: date,
    bound: Program,
    judgement: Judgement,
    *,
    transactions: tuple[TrainingTransaction, ...] = (),
    given: Customer | None = None,
) -> Determination:
    account = judgement.account
    ground = bound.grounds[account.ground].ground if account.ground >= 0 else None
    determination = Determination(
        account_id=customer.account_id,
        as_of=as_of,
        rule_version=bound.regulation.version,
        readings=bound.readings.changed(),
        disposition=Disposition.UNDETERMINED if ground is None else Disposition(ground.disposition),
        basis=bound.regulation.open_question if ground is None else ground.cites,
        foreign_customer=account.foreign_customer,
        foreign_owner=account.foreign_owner,
        foreign_reseller=account.foreign_reseller,
        turns_on=judgement.turns_on,
        findings=tuple(_findings(customer, transactions, bound, judgement)),
        reports_due=tuple(_reports(transactions, bound, judgement)),
        retain_until=judgement.retain_until,
        _account=lambda: explanation(determination, given or customer, providers, bound.readings),
    )
    return determination


def _reports(
    transactions: tuple[TrainingTransaction, ...], bound: Program, judgement: Judgement
) -> Iterator[ReportDue]:
    dues = bound.regulation.reports
    for index, by in judgement.reports:
        yield ReportDue(kind=dues[index].kind, cites=dues[index].cites, due=by)
    for position, index, by in judgement.reports_of_transactions:
        subject = transactions[position].transaction_id
        yield ReportDue(kind=dues[index].kind, cites=dues[index].cites, due=by, subject=subject)


def _findings(
    customer: Customer, transactions: tuple[TrainingTransaction, ...], bound: Program, judgement: Judgement
) -> Iterator[Finding]:
    for index, violated, missing in judgement.found:
        yield finding(bound.customer_rules[index].rule, customer.account_id, missing, violated=violated)
    for position, index, violated, missing in judgement.found_of_owners:
        called = customer.owners[position].owner_id or f"#{position + 1}"
        yield finding(bound.owner_rules[index].rule, called, missing, violated=violated)
    for position, index, violated, missing, by in judgement.found_of_transactions:
        called = transactions[position].transaction_id
        yield finding(bound.transaction_rules[index].rule, called, missing, violated=violated, due=by)


def finding(rule: Rule, subject: str, missing: tuple[str, ...], *, violated: bool, due: date | None = None) -> Finding:
    """The finding that a rule gives about a subject."""
    return Finding(
        code=rule.code,
        name=rule.name,
        outcome=Outcome.VIOLATED if violated else Outcome.UNDETERMINED,
        subject=subject,
        cites=rule.cites,
        message=rule.finding if violated else f"It cannot be told whether this is met: {rule.says}",
        missing=missing,
        due=due,
    )


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
    serving: tuple[Provider, Provider, Provider],
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


def explanation(
    determination: Determination,
    customer: Customer,
    providers: tuple[Provider, Provider, Provider],
    readings: Readings,
) -> str:
    """The tree of reasons for a determination, in English, with citations."""
    _, world, _ = next(_judged(held(customer, readings), providers, determination.as_of, readings))
    reasons = ["", "Why", *_reasons(determination, world)]
    if customer.stakes:
        reasons += ["", "What the stakes come to", *explained(customer, readings)]
    return determination.told(reasons)


def _reasons(determination: Determination, world: Any) -> Iterator[str]:
    from kycrule.engines.trace import told, truth_of

    for ground in SUBPART_D.grounds:
        truth = truth_of(ground.when, world)
        if ground.disposition == Disposition.COVERED:
            if determination.disposition is Disposition.COVERED:
                yield f"- covered [{ground.cites}]: {ground.says}"
            return
        answer = {True: f"yes. {ground.says}", False: "no", None: "cannot tell"}[truth]
        yield f"- {ground.disposition} [{ground.cites}]: {answer}"
        # Why a provider is bound, and why an Account is not exempt, is worth telling; why no finding was made is not.
        if truth is not False or ground.disposition in {Disposition.OUT_OF_SCOPE, Disposition.EXEMPT_US_PERSONS}:
            _, *reasons = told(ground.when, world)
            yield from reasons
        if truth is True:
            return
