"""The records a user hands in: one customer per Account, with its owners and accesses, and its provider.

Absent, empty or blank is unknown, never "no". Field names are also the column names of CSV and
Parquet files. Values may be given as Python values or as the text that a CSV cell would hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, cast, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kycrule import addresses, cells, faults
from kycrule.cells import CellError, Form
from kycrule.errors import RecordError
from kycrule.faults import Fault
from kycrule.nearest import did_you_mean


def _reader(form: Form, *accepted: type) -> BeforeValidator:
    """Read a text as a cell; let a value of an accepted type pass (a bool never counts as a number)."""

    def read(value: Any) -> Any:
        if isinstance(value, str):
            return cells.read(form, value)
        if form.many and isinstance(value, list | tuple):
            texts = [member for member in cast("list[object]", value) if isinstance(member, str)]
            if len(texts) < len(cast("list[object]", value)):
                raise CellError(form.fault)
            members = (cells.read_member(form, text) for text in texts)
            return tuple(member for member in members if member is not None) or None
        if value is None or type(value) in accepted:
            return value
        raise CellError(form.fault)

    return BeforeValidator(read)


def _plain(value: Any) -> Any:
    # A share given as a number: through its digits, so that no binary float comes in.
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return value


def _required(fault: Fault) -> BeforeValidator:
    """Refuse a blank with a fault of its own, after the cell was read."""

    def read(value: Any) -> Any:
        if value is None:
            raise CellError(fault)
        return value

    return BeforeValidator(read)


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.utcoffset() is None:
        raise CellError(faults.BAD_TIME)
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a record as a column of a table: its name and the form of its cells."""

    name: str
    form: Form


_Exact = PlainSerializer(lambda value: None if value is None else format(value, "f"), when_used="json")

Identifier: TypeAlias = Annotated[str | None, _reader(cells.IDENTIFIER), cells.IDENTIFIER]
AccountId: TypeAlias = Annotated[str, _required(faults.MISSING_ACCOUNT_ID), _reader(cells.IDENTIFIER), cells.IDENTIFIER]
TransactionId: TypeAlias = Annotated[
    str, _required(faults.MISSING_TRANSACTION_ID), _reader(cells.IDENTIFIER), cells.IDENTIFIER
]
Holder: TypeAlias = Annotated[str, _required(faults.MISSING_HOLDER), _reader(cells.IDENTIFIER), cells.IDENTIFIER]
ProviderId: TypeAlias = Annotated[str, _reader(cells.IDENTIFIER), cells.IDENTIFIER]
Text: TypeAlias = Annotated[str | None, _reader(cells.TEXT), cells.TEXT]
Texts: TypeAlias = Annotated[tuple[str, ...] | None, _reader(cells.TEXTS), cells.TEXTS]
Email: TypeAlias = Annotated[str | None, _reader(cells.EMAIL), cells.EMAIL]
Phone: TypeAlias = Annotated[str | None, _reader(cells.PHONE), cells.PHONE]
Country: TypeAlias = Annotated[str | None, _reader(cells.COUNTRY), cells.COUNTRY]
Countries: TypeAlias = Annotated[tuple[str, ...] | None, _reader(cells.COUNTRIES), cells.COUNTRIES]
Date: TypeAlias = Annotated[date | None, _reader(cells.DATE, date), cells.DATE]
Time: TypeAlias = Annotated[datetime | None, _reader(cells.TIME, datetime), AfterValidator(_aware), cells.TIME]
Share: TypeAlias = Annotated[Decimal | None, _reader(cells.SHARE), BeforeValidator(_plain), _Exact, cells.SHARE]
Count: TypeAlias = Annotated[Decimal | None, _reader(cells.COUNT), BeforeValidator(_plain), _Exact, cells.COUNT]
Measure: TypeAlias = Annotated[Decimal | None, _reader(cells.MEASURE), BeforeValidator(_plain), _Exact, cells.MEASURE]
ShareOrRange: TypeAlias = Annotated[str | None, _reader(cells.RANGE), BeforeValidator(_plain), cells.RANGE]
YesNo: TypeAlias = Annotated[bool | None, _reader(cells.YES_NO, bool), cells.YES_NO]
Address: TypeAlias = Annotated[str | None, _reader(cells.ADDRESS), cells.ADDRESS]

