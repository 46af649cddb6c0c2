"""Sealed runs: encrypted for those who hold a key, never plain on a disk, and reports come of them as of any run."""

import contextlib
import fcntl
import json
import os
import random
import re
import stat
import subprocess
import time
from datetime import date

import processes
import pyrage
import pytest
from processes import AS_OF, THOROUGH, command

import kycrule
from kycrule import reports, sealing
from kycrule.cli import run
from kycrule.errors import DefinitionError, ExitCode, InputError, OutputError
from kycrule.outputs import run_folder

TODAY = date(2024, 6, 1)
CANARY = b"canary"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A key file and the file of its recipient."""
    folder = tmp_path_factory.mktemp("keys")
    text, recipient = sealing.new_key(TODAY)
    key, recipients = folder / "our.key", folder / "recipients.txt"
    for path, content in ((key, text), (recipients, f"# us\n{recipient}\n")):
        path.write_text(content, encoding="utf-8")
        path.chmod(0o600)
    return key, recipients


@pytest.fixture(scope="module")
def customers(tmp_path_factory):
    path = tmp_path_factory.mktemp("in") / "customers.csv"
    rows = [f"A{place},canary-name-{place},individual,FR" for place in range(50)]
    rows += ["B1,canary-name,canary-kind,FR", "canary,ragged"]
    path.write_text("\n".join(["account_id,name,kind,citizenships", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def runs(customers, keys, tmp_path_factory):
    """The same run, plain and sealed."""
    folder = tmp_path_factory.mktemp("runs")
    provider = kycrule.Provider.read(
        {"id": "p", "name": "Us", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
    )
    made = [
        kycrule.check(customers, providers=(provider,), as_of=TODAY, out=folder / name, seal=seal).out
        for name, seal in (("plain", None), ("sealed", keys[1]))
    ]
    return tuple(made)


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def plain_on_disk(folder):
    """Every file in which what customers gave can be read."""
    return [path.name for path in folder.rglob("*") if path.is_file() and CANARY in path.read_bytes()]


def left_in_memory():
    """What nobody is at work on any more."""
    found = []
    for path in sealing.MEMORY.glob(".partial-*"):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.append(path)
            finally:
                os.close(descriptor)
    return found


class TestRuns:
    def test_everything_but_counts_is_sealed(self, runs):
        plain, sealed = runs
        opened = {"manifest.json", "summary.json", "report.html"}

        assert names(sealed) == {name if name in opened else f"{name}.age" for name in names(plain)}
        assert plain_on_disk(plain)
        assert plain_on_disk(sealed) == []
        assert {stat.S_IMODE(path.lstat().st_mode) for path in sealed.rglob("*") if path.is_file()} == {0o600}
        assert processes.is_whole(sealed)

    def test_the_manifest_says_for_how_many(self, runs):
        told = [json.loads((out / "manifest.json").read_text("utf-8"))["sealed_for"] for out in runs]

        assert told == [None, 1]

    def test_each_file_opens_to_what_it_would_have_been(self, runs, keys):
        plain, sealed = runs
        with reports.opened(sealed, keys[0]) as source:
            for name in names(plain) - {"manifest.json"}:
                assert source.plain(name).read_bytes() == (plain / name).read_bytes(), name
                assert name in source.files
            where = {source.plain(name) for name in ("findings.csv", "records/customers.parquet")}
            assert all(sealing.MEMORY in path.parents for path in where)

        assert not any(path.exists() for path in where)
        assert left_in_memory() == []

    def test_the_tools_of_the_format_open_them_too(self, runs, keys):
        plain, sealed = runs
        identity = keys[0].read_text("utf-8").splitlines()[-1]
        content = (sealed / "findings.csv.age").read_bytes()

        assert content.startswith(b"age-encryption.org/v1\n")
        opened = pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(identity)])
        assert opened == (plain / "findings.csv").read_bytes()

    def test_reports_are_made_of_them_with_the_key(self, runs, keys, tmp_path, capfd):
        told = []
        for out, key in zip(runs, ([], ["--key", str(keys[0])]), strict=True):
            assert run(["report", "certification", "--run", str(out), *key]) == 0
            report = json.loads(capfd.readouterr().out)
            report["about"]["manifest_sha256"] = ""
            told.append(report)
            assert run(["findings", "--run", str(out), *key, "--format", "csv"]) == 0
            told.append(capfd.readouterr().out)

        assert told[:2] == told[2:]
        assert left_in_memory() == []
        assert names(tmp_path) == set()

    @pytest.mark.parametrize(
        "arguments", [("report", "certification"), ("findings",), ("report", "record", "--account", "A1")]
    )
    def test_without_the_key_nothing_is_told(self, runs, capfd, arguments):
        assert run([*arguments, "--run", str(runs[1])]) == ExitCode.INPUT
        told = capfd.readouterr()

        assert (told.out, "--key" in told.err) == ("", True)

    def test_runs_are_compared_with_the_key(self, runs, keys, capfd):
        assert run(["diff", str(runs[0]), str(runs[1]), "--key", str(keys[0]), "--format", "json"]) == 0
        told = json.loads(capfd.readouterr().out)

        assert told["same"] == 50
        assert left_in_memory() == []

    def test_another_key_opens_nothing(self, runs, tmp_path, capfd):
        key = tmp_path / "other.key"
        assert run(["key", str(key)]) == 0
        assert capfd.readouterr().out.startswith("age1")
        assert run(["findings", "--run", str(runs[1]), "--key", str(key)]) == ExitCode.INPUT
        assert "another one" in capfd.readouterr().err
        assert left_in_memory() == []

    def test_several_may_hold_keys(self, customers, keys, tmp_path, capfd):
        second, both = tmp_path / "second.key", tmp_path / "both.txt"
        run(["key", str(second)])
        both.write_text(keys[1].read_text("utf-8") + capfd.readouterr().out, encoding="utf-8")
        out = kycrule.check(customers, as_of=TODAY, out=tmp_path / "run", seal=both).out
        told = []
        for key in (keys[0], second):
            assert run(["unseal", "determinations.csv", "--run", str(out), "--key", str(key)]) == 0
            told.append(capfd.readouterr().out)

        assert told[0] == told[1]
        assert told[0].startswith("account_id,")

    def test_one_file_is_unsealed_into_a_private_file(self, runs, keys, tmp_path):
        target = tmp_path / "q.csv"
        arguments = ["unseal", "quarantine.csv.age", "--run", str(runs[1]), "--key", str(keys[0]), "-o", str(target)]
        assert run(arguments) == 0
        assert target.read_bytes() == (runs[0] / "quarantine.csv").read_bytes()
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert run(arguments) == ExitCode.OUTPUT

    def test_a_file_that_it_has_not_is_named_with_the_nearest(self, runs, keys, capfd):
        assert run(["unseal", "finding.csv", "--run", str(runs[1]), "--key", str(keys[0])]) == ExitCode.USAGE
        assert "findings.csv" in capfd.readouterr().err

    @pytest.mark.parametrize("damage", ["cut", "changed", "nothing"])
    def test_a_damaged_file_is_refused(self, runs, keys, tmp_path, damage):
        sealed, plain = tmp_path / "x.csv.age", tmp_path / "x.csv"
        content = bytearray((runs[1] / "findings.csv.age").read_bytes())
        if damage == "changed":
            content[-20] ^= 1
        sealed.write_bytes({"cut": content[:-30], "changed": content, "nothing": b""}[damage])
        with pytest.raises(InputError, match=r"x\.csv\.age cannot be opened"):
            sealing.read_key(keys[0]).open(sealed, plain)


class TestKeys:
    def test_are_private_files_and_never_shown(self, tmp_path, capfd):
        key = tmp_path / "our.key"
        assert run(["key", str(key)]) == 0
        told = capfd.readouterr()

        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert "SECRET" not in told.out + told.err
        assert re.fullmatch(r"age1[a-z0-9]+\n", told.out)
        assert told.out.strip() in key.read_text("utf-8")
        assert run(["key", str(key)]) == ExitCode.OUTPUT

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
    def test_that_others_may_read_are_refused(self, keys, tmp_path, mode):
        key = tmp_path / "our.key"
        key.write_bytes(keys[0].read_bytes())
        key.chmod(mode)
        with pytest.raises(DefinitionError, match="chmod 600"):
            sealing.read_key(key)

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_recipients_to_which_others_may_write_are_refused(self, keys, tmp_path, mode):
        path = tmp_path / "r.txt"
        path.write_bytes(keys[1].read_bytes())
        path.chmod(mode)
        with pytest.raises(DefinitionError, match="chmod 600"):
            sealing.read_seal(path)

    @pytest.mark.parametrize(
        "text", ["", "# nobody\n", "age1nonsense\n", "AGE-SECRET-KEY-1X\n", "\xff", "age1" + "q" * 58]
    )
    def test_what_is_no_list_of_recipients_is_refused_without_showing_it(self, tmp_path, text):
        path = tmp_path / "r.txt"
        path.write_bytes(text.encode("latin-1"))
        path.chmod(0o600)
        for read in (sealing.read_seal, sealing.read_key):
            with pytest.raises(DefinitionError) as refused:
                read(path)
            assert "SECRET-KEY-1X" not in str(refused.value)
            assert "nonsense" not in str(refused.value)

    def test_a_key_file_is_no_list_of_recipients(self, keys):
        with pytest.raises(DefinitionError, match="no list of recipients"):
            sealing.read_seal(keys[0])

    def test_an_ssh_key_is_a_recipient(self, tmp_path):
        path = tmp_path / "id.pub"
        path.write_text(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN us\n", encoding="utf-8"
        )
        path.chmod(0o644)

        assert len(sealing.read_seal(path).recipients) == 1

    def test_an_absent_file_is_an_input_error(self, tmp_path):
        with pytest.raises(InputError, match="absent"):
            sealing.read_seal(tmp_path / "absent")

    def test_say_nothing_of_themselves(self, keys):
        for read, path in ((sealing.read_key, keys[0]), (sealing.read_seal, keys[1])):
            assert "age" not in repr(read(path)).lower()


class TestNothingPlain:
    def test_stands_on_a_disk_while_a_run_is_made(self, tmp_path, keys):
        with run_folder(tmp_path / "run", seal=sealing.read_seal(keys[1])) as folder:
            folder.write_text("findings.csv", "canary")
            (folder.workspace / "rows").write_text("canary", encoding="utf-8")
            folder.write_json("summary.json", {})
            assert plain_on_disk(tmp_path) == []
            assert folder.workspace.is_relative_to(sealing.MEMORY)
            outputs = folder.digests()
            assert plain_on_disk(tmp_path) == []
            folder.write_json("manifest.json", {"outputs": outputs})

        assert processes.is_whole(tmp_path / "run")
        assert left_in_memory() == []

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
    def test_stays_in_memory_if_it_fails(self, tmp_path, keys, error):
        with pytest.raises((error, OutputError)), run_folder(tmp_path / "run", seal=sealing.read_seal(keys[1])) as made:  # noqa: PT012
            made.write_text("findings.csv", "canary")
            raise error

        assert left_in_memory() == []
        assert list(tmp_path.iterdir()) == []

    def test_t12_stands_on_a_disk_after_a_kill_at_any_moment(self, tmp_path, customers, keys):
        dice = random.Random(5)
        arguments = command("check", customers, *AS_OF, "--seal", keys[1], "-o", tmp_path / "run")
        began = time.monotonic()
        subprocess.run(arguments, check=False, capture_output=True)
        took = time.monotonic() - began
        for _ in range(100 if THOROUGH else 3):
            process = subprocess.Popen([*arguments, "--force"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.4, 1) * took)
            process.kill()
            process.wait(60)
            assert plain_on_disk(tmp_path) == []
            # What is in memory is as private as it was, and is swept by the next one.
            assert {stat.S_IMODE(path.lstat().st_mode) for path in left_in_memory()} <= {0o700}
        assert subprocess.run([*arguments, "--force"], check=False, capture_output=True).returncode == 1
        assert left_in_memory() == []
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".partial-")] == []

    def test_is_written_either_where_there_is_no_memory_for_it(self, tmp_path, keys, monkeypatch):
        monkeypatch.setattr(sealing, "MEMORY", tmp_path / "absent")
        with (
            pytest.raises(OutputError, match="in memory"),
            run_folder(tmp_path / "run", seal=sealing.read_seal(keys[1])),
        ):
            pass

        assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_sealed_needs_no_library(customers, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyrage", None)
    kycrule.check(customers, as_of=TODAY, out=tmp_path / "run")
    with pytest.raises(DefinitionError, match=r"kycrule\[encryption\]"):
        kycrule.check(customers, as_of=TODAY, out=tmp_path / "run2", seal=tmp_path / "r.txt")

    assert [path.name for path in tmp_path.iterdir()] == ["run"]
