"""The engine for one record: what it compiles can be read, and what it cannot compile it refuses."""

import ast
from dataclasses import replace
from datetime import date

import pytest
import worlds

from kycrule import facts
from kycrule.binding import bind
from kycrule.determine import program
from kycrule.engines.record import Judge
from kycrule.expr import ALWAYS, NEVER, Constant, Plus, Value
from kycrule.law import SUBPART_D
from kycrule.law.s302_customer_identification import RETENTION
from kycrule.provisions import Due, Of, Rule
from kycrule.readings import READINGS, Readings, alternatives
from kycrule.records import Customer, Provider

AS_OF = worlds.AS_OF
HERE = Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
ABROAD = HERE.model_copy(update={"organized_in": "DE", "located_in": "DE", "product_us_owned": False})
FOREIGN = Customer.read({"account_id": "a", "kind": "individual", "citizenships": ["FR"], "country": "FR"})
EVERY_READING = [Readings(), *(other for reading in READINGS for other in alternatives(Readings(), reading.name))]


@pytest.mark.parametrize("readings", EVERY_READING, ids=lambda readings: ",".join(readings.changed().values()) or "-")
def test_source_is_five_functions_that_can_be_read(readings):
    parsed = ast.parse(Judge(program(readings)).source)

    assert [function.name for function in parsed.body] == [
        "provide",
        "look_at_owner",
        "observe",
        "judge",
        "judge_owner",
    ]


def test_source_imports_nothing_and_calls_only_what_is_given_to_it():
    parsed = ast.parse(Judge(program(Readings())).source)
    called = {
        node.func.id for node in ast.walk(parsed) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    methods = {
        node.func.attr
        for node in ast.walk(parsed)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not [node for node in ast.walk(parsed) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert called <= {"look_at_owner", "tuple"}
    assert methods <= {"append", "isdisjoint"}


def test_source_is_the_same_each_time():
    assert Judge(program(Readings())).source == Judge(bind(SUBPART_D, Readings())).source


def test_a_reading_leaves_only_its_own_branch_in_the_source():
    strict = Judge(program(Readings())).source
    lifted = Judge(program(Readings(provisional_use="cip-terms"))).source

    assert "customer_verified_on <= customer_opened_on" in strict
    assert "customer_verified_on <= customer_opened_on" not in lifted


def test_each_provider_and_date_is_judged_by_itself_in_any_order():
    judge = Judge(program(Readings()))
    found_later = HERE.model_copy(update={"deterrence_program_finding": date(2024, 6, 1)})
    nobody = worlds.NOBODY
    questions = [
        (provider, as_of)
        for provider in (HERE, ABROAD, found_later, HERE, found_later)
        for as_of in (date(2024, 5, 31), date(2024, 6, 1))
    ]

    together = [judge(FOREIGN, provider, nobody, nobody, as_of) for provider, as_of in questions]
    apart = [Judge(program(Readings()))(FOREIGN, provider, nobody, nobody, as_of) for provider, as_of in questions]

    assert [said(answer) for answer in together] == [said(answer) for answer in apart]
    assert len({answer.account.ground for answer in together}) > 1


def test_a_row_that_could_not_be_read_opens_what_turns_on_it():
    judge = Judge(program(Readings()))
    customer = FOREIGN.model_copy(update={"opened_on": date(2024, 1, 1)})
    served = (HERE, worlds.NOBODY, worlds.NOBODY, AS_OF)
    code = [bound.rule.code for bound in judge_rules()].index("K302-11")

    assert (code, True, ("accesses.ip",)) in judge(customer, *served).found
    assert (code, False, ("accesses",)) in judge(customer, *served, unread_accesses=True).found


def said(answer):
    return answer.account.ground, answer.found, answer.turns_on, answer.reports, answer.retain_until


def judge_rules():
    return program(Readings()).customer_rules


# Regulations of other shapes ----------------------------------------------------------------------


def regulation(**changes):
    rule = Rule(code="K999-01", name="drawn", cites="7.301", says="", when=ALWAYS, must=facts.name.is_given, finding="")
    due = Due(kind="drawn", cites="7.302", says="", when=ALWAYS, by=facts.closed_on)
    return replace(SUBPART_D, **{"rules": (rule,), "retention": due, "reports": (), **changes})


def test_a_regulation_without_rules_about_parties_has_no_findings_about_owners():
    rule = replace(regulation().rules[0], of=Of.ACCOUNT)
    customer = FOREIGN.model_copy(update={"owners": (worlds.BeneficialOwner.read({}),)})
    judge = Judge(bind(regulation(rules=(rule,)), Readings()))
    answer = judge(customer, HERE, worlds.NOBODY, worlds.NOBODY, AS_OF)

    assert answer.found == [(0, True, ("name",))]
    assert answer.found_of_owners == []
    assert answer.reports == []


def test_a_duty_that_concerns_nobody_is_not_compiled():
    rule = replace(regulation().rules[0], when=NEVER)
    answer = Judge(bind(regulation(rules=(rule,)), Readings()))(FOREIGN, HERE, worlds.NOBODY, worlds.NOBODY, AS_OF)

    assert answer.found == []


def test_a_report_without_a_date_is_due_without_one():
    report = Due(kind="drawn", cites="7.304", says="", when=ALWAYS)
    judge = Judge(bind(regulation(reports=(report,)), Readings()))

    assert judge(FOREIGN, HERE, worlds.NOBODY, worlds.NOBODY, AS_OF).reports == [(0, None)]


def test_text_of_the_law_is_data_in_the_source():
    hostile = "x' or __import__('os').abort() or '"
    rule = replace(regulation().rules[0], must=facts.name.equals(hostile))
    judge = Judge(bind(regulation(rules=(rule,)), Readings()))
    named = FOREIGN.model_copy(update={"name": hostile})

    assert judge(named, HERE, worlds.NOBODY, worlds.NOBODY, AS_OF).found == []
    assert judge(FOREIGN.model_copy(update={"name": "y"}), HERE, worlds.NOBODY, worlds.NOBODY, AS_OF).found


class Unheard(Value[date]):
    """A kind of node that no engine knows."""


def test_a_node_that_the_engine_does_not_know_is_refused():
    bound = program(Readings())

    unheard = Judge(replace(bound, retention=replace(bound.retention, by=Unheard())))
    answer = unheard(FOREIGN, HERE, worlds.NOBODY, worlds.NOBODY, AS_OF)
    with pytest.raises(NotImplementedError, match="Unheard"):
        _ = answer.retain_until
    with pytest.raises(NotImplementedError, match="Constant"):
        Judge(replace(bound, foreign_customer=Constant("x")))


def test_the_constants_of_the_law_are_kept_as_they_are():
    when = facts.as_of >= Constant(date(2024, 6, 1))
    due = Due(kind="drawn", cites="7.302", says="", when=when, by=Plus(facts.closed_on, RETENTION))
    closed = FOREIGN.model_copy(update={"closed_on": date(2024, 2, 29)})
    judge = Judge(bind(regulation(retention=due), Readings()))

    assert judge(closed, HERE, worlds.NOBODY, worlds.NOBODY, date(2024, 6, 1)).retain_until == date(2026, 2, 28)
    assert judge(closed, HERE, worlds.NOBODY, worlds.NOBODY, date(2024, 5, 31)).retain_until is None
