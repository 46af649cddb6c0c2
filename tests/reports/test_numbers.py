"""The numbers and dates of reports, against counts and days that are worked out here."""

from collections import Counter
from datetime import date, datetime

import pytest
from reports import world

from kycrule import reports
from kycrule.errors import ReportError

US = {"US", "PR", "GU", "VI", "AS", "MP", "UM"}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    found = reports.Run(world.example_run(tmp_path_factory.mktemp("example") / "run"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    found = reports.Run(world.small_run(tmp_path_factory.mktemp("small")))
    yield found
    found.close()


class TestCertificationOfTheExample:
    """§ 7.304(a)(2), counted from the files with nothing of the package."""

    def test_counts_all_accounts_that_the_provider_serves(self, example):
        mine = [row for row in world.rows("customers") if row["served_by"] == "northwind"]
        counted = reports.certification(example).form.provision.customers
        assert counted.number == len(mine) == 40
        assert counted.closed == sum(row["closed_on"] != "" for row in mine) == 2

    def test_lists_the_unverified_accounts_of_foreign_customers(self, example):
        unverified = reports.certification(example).form.provision.unverified
        expected = [
            row
            for row in world.rows("customers")
            if row["served_by"] == "northwind" and row["identity_verified"] == "no"
        ]
        assert [account.account_id for account in unverified.accounts] == [row["account_id"] for row in expected]
        opened = [date.fromisoformat(row["opened_on"]) for row in expected]
        assert [account.provisioned_on for account in unverified.accounts] == opened
        assert unverified.number == 2

    def test_counts_the_foreign_beneficial_owners_by_their_country(self, example):
        served = {row["account_id"] for row in world.rows("customers") if row["served_by"] == "northwind"}
        owners = [row for row in world.rows("owners") if row["account_id"] in served]
        foreign = [
            row
            for row in owners
            if row["citizenships"] not in {"", *US}
            and (float(row["share"]) >= 25 or row["substantial_control"] == "yes")
        ]
        counted = reports.certification(example).form.provision.foreign_beneficial_owners
        assert counted.number is None
        assert "the provider's own" in counted.whose
        places = {place.location: place.number for place in counted.of_customers.locations}
        assert places == Counter(row["country"] for row in foreign) == {"CN": 2, "CL": 1, "NO": 1}
        assert counted.of_customers.number == 4
        # One holds 20 percent and is a senior officer, of the other no citizenship is known.
        assert counted.of_customers.undetermined == 2

    def test_lists_subsidiaries_that_resell_and_accounts_opened_to_resell(self, example):
        listed = reports.certification(example).form.provision.foreign_resellers
        assert [(each.id, each.account_id) for each in listed] == [
            ("lion-city", None),
            ("northwind-ie", None),
            (None, "N-3003"),
        ]

    def test_the_reseller_form_counts_the_accounts_that_the_reseller_serves(self, example):
        [form] = [each for each in reports.reseller_certification(example).forms if each.id == "northwind-ie"]
        assert (form.id, form.provision.customers.number) == ("northwind-ie", 2)
        assert [account.account_id for account in form.provision.unverified.accounts] == ["I-4002"]
        assert form.provision.foreign_resellers is None


WINDOWS = {
    "2023-07-01": (date(2024, 5, 2), date(2024, 7, 1), "in the window"),
    "2023-06-01": (date(2024, 4, 2), date(2024, 6, 1), "in the window"),
    "2023-05-31": (date(2024, 4, 1), date(2024, 5, 31), "after the window"),
    "2023-07-31": (date(2024, 6, 1), date(2024, 7, 31), "in the window"),
    "2023-08-01": (date(2024, 6, 2), date(2024, 8, 1), "before the window"),
    "2024-02-29": (date(2024, 12, 30), date(2025, 2, 28), "before the window"),
}
FURNISHED = {
    "2024-05-11": "furnished in time",
    "2024-05-12": "furnished late",
    "2024-04-30": "overdue",
    None: "overdue",
    "2024-06-02": "overdue",
}
REQUIRED = {
    "operations": "7.308(d)(1)(ii)(A)",
    "start_on": "7.308(d)(1)(ii)(B)",
    "end_on": "7.308(d)(1)(ii)(B)",
    "training_practices": "7.308(d)(1)(ii)(C)",
    "accelerator": "7.308(d)(1)(ii)(C)",
    "weights_policy": "7.308(d)(1)(ii)(D)(1)",
    "incidents": "7.308(d)(1)(ii)(D)(2)",
    "request_location": "7.308(d)(1)(i)(B)(3)",
}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A run with a provider for each window and each answer, and a transaction that lacks each item."""
    folder = tmp_path_factory.mktemp("many")
    windows = [{"id": f"w-{previous}", "previous_certification_on": previous} for previous in WINDOWS]
    answers = [{"id": f"f-{furnished}", "cip_furnished_on": furnished} for furnished in FURNISHED]
    lacking = [{**world.WHOLE, "transaction_id": field, "account_id": "A3", field: None} for field in REQUIRED]
    found = reports.Run(world.small_run(folder, others=(*windows, *answers), training=lacking))
    yield found
    found.close()


class TestTheAnnualWindow:
    """§ 7.304(b): from 60 calendar days before the anniversary to the anniversary."""

    @pytest.mark.parametrize(("previous", "expected"), WINDOWS.items())
    def test_is_shown_and_told_of(self, previous, expected, many):
        report = reports.certification(many, provider=f"w-{previous}")
        window = report.form.window
        assert report.kind == "annual"
        assert (window.opens_on, window.closes_on, window.made) == expected
        assert any("Too early" in note for note in report.notes) is (window.made == "before the window")
        assert any("Too late" in note for note in report.notes) is (window.made == "after the window")

    def test_is_absent_from_an_initial_certification_of_a_new_provider(self, tmp_path):
        provider = {"previous_certification_on": None, "established_on": "2024-01-02"}
        report = reports.certification(world.small_run(tmp_path, provider=provider))
        assert (report.kind, report.form.window, report.form.annual) == ("initial", None, None)
        # § 7.304(d): its first foreign customer's Account is open already.
        assert report.newly_established.first_foreign_account_on == date(2024, 1, 10)
        assert report.newly_established.in_time is False


class TestUnverifiedAccounts:
    """§ 7.304(a)(2)(ix)(A)-(E)."""

    def test_have_their_details_and_name_what_is_blank(self, small):
        report = reports.certification(small)
        unverified = report.form.provision.unverified
        [account] = unverified.accounts
        assert account.model_dump() == {
            "account_id": "A1",
            "provisioned_on": date(2024, 1, 10),
            "verification_plan": "By 1 July",
            "account_nature": None,
            "deprovision_on": date(2024, 8, 1),
        }
        assert unverified.reestablishment_prevention == "A hash of the document is kept."
        listed = [entry for entry in report.to_complete if entry.item.startswith("form.provision.unverified")]
        assert [entry.cites for entry in listed] == ["7.304(a)(2)(ix)(C)"]

    def test_of_which_too_little_is_known_are_counted_apart(self, small):
        report = reports.certification(small)
        assert report.form.provision.unverified.perhaps == 1
        assert any("7.304(a)(2)(ix)" in note for note in report.notes)


class TestTrainingReports:
    """§ 7.308(c) and (d)."""

    @pytest.mark.parametrize(
        ("transaction", "kind", "told", "due"),
        [
            ("T1", None, "initial", date(2024, 6, 4)),
            ("T3", None, "reseller", date(2024, 6, 4)),
            ("T4", "follow-up", "follow-up", date(2024, 6, 12)),
            ("T5", "corrected", "corrected", date(2024, 6, 13)),
        ],
    )
    def test_are_due_fifteen_days_after_what_starts_the_time(self, transaction, kind, told, due, small):
        report = reports.training(small, transaction=transaction, kind=kind)
        assert (report.kind, report.timing.due) == (told, due)

    def test_of_resellers_are_forwarded_thirty_days_after_the_change_of_arrangements(self, small):
        assert reports.training(small, transaction="T3").timing.forward_by == date(2024, 6, 9)

    def test_carry_what_the_records_say(self, small):
        report = reports.training(small, transaction="T1")
        person, owner = report.foreign_persons
        assert (person.role, person.name, person.street_address) == ("customer", "Firm AG", "1 rue A, Lyon, DE")
        assert person.beneficial_owners == ("Eve", "Sam")
        assert (owner.role, owner.name, owner.street_address) == ("beneficial owner", "Eve", "3 Ring, DE")
        assert (report.account.payment_type, report.account.payment_reference) == ("account", "=1+1")
        assert report.account.accesses[0].at == datetime.fromisoformat("2024-02-01T10:00:00+02:00")
        assert (report.training_run.operations, report.training_run.incidents) == (2 * 10**26, "none")

    def test_of_a_us_customer_name_the_person_for_whom_it_acts(self, small):
        report = reports.training(small, transaction="T7", draft=True)
        assert [(person.role, person.name) for person in report.foreign_persons] == [
            ("beneficial owner", "Li"),
            ("principal", "Behind & Co"),
        ]

    def test_that_answer_a_request_leave_the_answer_to_a_person(self, small):
        report = reports.training(small, transaction="T4", kind="follow-up")
        assert {entry.cites for entry in report.to_complete} == {"7.308(d)(2)", "7.308(d)"}

    @pytest.mark.parametrize(("field", "cites"), REQUIRED.items())
    def test_are_refused_while_an_item_is_missing_which_is_named(self, field, cites, many):
        with pytest.raises(ReportError) as refused:
            reports.training(many, transaction=field)
        assert field in str(refused.value)
        assert cites in str(refused.value)
        assert [item.rpartition(".")[2] for item, _ in refused.value.missing] == [field]
        draft = reports.training(many, transaction=field, draft=True)
        assert field in {entry.item.rpartition(".")[2] for entry in draft.to_complete}

    @pytest.mark.parametrize(
        ("transaction", "kind", "told"),
        [
            ("T6", None, "no covered transaction"),
            ("T1", "follow-up", "nothing to follow up"),
            ("T1", "corrected", "nothing to correct"),
            ("T9", None, "no training transaction"),
        ],
    )
    def test_that_nobody_asks_for_are_refused(self, transaction, kind, told, small):
        with pytest.raises(ReportError, match=told):
            reports.training(small, transaction=transaction, kind=kind)

    def test_are_asked_for_covered_transactions_only(self, example, small):
        assert reports.reportable(example) == ("T-1", "T-3")
        assert reports.reportable(small) == ("T1", "T2", "T3", "T4", "T5", "T7")


class TestTheRecordOfAnAccount:
    """§ 7.302(e)(1) and (2)."""

    def test_has_the_customer_and_its_foreign_owners(self, small):
        record = reports.record(small, account="A3")
        assert [(party.role, party.id, party.foreign) for party in record.parties] == [
            ("customer", "A3", True),
            ("beneficial owner", "o1", True),
        ]
        assert record.owners_left_out == 1
        assert record.parties[1].share == "30.5"
        assert [use.ip for use in record.accesses] == ["192.0.2.1"]
        assert record.retain_until == date(2026, 3, 1)
        verification = record.parties[0].verification
        assert (verification.documents, verification.results) == ("Register extract 17", "Called back: agreed")
        assert verification.discrepancy_resolution == "Old address explained"

    def test_lists_what_is_missing(self, small):
        missing = {entry.cites.split(", ")[0] for entry in reports.record(small, account="A1").to_complete}
        assert missing == {"7.302(e)(1)(i)", "7.302(e)(1)(iii)"}
        assert "accesses" in {entry.item for entry in reports.record(small, account="A1").to_complete}

    def test_of_an_exempt_account_says_that_it_is_not_asked_for(self, example):
        record = reports.record(example, account="N-1001")
        assert record.to_complete == ()
        assert "exempt-us-persons" in record.notes[0]

    def test_of_an_unknown_account_is_refused(self, small):
        with pytest.raises(ReportError, match="no account of that id"):
            reports.record(small, account="A1' OR TRUE --")


class TestOtherReports:
    def test_furnishing_counts_ten_days_without_the_first(self, small):
        answered = {cip.id: (cip.cites, cip.due, cip.state) for cip in reports.furnishing(small).cips}
        assert answered == {
            "p": ("7.305(a)", date(2024, 5, 11), "furnished late"),
            "r1": ("7.303(d)", date(2024, 6, 9), "to be furnished"),
            "r2": ("7.303(d)", None, "not requested"),
        }

    @pytest.mark.parametrize(("furnished", "state"), FURNISHED.items())
    def test_a_copy_given_before_the_request_answers_an_earlier_one(self, furnished, state, many):
        [own] = [cip for cip in reports.furnishing(many, provider=f"f-{furnished}").cips if cip.of == "provider"]
        assert own.state == state

    def test_several_bound_providers_are_told_apart_by_name(self, many):
        with pytest.raises(ReportError, match="name one with --provider: p, w-2023-07-01"):
            reports.certification(many)

    def test_resellers_without_a_form_are_listed_with_the_reason(self, small):
        report = reports.reseller_certification(small)
        assert [form.id for form in report.forms] == ["r1"]
        assert [(each.id, each.cites) for each in report.left_out] == [("r2", "7.306(b)"), ("r3", "7.303(e)")]

    def test_the_annual_notice_is_of_those_with_a_finding(self, example, small):
        assert [(each.of, each.id) for each in reports.annual_notice(small).notified] == [("foreign reseller", "r2")]
        assert [each.id for each in reports.annual_notice(example).notified] == ["safeharbor", "safeharbor-sg"]

    def test_nobody_gets_a_certification_who_is_not_asked_for_one(self, example):
        with pytest.raises(ReportError, match=r"no U\.S\. IaaS provider"):
            reports.certification(example, provider="frankenhost")
        with pytest.raises(ReportError, match="no provider of that id"):
            reports.certification(example, provider="nobody")
        exempt = reports.certification(example, provider="safeharbor")
        assert any("exempts this provider" in note for note in exempt.notes)
