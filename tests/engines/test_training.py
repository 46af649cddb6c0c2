"""Training transactions: every state of their facts gives one answer in the oracle, in Python and in DuckDB."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations_with_replacement, product

import oracle
import pytest
import worlds
from worlds import AS_OF, World

from kycrule.readings import READINGS, named
from kycrule.records import Access, BeneficialOwner, Customer, Provider, TrainingTransaction

GIVEN = ("x", None)
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
    answer = oracle.judge(
        *(case.customer, case.provider, case.upstream, case.parent, AS_OF, plainly),
        *(case.unread_owners, case.unread_accesses),
    )
    owners = [oracle.plain(owner) for owner in case.customer.owners]
    alone = oracle.us_persons_alone(oracle.plain(case.customer), owners, plainly, case.unread_owners)
    transaction = oracle.plain(case.training[0])
    provider, parent = oracle.plain(case.provider), oracle.plain(case.parent)
    customer = oracle.plain(case.customer)
    outcomes, dues = oracle.judge_training(
        *(transaction, customer, answer.foreign_customer, provider, parent, alone, AS_OF, plainly),
        *(case.unread_owners, case.unread_accesses),
    )
    found = {code: told for code, told in outcomes.items() if told in {"violated", "undetermined"}}
    return found, dues


def of_training(answer):
    found = {finding.code: str(finding.outcome) for finding in answer.findings if finding.subject == "t"}
    return found, [(report.kind, report.due) for report in answer.reports_due if report.subject == "t"]


def disagreements(cases, readings):
    chosen = named(readings)
    by_record, by_duckdb = worlds.by_record(cases, chosen), worlds.by_duckdb(cases, chosen)

    assert [replace(answer) for answer in by_record] == by_duckdb
    return [
        (case, of_training(answer), by_oracle(case, readings))
        for case, answer in zip(cases, by_record, strict=True)
        if of_training(answer) != by_oracle(case, readings)
    ][:2]


@pytest.mark.parametrize("readings", OPTIONS, ids=lambda readings: "=".join(*readings.items()))
def test_every_state_of_a_training_transaction_is_judged_alike(cases, readings):
    assert disagreements(cases, readings) == []


# § 7.308(d)(1)(i): what a report says about persons -------------------------------------------------

COVERED = {"transaction_id": "t", "for_foreign_person": True, "meets_technical_conditions": True}
STATUS = {
    True: {"located_in": "US"},
    False: {"citizenships": ("CN",), "us_permanent_resident": False, "organized_in": "CN", "located_in": "CN"},
    None: {},
}
"""Whether a party of any kind is a U.S. person."""
OWNS = {True: {"substantial_control": True}, False: {"substantial_control": False}, None: {}}


def described(customer, owner=None, *, transaction=(), served=True, **more):
    owners = () if owner is None else (BeneficialOwner.read({}).model_copy(update={"owner_id": "o", **owner}),)
    blank = Customer.read({"account_id": "a"})
    return World(
        customer=blank.model_copy(update={"owners": owners, **customer}),
        provider=SERVED_BY[served],
        training=(TrainingTransaction.read(COVERED).model_copy(update=dict(transaction)),),
        **more,
    )


def states_of(**facts):
    return [dict(zip(facts, values, strict=True)) for values in product(*facts.values())]


def of_customers():
    of_customer = states_of(
        kind=("individual", "entity", None),
        **dict.fromkeys(("name", "street_address", "military_box", "email", "phone"), GIVEN),
        owners_known=TRUTHS,
    )
    for facts, status, request, owner in product(of_customer, TRUTHS, GIVEN, (*GIVEN, "nobody")):
        listed = None if owner == "nobody" else {**OWNS[True], "name": owner}
        yield described({**STATUS[status], **facts}, listed, transaction={"request_location": request})


def of_owners():
    of_owner = states_of(**dict.fromkeys(("name", "street_address", "military_box", "email", "phone"), GIVEN))
    for facts, status, owns, known, unread in product(of_owner, TRUTHS, TRUTHS, TRUTHS, (True, False)):
        yield described(
            {**STATUS[True], "owners_known": known}, {**STATUS[status], **OWNS[owns], **facts}, unread_owners=unread
        )


def of_principals():
    given = ("foreign_person", "request_location", *(f"foreign_person_{name}" for name in ("address", "military_box")))
    more = tuple(f"foreign_person_{name}" for name in ("organized_in", "email", "phone"))
    facts = states_of(
        foreign_person_kind=("individual", "entity", None),
        **dict.fromkeys((*given, *more), GIVEN),
        foreign_person_owners=(("x",), None),
    )
    own = {**STATUS[True], "owners_known": True}
    yield from (described(own, transaction=each) for each in facts)
    named = states_of(for_foreign_person=TRUTHS, foreign_person=GIVEN, foreign_person_address=GIVEN)
    of_parties = product(named, SERVED_BY, TRUTHS, TRUTHS, TRUTHS, TRUTHS)
    for each, served, status, owner_status, owns, known in of_parties:
        given = {"foreign_person_email": "x", "foreign_person_phone": "x", "foreign_person_kind": "individual", **each}
        yield described(
            {**STATUS[status], "owners_known": known},
            {**STATUS[owner_status], **OWNS[owns]},
            transaction=given,
            served=served,
        )


def of_accounts():
    payments = states_of(payment_type=("other", None), payment_reference=GIVEN)
    seconds = (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), None)
    every = [Access(ip=ip, at=at) for ip, at in product(("8.8.8.8", None), seconds)]
    accesses = [chosen for count in (0, 1, 2) for chosen in combinations_with_replacement(every, count)]
    for paid, by_owner, opened in product(payments, payments, (DAYS[0], None)):
        for used, owners, unread in product(accesses, (True, False), (True, False)):
            of_account = {**STATUS[True], **paid, "opened_on": opened, "accesses": used}
            yield described(of_account, by_owner, unread_owners=owners, unread_accesses=unread)


DESCRIBED = {"K308-04": of_customers, "K308-12": of_owners, "K308-13": of_principals, "K308-14": of_accounts}


@pytest.mark.parametrize("code", DESCRIBED)
def test_what_a_report_says_about_persons_is_judged_alike_in_every_state(code):
    cases = list(DESCRIBED[code]())

    assert disagreements(cases, {}) == []
    assert {by_oracle(case, {})[0].get(code, "none") for case in cases} == {"violated", "undetermined", "none"}