Kind = Literal["individual", "entity"]
PaymentType = Literal["credit_card", "account", "customer_identifier", "transaction", "virtual_currency", "other"]
VerificationMethod = Literal["documentary", "non_documentary", "both"]
OpenedFor = Literal["customer", "other"]
Action = Literal["access", "administration"]
Effect = Literal["prohibit", "condition"]

_KIND, _PAYMENT, _METHOD, _FOR, _ACTION, _EFFECT = (
    cells.choice(*get_args(values)) for values in (Kind, PaymentType, VerificationMethod, OpenedFor, Action, Effect)
)


class Record(BaseModel):
    """The base of all records: frozen, strict, and refusing fields it does not know."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        defer_build=True,
        revalidate_instances="never",
    )

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        # What is not known has nothing to show.
        return ((name, value) for name, value in self if value not in (None, ()))

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """The record that a mapping of fields stands for.

        Raises:
            RecordError: a field is unknown or not in its form; all faults are listed, no value is shown.

        >>> Access.read({"ip": "192.0.2.1:80"})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        kycrule.errors.RecordError: Access cannot be read:
          ip: K913 bad-ip-address: ...
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise _refusal(cls, error) from None

    @classmethod
    def columns(cls) -> tuple[Column, ...]:
        """The fields that stand in one table, in order, with the form of their cells."""
        forms = (
            (name, form)
            for name, field in cls.model_fields.items()
            for form in field.metadata
            if isinstance(form, Form)
        )
        return tuple(Column(name, form) for name, form in forms)


def _refusal(record: type[Record], error: ValidationError) -> RecordError:
    lines = [f"{record.__name__} cannot be read:"]
    found: list[tuple[str, str]] = []
    for wrong in error.errors(include_input=False, include_url=False, include_context=True):
        place = ".".join(str(part) for part in wrong["loc"]) or "record"
        cause = wrong.get("ctx", {}).get("error")
        if isinstance(cause, CellError):
            fault, told = cause.fault, str(cause)
        elif wrong["type"] == "missing" and place == "account_id":
            fault = faults.MISSING_ACCOUNT_ID
            told = f"{fault.code} {fault.name}: {fault.says} {fault.remedy}"
        elif wrong["type"] == "extra_forbidden":
            fault, told = faults.BAD_JSON, _no_such_field(record, wrong["loc"])
        else:
            fault, told = faults.BAD_JSON, wrong["msg"]
        lines.append(f"  {place}: {told}")
        found.append((place, fault.code))
    return RecordError("\n".join(lines), tuple(found))


def _no_such_field(record: type[Record], place: tuple[int | str, ...]) -> str:
    kind = record
    for step in place[:-1]:
        if isinstance(step, str):
            kind = get_args(kind.model_fields[step].annotation)[0]
    return f"{kind.__name__} has no such field.{did_you_mean(str(place[-1]), kind.model_fields)}"


class Party(Record):
    """An individual or entity, as § 7.301 has it: the base of customers and beneficial owners.

    Attributes:
        kind: individual or entity.
        name: full legal name, or business name.
        other_names: all other names under which a business is or was known.
        citizenships: of an individual.
        us_permanent_resident: lawful permanent resident of the United States.
        organized_in: the country under whose law an entity is organized; a branch has its head office's.
        located_in: where the party is, if the provider asserts it.
        street_address: residential or business street address, or principal place of business.
        city: of that address.
        region: of that address.
        postal_code: of that address.
        country: of that address.
        military_box: APO or FPO box number, where there is no street address.
        use_locations: the locations from which the product will be used.
        email: e-mail address.
        phone: telephone number.
        payment_type: means of payment.
        payment_reference: its number or identifier.
        us_person_verified: whether a claim to be a U.S. person was checked with reasonable diligence.
        identity_verified: whether the identity was verified by documents, otherwise, or both.
        verification_method: how.
        verified_on: when.
        verification_documents: a description of the documents relied on.
        verification_results: the methods used otherwise, and what they gave.
        discrepancy_resolution: how a discrepancy found on the way was resolved.
    """

    kind: Annotated[Kind | None, _reader(_KIND), _KIND] = None
    name: Text = None
    other_names: Texts = None
    citizenships: Countries = None
    us_permanent_resident: YesNo = None
    organized_in: Country = None
    located_in: Country = None
    street_address: Text = None
    city: Text = None
    region: Text = None
    postal_code: Text = None
    country: Country = None
    military_box: Text = None
    use_locations: Texts = None
    email: Email = None
    phone: Phone = None
    payment_type: Annotated[PaymentType | None, _reader(_PAYMENT), _PAYMENT] = None
    payment_reference: Text = None
    us_person_verified: YesNo = None
    identity_verified: YesNo = None
    verification_method: Annotated[VerificationMethod | None, _reader(_METHOD), _METHOD] = None
    verified_on: Date = None
    verification_documents: Text = None
    verification_results: Text = None
    discrepancy_resolution: Text = None


