"""The CIP certification form of a provider or of a foreign reseller, § 7.304(a) and (b)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from pydantic import Field

from kycrule.law.s304_certification import CERTIFICATION, CERTIFICATION_WINDOW
from kycrule.periods import after
from kycrule.records import Certified
from kycrule.reports.model import Attestation, Model, item
from kycrule.reports.providers import Resold
from kycrule.reports.run import Run

WHAT_IS_COUNTED = (
    "Accounts of the run that the provider serves, whoever holds them. A customer with several Accounts counts several "
    "times; rows in quarantine, and customers of resellers, are not counted."
)
WHOSE_OWNERS = (
    "D8: the text asks for the provider's own foreign beneficial owners. The records do not know them, so that number "
    "is for a person to give. Beside it stand the foreign beneficial owners of the provider's customers, which the run "
    "knows; one who owns several customers counts several times."
)

STANDARDS: Final = (
    ("7.302(b)", "It fits the size of the provider, the types of its products and the relevant risks."),
    ("7.302(d)", "Its procedures give a reasonable belief that the true identity of each customer is known."),
    ("7.302(d)(1)(i)", "It is told of a customer and all beneficial owners whether they are U.S. persons."),
    ("7.302(d)(1)(ii)", "It names the information that is obtained, when an Account is opened, to tell that."),
    ("7.302(d)(1)(iii)", "The minimum information comes from foreign customers and owners before the Account is open."),
    ("7.302(d)(2)", "Identities are verified before the Account is open, by documents, otherwise, or by both."),
    ("7.302(d)(2)(i)", "Where documents are relied on: which ones, and how it is found out that they are valid."),
    ("7.302(d)(2)(ii)", "Where other methods are relied on: which ones."),
    (
        "7.302(d)(2)(iii)",
        "When, for the new Account of an entity, more is obtained on individuals, owners and signatories.",
    ),
    ("7.302(d)(3)(i)", "When no Account is opened, because an identity is not known."),
    ("7.302(d)(3)(ii)", "On what terms an Account may be used while verification is attempted."),
    ("7.302(d)(3)(iii)", "When an Account is closed, or what else is done, after attempts to verify have failed."),
    ("7.302(d)(3)(iv)", "What is done for customers who could not be verified or whose data may be compromised."),
    ("7.302(e)", "A record is made and kept of all information that is obtained."),
    ("7.302(e)(2)", "It is kept for two years after the Account is closed or was last accessed."),
    ("7.302(e)(3)", "Third parties, and employees without need to know, are kept from these records."),
    ("7.302(f)(1)", "A customer has to tell when it adds beneficial owners."),
    ("7.302(f)(2)", "What a customer has told is verified again from time to time."),
)
"""What a written CIP contains, each with its paragraph, in our own words."""


class Standard(Model):
    """One of the standards that the written CIP is attested to meet."""

    cites: str = Field(description="The paragraph.")
    asks: str = Field(description="What it is about, in our own words.")
    where: str | None = item("7.304(a)(3)", "where the written CIP says so, to help whoever attests", by=None)


class PrimaryContact(Model):
    """Who is responsible for managing the CIP."""

    name: str | None = item("7.304(a)(1)(vi)", "the name of the Primary Contact")
    title: str | None = item("7.304(a)(1)(vi)", "the title of the Primary Contact")
    email: str | None = item("7.304(a)(1)(vi)", "the e-mail address of the Primary Contact")
    phone: str | None = item("7.304(a)(1)(vi)", "the telephone number of the Primary Contact")


class Program(Model):
    """The description of the Customer Identification Program."""

    identity_verification_tools: str | None = item(
        "7.304(a)(1)(i)", "with what the identity of foreign persons is verified"
    )
    ownership_change_procedures: str | None = item(
        "7.304(a)(1)(ii)", "how customers are made to tell of changes of ownership, and ongoing verification"
    )
    malicious_activity_tools: str | None = item("7.304(a)(1)(iii)", "with what malicious cyber activity is detected")
    reseller_cip_procedures: str | None = item(
        "7.304(a)(1)(iv)", "how each foreign reseller is required to maintain a CIP"
    )
    training_identification_procedures: str | None = item(
        "7.304(a)(1)(v)", "how it is identified that a foreign person transacts to train a large AI model of concern"
    )
    primary_contact: PrimaryContact = item("7.304(a)(1)(vi)", "who is responsible for managing the CIP", default=...)


class CustomerCount(Model):
    """How many customers there are."""

    number: int | None = item("7.304(a)(2)(vi)", "the number of IaaS customers")
    closed: int | None = item("7.304(a)(2)(vi)", "how many of these Accounts are closed", by=None)
    in_quarantine: int | None = item(
        "7.304(a)(2)(vi)", "rows of the whole run that could not be read and are not counted", by=None
    )
    what_is_counted: str = item("7.304(a)(2)(vi)", "what is counted", default=WHAT_IS_COUNTED)


class PlaceCount(Model):
    """How many are in one place."""

    location: str | None = item("7.304(a)(2)(vii)", "the country, where it is known", by=None)
    number: int = item("7.304(a)(2)(vii)", "how many", default=...)


class OwnersOfCustomers(Model):
    """The foreign beneficial owners of the customers, as far as the run knows them."""

    number: int = item("7.304(a)(2)(vii)", "the number of foreign beneficial owners of customers", default=...)
    undetermined: int = item("7.304(a)(2)(vii)", "owners of whom it cannot be told whether they are", default=...)
    locations: tuple[PlaceCount, ...] = item("7.304(a)(2)(vii)", "how many in each country", default=())


class ForeignOwners(Model):
    """Foreign beneficial owners."""

    number: int | None = item("7.304(a)(2)(vii)", "the number of the provider's own foreign beneficial owners")
    locations: str | None = item("7.304(a)(2)(vii)", "where they are")
    of_customers: OwnersOfCustomers | None = item(
        "7.304(a)(2)(vii)", "the foreign beneficial owners of the customers", by=None
    )
    whose: str = item("7.304(a)(2)(vii)", "whose owners are counted", default=WHOSE_OWNERS)

    def not_asked(self) -> frozenset[str]:
        """Nobody is nowhere."""
        return frozenset({"locations"} if self.number == 0 else ())


class ListedReseller(Model):
    """A foreign reseller of the provider's products."""

    id: str | None = item("7.304(a)(2)(viii)", "its id among the resellers and providers", by=None)
    name: str | None = item("7.304(a)(2)(viii)", "its name")
    account_id: str | None = item("7.304(a)(2)(viii)", "its Reseller Account, where that is known", by=None)
    country: str | None = item("7.304(a)(2)(viii)", "under whose law it is organized", by=None)
    exempt_by_finding_on: date | None = item("7.306(b)", "the day of a finding in force for it", by=None)


