"""§ 7.307 Special measures for certain foreign jurisdictions or foreign persons."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import Among, AnyListed, Definition, FirstGiven, Period, Scope, Undecided, some_owner
from kycrule.law.s301_definitions import (
    categorically_exempt,
    foreign_beneficial_owner,
    foreign_person,
    us_iaas_product,
    us_iaas_provider,
)
from kycrule.law.s302_customer_identification import exempt_us_persons
from kycrule.law.s306_exemptions import freed_from_reseller_duties
from kycrule.provisions import Of, Rule
from kycrule.readings import LOCATED

DURATION = Period(days=365, cites="7.307(a)(5)", says="the time after which a special measure lapses unless extended")
GRACE = Period(days=180, cites="7.307(a)(6)", says="the time before which nobody must comply with a special measure")

# (b) Whom it reaches ------------------------------------------------------------------------------

bound_by_measures = Definition(
    name="bound by special measures",
    cites="7.307(b)(1)",
    says="A U.S. IaaS provider of U.S. IaaS products; a foreign reseller is reached through its own Account with one.",
    of=Scope.PROVIDER,
    means=us_iaas_provider & us_iaas_product & ~categorically_exempt & ~freed_from_reseller_duties,
)

_PART = Undecided("located_in", "the measure is against a part of the country, which a record does not show")
_BEHALF = Undecided("special_measure", "whether the Account is held on behalf of that owner")
_SAME = Undecided("special_measure", "whether the party is the person whom the measure names")
_TERMS = Undecided("special_measure", "the conditions of the measure are not in a record")


_JURISDICTION = "a jurisdiction under a special measure"
_PERSON = "that of a person under a special measure"
_ACCOUNT = "one that was found to involve a person under a special measure"
_THERE_IS_ONE = "a special measure of that kind is in force"

# Reading: located.
location = LOCATED.choose_value(
    {"asserted-or-address": FirstGiven(facts.located_in, facts.country), "asserted": facts.located_in}
)

prohibited_place = Among(location, "jurisdictions prohibited", _JURISDICTION) | (
    Among(location, "jurisdictions prohibited in part", _JURISDICTION) & _PART
)
prohibited_name = (
    Among(facts.name, "persons prohibited", _PERSON).is_yes
    | Among(facts.other_names, "persons prohibited", _PERSON).is_yes
) & _SAME
prohibited_account = Definition(
    name="an Account that a special measure prohibits",
    cites="7.307(b)(1)",
    says="An Account, also a Reseller Account, of a foreign person located in the jurisdiction, or one that involves "
    "the person found.",
    of=Scope.ACCOUNT,
    means=bound_by_measures
    & ~exempt_us_persons
    & (
        Among(facts.account_id, "accounts prohibited", _ACCOUNT)
        | (foreign_person & (prohibited_place | prohibited_name))
        | (
            (
                AnyListed("jurisdictions prohibited", _THERE_IS_ONE)
                | AnyListed("jurisdictions prohibited in part", _THERE_IS_ONE)
            )
            & some_owner(foreign_beneficial_owner & prohibited_place)
            & _BEHALF
        )
        | (AnyListed("persons prohibited", _THERE_IS_ONE) & some_owner(foreign_person & prohibited_name))
    ),
)

conditioned_place = Among(location, "jurisdictions conditioned", _JURISDICTION) | (
    Among(location, "jurisdictions conditioned in part", _JURISDICTION) & _PART
)
conditioned_name = (
    Among(facts.name, "persons conditioned", _PERSON).is_yes
    | Among(facts.other_names, "persons conditioned", _PERSON).is_yes
) & _SAME
conditioned_account = Definition(
    name="an Account on which a special measure imposes conditions",
    cites="7.307(b)(1)",
    says="The same, where the measure imposes conditions.",
    of=Scope.ACCOUNT,
    means=bound_by_measures
    & ~exempt_us_persons
    & (
        Among(facts.account_id, "accounts conditioned", _ACCOUNT)
        | (foreign_person & (conditioned_place | conditioned_name))
        | (
            (
                AnyListed("jurisdictions conditioned", _THERE_IS_ONE)
                | AnyListed("jurisdictions conditioned in part", _THERE_IS_ONE)
            )
            & some_owner(foreign_beneficial_owner & conditioned_place)
            & _BEHALF
        )
        | (AnyListed("persons conditioned", _THERE_IS_ONE) & some_owner(foreign_person & conditioned_name))
    ),
)

not_maintained = ~facts.opened_on.is_given | (facts.closed_on.is_given & (facts.closed_on <= facts.as_of))

_D12 = "D12: a measure is imposed at once, yet nobody must comply before day 180; it counts from that day."

prohibited_account_open = Rule(
    code="K307-01",
    name="prohibited-account-open",
    cites="7.307(b)(1)",
    also_cites=("7.307(b)(2)",),
    says="An Account that a special measure prohibits is neither opened nor maintained.",
    prohibited_by="7.309(a)(4)",
    of=Of.ACCOUNT,
    when=prohibited_account,
    must=not_maintained,
    finding="This Account is open although a special measure prohibits it.",
    notes=(_D12, "Whether an Account involves a person is found by the provider and listed with the measure."),
)

conditioned_account_open = Rule(
    code="K307-02",
    name="conditioned-account-open",
    cites="7.307(b)(1)",
    also_cites=("7.307(b)(2)",),
    says="An Account on which a special measure imposes conditions is opened and maintained under them alone.",
    prohibited_by="7.309(a)(4)",
    of=Of.ACCOUNT,
    when=conditioned_account,
    must=not_maintained | _TERMS,
    finding="This Account is open against the conditions of a special measure.",
    notes=(_D12, "What the conditions ask stands in the measure; a record cannot show that they are met."),
)

RULES = (prohibited_account_open, conditioned_account_open)
