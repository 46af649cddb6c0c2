"""T9 to T11 and T40: files are private from the first moment, and stand where they were asked for and nowhere else."""

import contextlib
import json
import os
import re
import stat
import threading
from datetime import date
from pathlib import Path

import processes
import pytest
from needs import needs
from processes import AS_OF, STRACE, THOROUGH, ended, is_whole

import kycrule
from kycrule.cli import run
from kycrule.errors import OutputError
from kycrule.outputs import run_folder, write_private

PROVIDER = {"id": "p", "name": "Us", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}


# T9: modes ------------------------------------------------------------------------------------------


@needs(STRACE, "strace")
@pytest.mark.parametrize("umask", ["000", "022"])
def test_t9_no_file_is_ever_open_to_others(tmp_path, umask):
    check = processes.inputs(tmp_path / "in")
    log = tmp_path / "log"
    prefix = ["bash", "-c", f'umask {umask}; exec "$@"', "bash"]
    prefix += [STRACE, "-f", "-qq", "-o", log, "-e", "trace=umask,openat,open,creat,mkdir,mkdirat,chmod,fchmod,mknod"]
    assert ended(*check, "-o", tmp_path / "out" / "run", prefix=prefix).returncode == 1

    mask = int(umask, 8)
    made = 0
    for line in log.read_text("utf-8", errors="replace").splitlines():
        assert not re.search(r" f?chmod\(", line)
        if changed := re.search(r" umask\((\w+)\)", line):
            mask = int(changed[1], 8)
        elif str(tmp_path / "out") in line and re.search(r"O_CREAT|mkdir", line):
            mode = int(re.findall(r"\b0[0-7]{3}\b", line.partition(" = ")[0])[-1], 8)
            assert mode & ~mask & 0o077 == 0, line
            made += 1
    assert made > 15
    for path in (tmp_path / "out").rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_t9_a_library_call_writes_private_files_within_a_private_folder(tmp_path, monkeypatch):
    processes.inputs(tmp_path / "in")
    seen = {}
    real = kycrule.outputs.shutil.rmtree

    def look(path, **options):
        seen.update({found: found.lstat().st_mode for found in (path, *Path(path).rglob("*"))})
        real(path, **options)

    monkeypatch.setattr("kycrule.outputs.shutil.rmtree", look)
    before = os.umask(0)
    try:
        out = kycrule.check(tmp_path / "in" / "customers.csv", as_of=date(2024, 6, 1), out=tmp_path / "run").out
    finally:
        os.umask(before)

    # What is thrown away may have any mode: its folder lets nobody in.
    assert {stat.S_IMODE(mode) for path, mode in seen.items() if stat.S_ISDIR(mode)} == {0o700}
    assert {stat.S_IMODE(path.lstat().st_mode) for path in out.rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.lstat().st_mode) for path in (out, out / "records")} == {0o700}


# T10: links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("write", ["run", "file"])
def test_t10_no_link_that_comes_and_goes_is_ever_followed(tmp_path, write, force):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "manifest.json").write_text("precious", encoding="utf-8")
    prey = victim / "manifest.json" if write == "file" else victim
    place = tmp_path / "place"
    place.mkdir()
    target = place / "target"
    stop = threading.Event()

    def attack():
        number = 0
        while not stop.is_set():
            number += 1
            trap = place / f"trap{number}"
            try:
                # A symbolic link in one blow, in place of whatever stands there; then nothing.
                trap.symlink_to(prey)
                trap.rename(target)
                target.unlink()
            except OSError:
                trap.unlink(missing_ok=True)
                # The writer is at work too: what stood there a moment ago may be something else by now.
                with contextlib.suppress(OSError):
                    if target.is_dir() and not target.is_symlink():
                        target.rename(place / f"taken{number}")
                    else:
                        target.unlink(missing_ok=True)

    attacker = threading.Thread(target=attack)
    attacker.start()
    try:
        for _ in range(10_000 if THOROUGH else 300):
            try:
                if write == "run":
                    with run_folder(target, force=force) as folder:
                        folder.write_json("manifest.json", {})
                else:
                    write_private(target, "x", force=force)
            except OutputError:
                continue
    finally:
        stop.set()
        attacker.join()

    assert (victim / "manifest.json").read_text("utf-8") == "precious"
    assert [path.name for path in victim.iterdir()] == ["manifest.json"]


