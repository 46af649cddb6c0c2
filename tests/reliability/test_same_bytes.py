"""T30 to T32: the same input, readings and date give the same bytes, wherever and however often; versions don't mix."""

import itertools
import json
import os
import random

import processes
import pytest
from processes import THOROUGH, ended

SEEDS = range(21) if THOROUGH else (0, 7)
LOCALES = ("C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8", "ar_EG.UTF-8")
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Pacific/Kiritimati")
THREADS = (1, 2)


def surroundings():
    """Every hash seed, locale, zone and number of threads at least once; all of them with each other if thorough."""
    if THOROUGH:
        yield from itertools.product(SEEDS[:3], LOCALES, ZONES, THREADS)
    count = max(len(SEEDS), len(LOCALES), len(ZONES)) if THOROUGH else 3
    dice = random.Random(31)
    shuffled = [dice.sample(list(each), len(each)) for each in (SEEDS, LOCALES, ZONES, THREADS)]
    for place in range(count):
        yield tuple(each[place % len(each)] for each in shuffled)


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in")
    command = processes.inputs(folder)
    # Times around changes of the clock, years and days.
    accesses = [
        "2011-12-30T00:00:00+14:00",
        "2024-03-31T02:30:00+01:00",
        "2024-12-31T23:59:59-12:00",
        "2038-01-19T03:14:08Z",
    ]
    rows = [f"A{place},8.8.8.8,{at},access" for place in range(40) for at in accesses]
    (folder / "accesses.csv").write_text("\n".join(["account_id,ip,at,action", *rows]) + "\n", encoding="utf-8")
    return (*command, "--accesses", folder / "accesses.csv", "--red-flags", "--compare", "located")


def test_t30_t31_hash_seed_locale_zone_and_threads_change_no_byte(check, tmp_path):
    found = {}
    for place, (seed, locale, zone, threads) in enumerate(surroundings()):
        out = tmp_path / f"run{place}"
        done = ended(
            *check, "--threads", threads, "-o", out,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "LC_ALL": locale, "TZ": zone},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        found[seed, locale, zone, threads] = processes.digests(out)
    [first, *others] = found.values()

    assert len(first) > 8
    for where, digests in zip(list(found)[1:], others, strict=True):
        assert digests == first, where


@pytest.fixture(scope="module")
def run(check, tmp_path_factory):
    """A finished run."""
    out = tmp_path_factory.mktemp("out") / "run"
    assert ended(*check, "-o", out).returncode == 1
    return out


def test_t31_reports_are_the_same_bytes_too(run):
    told = {}
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Apia")):
        done = ended(
            "report", "certification", "--run", run,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told[seed] = done.stdout

    assert told["1"] == told["2"]
    assert json.loads(told["1"])


def test_t32_each_determination_names_the_text_of_the_rule(run):
    # That a run of another version is refused stands in reports/test_runs_and_files.py.
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    header, *lines = (run / "determinations.csv").read_text("utf-8").splitlines()
    place = header.split(",").index("rule_version")

    assert {line.split(",")[place] for line in lines} == {manifest["rule_version"]}
