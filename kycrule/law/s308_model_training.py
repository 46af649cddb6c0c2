"""§ 7.308 Reporting of large AI model training."""

from __future__ import annotations

from decimal import Decimal

from kycrule import facts
from kycrule.expr import NEVER, Constant, Day, Definition, Earlier, FirstGiven, Later, Period, Plus, Scope
from kycrule.law.s301_definitions import foreign_customer, us_iaas_provider
from kycrule.law.s302_customer_identification import exempt_us_persons
from kycrule.law.s303_foreign_resellers import serves_as_reseller
from kycrule.law.s306_exemptions import categorically_exempt
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
    means=REPORT_TRIGGER.choose_date(
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
    of=Of.TRANSACTION,
    when=reportable_transaction & ~through_a_reseller,
    must=(facts.reported_on.is_given & (facts.reported_on <= initial_deadline))
    | (~facts.reported_on.is_given & (facts.as_of <= initial_deadline)),
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
    of=Of.TRANSACTION,
    when=reportable_transaction & through_a_reseller,
    must=(facts.reseller_reported_on.is_given & (facts.reseller_reported_on <= reseller_deadline))
    | (~facts.reseller_reported_on.is_given & (facts.as_of <= reseller_deadline)),
    by=reseller_deadline,
    finding="The foreign reseller did not report this training transaction to its provider in time.",
)

unforwarded_reseller_report = Rule(
    code="K308-03",
    name="unforwarded-reseller-report",
    cites="7.308(c)(2)",
    says="The U.S. provider files a foreign reseller's report within 30 calendar days of the transaction.",
    of=Of.TRANSACTION,
    when=reportable_transaction & through_a_reseller,
    must=(facts.reported_on.is_given & (facts.reported_on <= forwarded_deadline))
    | (~facts.reported_on.is_given & (facts.as_of <= forwarded_deadline)),
    by=forwarded_deadline,
    finding="The report of the foreign reseller was not filed with the Department in time.",
    notes=("D14: the 30 days run from the transaction itself, whenever anybody learns of it.",),
)

# (d) What -----------------------------------------------------------------------------------------

missing_foreign_person_details = Rule(
    code="K308-04",
    name="missing-foreign-person-details",
    cites="7.308(d)(1)(i)",
    says="A report names the foreign person with address, means of payment, e-mail, telephone, IP addresses and "
    "the location from which the request originates.",
    of=Of.TRANSACTION,
    # Of a foreign person behind a U.S. customer the records have no more than that there is one.
    when=reportable_transaction & foreign_customer,
    must=facts.name.is_given
    & (facts.street_address.is_given | facts.military_box.is_given)
    & facts.payment_type.is_given
    & facts.payment_reference.is_given
    & facts.email.is_given
    & facts.phone.is_given
    & facts.request_location.is_given,
    finding="What a training report says about the foreign person is not complete.",
)

missing_training_run_details = Rule(
    code="K308-05",
    name="missing-training-run-details",
    cites="7.308(d)(1)(ii)",
    says="A report gives the operations, dates, practices with the primary accelerator, protection of model weights "
    "and security events of the training run.",
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

RULES = (
    unreported_training,
    unreported_training_of_reseller,
    unforwarded_reseller_report,
    missing_foreign_person_details,
    missing_training_run_details,
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
)
