"""§ 7.305 Compliance assessments."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import About, Day, Definition, Period, Plus, Scope, Subject
from kycrule.law.s301_definitions import (
    categorically_exempt,
    supplied_reseller,
    terminated,
    us_iaas_product,
    us_iaas_provider,
)
from kycrule.law.s306_exemptions import freed_from_assessments, reseller_freed_from_assessments
from kycrule.provisions import Of, Rule

CIP_FURNISHING = Period(days=10, cites="7.305(a)", says="the time to furnish a copy of a CIP")

assessed_provider = Definition(
    name="a provider whose CIP the Department may inspect",
    cites="7.305(a)",
    says="A U.S. IaaS provider of U.S. IaaS products that no finding frees from § 7.305.",
    of=Scope.PROVIDER,
    means=us_iaas_provider & us_iaas_product & ~categorically_exempt & ~freed_from_assessments,
)

cip_due = Day(
    name="the last day to furnish the CIP", cites="7.305(a)", means=Plus(facts.cip_requested_on, CIP_FURNISHING)
)

unfurnished_cip = Rule(
    code="K305-01",
    name="unfurnished-cip",
    cites="7.305(a)",
    says="A provider furnishes a copy of its CIP within ten calendar days of the Department's request.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=assessed_provider & facts.cip_requested_on.is_given,
    must=facts.answered(facts.cip_furnished_on, facts.cip_requested_on, cip_due),
    by=cip_due,
    finding="The CIP of this provider was not furnished to the Department in time.",
)

unresolved_shortcomings = Rule(
    code="K305-02",
    name="unresolved-shortcomings",
    cites="7.305(a)",
    says="Shortcomings that the Department tells of are resolved, and the CIP resubmitted, in the time that it sets.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=assessed_provider & facts.shortcomings_notified_on.is_given,
    must=facts.answered(facts.resubmitted_on, facts.shortcomings_notified_on, facts.resubmission_due_on),
    by=facts.resubmission_due_on,
    finding="The CIP of this provider was not resubmitted, its shortcomings resolved, in the time set for it.",
)

missing_copy_of_reseller_cip = Rule(
    code="K305-03",
    name="missing-copy-of-reseller-cip",
    cites="7.305(a)",
    says="A provider holds copies of the CIPs of its foreign resellers.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=supplied_reseller
    & ~terminated
    & ~reseller_freed_from_assessments
    & ~About(Subject.PROVIDER, freed_from_assessments),
    must=facts.cip_copy_held,
    finding="No copy of the CIP of this foreign reseller is held.",
    notes=("D1: the paragraph inspects a reseller's CIP against § 7.302(b) through (f), other ones against less.",),
)

RULES = (unfurnished_cip, unresolved_shortcomings, missing_copy_of_reseller_cip)
