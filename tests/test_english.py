"""Every rule and definition as English that a lawyer can check against the paragraph."""

import importlib
import pkgutil
import re
from datetime import date
from decimal import Decimal

import pytest

from kycrule import facts, law
from kycrule.english import english
from kycrule.expr import (
    ALWAYS,
    NEVER,
    About,
    Certain,
    Compare,
    Constant,
    Definition,
    Earlier,
    FirstGiven,
    Flag,
    Later,
    Period,
    Plus,
    Scope,
    Subject,
    Undecided,
    every_access,
    some_access,
    some_owner,
)
from kycrule.law import RULES, SUBPART_D
from kycrule.law import s301_definitions as s301
from kycrule.law import s302_customer_identification as s302
from kycrule.law.s302_customer_identification import cip_applies, out_of_scope
from kycrule.law.s306_exemptions import found_to_deter_abuse
from kycrule.readings import READINGS

MODULES = [importlib.import_module(f"kycrule.law.{found.name}") for found in pkgutil.iter_modules(law.__path__)]
DEFINITIONS = {
    name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Definition)
}
CLAUSES = {
    **{f"{rule.code} when": rule.when for rule in RULES},
    **{f"{rule.code} must": rule.must for rule in RULES},
    **{name: definition.means for name, definition in DEFINITIONS.items()},
    **{f"{index} {ground.disposition}": ground.when for index, ground in enumerate(SUBPART_D.grounds)},
    **{due.kind: due.when for due in (*SUBPART_D.reports, SUBPART_D.retention)},
    **{f"{due.kind} by": due.by for due in (*SUBPART_D.reports, SUBPART_D.retention)},
}
OPENED, CLOSED = facts.opened_on, facts.closed_on


# Of all of the law --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLAUSES)
def test_everything_in_the_law_can_be_said(name):
    told = english(CLAUSES[name])

    assert told
    assert told == told.strip()
    assert "  " not in told
    assert not re.search(r"[{}<>\[\]=\n]|None|True|False|Scope|Subject|\w\(\w+=|frozenset|Decimal|datetime", told)


