"""Two runs compared: every change that their tables show is told, with its reason, and no other."""

import csv
import io
import json
import random
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import kycrule
from kycrule.cli import run as command
from kycrule.diff import Difference
from kycrule.errors import InputError
from kycrule.readings import named

EXAMPLES = Path(__file__).parents[1] / "examples"
AS_OF = date(2024, 6, 1)
PLAIN = ("disposition", "basis", "foreign_customer", "foreign_owner", "foreign_reseller", "retain_until")
LISTS = ("turns_on", "findings", "reports_due")
TEXTS = {True: "true", False: "false", None: "unknown"}


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def checked(out, folder=EXAMPLES, *, as_of=AS_OF, readings=None, **options):
    kycrule.check(
        folder / "customers.csv",
        **{name: folder / f"{name}.csv" for name in ("owners", "accesses", "training", "stakes")},
        providers=folder / "providers.toml",
        as_of=as_of,
        readings=named(readings or {}),
        out=out,
        **options,
    )
    return out


def edited(source, target, **edits):
    """A copy of the examples in which files are edited."""
    shutil.copytree(source, target)
    for name, edit in edits.items():
        path = target / f"{name}.csv"
        lines = edit(table(path.read_text("utf-8")))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
    return target


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return checked(tmp_path_factory.mktemp("diff") / "usual")


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """A run with one account more, one less, the records of some changed, and the rows of owners in another order."""
    folder = tmp_path_factory.mktemp("diff")

    def customers(rows):
        rows[0]["us_person_verified"] = ""
        rows[1] |= {"phone": "+1 202 555 0142", "name": "Another Name"}
        return [*rows[:5], *rows[6:], rows[5] | {"account_id": "NEW-1"}]

    def owners(rows):
        rows[0]["citizenships"] = "FR"
        return [*rows[::-1]]

    return checked(folder / "run", edited(EXAMPLES, folder / "in", customers=customers, owners=owners))


def expected(before, after):
    """Every account whose determination is not the same, from the files of the runs alone."""
    sides = [
        {row["account_id"]: row for row in table((run / "determinations.csv").read_text("utf-8"))}
        for run in (before, after)
    ]
    changes = {}
    for account in {**sides[0], **sides[1]}:
        one, other = (side.get(account) for side in sides)
        if one is None or other is None:
            changes[account] = "appeared" if one is None else "gone"
            continue
        lists = [[sorted(filter(None, row[name].split(";"))) for name in LISTS] for row in (one, other)]
        if lists[0] != lists[1] or [one[name] for name in PLAIN] != [other[name] for name in PLAIN]:
            changes[account] = "changed"
    return sides, changes


class TestTheAccounts:
    """Those whose answer is not the same are told, each once."""

    @pytest.mark.parametrize("other", ["mended", "later", "asserted", "usual"])
    def test_are_those_whose_determinations_differ(self, usual, mended, other, tmp_path):
        runs = {
            "mended": lambda: mended,
            "later": lambda: checked(tmp_path / "r", as_of=date(2025, 6, 1)),
            "asserted": lambda: checked(tmp_path / "r", readings={"located": "asserted"}),
            "usual": lambda: usual,
        }
        after = runs[other]()
        sides, changes = expected(usual, after)
        with Difference(usual, after) as difference:
            told = list(difference)
            assert {change.account_id: change.change for change in told} == changes
            assert len(told) == len(changes)
            assert difference.changes() == {
                name: list(changes.values()).count(name) for name in ("changed", "appeared", "gone")
            }
            assert difference.accounts == (len(sides[0]), len(sides[1]))
            assert difference.same == len(sides[0].keys() & sides[1].keys()) - difference.changes()["changed"]
        for change in told:
            for side, state in zip(sides, (change.before, change.after), strict=True):
                row = side.get(change.account_id)
                assert (state is None) == (row is None)
                for name in PLAIN if state is not None else ():
                    value = getattr(state, name)
                    text = TEXTS[value] if name.startswith("foreign_") else "" if value is None else str(value)
                    assert text == row[name]

    def test_come_with_what_is_gone_and_what_is_new_of_their_lists(self, usual, mended):
        sides, _ = expected(usual, mended)
        with Difference(usual, mended) as difference:
            for change in difference:
                rows = [side.get(change.account_id, dict.fromkeys(LISTS, "")) for side in sides]
                for name, called in zip(LISTS, ("turns_on", "findings", "reports"), strict=True):
                    one, other = (Counter(filter(None, row[name].split(";"))) for row in rows)
                    assert Counter(getattr(change, f"{called}_gone")) == one - other
                    assert Counter(getattr(change, f"{called}_new")) == other - one

    def test_are_counted_by_what_changed(self, usual, mended):
        with Difference(usual, mended) as difference:
            changes = list(difference)
            moved = Counter(
                (change.before.disposition, change.after.disposition)
                for change in changes
                if change.change == "changed" and change.before.disposition != change.after.disposition
            )
            assert difference.dispositions() == moved
            for counts, name in ((difference.findings(), "findings"), (difference.reports(), "reports")):
                gone, new = (
                    Counter(one.partition(":")[0] for change in changes for one in getattr(change, f"{name}_{side}"))
                    for side in ("gone", "new")
                )
                assert counts == {what: (gone[what], new[what]) for what in gone | new}
            assert difference.findings()

    def test_of_the_same_run_are_none(self, usual):
        with Difference(usual, usual) as difference:
            assert (list(difference), difference.settings, difference.fields()) == ([], (), {})

    def test_stand_in_the_order_of_the_second_run_and_those_gone_come_last(self, usual, mended):
        with Difference(usual, mended) as difference:
            told = [change.account_id for change in difference]
        order = [
            row["account_id"]
            for run in (mended, usual)
            for row in table((run / "determinations.csv").read_text("utf-8"))
        ]

        assert told == sorted(told, key=order.index)

    def test_are_given_in_slices_each_once(self, usual, mended, monkeypatch):
        with Difference(usual, mended) as difference:
            whole = list(difference)
            monkeypatch.setattr("kycrule.diff._SLICE", 2)
            assert list(difference) == whole


