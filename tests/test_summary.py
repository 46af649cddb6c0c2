"""The summary of a run, compared with the files of the run that it counts."""

import csv
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

import kycrule
from kycrule.summary import LATER, OVERDUE, UNDATED, UNKNOWN, WEEKS

EXAMPLES = Path(__file__).parents[1] / "examples"
FILES = {name: EXAMPLES / f"{name}.csv" for name in ("owners", "accesses", "stakes", "training")}
AS_OF = date(2024, 6, 1)


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of the examples, with its tables."""
    out = tmp_path_factory.mktemp("summary") / "run"
    result = kycrule.check(
        EXAMPLES / "customers.csv", **FILES, providers=EXAMPLES / "providers.toml", as_of=AS_OF, out=out
    )
    return result.summary, {path.stem: rows(path) for path in out.glob("*.csv")}


def test_counts_the_facts_that_findings_ask_for(run):
    summary, tables = run
    expected = {}
    for row in tables["findings"]:
        expected.setdefault(row["code"], Counter()).update(filter(None, row["missing"].split(";")))

    assert {found["code"]: found["missing"] for found in summary["findings"]} == expected


def test_counts_the_accounts_that_turn_on_a_fact_whichever_owner_it_is_of(run):
    summary, tables = run
    expected = Counter()
    for row in tables["determinations"]:
        expected.update({re.sub(r"^owners\[.*\]", "owners", name) for name in row["turns_on"].split(";") if name})

    assert summary["turns_on"] == expected
    assert "owners.citizenships" in expected


def test_counts_foreign_customers_by_their_location_or_address(run):
    summary, tables = run
    foreign = {row["account_id"] for row in tables["determinations"] if row["foreign_customer"] == "true"}
    known = rows(EXAMPLES / "customers.csv")
    expected = Counter(row.get("located_in") or row["country"] for row in known if row["account_id"] in foreign)

    assert summary["countries"]["foreign_customers"] == expected
    assert sum(expected.values()) == summary["foreign_customers"]


def test_counts_foreign_owners_and_those_of_whom_no_place_is_known(tmp_path):
    (tmp_path / "c.csv").write_text("account_id,kind,organized_in\nA,entity,US\n", "utf-8")
    (tmp_path / "o.csv").write_text(
        "account_id,owner_id,citizenships,us_permanent_resident,country,located_in,share\n"
        "A,1,CN,no,CN,,30\nA,2,FR,no,CN,FR,30\nA,3,US,,US,,30\nA,4,FR,no,,FR,1\n",
        "utf-8",
    )
    counts = kycrule.check(tmp_path / "c.csv", owners=tmp_path / "o.csv", as_of=AS_OF).summary["countries"]

    assert counts == {"foreign_customers": {}, "foreign_owners": {"CN": 1, "FR": 1}}


def test_counts_each_foreign_owner_once_where_owners_have_no_id(tmp_path):
    (tmp_path / "c.csv").write_text("account_id,kind,organized_in\nA,entity,US\nB,entity,US\n", "utf-8")
    (tmp_path / "o.csv").write_text(
        "account_id,citizenships,country,share\nA,CN,CN,30\nB,FR,FR,30\nB,FR,FR,30\n", "utf-8"
    )
    summary = kycrule.check(tmp_path / "c.csv", owners=tmp_path / "o.csv", as_of=AS_OF).summary

    assert summary["countries"]["foreign_owners"] == {"FR": 2, "CN": 1}


def test_names_a_country_that_is_not_known(tmp_path):
    (tmp_path / "c.csv").write_text("account_id,kind,organized_in\nA,entity,FR\nB,entity,FR\n", "utf-8")
    provider = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
    counts = kycrule.check(
        tmp_path / "c.csv",
        providers=[kycrule.Provider.read(provider)],
        # An office of theirs in the United States would not make them U.S. persons, wherever they are.
        readings=kycrule.Readings(us_presence="not-located"),
        as_of=AS_OF,
    ).summary["countries"]

    assert counts["foreign_customers"] == {UNKNOWN: 2}


def test_counts_reports_by_the_week_in_which_they_are_due(run):
    summary, tables = run
    expected = {}
    for row in tables["determinations"]:
        for due in filter(None, row["reports_due"].split(";")):
            kind, _, day = due.partition(":")
            week = date.fromisoformat(day) - timedelta(days=date.fromisoformat(day).weekday()) if day else UNDATED
            expected.setdefault(str(week), Counter())[kind] += 1
    told = {
        week: {kind: count for kind, count in kinds.items() if kind in {"certification-count", "unverified-account"}}
        for week, kinds in summary["reports_by_week"].items()
    }

    assert {week: kinds for week, kinds in told.items() if kinds} == {
        week: {kind: count for kind, count in kinds.items() if kind in {"certification-count", "unverified-account"}}
        for week, kinds in expected.items()
        if kinds.keys() & {"certification-count", "unverified-account"}
    }
    assert all(date.fromisoformat(week).weekday() == 0 for week in told)


@pytest.mark.parametrize(
    ("last", "week"),
    [
        (None, UNDATED),
        (date(2023, 5, 31), OVERDUE),
        (date(2023, 6, 1), "2024-05-27"),
        (date(2023, 6, 3), "2024-06-03"),
        (date(2024, 5, 31), "2025-05-26"),
        (date(2024, 6, 2), LATER),
    ],
)
def test_tells_weeks_apart_for_a_year(tmp_path, last, week):
    (tmp_path / "c.csv").write_text("account_id,kind,citizenships,country\nA,individual,FR,FR\n", "utf-8")
    provider = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
    provider |= {"previous_certification_on": last} if last else {}
    summary = kycrule.check(tmp_path / "c.csv", providers=[kycrule.Provider.read(provider)], as_of=AS_OF).summary

    assert WEEKS == 53
    assert summary["reports_by_week"][week]["certification-count"] == 1
    assert {kind: count for weeks in summary["reports_by_week"].values() for kind, count in weeks.items()} == summary[
        "reports_due"
    ]