class BeneficialOwner(Party):
    """An individual who may be a beneficial owner of the customer, § 7.301.

    Attributes:
        account_id: the Account, where owners stand in a table of their own.
        owner_id: a name for this owner, unique within the Account.
        share: percentage of the ownership interests, 0 to 100, exact.
        substantial_control: whether the individual exercises substantial control over the customer.
        senior_officer: whether the individual is a senior officer; counts only under the reading
            ``senior_officer_is_control``.
    """

    kind: Annotated[  # pyright: ignore[reportIncompatibleVariableOverride] - records are frozen
        Literal["individual"], _reader(cells.choice("individual")), cells.choice("individual")
    ] = "individual"
    account_id: Identifier = None
    owner_id: Identifier = None
    share: Share = None
    substantial_control: YesNo = None
    senior_officer: YesNo = None


class Access(Record):
    """One use of the Account, § 7.302(d)(1)(iii)(F).

    Attributes:
        account_id: the Account, where accesses stand in a table of their own.
        ip: the address used, IPv4 or IPv6.
        at: date and time, with an offset.
        action: access or administration.
    """

    account_id: Identifier = None
    ip: Address = None
    at: Time = None
    action: Annotated[Action | None, _reader(_ACTION), _ACTION] = None

    @property
    def ip_reachable(self) -> bool | None:
        """Whether the address is globally reachable; unknown without an address."""
        return None if self.ip is None else addresses.is_globally_reachable(self.ip)


class Stake(Record):
    """A holder's part of the ownership interests of the customer, or of an entity that holds a part of it.

    Attributes:
        account_id: the Account, where stakes stand in a table of their own.
        holder: who holds; the same name is the same holder, and the ``owner_id`` of an owner that owner.
        holder_kind: whether the holder is an individual or an entity; blank if that is not known.
        held: the entity in which it is held: blank, or the ``account_id``, is the customer.
        share: percentage of its ownership interests, exact or a range: ``33.5``, ``25-50``, ``>25``, ``<=75``.
    """

    account_id: Identifier = None
    holder: Holder
    holder_kind: Annotated[Kind | None, _reader(_KIND), _KIND] = None
    held: Identifier = None
    share: ShareOrRange = None


class Customer(Party):
    """A customer and its Account, § 7.301: one record per Account.

    Attributes:
        account_id: required and unique.
        served_by: the id of the provider that contracts with the customer.
        opened_on: blank while the Account is not open.
        closed_on: blank while it is not closed.
        last_accessed_on: blank if it was never accessed, or not known when.
        opened_for: for whose use the Account is opened.
        reseller_account: whether it was opened to offer the products on to a third party.
        owners_known: whether ownership and control are fully established.
        account_nature: what is known of the nature of the Account.
        verification_plan: what will be done, and when, to verify a customer who is not verified yet.
        deprovision_on: when the Account will be deprovisioned if the customer stays unverified.
        owners: the beneficial owners, and others with a share.
        accesses: the addresses used, with their times.
        stakes: who holds what, in the customer and in those who hold a part of it.
    """

    account_id: AccountId
    served_by: Identifier = None
    opened_on: Date = None
    closed_on: Date = None
    last_accessed_on: Date = None
    opened_for: Annotated[OpenedFor | None, _reader(_FOR), _FOR] = None
    reseller_account: YesNo = None
    owners_known: YesNo = None
    account_nature: Text = None
    verification_plan: Text = None
    deprovision_on: Date = None
    owners: Annotated[tuple[BeneficialOwner, ...], Field(strict=False)] = ()
    accesses: Annotated[tuple[Access, ...], Field(strict=False)] = ()
    stakes: Annotated[tuple[Stake, ...], Field(strict=False)] = ()


