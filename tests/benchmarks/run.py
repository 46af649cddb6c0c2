"""Speed as ratios in one run: kycrule beside plain code for the same decision, and beside other engines.

``python tests/benchmarks/run.py [--customers N] [--json FILE]`` prints a table and writes it as JSON. Figures of
different runs, or machines, are not comparable; the ratios are. Wants the dependency group ``benchmarks``.
"""

import argparse
import csv
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

import worlds
from benchmarks import engines, plain, polar

import kycrule
from kycrule.determine import compiled
from kycrule.records import NOBODY, Customer, Provider
from kycrule.sample import sample

AS_OF = date(2024, 6, 1)
PROVIDER = Provider.read(
    {"id": "p", "organized_in": "US", "located_in": "US", "offers_iaas": True, "product_us_owned": True}
)
SEED = 20240129
TYPES = {
    "share": "DECIMAL(15, 12)",
    **dict.fromkeys(("us_permanent_resident", "us_person_verified", "owners_known", "substantial_control"), "BOOLEAN"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table: the time of ours beside that of a peer, in the unit that the group has.

    Attributes:
        group: what is compared.
        ours: what of ours.
        peer: with what.
        our_time: of ours.
        peer_time: of the peer.
        target: what their ratio shall be at most, if that is asked.
    """

    group: str
    ours: str
    peer: str
    our_time: float
    peer_time: float
    target: str = ""

    @property
    def ratio(self):
        """Ours by the peer's."""
        return self.our_time / self.peer_time


def interleaved(calls, repeats):
    """The median seconds of each of some calls, made in turn so that all have the same weather."""
    seconds = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


# One record -----------------------------------------------------------------------------------------


def one_record(count):
    """Microseconds for one account."""
    customers = [world.customer for world in worlds.generated(count, SEED)]
    judge = compiled(kycrule.Readings(), ()).judge
    for customer in customers:
        answer = kycrule.determine(customer, provider=PROVIDER, as_of=AS_OF)
        disposition, foreign, foreign_owner, findings = plain.decide(customer)
        ours = sorted((finding.code, finding.outcome == "violated") for finding in answer.findings)
        told = (answer.disposition, answer.foreign_customer, answer.foreign_owner, ours)
        assert told == (disposition, foreign, foreign_owner, sorted(findings)), told
    fields = [customer.model_dump(exclude_none=True) for customer in customers]
    peers = engines.prepared(customers)
    calls = {
        "decide": lambda: [judge(customer, PROVIDER, NOBODY, NOBODY, AS_OF) for customer in customers],
        "plain function": lambda: [plain.decide(customer) for customer in customers],
        "determine": lambda: [kycrule.determine(each, provider=PROVIDER, as_of=AS_OF) for each in fields],
        "model_validate": lambda: [Customer.model_validate(each) for each in fields],
        "validate, plain function": lambda: [plain.decide(Customer.model_validate(each)) for each in fields],
        **peers,
    }
    gc.collect()
    gc.disable()
    times = {name: seconds / count * 1e6 for name, seconds in interleaved(calls, 7).items()}
    gc.enable()
    group = "one record, us"
    yield _line(group, times, "decide", "plain function", "1.5")
    yield _line(group, times, "determine", "model_validate", "1.6")
    yield _line(group, times, "determine", "validate, plain function")
    for name in peers:
        yield _line(group, times, "determine", name)


def _line(group, times, ours, peer, target=""):
    return Line(group=group, ours=ours, peer=peer, our_time=times[ours], peer_time=times[peer], target=target)


def imports():
    """Milliseconds to import us, and the library of models that we use."""

    def taken(module):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        return time.perf_counter() - start

    times = interleaved({module: lambda module=module: taken(module) for module in ("kycrule", "pydantic")}, 5)
    milliseconds = {f"import {module}": seconds * 1e3 for module, seconds in times.items()}
    yield _line("import, ms", milliseconds, "import kycrule", "import pydantic", "2")


# Whole files ----------------------------------------------------------------------------------------


def made(folder, customers):
    """Customers and owners of a sample in CSV and Parquet, all of them served by one provider."""
    for form in ("csv", "parquet"):
        sample(customers, folder / form, seed=SEED, format=form)
        for name in ("customers", "owners"):
            source = f"read_{form}('{folder / form / name}.{form}'{', all_varchar = true' if form == 'csv' else ''})"
            served = " REPLACE ('p' AS served_by)" if name == "customers" else ""
            options = "FORMAT csv, HEADER true" if form == "csv" else "FORMAT parquet"
            duckdb.sql(
                f"COPY (SELECT *{served} FROM {source}) TO '{folder / name}.{form}' ({options}, PRESERVE_ORDER true)"
            )


def by_hand(folder, form):
    """The hand-written query, on files read with DuckDB's own types; gives how many rows of each disposition."""
    connection = duckdb.connect()
    for name in ("customers", "owners"):
        source = f"read_parquet('{folder / name}.parquet')"
        if form == "csv":
            titles = (folder / f"{name}.csv").open(encoding="utf-8").readline().rstrip().split(",")
            columns = {title: TYPES.get(title, "VARCHAR") for title in titles}
            source = f"read_csv('{folder / name}.csv', columns = {columns}, header = true)"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source}")
    query = plain.QUERY.format(
        us=str(tuple(sorted(plain.US))),
        citizenships="string_split(citizenships, ';')" if form == "csv" else "citizenships",
    )
    connection.execute(f"COPY ({query}) TO '{folder / 'by_hand.parquet'}' (FORMAT parquet)")
    return dict(
        connection.execute(f"SELECT disposition, count(*) FROM '{folder / 'by_hand.parquet'}' GROUP BY 1").fetchall()
    )


def parsed(folder, form):
    """Every cell read by the engine, and nothing decided."""
    for name in ("customers", "owners"):
        reader = f"read_{form}('{folder / name}.{form}'{', all_varchar = true' if form == 'csv' else ''})"
        duckdb.sql(f"SELECT sum(hash(COLUMNS(*))) FROM {reader}").fetchall()


def loop(folder, most):
    """Seconds for one account of a loop in Python: the csv module, a model, and the plain function."""
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as stream:
        start, count = time.perf_counter(), 0
        for count, row in enumerate(csv.DictReader(stream), 1):
            plain.decide(Customer.model_validate(row))
            if count == most:
                break
        return (time.perf_counter() - start) / count


def whole_files(customers, repeats):
    """Seconds for customers and owners from CSV and from Parquet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(folder, customers)

        def ours(form):
            return kycrule.check(
                folder / f"customers.{form}",
                owners=folder / f"owners.{form}",
                providers=(PROVIDER,),
                as_of=AS_OF,
                out=folder / "run",
                force=True,
            ).summary["dispositions"]

        for form, target in (("csv", "2"), ("parquet", "1.5")):
            files = [folder / f"{each}.{form}" for each in ("customers", "owners")]
            out = folder / "polars.parquet"
            counted = {disposition: count for disposition, count in ours(form).items() if count}
            assert counted == by_hand(folder, form) == polar.run(folder, form, out)
            calls = {
                "check": lambda form=form: ours(form),
                "DuckDB by hand": lambda form=form: by_hand(folder, form),
                "Polars by hand": lambda form=form, out=out: polar.run(folder, form, out),
                "parsing every cell": lambda form=form: parsed(folder, form),
                "reading the bytes": lambda files=files: [file.read_bytes() for file in files],
            }
            times = interleaved(calls, repeats)
            if form == "csv":
                times["csv, pydantic, plain function (no owners)"] = loop(folder, 20_000) * customers
            for peer in [name for name in times if name != "check"]:
                wanted = target if peer == "DuckDB by hand" else ""
                yield _line(f"{form}, s", times, "check", peer, wanted)


# The table ------------------------------------------------------------------------------------------


def machine():
    """Where this was run, and with which versions."""
    names = ("duckdb", "pydantic", "polars", "zen-engine", "datalogic-py")
    return {
        "when": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "kycrule": kycrule.__version__,
        **{name: version(name) for name in names},
    }


def main(arguments=None):
    """Run everything and say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"))
    asked = parser.parse_args(arguments)
    told = {"machine": machine() | {"customers": asked.customers}, "lines": []}
    print(*(f"{name} {value}" for name, value in told["machine"].items()), sep=", ", end="\n\n")
    print("| what | ours | peer | ours | peer | ratio | target |", "|---|---|---|--:|--:|--:|--:|", sep="\n")
    for lines in (one_record(asked.records), imports(), whole_files(asked.customers, asked.repeats)):
        for line in lines:
            print(
                f"| {line.group} | {line.ours} | {line.peer} | {line.our_time:,.2f} | {line.peer_time:,.2f} "
                f"| {line.ratio:,.2f} | {line.target} |",
                flush=True,
            )
            told["lines"].append({**asdict(line), "ratio": line.ratio})
    asked.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return told


if __name__ == "__main__":
    main()
