"""Providers and their foreign resellers: oracle, Python and DuckDB agree on every duty and report, §§ 7.302-7.308."""

import random
from datetime import timedelta
from functools import cache
from itertools import product

import oracle_standing
import pytest
from worlds import AS_OF, NOBODY

from kycrule.engines.duckdb import Engine
from kycrule.engines.standing import StandingJudge
from kycrule.law import SUBPART_D
from kycrule.provisions import Of
from kycrule.readings import READINGS, Readings, named
from kycrule.records import Provider, Reseller
from kycrule.standing import determine_provider, standing

AGES = (0, 1, 9, 10, 11, 29, 30, 31, 59, 60, 61, 180, 304, 305, 306, 365, 366, 367, 425, 426, 427, 730, 731, 732)
"""How many days ago something was: each side of every length of time that the sections set."""

COUNT = 1500
OTHER_READINGS = [
    named({reading.name: option.value})
    for reading in READINGS
    if reading.name in {"foreign_subsidiary", "us_presence", "located", "exemption_scope"}
    for option in reading.options[1:]
]
RULES = {of: [rule.code for rule in SUBPART_D.rules if rule.of is of] for of in (Of.PROVIDER, Of.RESELLER)}


def values_of(chance, model):
    """A value for each field of a record that a rule may ask of, often blank."""
    of_form = {
        "date": lambda: days_ago(chance.choice(AGES)).isoformat(),
        "yes/no": lambda: chance.choice((True, False)),
        "country": lambda: chance.choice(("US", "US", "US", "PR", "DE", "SG")),
    }
    known = {
        column.name: of_form[column.form.name]()
        for column in model.columns()
        if column.form.name in of_form and chance.random() < 0.5
    }
    for name in ("deterrence_program_finding", "finding", "finding_revoked_on", "terminated_on"):
        if chance.random() < 0.6:
            known.pop(name, None)
    return known


def worlds(seed, count=COUNT):
    """Providers, each with whoever stands behind it and with one reseller."""
    chance = random.Random(seed)
    for place in range(count):
        likely = {"offers_iaas": True, "product_us_owned": True} if chance.random() < 0.7 else {}
        provider = {**values_of(chance, Provider), **likely, "id": f"{place}"}
        if chance.random() < 0.3:
            provider["resells_for"] = f"{place}-up"
        parent = None
        if chance.random() < 0.4:
            provider["parent"] = f"{place}-over"
            parent = Provider.read({**values_of(chance, Provider), "id": provider["parent"]})
        reseller = {**values_of(chance, Reseller), "id": f"{place}-r", "supplied_by": provider["id"]}
        if chance.random() < 0.8:
            reseller |= {"organized_in": "SG", "located_in": "SG"}
        yield Provider.read(provider), parent, Reseller.read(reseller)


@cache
def drawn(seed, count=COUNT):
    return list(worlds(seed, count))


def by_oracle(world, readings):
    provider, parent, reseller = world
    plainly = readings.all()
    judged = {
        provider.id: oracle_standing.judge_provider(provider, parent or NOBODY, AS_OF, plainly),
        reseller.id: oracle_standing.judge_reseller(reseller, provider, parent or NOBODY, AS_OF, plainly),
    }
    found = {
        (subject, code, outcome, by)
        for subject, (outcomes, _) in judged.items()
        for code, (outcome, by) in outcomes.items()
        if outcome in {"violated", "undetermined"}
    }
    due = {(subject, *report) for subject, (_, reports) in judged.items() for report in reports}
    return found, due


def by_record(world, readings):
    provider, parent, reseller = world
    others = () if parent is None else (parent,)
    answer = determine_provider(provider, providers=others, resellers=[reseller], as_of=AS_OF, readings=readings)
    return (
        {(found.subject, found.code, found.outcome.value, found.due) for found in answer.findings},
        {(report.subject, report.kind, report.opens, report.due) for report in answer.reports_due},
    )


