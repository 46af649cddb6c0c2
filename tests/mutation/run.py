"""Mutation testing of what decides: ``python tests/mutation/run.py [TARGET ...] [--sample N] [--workers N]``.

Each mutant is one small change of the code, made by cosmic-ray in a copy of the project; it is killed if a test fails.
What survives is printed with its change, to be explained or killed by a new test. Without ``--sample`` every mutant is
tried, which takes hours for the law.
"""

import argparse
import json
import random
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Target:
    """What is changed, and what must notice: commands of the shell, of which one must fail."""

    modules: tuple[str, ...]
    commands: tuple[str, ...]


PYTEST = f"{sys.executable} -m pytest -x -q -n0"
CASES = f"{sys.executable} -m kycrule test --engine record tests/cases/*.toml"
ORACLE = f"{PYTEST} tests/engines/test_exhaustive.py tests/engines/test_training.py"
TARGETS = {
    "truth": Target(("kycrule/truth.py",), (f"{PYTEST} tests/test_truth.py tests/engines/test_record.py",)),
    "expr": Target(("kycrule/expr.py",), (CASES, f"{PYTEST} tests/test_expr.py tests/engines/test_record.py", ORACLE)),
    "law": Target(
        tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / "kycrule" / "law").glob("s3*.py"))),
        (CASES, f"{PYTEST} tests/law", ORACLE),
    ),
    "ownership": Target(("kycrule/ownership.py",), (f"{PYTEST} tests/test_ownership.py tests/test_bods.py",)),
    "addresses": Target(("kycrule/addresses.py",), (f"{PYTEST} tests/test_addresses.py",)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=list(TARGETS))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120)
    chosen = parser.parse_args()
    for name in chosen.targets:
        tried, survivors = attempted(TARGETS[name], chosen)
        told = f"{name}: {tried - len(survivors)} of {tried} mutants killed ({1 - len(survivors) / tried:.1%})"
        sys.stdout.write("\n".join([told, *survivors]) + "\n")
        sys.stdout.flush()


def attempted(target, chosen):
    """How many mutants were tried, and the changes that no test noticed."""
    with tempfile.TemporaryDirectory() as folder:
        copies = [copied(Path(folder) / str(number)) for number in range(chosen.workers)]
        mutants = begun(copies[0], target, chosen)
        if chosen.sample is not None and chosen.sample < len(mutants):
            mutants = random.Random(chosen.seed).sample(mutants, chosen.sample)
        for number, copy in reversed(list(enumerate(copies))):
            for name in ("mutation.toml", "session.sqlite"):
                if copy != copies[0]:
                    shutil.copy(copies[0] / name, copy)
            keep(copy, mutants[number :: chosen.workers])
        with ThreadPoolExecutor(chosen.workers) as pool:
            list(pool.map(lambda copy: called(copy, "exec", "mutation.toml", "session.sqlite"), copies))
        return len(mutants), [survivor for copy in copies for survivor in survivors(copy)]


def copied(folder):
    folder.mkdir()
    for name in ("kycrule", "tests", "docs", "examples", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def begun(copy, target, chosen):
    """The mutants of a session that has begun, in an order of their own."""
    modules = ", ".join(json.dumps(module) for module in target.modules)
    command = f"/bin/bash -c {shlex.quote(' && '.join(target.commands))}"
    (copy / "mutation.toml").write_text(
        f"[cosmic-ray]\nmodule-path = [{modules}]\ntimeout = {chosen.timeout}\nexcluded-modules = []\n"
        f'test-command = {json.dumps(command)}\n[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    called(copy, "init", "mutation.toml", "session.sqlite")
    with sqlite3.connect(copy / "session.sqlite") as connection:
        rows = connection.execute("SELECT job_id FROM mutation_specs ORDER BY module_path, operator_name, occurrence")
        return [row[0] for row in rows]


def keep(copy, mutants):
    with sqlite3.connect(copy / "session.sqlite") as connection:
        for table in ("mutation_specs", "work_items"):
            places = ", ".join("?" * len(mutants))
            connection.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({places})", mutants)


def survivors(copy):
    with sqlite3.connect(copy / "session.sqlite") as connection:
        return [
            f"  survived: {module}: {operator}, {occurrence}\n{difference}"
            for module, operator, occurrence, difference in connection.execute(
                "SELECT module_path, operator_name, occurrence, diff FROM mutation_specs "
                "JOIN work_results USING (job_id) WHERE test_outcome = 'SURVIVED' ORDER BY 1, 2, 3"
            )
        ]


def called(copy, *arguments):
    subprocess.run([shutil.which("cosmic-ray"), *arguments], cwd=copy, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