class TestTheReasons:
    """What changed in the records of an account, by the names of fields; else what the runs rest on."""

    def fields(self, before, after):
        with Difference(before, after) as difference:
            return {change.account_id: change.fields for change in difference}

    def test_are_the_fields_that_changed(self, usual, mended):
        first = table((EXAMPLES / "customers.csv").read_text("utf-8"))[0]["account_id"]

        assert self.fields(usual, mended)[first] == ("us_person_verified",)

    def test_name_a_field_of_an_owner(self, usual, tmp_path):
        def owners(rows):
            rows[0] |= {"citizenships": "", "us_permanent_resident": "", "country": "FR"}
            return rows

        account = table((EXAMPLES / "owners.csv").read_text("utf-8"))[0]["account_id"]
        after = checked(tmp_path / "run", edited(EXAMPLES, tmp_path / "in", owners=owners))
        fields = self.fields(usual, after)

        assert set(fields[account]) <= {"owners.citizenships", "owners.us_permanent_resident", "owners.country"}
        assert "owners.country" in fields[account]

    def test_name_the_table_if_rows_came_or_went(self, usual, tmp_path):
        account = "N-1101"
        rows = table((EXAMPLES / "accesses.csv").read_text("utf-8"))
        account = rows[0]["account_id"]
        after = checked(
            tmp_path / "run",
            edited(
                EXAMPLES, tmp_path / "in", accesses=lambda rows: [row for row in rows if row["account_id"] != account]
            ),
        )

        assert self.fields(usual, after)[account] == ("accesses",)

    def test_are_none_if_only_the_order_of_rows_changed(self, usual, tmp_path):
        def shuffled(rows):
            random.Random(1).shuffle(rows)
            return rows

        files = dict.fromkeys(("customers", "owners", "accesses", "training"), shuffled)
        after = checked(tmp_path / "run", edited(EXAMPLES, tmp_path / "in", **files))

        assert self.fields(usual, after) == {}

    def test_are_empty_if_the_runs_rest_on_something_else(self, usual, tmp_path):
        after = checked(tmp_path / "run", as_of=date(2024, 8, 1), readings={"located": "asserted"})
        with Difference(usual, after) as difference:
            assert {change.fields for change in difference} == {()}
            assert [(one.name, one.before, one.after) for one in difference.settings] == [
                ("as_of", "2024-06-01", "2024-08-01"),
                ("reading located", "asserted-or-address", "asserted"),
            ]

    def test_are_not_known_without_the_records(self, usual, tmp_path):
        after = checked(tmp_path / "run", as_of=date(2024, 8, 1), readings={"located": "asserted"}, keep_records=False)
        with Difference(usual, after) as difference:
            assert not difference.with_records
            assert {change.fields for change in difference} == {None}

    def test_name_files_and_providers_that_are_not_the_same(self, usual, tmp_path):
        source = edited(EXAMPLES, tmp_path / "in", owners=lambda rows: rows[:-1])
        path = source / "providers.toml"
        path.write_text(path.read_text("utf-8").replace("Lion City", "Tiger City", 1), "utf-8")
        with Difference(usual, checked(tmp_path / "run", source)) as difference:
            names = {setting.name for setting in difference.settings}

        assert {"input owners.csv", "resellers"} <= names
        assert "input customers.csv" not in names

    def test_say_if_the_texts_of_the_rule_are_not_the_same(self, usual, tmp_path, capfd):
        other = tmp_path / "other"
        shutil.copytree(usual, other)
        manifest = json.loads((other / "manifest.json").read_text("utf-8"))
        (other / "manifest.json").write_text(json.dumps(manifest | {"rule_version": "a-final-rule"}), "utf-8")

        assert command(["diff", str(usual), str(other)]) == 0
        assert f"rule_version  {manifest['rule_version']} -> a-final-rule" in capfd.readouterr().out


