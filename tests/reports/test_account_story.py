"""One account's story from a saved run: the answer of the run, why, what is missing, and what is due."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

import kycrule
from kycrule import reports
from kycrule.cli import run as kycrule_command
from kycrule.errors import ReportError
from kycrule.reports import account_story as module

EXAMPLES = Path(__file__).parents[2] / "examples"


def checked(folder, **options):
    tables = {table: folder / f"{table}.csv" for table in ("owners", "accesses", "training", "stakes")}
    kycrule.check(
        folder / "customers.csv",
        **tables,
        providers=folder / "providers.toml",
        as_of=date(2024, 6, 1),
        out=folder / "run",
        **options,
    )
    return folder / "run"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of the examples."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    shutil.copytree(EXAMPLES, folder)
    return checked(folder)


@pytest.fixture(scope="module")
def without_records(tmp_path_factory):
    """A run that kept no records."""
    folder = tmp_path_factory.mktemp("without") / "data"
    shutil.copytree(EXAMPLES, folder)
    return checked(folder, keep_records=False)


@pytest.fixture(scope="module")
def with_bad_rows(tmp_path_factory):
    """A run in which rows of an owner and of an account cannot be read."""
    folder = tmp_path_factory.mktemp("bad") / "data"
    shutil.copytree(EXAMPLES, folder)
    for name, account in (("owners", "N-2005"), ("customers", "N-1001")):
        path = folder / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            if row["account_id"] == account:
                row["country"] = "nowhere"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return checked(folder)


class TestStory:
    def test_of_every_account_is_the_answer_of_the_run_with_its_reasons(self, whole):
        with reports.opened(whole) as run:
            rows = list(run.rows("determinations.csv"))
            found = list(run.findings())
            for row in rows:
                told = reports.story(run, account=row["account_id"])
                assert told.startswith(f"Account {row['account_id']}: {row['disposition']} [{row['basis']}]")
                assert "\nWhy\n- " in told
                mine = [finding for account, finding in found if account == row["account_id"]]
                assert all(f"{finding.code} {finding.name}, {finding.outcome}, " in told for finding in mine)
                for due in filter(None, row["reports_due"].split(";")):
                    kind, _, day = due.partition(":")
                    assert f"- {kind}{f' by {day}' if day else ''}" in told
        assert len(rows) > 40

    def test_says_until_when_it_is_not_exempt_and_what_to_ask(self, whole):
        told = reports.story(whole, account="N-2007")

        assert (
            "Until it is determined, the Account is not exempt [7.302(d)(1)(i)]. It turns on:\n- owners_known" in told
        )

    def test_without_records_tells_the_same_but_why(self, whole, without_records):
        with reports.opened(without_records) as run, reports.opened(whole) as full:
            for row in run.rows("determinations.csv"):
                told = reports.story(run, account=row["account_id"])
                known = reports.story(full, account=row["account_id"])
                for title in ("\nUntil it is determined", "\nFindings\n"):
                    parts = [text.partition(title)[2].partition("\nTo be")[0] for text in (told, known)]
                    assert parts[0] == parts[1]
                assert "Why it is so is not told here: the run kept no records" in told

    def test_without_records_cites_what_is_due(self, without_records):
        assert "- certification-count by 2025-03-01 [7.304(a)(2)]" in reports.story(without_records, account="N-1110")

    def test_of_an_account_with_an_unread_row_is_that_of_the_run(self, with_bad_rows):
        told = reports.story(with_bad_rows, account="N-2005")

        assert told.startswith("Account N-2005: undetermined")
        assert "Why it is so is not told here: rows of its owners could not be read; see quarantine.csv." in told

    def test_of_an_account_that_comes_out_otherwise_is_that_of_the_run(self, whole, monkeypatch):
        monkeypatch.setattr(module, "_same", lambda *_: False)
        told = reports.story(whole, account="N-2001")

        assert told.startswith("Account N-2001: exempt-us-persons")
        assert "please report" in told

    def test_of_no_account_is_refused(self, whole, with_bad_rows):
        with pytest.raises(ReportError, match=r"no account of that id; determinations\.csv lists those that it did\.$"):
            reports.story(whole, account="nobody")
        with pytest.raises(ReportError, match=r"1 row is in quarantine\.csv: it may be one of them\.$"):
            reports.story(with_bad_rows, account="N-1001")


class TestCommand:
    def test_prints_the_story(self, whole, capsys):
        assert kycrule_command(["explain", "--account", "N-2001", "--run", str(whole)]) == 0
        assert capsys.readouterr().out == reports.story(whole, account="N-2001") + "\n"

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--account", "N-2001"], ["--run", "run"], ["K302-04", "--run", "run"], ["K302-04", "--account", "a"]],
        ids=" ".join,
    )
    def test_is_told_what_to_name(self, arguments, capsys):
        assert kycrule_command(["explain", *arguments]) == 2
        assert "a code, such as K302-04, or an account with --account ID and --run DIR" in capsys.readouterr().err