class UnverifiedAccount(Model):
    """An Account of a foreign customer whose identity is not verified."""

    account_id: str = item("7.304(a)(2)(ix)", "the Account", default=...)
    provisioned_on: date | None = item("7.304(a)(2)(ix)(A)", "when the Account was provisioned")
    verification_plan: str | None = item("7.304(a)(2)(ix)(B)", "what will be done, and when, to verify the identity")
    account_nature: str | None = item("7.304(a)(2)(ix)(C)", "what else is known of the nature of the Account")
    deprovision_on: date | None = item(
        "7.304(a)(2)(ix)(D)", "when the Account will be deprovisioned if nothing changes"
    )


class UnverifiedAccounts(Model):
    """The Accounts of foreign customers whose identity is not verified."""

    number: int | None = item("7.304(a)(2)(ix)", "the number of such Accounts")
    perhaps: int | None = item(
        "7.304(a)(2)(ix)", "Accounts that may be such, but of which too little is known", by=None
    )
    reestablishment_prevention: str | None = item(
        "7.304(a)(2)(ix)(E)", "what stops those who failed verification from opening new Accounts; for all of them"
    )
    accounts: tuple[UnverifiedAccount, ...] = item("7.304(a)(2)(ix)", "each with its details", default=())

    def not_asked(self) -> frozenset[str]:
        """With no such Account there is nothing to prevent."""
        return frozenset({"reestablishment_prevention"} if self.number == 0 else ())


