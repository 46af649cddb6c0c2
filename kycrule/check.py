"""The front door for whole files: intake, engine and run folder, with every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from kycrule import formulas, intake, kept, page, redflags, results, screening
from kycrule.bound import Program
from kycrule.config import setting_of
from kycrule.determine import DEFAULT_READINGS, dispositions_only, other_programs, program
from kycrule.engines.duckdb import Engine
from kycrule.findings import NEVER_IN_FORCE
from kycrule.geo import open_source
from kycrule.intake import Accounting, Inputs
from kycrule.measures import in_force
from kycrule.outputs import MANIFEST, SUMMARY, RunFolder, run_folder
from kycrule.progress import Counter, Progress, unseen
from kycrule.readings import INDIRECT_OWNERSHIP, Readings
from kycrule.records import NOBODY, Provider, Reseller, SpecialMeasure
from kycrule.sealing import read_seal
from kycrule.showing import Shown, html, table
from kycrule.standing import standing
from kycrule.summary import manifest
from kycrule.summary import summary as summarised
from kycrule.terminal import safe_text

Table: TypeAlias = Any
"""A path, or a table in memory: libraries of tables are extras, so that their types have no names here."""

MEMORY: Final = "1GB"
"""Most memory that the engine takes if nothing else is said: with what stands beside it, a run stays below 2 GB."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Shown):
    """What a run came to.

    Attributes:
        out: the run folder, or None if nothing was kept.
        summary: the content of ``summary.json``.
        accounts: the row accounting of each input file.
    """

    out: Path | None
    summary: dict[str, Any]
    accounts: tuple[Accounting, ...]

    @property
    def quarantined(self) -> int:
        """How many rows of all files are in quarantine."""
        return sum(account.quarantined for account in self.accounts)

    def __repr__(self) -> str:
        return safe_text(f"<Result {self.out or 'not kept'}: {self._rows()}>")

    def __str__(self) -> str:
        lines = [f"{self._rows()} (as of {self.summary['as_of']})", NEVER_IN_FORCE]
        lines += [f"{count:>12,}  {name}" for name, count in self._counts()]
        lines += [
            f"{each['violated']:>12,}  violated, {each['undetermined']:,} undetermined: {each['code']} {each['name']}"
            for each in self.summary["findings"]
        ]
        return safe_text("\n".join([*lines, f"Run folder: {self.out or 'none was kept'}"]))

    def _rows(self) -> str:
        told = self.summary
        return f"{told['rows']:,} rows: {told['determined']:,} determined, {told['quarantined']:,} in quarantine"

    def _counts(self) -> Iterator[tuple[str, int]]:
        yield from ((name, count) for name, count in self.summary["dispositions"].items() if count)
        for name in ("foreign_customers", "foreign_owners", "foreign_resellers"):
            yield name.replace("_", " "), self.summary[name]

    def _repr_html_(self) -> str:
        found = [
            (each["code"], each["name"], f"{each['violated']:,}", f"{each['undetermined']:,}")
            for each in self.summary["findings"]
        ]
        readings = ", ".join(f"{name} = {value}" for name, value in self.summary["readings"].items())
        return html(
            self._rows(),
            [
                ("As of", self.summary["as_of"]),
                ("Readings", readings),
                ("Text", NEVER_IN_FORCE),
                ("Run folder", str(self.out or "")),
            ],
            table("Accounts", ("what", "how many"), [(name, f"{count:,}") for name, count in self._counts()]),
            table("Findings", ("code", "rule", "violated", "undetermined"), found),
            table("Quarantine", ("code", "rows"), [(code, f"{n:,}") for code, n in self.summary["quarantine"].items()]),
        )


