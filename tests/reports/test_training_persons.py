"""A training report describes every foreign person, and is refused just where a rule finds that one is not."""

import csv

import pytest
from reports import world

import kycrule
from kycrule import reports
from kycrule.errors import ReportError
from kycrule.records import Access, BeneficialOwner, Customer, Provider, TrainingTransaction

JUDGED = {"K308-04", "K308-05", "K308-12", "K308-13", "K308-14"}
"""The rules about what a report says."""

REACHED = {"name": "Rui", "street_address": "1 Rua A", "country": "PT", "email": "a@b.example", "phone": "+351 21 555"}
OWNER = {**REACHED, "owner_id": "o", "citizenships": ["PT"], "share": "60"}
ABROAD = {**REACHED, "kind": "entity", "organized_in": "PT", "owners_known": True}
INDIVIDUAL = {**REACHED, "kind": "individual", "citizenships": ["PT"], "owners_known": None}
AT_HOME = {"kind": "entity", "organized_in": "US", "country": "US", "owners_known": True}
PAID = {"payment_type": "account", "payment_reference": "x", "opened_on": "2024-01-10", "served_by": "p"}
PRINCIPAL = {
    "foreign_person": "Behind SA",
    "foreign_person_kind": "entity",
    "foreign_person_address": "2 Rua A, Lisbon",
    "foreign_person_organized_in": "PT",
    "foreign_person_owners": ["Rui", "Ana"],
    "foreign_person_email": "c@d.example",
    "foreign_person_phone": "+351 21 556",
}
ACCESS = {"ip": "9.9.9.9", "at": "2024-02-02T10:00:00Z"}


def without(fields, *names):
    return {**fields, **dict.fromkeys(names)}


def cases():
    """Each case: its name, the customer, its owners, its accesses and the transaction."""
    yield "a foreign entity", ABROAD, [], [ACCESS], {}
    yield "and its foreign owner", ABROAD, [OWNER], [ACCESS], {}
    yield "and a principal", ABROAD, [OWNER], [ACCESS], PRINCIPAL
    yield "a foreign individual", INDIVIDUAL, [], [ACCESS], {"request_location": None}
    boxed = {**without(INDIVIDUAL, "street_address"), "military_box": "APO AE 09096"}
    yield "a foreign individual with a box", boxed, [], [ACCESS], {}
    boxed = {**without(ABROAD, "street_address"), "military_box": "APO AE 09096"}
    yield "a foreign entity with a box", boxed, [], [ACCESS], {}
    for name in ("name", "street_address", "email", "phone", "owners_known"):
        yield f"a foreign entity without {name}", without(ABROAD, name), [], [ACCESS], {}
    yield "a foreign entity without request_location", ABROAD, [], [ACCESS], {"request_location": None}
    for name in ("name", "street_address", "email", "phone"):
        yield f"a foreign owner without {name}", ABROAD, [without(OWNER, name)], [ACCESS], {}
    yield "a foreign owner at home", AT_HOME, [OWNER], [ACCESS], {}
    yield "a foreign owner at home without e-mail", AT_HOME, [without(OWNER, "email")], [ACCESS], {}
    yield "a small owner", AT_HOME, [{**OWNER, "share": "3", "substantial_control": False}], [ACCESS], PRINCIPAL
    yield "nobody named", AT_HOME, [], [ACCESS], {}
    yield "owners unknown", without(AT_HOME, "owners_known"), [], [ACCESS], PRINCIPAL
    yield "owners not known", {**AT_HOME, "owners_known": False}, [], [ACCESS], PRINCIPAL
    for name in PRINCIPAL:
        yield f"a principal without {name}", AT_HOME, [], [ACCESS], without(PRINCIPAL, name)
    human = {**without(PRINCIPAL, "foreign_person_organized_in", "foreign_person_owners"), "request_location": None}
    human = {**human, "foreign_person_kind": "individual"}
    yield "an individual principal", AT_HOME, [], [ACCESS], human
    boxed = {**without(human, "foreign_person_address"), "foreign_person_military_box": "APO AE 09096"}
    yield "an individual principal with a box", AT_HOME, [], [ACCESS], boxed
    yield "an individual principal without place", AT_HOME, [], [ACCESS], without(human, "foreign_person_address")
    yield "no payment", without({**ABROAD, **PAID}, "payment_reference"), [], [ACCESS], {}
    yield "an owner pays", without({**ABROAD, **PAID}, "payment_reference"), [{**OWNER, **PAID}], [ACCESS], {}
    yield "no access", ABROAD, [], [], {}
    yield "not yet open", without({**ABROAD, **PAID}, "opened_on"), [], [], {}
    yield "an access without its time", ABROAD, [], [ACCESS, without(ACCESS, "at")], {}
    yield "an owner who cannot be read", ABROAD, [OWNER, {**OWNER, "owner_id": "p", "share": "half"}], [ACCESS], {}
    yield "an access that cannot be read", ABROAD, [], [ACCESS, {**ACCESS, "at": "noon"}], {}


