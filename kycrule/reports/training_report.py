"""The report of a covered training transaction, § 7.308(c) and (d)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from kycrule.engines.trace import World, truth_of, value_of
from kycrule.errors import ReportError
from kycrule.expr import Subject
from kycrule.law.s301_definitions import beneficial_owner, foreign_beneficial_owner, ownership_established
from kycrule.law.s308_model_training import (
    CORRECTED_REPORT,
    FOLLOW_UP_REPORT,
    forwarded_deadline,
    initial_deadline,
    reportable_transaction,
    reseller_deadline,
    through_a_reseller,
    trigger,
)
from kycrule.periods import after
from kycrule.records import BeneficialOwner, Customer, TrainingTransaction
from kycrule.reports.model import Attestation, Model, Report, ToComplete, finished, item
from kycrule.reports.run import Run, named_items, opened
from kycrule.truth import Truth

Kind = Literal["initial", "reseller", "follow-up", "corrected"]

_WHO = "7.308(d)(1)(i)"
_RUN = "7.308(d)(1)(ii)"
_PAID = tuple(f"{_WHO}(C){rest}" for rest in ("", "(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"))
_WRITER = "whoever writes the report"


class ForeignPerson(Model):
    """A foreign person by, for or on behalf of whom the transaction is."""

    role: Literal["customer", "beneficial owner", "principal"] = Field(
        description="The customer, a beneficial owner of it, or somebody for whom a customer acts."
    )
    kind: Literal["individual", "entity"] | None = item(f"{_WHO}(A)", "individual or entity", by=None)
    name: str | None = item(
        (f"{_WHO}(A)", f"{_WHO}(A)(1)", f"{_WHO}(A)(2)"), "full legal name of an individual, business name of an entity"
    )
    other_names: tuple[str, ...] | None = item(
        f"{_WHO}(A)(2)", "all other names under which a business is or was known", by=None
    )
    ultimate_beneficial_owner: str | None = item(
        f"{_WHO}(A)(3)", "the ultimate beneficial owner, if it is somebody else", by=None
    )
    street_address: str | None = item(
        (f"{_WHO}(B)", f"{_WHO}(B)(1)", f"{_WHO}(B)(3)"),
        "street address of an individual, principal place of business or address for inquiries of an entity",
    )
    military_box: str | None = item(f"{_WHO}(B)(2)", "APO or FPO box of one without a street address", by=None)
    request_location: str | None = item(
        f"{_WHO}(B)(3)", "of an entity, the location from which the training request originates"
    )
    organized_in: str | None = item(f"{_WHO}(B)(4)", "of an entity, under whose law it is organized")
    beneficial_owners: tuple[str, ...] | None = item(
        f"{_WHO}(B)(5)", "of an entity, the names of its beneficial owners, the ultimate ones too; may be none"
    )
    email: str | None = item(f"{_WHO}(D)", "e-mail address")
    phone: str | None = item(f"{_WHO}(E)", "telephone contact")

    def not_asked(self) -> frozenset[str]:
        """What is asked of entities alone; a box stands in for the street address of an individual."""
        skipped: set[str] = set()
        if self.kind == "individual":
            skipped |= {"request_location", "organized_in", "beneficial_owners"}
            if self.military_box is not None:
                skipped.add("street_address")
        return frozenset(skipped)


class Use(Model):
    """One access to the Account or administrative action."""

    ip: str | None = item(f"{_WHO}(F)", "the IP address used")
    at: datetime | None = item(f"{_WHO}(F)", "date and time")
    action: str | None = item(f"{_WHO}(F)", "access or administration", by=None)


class AccountUsed(Model):
    """The Account in which the training runs."""

    account_id: str = Field(description="The Account.")
    payment_type: str | None = item(_PAID, "the means of payment for the Account: which of the listed kinds")
    payment_reference: str | None = item(_PAID, "its number or identifier")
    accesses: tuple[Use, ...] | None = item(
        f"{_WHO}(F)", "IP addresses used for access or administration; none before the Account is open"
    )
    every_access_read: Literal[True] | None = item(
        f"{_WHO}(F)", "that no recorded access is left out because its row could not be read"
    )


class TrainingRun(Model):
    """The training run."""

    operations: Decimal | None = item(f"{_RUN}(A)", "estimated number of computational operations")
    start_on: date | None = item(f"{_RUN}(B)", "anticipated start date")
    end_on: date | None = item(f"{_RUN}(B)", "anticipated completion date")
    training_practices: str | None = item(f"{_RUN}(C)", "information on training practices")
    accelerator: str | None = item(f"{_RUN}(C)", "the model of the primary accelerator (D15: the phrase is scrambled)")
    weights_policy: str | None = item(
        (f"{_RUN}(D)", f"{_RUN}(D)(1)"), "how trained model weights are stored securely and access to them protected"
    )
    incidents: str | None = item(
        (f"{_RUN}(D)", f"{_RUN}(D)(2)"), "security events of the last four years, or that there were none"
    )


class Timing(Model):
    """When the report is due."""

    trigger_on: date | None = Field(description="The day from which the time runs.")
    due: date | None = item(
        ("7.308(c)(1)", "7.308(c)(2)", "7.308(c)(3)", "7.308(c)(4)"), "the last day for this report", by=None
    )
    forward_by: date | None = item(
        "7.308(c)(2)", "the last day to file a reseller's report with the Department", by=None
    )
    filed_on: date | None = Field(description="When it was filed, where it was.")


class TrainingReport(Report):
    """The report of a training transaction."""

    TITLE: ClassVar[str] = "Report of a training transaction"
    CITES: ClassVar[str] = "7.308(d)"

    report: Literal["training"] = "training"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    kind: Kind = Field(description="§ 7.308(c): which of the four reports it is.")
    transaction_id: str = Field(description="The transaction.")
    provider: str | None = Field(description="§ 7.308(a)(1): the id of the provider that serves the Account.")
    covered: bool | None = item("7.308(b)(1)", "whether it is a covered transaction to be reported", by=_WRITER)
    timing: Timing = item("7.308(c)", "when the report is due", default=...)
    foreign_persons: tuple[ForeignPerson, ...] = item(
        ("7.308(d)(1)", _WHO), "information about the foreign person", default=()
    )
    owners_established: Literal[True] | None = item(
        _WHO, "that the beneficial owners of the customer are known, so that no foreign one is left out"
    )
    account: AccountUsed | None = item(_WHO, "the Account of the transaction", by=None)
    training_run: TrainingRun | None = item(_RUN, "information about the training run", by=None)
    response: str | None = item("7.308(d)(2)", "in a follow-up report, all that answers the request", by=_WRITER)
    corrections: str | None = item("7.308(d)(3)", "in a corrected report, what was inaccurate", by=_WRITER)
    true_correct_complete: Attestation = item("7.308(d)", "the report is true, correct and complete", default=...)

    def not_asked(self) -> frozenset[str]:
        """What another kind of report says."""
        skipped: set[str] = set()
        if self.kind == "follow-up":
            skipped.add("owners_established")
        else:
            skipped.add("response")
        if self.kind != "corrected":
            skipped.add("corrections")
        return frozenset(skipped)


@dataclass(frozen=True, slots=True)
class _Case:
    """A transaction with its account, and what the law makes of it."""

    transaction: TrainingTransaction
    customer: Customer
    foreign_customer: Truth
    world: World

    @property
    def reportable(self) -> Truth:
        return truth_of(reportable_transaction, self.world)

    @property
    def kind(self) -> Kind:
        return "reseller" if truth_of(through_a_reseller, self.world) else "initial"


def training(
    run: Run | str | Path,
    *,
    transaction: str,
    kind: Literal["follow-up", "corrected"] | None = None,
    draft: bool = False,
) -> TrainingReport:
    """The report of one training transaction.

    Args:
        run: the run, or its folder.
        transaction: the id of the transaction.
        kind: a follow-up or corrected report; None stands for the first one, a foreign reseller's where it is made
            through one.
        draft: whether to make it while a required item is missing; ``to_complete`` then lists the blanks.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: a required item is missing; the transaction is not one to be reported; the run has no such
            transaction; there is no request to follow up, or nothing to correct.
    """
    with opened(run) as source:
        for found in source.transactions(transaction):
            case = _case(source, found)
            if case.reportable is False:
                message = "This is no covered transaction of a provider that is bound to report training [7.308(b)]."
                raise ReportError(message)
            report = _report(source, case, kind or case.kind)
            missing = missing_items(report)
            if missing and not draft:
                message = (
                    f"The report must have, and the records lack: {named_items(missing)}. "
                    "Complete the records and run the check again, or write a draft with --draft."
                )
                raise ReportError(message, missing)
            return report
    message = "The run has no training transaction of that id."
    raise ReportError(message)


def reportable(run: Run | str | Path) -> tuple[str, ...]:
    """The ids of the transactions of a run that are covered and to be reported, for certain."""
    with opened(run) as source:
        cases = (_case(source, found) for found in source.transactions())
        return tuple(case.transaction.transaction_id for case in cases if case.reportable)


def missing_items(report: TrainingReport) -> tuple[tuple[str, str], ...]:
    """The items that § 7.308(d)(1) requires and a report lacks, each with its paragraph."""
    return tuple((blank.item, blank.cites) for blank in report.to_complete if _is_required(blank, report))


def _is_required(blank: ToComplete, report: TrainingReport) -> bool:
    return blank.by == report.BEARER


def _case(run: Run, transaction: TrainingTransaction) -> _Case:
    customer = run.account(transaction.account_id or "")
    provider = run.serving(customer)
    world = run.world(provider, customer).of(Subject.TRANSACTION, transaction)
    answer = run.answer(customer.account_id)
    return _Case(transaction, customer, answer.foreign_customer, world)


def _report(run: Run, case: _Case, kind: Kind) -> TrainingReport:
    whole = kind != "follow-up"
    return finished(
        TrainingReport(
            about=run.about,
            kind=kind,
            transaction_id=case.transaction.transaction_id,
            provider=case.customer.served_by,
            covered=case.reportable,
            timing=_timing(case, kind),
            foreign_persons=tuple(_foreign_persons(case)) if whole else (),
            owners_established=_owners_established(case) if whole else None,
            account=_account(case) if whole else None,
            training_run=_training_run(case.transaction) if whole else None,
            true_correct_complete=Attestation(),
            notes=tuple(_notes(case, kind)),
        )
    )


def _timing(case: _Case, kind: Kind) -> Timing:
    transaction = case.transaction
    match kind:
        case "follow-up":
            start = transaction.information_requested_on
            if start is None:
                message = (
                    "There is nothing to follow up: the transaction has no information_requested_on [7.308(c)(3)]."
                )
                raise ReportError(message, (("information_requested_on", "7.308(c)(3)"),))
            return Timing(
                trigger_on=start,
                due=after(start, 0, FOLLOW_UP_REPORT.days),
                filed_on=transaction.information_furnished_on,
            )
        case "corrected":
            start = transaction.inaccuracy_known_on
            if start is None:
                message = "There is nothing to correct: the transaction has no inaccuracy_known_on [7.308(c)(4)]."
                raise ReportError(message, (("inaccuracy_known_on", "7.308(c)(4)"),))
            return Timing(
                trigger_on=start, due=after(start, 0, CORRECTED_REPORT.days), filed_on=transaction.corrected_on
            )
        case "reseller":
            return Timing(
                trigger_on=value_of(trigger, case.world),
                due=value_of(reseller_deadline, case.world),
                forward_by=value_of(forwarded_deadline, case.world),
                filed_on=transaction.reseller_reported_on,
            )
        case "initial":
            return Timing(
                trigger_on=value_of(trigger, case.world),
                due=value_of(initial_deadline, case.world),
                filed_on=transaction.reported_on,
            )


def _foreign_persons(case: _Case) -> Iterator[ForeignPerson]:
    transaction, customer = case.transaction, case.customer
    named = transaction.foreign_person is not None
    anyone = False
    if case.foreign_customer is not False:
        anyone = True
        yield _customer(case, ultimate=None if named else transaction.ultimate_beneficial_owner)
    for owner in customer.owners:
        if truth_of(foreign_beneficial_owner, case.world.of(Subject.OWNER, owner)) is not False:
            anyone = True
            yield _owner(owner)
    if named or not anyone:
        yield _principal(transaction)


def _customer(case: _Case, *, ultimate: str | None) -> ForeignPerson:
    customer = case.customer
    return ForeignPerson(
        role="customer",
        kind=customer.kind,
        name=customer.name,
        other_names=customer.other_names,
        ultimate_beneficial_owner=ultimate,
        street_address=_address(customer),
        military_box=customer.military_box,
        request_location=case.transaction.request_location,
        organized_in=customer.organized_in,
        beneficial_owners=_owner_names(case),
        email=customer.email,
        phone=customer.phone,
    )


def _owner(owner: BeneficialOwner) -> ForeignPerson:
    return ForeignPerson(
        role="beneficial owner",
        kind="individual",
        name=owner.name,
        street_address=_address(owner),
        military_box=owner.military_box,
        email=owner.email,
        phone=owner.phone,
    )


def _principal(transaction: TrainingTransaction) -> ForeignPerson:
    return ForeignPerson(
        role="principal",
        kind=transaction.foreign_person_kind,
        name=transaction.foreign_person,
        other_names=transaction.foreign_person_other_names,
        ultimate_beneficial_owner=transaction.ultimate_beneficial_owner,
        street_address=transaction.foreign_person_address,
        military_box=transaction.foreign_person_military_box,
        request_location=transaction.request_location,
        organized_in=transaction.foreign_person_organized_in,
        beneficial_owners=transaction.foreign_person_owners,
        email=transaction.foreign_person_email,
        phone=transaction.foreign_person_phone,
    )


def _owners_established(case: _Case) -> Literal[True] | None:
    established = truth_of(ownership_established, case.world.of(Subject.CUSTOMER))
    return True if established and "owners" not in case.world.unread else None


def _owner_names(case: _Case) -> tuple[str, ...] | None:
    owners = [
        owner
        for owner in case.customer.owners
        if truth_of(beneficial_owner, case.world.of(Subject.OWNER, owner)) is not False
    ]
    names = tuple(owner.name for owner in owners if owner.name is not None)
    if len(names) < len(owners) or case.customer.owners_known is not True or "owners" in case.world.unread:
        return None
    return names


def _address(party: Customer | BeneficialOwner) -> str | None:
    if party.street_address is None:
        return None
    parts = (party.street_address, party.city, party.region, party.postal_code, party.country)
    return ", ".join(part for part in parts if part is not None)


def _account(case: _Case) -> AccountUsed:
    customer = case.customer
    # The payment is the Account's: an owner's record may carry it as well as the customer's.
    paying = next(
        (party for party in (customer, *customer.owners) if party.payment_type and party.payment_reference), customer
    )
    uses = tuple(Use(ip=access.ip, at=access.at, action=access.action) for access in customer.accesses)
    return AccountUsed(
        account_id=customer.account_id,
        payment_type=paying.payment_type,
        payment_reference=paying.payment_reference,
        accesses=None if not uses and customer.opened_on is not None else uses,
        every_access_read=None if "accesses" in case.world.unread else True,
    )


def _training_run(transaction: TrainingTransaction) -> TrainingRun:
    return TrainingRun(**{name: getattr(transaction, name) for name in TrainingRun.model_fields})


def _notes(case: _Case, kind: Kind) -> list[str]:
    notes: list[str] = []
    if case.reportable is None:
        notes.append("It cannot be told whether this transaction is a covered one that is to be reported [7.308(b)].")
    if truth_of(through_a_reseller, case.world) is None:
        notes.append("It cannot be told whether a foreign reseller stands between; the provider's own time is shown.")
    if kind == "reseller":
        notes.append(
            "The foreign reseller files with its provider, and the provider with the Department [7.308(c)(2)]."
        )
    notes.append("Whoever signs certifies; kycrule certifies nothing.")
    return notes
