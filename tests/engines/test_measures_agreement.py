"""Special measures: the oracle, Python and DuckDB agree on whom they reach, and on all that they do not touch."""

import random
from dataclasses import replace
from datetime import timedelta

import oracle_measures
import pytest
import worlds
from worlds import AS_OF

from kycrule.readings import Readings
from kycrule.records import SpecialMeasure

OF_MEASURES = {"K307-01", "K307-02"}
COUNT = 400
AGES = (0, 179, 180, 181, 270, 363, 364, 365, 366, 500)
"""How many days ago a determination was issued: each side of day 180 and of the end of its 365 days."""

READINGS = (
    Readings(),
    Readings(located="asserted", exemption_scope="para-a-max", foreign_subsidiary="categorical-exempt"),
    Readings(foreign_subsidiary="reseller-flowdown", us_presence="located", owners_of_individuals="must-be-stated"),
)


def measure(chance, effect):
    age = chance.choice(AGES)
    against = chance.choice(
        (
            {"jurisdiction": chance.choice(("CN", "DE", "NA"))},
            {"jurisdiction": chance.choice(("CN", "DE")), "region": "North"},
            {"person": chance.choice(("Ann O'Hara", "王小明"))},
            {"person": "Elsewhere", "accounts": [f"account {number}" for number in range(0, COUNT, 7)]},
        )
    )
    until = AS_OF + timedelta(days=chance.choice((-1, 0, 1)))
    extended = {"extended_until": until.isoformat()} if chance.random() < 0.3 else {}
    issued = (AS_OF - timedelta(days=age)).isoformat()
    return SpecialMeasure.read({**against, **extended, "effect": effect, "issued_on": issued})


def measures(seed):
    chance = random.Random(seed)
    return tuple(
        measure(chance, effect) for effect in ("prohibit", "condition") for _ in range(chance.choice((0, 1, 2)))
    )


def by_oracle(case, chosen, readings):
    outcomes = oracle_measures.judge_measures(
        *(case.customer, case.provider, case.parent, chosen, AS_OF, readings.all()),
        unread_owners=case.unread_owners,
    )
    return {code: told for code, told in outcomes.items() if told in {"violated", "undetermined"}}


def of_measures(answer):
    return {found.code: found.outcome.value for found in answer.findings if found.code in OF_MEASURES}


def of_all_else(answer):
    others = tuple(found for found in answer.findings if found.code not in OF_MEASURES)
    return replace(answer, findings=others)


def aliased(case, place):
    names = {0: ("王小明",), 1: ("Someone",)}.get(place % 5)
    return replace(case, customer=case.customer.model_copy(update={"other_names": names}))


@pytest.fixture(scope="module")
def cases():
    return [aliased(case, place) for place, case in enumerate(worlds.generated(COUNT, seed=20240307))]


@pytest.mark.parametrize("seed", range(6))
def test_random_measures_reach_the_same_accounts_in_the_oracle_and_both_engines(cases, seed):
    chosen, readings = measures(seed), READINGS[seed % len(READINGS)]
    by_record = worlds.by_record(cases, readings, measures=chosen)

    assert by_record == worlds.by_duckdb(cases, readings, measures=chosen)
    told = [
        (case, of_measures(answer), by_oracle(case, chosen, readings))
        for case, answer in zip(cases, by_record, strict=True)
    ]
    assert [each for each in told if each[1] != each[2]][:2] == []
    assert list(map(of_all_else, by_record)) == list(map(of_all_else, worlds.by_record(cases, readings)))


def test_measures_of_every_kind_reach_someone_and_each_outcome_is_met_with(cases):
    found = {
        (code, outcome)
        for seed in range(6)
        for answer in worlds.by_record(cases, READINGS[seed % len(READINGS)], measures=measures(seed))
        for code, outcome in of_measures(answer).items()
    }

    assert found == {("K307-01", "violated"), ("K307-01", "undetermined"), ("K307-02", "undetermined")}


@pytest.mark.parametrize("age", [0, 179, 365])
def test_a_measure_that_does_not_bind_yet_or_has_lapsed_equals_none(cases, age):
    issued = (AS_OF - timedelta(days=age)).isoformat()
    lapsed = [
        SpecialMeasure.read({"jurisdiction": "CN", "effect": effect, "issued_on": issued})
        for effect in ("prohibit", "condition")
    ]

    assert worlds.by_record(cases, measures=lapsed) == worlds.by_record(cases)


@pytest.mark.parametrize("age", [180, 364])
def test_a_measure_binds_from_day_180_to_the_last_of_its_365_days(cases, age):
    issued = (AS_OF - timedelta(days=age)).isoformat()
    binding = SpecialMeasure.read({"jurisdiction": "CN", "effect": "prohibit", "issued_on": issued})

    assert worlds.by_record(cases, measures=[binding]) != worlds.by_record(cases)


def test_no_measure_in_force_gives_the_program_without_measures():
    old = SpecialMeasure.read({"jurisdiction": "CN", "effect": "prohibit", "issued_on": "2001-01-01"})

    assert worlds.bound(Readings(), [old]) is worlds.bound(Readings())