@pytest.mark.parametrize("name", CLAUSES)
def test_parentheses_are_closed_where_they_are_opened(name):
    depth = 0
    for character in english(CLAUSES[name]):
        depth += {"(": 1, ")": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("name", CLAUSES)
def test_no_name_of_a_field_stands_in_it(name):
    readings = {reading.name for reading in READINGS}

    assert set(re.findall(r"[a-z]+_[a-z_]+", english(CLAUSES[name]))) <= readings


@pytest.mark.parametrize("name", CLAUSES)
def test_it_speaks_of_whoever_is_asked_about(name):
    told = english(CLAUSES[name], "this customer")

    assert ("the party" in told) <= ("the party" in english(CLAUSES[name], "somebody else"))


# Rules word for word ------------------------------------------------------------------------------

RULE = {rule.code: rule for rule in RULES}


def test_who_is_asked_for_the_claim_to_be_a_us_person():
    assert english(RULE["K302-01"].when) == (
        "the provider is bound by the CIP requirements, and the party is a U.S. person, "
        "and (the party is the customer, or the owner is a beneficial owner)"
    )
    assert english(RULE["K302-01"].must) == (
        "the claim of the party to be a U.S. person was checked with reasonable diligence"
    )


def test_what_a_foreign_individual_without_a_street_address_gives():
    told = english(RULE["K302-05"].when, "the customer")

    assert told.startswith("the customer is a foreign customer or foreign beneficial owner of a covered Account, and ")
    assert told.endswith(
        "and the APO or FPO box number of the customer is given, and the street address of the customer is not given"
    )
    assert english(RULE["K302-05"].must) == "the list of locations from which the product will be used is given"


def test_what_a_foreign_entity_gives():
    assert english(RULE["K302-06"].must, "the customer") == (
        "the street address of the customer is given, and the list of locations from which the product will be used "
        "is given, and the country under whose law the customer is organized is given"
    )


def test_payment_may_stand_in_the_record_of_the_customer_or_of_an_owner():
    assert english(RULE["K302-08"].must) == (
        "(the means of payment is given, and the number or identifier of the payment is given), or "
        "there is a listed owner of whom this holds: "
        "the means of payment is given, and the number or identifier of the payment is given"
    )


def test_verification_comes_before_opening():
    told = english(RULE["K302-15"].when)

    assert "the reading provisional_use" in told
    assert told.endswith("and the date on which the Account was opened is given")
    assert english(RULE["K302-15"].must) == (
        "the identity of the party was verified, and the date of verification is on or before the date on which "
        "the Account was opened"
    )


def test_every_owner_whose_name_is_to_be_given():
    told = english(RULE["K302-07"].must)

    assert told.startswith("the ownership and control of the customer are fully established, and (")
    assert told.endswith(
        "of every listed owner this holds: the owner is not a beneficial owner, or the name of the owner is given"
    )


# Definitions word for word ------------------------------------------------------------------------


def test_us_person_has_its_four_limbs_in_order():
    told = english(s301.us_person.means)

    limbs = [
        "the party is a U.S. citizen",
        "the party is a lawful permanent resident of the United States",
        "the party is organized under the laws of the United States or a jurisdiction within it",
        "the party is located in the United States",
    ]
    assert [told.index(limb) for limb in limbs] == sorted(told.index(limb) for limb in limbs)
    assert told.count("), or (") == 2
    assert told.endswith(f"), or {limbs[-1]}")


def test_beneficial_owner():
    assert english(s301.beneficial_owner.means, "the owner") == (
        "the owner is someone who exercises substantial control over the customer, or "
        "the share of the owner in the ownership interests is at least 25 percent"
    )


def test_foreign_beneficial_owner():
    assert english(s301.foreign_beneficial_owner.means, "the owner") == (
        "the owner is a beneficial owner, and the owner is a foreign person"
    )


def test_account_of_us_persons_alone():
    told = english(s302.exempt_us_persons.means, "the customer")

    assert told.startswith("the customer is a U.S. person, and of every listed owner this holds: ")
    assert (
        "the owner is not a beneficial owner, or (the owner is a U.S. person, and the claim of the owner to be "
        "a U.S. person was checked with reasonable diligence)"
    ) in told
    assert "the claim of the customer to be a U.S. person was checked with reasonable diligence" in told


def test_foreign_person_is_who_is_no_us_person():
    assert english(s301.foreign_person.means) == "the party is not a U.S. person"


def test_bound_by_the_cip_requirements():
    assert english(cip_applies.means) == (
        "the provider is bound to identify its customers, and the provider is not a categorically exempt foreign "
        "subsidiary, and the provider is not found by the Secretary to deter abuse"
    )


def test_found_to_deter_abuse():
    assert english(found_to_deter_abuse.means, "the provider") == (
        "the date of a § 7.306 finding for the provider is given, and "
        "the date of a § 7.306 finding for the provider is on or before the date as of which this is asked, and "
        "it is not so that (the date on which the § 7.306 finding was revoked is given, and "
        "the date on which the § 7.306 finding was revoked is on or before the date as of which this is asked)"
    )


def test_out_of_scope():
    assert english(out_of_scope.means) == (
        "the provider is not bound to identify its customers, and "
        "the provider is not a categorically exempt foreign subsidiary"
    )


def test_a_choice_names_its_reading_and_every_answer():
    told = english(s301.lawful_permanent_resident.means)

    assert told.startswith("as the reading permanent_residence has it (presumed-absent: ")
    assert "; must-be-stated: the party is a lawful permanent resident of the United States)" in told


def test_dates_of_retention():
    told = english(SUBPART_D.retention.by)

    assert "later: 2 years after the later of the date on which the Account was closed and the date" in told
    assert "earlier: 2 years after the earlier of the date on which the Account was closed (or, if not given, " in told


# Each kind of node --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (ALWAYS, "in any case"),
        (NEVER, "never"),
        (Certain(truth=True), "in any case"),
        (Undecided("owners", "an owner may be missing"), "an owner may be missing"),
        (facts.identity_verified, "the identity of the party was verified"),
        (~facts.identity_verified, "the identity of the party was not verified"),
        (facts.identity_verified.is_no, "it is settled that the identity of the party was not verified"),
        (facts.identity_verified.is_yes, "it is settled that the identity of the party was verified"),
        (facts.us_owned.is_no, "it is settled that the party is not owned by a U.S. person"),
        (~facts.reseller_account, "the Account was not opened to offer the products on to a third party"),
        (~facts.owners_known, "the ownership and control of the customer are not fully established"),
        (facts.email.is_given, "the e-mail address is given"),
        (~facts.email.is_given, "the e-mail address is not given"),
        (facts.resells_for.is_there, "the provider with which the party holds an Account for onward supply is named"),
        (
            OPENED < CLOSED,
            "the date on which the Account was opened is before the date on which the Account was closed",
        ),
        (OPENED > CLOSED, "the date on which the Account was opened is after the date on which the Account was closed"),
        (
            Compare(OPENED, ">=", Constant(date(2024, 2, 29))),
            "the date on which the Account was opened is on or after 2024-02-29",
        ),
        (
            Compare(OPENED, "=", CLOSED),
            "the date on which the Account was opened is the same day as the date on which the Account was closed",
        ),
        (facts.share > Constant(Decimal(25)), "the share of the party in the ownership interests is more than 25"),
        (facts.share < Constant(Decimal(25)), "the share of the party in the ownership interests is less than 25"),
        (facts.share <= Constant(Decimal(25)), "the share of the party in the ownership interests is at most 25"),
        (facts.citizenships.includes_any({"US"}, "that of the U.S."), "the citizenships of the party include that of "),
        (facts.country.is_one_of({"US"}, "in the U.S."), "the country of the address of the party is in the U.S."),
        (some_access(), "there is a recorded access"),
        (every_access(facts.ip_reachable), "of every recorded access this holds: the address is globally reachable"),
        (some_owner(facts.senior_officer), "there is a listed owner of whom this holds: the owner is a senior officer"),
        (About(Subject.PARENT, s301.us_person), "the provider's parent is a U.S. person"),
        (About(Subject.UPSTREAM, facts.offers_iaas), "the provider that it resells for is offering an IaaS product"),
        (Later(OPENED, CLOSED), "the later of the date on which the Account was opened and the date on which"),
        (Earlier(OPENED, CLOSED), "the earlier of the date on which the Account was opened and the date on which"),
        (FirstGiven(OPENED, OPENED), "the date on which the Account was opened"),
        (
            Plus(CLOSED, Period(days=10, cites="7.303(d)", says="ten days")),
            "10 calendar days after the date on which the Account was closed",
        ),
    ],
)
def test_each_kind_of_node_has_its_english(node, told):
    assert english(node).startswith(told)


def test_not_known_is_said_plainly():
    told = english(~facts.owners_known.is_given)

    assert told.startswith("it is not known whether ")


def test_a_denial_stands_where_it_is_read():
    assert english(~(facts.email.is_given & facts.phone.is_given)) == (
        "it is not so that (the e-mail address is given, and the telephone number is given)"
    )
    assert english(~facts.citizenships.includes_any({"US"}, "ours")) == (
        "the citizenships of the party do not include ours"
    )


def test_a_clause_without_a_verb_to_deny_is_denied_as_a_whole():
    claims = Flag("claims", Scope.PARTY, "{party} claims it")

    assert english(~claims, "she") == "it is not so that she claims it"


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (~facts.organized_in.is_given, "the country under whose law the party is organized is not given"),
        (~facts.opened_for.equals("other"), "the person for whose use the Account is opened is not other"),
    ],
)
def test_the_main_verb_is_denied_and_not_that_of_a_clause_before_it(node, told):
    assert english(node) == told


@pytest.mark.parametrize("thing", [5, "text", object()])
def test_what_is_no_expression_has_no_english(thing):
    with pytest.raises(NotImplementedError, match=f"no English for {type(thing).__name__}"):
        english(thing)
