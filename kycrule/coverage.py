"""Which paragraph of the regulation is modelled by what, and which is not, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, Literal, TypeAlias, TypeGuard

from kycrule import facts, law
from kycrule.citations import Citation
from kycrule.expr import Constant, Dated, Day, Definition, Fact, Flag, Period
from kycrule.law import s301_definitions as s301
from kycrule.law import s302_customer_identification as s302
from kycrule.law import s303_foreign_resellers as s303
from kycrule.law import s304_certification as s304
from kycrule.law import s306_exemptions as s306
from kycrule.law import s308_model_training as s308
from kycrule.provisions import Due, Ground, Prohibition, Rule
from kycrule.readings import READINGS, Reading
from kycrule.reports.schemas import paragraphs

Citing: TypeAlias = Rule | Ground | Due | Definition | Day | Constant[Any] | Dated | Period | Prohibition | Reading
Provision: TypeAlias = Citing | Fact[Any] | Flag
Kind: TypeAlias = Literal[
    "rule", "ground", "report item", "definition", "number", "prohibition", "reading", "fact", "field"
]

BELOW: Final = " and below"
"""Marks an entry that speaks for its paragraph and for all that stand below it."""

DEFINED_IN: Final = "7.301"
"""The section whose terms are not numbered: a term stands in the outline as ``7.301 beneficial-owner``."""

HEADING = "A heading: see its paragraphs."
LEAD_IN = "A lead-in: see its items."
DATA_TERM = "Used only inside other terms, which a record answers as a whole."
QUALITY = "A quality that the definition of another term names; nothing turns on it alone."
PRIVACY = "Used only for the sharing of data under § 7.306, which is voluntary."
UNUSED = "Defined, and used in no other paragraph of the subpart."
STANDARD = "A standard for the content of programmes, judged on documents and not on records."
OFFICE = "Names an office of the Government."
UNIT = "A unit in which operations are counted; their number is an item of the report of § 7.308(d)."
POWER = "A power of the Department or the Secretary; a provider owes nothing until it is used."
FACTORS = "What the Department or the Secretary considers."
PROCEDURE = "How the Government proceeds; it asks nothing of a provider."
EXAMPLE = "An example; it lays down nothing of its own."

NOT_MODELLED: Final[tuple[tuple[str, str], ...]] = (
    ("7.300 and below", "The purpose of the subpart."),
    ("7.301", "A lead-in: see its terms."),
    ("7.301 artificial-intelligence", DATA_TERM),
    ("7.301 ai-model", DATA_TERM),
    ("7.301 ai-system", UNUSED),
    ("7.301 availability", QUALITY),
    ("7.301 confidentiality", QUALITY),
    ("7.301 customer-identification-program", "Names the programme; what it must do is said in § 7.302."),
    ("7.301 department", OFFICE),
    ("7.301 disassociability", PRIVACY),
    ("7.301 dual-use-foundation-model (1) and below", DATA_TERM),
    ("7.301 dual-use-foundation-model (2)", DATA_TERM),
    ("7.301 floating-point-operation", UNIT),
    ("7.301 foreign-jurisdiction", "A special measure names its jurisdiction; a record shows countries."),
    ("7.301 generative-ai", UNUSED),
    ("7.301 integer-operation", UNIT),
    ("7.301 integrity", QUALITY),
    ("7.301 machine-learning", DATA_TERM),
    ("7.301 malicious-cyber-enabled-activities", "A judgement about conduct, which no record of an Account states."),
    ("7.301 manageability", PRIVACY),
    ("7.301 model-weight", "Used only to describe what is protected, in the report of § 7.308(d)."),
    ("7.301 predictability", PRIVACY),
    ("7.301 privacy-preserving-data-sharing-and-analytics", PRIVACY),
    ("7.301 red-flag", "Used only for the content of deterrence programmes under § 7.306."),
    ("7.301 risk-based", STANDARD),
    ("7.301 secretary", OFFICE),
    ("7.301 threat-landscape", STANDARD),
    ("7.301 united-states-reseller", UNUSED),
    ("7.302", HEADING),
    ("7.302(d)(1)", LEAD_IN),
    ("7.302(d)(1)(iii)(A)", LEAD_IN),
    ("7.302(d)(1)(iii)(B)", LEAD_IN),
    ("7.302(e)(1)", LEAD_IN),
    ("7.302(f)", LEAD_IN),
    ("7.303", HEADING),
    ("7.304", HEADING),
    ("7.304(a)(1)", LEAD_IN),
    ("7.305", HEADING),
    ("7.305(b)", POWER),
    ("7.305(c) and below", FACTORS),
    ("7.305(d) and below", FACTORS),
    ("7.305(e) and below", POWER),
    ("7.305(f) and below", POWER),
    ("7.306", HEADING),
    ("7.306(b)(1)", LEAD_IN),
    ("7.306(b)(1)(i)", LEAD_IN),
    ("7.306(b)(1)(ii)", LEAD_IN),
    ("7.306(b)(1)(iii)", LEAD_IN),
    ("7.306(b)(4)", LEAD_IN),
    ("7.306(b)(5)", LEAD_IN),
    ("7.306(d)", FACTORS),
    ("7.306(e)(2)", PROCEDURE),
    ("7.306(g)", POWER),
    ("7.307", HEADING),
    ("7.307(a)", LEAD_IN),
    ("7.307(a)(1)", POWER),
    ("7.307(a)(2)", PROCEDURE),
    ("7.307(a)(3) and below", PROCEDURE),
    ("7.307(a)(4)", PROCEDURE),
    ("7.307(a)(7)", "Leaves other powers as they are."),
    ("7.307(b)", LEAD_IN),
    ("7.307(b)(3) and below", FACTORS),
    ("7.307(b)(4) and below", FACTORS),
    ("7.307(c)", PROCEDURE),
    ("7.307(d)", PROCEDURE),
    ("7.308", HEADING),
    ("7.308(a)", LEAD_IN),
    ("7.308(b)", LEAD_IN),
    ("7.308(b)(3) and below", EXAMPLE),
    ("7.308(c)", LEAD_IN),
    ("7.308(d)(1)", LEAD_IN),
    ("7.308(d)(1)(i)(A)", LEAD_IN),
    ("7.308(d)(1)(i)(B)", LEAD_IN),
    ("7.308(d)(1)(ii)(D)", LEAD_IN),
    ("7.308(e)", "The Department may ask for more; the duty to answer is in paragraph (c)(3)."),
    ("7.309", HEADING),
    ("7.309(a)", LEAD_IN),
    ("7.309(b)", LEAD_IN),
    ("7.309(b)(3)", "Says how long a statement speaks; it asks nothing more than paragraph (b)(1) does."),
    ("7.309(c)", LEAD_IN),
    ("7.309(c)(1)(ii)", PROCEDURE),
    ("7.309(c)(3)", PROCEDURE),
    ("7.309(d) and below", "Refers to other laws that adjust the amounts."),
    ("7.309(e)", "Refers to penalties under other laws."),
    ("7.310 and below", "Tells anyone where a violation may be reported; nobody has to."),
)
"""The paragraphs that lay nothing on a provider that a record could show, and why."""

TERMS: Final[tuple[tuple[str, tuple[Provision, ...]], ...]] = (
    ("7.301 beneficial-owner", (s301.beneficial_owner,)),
    ("7.301 beneficial-owner (1)", (s301.substantial_control,)),
    ("7.301 beneficial-owner (2)", (s301.BENEFICIAL_OWNER_SHARE, facts.share)),
    ("7.301 customer", (facts.is_customer,)),
    ("7.301 entity", (facts.kind,)),
    (
        "7.301 foreign-beneficial-owner",
        (s301.foreign_beneficial_owner, s301.has_foreign_beneficial_owner),
    ),
    ("7.301 foreign-customer", (s301.foreign_customer,)),
    ("7.301 foreign-person", (s301.foreign_person,)),
    ("7.301 foreign-reseller", (s301.foreign_reseller,)),
    ("7.301 individual", (facts.kind,)),
    ("7.301 infrastructure-as-a-service-account", (facts.opened_on, facts.closed_on)),
    ("7.301 infrastructure-as-a-service-product", (facts.offers_iaas,)),
    ("7.301 knowledge", (facts.known_on,)),
    (
        "7.301 large-ai-model-with-potential-capabilities-that-could-be-used-in-malicious-cyber-enabled-activity",
        (s308.large_ai_model,),
    ),
    ("7.301 person", (facts.kind,)),
    ("7.301 reseller", (facts.reseller_account, facts.resells_for)),
    ("7.301 reseller-account", (facts.reseller_account,)),
    ("7.301 united-states-infrastructure-as-a-service-product", (s301.us_iaas_product,)),
    ("7.301 united-states-infrastructure-as-a-service-provider", (s301.us_iaas_provider,)),
    (
        "7.301 united-states-person",
        (
            s301.us_person,
            s301.us_citizen,
            s301.lawful_permanent_resident,
            s301.organized_in_the_us,
            s301.located_in_the_us,
        ),
    ),
    ("7.302(c)", (s303.reseller_without_written_cip,)),
    ("7.302(d)(2)(iv)", (s302.exempt_us_persons,)),
    ("7.303(c)", (s304.untimely_reseller_certification,)),
    (
        "7.308(a)(3)",
        (
            s308.missing_foreign_person_details,
            s308.missing_foreign_owner_details,
            s308.missing_principal_details,
            s308.missing_account_details,
            s308.missing_training_run_details,
        ),
    ),
    ("7.308(b)(1)(i)", (s308.covered_transaction,)),
    ("7.308(b)(1)(ii)", (s308.covered_transaction,)),
    ("7.309(b)(1)", (s304.unnotified_change,)),
    ("7.309(b)(2)", (s306.unnotified_program_change, s306.unnotified_program_change_of_reseller)),
)
"""What carries a term of § 7.301, or a paragraph that says over what another said."""

RECORDED: Final[tuple[tuple[str, str], ...]] = (
    ("7.301 dual-use-foundation-model", "TrainingTransaction.meets_technical_conditions"),
    ("7.301 infrastructure-as-a-service-account", "Customer.account_id"),
    ("7.301 training", "TrainingTransaction.start_on"),
    ("7.301 transaction", "TrainingTransaction.agreed_on"),
    ("7.302(d)(1)(iii)(A)(1)", "Customer.name"),
    ("7.302(d)(1)(iii)(A)(2)", "Customer.name"),
    ("7.302(d)(1)(iii)(A)(2)", "Customer.other_names"),
    ("7.302(d)(1)(iii)(B)(1)", "Customer.street_address"),
    ("7.302(d)(1)(iii)(B)(1)", "Customer.use_locations"),
    ("7.302(d)(1)(iii)(B)(2)", "Customer.military_box"),
    ("7.302(d)(1)(iii)(B)(2)", "Customer.use_locations"),
    ("7.302(d)(1)(iii)(B)(3)", "Customer.street_address"),
    ("7.302(d)(1)(iii)(B)(3)", "Customer.use_locations"),
    ("7.302(d)(1)(iii)(B)(4)", "Customer.organized_in"),
    ("7.302(d)(1)(iii)(B)(5)", "BeneficialOwner.name"),
    ("7.302(d)(1)(iii)(C)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)", "Customer.payment_reference"),
    ("7.302(d)(1)(iii)(C)(1)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)(2)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)(3)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)(4)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)(5)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)(6)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(C)(7)", "Customer.payment_type"),
    ("7.302(d)(1)(iii)(D)", "Customer.email"),
    ("7.302(d)(1)(iii)(E)", "Customer.phone"),
    ("7.302(d)(1)(iii)(F)", "Access.ip"),
    ("7.302(d)(1)(iii)(F)", "Access.at"),
    ("7.302(d)(1)(iii)(F)", "Access.action"),
    ("7.302(e)(1)(ii)", "Customer.verification_documents"),
    ("7.302(e)(1)(iii)", "Customer.verification_method"),
    ("7.302(e)(1)(iii)", "Customer.verification_results"),
    ("7.302(e)(1)(iii)", "Customer.identity_verified"),
    ("7.302(e)(1)(iv)", "Customer.discrepancy_resolution"),
    ("7.304(a)(1)(i)", "Provider.identity_verification_tools"),
    ("7.304(a)(1)(ii)", "Provider.ownership_change_procedures"),
    ("7.304(a)(1)(iii)", "Provider.malicious_activity_tools"),
    ("7.304(a)(1)(iv)", "Provider.reseller_cip_procedures"),
    ("7.304(a)(1)(v)", "Provider.training_identification_procedures"),
    ("7.304(a)(1)(vi)", "Provider.contact_name"),
    ("7.304(a)(1)(vi)", "Provider.contact_title"),
    ("7.304(a)(1)(vi)", "Provider.contact_email"),
    ("7.304(a)(1)(vi)", "Provider.contact_phone"),
    ("7.304(a)(2)(i)", "Provider.services_abroad"),
    ("7.304(a)(2)(ii)", "Provider.employees"),
    ("7.304(a)(2)(iii)", "Provider.malicious_activity_tools_use"),
    ("7.304(a)(2)(iv)", "Provider.training_detection_tools"),
    ("7.304(a)(2)(v)", "Provider.incident_reporting_process"),
    ("7.304(a)(2)(viii)", "Reseller.name"),
    ("7.304(a)(2)(ix)(A)", "Customer.opened_on"),
    ("7.304(a)(2)(ix)(B)", "Customer.verification_plan"),
    ("7.304(a)(2)(ix)(C)", "Customer.account_nature"),
    ("7.304(a)(2)(ix)(D)", "Customer.deprovision_on"),
    ("7.304(a)(2)(ix)(E)", "Provider.reestablishment_prevention"),
    ("7.308(b)(1)(ii)", "TrainingTransaction.changed_on"),
    ("7.308(d)(1)(i)(A)(1)", "Customer.name"),
    ("7.308(d)(1)(i)(A)(1)", "TrainingTransaction.foreign_person"),
    ("7.308(d)(1)(i)(A)(2)", "Customer.name"),
    ("7.308(d)(1)(i)(A)(2)", "Customer.other_names"),
    ("7.308(d)(1)(i)(A)(2)", "TrainingTransaction.foreign_person"),
    ("7.308(d)(1)(i)(A)(2)", "TrainingTransaction.foreign_person_other_names"),
    ("7.308(d)(1)(i)(A)(3)", "TrainingTransaction.ultimate_beneficial_owner"),
    ("7.308(d)(1)(i)(B)(1)", "Customer.street_address"),
    ("7.308(d)(1)(i)(B)(1)", "TrainingTransaction.foreign_person_address"),
    ("7.308(d)(1)(i)(B)(2)", "Customer.military_box"),
    ("7.308(d)(1)(i)(B)(2)", "TrainingTransaction.foreign_person_military_box"),
    ("7.308(d)(1)(i)(B)(3)", "Customer.street_address"),
    ("7.308(d)(1)(i)(B)(3)", "TrainingTransaction.foreign_person_address"),
    ("7.308(d)(1)(i)(B)(3)", "TrainingTransaction.request_location"),
    ("7.308(d)(1)(i)(B)(4)", "Customer.organized_in"),
    ("7.308(d)(1)(i)(B)(4)", "TrainingTransaction.foreign_person_organized_in"),
    ("7.308(d)(1)(i)(B)(5)", "BeneficialOwner.name"),
    ("7.308(d)(1)(i)(B)(5)", "TrainingTransaction.foreign_person_owners"),
    ("7.308(d)(1)(i)(C)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)", "Customer.payment_reference"),
    ("7.308(d)(1)(i)(C)(1)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)(2)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)(3)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)(4)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)(5)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)(6)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(C)(7)", "Customer.payment_type"),
    ("7.308(d)(1)(i)(D)", "Customer.email"),
    ("7.308(d)(1)(i)(D)", "TrainingTransaction.foreign_person_email"),
    ("7.308(d)(1)(i)(E)", "Customer.phone"),
    ("7.308(d)(1)(i)(E)", "TrainingTransaction.foreign_person_phone"),
    ("7.308(d)(1)(i)(F)", "Access.ip"),
    ("7.308(d)(1)(i)(F)", "Access.at"),
    ("7.308(d)(1)(i)(F)", "Access.action"),
    ("7.308(d)(1)(ii)(A)", "TrainingTransaction.operations"),
    ("7.308(d)(1)(ii)(B)", "TrainingTransaction.start_on"),
    ("7.308(d)(1)(ii)(B)", "TrainingTransaction.end_on"),
    ("7.308(d)(1)(ii)(C)", "TrainingTransaction.training_practices"),
    ("7.308(d)(1)(ii)(C)", "TrainingTransaction.accelerator"),
    ("7.308(d)(1)(ii)(D)(1)", "TrainingTransaction.weights_policy"),
    ("7.308(d)(1)(ii)(D)(2)", "TrainingTransaction.incidents"),
)
"""The paragraphs whose datum a field of a record holds. An owner has the fields of a party, as a customer has."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One thing that a paragraph is modelled by.

    Attributes:
        kind: what sort of thing.
        name: the code of a rule, the name of a definition, fact or reading, what a number says, or a field.
    """

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How one paragraph is modelled.

    Attributes:
        paragraph: the paragraph, as in the outline.
        by: what carries it; may be empty.
        reason: why nothing carries it, from ``NOT_MODELLED``; None where something does.
    """

    paragraph: str
    by: tuple[Carrier, ...]
    reason: str | None

    @property
    def is_gap(self) -> bool:
        """Whether nothing carries the paragraph and no reason is given."""
        return not (self.by or self.reason)


