"""§ 7.304 Customer Identification Program reporting requirements."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import Before, Day, Definition, Period, Plus, Scope, Undecided
from kycrule.law.s301_definitions import (
    categorically_exempt,
    foreign_customer,
    foreign_reseller,
    supplied_reseller,
    terminated,
    us_iaas_product,
    us_iaas_provider,
)
from kycrule.law.s302_customer_identification import account_of_foreign_interest, covered_account
from kycrule.law.s306_exemptions import found_to_deter_abuse, reseller_found_to_deter_abuse
from kycrule.provisions import Due, Of, Rule

CERTIFICATION = Period(years=1, cites="7.304(b)", says="the time within which a certification is renewed")
CERTIFICATION_WINDOW = Period(days=60, cites="7.304(b)", says="how early a certification may be renewed")

_NO_FIRST_DAY = "the text sets no day for the first certification of a provider that exists already"

certifying_provider = Definition(
    name="a provider that certifies its CIP",
    cites="7.304(a)",
    says="A U.S. IaaS provider of U.S. IaaS products without a finding.",
    of=Scope.PROVIDER,
    means=us_iaas_provider & us_iaas_product & ~categorically_exempt & ~found_to_deter_abuse,
)

certified_reseller = Definition(
    name="a foreign reseller whose CIP is certified",
    cites="7.304(e)",
    says="A supplied foreign reseller; neither it nor its provider has a finding.",
    of=Scope.RESELLER,
    means=supplied_reseller & ~reseller_found_to_deter_abuse & ~found_to_deter_abuse,
)

# (a), (b) Certifications --------------------------------------------------------------------------

next_certification = Day(
    name="the last day to renew the certification",
    cites="7.304(b)",
    means=Plus(facts.previous_certification_on, CERTIFICATION),
)
window_opens = Day(
    name="the first day to renew the certification",
    cites="7.304(b)",
    means=Before(next_certification, CERTIFICATION_WINDOW),
)


anniversary = Day(
    name="the anniversary of the certification before the last one",
    cites="7.304(b)",
    means=Plus(facts.earlier_certification_on, CERTIFICATION),
)
timely = (facts.as_of <= next_certification) & (
    ~facts.earlier_certification_on.is_given
    | (
        (facts.previous_certification_on >= Before(anniversary, CERTIFICATION_WINDOW))
        & (facts.previous_certification_on <= anniversary)
    )
)

ever_certified = (
    facts.previous_certification_on.is_given
    | facts.earlier_certification_on.is_given
    | facts.first_certification_on.is_given
)

uncertified_program = Rule(
    code="K304-01",
    name="uncertified-program",
    cites="7.304(a)",
    also_cites=("7.304(b)",),
    says="A provider notifies the Department of its CIP with a certification form.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=certifying_provider,
    must=ever_certified | Undecided("previous_certification_on", _NO_FIRST_DAY),
    finding="The CIP of this provider was never certified.",
    notes=(
        "The proposal sets no day for the first form; its preamble is reported to speak of one year.",
        "D8: (a)(2)(vii) says the provider's own foreign beneficial owners; the form leaves that number to a person "
        "and counts those of its customers beside it.",
    ),
)

untimely_certification = Rule(
    code="K304-02",
    name="untimely-certification",
    cites="7.304(b)",
    says="A certification is renewed every year, not later than its anniversary and at most 60 calendar days before.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=certifying_provider & ever_certified,
    must=timely,
    by=next_certification,
    finding="The certification of this provider was not renewed within its time.",
)

# (c) Irregular updates ----------------------------------------------------------------------------

_D9 = "D9: the text sets no time for this notice: until it is made, it cannot be told whether it is late."

unnotified_change = Rule(
    code="K304-03",
    name="unnotified-change",
    cites="7.304(c)",
    says="A significant change of business or corporate structure, or a material one of a CIP, is notified.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=certifying_provider & facts.business_changed_on.is_given,
    must=facts.told_since(facts.business_change_notified_on, facts.business_changed_on),
    finding="A change of this provider was not notified.",
    notes=(_D9,),
)

unnotified_contact_change = Rule(
    code="K304-04",
    name="unnotified-contact-change",
    cites="7.304(c)",
    says="A change of the Primary Contact for the CIP is notified.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=certifying_provider & facts.contact_changed_on.is_given,
    must=facts.told_since(facts.contact_change_notified_on, facts.contact_changed_on),
    finding="A change of the Primary Contact of this provider was not notified.",
    notes=(_D9,),
)

unnotified_contact_change_of_reseller = Rule(
    code="K304-05",
    name="unnotified-contact-change-of-reseller",
    cites="7.304(c)",
    says="A change of the Primary Contact for the CIP of a foreign reseller is notified.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=certified_reseller & facts.contact_changed_on.is_given,
    must=facts.told_since(facts.contact_change_notified_on, facts.contact_changed_on),
    finding="A change of the Primary Contact of this foreign reseller was not notified.",
    notes=(_D9,),
)

# (d) New providers and new resellers --------------------------------------------------------------

uncertified_new_provider = Rule(
    code="K304-06",
    name="uncertified-new-provider",
    cites="7.304(d)",
    says="A newly established provider certifies its CIP before it furnishes any foreign customer with an Account.",
    prohibited_by="7.309(a)(2)",
    of=Of.ACCOUNT,
    when=covered_account
    & foreign_customer
    & certifying_provider
    & facts.established_on.is_given
    & facts.opened_on.is_given,
    # Who certified last before the opening had certified; of who certified later only the first day tells.
    must=(facts.previous_certification_on.is_given & (facts.previous_certification_on <= facts.opened_on))
    | (
        (facts.first_certification_on <= facts.opened_on)
        & (facts.first_certification_on.is_given | facts.previous_certification_on.is_given)
    ),
    finding="This Account was furnished to a foreign customer before the new provider had certified its CIP.",
    notes=("Newly established is not defined; a provider is taken for one if its date of establishment is given.",),
)

unnotified_new_reseller = Rule(
    code="K304-07",
    name="unnotified-new-reseller",
    cites="7.304(d)",
    says="The Department is notified of a new foreign reseller before it is supplied.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=certified_reseller & facts.supplied_on.is_given,
    must=facts.notified_on.is_given & (facts.notified_on <= facts.supplied_on),
    finding="The Department was not notified of this foreign reseller before it was supplied.",
)

# (e), (f) Resellers -------------------------------------------------------------------------------

uncollected_reseller_information = Rule(
    code="K304-08",
    name="uncollected-reseller-information",
    cites="7.304(e)",
    says="A provider collects from each foreign reseller what its certifications need.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=certified_reseller & ~terminated,
    must=facts.information_collected,
    finding="What the certification of this foreign reseller needs was not collected.",
)

untimely_reseller_certification = Rule(
    code="K304-09",
    name="untimely-reseller-certification",
    cites="7.304(f)",
    says="A provider certifies the CIP of each foreign reseller every year, in the same window.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=certified_reseller & ~terminated,
    must=(facts.previous_certification_on.is_given & timely)
    | (~facts.previous_certification_on.is_given & Undecided("previous_certification_on", _NO_FIRST_DAY)),
    by=next_certification,
    finding="The certification of this foreign reseller was not renewed within its time.",
)

RULES = (
    uncertified_program,
    untimely_certification,
    unnotified_change,
    unnotified_contact_change,
    unnotified_contact_change_of_reseller,
    uncertified_new_provider,
    unnotified_new_reseller,
    uncollected_reseller_information,
    untimely_reseller_certification,
)

# What is reported ---------------------------------------------------------------------------------

certification_count = Due(
    kind="certification-count",
    cites="7.304(a)(2)",
    says="The Account is counted in the next certification of the CIP.",
    when=account_of_foreign_interest,
    by=next_certification,
)

unverified_account = Due(
    kind="unverified-account",
    cites="7.304(a)(2)(ix)",
    says="The Account of a foreign customer whose identity is not verified is listed in the next certification.",
    when=covered_account & foreign_customer & ~facts.identity_verified,
    by=next_certification,
)

reseller_certification = Due(
    kind="reseller-certification",
    cites="7.304(f)",
    says="A certification of the CIP of the foreign reseller is filed every year.",
    when=covered_account & foreign_reseller,
    by=next_certification,
)

REPORTS = (
    certification_count,
    unverified_account,
    reseller_certification,
    Due(
        kind="certification",
        cites="7.304(b)",
        says="The annual certification of the CIP.",
        of=Of.PROVIDER,
        when=certifying_provider,
        by=next_certification,
        opens=window_opens,
    ),
    Due(
        kind="reseller-certification",
        cites="7.304(f)",
        says="The annual certification of the CIP of the foreign reseller.",
        of=Of.RESELLER,
        when=certified_reseller & ~terminated,
        by=next_certification,
        opens=window_opens,
    ),
)