class Provision(Model):
    """The provision of U.S. IaaS products."""

    services_abroad: str | None = item("7.304(a)(2)(i)", "service offerings and customer bases abroad")
    employees: Decimal | None = item("7.304(a)(2)(ii)", "how many people work in IaaS provision and related services")
    malicious_activity_tools: str | None = item(
        "7.304(a)(2)(iii)", "with what malicious cyber-enabled activities are detected"
    )
    malicious_activity_tools_use: str | None = item("7.304(a)(2)(iii)", "how those are used")
    training_detection_tools: str | None = item(
        "7.304(a)(2)(iv)", "with what a training run of a large AI model of concern is detected"
    )
    incident_reporting_process: str | None = item(
        "7.304(a)(2)(v)", "how malicious cyber activity is reported to authorities"
    )
    customers: CustomerCount = item("7.304(a)(2)(vi)", "the number of IaaS customers", default=...)
    foreign_beneficial_owners: ForeignOwners = item(
        "7.304(a)(2)(vii)", "number and locations of foreign beneficial owners", default=...
    )
    foreign_resellers: tuple[ListedReseller, ...] | None = item(
        "7.304(a)(2)(viii)", "all foreign resellers of IaaS products; an empty list says that there is none"
    )
    unverified: UnverifiedAccounts = item(
        "7.304(a)(2)(ix)", "the Accounts of foreign customers whose identity is not verified", default=...
    )


class AnnualAttestations(Model):
    """What is attested every year."""

    reviewed: Attestation = item("7.304(b)(1)", "the CIP was reviewed since the last certification", default=...)
    updated_for_offerings: Attestation = item(
        "7.304(b)(2)", "the CIP was updated for changes of the service offerings", default=...
    )
    updated_for_threats: Attestation = item(
        "7.304(b)(3)", "the CIP was updated for changes of the threat landscape", default=...
    )
    ensured_compliance: Attestation = item("7.304(b)(4)", "the CIP was kept in line with the subpart", default=...)
    tracked_failures: Attestation = item(
        "7.304(b)(5)", "it was tracked how often the identity of a customer could not be verified", default=...
    )
    unverified_now: int | None = item(
        "7.304(b)(5)", "Accounts unverified in this run, to compare with what was tracked", by=None
    )
    recorded_resolutions: Attestation = item(
        "7.304(b)(6)", "the resolution of each such situation was recorded", default=...
    )


Made = Literal["before the window", "in the window", "after the window"]


class Window(Model):
    """When an annual certification may be submitted."""

    previous_certification_on: date = item("7.304(b)", "the day of the previous notification", default=...)
    opens_on: date = item("7.304(b)", "the first day", default=...)
    closes_on: date = item("7.304(b)", "the last day", default=...)
    made: Made = item("7.304(b)", "where the day of the run stands", default=...)


class Form(Model):
    """What a CIP certification form says about one provider or reseller."""

    id: str = item("7.304(a)", "the id in the setting of the run", default=...)
    name: str | None = item("7.304(a)", "whose CIP is certified")
    program: Program = item("7.304(a)(1)", "the description of the CIP", default=...)
    provision: Provision = item("7.304(a)(2)", "the provision of U.S. IaaS products", default=...)
    cip_meets_the_standards: Attestation = item(
        "7.304(a)(3)", "the written CIP meets the standards of § 7.302", default=...
    )
    standards: tuple[Standard, ...] = item("7.304(a)(3)", "those standards, one by one", default=())
    annual: AnnualAttestations | None = item(
        "7.304(b)", "what an annual certification attests beside; none in an initial one", by=None
    )
    window: Window | None = item("7.304(b)", "when an annual certification may be submitted", by=None)