def coverage(outline: Iterable[str]) -> tuple[Covered, ...]:
    """How each paragraph of an outline is modelled, in its order.

    A provision carries the paragraphs that it cites, exactly: not those above or below them.

    >>> [covered] = coverage(["7.302(d)(1)(iii)(D)"])
    >>> [(carrier.kind, carrier.name) for carrier in covered.by][:2]
    [('rule', 'K302-09'), ('field', 'Customer.email')]
    >>> coverage(["7.306(d)"])[0].reason
    'What the Department or the Secretary considers.'
    """
    carried = _carried()
    return tuple(
        Covered(
            paragraph=paragraph,
            by=tuple(carried.get(paragraph, ())),
            reason=next((reason for entry, reason in NOT_MODELLED if speaks_for(entry, paragraph)), None),
        )
        for paragraph in outline
    )


def table() -> tuple[Covered, ...]:
    """How every paragraph that anything here speaks of is modelled, in the order of the regulation.

    >>> [covered.reason for covered in table() if covered.paragraph == "7.300"]
    ['The purpose of the subpart.']
    """
    spoken_of = {entry.removesuffix(BELOW) for entry, _ in NOT_MODELLED} | set(_carried())
    return coverage(sorted(spoken_of, key=_place))


def _place(paragraph: str) -> tuple[Citation, str]:
    number, _, term = paragraph.partition(" ")
    return Citation.parse(number), term


