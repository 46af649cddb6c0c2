"""§ 7.308 Reporting of large AI model training."""

from __future__ import annotations

from decimal import Decimal

from kycrule import facts
from kycrule.expr import (
    NEVER,
    About,
    Constant,
    Day,
    Definition,
    Earlier,
    FirstGiven,
    Later,
    Period,
    Plus,
    Scope,
    Subject,
    Undecided,
    every_access,
    every_owner,
    some_access,
)
from kycrule.law.s301_definitions import (
    categorically_exempt,
    foreign_beneficial_owner,
    foreign_customer,
    has_foreign_beneficial_owner,
    ownership_established,
    supplied_reseller,
    terminated,
    us_iaas_provider,
    us_person,
)
from kycrule.law.s302_customer_identification import exempt_us_persons, given_payment, named_beneficial_owners
from kycrule.law.s303_foreign_resellers import serves_as_reseller
from kycrule.provisions import Due, Of, Rule
from kycrule.readings import REPORT_TRIGGER, TECHNICAL_CONDITIONS, US_ACCOUNT_TRAINING

INITIAL_REPORT = Period(days=15, cites="7.308(c)(1)", says="the time for an initial report")
RESELLER_REPORT = Period(days=15, cites="7.308(c)(2)", says="the time for a foreign reseller to report to its provider")
FORWARDED_REPORT = Period(days=30, cites="7.308(c)(2)", says="the time to file a foreign reseller's report")
FOLLOW_UP_REPORT = Period(days=15, cites="7.308(c)(3)", says="the time to answer a request for more information")
CORRECTED_REPORT = Period(days=15, cites="7.308(c)(4)", says="the time to correct a report known to be inaccurate")

# The regulation names no number: these are the interim ones of the reading technical_conditions.
OPERATIONS = Constant(Decimal(10) ** 26, cites="7.308(b)(2)", says="10^26 (EO 14110, section 4.2(c)(iii))")
NETWORK_GBIT_S = Constant(Decimal(100), cites="7.308(b)(2)", says="100 (EO 14110, section 4.2(c)(iii))")
CLUSTER_OPS_PER_S = Constant(Decimal(10) ** 20, cites="7.308(b)(2)", says="10^20 (EO 14110, section 4.2(c)(iii))")

# (a) Who reports ----------------------------------------------------------------------------------

bound_to_report_training = Definition(
    name="bound to report training",
    cites="7.308(a)(1)",
    says="A U.S. IaaS provider, or a foreign reseller through its U.S. provider. A finding under § 7.306 does "
    "not lift this duty.",
    of=Scope.PROVIDER,
    means=(us_iaas_provider | serves_as_reseller) & ~categorically_exempt,
)

through_a_reseller = Definition(
    name="made through a foreign reseller",
    cites="7.308(a)(2)",
    says="A foreign reseller serves the account, or stands between it and the provider.",
    of=Scope.TRANSACTION,
    means=facts.via_reseller.is_yes | serves_as_reseller,
)

# (b) Covered transactions -------------------------------------------------------------------------

for_a_foreign_person = Definition(
    name="made by, for, or on behalf of a foreign person",
    cites="7.308(b)(1)",
    says="The customer is a foreign person, or acts for one.",
    of=Scope.TRANSACTION,
    means=facts.for_foreign_person | foreign_customer,
)

large_ai_model = Definition(
    name="one that may result in the training of a large AI model of concern",
    cites="7.308(b)(2)",
    says="A model that meets the technical conditions which the Department publishes.",
    of=Scope.TRANSACTION,
    notes=("No such conditions were published; what counts is a reading.",),
    # What someone has decided for the transaction goes before the reading.
    means=facts.meets_technical_conditions.is_yes
    | (
        ~facts.meets_technical_conditions.is_given
        # Reading: technical_conditions.
        & TECHNICAL_CONDITIONS.choose(
            {
                "eo14110-4-2-c-iii": (facts.operations > OPERATIONS)
                & facts.single_datacenter
                & (facts.network_gbit_s > NETWORK_GBIT_S)
                & (facts.cluster_ops_per_s >= CLUSTER_OPS_PER_S),
                "none": TECHNICAL_CONDITIONS.open,
                "custom": facts.meets_technical_conditions,
            }
        )
    ),
)

covered_transaction = Definition(
    name="a covered transaction",
    cites="7.308(b)(1)",
    says="A transaction by, for or on behalf of a foreign person that may result in the training of such a model, "
    "from the outset or after a change of its arrangements.",
    of=Scope.TRANSACTION,
    notes=("D17: § 7.302(d)(2)(iv) frees Accounts of U.S. persons from the whole subpart.",),
    means=for_a_foreign_person
    & large_ai_model
    # Reading: us_account_training.
    & ~US_ACCOUNT_TRAINING.choose({"covered": NEVER, "exempt": exempt_us_persons}),
)