def by_duckdb(cases, readings):
    engine = Engine()
    engine.load_providers(each for provider, parent, _ in cases for each in (provider, parent) if each is not None)
    engine.load_resellers(reseller for *_, reseller in cases)
    bound = standing(readings)
    engine.judge_standing(bound, AS_OF)
    codes = [rule.code for rule in SUBPART_D.rules]
    columns = [name for name, *_ in engine.execute("DESCRIBE standing_findings")]
    rows = [dict(zip(columns, row, strict=True)) for row in engine.execute("SELECT * FROM standing_findings")]
    due = engine.execute("SELECT subject, report, opens_on, due_on FROM standing_due")
    engine.close()
    return (
        {
            (row["subject"], codes[row["rule"]], "violated" if row["violated"] else "undetermined", row["due_on"])
            for row in rows
        },
        {(subject, SUBPART_D.reports[index].kind, opens, by) for subject, index, opens, by in due},
    )


@pytest.mark.parametrize("readings", [Readings(), *OTHER_READINGS], ids=lambda reading: str(reading.changed() or "-"))
def test_oracle_and_both_engines_agree_on_drawn_providers_and_resellers(readings):
    cases = drawn(20240129, COUNT if readings == Readings() else 300)
    told = [by_record(world, readings) for world in cases]

    differing = [
        (world, found, expected)
        for world, found in zip(cases, told, strict=True)
        if found != (expected := by_oracle(world, readings))
    ]
    assert differing[:2] == []
    mine = {provider.id for provider, *_ in cases} | {reseller.id for *_, reseller in cases}
    found, due = by_duckdb(cases, readings)
    assert {each for each in found if each[0] in mine} == {each for answer in told for each in answer[0]}
    assert {each for each in due if each[0] in mine} == {each for answer in told for each in answer[1]}


# Rule by rule, every state ----------------------------------------------------------------------------

TRUTHS = (True, False, None)
ANY = (*AGES, None)
FEW = (0, 1, 31, None)
OF_PROVIDER = {
    "K302-17": {"has_written_cip": TRUTHS},
    "K304-01": dict.fromkeys(("first_certification_on", "earlier_certification_on", "previous_certification_on"), FEW),
    "K304-02": {
        "first_certification_on": (900, None),
        "earlier_certification_on": ANY,
        "previous_certification_on": ANY,
    },
    "K304-03": dict.fromkeys(("business_changed_on", "business_change_notified_on"), FEW),
    "K304-04": dict.fromkeys(("contact_changed_on", "contact_change_notified_on"), FEW),
    "K305-01": dict.fromkeys(("cip_requested_on", "cip_furnished_on"), ANY),
    "K305-02": dict.fromkeys(("shortcomings_notified_on", "resubmission_due_on", "resubmitted_on"), FEW),
    "K306-01": dict.fromkeys(("program_changed_on", "program_change_notified_on"), FEW),
    "K306-02": {"annual_notification_on": ANY},
}
OF_RESELLER = {
    "K303-01": {"has_written_cip": TRUTHS},
    "K303-02": dict.fromkeys(("cip_requested_on", "cip_furnished_on"), ANY),
    "K303-03": dict.fromkeys(("evidence_of_failure_on", "steps_taken_on"), FEW),
    "K303-04": dict.fromkeys(("unremediated_known_on", "risk_increased_on"), ANY),
    "K303-05": dict.fromkeys(
        ("evidence_of_failure_on", "malicious_activity_found_on", "malicious_activity_reported_on"), FEW
    ),
    "K304-05": dict.fromkeys(("contact_changed_on", "contact_change_notified_on"), FEW),
    "K304-07": dict.fromkeys(("supplied_on", "notified_on"), FEW),
    "K304-08": {"information_collected": TRUTHS},
    "K304-09": dict.fromkeys(("earlier_certification_on", "previous_certification_on"), ANY),
    "K305-03": {"cip_copy_held": TRUTHS},
    "K306-03": dict.fromkeys(("program_changed_on", "program_change_notified_on"), FEW),
    "K306-04": {"annual_notification_on": ANY},
    "K308-08": {"requires_training_reports": TRUTHS},
    "K308-09": {"training_efforts": TRUTHS},
    "K308-10": dict.fromkeys(("training_noncompliance_on", "training_compliance_requested_on"), FEW),
    "K308-11": dict.fromkeys(("training_unremediated_on", "suspended_on", "resumed_on", "assurances_on"), FEW),
}
"""The facts on which each rule depends, beside who is bound; a number is how many days ago something was."""