class TrainingTransaction(Record):
    """A transaction that may result in the training of a large AI model, § 7.308.

    Attributes:
        transaction_id: required and unique.
        account_id: the Account in which the training runs.
        agreed_on: when the transaction occurred.
        changed_on: when its arrangements changed so that it may now result in such training.
        known_on: when the provider had knowledge of it.
        for_foreign_person: whether it is by, for or on behalf of a foreign person.
        operations: computational operations of the training run.
        single_datacenter: whether the machines stand in one datacenter.
        network_gbit_s: their network, in gigabits per second.
        cluster_ops_per_s: their theoretical maximum, in operations per second.
        meets_technical_conditions: whether the technical conditions are met, where someone has decided that.
        biological_sequences: whether the model is trained primarily on biological sequence data.
        start_on: anticipated start.
        end_on: anticipated completion.
        accelerator: the model of the primary accelerator.
        training_practices: information on training practices.
        weights_policy: policies to protect trained model weights.
        incidents: security events of the last four years, or ``none``.
        request_location: the location from which the training request originates.
        foreign_person: the name of the foreign person for whom it is made, where that is neither the customer nor
            one of the listed owners; the fields that begin with it are about that person.
        foreign_person_kind: ``individual`` or ``entity``.
        foreign_person_other_names: all other names under which it is or was known as a business.
        foreign_person_address: its street address or principal place of business, in one line.
        foreign_person_military_box: APO or FPO box number, when there is no street address.
        foreign_person_organized_in: the country under whose law it is organized.
        foreign_person_owners: the names of its beneficial owners, the ultimate ones too.
        foreign_person_email: its e-mail address.
        foreign_person_phone: its telephone number.
        ultimate_beneficial_owner: of the foreign person, if it is somebody else.
        via_reseller: whether a foreign reseller stands between.
        reported_on: when the report was filed with the Department.
        reseller_reported_on: when the reseller filed its report with the provider.
        information_requested_on: when the Department's request for more information came.
        information_furnished_on: when the follow-up report was filed.
        inaccuracy_known_on: when the provider had knowledge that a report was inaccurate when filed.
        corrected_on: when the corrected report was filed.
        amount_usd: the amount of the transaction.
    """

    transaction_id: TransactionId
    account_id: Identifier = None
    agreed_on: Date = None
    changed_on: Date = None
    known_on: Date = None
    for_foreign_person: YesNo = None
    operations: Count = None
    single_datacenter: YesNo = None
    network_gbit_s: Measure = None
    cluster_ops_per_s: Count = None
    meets_technical_conditions: YesNo = None
    biological_sequences: YesNo = None
    start_on: Date = None
    end_on: Date = None
    accelerator: Text = None
    training_practices: Text = None
    weights_policy: Text = None
    incidents: Text = None
    request_location: Text = None
    foreign_person: Text = None
    foreign_person_kind: Annotated[Kind | None, _reader(_KIND), _KIND] = None
    foreign_person_other_names: Texts = None
    foreign_person_address: Text = None
    foreign_person_military_box: Text = None
    foreign_person_organized_in: Country = None
    foreign_person_owners: Texts = None
    foreign_person_email: Email = None
    foreign_person_phone: Phone = None
    ultimate_beneficial_owner: Text = None
    via_reseller: YesNo = None
    reported_on: Date = None
    reseller_reported_on: Date = None
    information_requested_on: Date = None
    information_furnished_on: Date = None
    inaccuracy_known_on: Date = None
    corrected_on: Date = None
    amount_usd: Measure = None


