"""§ 7.301 Definitions and application."""

from __future__ import annotations

from decimal import Decimal

from kycrule import countries, facts
from kycrule.expr import ALWAYS, NEVER, About, Constant, Definition, Scope, Subject, Undecided, some_owner
from kycrule.readings import (
    FOREIGN_SUBSIDIARY,
    LOCATED,
    OWNERS_OF_INDIVIDUALS,
    PERMANENT_RESIDENCE,
    SENIOR_OFFICER_IS_CONTROL,
    US_NATIONALS,
    US_PRESENCE,
)

IN_THE_US = "in the United States"

BENEFICIAL_OWNER_SHARE = Constant(Decimal(25), cites="7.301", says="25 percent")

# United States person: four limbs -----------------------------------------------------------------

us_citizen = Definition(
    name="a U.S. citizen",
    cites="7.301",
    says="A citizen of the United States, whatever other citizenships he or she has.",
    means=facts.citizenships.includes_any(countries.US_CITIZENSHIP, "that of the United States")
    # A U.S. national who is no citizen is not named by the definition.
    | (
        facts.citizenships.includes_any(countries.US_NATIONALITY, "a U.S. nationality without citizenship")
        # Reading: us_nationals.
        & US_NATIONALS.choose({"undetermined": US_NATIONALS.open, "us-person": ALWAYS, "foreign-person": NEVER})
    ),
)

lawful_permanent_resident = Definition(
    name="a lawful permanent resident of the United States",
    cites="7.301",
    says="An alien admitted for permanent residence, as the Immigration and Nationality Act has it.",
    # Reading: permanent_residence.
    means=PERMANENT_RESIDENCE.choose(
        {
            "presumed-absent": facts.us_permanent_resident.is_yes,
            "must-be-stated": facts.us_permanent_resident,
        }
    ),
)

organized_in_the_us = Definition(
    name="organized under the laws of the United States or a jurisdiction within it",
    cites="7.301",
    says="An entity organized under U.S. law. A foreign branch has the law of its head office.",
    means=facts.organized_in.is_one_of(countries.UNITED_STATES, IN_THE_US),
)

located_in_the_us = Definition(
    name="located in the United States",
    cites="7.301",
    says="A person who is in the United States, for as long as that is so.",
    notes=("D18: the text defines neither located nor United States.",),
    # Reading: located.
    means=LOCATED.choose(
        {
            "asserted-or-address": (
                facts.located_in.is_given & facts.located_in.is_one_of(countries.UNITED_STATES, IN_THE_US)
            )
            | (
                ~facts.located_in.is_given
                & facts.country.is_one_of(countries.UNITED_STATES, IN_THE_US)
                # The country of an APO or FPO box is the United States, wherever the person is.
                & (~facts.has_only_military_box | Undecided("located_in", "a military box shows no location"))
                & (
                    facts.is_individual
                    | organized_in_the_us
                    # Reading: us_presence. A U.S. address of an entity organized abroad may be an office.
                    | US_PRESENCE.choose({"undetermined": US_PRESENCE.open, "located": ALWAYS, "not-located": NEVER})
                )
            ),
            "asserted": facts.located_in.is_one_of(countries.UNITED_STATES, IN_THE_US),
        }
    ),
)

us_person = Definition(
    name="a U.S. person",
    cites="7.301",
    says="A U.S. citizen, a lawful permanent resident, an entity organized in the U.S. with its foreign "
    "branches, or any person located in the U.S. Ownership is no limb.",
    means=(facts.is_individual & us_citizen)
    | (facts.is_individual & lawful_permanent_resident)
    | (facts.is_entity & organized_in_the_us)
    | located_in_the_us,
)

foreign_person = Definition(
    name="a foreign person",
    cites="7.301",
    says="A person that is not a U.S. person.",
    means=~us_person,
)

# Customers and their owners -----------------------------------------------------------------------

substantial_control = Definition(
    name="someone who exercises substantial control over the customer",
    cites="7.301",
    says="The first limb of beneficial owner; the text does not define the words.",
    of=Scope.OWNER,
    notes=("D18: substantial control is undefined.",),
    # Reading: senior_officer_is_control.
    means=SENIOR_OFFICER_IS_CONTROL.choose(
        {"no": facts.substantial_control, "yes": facts.substantial_control | facts.senior_officer.is_yes}
    ),
)

beneficial_owner = Definition(
    name="a beneficial owner",
    cites="7.301",
    says="An individual who exercises substantial control over the customer or holds at least 25 percent of it.",
    of=Scope.OWNER,
    notes=("D3: the rule also speaks of beneficial owners of an Account; the definition knows those of a customer.",),
    means=substantial_control | (facts.share >= BENEFICIAL_OWNER_SHARE),
)

foreign_beneficial_owner = Definition(
    name="a foreign beneficial owner",
    cites="7.301",
    says="A beneficial owner that is not a U.S. person.",
    of=Scope.OWNER,
    means=beneficial_owner & foreign_person,
)

foreign_customer = Definition(
    name="a foreign customer",
    cites="7.301",
    says="A customer that is not a U.S. person; who owns it does not matter.",
    of=Scope.ACCOUNT,
    means=foreign_person,
)