reportable_transaction = Definition(
    name="a covered transaction to be reported",
    cites="7.308(a)(1)",
    says="A covered transaction in an account of a provider that is bound to report training.",
    of=Scope.TRANSACTION,
    means=bound_to_report_training & covered_transaction,
)

# (c) When -----------------------------------------------------------------------------------------

occurred = Day(
    name="the day of the transaction",
    cites="7.308(b)(1)",
    # A change of the arrangements may make it one that is covered: (b)(1)(ii).
    means=FirstGiven(facts.changed_on, facts.agreed_on),
)
trigger = Day(
    name="the day from which the time runs",
    cites="7.308(c)(1)",
    # Reading: report_trigger.
    means=REPORT_TRIGGER.choose_value(
        {
            "knowledge": facts.known_on,
            "earliest": Earlier(FirstGiven(facts.known_on, occurred), FirstGiven(occurred, facts.known_on)),
            "latest": Later(facts.known_on, occurred),
        }
    ),
)
initial_deadline = Day(name="the last day for the report", cites="7.308(c)(1)", means=Plus(trigger, INITIAL_REPORT))
reseller_deadline = Day(
    name="the last day for the reseller's report", cites="7.308(c)(2)", means=Plus(trigger, RESELLER_REPORT)
)
forwarded_deadline = Day(
    name="the last day to file the reseller's report", cites="7.308(c)(2)", means=Plus(occurred, FORWARDED_REPORT)
)

unreported_training = Rule(
    code="K308-01",
    name="unreported-training",
    cites="7.308(c)(1)",
    also_cites=("7.308(a)(1)",),
    says="A covered transaction is reported to the Department within 15 calendar days.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & ~through_a_reseller,
    must=facts.in_time(facts.reported_on, initial_deadline),
    by=initial_deadline,
    finding="This training transaction was not reported to the Department in time.",
    notes=("D13: the time runs from the transaction or from knowledge of it.",),
)

unreported_training_of_reseller = Rule(
    code="K308-02",
    name="unreported-training-of-reseller",
    cites="7.308(c)(2)",
    also_cites=("7.308(a)(2)",),
    says="A foreign reseller reports a covered transaction to its U.S. provider within 15 calendar days.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & through_a_reseller,
    must=facts.in_time(facts.reseller_reported_on, reseller_deadline),
    by=reseller_deadline,
    finding="The foreign reseller did not report this training transaction to its provider in time.",
)

unforwarded_reseller_report = Rule(
    code="K308-03",
    name="unforwarded-reseller-report",
    cites="7.308(c)(2)",
    says="The U.S. provider files a foreign reseller's report within 30 calendar days of the transaction.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & through_a_reseller,
    must=facts.in_time(facts.reported_on, forwarded_deadline)
    | (
        ~(facts.known_on <= forwarded_deadline)
        & Undecided("known_on", "the text does not say what is due if nobody knew until the 30 days had run out")
    ),
    by=forwarded_deadline,
    finding="The report of the foreign reseller was not filed with the Department in time.",
    notes=(
        "D14: the 30 days run from the transaction itself, whenever anybody learns of it. If that is after they have "
        "run out, what is due is undetermined: paragraph (a) ties the duty to knowledge.",
    ),
)

# (d) What -----------------------------------------------------------------------------------------

# (A), (B)(1) to (3), (D) and (E), of a customer and of an owner.
described = (
    facts.name.is_given
    & (facts.street_address.is_given | (facts.is_individual & facts.military_box.is_given))
    & facts.email.is_given
    & facts.phone.is_given
)

missing_foreign_person_details = Rule(
    code="K308-04",
    name="missing-foreign-person-details",
    cites="7.308(d)(1)(i)",
    says="A report describes the foreign customer: name, address, e-mail and telephone; an entity also by the location "
    "from which the request originates, the law of its organization and its beneficial owners.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & foreign_customer,
    must=described
    # (B)(3) to (5) ask more of an entity.
    & (~facts.is_entity | (facts.request_location.is_given & facts.organized_in.is_given & named_beneficial_owners)),
    finding="What a training report says about the foreign customer is not complete.",
)

missing_foreign_owner_details = Rule(
    code="K308-12",
    name="missing-foreign-owner-details",
    cites="7.308(d)(1)(i)",
    says="A report describes each foreign beneficial owner of the customer: name, address, e-mail and telephone.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & has_foreign_beneficial_owner,
    must=every_owner(~foreign_beneficial_owner | described)
    & (ownership_established | Undecided("owners", "an owner may be missing from the record")),
    finding="What a training report says about a foreign beneficial owner of the customer is not complete.",
    notes=("The text has the foreign customer or its foreign beneficial owner described; each that there is, is.",),
)

