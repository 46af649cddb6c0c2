"""``kycrule check``: files in, a run folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

import kycrule
from kycrule import screening
from kycrule.check import MEMORY
from kycrule.cli.arguments import Named, day, pairs
from kycrule.cli.progress import shown
from kycrule.cli.summary import summarise
from kycrule.errors import ExitCode
from kycrule.readings import named


def check(
    customers: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    owners: Path | None = None,
    accesses: Path | None = None,
    training: Path | None = None,
    stakes: Path | None = None,
    providers: Path | None = None,
    special_measures: Path | None = None,
    out: Annotated[Path, Parameter(name=["--out", "-o"])] = Path("run"),
    as_of: str | None = None,
    reading: Named = (),
    compare: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    screening_list: Annotated[Path | None, Parameter(name="--list")] = None,
    list_threshold: float = screening.THRESHOLD,
    red_flags: Annotated[bool, Parameter(negative=())] = False,
    geo: str | None = None,
    map: Annotated[tuple[str, ...], Parameter(name="--map", negative=())] = (),  # noqa: A002 - the option's name
    delimiter: str = ",",
    format: Literal["csv", "jsonl"] | None = None,  # noqa: A002 - the option's name
    force: Annotated[bool, Parameter(negative=())] = False,
    records: Annotated[bool, Parameter(name="--records", negative="--no-records")] = True,
    raw_csv: Annotated[bool, Parameter(negative=())] = False,
    fail_on: Literal["never", "violated", "undetermined"] = "never",
    threads: int | None = None,
    memory: str = MEMORY,
) -> int:
    """Determine every account of a file and write a run folder.

    Example: kycrule check customers.csv --owners owners.csv --providers providers.toml -o run

    Parameters
    ----------
    customers
        CSV, JSON lines or Parquet, also .gz or .zst; - is standard input.
    owners
        CSV or Parquet of beneficial owners.
    accesses
        CSV of accesses: account_id, ip, at, action.
    training
        CSV of transactions that may train an AI model.
    stakes
        CSV of stakes: account_id, holder, holder_kind, held, share.
    providers
        TOML file of providers, resellers, measures.
    special_measures
        Another TOML file with [[special_measures]].
    out
        The run folder to make; run if not given.
    as_of
        The date as of which it is asked (YYYY-MM-DD); today if not given.
    reading
        NAME=VALUE for an open question of the rule; see: kycrule readings.
    compare
        A reading, or all: says how many accounts would change under its other values.
    screening_list
        CSV of the U.S. Consolidated Screening List.
    list_threshold
        The score, 70 to 100, from which two names are a possible match; 90 if not given.
    red_flags
        Look for red flags, 7.306(b)(1)(iii).
    geo
        MMDB file of countries, or iptocc, for red flags.
    map
        THEIRS=OURS for a column that has another name.
    delimiter
        The character between fields; a comma if not given.
    format
        Of the customers file; by its name if not given.
    force
        Replace an earlier run in the same folder.
    records
        Keep the records in the run folder, for reports to be made from.
    raw_csv
        Write CSV without apostrophes before formulas.
    fail_on
        Exit with 1 when such findings exist; never if not given.
    threads
        How many threads to use.
    memory
        Most memory for the engine, such as 2GB; 1GB if not given.
    """
    with shown() as progress:
        result = kycrule.check(
            customers if str(customers) != "-" else "-",
            owners=owners,
            accesses=accesses,
            training=training,
            stakes=stakes,
            providers=providers,
            special_measures=special_measures or (),
            as_of=day(as_of),
            readings=named(pairs(reading, "--reading")),
            compare=compare,
            screening_list=screening_list,
            list_threshold=list_threshold,
            red_flags=red_flags,
            geo=geo,
            out=out,
            force=force,
            keep_records=records,
            raw_csv=raw_csv,
            delimiter=delimiter,
            mapping=pairs(map, "--map"),
            format=format,
            threads=threads,
            memory=memory,
            progress=progress,
        )
    summarise(result)
    return ExitCode.FOUND if result.quarantined or _reached(result.summary, fail_on) else ExitCode.DONE


def _reached(summary: dict[str, Any], fail_on: str) -> bool:
    kinds = {"never": (), "violated": ("violated",), "undetermined": ("violated", "undetermined")}[fail_on]
    return any(found[kind] for found in summary["findings"] for kind in kinds)