class TestRefusals:
    @pytest.mark.parametrize("spoil", ["manifest.json", "determinations.parquet", "altered"])
    def test_what_is_no_whole_run_is_refused(self, usual, tmp_path, spoil, capfd):
        other = tmp_path / "other"
        shutil.copytree(usual, other)
        if spoil == "altered":
            with (other / "determinations.parquet").open("ab") as stream:
                stream.write(b"x")
        else:
            (other / spoil).unlink()
        for pair in ((usual, other), (other, usual)):
            with pytest.raises(InputError):
                Difference(*pair)
            assert command(["diff", *map(str, pair)]) == 3
            assert capfd.readouterr().out == ""

    def test_determinations_of_another_form_are_refused(self, usual, tmp_path):
        other = tmp_path / "other"
        shutil.copytree(usual, other)
        shutil.copy(other / "records/owners.parquet", other / "determinations.parquet")
        manifest = json.loads((other / "manifest.json").read_text("utf-8"))
        digests = {one["name"]: one for one in manifest["outputs"]}
        digests["determinations.parquet"]["sha256"] = digests["records/owners.parquet"]["sha256"]
        (other / "manifest.json").write_text(json.dumps(manifest), "utf-8")

        with pytest.raises(InputError, match="lack basis"):
            Difference(usual, other)


class TestTheCommand:
    def told(self, capfd, *arguments):
        assert command(["diff", *map(str, arguments)]) == 0
        ended = capfd.readouterr()
        assert ended.err == ""
        return ended.out

    def test_counts_first_and_names_accounts_last(self, usual, mended, capfd):
        lines = self.told(capfd, usual, mended).splitlines()
        _, changes = expected(usual, mended)
        counts = Counter(changes.values())

        assert lines[0].startswith(
            f"47 accounts before, 47 after: {counts['changed']} with another answer, 1 appeared, 1 gone"
        )
        assert any(line.startswith("  input customers.csv") for line in lines)
        listed = lines[lines.index("Accounts") + 1 :]
        assert [line.split()[0] for line in listed] == [
            line.split()[0] for line in listed if line.split()[0] in changes
        ]
        assert len(listed) == len(changes)

    def test_names_some_accounts_and_says_how_many_more(self, usual, tmp_path, capfd):
        after = checked(tmp_path / "run", readings={"located": "asserted"})
        _, changes = expected(usual, after)
        lines = self.told(capfd, usual, after).splitlines()

        assert len(changes) > 20
        assert lines[-1] == f"  and {len(changes) - 20} more: --format csv"

    def test_csv_has_a_line_for_each_account(self, usual, mended, capfd):
        rows = table(self.told(capfd, usual, mended, "--format", "csv"))
        with Difference(usual, mended) as difference:
            changes = list(difference)

        assert [row["account_id"] for row in rows] == [change.account_id for change in changes]
        for row, change in zip(rows, changes, strict=True):
            assert row["change"] == change.change
            assert row["disposition_before"] == (change.before.disposition if change.before else "")
            assert row["disposition_after"] == (change.after.disposition if change.after else "")
            assert row["findings_new"] == ";".join(change.findings_new)
            assert row["fields"] == ";".join(change.fields)

    def test_json_has_the_same(self, usual, mended, capfd):
        told = json.loads(self.told(capfd, usual, mended, "--format", "json"))
        with Difference(usual, mended) as difference:
            changes = list(difference)
            counts = difference.changes()

        assert {name: told[name] for name in counts} == counts
        assert [one["account_id"] for one in told["accounts"]] == [change.account_id for change in changes]
        assert [one["fields"] for one in told["accounts"]] == [list(change.fields) for change in changes]
        assert told["same"] + counts["changed"] + counts["appeared"] == told["accounts_after"]

    @pytest.mark.parametrize("format_", ["text", "json", "csv"])
    def test_of_hostile_names_obeys_none(self, tmp_path, capfd, format_):
        for name, country in (("one", "FR"), ("two", "US")):
            (tmp_path / f"{name}.csv").write_text(
                f"account_id,kind,citizenships,country\n=1+1\u202e<b>,individual,FR,{country}\n", "utf-8"
            )
            provider = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
            kycrule.check(
                tmp_path / f"{name}.csv", providers=[kycrule.Provider.read(provider)], as_of=AS_OF, out=tmp_path / name
            )
        told = self.told(capfd, tmp_path / "one", tmp_path / "two", "--format", format_)

        assert "covered" in told
        if format_ == "csv":
            assert "\n'=1+1" in told
        else:
            assert "\u202e" not in told