missing_principal_details = Rule(
    code="K308-13",
    name="missing-principal-details",
    cites="7.308(d)(1)(i)",
    also_cites=("7.308(b)(1)",),
    says="A report describes the foreign person for whom, or on whose behalf, the customer acts.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    # Where nobody else is named, the foreign person of the transaction is the customer or an owner of it.
    when=reportable_transaction & (facts.foreign_person.is_given | ~(foreign_customer | has_foreign_beneficial_owner)),
    must=facts.foreign_person.is_given
    & (
        facts.foreign_person_address.is_given
        | (facts.foreign_person_kind.equals("individual") & facts.foreign_person_military_box.is_given)
    )
    & facts.foreign_person_email.is_given
    & facts.foreign_person_phone.is_given
    & (
        ~facts.foreign_person_kind.equals("entity")
        | (
            facts.request_location.is_given
            & facts.foreign_person_organized_in.is_given
            & facts.foreign_person_owners.is_given
        )
    ),
    finding="What a training report says about the foreign person behind the transaction is not complete.",
    notes=(
        "The items speak of the foreign customer and its foreign beneficial owners alone; a report about a transaction "
        "for anybody else is taken to describe that person alike.",
    ),
)

missing_account_details = Rule(
    code="K308-14",
    name="missing-account-details",
    cites="7.308(d)(1)(i)(C)",
    also_cites=("7.308(d)(1)(i)(F)",),
    says="A report gives the means and source of payment for the Account, and the IP addresses used for it with the "
    "date and time of each use.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction,
    must=given_payment
    # Before the Account is open nobody can have used it.
    & (some_access(facts.ip.is_given) | ~facts.opened_on.is_given)
    & every_access(facts.ip.is_given & facts.at.is_given),
    finding="What a training report says about payment for the Account and its use is not complete.",
)

missing_training_run_details = Rule(
    code="K308-05",
    name="missing-training-run-details",
    cites="7.308(d)(1)(ii)",
    says="A report gives the operations, dates, practices with the primary accelerator, protection of model weights "
    "and security events of the training run.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction,
    must=facts.operations.is_given
    & facts.start_on.is_given
    & facts.end_on.is_given
    & facts.training_practices.is_given
    & facts.accelerator.is_given
    & facts.weights_policy.is_given
    & facts.incidents.is_given,
    finding="What a training report says about the training run is not complete.",
    notes=("D15: the words on accelerators are scrambled; the model of the primary one is asked for.",),
)

# (c)(3), (c)(4) Follow-up and corrected reports ---------------------------------------------------

follow_up_deadline = Day(
    name="the last day to answer the request",
    cites="7.308(c)(3)",
    means=Plus(facts.information_requested_on, FOLLOW_UP_REPORT),
)
correction_deadline = Day(
    name="the last day to correct the report",
    cites="7.308(c)(4)",
    means=Plus(facts.inaccuracy_known_on, CORRECTED_REPORT),
)

unanswered_request = Rule(
    code="K308-06",
    name="unanswered-request",
    cites="7.308(c)(3)",
    also_cites=("7.308(d)(2)",),
    says="A request of the Department for more information is answered in full within 15 calendar days.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & facts.information_requested_on.is_given,
    must=facts.answered(facts.information_furnished_on, facts.information_requested_on, follow_up_deadline),
    by=follow_up_deadline,
    finding="The Department's request about this training transaction was not answered in time.",
    notes=("The paragraph refers to (d) for the request that (e) describes.",),
)

uncorrected_report = Rule(
    code="K308-07",
    name="uncorrected-report",
    cites="7.308(c)(4)",
    also_cites=("7.308(d)(3)",),
    says="A report that was inaccurate when filed is corrected within 15 days of knowledge of it.",
    prohibited_by="7.309(a)(2)",
    of=Of.TRANSACTION,
    when=reportable_transaction & facts.inaccuracy_known_on.is_given,
    must=facts.answered(facts.corrected_on, facts.inaccuracy_known_on, correction_deadline),
    by=correction_deadline,
    finding="An inaccurate report of this training transaction was not corrected in time.",
    notes=("D16: the text counts the 15 days in calendar dates; they are taken as calendar days.",),
)

# (a)(2), (f) Foreign resellers --------------------------------------------------------------------

supplied_for_training = Definition(
    name="a foreign reseller whose training reports its provider answers for",
    cites="7.308(f)",
    says="A supplied foreign reseller. No finding under § 7.306 lifts this section.",
    of=Scope.RESELLER,
    means=supplied_reseller & ~terminated,
)

