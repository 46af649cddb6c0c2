"""``kycrule check``: files in, a run folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Group, Parameter

import kycrule
from kycrule import screening
from kycrule.check import MEMORY
from kycrule.cli.arguments import Day, File, Flag, Named, Quiet, day, pairs
from kycrule.cli.formats import FailOn, reached
from kycrule.cli.progress import shown
from kycrule.cli.summary import summarise
from kycrule.errors import ExitCode
from kycrule.readings import named

_FILES: Final = Parameter(group=Group("Files", sort_key=1))
_QUESTION: Final = Parameter(group=Group("Question", sort_key=2))
_EVIDENCE: Final = Parameter(group=Group("Evidence", sort_key=3))
_RUN: Final = Parameter(group=Group("Run", sort_key=4))


def check(
    customers: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    owners: Annotated[File, _FILES] = None,
    accesses: Annotated[File, _FILES] = None,
    training: Annotated[File, _FILES] = None,
    stakes: Annotated[File, _FILES] = None,
    providers: Annotated[File, _FILES] = None,
    special_measures: Annotated[File, _FILES] = None,
    map: Annotated[tuple[str, ...], _FILES, Parameter(negative=(), metavar="THEIRS=OURS")] = (),  # noqa: A002 - the option's name
    delimiter: Annotated[str, _FILES, Parameter(metavar="CHARACTER")] = ",",
    input_format: Annotated[Literal["csv", "jsonl"] | None, _FILES, Parameter(metavar="FORMAT")] = None,
    as_of: Annotated[Day, _QUESTION] = None,
    reading: Annotated[Named, _QUESTION] = (),
    compare: Annotated[tuple[str, ...], _QUESTION, Parameter(negative=(), metavar="READING")] = (),
    screening_list: Annotated[File, _EVIDENCE, Parameter(name="--list")] = None,
    list_threshold: Annotated[float, _EVIDENCE, Parameter(metavar="SCORE")] = screening.THRESHOLD,
    red_flags: Annotated[Flag, _EVIDENCE] = False,
    geo: Annotated[str | None, _EVIDENCE, Parameter(metavar="FILE")] = None,
    out: Annotated[Path, _RUN, Parameter(name=["--out", "-o"], metavar="DIR")] = Path("run"),
    force: Annotated[Flag, _RUN] = False,
    records: Annotated[bool, _RUN] = True,
    raw_csv: Annotated[Flag, _RUN] = False,
    seal: Annotated[File, _RUN] = None,
    fail_on: Annotated[FailOn, _RUN, Parameter(metavar="WHEN")] = "never",
    threads: Annotated[int | None, _RUN, Parameter(metavar="N")] = None,
    memory: Annotated[str, _RUN, Parameter(metavar="SIZE")] = MEMORY,
    quiet: Annotated[Quiet, _RUN] = False,
    verbose: Annotated[Flag, _RUN, Parameter(name=["--verbose", "-v"])] = False,
) -> int:
    """Determine every account of a file and write a run folder.

    Example: kycrule check customers.csv --providers providers.toml -o run

    Parameters
    ----------
    customers
        CSV, JSON lines or Parquet, also .gz or .zst; - is standard input.
    owners
        CSV or Parquet of beneficial owners.
    accesses
        CSV of accesses.
    training
        CSV of transactions that may train an AI model.
    stakes
        CSV of who holds how much of whom.
    providers
        TOML of providers, resellers and measures.
    special_measures
        TOML of more [[special_measures]].
    map
        For a column of theirs that has another name.
    delimiter
        Between cells; a comma if not given.
    input_format
        Of the customers file; else by its name.
    as_of
        YYYY-MM-DD; today (UTC) if not given.
    reading
        For an open question: see kycrule readings.
    compare
        Count what its other values, or those of all, change.
    screening_list
        CSV, U.S. Consolidated Screening List.
    list_threshold
        70 to 100: from which names match; 90.
    red_flags
        Look for red flags, 7.306(b)(1)(iii).
    geo
        MMDB file of countries, or iptocc, for red flags.
    out
        The folder to make; run if not given.
    force
        Replace an earlier run in that folder.
    records
        Keep the records, for reports; the default.
    raw_csv
        Write CSV without apostrophes before formulas.
    seal
        Encrypt for the recipients in this file.
    fail_on
        Exit 1 on such findings.
    threads
        How many threads the engine uses.
    memory
        Most memory of the engine; 1GB if not given.
    quiet
        Say nothing but errors.
    verbose
        List every rule with findings.
    """
    with shown(quiet=quiet) as progress:
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
            seal=seal,
            delimiter=delimiter,
            mapping=pairs(map, "--map"),
            format=input_format,
            threads=threads,
            memory=memory,
            progress=progress,
        )
    if not quiet:
        summarise(result, verbose=verbose)
    outcomes = (kind for found in result.summary["findings"] for kind in ("violated", "undetermined") if found[kind])
    return ExitCode.FOUND if result.quarantined or reached(fail_on, outcomes) else ExitCode.DONE