ownership_established = Definition(
    name="a customer whose ownership is established",
    cites="7.302(d)(1)(i)",
    says="The provider knows all beneficial owners of the customer, or that it has none.",
    of=Scope.ACCOUNT,
    means=facts.owners_known
    # Reading: owners_of_individuals.
    | OWNERS_OF_INDIVIDUALS.choose(
        {"presumed-none": facts.is_individual & ~facts.owners_known.is_given, "must-be-stated": NEVER}
    ),
)

has_foreign_beneficial_owner = Definition(
    name="owned or controlled by a foreign beneficial owner",
    cites="7.301",
    says="At least one beneficial owner of the customer is not a U.S. person. Until ownership is established, "
    "one may be missing from the record.",
    of=Scope.ACCOUNT,
    means=some_owner(foreign_beneficial_owner)
    | (~ownership_established & Undecided("owners", "an owner may be missing from the record")),
)

foreign_reseller = Definition(
    name="a foreign reseller",
    cites="7.301",
    says="A foreign person who has established an Account to provide IaaS products on to a third party.",
    of=Scope.ACCOUNT,
    means=foreign_person & facts.reseller_account,
)

# Products and providers ---------------------------------------------------------------------------

owned_by_a_us_person = Definition(
    name="owned by a U.S. person",
    cites="7.301",
    says="A U.S. person, such as the parent, owns the provider. Ownership makes nobody a U.S. person.",
    of=Scope.PROVIDER,
    own=True,
    means=facts.us_owned | (~facts.us_owned.is_given & About(Subject.PARENT, us_person).is_yes),
)

foreign_subsidiary = Definition(
    name="a foreign subsidiary of a U.S. person",
    cites="7.301",
    says="Organized and located abroad, and owned by a U.S. person. The rule never speaks of subsidiaries.",
    of=Scope.PROVIDER,
    own=True,
    means=About(Subject.PROVIDER, foreign_person) & owned_by_a_us_person,
)

us_iaas_product = Definition(
    name="offering a U.S. IaaS product",
    cites="7.301",
    says="An IaaS product owned by a U.S. person or operated within the United States.",
    of=Scope.PROVIDER,
    notes=("D18: the text does not say whether a product may be owned indirectly.",),
    means=facts.product_us_owned
    | facts.product_operated_in_us
    # Reading: foreign_subsidiary. If the owner's nationality counts for the company, it counts for its product.
    | FOREIGN_SUBSIDIARY.choose(
        {
            "entity-text": NEVER,
            "reseller-flowdown": NEVER,
            "discretionary-exempt": NEVER,
            "categorical-exempt": NEVER,
            "ownership-attribution": ~About(Subject.PROVIDER, organized_in_the_us) & owned_by_a_us_person,
            "product-nexus": NEVER,
        }
    ),
)

us_iaas_provider = Definition(
    name="a U.S. IaaS provider",
    cites="7.301",
    says="A U.S. person that offers any IaaS product.",
    of=Scope.PROVIDER,
    notes=("D2: the rule also speaks of an IaaS provider without defining one.",),
    means=facts.offers_iaas
    & (
        About(Subject.PROVIDER, us_person)
        # Reading: us_presence. Servers of its own in the U.S. may or may not locate the provider there.
        | (
            facts.product_operated_in_us
            & ~facts.resells_for.is_given
            & US_PRESENCE.choose({"undetermined": US_PRESENCE.open, "located": ALWAYS, "not-located": NEVER})
        )
        # Reading: foreign_subsidiary.
        | FOREIGN_SUBSIDIARY.choose(
            {
                "entity-text": NEVER,
                "reseller-flowdown": NEVER,
                "discretionary-exempt": NEVER,
                "categorical-exempt": NEVER,
                "ownership-attribution": owned_by_a_us_person,
                # The parent that offers the same product is the provider, whoever signs.
                "product-nexus": owned_by_a_us_person
                & About(Subject.PARENT, us_person)
                & About(Subject.PARENT, facts.offers_iaas),
            }
        )
    ),
)

categorically_exempt = Definition(
    name="a categorically exempt foreign subsidiary",
    cites="7.301",
    says="A foreign subsidiary, under the reading that takes all of them out of the rule.",
    of=Scope.PROVIDER,
    own=True,
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

# Foreign resellers, as their providers list them -------------------------------------------------

supplied_reseller = Definition(
    name="a foreign reseller of a U.S. provider's U.S. IaaS products",
    cites="7.303(a)",
    says="A reseller that is listed, is not shown to be a U.S. person, and is supplied by a U.S. IaaS provider "
    "with U.S. IaaS products.",
    of=Scope.RESELLER,
    notes=("D4: paragraph (a) refers to (c) for the furnishing that (d) describes.",),
    means=~us_person.is_yes
    & About(Subject.PROVIDER, us_iaas_provider)
    & About(Subject.PROVIDER, us_iaas_product)
    & ~About(Subject.PROVIDER, categorically_exempt),
)

terminated = facts.terminated_on.is_given & (facts.terminated_on <= facts.as_of)