def check(
    customers: Table,
    *,
    owners: Table | None = None,
    accesses: Table | None = None,
    training: Table | None = None,
    stakes: Table | None = None,
    providers: str | Path | Sequence[Provider] | None = None,
    resellers: Sequence[Reseller] = (),
    special_measures: str | Path | Sequence[SpecialMeasure] = (),
    as_of: date | None = None,
    readings: Readings = DEFAULT_READINGS,
    compare: Sequence[str] = (),
    screening_list: str | Path | None = None,
    list_threshold: float = screening.THRESHOLD,
    red_flags: bool = False,
    geo: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    keep_records: bool = True,
    raw_csv: bool = False,
    seal: str | Path | None = None,
    delimiter: str = ",",
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the word for it
    threads: int | None = None,
    memory: str = MEMORY,
    progress: Progress = unseen,
) -> Result:
    """Determine every account of a file and write a run folder.

    Args:
        customers: a path of CSV, JSON lines or Parquet, also in gzip or zstd; ``-`` is standard input; or a table in
            memory: of pandas, polars (also lazy), Arrow, or a DuckDB relation.
        owners: beneficial owners, as CSV, Parquet or a table in memory.
        accesses: accesses, likewise.
        training: training transactions, likewise.
        stakes: stakes, likewise: who holds what, in the customers and in those who hold a part of them.
        providers: TOML file, or the providers themselves; without any, nothing is known of who serves. The file
            may list resellers and special measures too.
        resellers: foreign resellers of the providers' products, beside those of the file.
        special_measures: determinations under § 7.307, or a TOML file of them, beside those of the first file.
        as_of: the date as of which it is asked; today (UTC) if not given.
        readings: the choices for the open questions of the rule.
        compare: names of readings, or ``all``: how many accounts change their disposition under each other value.
        screening_list: a published list of restricted parties, in the columns of the U.S. Consolidated Screening
            List. Names are compared with it, and with the persons of special measures if there are any.
        list_threshold: the score, 70 to 100, from which two names are a possible match.
        red_flags: whether to look for red flags, § 7.306(b)(1)(iii).
        geo: an MMDB file on the countries of addresses, or ``iptocc``, for red flags; asks for them too.
        out: the run folder to make; None keeps nothing but the summary.
        force: whether an earlier run there may be replaced.
        keep_records: whether the run folder keeps the records it decided on; reports are made from them.
        raw_csv: whether texts in CSV files stay as they are, although a spreadsheet might run them as formulas.
        seal: a file of recipients (``age1...``): all files but the manifest and the summary are encrypted for them, and
            nothing plain is written to a disk.
        delimiter: the character between fields.
        mapping: names of columns in the files, mapped to ours.
        format: ``csv`` or ``jsonl``; None goes by the name of the file.
        threads: how many threads the engine uses.
        memory: most memory the engine takes, for example ``2GB``; beyond it, it goes to the disk.
        progress: is told how far the run has come.

    Returns:
        The result. Rows in are rows determined plus rows in quarantine.

    Raises:
        DefinitionError: there is no such reading.
        InputError: a file cannot be read at all.
        OutputError: the run folder exists or cannot be written.
        EngineError: the rows do not add up, or the engine failed.
    """
    as_of = as_of or datetime.now(UTC).date()
    others = other_programs(readings, compare)
    setting = setting_of(providers, resellers, special_measures)
    screened_for = None if screening_list is None else str(screening_list)
    if screened_for is not None or setting.special_measures:
        screening.refuse_early(screened_for, list_threshold)
    target = Path(out) if out is not None else None
    sealed_for = None if seal is None else read_seal(Path(seal))
    inputs = Inputs(
        customers=_given(customers),
        owners=_given(owners),
        accesses=_given(accesses),
        training=_given(training),
        stakes=_given(stakes),
        delimiter=delimiter,
        mapping=dict(mapping or {}),
        format=format,
    )
    counter = Counter(progress, inputs.given())
    started = datetime.now(UTC)
    with ExitStack() as opened:
        countries = None if geo is None else opened.enter_context(closing(open_source(str(geo))))
        folder = opened.enter_context(run_folder(target, force=force, seal=sealed_for))
        engine = Engine(folder.workspace, threads=threads, memory=memory)
        try:
            known = [provider.id for provider in setting.providers] or None
            taken = intake.load(engine, inputs, folder.workspace, known, counter.read)
            counter.at("deciding")
            accounts = taken.accounts
            engine.load_providers(setting.providers or (NOBODY,))
            engine.load_resellers(setting.supplied())
            if others:
                engine.compare(dispositions_only(readings), _worth_comparing(engine, others), as_of)
            engine.judge(program(readings, in_force(setting.special_measures, as_of)), as_of)
            engine.judge_standing(standing(readings), as_of)
            intake.add_up(accounts, engine.determined())
            summary = summarised(engine, accounts, as_of, readings, known_providers=bool(setting.providers))
            if others:
                summary["comparison"] = _comparison(engine, others)
            evidence: dict[str, Any] = {
                "raw_csv": raw_csv,
                "sealed_for": None if sealed_for is None else len(sealed_for.recipients),
            }
            if screened_for is not None or setting.special_measures:
                screened = screening.screen(
                    engine.execute,
                    folder.workspace,
                    given=screened_for,
                    special_measures=setting.special_measures,
                    as_of=as_of,
                    threshold=list_threshold,
                )
                summary["screening"] = screened.summary()
                evidence["screening"] = {"threshold": screened.threshold, "lists": screened.lists}
            if red_flags or countries is not None:
                flagged = redflags.flag(engine.execute, folder.workspace, countries)
                summary["red_flags"] = flagged.summary()
                evidence["geo"] = flagged.geo
            if target is not None:
                counter.at("writing")
                _write(engine, folder, summary, as_of, readings, raw_csv=raw_csv)
                if keep_records:
                    kept.keep(engine, folder, setting, taken.as_read)
                folder.write_json(SUMMARY, summary)
                if page.unavailable() is None:
                    folder.write_text(page.NAME, page.html(summary))
                finished = datetime.now(UTC)
                told = manifest(engine, folder, accounts, summary, readings, started=started, finished=finished)
                folder.write_json(MANIFEST, told | evidence)
        finally:
            engine.close()
    return Result(out=target, summary=summary, accounts=accounts)


def _write(
    engine: Engine, folder: RunFolder, summary: Mapping[str, Any], as_of: date, readings: Readings, *, raw_csv: bool
) -> None:
    """Write the tables of a run, those that it was asked for too."""
    cell = str if raw_csv else formulas.guarded
    results.write(engine, folder, as_of, readings, cell)
    for name, write in (
        ("comparison", results.write_comparison),
        ("screening", results.write_screening),
        ("red_flags", results.write_red_flags),
    ):
        if name in summary:
            write(engine, folder, cell)


def _given(table: Table) -> Any:
    return str(table) if isinstance(table, Path) else table


def _worth_comparing(engine: Engine, others: Mapping[tuple[str, str], Program]) -> dict[tuple[str, str], Program]:
    """Those of the other programs that may give another answer: without stakes no share is indirect."""
    stakes = engine.execute("SELECT 1 FROM stakes LIMIT 1")
    return {pair: program for pair, program in others.items() if stakes or pair[0] != INDIRECT_OWNERSHIP.name}


def _comparison(engine: Engine, others: Mapping[tuple[str, str], Program]) -> list[dict[str, Any]]:
    found = engine.execute("SELECT reading, value, would_be, count(*) FROM compared GROUP BY ALL ORDER BY ALL")
    changes: dict[tuple[str, str], dict[str, int]] = {pair: {} for pair in others}
    for reading, value, would_be, count in found:
        changes[reading, value][would_be] = count
    return [
        {"reading": reading, "value": value, "changed": sum(to.values()), "to": to}
        for (reading, value), to in changes.items()
    ]
