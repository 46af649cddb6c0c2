"""An account as it was judged: its determination, with what is worked out once somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from kycrule.bound import Program
from kycrule.engines.record import AccountAnswer, Judge, Judgement, OwnerAnswer
from kycrule.expr import Subject
from kycrule.findings import Determination, Disposition, Finding, Outcome, ReportDue
from kycrule.provisions import Rule
from kycrule.records import Customer, Provider, TrainingTransaction
from kycrule.stakes import explained, held

Serving: TypeAlias = tuple[Provider, Provider, Provider]
"""Who serves an account, the provider that it resells for, and its parent."""

EXPLAINED: Final = 1024
"""Of how many states the reasons are kept in words."""

OWNERS: Final = 16
"""Of accounts with more owners than these the reasons are not kept."""

_MARK: Final = "\0"
"""Stands around the place of an owner where its name will stand; no text of a record holds it."""


class Compiled:
    """A regulation bound to readings and compiled, as it judges one account after another.

    Attributes:
        bound: the regulation with its readings.
        judge: the same as Python functions.
    """

    def __init__(self, bound: Program) -> None:
        self.bound, self.judge = bound, Judge(bound)
        grounds = [(Disposition(one.ground.disposition), one.ground.cites) for one in bound.grounds]
        # An open account has the ground -1: it stands at the end.
        self._answers = [*grounds, (Disposition.UNDETERMINED, bound.regulation.open_question)]
        self._readings = bound.readings.changed()
        self._reasons: dict[tuple[AccountAnswer | OwnerAnswer, ...], list[str]] = {}

    def determination(
        self,
        given: Customer,
        serving: Serving,
        as_of: date,
        *,
        transactions: Sequence[TrainingTransaction] = (),
        unread_owners: bool = False,
        unread_accesses: bool = False,
    ) -> Determination:
        """The determination of one account.

        Args:
            given: the account.
            serving: who serves it.
            as_of: the date as of which it is asked.
            transactions: its training transactions.
            unread_owners: whether a row of an owner could not be read.
            unread_accesses: whether a row of an access could not be read.
        """
        customer = held(given, self.bound.readings) if given.stakes else given
        judgement = self.judge(
            customer,
            *serving,
            as_of,
            transactions=transactions,
            unread_owners=unread_owners,
            unread_accesses=unread_accesses,
        )
        answer = judgement.account
        disposition, basis = self._answers[answer.ground]
        return Determination.of(
            Judged(self, judgement, customer, given, serving, as_of, transactions),
            customer.account_id,
            as_of,
            self.bound.regulation.version,
            {**self._readings},
            disposition,
            basis,
            answer.foreign_customer,
            answer.foreign_owner,
            answer.foreign_reseller,
        )

    def reasons(self, judged: Judged, disposition: Disposition) -> str:
        """Why an account came to its disposition, in words.

        Equal states have equal reasons but for the names of owners: the words are kept without them.
        """
        owners = judged.customer.owners
        states: tuple[AccountAnswer | OwnerAnswer, ...] = (judged.judgement.account, *judged.judgement.owners)
        told = self._reasons.get(states)
        if told is None:
            told = "\n".join(_reasons(judged, self.bound, disposition)).split(_MARK)
            if len(owners) <= OWNERS:
                if len(self._reasons) >= EXPLAINED:
                    self._reasons.clear()
                self._reasons[states] = told
        names = [owner.owner_id or f"#{place}" for place, owner in enumerate(owners, start=1)]
        return "".join(names[int(part)] if place % 2 else part for place, part in enumerate(told))


@dataclass(slots=True, eq=False)
class Judged:
    """One account as it was judged. Not frozen, for speed: there is one for every record.

    Attributes:
        compiled: what judged it.
        judgement: what came of it.
        customer: the account, with the shares of its owners as its stakes come to.
        given: the account as it was given.
        serving: who serves it.
        as_of: the date as of which it was asked.
        transactions: its training transactions.
    """

    compiled: Compiled
    judgement: Judgement
    customer: Customer
    given: Customer
    serving: Serving
    as_of: date
    transactions: Sequence[TrainingTransaction]

    def turns_on(self) -> tuple[str, ...]:
        """The facts and readings that an undetermined disposition depends on."""
        return self.judgement.turns_on

    def retain_until(self) -> date | None:
        """The last day for which records are kept."""
        return self.judgement.retain_until

    def findings(self) -> tuple[Finding, ...]:
        """Duties violated or undetermined, in the order of the regulation."""
        return tuple(self._findings())

    def _findings(self) -> Iterator[Finding]:
        bound, judgement = self.compiled.bound, self.judgement
        for index, violated, missing in judgement.found:
            yield finding(bound.customer_rules[index].rule, self.customer.account_id, missing, violated=violated)
        for position, index, violated, missing in judgement.found_of_owners:
            called = self.customer.owners[position].owner_id or f"#{position + 1}"
            yield finding(bound.owner_rules[index].rule, called, missing, violated=violated)
        for position, index, violated, missing, by in judgement.found_of_transactions:
            called = self.transactions[position].transaction_id
            yield finding(bound.transaction_rules[index].rule, called, missing, violated=violated, due=by)

    def reports_due(self) -> tuple[ReportDue, ...]:
        """What is to be reported, and by when."""
        return tuple(self._reports_due())

    def _reports_due(self) -> Iterator[ReportDue]:
        dues = self.compiled.bound.regulation.reports
        for index, by in self.judgement.reports:
            yield ReportDue(kind=dues[index].kind, cites=dues[index].cites, due=by)
        for position, index, by in self.judgement.reports_of_transactions:
            subject = self.transactions[position].transaction_id
            yield ReportDue(kind=dues[index].kind, cites=dues[index].cites, due=by, subject=subject)

    def explain(self, determination: Determination) -> str:
        """The whole determination with its tree of reasons, in English, with citations."""
        reasons = ["", "Why", self.compiled.reasons(self, determination.disposition)]
        if self.given.stakes:
            stakes = explained(self.given, self.compiled.bound.readings)
            reasons += ["", "What the stakes come to", *stakes]
        return determination.told(reasons)


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


def _reasons(judged: Judged, bound: Program, disposition: Disposition) -> Iterator[str]:
    from kycrule.engines.trace import World, told, truth_of

    owners = tuple(
        owner.model_copy(update={"owner_id": f"{_MARK}{place}{_MARK}"})
        for place, owner in enumerate(judged.customer.owners)
    )
    records: dict[Subject, Any] = {
        Subject.CUSTOMER: judged.customer.model_copy(update={"owners": owners}),
        **dict(zip((Subject.PROVIDER, Subject.UPSTREAM, Subject.PARENT), judged.serving, strict=True)),
    }
    world = World(records=records, as_of=judged.as_of, readings=bound.readings)
    for ground in bound.regulation.grounds:
        truth = truth_of(ground.when, world)
        if ground.disposition == Disposition.COVERED:
            if disposition is Disposition.COVERED:
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
