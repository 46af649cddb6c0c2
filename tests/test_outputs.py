"""The run folder: whole or not at all, private, the same bytes again, safe in a spreadsheet, and without leaks."""

import csv
import errno
import hashlib
import io
import json
import os
import random
import re
import stat
import subprocess
import sys
import traceback
from datetime import date
from pathlib import Path

import pytest

import kycrule
from kycrule.cli import run
from kycrule.engines.duckdb import Engine
from kycrule.errors import EngineError, InputError, OutputError
from kycrule.formulas import guard
from kycrule.outputs import run_folder, write_private
from kycrule.records import Provider

AS_OF = date(2024, 6, 1)
FILES = {
    "determinations.csv",
    "determinations.parquet",
    "findings.csv",
    "manifest.json",
    "quarantine.csv",
    "records/accesses.parquet",
    "records/customers.parquet",
    "records/owners.parquet",
    "records/setting.json",
    "records/training.parquet",
    "records/unread.parquet",
    "report.html",
    "summary.json",
}
US = Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})


def within(folder):
    """Every file in a folder, and in those in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def records(path):
    csv.field_size_limit(1 << 24)
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def customers(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "customers.csv"
    path.write_text(
        "account_id,kind,citizenships\nA1,individual,FR\nA2,individual,US\nA3,company,US\n", encoding="utf-8"
    )
    return path


class TestRunFolder:
    def test_takes_its_place_at_the_end(self, tmp_path):
        target = tmp_path / "a" / "b" / "run"
        with run_folder(target) as folder:
            folder.write_json("x.json", {"a": "é"})
            assert not target.exists()

        assert listing(target) == ["x.json"]
        assert json.loads((target / "x.json").read_text(encoding="utf-8")) == {"a": "é"}
        assert listing(target.parent) == ["run"]

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, EngineError, OSError, MemoryError])
    def test_is_not_there_if_anything_goes_wrong(self, tmp_path, error):
        target = tmp_path / "run"
        with pytest.raises((error, OutputError)), run_folder(target) as folder:  # noqa: PT012
            folder.write_json("manifest.json", {})
            (folder.workspace / "big").write_text("x", encoding="utf-8")
            raise error

        assert listing(tmp_path) == []

    def test_an_earlier_run_stays_if_the_next_one_goes_wrong(self, tmp_path):
        target = tmp_path / "run"
        with run_folder(target) as folder:
            folder.write_json("manifest.json", {"run": 1})
        with pytest.raises(ValueError, match="second"), run_folder(target, force=True) as folder:  # noqa: PT012
            folder.write_json("manifest.json", {"run": 2})
            raise ValueError("second")  # noqa: EM101

        assert json.loads((target / "manifest.json").read_text(encoding="utf-8")) == {"run": 1}
        assert listing(tmp_path) == ["run"]

    def test_a_failing_disk_is_an_output_error_with_its_reason(self, tmp_path):
        with (
            pytest.raises(OutputError, match=r"No space left on device \([0-9]+ MiB free\)\.$"),
            run_folder(tmp_path / "r"),
        ):
            raise OSError(28, "No space left on device", "/a/path/of/theirs")

        assert listing(tmp_path) == []

    def test_an_earlier_run_is_replaced_only_by_force(self, tmp_path):
        target = tmp_path / "run"
        with run_folder(target) as folder:
            folder.write_json("manifest.json", {"run": 1})
        with pytest.raises(OutputError, match="--force"), run_folder(target):
            pass
        with run_folder(target, force=True) as folder:
            folder.write_json("manifest.json", {"run": 2})

        assert json.loads((target / "manifest.json").read_text(encoding="utf-8")) == {"run": 2}
        assert listing(tmp_path) == ["run"]

    def test_an_empty_folder_may_be_filled(self, tmp_path):
        target = tmp_path / "run"
        target.mkdir()
        with run_folder(target) as folder:
            folder.write_json("manifest.json", {})

        assert listing(target) == ["manifest.json"]

    @pytest.mark.parametrize("force", [False, True])
    def test_a_folder_of_something_else_is_never_replaced(self, tmp_path, force):
        target = tmp_path / "home"
        target.mkdir()
        (target / "thesis.txt").write_text("precious", encoding="utf-8")
        with pytest.raises(OutputError), run_folder(target, force=force):
            pass

        assert (target / "thesis.txt").read_text(encoding="utf-8") == "precious"

    @pytest.mark.parametrize("force", [False, True])
    def test_a_file_is_never_replaced(self, tmp_path, force):
        target = tmp_path / "run"
        target.write_text("precious", encoding="utf-8")
        with pytest.raises(OutputError), run_folder(target, force=force):
            pass

        assert target.read_text(encoding="utf-8") == "precious"

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("there", [True, False], ids=["pointing", "dangling"])
    def test_a_symbolic_link_is_never_followed(self, tmp_path, force, there):
        elsewhere = tmp_path / "elsewhere"
        if there:
            elsewhere.mkdir()
            (elsewhere / "manifest.json").write_text("{}", encoding="utf-8")
        (tmp_path / "run").symlink_to(elsewhere)
        with pytest.raises(OutputError, match="symbolic link"), run_folder(tmp_path / "run", force=force):
            pass

        assert elsewhere.exists() is there
        assert (tmp_path / "run").is_symlink()

    @pytest.mark.parametrize("kind", ["folder", "link"])
    def test_what_turns_up_while_the_run_goes_on_is_not_overwritten(self, tmp_path, kind):
        target, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
        elsewhere.mkdir()
        with pytest.raises(OutputError), run_folder(target) as folder:  # noqa: PT012
            folder.write_json("manifest.json", {})
            if kind == "link":
                target.symlink_to(elsewhere)
            else:
                target.mkdir()
                (target / "thesis.txt").write_text("precious", encoding="utf-8")

        assert listing(elsewhere) == []
        assert [name for name in listing(tmp_path) if name.startswith(".")] == []

    @pytest.mark.usefixtures("open_umask")
    def test_is_private_from_the_beginning(self, tmp_path):
        with run_folder(tmp_path / "run") as folder:
            assert mode(folder.path) == 0o700
            assert mode(folder.workspace) == 0o700
            assert mode(folder.file("a")) == 0o600
            folder.write_json("b.json", {})

        assert mode(tmp_path / "run") == 0o700
        assert [mode(path) for path in (tmp_path / "run").iterdir()] == [0o600, 0o600]

    def test_a_file_is_never_written_twice(self, tmp_path):
        with pytest.raises(OutputError), run_folder(tmp_path / "run") as folder:  # noqa: PT012
            folder.file("a")
            folder.file("a")

    def test_a_run_that_keeps_nothing_leaves_nothing(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
        with run_folder(None) as folder:
            folder.write_json("a.json", {})
            assert mode(folder.path) == 0o700

        assert listing(tmp_path) == []

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_parent_that_may_not_be_written_is_an_output_error(self, tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="Permission denied"), run_folder(tmp_path / "run"):
            pass

    def test_a_parent_that_is_a_file_is_an_output_error(self, tmp_path):
        (tmp_path / "file").write_text("precious", encoding="utf-8")
        with pytest.raises(OutputError), run_folder(tmp_path / "file" / "run"):
            pass

    def test_a_folder_that_cannot_be_looked_into_is_an_output_error(self, tmp_path, monkeypatch):
        def vanished(_self):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

        monkeypatch.setattr(Path, "iterdir", vanished)
        with pytest.raises(OutputError, match="No such file"), run_folder(tmp_path):
            pass


class TestCheck:
    @pytest.mark.usefixtures("open_umask")
    def test_writes_every_file_and_nothing_else(self, tmp_path, customers):
        result = kycrule.check(customers, providers=(US,), as_of=AS_OF, out=tmp_path / "run")

        assert within(result.out) == FILES
        assert {mode(path) for path in result.out.rglob("*") if path.is_file()} == {0o600}
        assert mode(result.out / "records") == 0o700
        assert mode(result.out) == 0o700
        assert sorted(listing(tmp_path)) == ["in", "run"]
        assert listing(customers.parent) == ["customers.csv"]

    def test_the_manifest_tells_what_went_in_and_what_came_out(self, tmp_path, customers):
        out = kycrule.check(customers, providers=(US,), as_of=AS_OF, out=tmp_path / "run").out
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))

        assert {entry["name"] for entry in manifest["outputs"]} == FILES - {"manifest.json"}
        for entry in manifest["outputs"]:
            content = (out / entry["name"]).read_bytes()
            assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        content = customers.read_bytes()
        assert manifest["inputs"] == [
            {
                "name": "customers.csv",
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "records": 3,
            }
        ]
        assert manifest["rows"] == {"rows": 3, "determined": 2, "quarantined": 1}
        assert (manifest["as_of"], manifest["kycrule"]) == ("2024-06-01", kycrule.__version__)
        assert set(manifest["readings"]) >= {"foreign_subsidiary", "located"}

    def test_rows_in_are_rows_determined_and_rows_in_quarantine(self, tmp_path, customers):
        result = kycrule.check(customers, providers=(US,), as_of=AS_OF, out=tmp_path / "run")
        summary = json.loads((result.out / "summary.json").read_text(encoding="utf-8"))

        assert summary == result.summary
        assert (summary["rows"], summary["determined"], summary["quarantined"]) == (3, 2, 1)
        assert len(records(result.out / "determinations.csv")) == 2
        assert [(row["line"], row["code"], row["column"]) for row in records(result.out / "quarantine.csv")] == [
            ("4", "K917", "kind")
        ]
        assert sum(summary["dispositions"].values()) == 2
        assert result.quarantined == 1

    def test_determinations_and_findings_are_those_of_the_front_door(self, tmp_path, customers):
        out = kycrule.check(customers, providers=(US,), as_of=AS_OF, out=tmp_path / "run").out
        answers = [
            kycrule.determine(
                {"account_id": account_id, "kind": "individual", "citizenships": [country]}, provider=US, as_of=AS_OF
            )
            for account_id, country in (("A1", "FR"), ("A2", "US"))
        ]

        written = records(out / "determinations.csv")
        assert [(row["account_id"], row["disposition"], row["basis"]) for row in written] == [
            (answer.account_id, answer.disposition.value, answer.basis) for answer in answers
        ]
        assert [row["turns_on"].split(";") if row["turns_on"] else [] for row in written] == [
            list(answer.turns_on) for answer in answers
        ]
        assert [
            (row["account_id"], row["code"], row["outcome"], row["message"], row["missing"])
            for row in records(out / "findings.csv")
            # Those of the provider stand first, without an account.
            if row["account_id"]
        ] == [
            (answer.account_id, found.code, found.outcome.value, found.message, ";".join(found.missing))
            for answer in answers
            for found in answer.findings
        ]

    def test_an_earlier_run_is_refused_before_anything_is_read(self, tmp_path, customers):
        kycrule.check(customers, as_of=AS_OF, out=tmp_path / "run")
        with pytest.raises(OutputError, match="--force"):
            kycrule.check(customers, as_of=AS_OF, out=tmp_path / "run")
        kycrule.check(customers, as_of=AS_OF, out=tmp_path / "run", force=True)

        assert within(tmp_path / "run") == FILES

    def test_a_file_that_cannot_be_read_leaves_nothing(self, tmp_path):
        with pytest.raises(InputError):
            kycrule.check(tmp_path / "absent.csv", as_of=AS_OF, out=tmp_path / "run")

        assert listing(tmp_path) == []

    def test_rows_that_do_not_add_up_stop_the_run(self, tmp_path, customers, monkeypatch):
        monkeypatch.setattr("kycrule.intake.Accounting.adds_up", lambda _: False)
        with pytest.raises(EngineError, match="do not add up"):
            kycrule.check(customers, as_of=AS_OF, out=tmp_path / "run")

        assert listing(tmp_path) == ["in"]

    @pytest.mark.parametrize("header_only", [b"account_id\n", b"account_id,kind", b"account_id\r\n\r\n"], ids=repr)
    def test_no_rows_are_a_run_too(self, tmp_path, header_only):
        (tmp_path / "customers.csv").write_bytes(header_only)
        result = kycrule.check(tmp_path / "customers.csv", as_of=AS_OF, out=tmp_path / "run")

        assert result.summary["rows"] == 0
        assert within(result.out) == FILES

    @pytest.mark.parametrize(
        "data", [b"account_id\nA1", b"account_id,kind\r\nA1,entity", b'account_id\n"A1"'], ids=repr
    )
    def test_one_row_without_a_line_end_is_a_row(self, tmp_path, data):
        (tmp_path / "customers.csv").write_bytes(data)

        assert kycrule.check(tmp_path / "customers.csv", as_of=AS_OF).summary["determined"] == 1

    def test_odd_paths_are_plain_paths(self, tmp_path):
        folder = tmp_path / "it's a [1] * ? {x} \u202e dir"
        folder.mkdir()
        (folder / "-o'.csv").write_text("account_id\nA1\nA2\n", encoding="utf-8")
        out = folder / "run's [*] ;--"

        result = kycrule.check(folder / "-o'.csv", as_of=AS_OF, out=out)

        assert within(out) == FILES
        assert result.summary["determined"] == 2


# The same bytes again -----------------------------------------------------------------------------


def world(folder):
    """A few hundred accounts with owners, accesses and bad rows, the same every time."""
    dice = random.Random(20240430)
    countries = ["", "US", "DE", "CN", "NA", "PR", "US;IR"]
    yes_no = ["", "yes", "no"]
    rows, owners, accesses = [], [], []
    for number in range(400):
        account = f"A{number:03d}"
        rows.append(
            [
                account if number % 97 else "",
                dice.choice(["individual", "entity", "", "firm"] if number % 13 == 0 else ["individual", "entity"]),
                dice.choice(["", "Ann O'Hara", "王小明"]),
                dice.choice(countries),
                dice.choice(countries[:6]),
                dice.choice(countries[:6]),
                dice.choice(["", "Main Street 1"]),
                dice.choice(["", "2024-01-15", "2023-07-01", "2024-02-30"] if number % 11 == 0 else ["", "2024-03-01"]),
                *(dice.choice(yes_no) for _ in range(4)),
                dice.choice(["", "customer", "other"]),
            ]
        )
        owners += (
            [account, f"o{place}" if place != 1 else "", dice.choice(countries), dice.choice(["", "25", "24.9"])]
            for place in range(dice.randrange(4))
        )
        accesses += (
            [account, dice.choice(["192.0.2.1", "8.8.8.8", "10.0.0.1", "x"]), "2024-03-02T00:00:00Z"]
            for _ in range(dice.randrange(3))
        )
    names = (
        "account_id,kind,name,citizenships,organized_in,country,street_address,opened_on,"
        "us_person_verified,identity_verified,owners_known,reseller_account,opened_for"
    )
    tables = {
        "customers": [names.split(","), *rows],
        "owners": [["account_id", "owner_id", "citizenships", "share"], *owners],
        "accesses": [["account_id", "ip", "at"], *accesses],
    }
    for role, content in tables.items():
        with (folder / f"{role}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(content)
    return {role: folder / f"{role}.csv" for role in tables}


def digests(out):
    return {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES - {"manifest.json"}}


def test_the_same_input_and_date_give_the_same_bytes(tmp_path):
    files = world(tmp_path)
    runs = [
        digests(kycrule.check(**files, providers=(US,), as_of=AS_OF, out=tmp_path / f"run{place}", threads=threads).out)
        for place, threads in enumerate((None, 1, 2, 2))
    ]

    assert runs[1:] == runs[:1] * 3
    assert len(records(tmp_path / "run0" / "findings.csv")) > 400
    assert len(records(tmp_path / "run0" / "quarantine.csv")) > 20


def test_zone_locale_and_hash_seed_change_no_byte(tmp_path):
    files = world(tmp_path)
    runs = []
    for place, environment in enumerate(
        (
            {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
            {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
        )
    ):
        out = tmp_path / f"run{place}"
        command = [sys.executable, "-m", "kycrule", "check", files["customers"], "--owners", files["owners"]]
        command += ["--accesses", files["accesses"], "--as-of", "2024-06-01", "-o", out]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
        runs.append(digests(out))

    assert runs[0] == runs[1]


# Formulas -----------------------------------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    '"=1+1',
    "'=1+1",
    "' =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
]
DANGEROUS = re.compile(r"""^[\s"\ufeff\u200b\u200e\u200f]*[=+\-@\uff1d\uff0b\uff0d\uff20]""")