BOUND = {
    True: {"organized_in": "US", "offers_iaas": True, "product_us_owned": True},
    False: {"organized_in": "US", "offers_iaas": False},
    None: {"organized_in": "US", "product_us_owned": True},
}
FINDINGS = ((None, None), (0, None), (366, None), (731, None), (732, None), (366, 0), (366, -1))
"""How many days ago a finding was made, and revoked."""

NOT_FOUND = (None, None)
RESELLERS = (
    *((finding, "SG", None) for finding in (NOT_FOUND, (366, None), (732, None), (366, 0))),
    (NOT_FOUND, "US", None),
    *((NOT_FOUND, "SG", ended) for ended in (0, 10, -1)),
)
"""The finding made for a reseller, its country, and how many days ago the relationship ended."""

NEVER_VIOLATED = {"K304-01", "K304-03", "K304-04", "K304-05", "K306-01", "K306-03"}
"""For these the text sets no time: what is not done yet may still be done."""


def states_of(facts):
    for values in product(*facts.values()):
        yield {name: days_ago(value) for name, value in zip(facts, values, strict=True)}


def days_ago(value):
    return value if value is None or isinstance(value, bool) else AS_OF - timedelta(days=value)


def found_on(finding, name):
    made, revoked = finding
    return {name: days_ago(made), "finding_revoked_on": days_ago(revoked)}


def cases_of(code):
    blank, other = Provider.read({"id": "p"}), Reseller.read({"id": "r", "supplied_by": "p"})
    for bound, finding in product(BOUND, FINDINGS):
        serving = blank.model_copy(update={**BOUND[bound], **found_on(finding, "deterrence_program_finding")})
        if code in OF_PROVIDER:
            for facts in states_of(OF_PROVIDER[code]):
                yield serving.model_copy(update=facts), None, other
            continue
        for own, country, ended in RESELLERS if finding in FINDINGS[:2] else ():
            given = {"organized_in": country, "located_in": country, "terminated_on": days_ago(ended)}
            reseller = other.model_copy(update={**given, **found_on(own, "finding")})
            for facts in states_of(OF_RESELLER[code]):
                yield serving, None, reseller.model_copy(update=facts)


def test_every_rule_about_providers_and_resellers_is_enumerated():
    assert list(OF_PROVIDER) == sorted(RULES[Of.PROVIDER])
    assert list(OF_RESELLER) == sorted(RULES[Of.RESELLER])


@pytest.mark.parametrize("code", [*OF_PROVIDER, *OF_RESELLER])
def test_a_rule_is_judged_alike_in_every_state_of_its_facts_and_reaches_its_outcomes(code):
    subject = "p" if code in OF_PROVIDER else "r"
    bound = standing(Readings())
    judge = StandingJudge(bound)
    rules = bound.provider_rules if subject == "p" else bound.reseller_rules
    [index] = [place for place, rule in enumerate(rules) if rule.rule.code == code]
    plainly, reached = Readings().all(), set()
    for provider, _, reseller in cases_of(code):
        if subject == "p":
            answer = judge.provider(provider, NOBODY, NOBODY, AS_OF)
            outcome, by = oracle_standing.judge_provider(provider, NOBODY, AS_OF, plainly)[0][code]
        else:
            answer = judge.reseller(reseller, provider, NOBODY, NOBODY, AS_OF)
            outcome, by = oracle_standing.judge_reseller(reseller, provider, NOBODY, AS_OF, plainly)[0][code]
        told = [
            ("violated" if violated else "undetermined", due) for at, violated, _, due in answer.found if at == index
        ]
        expected = [(outcome, by)] if outcome in {"violated", "undetermined"} else []
        assert told == expected, (provider, reseller)
        reached.add(outcome)

    assert reached == {"met", "violated", "undetermined", "not applicable"} - (
        {"violated"} if code in NEVER_VIOLATED else set()
    )