def speaks_for(entry: str, paragraph: str) -> bool:
    """Whether an entry of ``NOT_MODELLED`` is for a paragraph.

    >>> speaks_for("7.305(c) and below", "7.305(c)(1)"), speaks_for("7.305(c)", "7.305(c)(1)")
    (True, False)
    """
    top = entry.removesuffix(BELOW)
    return paragraph == top or (top != entry and paragraph.startswith((f"{top}(", f"{top} ")))


def provisions() -> tuple[Citing, ...]:
    """Everything in the modules of the law that cites a paragraph, and the readings.

    >>> sum(isinstance(provision, Rule) for provision in provisions()) == len(law.RULES)
    True
    """
    modules = [
        import_module(f"{law.__name__}.{found.name}")
        for found in iter_modules(law.__path__)
        if found.name.startswith("s3")
    ]
    regulation = law.SUBPART_D
    found: list[Any] = [*regulation.rules, *regulation.grounds, *regulation.reports, regulation.retention]
    for values in (values for module in modules for values in vars(module).values()):
        found += values if isinstance(values, tuple) else [values]
    # A provision stands in each module that imports it.
    return tuple({id(value): value for value in (*found, *READINGS) if _cites(value)}.values())


def _carried() -> Mapping[str, list[Carrier]]:
    carried: dict[str, list[Carrier]] = {}
    for paragraph, carrier in (*_by_citation(), *_by_table()):
        names = carried.setdefault(paragraph, [])
        if carrier not in names:
            names.append(carrier)
    return carried


