"""§ 7.303 Foreign reseller requirements."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import NEVER, About, Definition, Period, Scope, Subject
from kycrule.law.s301_definitions import (
    organized_in_the_us,
    owned_by_a_us_person,
    us_iaas_product,
    us_iaas_provider,
    us_person,
)
from kycrule.readings import FOREIGN_SUBSIDIARY

FURNISHING = Period(days=10, cites="7.303(d)", says="the time to furnish a foreign reseller's CIP")

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
