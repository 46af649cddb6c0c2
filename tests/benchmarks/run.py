"""Speed as ratios in one run: kycrule beside plain code for the same decision.

``python tests/benchmarks/run.py [ROWS]`` prints a table and writes ``benchmarks.json`` to the current
folder. Figures of different runs, or machines, are not comparable; the ratios are.
"""

import csv
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

import worlds
from benchmarks import plain

import kycrule
from kycrule.determine import compiled
from kycrule.records import NOBODY, BeneficialOwner, Customer, Provider

AS_OF = date(2024, 6, 1)
PROVIDER = Provider.read(
    {"id": "p", "organized_in": "US", "located_in": "US", "offers_iaas": True, "product_us_owned": True}
)
SEED = 20240129


def timed(call, repeats=7):
    """The median seconds of a call."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def one_record():
    """Microseconds for one decision on a validated record, ours and by hand."""
    customers = [world.customer for world in worlds.generated(2_000, SEED)]
    judge = compiled(kycrule.Readings(), ()).judge
    for customer in customers:
        answer = kycrule.determine(customer, provider=PROVIDER, as_of=AS_OF)
        disposition, foreign, foreign_owner, findings = plain.decide(customer)
        ours = sorted((finding.code, finding.outcome == "violated") for finding in answer.findings)
        told = (answer.disposition, answer.foreign_customer, answer.foreign_owner, ours)
        assert told == (disposition, foreign, foreign_owner, sorted(findings)), (told, plain.decide(customer))

    parties = len(customers) + sum(len(customer.owners) for customer in customers)
    rows = {
        "decide (ours)": lambda: [judge(customer, PROVIDER, NOBODY, NOBODY, AS_OF) for customer in customers],
        "decide (by hand)": lambda: [plain.decide(customer) for customer in customers],
        "determine, with its object": lambda: [
            kycrule.determine(customer, provider=PROVIDER, as_of=AS_OF) for customer in customers
        ],
    }
    return {
        name: {"us_per_account": seconds / len(customers) * 1e6, "us_per_party": seconds / parties * 1e6}
        for name, call in rows.items()
        for seconds in (timed(call),)
    }


def write_files(folder, rows):
    """Customers and owners in CSV, the same for the same number of rows."""
    chance = random.Random(SEED)
    countries = ["US"] * 6 + ["DE", "CN", "FR", "IN", "NG", "BR", "AS"]

    def party(place):
        return {
            "name": f"Name {place}",
            "citizenships": chance.choice(countries),
            "us_permanent_resident": chance.choice(["", "no", "yes"]),
            "street_address": f"{place} Main Street",
            "country": chance.choice(countries),
            "use_locations": "Paris;Lyon",
            "email": f"u{place}@mail.example",
            "phone": "+1 202 555 0100",
            "payment_type": "credit_card",
            "payment_reference": f"tok{place}",
            "us_person_verified": chance.choice(["yes", "yes", "no", ""]),
            "identity_verified": chance.choice(["yes", "yes", "no", ""]),
            "verification_method": "documentary",
            "verified_on": "2023-01-02",
        }

    def customer(place):
        entity = chance.random() < 0.4
        return {
            **party(place),
            "account_id": f"A{place}",
            "served_by": "p",
            "kind": "entity" if entity else "individual",
            "organized_in": chance.choice(countries) if entity else "",
            "opened_on": "2023-02-03",
            "opened_for": "customer",
            "reseller_account": "no",
            "owners_known": chance.choice(["yes", "yes", "no", ""]),
        }

    def owner(place):
        return {
            **party(place),
            "kind": "individual",
            "account_id": f"A{chance.randrange(rows)}",
            "owner_id": f"o{place}",
            "share": chance.choice(["25", "24.99", "50", "100", "10"]),
            "substantial_control": chance.choice(["yes", "no", "no", ""]),
        }

    for name, model, make in (("customers", Customer, customer), ("owners", BeneficialOwner, owner)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(
                stream, [column.name for column in model.columns()], restval="", lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(make(place) for place in range(rows))


def by_hand(folder):
    """The hand-written query, on files read with DuckDB's own types; gives how many rows of each disposition."""
    types = {"share": "DECIMAL(15, 12)", "us_permanent_resident": "BOOLEAN", "us_person_verified": "BOOLEAN"}
    types |= {"owners_known": "BOOLEAN", "substantial_control": "BOOLEAN"}
    connection = duckdb.connect()
    for name, model in (("customers", Customer), ("owners", BeneficialOwner)):
        columns = {column.name: types.get(column.name, "VARCHAR") for column in model.columns()}
        connection.execute(
            f"CREATE VIEW {name} AS SELECT * FROM read_csv('{folder / name}.csv', columns = {columns}, header = true)"
        )
    states = str(tuple(sorted(plain.US)))
    connection.execute(f"COPY ({plain.QUERY.format(us=states)}) TO '{folder / 'by_hand.parquet'}' (FORMAT parquet)")
    return dict(
        connection.execute(f"SELECT disposition, count(*) FROM '{folder / 'by_hand.parquet'}' GROUP BY 1").fetchall()
    )


def whole_files(rows):
    """Seconds for a file of customers and one of owners, ours and by hand."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, rows)
        size = sum((folder / f"{file}.csv").stat().st_size for file in ("customers", "owners"))

        def ours():
            return kycrule.check(
                folder / "customers.csv",
                owners=folder / "owners.csv",
                providers=(PROVIDER,),
                as_of=AS_OF,
                out=folder / "run",
                force=True,
            ).summary["dispositions"]

        counted = {disposition: count for disposition, count in ours().items() if count}
        assert counted == by_hand(folder), (counted, by_hand(folder))
        told = {"check (ours)": timed(ours, 3), "query (by hand)": timed(lambda: by_hand(folder), 3)}
        read = timed(lambda: [(folder / f"{file}.csv").read_bytes() for file in ("customers", "owners")], 3)
        told["reading the bytes"] = read
    return {
        name: {"seconds": seconds, "rows_per_second": rows / seconds, "mb_per_second": size / seconds / 1e6}
        for name, seconds in told.items()
    }


def main():
    """Run everything and say what came of it."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    results = {
        "machine": {
            "python": platform.python_version(),
            "duckdb": duckdb.__version__,
            "processor": platform.processor(),
        },
        "one record": one_record(),
        f"{rows} customers and {rows} owners": whole_files(rows),
    }
    for title, group in results.items():
        print(f"\n{title}")
        for name, figures in group.items():
            shown = (
                figures
                if isinstance(figures, str)
                else "  ".join(f"{key} {value:,.2f}" for key, value in figures.items())
            )
            print(f"  {name:<28} {shown}")
    Path("benchmarks.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