def _by_citation() -> Iterator[tuple[str, Carrier]]:
    for provision in provisions():
        for paragraph in _cited(provision):
            if paragraph != DEFINED_IN:
                yield paragraph, _carrier(provision)


def _by_table() -> Iterator[tuple[str, Carrier]]:
    for paragraph, carriers in TERMS:
        for provision in carriers:
            yield paragraph, _carrier(provision)
    for paragraph, field in RECORDED:
        yield paragraph, Carrier("field", field)
    for paragraph, items in paragraphs().items():
        # A report also says what stands under a lead-in, and lists what a programme contains.
        if not any(speaks_for(entry, paragraph) for entry, _ in NOT_MODELLED):
            yield from ((paragraph, Carrier("report item", item)) for item in items)


_CITING: Final = (Rule, Ground, Due, Definition, Day, Constant, Dated, Period, Prohibition, Reading)


def _cites(value: object) -> TypeGuard[Citing]:
    return isinstance(value, _CITING) and value.cites != ""


def _cited(provision: Citing) -> tuple[str, ...]:
    return (provision.cites, *provision.also_cites) if isinstance(provision, Rule) else (provision.cites,)


def _carrier(provision: Provision) -> Carrier:
    match provision:
        case Rule():
            return Carrier("rule", provision.code)
        case Ground():
            return Carrier("ground", provision.disposition)
        case Due():
            return Carrier("report item", provision.kind)
        case Definition() | Day():
            return Carrier("definition", provision.name)
        case Constant() | Dated() | Period():
            return Carrier("number", provision.says)
        case Prohibition():
            return Carrier("prohibition", provision.says)
        case Reading():
            return Carrier("reading", provision.name)
        case Fact() | Flag():
            return Carrier("fact", provision.name)
