"""§ 7.302 Customer Identification Program."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import (
    ALWAYS,
    NEVER,
    Definition,
    Earlier,
    FirstGiven,
    Later,
    Period,
    Plus,
    Scope,
    every_access,
    every_owner,
    some_access,
    some_owner,
)
from kycrule.law.s301_definitions import (
    beneficial_owner,
    categorically_exempt,
    foreign_customer,
    foreign_person,
    has_foreign_beneficial_owner,
    ownership_established,
    us_iaas_provider,
    us_person,
)
from kycrule.law.s303_foreign_resellers import duty_bearer
from kycrule.law.s306_exemptions import found_to_deter_abuse
from kycrule.provisions import Due, Of, Rule
from kycrule.readings import PROVISIONAL_USE, RETENTION_CLOCK

RETENTION = Period(years=2, cites="7.302(e)(2)", says="the shortest time for which records are kept")

# (a) Who is bound ---------------------------------------------------------------------------------

out_of_scope = Definition(
    name="out of scope",
    cites="7.301",
    says="Neither a U.S. IaaS provider of U.S. IaaS products nor a foreign reseller of them.",
    of=Scope.PROVIDER,
    own=True,
    means=~duty_bearer & ~categorically_exempt,
)

cip_applies = Definition(
    name="bound by the CIP requirements",
    cites="7.302(a)",
    says="In scope, and neither exempt by a finding nor as a foreign subsidiary.",
    of=Scope.PROVIDER,
    means=duty_bearer & ~categorically_exempt & ~found_to_deter_abuse,
)

missing_written_cip = Rule(
    code="K302-17",
    name="missing-written-cip",
    cites="7.302(a)",
    says="A provider maintains and implements a written CIP.",
    prohibited_by="7.309(a)(3)",
    of=Of.PROVIDER,
    when=cip_applies & us_iaas_provider,
    must=facts.has_written_cip,
    finding="This provider does not maintain and implement a written CIP.",
    notes=("D20: only the definition of a CIP has customers notified about disclosure; nothing is judged by it.",),
)

# (d)(1)(i) Who is a U.S. person -------------------------------------------------------------------

exempt_us_persons = Definition(
    name="an Account of U.S. persons alone",
    cites="7.302(d)(1)(i)",
    says="The customer and every beneficial owner are U.S. persons, ownership is established, the status is "
    "verified, and the Account is for the customer's own use. Until that is determined nobody is exempt.",
    of=Scope.ACCOUNT,
    notes=("D17: the words exempt from the whole subpart, yet § 7.308 reaches acts on behalf of foreign persons.",),
    means=us_person
    & every_owner(~beneficial_owner | (us_person & facts.us_person_verified))
    & ownership_established
    & facts.us_person_verified
    & facts.opened_for.equals("customer"),
)

covered_account = Definition(
    name="a covered Account",
    cites="7.302(d)(1)(i)",
    says="An Account that a bound provider serves and that is not one of U.S. persons alone.",
    of=Scope.ACCOUNT,
    means=cip_applies & ~exempt_us_persons,
)

customer_or_beneficial_owner = facts.is_customer | beneficial_owner

identified_party = Definition(
    name="a foreign customer or foreign beneficial owner of a covered Account",
    cites="7.302(d)(1)(iii)",
    says="Everyone from whom the minimum information is obtained.",
    means=covered_account & foreign_person & customer_or_beneficial_owner,
)

account_of_foreign_interest = Definition(
    name="a covered Account with a foreign customer or foreign beneficial owner",
    cites="7.302(d)(1)(iii)",
    says="The Account for which payment and addresses are obtained.",
    of=Scope.ACCOUNT,
    means=covered_account & (foreign_customer | has_foreign_beneficial_owner),
)

named_beneficial_owners = (
    facts.owners_known
    & (facts.owners_known.is_yes | facts.has_owners)
    & every_owner(~beneficial_owner | facts.name.is_given)
)
# The payment is the Account's: an owner's record may carry it as well as the customer's.
given_payment = (facts.payment_type.is_given & facts.payment_reference.is_given) | some_owner(
    facts.payment_type.is_given & facts.payment_reference.is_given
)

unchecked_us_person_claim = Rule(
    code="K302-01",
    name="unchecked-us-person-claim",
    cites="7.302(d)(1)(i)",
    says="The provider uses reasonable diligence on anyone who claims to be a U.S. person.",
    prohibited_by="7.309(a)(3)",
    when=cip_applies & us_person & customer_or_beneficial_owner,
    must=facts.us_person_verified,
    finding="The claim of this party to be a U.S. person was not checked with reasonable diligence.",
)

unestablished_ownership = Rule(
    code="K302-02",
    name="unestablished-ownership",
    cites="7.302(d)(1)(i)",
    says="The provider can tell who all the beneficial owners of a customer are.",
    prohibited_by="7.309(a)(3)",
    of=Of.ACCOUNT,
    when=cip_applies,
    must=ownership_established,
    finding="The beneficial owners of this customer are not fully established.",
    notes=("D3: the rule speaks of beneficial owners of a customer and of an Account; both are taken as one.",),
)

# (d)(1)(iii) The minimum information --------------------------------------------------------------

missing_name = Rule(
    code="K302-03",
    name="missing-name",
    cites="7.302(d)(1)(iii)(A)(1)",
    also_cites=("7.302(d)(1)(iii)(A)(2)",),
    says="An individual gives the full legal name; an entity its business name and all other names.",
    prohibited_by="7.309(a)(3)",
    when=identified_party,
    must=facts.name.is_given,
    finding="No legal or business name was obtained for this party.",
    notes=("A blank other_names says that no other name is known; a record cannot show that one was withheld.",),
)

missing_street_address = Rule(
    code="K302-04",
    name="missing-street-address",
    cites="7.302(d)(1)(iii)(B)(1)",
    says="A foreign individual gives a home or business street address and where the product will be used.",
    prohibited_by="7.309(a)(3)",
    when=identified_party & facts.is_individual & ~facts.has_only_military_box,
    must=facts.street_address.is_given & facts.use_locations.is_given,
    finding="No street address, with the locations of use, was obtained for this individual.",
    notes=("D19: for a foreign individual with neither street address nor APO/FPO box the text has no provision.",),
)

unlocated_use_from_military_box = Rule(
    code="K302-05",
    name="unlocated-use-from-military-box",
    cites="7.302(d)(1)(iii)(B)(2)",
    says="An individual without a street address gives an APO or FPO box number and where the product will be used.",
    prohibited_by="7.309(a)(3)",
    when=identified_party & facts.is_individual & facts.has_only_military_box,
    must=facts.use_locations.is_given,
    finding="An APO or FPO box was obtained for this individual, but no locations of use.",
)

missing_place_of_business = Rule(
    code="K302-06",
    name="missing-place-of-business",
    cites="7.302(d)(1)(iii)(B)(3)",
    also_cites=("7.302(d)(1)(iii)(B)(4)",),
    says="An entity gives its principal place of business (or, if no business, an address for inquiries), where "
    "the product will be used, and the jurisdiction under whose laws it is organized.",
    prohibited_by="7.309(a)(3)",
    when=identified_party & facts.is_entity,
    # (4) cannot be missing once the entity is known to be foreign: that status rests on it.
    must=facts.street_address.is_given & facts.use_locations.is_given & facts.organized_in.is_given,
    finding="No principal place of business, with the locations of use, was obtained for this entity.",
)

missing_beneficial_owner_names = Rule(
    code="K302-07",
    name="missing-beneficial-owner-names",
    cites="7.302(d)(1)(iii)(B)(5)",
    says="An entity gives the names of its beneficial owners.",
    prohibited_by="7.309(a)(3)",
    of=Of.ACCOUNT,
    when=covered_account & foreign_customer & facts.is_entity,
    must=named_beneficial_owners,
    finding="The names of all beneficial owners of this entity were not obtained.",
)

missing_means_of_payment = Rule(
    code="K302-08",
    name="missing-means-of-payment",
    cites="7.302(d)(1)(iii)(C)",
    says="The means and source of payment for the Account are obtained, whichever of the listed kinds applies.",
    prohibited_by="7.309(a)(3)",
    of=Of.ACCOUNT,
    when=account_of_foreign_interest,
    must=given_payment,
    finding="No means and source of payment was obtained for this Account.",
    notes=("The text does not say what a free trial without any payment gives.",),
)

missing_email = Rule(
    code="K302-09",
    name="missing-email",
    cites="7.302(d)(1)(iii)(D)",
    says="An e-mail address is obtained.",
    prohibited_by="7.309(a)(3)",
    when=identified_party,
    must=facts.email.is_given,
    finding="No e-mail address was obtained for this party.",
)

missing_telephone = Rule(
    code="K302-10",
    name="missing-telephone",
    cites="7.302(d)(1)(iii)(E)",
    says="Telephonic contact information is obtained.",
    prohibited_by="7.309(a)(3)",
    when=identified_party,
    must=facts.phone.is_given,
    finding="No telephone number was obtained for this party.",
)

missing_ip_addresses = Rule(
    code="K302-11",
    name="missing-ip-addresses",
    cites="7.302(d)(1)(iii)(F)",
    says="The IP addresses used for access or administration of the Account are obtained.",
    prohibited_by="7.309(a)(3)",
    of=Of.ACCOUNT,
    when=account_of_foreign_interest & facts.opened_on.is_given,
    must=some_access(facts.ip.is_given),
    finding="No IP address used for access or administration was obtained for this Account.",
    notes=("D7: asked for before opening, when no access can have happened; judged once the Account is open.",),
)

untimed_access = Rule(
    code="K302-12",
    name="untimed-access",
    cites="7.302(d)(1)(iii)(F)",
    says="Each address comes with the date and time of the access or administrative action.",
    prohibited_by="7.309(a)(3)",
    of=Of.ACCOUNT,
    when=account_of_foreign_interest & facts.has_accesses,
    must=every_access(facts.at.is_given),
    finding="An access of this Account is recorded without its date and time.",
)

unreachable_access_address = Rule(
    code="K302-13",
    name="unreachable-access-address",
    cites="7.302(d)(1)(iii)(F)",
    says="Each address is globally reachable: a private, shared or reserved one does not show who used the Account.",
    prohibited_by="7.309(a)(3)",
    of=Of.ACCOUNT,
    when=account_of_foreign_interest & facts.has_accesses,
    must=every_access(facts.ip_reachable),
    finding="An access of this Account is recorded with an address that is not globally reachable.",
)

# (d)(2) Verification ------------------------------------------------------------------------------

unverified_identity = Rule(
    code="K302-14",
    name="unverified-identity",
    cites="7.302(d)(2)",
    says="The identity of a foreign customer and of each foreign beneficial owner is verified.",
    prohibited_by="7.309(a)(3)",
    when=identified_party,
    must=facts.identity_verified,
    finding="The identity of this party was not verified.",
)

verified_after_opening = Rule(
    code="K302-15",
    name="verified-after-opening",
    cites="7.302(d)(2)",
    also_cites=("7.302(d)(3)",),
    says="Verification comes before the Account is opened.",
    prohibited_by="7.309(a)(3)",
    # Reading: provisional_use. The terms of a CIP may let an Account be used meanwhile.
    when=PROVISIONAL_USE.choose({"strict": ALWAYS, "cip-terms": NEVER}) & identified_party & facts.opened_on.is_given,
    must=facts.identity_verified & (facts.verified_on <= facts.opened_on),
    finding="The Account was opened before the identity of this party was verified.",
    notes=("D6: (d)(2) has verification before opening, (d)(3)(ii) terms for use while it is attempted.",),
)

missing_verification_method = Rule(
    code="K302-16",
    name="missing-verification-method",
    cites="7.302(d)(2)(i)",
    also_cites=("7.302(d)(2)(ii)",),
    says="An identity is verified by documents, by other methods that the CIP describes, or by both.",
    prohibited_by="7.309(a)(3)",
    when=identified_party & facts.identity_verified,
    must=facts.verification_method.is_given,
    finding="The identity of this party is said to be verified, but not by which method.",
)

# (e) Records --------------------------------------------------------------------------------------

retention = Due(
    kind="retention",
    cites="7.302(e)(2)",
    says="Records are kept at least two years after the Account is closed or was last accessed.",
    # Until an Account is determined to be exempt its records are kept.
    when=~covered_account.is_no,
    # Reading: retention_clock.
    by=RETENTION_CLOCK.choose_value(
        {
            "later": Plus(
                Later(facts.closed_on, FirstGiven(facts.last_accessed_on, facts.closed_on)),
                RETENTION,
            ),
            "earlier": Plus(
                Earlier(
                    FirstGiven(facts.closed_on, facts.last_accessed_on),
                    FirstGiven(facts.last_accessed_on, facts.closed_on),
                ),
                RETENTION,
            ),
        }
    ),
)

RULES = (
    missing_written_cip,
    unchecked_us_person_claim,
    unestablished_ownership,
    missing_name,
    missing_street_address,
    unlocated_use_from_military_box,
    missing_place_of_business,
    missing_beneficial_owner_names,
    missing_means_of_payment,
    missing_email,
    missing_telephone,
    missing_ip_addresses,
    untimed_access,
    unreachable_access_address,
    unverified_identity,
    verified_after_opening,
    missing_verification_method,
)
