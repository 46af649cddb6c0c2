"""§ 7.306 Customer Identification Program exemptions."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import NEVER, Definition, Scope
from kycrule.law.s301_definitions import foreign_subsidiary
from kycrule.law.s303_foreign_resellers import duty_bearer
from kycrule.readings import FOREIGN_SUBSIDIARY

found_to_deter_abuse = Definition(
    name="found by the Secretary to deter abuse",
    cites="7.306(b)",
    says="The Secretary has found that its security practices deter abuse of IaaS products.",
    of=Scope.PROVIDER,
    # A finding that nobody has told of has not been made: only a dated finding exempts.
    means=facts.deterrence_program_finding.is_given & (facts.deterrence_program_finding <= facts.as_of),
)

categorically_exempt = Definition(
    name="a categorically exempt foreign subsidiary",
    cites="7.301",
    says="A foreign subsidiary, under the reading that takes all of them out of the rule.",
    of=Scope.PROVIDER,
    # Reading: foreign_subsidiary.
    means=facts.offers_iaas
    & FOREIGN_SUBSIDIARY.choose(
        {
            "entity-text": NEVER,
            "reseller-flowdown": NEVER,
            "discretionary-exempt": NEVER,
            "categorical-exempt": foreign_subsidiary,
            "ownership-attribution": NEVER,
            "product-nexus": NEVER,
        }
    ),
)

discretionarily_exempt = Definition(
    name="a foreign subsidiary exempt by finding",
    cites="7.306(a)",
    says="A foreign subsidiary with a finding of its own, under the reading that such findings are how "
    "foreign subsidiaries are excepted.",
    of=Scope.PROVIDER,
    # Reading: foreign_subsidiary.
    means=found_to_deter_abuse
    & FOREIGN_SUBSIDIARY.choose(
        {
            "entity-text": NEVER,
            "reseller-flowdown": NEVER,
            "discretionary-exempt": foreign_subsidiary,
            "categorical-exempt": NEVER,
            "ownership-attribution": NEVER,
            "product-nexus": NEVER,
        }
    ),
)

out_of_scope = Definition(
    name="out of scope",
    cites="7.301",
    says="Neither a U.S. IaaS provider of U.S. IaaS products nor a foreign reseller of them.",
    of=Scope.PROVIDER,
    means=~duty_bearer & ~categorically_exempt,
)

cip_applies = Definition(
    name="bound by the CIP requirements",
    cites="7.302(a)",
    says="In scope, and neither exempt by a finding nor as a foreign subsidiary.",
    of=Scope.PROVIDER,
    means=duty_bearer & ~categorically_exempt & ~found_to_deter_abuse,
)
