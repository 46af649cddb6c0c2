"""Spark beside DuckDB on generated rows: every determination, finding and fault, compared row for row.

Run it as ``python tests/benchmarks/spark.py 200000``.
"""

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import sparks
import userdata

import kycrule
import kycrule.spark

SETTING = {"providers": userdata.PROVIDERS, "resellers": userdata.RESELLERS, "as_of": date(2024, 6, 1)}


def main(count: int) -> int:
    told = {"customers": count}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        rows = userdata.tables(count, seed=20240131)
        paths = sparks.written({role: userdata.arrow(role, listed) for role, listed in rows.items()}, Path(folder))
        told["rows"] = {role: len(listed) for role, listed in rows.items()}
        del rows
        told["generated_s"] = round(time.perf_counter() - started)
        print(told, flush=True)
        started = time.perf_counter()
        kycrule.check(**paths, **SETTING, out=Path(folder) / "run", raw_csv=True, keep_records=False)
        told["duckdb_s"] = round(time.perf_counter() - started)
        session = sparks.session("4g")
        started = time.perf_counter()
        tables = {role: session.read.parquet(str(path)) for role, path in paths.items()}
        sparks.kept(kycrule.spark.check(session, **tables, **SETTING), Path(folder) / "spark")
        told["spark_s"] = round(time.perf_counter() - started)
        session.stop()
        told["results"] = sparks.counts(Path(folder) / "spark")
        told["differences"] = sparks.differences(Path(folder) / "run", Path(folder) / "spark")
    print(json.dumps(told))
    return int(any(told["differences"].values()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