class Certified(Record):
    """Whoever's Customer Identification Program is certified: what § 7.304(a) and (b) ask of it.

    Attributes:
        id: its name in files; that of a provider stands in ``served_by``.
        name: its name for people.
        organized_in: the country under whose law it is organized; a branch has its head office's.
        located_in: where it is, if asserted.
        contact_name: of the Primary Contact responsible for the CIP.
        contact_title: title of the Primary Contact.
        contact_email: e-mail address of the Primary Contact.
        contact_phone: telephone number of the Primary Contact.
        contact_changed_on: when the Primary Contact last changed.
        contact_change_notified_on: when the Department was notified of that.
        has_written_cip: whether it maintains and implements a written CIP.
        first_certification_on: date of its first CIP certification.
        earlier_certification_on: date of the certification before the last one.
        previous_certification_on: date of its last CIP certification.
        cip_requested_on: when the Department last asked for its CIP.
        cip_furnished_on: when the CIP was furnished.
        identity_verification_tools: how the identity of foreign persons is verified, (a)(1)(i).
        ownership_change_procedures: how customers are made to tell of new owners, and ongoing verification, (a)(1)(ii).
        malicious_activity_tools: how malicious cyber activity is detected, (a)(1)(iii).
        malicious_activity_tools_use: how those tools are used, (a)(2)(iii).
        reseller_cip_procedures: how foreign resellers are required to maintain a CIP, (a)(1)(iv).
        training_identification_procedures: how training by foreign persons is identified, (a)(1)(v).
        training_detection_tools: how a training run of a large AI model is detected, (a)(2)(iv).
        services_abroad: service offerings and customer bases in foreign jurisdictions, (a)(2)(i).
        employees: how many people work in IaaS provision and related services, (a)(2)(ii).
        incident_reporting_process: how malicious cyber activity is reported to authorities, (a)(2)(v).
        reestablishment_prevention: what stops those who failed verification from opening new Accounts, (a)(2)(ix)(E).
        program_changed_on: when its deterrence programme last changed significantly, § 7.306(f).
        program_change_notified_on: when the Secretary was notified of that.
        annual_notification_on: date of its last annual notification, § 7.306(f).
    """

    id: ProviderId
    name: Text = None
    organized_in: Country = None
    located_in: Country = None
    contact_name: Text = None
    contact_title: Text = None
    contact_email: Email = None
    contact_phone: Phone = None
    contact_changed_on: Date = None
    contact_change_notified_on: Date = None
    has_written_cip: YesNo = None
    first_certification_on: Date = None
    earlier_certification_on: Date = None
    previous_certification_on: Date = None
    cip_requested_on: Date = None
    cip_furnished_on: Date = None
    identity_verification_tools: Text = None
    ownership_change_procedures: Text = None
    malicious_activity_tools: Text = None
    malicious_activity_tools_use: Text = None
    reseller_cip_procedures: Text = None
    training_identification_procedures: Text = None
    training_detection_tools: Text = None
    services_abroad: Text = None
    employees: Count = None
    incident_reporting_process: Text = None
    reestablishment_prevention: Text = None
    program_changed_on: Date = None
    program_change_notified_on: Date = None
    annual_notification_on: Date = None


class Provider(Certified):
    """An IaaS provider or reseller that serves customers.

    Attributes:
        us_owned: whether a U.S. person owns it.
        parent: the id of the provider that owns it.
        offers_iaas: whether it offers any IaaS product.
        product_us_owned: whether the product that it offers is owned by a U.S. person.
        product_operated_in_us: whether the product is operated within the United States.
        resells_for: the id of the provider with which it holds an Account for onward supply.
        established_on: when it was newly established.
        business_changed_on: when its business, its structure or its CIP last changed significantly, § 7.304(c).
        business_change_notified_on: when the Department was notified of that.
        shortcomings_notified_on: when the Department told of shortcomings of a CIP, § 7.305(a).
        resubmission_due_on: the day that the Department set for the CIP to be resubmitted.
        resubmitted_on: when it was resubmitted.
        deterrence_program_finding: date of a § 7.306 finding for it.
        finding_revoked_on: when that finding was revoked, § 7.306(g).
    """

    us_owned: YesNo = None
    parent: Identifier = None
    offers_iaas: YesNo = None
    product_us_owned: YesNo = None
    product_operated_in_us: YesNo = None
    resells_for: Identifier = None
    established_on: Date = None
    business_changed_on: Date = None
    business_change_notified_on: Date = None
    shortcomings_notified_on: Date = None
    resubmission_due_on: Date = None
    resubmitted_on: Date = None
    deterrence_program_finding: Date = None
    finding_revoked_on: Date = None


