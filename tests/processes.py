"""kycrule as a process of its own: run, traced, stopped; and what it leaves behind."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

THOROUGH = bool(os.environ.get("TEST_THOROUGH"))
"""Whether every point is tried, and not only a few of them."""

STRACE = shutil.which("strace")
AS_OF = ("--as-of", "2024-06-01")
PARTIAL = re.compile(r"\.partial-[0-9a-f]{24}")
_CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<arguments>.*)$")


def command(*arguments):
    """The command line as it is given to the system."""
    return [sys.executable, "-m", "kycrule", *map(str, arguments)]


def ended(*arguments, prefix=(), timeout=300, **options):
    """What a finished process told and with which code."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([*prefix, *command(*arguments)], timeout=timeout, check=False, **options)


LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
# A process is said to have had the memory of the one that it was made from: a small one, then.


def measured(*arguments, **options):
    """The code and the standard error of a process, its greatest memory in bytes, and its time in seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command(*arguments)], capture_output=True, text=True, check=False, **options
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr, int(done.stdout) * 1024, time.monotonic() - began


def inputs(folder):
    """A small set of files: good rows, bad rows, owners, and a bar of everything that a run can hold."""
    folder.mkdir(exist_ok=True)
    rows = [f"A{place},entity,US,yes,customer,{'US' if place % 2 else 'FR'}" for place in range(40)]
    rows += ["B1,firm,US,,,", "B2,short", ",entity,US,,,"]
    header = "account_id,kind,organized_in,owners_known,opened_for,country"
    (folder / "customers.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    owners = [f"A{place},o1,CN,30" for place in range(0, 40, 3)]
    (folder / "owners.csv").write_text(
        "\n".join(["account_id,owner_id,citizenships,share", *owners, "A1,o,CN,x"]) + "\n", encoding="utf-8"
    )
    (folder / "providers.toml").write_text(
        '[[providers]]\nid = "p"\norganized_in = "US"\noffers_iaas = true\nproduct_us_owned = true\n', encoding="utf-8"
    )
    return ("check", folder / "customers.csv", "--owners", folder / "owners.csv", "--providers",
            folder / "providers.toml", *AS_OF)  # fmt: skip


def digests(run):
    """The SHA-256 of every file of a run but the manifest, which holds the time."""
    return {
        path.relative_to(run).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in run.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def is_whole(run):
    """Whether there is a run, every file of which is as its manifest says; False if there is none at all.

    Raises:
        AssertionError: there is a part of a run under its final name.
    """
    if not run.exists():
        return False
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert {output["name"]: output["sha256"] for output in manifest["outputs"]} == digests(run)
    return True


@dataclass(frozen=True)
class Call:
    """One call of the system, by its place among those of its name in its thread."""

    name: str
    place: int
    about: str


def traced(*arguments, calls, log, injected=None, **options):
    """Run under strace; ``injected`` is what goes wrong, as strace writes it."""
    prefix = [STRACE, "-f", "-y", "-qq", "-o", str(log), "-e", f"trace={','.join(calls)}"]
    if injected:
        prefix += ["-e", f"inject={injected}"]
    if "signal" not in (injected or ""):
        # Quicker, but no kill comes through.
        prefix.append("--seccomp-bpf")
    return ended(*arguments, prefix=prefix, **options)


def calls_about(log, wanted):
    """The calls of a trace whose text matches, each with its place among those of its name in its thread."""
    seen, found = Counter(), []
    for line in Path(log).read_text("utf-8", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        key = call["thread"], call["name"]
        seen[key] += 1
        if wanted.search(call["arguments"]):
            found.append(Call(call["name"], seen[key], re.sub(r".*\.partial-[0-9a-f]+", "", call["arguments"])[:40]))
    return found


def some(points, few):
    """All of them if it is to be thorough; else a few, spread evenly, the first and the last among them."""
    points = list(dict.fromkeys(points))
    if THOROUGH or len(points) <= few:
        return points
    return [points[round(place * (len(points) - 1) / (few - 1))] for place in range(few)]
