"""§ 7.303 Foreign reseller requirements."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import NEVER, About, Day, Definition, Earlier, FirstGiven, Later, Period, Plus, Scope, Subject
from kycrule.law.s301_definitions import (
    organized_in_the_us,
    owned_by_a_us_person,
    supplied_reseller,
    terminated,
    us_iaas_product,
    us_iaas_provider,
    us_person,
)
from kycrule.law.s306_exemptions import freed_from_reseller_duties, reseller_found_to_deter_abuse
from kycrule.provisions import Of, Rule
from kycrule.readings import FOREIGN_SUBSIDIARY

FURNISHING = Period(days=10, cites="7.303(d)", says="the time to furnish a foreign reseller's CIP")
TERMINATION = Period(days=30, cites="7.303(e)", says="the time to terminate a reseller relationship")

# (a) Who is a reseller ----------------------------------------------------------------------------

presumed_reseller = ~About(Subject.PROVIDER, organized_in_the_us) & owned_by_a_us_person & facts.product_us_owned

holds_account_for_onward_supply = Definition(
    name="a holder of an Account for onward supply",
    cites="7.303(a)",
    says="The provider contracts with a U.S. provider for capacity that it sells on.",
    of=Scope.PROVIDER,
    # Reading: foreign_subsidiary. Selling the U.S. parent's product may show such an Account by itself.
    means=facts.resells_for.is_there
    | FOREIGN_SUBSIDIARY.choose(
        {
            "entity-text": NEVER,
            "reseller-flowdown": presumed_reseller,
            "discretionary-exempt": presumed_reseller,
            "categorical-exempt": NEVER,
            "ownership-attribution": NEVER,
            "product-nexus": NEVER,
        }
    ),
)

serves_as_reseller = Definition(
    name="a reseller of U.S. IaaS products",
    cites="7.303(b)",
    says="A person that sells U.S. IaaS products on. If it is foreign, its U.S. provider must see to it that it "
    "identifies its customers as § 7.302(d) through (f) ask; if not, it is a U.S. IaaS provider itself.",
    of=Scope.PROVIDER,
    notes=(
        "D1: §§ 7.302(c), 7.303(b), 7.303(e) and 7.305(a) disagree on which paragraphs bind a reseller; "
        "§ 7.303(b), the operative content rule, is followed.",
    ),
    # One that is a U.S. person is bound already, and one of whom it is unknown is bound either way.
    means=facts.offers_iaas
    & ~About(Subject.PROVIDER, us_person).is_yes
    & holds_account_for_onward_supply
    & us_iaas_product,
)

duty_bearer = Definition(
    name="bound to identify its customers",
    cites="7.302(a)",
    says="A U.S. IaaS provider of U.S. IaaS products, or a reseller of them.",
    of=Scope.PROVIDER,
    means=(us_iaas_provider & us_iaas_product) | serves_as_reseller,
)

overseen_reseller = Definition(
    name="a foreign reseller that its provider answers for",
    cites="7.303(a)",
    says="A supplied foreign reseller for which neither its own nor its provider's finding lifts § 7.303.",
    of=Scope.RESELLER,
    means=supplied_reseller & ~reseller_found_to_deter_abuse & ~About(Subject.PROVIDER, freed_from_reseller_duties),
)

# (b) Their CIPs -----------------------------------------------------------------------------------

reseller_without_written_cip = Rule(
    code="K303-01",
    name="reseller-without-written-cip",
    cites="7.303(b)",
    also_cites=("7.303(a)",),
    says="A foreign reseller maintains and implements a written CIP; its U.S. provider sees to it.",
    prohibited_by="7.309(a)(3)",
    of=Of.RESELLER,
    when=overseen_reseller & ~terminated,
    must=facts.has_written_cip,
    finding="This foreign reseller does not maintain and implement a written CIP.",
    notes=(
        "D1: §§ 7.302(c), 7.303(b), 7.303(e) and 7.305(a) disagree on which paragraphs bind a reseller; "
        "§ 7.303(b), the operative content rule, is followed.",
    ),
)

# (d) Furnishing -----------------------------------------------------------------------------------

reseller_cip_due = Day(
    name="the last day to furnish the reseller's CIP",
    cites="7.303(d)",
    means=Plus(facts.cip_requested_on, FURNISHING),
)

unfurnished_reseller_cip = Rule(
    code="K303-02",
    name="unfurnished-reseller-cip",
    cites="7.303(d)",
    says="A foreign reseller's written CIP reaches the Department within ten calendar days of its request.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=overseen_reseller & facts.cip_requested_on.is_given,
    must=facts.answered(facts.cip_furnished_on, facts.cip_requested_on, reseller_cip_due),
    by=reseller_cip_due,
    finding="The CIP of this foreign reseller was not furnished to the Department in time.",
)

# (e) Evidence, remediation, termination -----------------------------------------------------------

unanswered_evidence_against_reseller = Rule(
    code="K303-03",
    name="unanswered-evidence-against-reseller",
    cites="7.303(e)",
    says="On evidence that a foreign reseller fails its CIP or lacks good faith, steps to close its Account are taken.",
    prohibited_by="7.309(a)(3)",
    of=Of.RESELLER,
    when=overseen_reseller & facts.evidence_of_failure_on.is_given,
    # Upon receipt: on the day of the evidence nothing is late yet.
    must=facts.since(facts.steps_taken_on, facts.evidence_of_failure_on)
    | terminated
    | (facts.as_of <= facts.evidence_of_failure_on),
    by=facts.evidence_of_failure_on,
    finding="There is evidence against this foreign reseller, and no steps to close its Account were taken.",
    notes=("The steps may remedy instead: only knowledge that nothing was remedied starts the 30 days.",),
)

activity_known = Day(
    name="the day on which there is both evidence against the reseller and malicious activity to report",
    cites="7.303(e)",
    means=Later(facts.evidence_of_failure_on, facts.malicious_activity_found_on),
)

unreported_malicious_activity = Rule(
    code="K303-05",
    name="unreported-malicious-activity",
    cites="7.303(e)",
    says="Malicious cyber-enabled activity that is discovered on such evidence is reported to the authorities, by the "
    "process that the certification of the CIP describes.",
    prohibited_by="7.309(a)(3)",
    of=Of.RESELLER,
    when=overseen_reseller & facts.evidence_of_failure_on.is_given & facts.malicious_activity_found_on.is_given,
    # Upon receipt: on the day itself nothing is late yet.
    must=facts.since(facts.malicious_activity_reported_on, facts.malicious_activity_found_on)
    | (facts.as_of <= activity_known),
    by=activity_known,
    finding="Malicious activity discovered through this foreign reseller was not reported to the authorities.",
    notes=("The paragraph has it reported if relevant; it is taken to be so once such activity is discovered.",),
)

termination_trigger = Day(
    name="the day from which the 30 days run",
    cites="7.303(e)",
    means=Earlier(
        FirstGiven(facts.unremediated_known_on, facts.risk_increased_on),
        FirstGiven(facts.risk_increased_on, facts.unremediated_known_on),
    ),
)
termination_due = Day(
    name="the last day to terminate the relationship",
    cites="7.303(e)",
    means=Plus(termination_trigger, TERMINATION),
)

unterminated_reseller = Rule(
    code="K303-04",
    name="unterminated-reseller",
    cites="7.303(e)",
    says="A reseller relationship ends within 30 calendar days of knowledge that the reseller has not remediated, or "
    "if going on increases the risk of malicious use.",
    prohibited_by="7.309(a)(3)",
    of=Of.RESELLER,
    when=overseen_reseller & (facts.unremediated_known_on.is_given | facts.risk_increased_on.is_given),
    must=facts.in_time(facts.terminated_on, termination_due),
    by=termination_due,
    finding="The relationship with this foreign reseller was not terminated in time.",
    notes=("The text does not say when the 30 days begin; they are counted from that knowledge or that risk.",),
)

RULES = (
    reseller_without_written_cip,
    unfurnished_reseller_cip,
    unanswered_evidence_against_reseller,
    unreported_malicious_activity,
    unterminated_reseller,
)