CASES = {name: (*found,) for name, *found in cases()}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("persons")
    tables = {"customers": [], "owners": [], "accesses": [], "training": []}
    for name, (customer, owners, accesses, transaction) in CASES.items():
        tables["customers"].append({**PAID, **customer, "account_id": name})
        fields = {name: value for name, value in PAID.items() if name.startswith("payment")}
        tables["owners"] += [
            {**{field: owner.get(field) for field in fields}, **owner, "account_id": name} for owner in owners
        ]
        tables["accesses"] += [{**access, "account_id": name} for access in accesses]
        tables["training"].append({**world.WHOLE, **transaction, "transaction_id": name, "account_id": name})
    models = {"customers": Customer, "owners": BeneficialOwner, "accesses": Access, "training": TrainingTransaction}
    for name, found in tables.items():
        columns = {column.name for column in models[name].columns()}
        kept = [{field: value for field, value in row.items() if field in columns} for row in found]
        world._write(folder / f"{name}.csv", models[name], kept)  # noqa: SLF001 - the writer of the small world
    run = kycrule.check(
        **{name: folder / f"{name}.csv" for name in models},
        providers=(Provider.read(world.PROVIDER),),
        as_of=world.AS_OF,
        out=folder / "run",
    ).out
    with (run / "findings.csv").open(encoding="utf-8", newline="") as stream:
        findings = [row for row in csv.DictReader(stream) if row["code"] in JUDGED]
    opened = reports.Run(run)
    yield opened, findings
    opened.close()


@pytest.mark.parametrize("name", CASES)
def test_a_report_is_refused_just_where_a_rule_finds_something_missing(name, judged):
    run, findings = judged
    found = {row["code"] for row in findings if row["subject"] == name}

    assert bool(missing_from(run, name)) is bool(found), (missing_from(run, name), found)


def missing_from(run, transaction):
    """The items for whose lack a report is refused."""
    try:
        reports.training(run, transaction=transaction)
    except ReportError as refused:
        return refused.missing
    return ()


def test_the_cases_are_of_both_kinds(judged):
    _, findings = judged
    refused = {row["subject"] for row in findings}

    assert len(refused) > 10
    assert len(CASES.keys() - refused) > 5
    assert {row["code"] for row in findings} == JUDGED - {"K308-05"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a foreign entity", [("customer", "Rui")]),
        ("and its foreign owner", [("customer", "Rui"), ("beneficial owner", "Rui")]),
        ("and a principal", [("customer", "Rui"), ("beneficial owner", "Rui"), ("principal", "Behind SA")]),
        ("a foreign owner at home", [("beneficial owner", "Rui")]),
        ("a small owner", [("principal", "Behind SA")]),
    ],
)
def test_every_foreign_person_of_the_transaction_is_described(name, told, judged):
    report = reports.training(judged[0], transaction=name)

    assert [(person.role, person.name) for person in report.foreign_persons] == told


def test_a_principal_is_described_as_a_customer_is(judged):
    [person] = reports.training(judged[0], transaction="a small owner").foreign_persons

    assert (person.kind, person.street_address, person.organized_in) == ("entity", "2 Rua A, Lisbon", "PT")
    assert person.beneficial_owners == ("Rui", "Ana")
    assert (person.email, person.phone, person.request_location) == ("c@d.example", "+351 21 556", "Bonn")


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("an owner who cannot be read", "owners_established"),
        ("an access that cannot be read", "account.every_access_read"),
        ("owners unknown", "owners_established"),
    ],
)
def test_what_could_not_be_read_may_hide_a_foreign_person_and_is_named(name, item, judged):
    with pytest.raises(ReportError) as refused:
        reports.training(judged[0], transaction=name)

    assert item in {missing for missing, _ in refused.value.missing}