def cells_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            yield from row


class TestFormulas:
    @pytest.fixture(scope="class")
    @staticmethod
    def out(tmp_path_factory):
        folder = tmp_path_factory.mktemp("formulas")
        customers, owners = folder / "=customers.csv", folder / "owners.csv"
        with customers.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["account_id", "kind", "country", "owners_known"])
            # An apostrophe before a formula is taken off, so each text is written as a careful program writes it.
            writer.writerows([guard(text), "entity", "US", "yes"] for text in FORMULAS)
            # Each of them again, with another end, in rows that go to quarantine.
            writer.writerows([f"{text}x", "firm", "US", ""] for text in FORMULAS)
            stream.write("\t=2,firm,US,\n\t=1+1,short\n=1+1,short\n\uff1d1,short\n")
        with owners.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["account_id", "owner_id", "citizenships"])
            writer.writerows([guard(text), guard(text), "FR"] for text in FORMULAS)
            writer.writerow(["=nobody", "=x", "FR"])
        return kycrule.check(customers, owners=owners, as_of=AS_OF, out=folder / "run").out

    @pytest.mark.parametrize("name", ["determinations.csv", "findings.csv", "quarantine.csv"])
    def test_no_cell_begins_like_one(self, out, name):
        assert [cell for cell in cells_of(out / name) if DANGEROUS.match(cell)] == []

    def test_every_account_is_there_and_can_be_had_back(self, out):
        written = [row["account_id"] for row in records(out / "determinations.csv")]

        assert sorted(text.removeprefix("'") for text in written) == sorted(FORMULAS)

    def test_parquet_keeps_the_exact_value(self, out):
        engine = Engine()
        names = engine.execute(f"SELECT account_id FROM read_parquet('{out}/determinations.parquet')")
        engine.close()

        assert sorted(name for (name,) in names) == sorted(FORMULAS)

    def test_quarantine_tells_the_raw_row(self, out):
        found = records(out / "quarantine.csv")

        assert sum(row["code"] == "K917" for row in found) == len(FORMULAS) + 1
        assert sum(row["code"] == "K901" for row in found) == 3
        assert {row["file"] for row in found} == {"'=customers.csv", "owners.csv"}


