"""The record that is kept about one Account, § 7.302(e)(1), with its retention date."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from kycrule.engines.trace import World, truth_of
from kycrule.expr import Subject
from kycrule.findings import Disposition
from kycrule.law.s301_definitions import beneficial_owner, foreign_person
from kycrule.records import BeneficialOwner, Customer, Party
from kycrule.reports.model import Model, Report, finished, item
from kycrule.reports.run import Run, opened
from kycrule.truth import Truth

_MINIMUM = "7.302(d)(1)(iii)"
_KEPT = "7.302(e)(1)(i)"


class Identity(Model):
    """The identifying information about a customer or beneficial owner."""

    name: str | None = item((_KEPT, f"{_MINIMUM}(A)"), "full legal name, or business name")
    other_names: tuple[str, ...] | None = item((_KEPT, f"{_MINIMUM}(A)(2)"), "other names of a business", by=None)
    citizenships: tuple[str, ...] | None = item((_KEPT, "7.302(d)(1)(ii)"), "citizenships of an individual", by=None)
    us_permanent_resident: bool | None = item(
        (_KEPT, "7.302(d)(1)(ii)"), "lawful permanent resident of the United States", by=None
    )
    organized_in: str | None = item((_KEPT, f"{_MINIMUM}(B)(4)"), "under whose law an entity is organized")
    located_in: str | None = item((_KEPT, "7.302(d)(1)(ii)"), "where the party is, if asserted", by=None)
    street_address: str | None = item(
        (_KEPT, f"{_MINIMUM}(B)(1)", f"{_MINIMUM}(B)(3)"), "home or business street address, or place of business"
    )
    city: str | None = item((_KEPT, f"{_MINIMUM}(B)"), "of that address", by=None)
    region: str | None = item((_KEPT, f"{_MINIMUM}(B)"), "of that address", by=None)
    postal_code: str | None = item((_KEPT, f"{_MINIMUM}(B)"), "of that address", by=None)
    country: str | None = item((_KEPT, f"{_MINIMUM}(B)"), "of that address", by=None)
    military_box: str | None = item((_KEPT, f"{_MINIMUM}(B)(2)"), "APO or FPO box, without a street address", by=None)
    use_locations: tuple[str, ...] | None = item((_KEPT, f"{_MINIMUM}(B)"), "from where the product will be used")
    email: str | None = item((_KEPT, f"{_MINIMUM}(D)"), "e-mail address")
    phone: str | None = item((_KEPT, f"{_MINIMUM}(E)"), "telephone contact")

    def not_asked(self) -> frozenset[str]:
        """A box stands in for the street address."""
        return frozenset({"street_address"} if self.military_box is not None else ())


class Verification(Model):
    """How the identity was verified."""

    identity_verified: bool | None = item("7.302(e)(1)(iii)", "whether the identity was verified")
    verified_on: date | None = item("7.302(e)(1)(iii)", "when")
    method: Literal["documentary", "non_documentary", "both"] | None = item("7.302(e)(1)(iii)", "by which method")
    documents: str | None = item("7.302(e)(1)(ii)", "a copy or description of each document relied on")
    results: str | None = item("7.302(e)(1)(iii)", "the other methods used, and what they gave")
    discrepancy_resolution: str | None = item(
        "7.302(e)(1)(iv)", "how a substantive discrepancy was resolved, if one was found", by=None
    )

    def not_asked(self) -> frozenset[str]:
        """What the method used does not rest on, and what follows only once the identity was verified."""
        skipped: set[str] = set()
        if self.method not in {"documentary", "both"}:
            skipped.add("documents")
        if self.method not in {"non_documentary", "both"} and self.identity_verified is True:
            skipped.add("results")
        if self.identity_verified is not True:
            skipped |= {"verified_on", "method"}
        return frozenset(skipped)


class PartyRecord(Model):
    """The customer, or a beneficial owner of it."""

    role: Literal["customer", "beneficial owner"] = Field(description="Who it is to the Account.")
    id: str = Field(description="The account, or the owner's id or place in it.")
    kind: Literal["individual", "entity"] | None = item("7.302(e)(1)(i)", "individual or entity")
    foreign: bool | None = item("7.302(d)(1)(i)", "whether a foreign person, as the run determined it", by=None)
    share: str | None = item("7.301", "percentage of the ownership interests", by=None)
    substantial_control: bool | None = item("7.301", "whether it exercises substantial control", by=None)
    identity: Identity = item("7.302(e)(1)(i)", "identifying information", default=...)
    verification: Verification = item("7.302(e)(1)", "how the identity was verified", default=...)

    def not_asked(self) -> frozenset[str]:
        """Of a U.S. person nothing; and no law organizes an individual."""
        if self.foreign is False:
            return frozenset({"identity", "verification"})
        return frozenset({"identity.organized_in"} if self.kind == "individual" else ())


class Payment(Model):
    """A means and source of payment."""

    whose: str = Field(description="The account, or the owner who pays.")
    type: str | None = item((_KEPT, f"{_MINIMUM}(C)"), "the means of payment")
    reference: str | None = item((_KEPT, f"{_MINIMUM}(C)"), "its number or identifier")


class Use(Model):
    """One access to the Account or administrative action."""

    ip: str | None = item((_KEPT, f"{_MINIMUM}(F)"), "the IP address used")
    at: datetime | None = item((_KEPT, f"{_MINIMUM}(F)"), "date and time")
    action: str | None = item((_KEPT, f"{_MINIMUM}(F)"), "access or administration", by=None)


class Determined(Model):
    """What the run determined about the Account."""

    disposition: str = Field(description="What becomes of the Account under the rule.")
    basis: str = Field(description="The paragraph that decides it.")
    foreign_customer: bool | None = Field(description="Whether the customer is a foreign person.")
    foreign_owner: bool | None = Field(description="Whether any owner is a foreign beneficial owner.")
    foreign_reseller: bool | None = Field(description="Whether the customer is a foreign reseller.")
    turns_on: tuple[str, ...] = Field(description="What an undetermined answer turns on.")
    findings: tuple[str, ...] = Field(description="The codes of duties violated or undetermined.")


class AccountRecord(Report):
    """The record about one Account."""

    TITLE: ClassVar[str] = "Record of an Account"
    CITES: ClassVar[str] = "7.302(e)(1)"

    report: Literal["record"] = "record"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    account_id: str = Field(description="The Account.")
    served_by: str | None = Field(description="The id of the provider that serves it.")
    opened_on: date | None = Field(description="When it was opened.")
    closed_on: date | None = Field(description="When it was closed.")
    last_accessed_on: date | None = Field(description="When it was last accessed.")
    retain_until: date | None = item("7.302(e)(2)", "the last day for which the record is kept, once known", by=None)
    determined: Determined = item("7.302(d)(1)(i)", "what the run determined", default=...)
    parties: tuple[PartyRecord, ...] = item(
        ("7.302(e)(1)", "7.302(e)(1)(i)"), "the customer and its foreign beneficial owners", default=()
    )
    owners_left_out: int = item(
        "7.302(e)(1)", "owners who are U.S. persons or no beneficial owners; the record need not have them", default=0
    )
    payments: tuple[Payment, ...] | None = item((_KEPT, f"{_MINIMUM}(C)"), "means and source of payment")
    accesses: tuple[Use, ...] | None = item((_KEPT, f"{_MINIMUM}(F)"), "IP addresses used, each with its time")
    every_row_read: Literal[True] | None = item(
        "7.302(e)(1)", "that no row of an owner or access is left out because it could not be read"
    )

    def not_asked(self) -> frozenset[str]:
        """Nothing of an Account in which no foreign person has an interest."""
        foreign = self.determined.foreign_customer, self.determined.foreign_owner
        return frozenset({"payments", "accesses"} if foreign == (False, False) else ())


def record(run: Run | str | Path, *, account: str) -> AccountRecord:
    """The record of § 7.302(e)(1) for one Account; ``to_complete`` lists the items that it lacks.

    Args:
        run: the run, or its folder.
        account: the id of the Account.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run kept no records, or has no such account.
    """
    with opened(run) as source:
        customer = source.account(account)
        answer = source.answer(account)
        world = source.world(source.serving(customer), customer).of(Subject.CUSTOMER)
        owners = [(place, owner, _standing(world, owner)) for place, owner in _placed(customer)]
        foreign = [(place, owner, truth) for place, owner, truth in owners if truth is not False]
        parties = [_party("customer", account, customer, answer.foreign_customer)]
        parties += [
            _party("beneficial owner", owner.owner_id or f"#{place}", owner, truth) for place, owner, truth in foreign
        ]
        paying = [(account, customer), *((owner.owner_id or f"#{place}", owner) for place, owner in _placed(customer))]
        payments = tuple(
            Payment(whose=whose, type=party.payment_type, reference=party.payment_reference)
            for whose, party in paying
            if party.payment_type is not None or party.payment_reference is not None
        )
        uses = tuple(Use(ip=access.ip, at=access.at, action=access.action) for access in customer.accesses)
        return finished(
            AccountRecord(
                about=source.about,
                account_id=account,
                served_by=customer.served_by,
                opened_on=customer.opened_on,
                closed_on=customer.closed_on,
                last_accessed_on=customer.last_accessed_on,
                retain_until=answer.retain_until,
                determined=Determined(
                    disposition=answer.disposition,
                    basis=answer.basis,
                    foreign_customer=answer.foreign_customer,
                    foreign_owner=answer.foreign_owner,
                    foreign_reseller=answer.foreign_reseller,
                    turns_on=answer.turns_on,
                    findings=answer.findings,
                ),
                parties=tuple(parties),
                owners_left_out=len(owners) - len(foreign),
                payments=payments or None,
                accesses=uses or None,
                every_row_read=None if world.unread else True,
                notes=tuple(_notes(answer.disposition, answer.retain_until)),
            )
        )


def _placed(customer: Customer) -> list[tuple[int, BeneficialOwner]]:
    return list(enumerate(customer.owners, start=1))


def _standing(world: World, owner: BeneficialOwner) -> Truth:
    """Whether an owner is a foreign beneficial owner."""
    return truth_of(beneficial_owner & foreign_person, world.of(Subject.OWNER, owner))


def _party(role: Literal["customer", "beneficial owner"], called: str, party: Party, foreign: Truth) -> PartyRecord:
    owner = party if isinstance(party, BeneficialOwner) else None
    return PartyRecord(
        role=role,
        id=called,
        kind=party.kind,
        foreign=foreign,
        share=None if owner is None or owner.share is None else format(owner.share, "f"),
        substantial_control=None if owner is None else owner.substantial_control,
        identity=_identity(party),
        verification=Verification(
            identity_verified=party.identity_verified,
            verified_on=party.verified_on,
            method=party.verification_method,
            documents=party.verification_documents,
            results=party.verification_results,
            discrepancy_resolution=party.discrepancy_resolution,
        ),
    )


def _identity(party: Party) -> Identity:
    return Identity(**{name: getattr(party, name) for name in Identity.model_fields})


def _notes(disposition: str, retain_until: date | None) -> list[str]:
    notes: list[str] = []
    if disposition not in {Disposition.COVERED, Disposition.UNDETERMINED}:
        notes.append(f"The Account is {disposition}: this record is not asked for while that is so [7.302(e)(1)].")
    if retain_until is None:
        notes.append(
            "No last day of retention is known yet: it follows from when the Account is closed, or last accessed "
            "[7.302(e)(2)]."
        )
    notes.append("Not for third parties; keep it from whoever has no need to know it [7.302(e)(3)].")
    return notes
