"""The plain interpreter: what it says of an expression, and the reasons that it tells."""

from dataclasses import replace
from datetime import date

import pytest
import worlds

from kycrule import facts
from kycrule.engines.trace import World, told, truth_of, value_of
from kycrule.expr import (
    Among,
    Before,
    Constant,
    Definition,
    Period,
    Plus,
    Scope,
    Subject,
    Undecided,
    every_access,
    some_owner,
)
from kycrule.law import SUBPART_D
from kycrule.law.s301_definitions import beneficial_owner, us_citizen
from kycrule.law.s302_customer_identification import customer_or_beneficial_owner, verified_after_opening
from kycrule.readings import PROVISIONAL_USE, Readings
from kycrule.records import Customer

TEN_DAYS = Period(days=10, cites="7.303(d)", says="ten days")
ANN = {"owner_id": "Ann", "substantial_control": True}
BOB = {"substantial_control": False, "share": "1"}


def world(*unread, readings=Readings(), **fields):
    customer = Customer.read({"account_id": "a", **fields})
    records = {
        Subject.CUSTOMER: customer,
        Subject.PROVIDER: worlds.NOBODY,
        Subject.UPSTREAM: worlds.NOBODY,
        Subject.PARENT: worlds.NOBODY,
    }
    return World(records=records, as_of=worlds.AS_OF, readings=readings, unread=frozenset(unread))


def reasons(node, asked):
    return list(told(node, asked))


# Truth --------------------------------------------------------------------------------------------


def test_date_of_retention_is_that_of_the_reading():
    dates = {"closed_on": "2024-02-29", "last_accessed_on": "2024-01-31"}
    by = SUBPART_D.retention.by

    assert value_of(by, world(**dates)) == date(2026, 2, 28)
    assert value_of(by, world(readings=Readings(retention_clock="earlier"), **dates)) == date(2026, 1, 31)
    assert value_of(by, world()) is None


def test_days_are_counted_after_the_first():
    assert value_of(Plus(facts.closed_on, TEN_DAYS), world(closed_on="2024-03-01")) == date(2024, 3, 11)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"country": "KP"}, True),
        ({"country": "FR"}, False),
        ({}, None),
        ({"country": "KP", "other_names": ["B"]}, True),
    ],
)
def test_what_is_listed_is_found_by_one_value_or_by_any_of_several(fields, expected):
    here = replace(world(**fields), lists=(("countries", frozenset({"KP"})), ("names", frozenset({"A", "B"}))))

    assert truth_of(Among(facts.country, "countries", "one of these"), here) is expected
    assert truth_of(Among(facts.other_names, "names", "one of these"), here) is (
        True if "other_names" in fields else None
    )
    assert truth_of(Among(facts.country, "a list that the run has not", "one of these"), here) is False


def test_days_are_counted_before_the_last():
    assert value_of(Before(facts.closed_on, TEN_DAYS), world(closed_on="2024-03-11")) == date(2024, 3, 1)


def test_what_follows_a_deciding_part_is_not_asked_of_those_who_have_no_such_fact():
    assert truth_of(customer_or_beneficial_owner, world()) is True


@pytest.mark.parametrize("unread", [True, False])
def test_an_unread_row_keeps_open_what_no_other_row_decides(unread):
    tables = ["owners"] * unread

    assert truth_of(some_owner(beneficial_owner), world(*tables, owners=[BOB])) is (None if unread else False)
    assert truth_of(some_owner(beneficial_owner), world(*tables, owners=[BOB, ANN])) is True


def test_what_is_no_expression_has_neither_truth_nor_value():
    with pytest.raises(NotImplementedError, match="Fact"):
        truth_of(facts.email, world())
    with pytest.raises(NotImplementedError, match="Flag"):
        value_of(facts.owners_known, world())


# Reasons ------------------------------------------------------------------------------------------


def test_a_definition_is_told_with_its_paragraph_and_then_its_reasons():
    assert reasons(us_citizen, world(citizenships=["US"])) == [
        "- the customer is a U.S. citizen: yes [7.301]",
        "  - the citizenships of the customer include that of the United States: yes",
    ]


def test_an_owner_is_told_by_name_or_place_where_the_answer_rests_on_it():
    text = "\n".join(reasons(some_owner(beneficial_owner), world(owners=[BOB, ANN])))

    assert "- of owner Ann:" in text
    assert "#1" not in text
    assert "- of owner #1:" in reasons(some_owner(beneficial_owner), world(owners=[BOB]))


def test_that_there_are_no_rows_is_a_reason():
    assert reasons(some_owner(beneficial_owner), world()) == ["- there is no listed owner: yes"]
    assert reasons(every_access(facts.ip_reachable), world()) == ["- there is no listed access: yes"]


def test_a_row_that_could_not_be_read_is_a_reason_only_where_the_answer_is_open():
    unread = "- a row of the owners of this account could not be read: yes"

    assert unread in reasons(some_owner(beneficial_owner), world("owners", owners=[BOB]))
    assert unread not in reasons(some_owner(beneficial_owner), world("owners", owners=[ANN]))


def test_an_access_is_told_without_its_address():
    text = "\n".join(reasons(every_access(facts.ip_reachable), world(accesses=[{"ip": "10.0.0.1"}])))

    assert "- of access #1:" in text
    assert "the address is globally reachable: no" in text
    assert "10.0.0.1" not in text


def test_an_open_question_is_a_reason():
    assert reasons(Undecided("owners", "an owner may be missing"), world()) == [
        "- an owner may be missing: cannot tell"
    ]


def test_a_reading_that_decides_is_a_reason():
    lifted = PROVISIONAL_USE.choose({"strict": facts.owners_known, "cip-terms": ~Constant("x").equals("x")})
    text = reasons(verified_after_opening.when, world(readings=Readings(provisional_use="cip-terms")))

    assert "- as the reading provisional_use = cip-terms has it: no" in text
    assert reasons(lifted, world(owners_known=True)) == [
        "- the ownership and control of the customer are fully established: yes"
    ]


def test_what_is_denied_is_told_as_it_stands():
    term = Definition(name="a term", cites="7.301", says="A term.", means=facts.owners_known, of=Scope.ACCOUNT)

    assert reasons(~term, world(owners_known=False))[0].endswith("a term: no [7.301]")
    assert reasons(~facts.owners_known, world(owners_known=False)) == [
        "- the ownership and control of the customer are not fully established: yes"
    ]


def test_reasons_of_the_customer_are_told_before_those_that_only_owners_have():
    assert reasons(customer_or_beneficial_owner, world()) == ["- the customer is the customer: yes"]