reporting_reseller = Definition(
    name="a foreign reseller that reports training to its provider",
    cites="7.308(a)(2)",
    says="A reseller that is listed, is not shown to be a U.S. person, and is supplied by a U.S. IaaS provider; "
    "paragraph (a) asks for no U.S. product.",
    of=Scope.RESELLER,
    means=~us_person.is_yes
    & About(Subject.PROVIDER, us_iaas_provider)
    & ~About(Subject.PROVIDER, categorically_exempt)
    & ~terminated,
)

unrequired_training_reports = Rule(
    code="K308-08",
    name="unrequired-training-reports",
    cites="7.308(a)(2)",
    says="A provider requires its foreign resellers to report covered transactions to it.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=reporting_reseller,
    must=facts.requires_training_reports,
    finding="This foreign reseller is not required to report training.",
)

supply_without_efforts = Rule(
    code="K308-09",
    name="supply-without-efforts",
    cites="7.308(f)",
    says="A foreign reseller is supplied only after all reasonable efforts that it complies with this section.",
    prohibited_by="7.309(a)(7)",
    of=Of.RESELLER,
    when=supplied_for_training,
    must=facts.training_efforts,
    finding="This foreign reseller is supplied without all reasonable efforts that it reports training.",
)

unquestioned_noncompliance = Rule(
    code="K308-10",
    name="unquestioned-noncompliance",
    cites="7.308(f)",
    says="On evidence of non-compliance the reseller is notified and asked for confirmation with evidence.",
    prohibited_by="7.309(a)(7)",
    of=Of.RESELLER,
    when=supplied_for_training & facts.training_noncompliance_on.is_given,
    # Upon receipt: on the day of the evidence nothing is late yet.
    must=facts.since(facts.training_compliance_requested_on, facts.training_noncompliance_on)
    | (facts.as_of <= facts.training_noncompliance_on),
    by=facts.training_noncompliance_on,
    finding="There is evidence that this foreign reseller does not report training, and it was not asked about it.",
)

unsuspended_reseller = Rule(
    code="K308-11",
    name="unsuspended-reseller",
    cites="7.308(f)",
    says="Supply to a reseller that did not remediate is suspended, and resumed only on adequate assurances.",
    prohibited_by="7.309(a)(7)",
    of=Of.RESELLER,
    when=supplied_reseller & facts.training_unremediated_on.is_given,
    # Upon receipt: on the day of the evidence nothing is late yet.
    must=terminated
    | (facts.as_of <= facts.training_unremediated_on)
    | (facts.suspended_on.is_given & (~facts.resumed_on.is_given | (facts.resumed_on < facts.suspended_on).is_yes))
    | (
        facts.suspended_on.is_given
        & facts.since(facts.assurances_on, facts.training_unremediated_on)
        & facts.since(facts.resumed_on, facts.assurances_on)
    ),
    by=facts.training_unremediated_on,
    finding="This foreign reseller is supplied although it did not remediate its non-compliance.",
)

RULES = (
    unrequired_training_reports,
    unreported_training,
    unreported_training_of_reseller,
    unforwarded_reseller_report,
    unanswered_request,
    uncorrected_report,
    missing_foreign_person_details,
    missing_foreign_owner_details,
    missing_principal_details,
    missing_account_details,
    missing_training_run_details,
    supply_without_efforts,
    unquestioned_noncompliance,
    unsuspended_reseller,
)

REPORTS = (
    Due(
        kind="model-training",
        cites="7.308(c)(1)",
        says="An initial report to the Department.",
        of=Of.TRANSACTION,
        when=reportable_transaction & ~through_a_reseller & ~facts.reported_on.is_given,
        by=initial_deadline,
    ),
    Due(
        kind="reseller-model-training",
        cites="7.308(c)(2)",
        says="A report of the foreign reseller to its provider.",
        of=Of.TRANSACTION,
        when=reportable_transaction & through_a_reseller & ~facts.reseller_reported_on.is_given,
        by=reseller_deadline,
    ),
    Due(
        kind="model-training",
        cites="7.308(c)(2)",
        says="The report of the foreign reseller, filed with the Department.",
        of=Of.TRANSACTION,
        when=reportable_transaction & through_a_reseller & ~facts.reported_on.is_given,
        by=forwarded_deadline,
    ),
    Due(
        kind="follow-up-model-training",
        cites="7.308(c)(3)",
        says="The answer to a request for more information.",
        of=Of.TRANSACTION,
        when=reportable_transaction
        & facts.information_requested_on.is_given
        & ~facts.since(facts.information_furnished_on, facts.information_requested_on),
        by=follow_up_deadline,
    ),
    Due(
        kind="corrected-model-training",
        cites="7.308(c)(4)",
        says="The correction of a report that was inaccurate when filed.",
        of=Of.TRANSACTION,
        when=reportable_transaction
        & facts.inaccuracy_known_on.is_given
        & ~facts.since(facts.corrected_on, facts.inaccuracy_known_on),
        by=correction_deadline,
    ),
)
