"""The language of the rules: what can be written in it, and what it refuses."""

from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal

import pytest

from kycrule import facts
from kycrule.binding import bind
from kycrule.errors import DefinitionError
from kycrule.expr import (
    ALWAYS,
    NEVER,
    About,
    And,
    Choice,
    Compare,
    Constant,
    Dated,
    Definition,
    Earlier,
    Every,
    FirstGiven,
    Given,
    IncludesAny,
    Is,
    Later,
    Not,
    OneOf,
    Or,
    Period,
    Plus,
    Scope,
    Some,
    Subject,
    Undecided,
    ValueChoice,
    every_access,
    every_owner,
    some_access,
    some_owner,
)
from kycrule.law import SUBPART_D
from kycrule.law.s301_definitions import us_person
from kycrule.provisions import Rule
from kycrule.readings import PROVISIONAL_USE, RETENTION_CLOCK, Readings

ONE, TWO, THREE = facts.identity_verified, facts.us_person_verified, facts.owners_known
TERM = Definition(name="a term", cites="7.301", says="A term.", means=ONE)
YEAR = Period(years=1, cites="7.304(b)", says="a year")

NODES = [
    ONE,
    facts.email,
    Constant("x"),
    Plus(facts.opened_on, YEAR),
    Later(facts.opened_on, facts.closed_on),
    Earlier(facts.opened_on, facts.closed_on),
    FirstGiven(facts.opened_on, facts.closed_on),
    ALWAYS,
    NEVER,
    Undecided("readings.located", "it is open"),
    And((ONE, TWO)),
    Or((ONE, TWO)),
    Not(ONE),
    Is(ONE, None),
    Given(facts.email),
    Compare(facts.share, ">=", Constant(Decimal(25))),
    OneOf(facts.country, frozenset({"US"}), "here"),
    IncludesAny(facts.citizenships, frozenset({"US"}), "ours"),
    Some(Subject.OWNER, ONE),
    Every(Subject.ACCESS, ALWAYS),
    About(Subject.PROVIDER, TERM),
    Choice("provisional_use", {"strict": ALWAYS, "cip-terms": NEVER}),
    ValueChoice("retention_clock", {"later": facts.opened_on, "earlier": facts.closed_on}),
    TERM,
]


# No truth of its own ------------------------------------------------------------------------------


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_no_node_has_a_truth_of_its_own(node):
    with pytest.raises(DefinitionError, match=r"combine with &, \| and ~"):
        bool(node)


def test_and_or_and_not_written_by_mistake_fail_at_once():
    with pytest.raises(DefinitionError):
        _ = ONE and TWO
    with pytest.raises(DefinitionError):
        _ = ONE or TWO
    with pytest.raises(DefinitionError):
        _ = not ONE
    with pytest.raises(DefinitionError):
        _ = date(2024, 1, 1) if facts.email.is_given else None


def test_a_chained_comparison_fails_at_once():
    with pytest.raises(DefinitionError):
        _ = facts.opened_on <= facts.verified_on <= facts.closed_on


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_every_node_is_frozen(node):
    field = next(iter(node.__dataclass_fields__))

    with pytest.raises(FrozenInstanceError):
        setattr(node, field, None)


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_every_node_can_be_a_member_of_a_set(node):
    assert len({node, node}) == 1


# Building -----------------------------------------------------------------------------------------


def test_a_chain_of_and_is_one_flat_node_in_the_order_written():
    assert And((ONE, TWO, THREE)) == (ONE & TWO & THREE)
    assert And((ONE, TWO, THREE)) == (ONE & (TWO & THREE))


def test_a_chain_of_or_is_one_flat_node_in_the_order_written():
    assert Or((ONE, TWO, THREE)) == (ONE | TWO | THREE)
    assert Or((ONE, TWO, THREE)) == (ONE | (TWO | THREE))


def test_and_within_or_keeps_its_place():
    assert Or((And((ONE, TWO)), THREE)) == (ONE & TWO | THREE)
    assert And((Or((ONE, TWO)), THREE)) == ((ONE | TWO) & THREE)


def test_a_definition_is_not_looked_into_when_it_is_combined():
    defined = replace(TERM, means=ONE & TWO)

    assert (defined & THREE) == And((defined, THREE))


def test_denied_twice_is_what_it_was():
    assert Not(ONE) == ~ONE
    assert ~~ONE is ONE


def test_questions_about_an_answer_are_never_unknown_themselves():
    assert ONE.is_yes == Is(ONE, truth=True)
    assert ONE.is_no == Is(ONE, truth=False)
    assert ONE.is_known == Not(Is(ONE, truth=None))
    assert ONE.is_given == ONE.is_known


