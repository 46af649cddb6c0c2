"""An account as it was judged: its determination, with what is worked out once somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, TypeAlias

from kycrule.bound import Program
from kycrule.engines.record import Judge, Judgement
from kycrule.expr import Subject
from kycrule.findings import (
    Determination,
    Disposition,
    Finding,
    Outcome,
    ReportDue,
    made_finding,
    opened_determination,
)
from kycrule.provisions import Rule
from kycrule.records import Customer, Provider, TrainingTransaction
from kycrule.stakes import explained, held
from kycrule.terminal import safe_text

Serving: TypeAlias = tuple[Provider, Provider, Provider]
"""Who serves an account, the provider that it resells for, and its parent."""

EXPLAINED: Final = 1024
"""Of how many states the explanation is kept."""

OWNERS: Final = 16
"""Of accounts with more owners than these it is not kept."""

_MARK: Final = "\ue000"
"""Stands around what differs between accounts in the same state; no text of the law holds it."""


class Compiled:
    """A regulation bound to readings and compiled, as it judges one account after another.

    Attributes:
        bound: the regulation with its readings.
        judge: the same as Python functions.
        explanations: those of states that were explained lately.
    """

    def __init__(self, bound: Program) -> None:
        self.bound, self.judge = bound, Judge(bound)
        grounds = [(Disposition(one.ground.disposition), one.ground.cites) for one in bound.grounds]
        # An open account has the ground -1: it stands at the end.
        self._answers = [*grounds, (Disposition.UNDETERMINED, bound.regulation.open_question)]
        self._readings = bound.readings.changed()
        self.explanations: dict[tuple[object, ...], list[str | int]] = {}

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
        return self._of(Judged(self, judgement, customer, given, serving, as_of, transactions))

    def _of(self, judged: Judged) -> Determination:
        answer = judged.judgement.account
        disposition, basis = self._answers[answer.ground]
        return opened_determination(
            judged,
            judged.customer.account_id,
            judged.as_of,
            self.bound.regulation.version,
            {**self._readings},
            disposition,
            basis,
            answer.foreign_customer,
            answer.foreign_owner,
            answer.foreign_reseller,
        )

    def explanation(self, judged: Judged, determination: Determination) -> str:
        """A determination with its tree of reasons.

        Accounts in the same state are explained alike but for names and dates: the words are kept without them.
        """
        if judged.given.stakes or judged.transactions or len(judged.customer.owners) > OWNERS:
            return determination.told(reasons(judged, self.bound, determination.disposition))
        days = judged.days()
        states = (judged.judgement.account, *judged.judgement.owners, *(day is None for day in days))
        told = self.explanations.get(states)
        if told is None:
            if len(self.explanations) >= EXPLAINED:
                self.explanations.clear()
            told = self.explanations[states] = self._explained(judged)
        names = map(safe_text, (determination.account_id, *judged.called()))
        differing = [str(judged.as_of), *names, *map(str, days)]
        return "".join([part if isinstance(part, str) else differing[part] for part in told])

    def _explained(self, judged: Judged) -> list[str | int]:
        """The explanation in pieces, with places for the date, the names of account and owners, and the days."""
        owners, days = judged.customer.owners, judged.days()
        as_of, account, *marks = (f"{_MARK}{place}{_MARK}" for place in range(2 + len(owners) + len(days)))
        names, marks = marks[: len(owners)], marks[len(owners) :]
        retain_until, *due = (mark if day else None for mark, day in zip(marks, days, strict=True))
        named = tuple(owner.model_copy(update={"owner_id": name}) for owner, name in zip(owners, names, strict=True))
        marked = judged.about(judged.customer.model_copy(update={"account_id": account, "owners": named}))
        determination = self._of(marked)
        reports = zip(determination.reports_due, due, strict=True)
        dated: dict[str, Any] = {
            "as_of": as_of,
            "retain_until": retain_until,
            "reports_due": tuple(_dated(report, day) for report, day in reports),
        }
        told = replace(determination, **dated).told(reasons(marked, self.bound, determination.disposition))
        return [int(part) if at % 2 else part for at, part in enumerate(told.split(_MARK))]


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

    def about(self, customer: Customer) -> Judged:
        """The same for an account that differs in names alone."""
        return replace(self, judgement=self.judgement.about(customer), customer=customer)

    def called(self) -> list[str]:
        """What the owners are called: by ``owner_id``, or by number."""
        return [owner.owner_id or f"#{place}" for place, owner in enumerate(self.customer.owners, start=1)]

    def days(self) -> tuple[date | None, ...]:
        """The last day of retention, and those of the reports due about the account."""
        return self.judgement.retain_until, *(day for _, day in self.judgement.reports)

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
        called = self.called()
        for position, index, violated, missing in judgement.found_of_owners:
            yield finding(bound.owner_rules[index].rule, called[position], missing, violated=violated)
        for position, index, violated, missing, by in judgement.found_of_transactions:
            subject = self.transactions[position].transaction_id
            yield finding(bound.transaction_rules[index].rule, subject, missing, violated=violated, due=by)

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
        return self.compiled.explanation(self, determination)


def finding(rule: Rule, subject: str, missing: tuple[str, ...], *, violated: bool, due: date | None = None) -> Finding:
    """The finding that a rule gives about a subject."""
    if violated:
        return made_finding(rule.code, rule.name, Outcome.VIOLATED, subject, rule.cites, rule.finding, missing, due)
    message = f"It cannot be told whether this is met: {rule.says}"
    return made_finding(rule.code, rule.name, Outcome.UNDETERMINED, subject, rule.cites, message, missing, due)


def _dated(report: ReportDue, day: Any) -> ReportDue:
    return replace(report, due=day)


def reasons(judged: Judged, bound: Program, disposition: Disposition) -> list[str]:
    """Why an account came to its disposition, as lines, worked out anew."""
    stakes = ["", "What the stakes come to", *explained(judged.given, bound.readings)] if judged.given.stakes else []
    return ["", "Why", *_grounds(judged, bound, disposition), *stakes]


def _grounds(judged: Judged, bound: Program, disposition: Disposition) -> Iterator[str]:
    from kycrule.engines.trace import World, told, truth_of

    records: dict[Subject, Any] = {
        Subject.CUSTOMER: judged.customer,
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