NOBODY = Provider.read({"id": "-"})
"""A provider of whom nothing is known."""


class Reseller(Certified):
    """A foreign reseller of a U.S. provider's U.S. IaaS products, as that provider sees it.

    Attributes:
        supplied_by: the id of the provider whose products it sells on; may be blank if there is one provider.
        account_id: its Reseller Account.
        supplied_on: when it was first supplied.
        notified_on: when the Department was notified of it, § 7.304(d).
        information_collected: whether what its certification needs was collected from it, § 7.304(e).
        cip_copy_held: whether the provider holds a copy of its CIP, § 7.305(a).
        evidence_of_failure_on: when evidence came that it fails to maintain or implement a CIP, or lacks good
            faith against malicious use, § 7.303(e).
        steps_taken_on: when steps to close its Account were taken.
        malicious_activity_found_on: when suspected or actual malicious activity through it was discovered, (e).
        malicious_activity_reported_on: when that was reported to the authorities.
        unremediated_known_on: when the provider knew that it has not remediated.
        risk_increased_on: when it was found that going on increases the risk of malicious use.
        terminated_on: when the relationship was terminated.
        requires_training_reports: whether it is required to report training, § 7.308(a)(2).
        training_efforts: whether all reasonable efforts were made that it complies with § 7.308.
        training_noncompliance_on: when evidence came that it does not comply with § 7.308, (f).
        training_compliance_requested_on: when it was notified and asked for confirmation and evidence.
        training_unremediated_on: when later evidence came that it did not remediate.
        suspended_on: when supply to it was suspended.
        assurances_on: when it gave adequate assurances.
        resumed_on: when supply was resumed.
        finding: date of a § 7.306 finding for it.
        finding_revoked_on: when that finding was revoked.
    """

    supplied_by: Identifier = None
    account_id: Identifier = None
    supplied_on: Date = None
    notified_on: Date = None
    information_collected: YesNo = None
    cip_copy_held: YesNo = None
    evidence_of_failure_on: Date = None
    steps_taken_on: Date = None
    malicious_activity_found_on: Date = None
    malicious_activity_reported_on: Date = None
    unremediated_known_on: Date = None
    risk_increased_on: Date = None
    terminated_on: Date = None
    requires_training_reports: YesNo = None
    training_efforts: YesNo = None
    training_noncompliance_on: Date = None
    training_compliance_requested_on: Date = None
    training_unremediated_on: Date = None
    suspended_on: Date = None
    assurances_on: Date = None
    resumed_on: Date = None
    finding: Date = None
    finding_revoked_on: Date = None


_MEASURE: Final = "special_measure"


class SpecialMeasure(Record):
    """A determination of the Secretary under § 7.307 against a foreign jurisdiction or a foreign person.

    Attributes:
        jurisdiction: the country, for a measure against a jurisdiction.
        region: the part of that country, where the measure is against that alone.
        person: the name, for a measure against a person.
        accounts: the Accounts that were found to involve that person.
        effect: whether Accounts are prohibited, or subject to conditions.
        issued_on: when the determination was issued.
        extended_until: the last day under a published notice of extension.

    Raises:
        RecordError: it names neither or both of a jurisdiction and a person, or lacks its effect or its date.
    """

    jurisdiction: Country = None
    region: Text = None
    person: Text = None
    accounts: Texts = None
    effect: Annotated[Effect | None, _reader(_EFFECT), _EFFECT] = None
    issued_on: Date = None
    extended_until: Date = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.jurisdiction is None) == (self.person is None):
            raise PydanticCustomError(_MEASURE, "A special measure is against a jurisdiction or a person: name one.")
        if self.effect is None or self.issued_on is None:
            raise PydanticCustomError(_MEASURE, "A special measure has an effect and the date of its issuance.")
        return self


JUDGED: Final[dict[str, type[Record]]] = {
    "customers": Customer,
    "owners": BeneficialOwner,
    "accesses": Access,
    "training": TrainingTransaction,
}
"""The tables of accounts that the rule is asked of, each with the record that a row of it is."""