def test_questions_about_a_value():
    assert facts.email.is_given == Given(facts.email)
    assert facts.resells_for.is_there == Compare(facts.resells_for, "=", facts.resells_for)
    assert facts.kind.equals("entity") == Compare(facts.kind, "=", Constant("entity"))
    assert facts.country.is_one_of(["US", "PR", "US"], "ours") == OneOf(facts.country, frozenset({"US", "PR"}), "ours")
    assert facts.citizenships.includes_any(["US"], "ours") == IncludesAny(facts.citizenships, frozenset({"US"}), "ours")


def test_each_comparison_is_a_node_of_its_own():
    opened, closed = facts.opened_on, facts.closed_on

    assert (opened < closed) == Compare(opened, "<", closed)
    assert (opened <= closed) == Compare(opened, "<=", closed)
    assert (opened > closed) == Compare(opened, ">", closed)
    assert (opened >= closed) == Compare(opened, ">=", closed)


def test_quantifiers():
    assert some_owner(ONE) == Some(Subject.OWNER, ONE)
    assert every_owner(ONE) == Every(Subject.OWNER, ONE)
    assert some_access() == Some(Subject.ACCESS, ALWAYS)
    assert every_access(facts.ip_reachable) == Every(Subject.ACCESS, facts.ip_reachable)


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (Period(years=2, cites="7.302(e)(2)", says="two years"), "2 years"),
        (Period(days=10, cites="7.303(d)", says="ten days"), "10 calendar days"),
    ],
)
def test_a_period_tells_its_length(period, told):
    assert str(period) == told


def test_a_number_that_was_changed_is_that_of_the_day():
    first, second = date(2020, 1, 15), date(2024, 1, 15)
    number = Dated(steps=((first, Decimal(10)), (second, Decimal(12))), cites="7.309(c)(1)", says="an amount")

    assert number.on(date(2020, 1, 14)) is None
    assert number.on(first) == Decimal(10)
    assert number.on(date(2024, 1, 14)) == Decimal(10)
    assert number.on(second) == number.on(date(2030, 1, 1)) == Decimal(12)


# Written wrongly ----------------------------------------------------------------------------------


def bound(must):
    rule = Rule(code="K999-01", name="drawn", cites="7.301", says="", when=ALWAYS, must=must, finding="")
    return bind(replace(SUBPART_D, rules=(rule,)), Readings())


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(lambda: ONE & facts.email, id="a value for a condition"),
        pytest.param(lambda: ONE | "yes", id="a text for a condition"),
        pytest.param(lambda: ONE & (facts.kind == "individual"), id="== for equals"),
        pytest.param(lambda: some_owner(facts.share >= Decimal(25)), id="a bare number"),
        pytest.param(lambda: facts.opened_on <= "2024-01-01", id="a bare text for a date"),
        pytest.param(lambda: Given(ONE), id="whether a condition is given, as of a value"),
    ],
)
def test_a_part_that_is_no_expression_is_refused_when_the_law_is_bound(mistake):
    with pytest.raises(DefinitionError, match="cannot be bound"):
        bound(mistake())


@pytest.mark.parametrize("combine", [lambda: facts.email & ONE, lambda: ~facts.email, lambda: facts.email | ONE])
def test_a_value_is_no_condition(combine):
    with pytest.raises(TypeError):
        combine()


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (facts.share >= Constant(Decimal(25)), "'share' belongs to owner and cannot be asked of customer"),
        (facts.ip.is_given, "'ip' belongs to access and cannot be asked of customer"),
        (About(Subject.PROVIDER, facts.substantial_control), "cannot be asked of provider"),
        (some_access(us_person), "cannot be asked of access"),
        (replace(TERM, of=Scope.OWNER), "'a term' belongs to owner and cannot be asked of customer"),
    ],
)
def test_a_fact_is_asked_only_of_those_who_have_it(node, told):
    with pytest.raises(DefinitionError, match=told):
        bound(node)


@pytest.mark.parametrize(
    "part",
    [facts.owners_known & facts.substantial_control, facts.reseller_account, About(Subject.PROVIDER, facts.us_owned)],
)
def test_a_condition_on_rows_speaks_of_the_row_alone(part):
    with pytest.raises(DefinitionError, match="may speak of that owner alone"):
        bound(some_owner(part))


@pytest.mark.parametrize(
    "branches",
    [
        {"strict": ALWAYS},
        {"strict": ALWAYS, "cip-terms": NEVER, "third": NEVER},
        {"strict": ALWAYS, "cip_terms": NEVER},
    ],
)
def test_a_reading_needs_one_branch_for_each_of_its_answers(branches):
    with pytest.raises(DefinitionError, match="The reading provisional_use needs one branch"):
        PROVISIONAL_USE.choose(branches)


def test_a_date_that_a_reading_chooses_needs_each_branch_too():
    with pytest.raises(DefinitionError, match="The reading retention_clock needs one branch"):
        RETENTION_CLOCK.choose_value({"later": facts.closed_on})