# Canaries -----------------------------------------------------------------------------------------

GOOD = {
    "account_id": "",
    "served_by": "p",
    "kind": "entity",
    "name": "canary-name",
    "other_names": "canary-b;canary-c",
    "citizenships": "FR",
    "street_address": "canary-street",
    "city": "canary-city",
    "region": "canary-region",
    "postal_code": "canary-code",
    "country": "FR",
    "military_box": "canary-box",
    "use_locations": "canary-here;canary-there",
    "email": "canary@canary.example",
    "phone": "canary 77 31337 77",
    "payment_type": "other",
    "payment_reference": "canary-reference",
    "opened_on": "1987-06-05",
    "ip_addresses": "203.0.113.137@1987-06-07T08:09:10Z",
}
BAD = {
    "kind": "canary-kind",
    "citizenships": "FR;Canaryland",
    "country": "Canaryland",
    "email": "canary-no-email",
    "phone": "canary",
    "payment_type": "canary-payment",
    "opened_on": "canary-1987-06-05",
    "ip_addresses": "203.0.113.137:31337",
    "name": "canary" * 200,
    "served_by": "canary-provider",
    "account_id": "",
}
MARKERS = re.compile(r"canary|203\.0\.113\.137|1987|31337|33\.777", re.IGNORECASE)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Files with a marker in every field and with every kind of bad row."""
    folder = tmp_path_factory.mktemp("planted")
    good = [{**GOOD, "account_id": f"acct-{place}"} for place in range(4)]
    bad = [{**GOOD, "account_id": f"bad-{name}", name: value} for name, value in BAD.items()]
    twice = [{**GOOD, "account_id": "acct-twice"}] * 2
    with (folder / "customers.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, GOOD)
        writer.writeheader()
        writer.writerows([*good, *bad, *twice])
        stream.write("ragged,canary\n")
        stream.write('"bad" canary,' + "canary," * 17 + "\n")
        stream.write("control," + "canary\x07," * 17 + "\n")
        stream.write("long," + "canary" * 200_000 + "\n")
    with (folder / "customers.csv").open("ab") as stream:
        stream.write(b"latin," + b"canary\xe9," * 17 + b"\n")
    (folder / "owners.csv").write_text(
        "account_id,owner_id,name,citizenships,share,street_address\n"
        "acct-0,own-1,canary-owner,FR,33.777,canary-street\n"
        "acct-0,own-2,canary-owner,FR,canary%,canary-street\n"
        "acct-1,own-1,canary-owner,Canaryland,33.777,canary-street\n"
        "acct-2,own-1,canary-owner,FR,133.777,canary-street\n"
        "acct-3,own-1,canary-owner,FR,33.777,\nacct-3,own-1,canary-owner,FR,33.777,\n"
        "acct-gone,own-1,canary-owner,FR,33.777,canary-street\n"
        "bad-kind,own-1,canary-owner,FR,33.777,canary-street\n"
        "acct-1,own-3,canary-ragged\n",
        encoding="utf-8",
    )
    (folder / "accesses.csv").write_text(
        "account_id,ip,at,action\n"
        "acct-0,203.0.113.137,1987-06-07T08:09:10Z,access\n"
        "acct-1,203.0.113.137:31337,1987-06-07T08:09:10Z,access\n"
        "acct-1,203.0.113.137,canary,access\n"
        "acct-1,203.0.113.137,1987-06-07T08:09:10Z,canary\n"
        "acct-gone,203.0.113.137,1987-06-07T08:09:10Z,access\n",
        encoding="utf-8",
    )
    (folder / "providers.toml").write_text(
        '[[providers]]\nid = "p"\nname = "canary-provider"\norganized_in = "US"\noffers_iaas = true\n'
        'product_us_owned = true\n[[providers]]\nid = "q"\nname = "canary-other"\n',
        encoding="utf-8",
    )
    return folder


def planted_run(planted, out):
    files = [f"{planted}/customers.csv"]
    files += [part for role in ("owners", "accesses") for part in (f"--{role}", f"{planted}/{role}.csv")]
    return run(["check", *files, "--providers", f"{planted}/providers.toml", "--as-of", "2024-06-01", "-o", str(out)])


class TestCanaries:
    def test_stand_in_quarantine_and_nowhere_else(self, planted, tmp_path, capfd):
        code = planted_run(planted, tmp_path / "run")
        told = capfd.readouterr()

        assert (code, told.out) == (1, "")
        assert MARKERS.findall(told.err) == []
        found = set()
        for path in (each for each in (tmp_path / "run").rglob("*") if each.is_file()):
            if MARKERS.search(path.read_bytes().decode(errors="replace")):
                found.add(path.relative_to(tmp_path / "run").parts[0])
        # The records of accounts that were determined are kept in a folder of their own.
        assert found == {"quarantine.csv", "records"}

    def test_are_only_in_the_raw_rows_of_quarantine(self, planted, tmp_path):
        planted_run(planted, tmp_path / "run")
        found = records(tmp_path / "run" / "quarantine.csv")

        for row in found:
            assert MARKERS.findall(" ".join(value for name, value in row.items() if name != "raw")) == []
        expected = "K901 K902 K903 K904 K905 K910 K911 K912 K913 K914 K915 K917 K918 K919 K920 K930 K931 K932"
        assert {row["code"] for row in found} == {*expected.split(), "K934", "K935", "K936", "K937"}

    def test_are_in_no_error_of_a_damaged_file(self, planted, tmp_path, capfd):
        original = (planted / "customers.csv").read_bytes()
        damages = {
            "headless.csv": original.split(b"\n", 1)[1],
            "cut.csv.gz": b"\x1f\x8b" + original,
            "wide.csv": original.decode(errors="replace").encode("utf-16"),
            "twice.csv": b"account_id,account_id\n" + original,
        }
        for name, data in damages.items():
            (tmp_path / name).write_bytes(data)
            assert run(["check", str(tmp_path / name), "-o", str(tmp_path / "run")]) == 3
            told = capfd.readouterr()
            assert told.out == ""
            assert MARKERS.findall(told.err) == []

    def test_are_in_no_error_of_the_engine(self, planted, tmp_path):
        del planted
        (tmp_path / "customers.csv").write_text("account_id,name\ncanary-1,canary-2\n", encoding="utf-8")
        engine = Engine()
        with pytest.raises(EngineError) as caught:
            engine.execute(f"SELECT CAST(name AS INTEGER) FROM read_csv('{tmp_path}/customers.csv')")
        engine.close()

        assert MARKERS.findall(str(caught.value)) == []
        # What a log keeps of an error that nobody caught.
        assert "canary-2" not in "".join(traceback.format_exception(caught.value))

    def test_are_in_no_message_of_an_unforeseen_error(self, planted, tmp_path, capfd, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError("canary")  # noqa: EM101

        monkeypatch.setattr("kycrule.check", fail)

        assert planted_run(planted, tmp_path / "run") == 5
        told = capfd.readouterr()
        assert told.out == ""
        assert MARKERS.findall(told.err) == []

    def test_are_in_no_error_of_json(self, tmp_path, capfd, monkeypatch):
        for text in ('{"account_id": "canary', '{"account_id": "a", "kind": "canary"}', '["canary"]', '{"canary": 1}'):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
            assert run(["determine", "-"]) == 3
            told = capfd.readouterr()
            assert told.out == ""
            # The name of a field may be told, its value never.
            assert MARKERS.findall(told.err.replace("canary: ", "")) == []
        path = tmp_path / "customers.jsonl"
        path.write_text('{"account_id": "canary\n{"account_id": "a", "kind": "canary"}\n', encoding="utf-8")
        assert run(["check", str(path), "-o", str(tmp_path / "run")]) == 1
        assert MARKERS.findall(capfd.readouterr().err) == []


def test_nothing_is_written_into_the_folder_of_the_package():
    package = Path(kycrule.__file__).parent

    assert {path.suffix for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts} <= {
        ".py",
        ".typed",
        ".css",
        ".jinja",
        ".csv",
        ".md",
    }


class TestPrivateFiles:
    """A file of its own, outside a run folder: a report."""

    def test_are_for_their_owner_alone(self, tmp_path):
        write_private(tmp_path / "a.json", "é\n")
        assert (tmp_path / "a.json").read_bytes() == "é\n".encode()
        assert mode(tmp_path / "a.json") == 0o600
        assert listing(tmp_path) == ["a.json"]

    @pytest.mark.parametrize("links", [True, False])
    def test_are_never_written_over_another_unless_told_to(self, tmp_path, links, monkeypatch):
        if not links:
            monkeypatch.setattr(os, "link", _no_links)
        target = tmp_path / "a.json"
        write_private(target, "one")
        with pytest.raises(OutputError, match="--force"):
            write_private(target, "two")
        assert target.read_text("utf-8") == "one"
        write_private(target, "two", force=True)
        assert target.read_text("utf-8") == "two"
        assert listing(tmp_path) == ["a.json"]

    def test_never_follow_a_link(self, tmp_path):
        (tmp_path / "elsewhere").write_text("precious", encoding="utf-8")
        (tmp_path / "link.json").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OutputError):
            write_private(tmp_path / "link.json", "x")
        write_private(tmp_path / "link.json", "x", force=True)
        assert (tmp_path / "elsewhere").read_text("utf-8") == "precious"

    def test_without_a_folder_are_an_output_error(self, tmp_path):
        with pytest.raises(OutputError, match=r"a\.json cannot be written"):
            write_private(tmp_path / "absent" / "a.json", "x")


def _no_links(*_):
    raise PermissionError(1, "Operation not permitted")
