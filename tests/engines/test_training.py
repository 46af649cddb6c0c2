"""Training transactions: every state of their facts gives one answer in the oracle, in Python and in DuckDB."""

from dataclasses import replace
from datetime import date
from itertools import product

import oracle
import pytest
import worlds
from worlds import AS_OF, World

from kycrule.readings import READINGS, named
from kycrule.records import Customer, Provider, TrainingTransaction

TRUTHS = (True, False, None)
DAYS = (date(2024, 5, 10), date(2024, 5, 17), date(2024, 6, 5), None)
SERVED_BY = {
    True: Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True}),
    False: Provider.read({"id": "p", "organized_in": "DE", "located_in": "DE", "offers_iaas": False}),
    None: Provider.read({"id": "p"}),
    "reseller": Provider.read(
        {
            "id": "p",
            "organized_in": "SG",
            "located_in": "SG",
            "resells_for": "u",
            "offers_iaas": True,
            "product_us_owned": True,
        }
    ),
}
CUSTOMERS = {
    True: Customer.read({"account_id": "a", "kind": "entity", "organized_in": "CN", "country": "CN"}),
    False: Customer.read(
        {
            "account_id": "a",
            "kind": "individual",
            "citizenships": ["US"],
            "us_person_verified": True,
            "opened_for": "customer",
            "owners_known": True,
        }
    ),
    None: Customer.read({"account_id": "a"}),
}
OF_TRAINING = ("report_trigger", "technical_conditions", "us_account_training")
OPTIONS = [
    {name: option.value} for reading in READINGS if (name := reading.name) in OF_TRAINING for option in reading.options
]


def states():
    for served, foreign, acts_for, meets, via in product(SERVED_BY, TRUTHS, TRUTHS, TRUTHS, TRUTHS):
        yield (
            served,
            foreign,
            {
                "for_foreign_person": acts_for,
                "meets_technical_conditions": meets,
                "via_reseller": via,
                "known_on": DAYS[0],
                "agreed_on": DAYS[0],
            },
        )
    for via, agreed, changed, known, reported, by_reseller in product((True, None), DAYS, DAYS, DAYS, DAYS, DAYS):
        yield (
            True,
            True,
            {
                "meets_technical_conditions": True,
                "via_reseller": via,
                "agreed_on": agreed,
                "changed_on": changed,
                "known_on": known,
                "reported_on": reported,
                "reseller_reported_on": by_reseller,
            },
        )
    of_model = product(
        ("100000000000000000000000000", "100000000000000000000000001", None),
        TRUTHS,
        ("100", "100.000001", None),
        ("99999999999999999999", "1e20", None),
    )
    for operations, single, network, cluster in of_model:
        yield (
            True,
            True,
            {
                "operations": operations,
                "single_datacenter": single,
                "network_gbit_s": network,
                "cluster_ops_per_s": cluster,
                "known_on": DAYS[0],
            },
        )


@pytest.fixture(scope="module")
def cases():
    return [
        World(
            customer=CUSTOMERS[foreign],
            provider=SERVED_BY[served],
            training=(TrainingTransaction.read({"transaction_id": "t", **facts}),),
        )
        for served, foreign, facts in states()
    ]


def by_oracle(case, readings):
    plainly = {**named({}).all(), **readings}
    answer = oracle.judge(case.customer, case.provider, case.upstream, case.parent, AS_OF, plainly)
    alone = oracle.us_persons_alone(oracle.plain(case.customer), [], plainly, unread_owners=False)
    transaction = oracle.plain(case.training[0])
    provider, parent = oracle.plain(case.provider), oracle.plain(case.parent)
    customer = oracle.plain(case.customer)
    outcomes, dues = oracle.judge_training(
        transaction, customer, answer.foreign_customer, provider, parent, alone, AS_OF, plainly
    )
    found = {code: told for code, told in outcomes.items() if told in {"violated", "undetermined"}}
    return found, dues


def of_training(answer):
    found = {finding.code: str(finding.outcome) for finding in answer.findings if finding.subject == "t"}
    return found, [(report.kind, report.due) for report in answer.reports_due if report.subject == "t"]


@pytest.mark.parametrize("readings", OPTIONS, ids=lambda readings: "=".join(*readings.items()))
def test_every_state_of_a_training_transaction_is_judged_alike(cases, readings):
    chosen = named(readings)
    by_record, by_duckdb = worlds.by_record(cases, chosen), worlds.by_duckdb(cases, chosen)

    assert [replace(answer) for answer in by_record] == by_duckdb
    differing = [
        (case, of_training(answer), by_oracle(case, readings))
        for case, answer in zip(cases, by_record, strict=True)
        if of_training(answer) != by_oracle(case, readings)
    ]
    assert differing[:2] == []