def test_t10_a_hard_link_to_another_file_is_not_written_through(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    os.link(victim, tmp_path / "report.json")
    with pytest.raises(OutputError):
        write_private(tmp_path / "report.json", "x")
    write_private(tmp_path / "report.json", "x", force=True)

    assert victim.read_text("utf-8") == "precious"


# T11: names that lead elsewhere ---------------------------------------------------------------------

NAMES = [
    "../escaped",
    "/escaped",
    "..",
    ".",
    "a/b",
    "a\\b",
    "~root",
    "x" * 250,
    "-rf",
    ".hidden",
    "CON",
    "%2e%2e%2f",
]


def test_t11_reports_are_written_into_their_folder_whatever_a_transaction_is_called(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "customers.csv").write_text("account_id,citizenships,kind\na,CN,individual\n", encoding="utf-8")
    rows = [f"{name},a,yes,yes,1e26,2024-01-02,2024-01-02,2024-01-03" for name in NAMES]
    (tmp_path / "in" / "training.csv").write_text(
        "transaction_id,account_id,for_foreign_person,meets_technical_conditions,operations,agreed_on,changed_on,known_on\n"
        + "\n".join(rows) + "\n",
        encoding="utf-8",
    )  # fmt: skip
    out = kycrule.check(
        tmp_path / "in" / "customers.csv",
        training=tmp_path / "in" / "training.csv",
        providers=(kycrule.Provider.read(PROVIDER),),
        as_of=date(2024, 6, 1),
        out=tmp_path / "run",
    ).out
    before = {path for path in tmp_path.rglob("*") if "reports" not in path.parts}

    assert run(["report", "training", "--run", str(out), "--draft", "-o", str(tmp_path / "reports")]) == 0
    written = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert len(written) == len(NAMES)
    assert {path.parent for path in written} == {tmp_path / "reports"}
    assert {path for path in tmp_path.rglob("*") if "reports" not in path.parts} == before
    told = {json.loads(path.read_text("utf-8"))["transaction_id"] for path in written}
    assert told == set(NAMES)


@pytest.mark.parametrize(
    "name", ["x" * 300, "x/" * 3000 + "run", "file/run", "\udcff\udcfe", "a\nb"], ids=lambda name: ascii(name[:9])
)
def test_t11_a_target_that_cannot_be_made_ends_with_4_and_another_one_is_made_there(tmp_path, capfd, name):
    (tmp_path / "file").write_text("precious", encoding="utf-8")
    (tmp_path / "c.csv").write_text("account_id\na\n", encoding="utf-8")
    code = run(["check", str(tmp_path / "c.csv"), "-o", f"{tmp_path}/{name}"])
    told = capfd.readouterr().err

    assert "Traceback" not in told
    assert code in {0, 4}
    assert (code == 0) is is_whole(Path(f"{tmp_path}/{name}")) if code == 0 else True
    assert (tmp_path / "file").read_text("utf-8") == "precious"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_t11_a_manifest_that_names_other_files_is_refused(tmp_path, capfd):
    (tmp_path / "c.csv").write_text("account_id\na\n", encoding="utf-8")
    out = kycrule.check(tmp_path / "c.csv", as_of=date(2024, 6, 1), out=tmp_path / "run").out
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    for name in ("../secret", str(tmp_path / "secret"), "records/../../secret"):
        changed = {
            **manifest,
            "outputs": [
                *manifest["outputs"],
                {"name": name, "bytes": 6, "sha256": processes.hashlib.sha256(b"secret").hexdigest()},
            ],
        }
        (out / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")

        assert run(["report", "record", "--account", "a", "--run", str(out)]) == 3
        assert "manifest" in capfd.readouterr().err


# T40: arguments that look like options ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["-o", "--help", "--owners=x", "a\nb.csv", "$(id)", "*.csv", "'; --", "-x.csv"], ids=ascii
)
def test_t40_a_file_may_have_any_name(tmp_path, monkeypatch, capfd, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("account_id\na\nb\n", encoding="utf-8")
    arguments = ["--", name] if len(name) % 2 else [f"./{name}"]

    assert run(["check", *AS_OF, "-o", "out", *arguments]) == 0
    assert capfd.readouterr().out == ""
    assert is_whole(Path("out"))


def test_t40_a_pattern_that_matches_nothing_ends_with_3(tmp_path):
    done = ended("check", "*.csv", *AS_OF, cwd=tmp_path)

    assert done.returncode == 3
    assert not (tmp_path / "run").exists()