def form_of(run: Run, who: str, record: Certified, *, sold_on: tuple[Resold, ...] | None, serves: bool) -> Form:
    """The form of a provider or reseller.

    Args:
        run: the run.
        who: its id.
        record: what is known of it.
        sold_on: its own foreign resellers; None if the setting does not say who they are.
        serves: whether the run has the accounts that it serves; nothing is counted else.
    """
    unverified = run.unverified(who) if serves else None
    window = _window(record.previous_certification_on, run.as_of)
    return Form(
        id=who,
        name=record.name,
        program=Program(
            identity_verification_tools=record.identity_verification_tools,
            ownership_change_procedures=record.ownership_change_procedures,
            malicious_activity_tools=record.malicious_activity_tools,
            reseller_cip_procedures=record.reseller_cip_procedures,
            training_identification_procedures=record.training_identification_procedures,
            primary_contact=PrimaryContact(
                name=record.contact_name,
                title=record.contact_title,
                email=record.contact_email,
                phone=record.contact_phone,
            ),
        ),
        provision=Provision(
            services_abroad=record.services_abroad,
            employees=record.employees,
            malicious_activity_tools=record.malicious_activity_tools,
            malicious_activity_tools_use=record.malicious_activity_tools_use,
            training_detection_tools=record.training_detection_tools,
            incident_reporting_process=record.incident_reporting_process,
            customers=_customers(run, who) if serves else CustomerCount(),
            foreign_beneficial_owners=ForeignOwners(of_customers=_owners(run, who) if serves else None),
            # That no account shows a reseller says nothing while nobody has said who they are.
            foreign_resellers=_listed(run, who, sold_on or ()) or (None if sold_on is None else ()),
            unverified=UnverifiedAccounts(
                number=None if unverified is None else len(unverified),
                perhaps=run.perhaps_unverified(who) if serves else None,
                reestablishment_prevention=record.reestablishment_prevention,
                accounts=tuple(
                    UnverifiedAccount(
                        account_id=each.account_id,
                        provisioned_on=each.opened_on,
                        verification_plan=each.verification_plan,
                        account_nature=each.account_nature,
                        deprovision_on=each.deprovision_on,
                    )
                    for each in unverified or ()
                ),
            ),
        ),
        cip_meets_the_standards=Attestation(),
        standards=tuple(Standard(cites=cites, asks=asks) for cites, asks in STANDARDS),
        annual=None if window is None else _attestations(None if unverified is None else len(unverified)),
        window=window,
    )


def _window(previous: date | None, as_of: date) -> Window | None:
    closes = after(previous, CERTIFICATION.years)
    if previous is None or closes is None:
        return None
    opens = closes - timedelta(days=CERTIFICATION_WINDOW.days)
    made: Made = "before the window" if as_of < opens else "in the window" if as_of <= closes else "after the window"
    return Window(previous_certification_on=previous, opens_on=opens, closes_on=closes, made=made)


def _attestations(unverified: int | None) -> AnnualAttestations:
    nothing = Attestation()
    return AnnualAttestations(
        reviewed=nothing,
        updated_for_offerings=nothing,
        updated_for_threats=nothing,
        ensured_compliance=nothing,
        tracked_failures=nothing,
        unverified_now=unverified,
        recorded_resolutions=nothing,
    )


def _customers(run: Run, who: str) -> CustomerCount:
    served = run.served(who)
    return CustomerCount(number=served.accounts, closed=served.closed, in_quarantine=run.quarantined)


def _owners(run: Run, who: str) -> OwnersOfCustomers:
    places, undetermined = run.foreign_owners(who)
    return OwnersOfCustomers(
        number=sum(number for _, number in places),
        undetermined=undetermined,
        locations=tuple(PlaceCount(location=place, number=number) for place, number in places),
    )


def _listed(run: Run, who: str, sold_on: tuple[Resold, ...]) -> tuple[ListedReseller, ...]:
    # One whose relationship is over sells nothing on; its Account may still be there.
    over = {each.account_id for each in sold_on if each.terminated_on is not None}
    current = [each for each in sold_on if each.terminated_on is None and not each.out_of_rule]
    named = {each.account_id for each in current}
    return (
        *(
            ListedReseller(
                id=each.id,
                name=each.record.name,
                account_id=each.account_id,
                country=each.record.organized_in,
                exempt_by_finding_on=each.finding,
            )
            for each in current
        ),
        *(
            ListedReseller(name=name, account_id=account_id, country=country)
            for account_id, name, country in run.reseller_accounts(who)
            if account_id not in named | over
        ),
    )
