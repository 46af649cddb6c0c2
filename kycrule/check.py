"""The front door for whole files: intake, engine and run folder, with every row accounted for."""

from __future__ import annotations

import csv
import platform
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from kycrule import addresses, intake, kept, redflags, screening
from kycrule.binding import Lists
from kycrule.bound import Program
from kycrule.cases import Answer, Case
from kycrule.config import Setting, load_setting
from kycrule.determine import DEFAULT_READINGS, dispositions_only, finding, program
from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError, EngineError
from kycrule.findings import Determination, Disposition, Finding, ProviderDetermination, ReportDue
from kycrule.geo import open_source
from kycrule.intake import Accounting, Inputs, cells_of
from kycrule.law import SUBPART_D
from kycrule.literals import quoted
from kycrule.measures import in_force
from kycrule.outputs import FORMULA, MANIFEST, RunFolder, run_folder
from kycrule.readings import INDIRECT_OWNERSHIP, READINGS, Readings, alternatives
from kycrule.records import NOBODY, Provider, Record, Reseller, SpecialMeasure, Stake, TrainingTransaction
from kycrule.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run came to.

    Attributes:
        out: the run folder, or None if nothing was kept.
        summary: the content of ``summary.json``.
        accounts: the row accounting of each input file.
    """

    out: Path | None
    summary: dict[str, Any]
    accounts: tuple[Accounting, ...] = field(repr=False)

    @property
    def quarantined(self) -> int:
        """How many rows of all files are in quarantine."""
        return sum(account.quarantined for account in self.accounts)


def check(
    customers: str | Path,
    *,
    owners: str | Path | None = None,
    accesses: str | Path | None = None,
    training: str | Path | None = None,
    stakes: str | Path | None = None,
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
    delimiter: str = ",",
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the word for it
    threads: int | None = None,
    memory: str | None = None,
) -> Result:
    """Determine every account of a file and write a run folder.

    Args:
        customers: CSV or JSON lines, also gzip or zstd; ``-`` is standard input.
        owners: CSV of beneficial owners.
        accesses: CSV of accesses.
        training: CSV of training transactions.
        stakes: CSV of stakes: who holds what, in the customers and in those who hold a part of them.
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
        delimiter: the character between fields.
        mapping: names of columns in the files, mapped to ours.
        format: ``csv`` or ``jsonl``; None goes by the name of the file.
        threads: how many threads the engine uses.
        memory: most memory the engine takes, for example ``2GB``.

    Returns:
        The result. Rows in are rows determined plus rows in quarantine.

    Raises:
        DefinitionError: there is no such reading.
        InputError: a file cannot be read at all.
        OutputError: the run folder exists or cannot be written.
        EngineError: the rows do not add up, or the engine failed.
    """
    as_of = as_of or datetime.now(UTC).date()
    others = _others(readings, compare)
    setting = _setting(providers, resellers, special_measures)
    screened_for = None if screening_list is None else str(screening_list)
    if screened_for is not None or setting.special_measures:
        screening.refuse_early(screened_for, list_threshold)
    target = Path(out) if out is not None else None
    inputs = Inputs(
        customers=str(customers),
        owners=None if owners is None else str(owners),
        accesses=None if accesses is None else str(accesses),
        training=None if training is None else str(training),
        stakes=None if stakes is None else str(stakes),
        delimiter=delimiter,
        mapping=dict(mapping or {}),
        format=format,
    )
    started = datetime.now(UTC)
    with ExitStack() as opened:
        countries = None if geo is None else opened.enter_context(closing(open_source(str(geo))))
        folder = opened.enter_context(run_folder(target, force=force))
        engine = Engine(folder.workspace, threads=threads, memory=memory)
        try:
            accounts = intake.load(
                engine.execute, inputs, folder.workspace, [provider.id for provider in setting.providers] or None
            )
            engine.load_providers(setting.providers or (NOBODY,))
            engine.load_resellers(setting.supplied())
            if others:
                engine.compare(dispositions_only(readings), _worth_comparing(engine, others), as_of)
            engine.judge(program(readings, in_force(setting.special_measures, as_of)), as_of)
            engine.judge_standing(standing(readings), as_of)
            _add_up(engine, accounts)
            summary = _summary(engine, accounts, as_of, readings, known_providers=bool(setting.providers))
            if others:
                summary["comparison"] = _comparison(engine, others)
            evidence: dict[str, Any] = {}
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
                _write(engine, folder, as_of, readings)
                if keep_records:
                    kept.keep(engine, folder, setting)
                for name, write in (
                    ("comparison", _write_comparison),
                    ("screening", _write_screening),
                    ("red_flags", _write_red_flags),
                ):
                    if name in summary:
                        write(engine, folder)
                folder.write_json("summary.json", summary)
                manifest = _manifest(engine, folder, accounts, summary, readings, started=started)
                folder.write_json(MANIFEST, manifest | evidence)
        finally:
            engine.close()
    return Result(out=target, summary=summary, accounts=accounts)


def _setting(
    providers: str | Path | Sequence[Provider] | None,
    resellers: Sequence[Reseller],
    special_measures: str | Path | Sequence[SpecialMeasure],
) -> Setting:
    """All that is known beside the customers, from files and from arguments."""
    listed = load_setting(Path(providers)) if isinstance(providers, str | Path) else Setting()
    if isinstance(special_measures, str | Path):
        special_measures = load_setting(Path(special_measures)).special_measures
    return Setting(
        providers=listed.providers if isinstance(providers, str | Path) else tuple(providers or ()),
        resellers=(*listed.resellers, *resellers),
        special_measures=(*listed.special_measures, *special_measures),
    )


_ALL_FINDINGS: Final = "SELECT * FROM findings UNION ALL SELECT * FROM standing_findings"
_ALL_DUE: Final = "SELECT * FROM due UNION ALL SELECT * FROM standing_due"
_OF_PROVIDERS: Final = -2
_OF_RESELLERS: Final = -1
_PLACE: Final = re.compile("^[0-9]+:")


def _others(readings: Readings, compare: Sequence[str]) -> dict[tuple[str, str], Program]:
    """The programs to compare with, under reading and value."""
    known = [reading.name for reading in READINGS]
    unknown = sorted(set(compare) - {"all", *known})
    if unknown:
        message = f"There is no reading {', '.join(unknown)}. There are: {', '.join(known)}."
        raise DefinitionError(message)
    chosen = known if "all" in compare else [name for name in known if name in compare]
    return {(name, other[name]): dispositions_only(other) for name in chosen for other in alternatives(readings, name)}


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


def _add_up(engine: Engine, accounts: tuple[Accounting, ...]) -> None:
    determined = engine.execute("SELECT count(*) FROM determinations")[0][0]
    customers = accounts[0]
    wrong = [account.name for account in accounts if not account.adds_up()]
    if wrong or determined != customers.good:
        message = (
            f"Rows do not add up: {customers.records} in, {determined} determined, "
            f"{customers.quarantined} in quarantine. Nothing was written; this is a defect of kycrule."
        )
        raise EngineError(message)


def determine_cases(cases: Sequence[Case]) -> list[Answer]:
    """The answers of DuckDB for cases, through the same intake as a file's.

    Args:
        cases: scenarios, each with its own provider; those that agree on date, readings and special measures
            run together.
    """
    groups: dict[tuple[date, Readings, Lists], list[int]] = {}
    for place, case in enumerate(cases):
        # Lists that name Accounts speak of the case's own.
        lists = in_force((_placed(each, place, "accounts") for each in case.special_measures), case.as_of)
        groups.setdefault((case.as_of, case.readings, lists), []).append(place)
    answers: dict[int, Answer] = {}
    for run, places in groups.items():
        with run_folder(None) as folder:
            engine = Engine(folder.workspace)
            try:
                own = {place: cases[place] for place in places}
                answers |= _answers(engine, folder, own, run)
            finally:
                engine.close()
    return [answers[place] for place in range(len(cases))]


def _answers(
    engine: Engine, folder: RunFolder, cases: Mapping[int, Case], run: tuple[date, Readings, Lists]
) -> dict[int, Answer]:
    as_of, readings, lists = run
    path, training = folder.file("customers.jsonl"), folder.file("training.csv")
    providers: list[Provider] = []
    resellers: list[Reseller] = []
    with path.open("w", encoding="utf-8") as stream, training.open("w", encoding="utf-8", newline="") as transactions:
        keep = csv.writer(transactions).writerow
        keep([column.name for column in TrainingTransaction.columns()])
        for place, case in cases.items():
            # Each case is a world of its own: its place stands before every identifier.
            serving = case.serving
            setting = case.setting
            providers += [_placed(provider, place, "id", "parent", "resells_for") for provider in setting.providers]
            resellers += [_placed(reseller, place, "id", "supplied_by") for reseller in setting.resellers]
            stakes = tuple(_placed_stake(stake, place, case.customer.account_id) for stake in case.customer.stakes)
            customer = case.customer.model_copy(update={"served_by": serving.id, "stakes": stakes})
            placed = _placed(customer, place, "account_id", "served_by")
            stream.write(placed.model_dump_json(exclude_none=True) + "\n")
            for each in case.training:
                transaction = each.model_copy(update={"account_id": case.customer.account_id})
                keep(cells_of(_placed(transaction, place, "transaction_id", "account_id")))
    inputs = Inputs(customers=str(path), training=str(training), format="jsonl")
    accounts = intake.load(engine.execute, inputs, folder.workspace, [provider.id for provider in providers])
    engine.load_providers(providers)
    engine.load_resellers(resellers)
    engine.judge(program(readings, lists), as_of)
    engine.judge_standing(standing(readings), as_of)
    _add_up(engine, accounts)
    of_providers: dict[int, list[ProviderDetermination]] = {}
    for told in provider_determinations(engine, providers, resellers, as_of, readings):
        prefix, _, provider_id = told.provider_id.partition(":")
        of_providers.setdefault(int(prefix), []).append(replace(_unplaced(told), provider_id=provider_id))
    return {
        place: Answer(account=replace(_unplaced(answer), account_id=account_id), providers=tuple(of_providers[place]))
        for answer in determinations(engine, as_of, readings)
        for prefix, _, account_id in (answer.account_id.partition(":"),)
        for place in (int(prefix),)
    }


_R = TypeVar("_R", bound=Record)


def _placed(record: _R, place: int, *names: str) -> _R:
    update: dict[str, Any] = {}
    for name in names:
        value = getattr(record, name)
        if value is not None:
            update[name] = tuple(f"{place}:{one}" for one in value) if name == "accounts" else f"{place}:{value}"
    return record.model_copy(update=update)


def _placed_stake(stake: Stake, place: int, account_id: str) -> Stake:
    # Holders are no identifiers of ours, but where they name the customer they must go on doing so.
    return _placed(stake, place, *(name for name in ("holder", "held") if getattr(stake, name) == account_id))


_A = TypeVar("_A", Determination, ProviderDetermination)


def _unplaced(answer: _A) -> _A:
    findings = tuple(replace(found, subject=_PLACE.sub("", found.subject)) for found in answer.findings)
    reports = tuple(
        replace(report, subject=report.subject and _PLACE.sub("", report.subject)) for report in answer.reports_due
    )
    return replace(answer, findings=findings, reports_due=reports)


def determinations(engine: Engine, as_of: date, readings: Readings) -> Iterator[Determination]:
    """The answers in an engine's result tables, in the order of the records; for small runs and for tests."""
    rules, dues = dict(enumerate(SUBPART_D.rules)), dict(enumerate(SUBPART_D.reports))
    findings: dict[int, list[Finding]] = {}
    for record, rule, subject, violated, missing, by in engine.execute(
        "SELECT record, rule, subject, violated, missing, due_on FROM findings ORDER BY record, place, rule"
    ):
        found = finding(rules[rule], subject, tuple(missing), violated=violated, due=by)
        findings.setdefault(record, []).append(found)
    reports: dict[int, list[ReportDue]] = {}
    for record, report, by, subject in engine.execute(
        "SELECT record, report, due_on, subject FROM due ORDER BY record, place, report"
    ):
        due = dues[report]
        reports.setdefault(record, []).append(ReportDue(kind=due.kind, cites=due.cites, due=by, subject=subject))
    for row in engine.execute(
        "SELECT record, account_id, disposition, basis, foreign_customer, foreign_owner, foreign_reseller, turns_on, "
        "retain_until FROM determinations ORDER BY record"
    ):
        record, account_id, disposition, basis, customer, owner, reseller, turns_on, retain_until = row
        yield Determination(
            account_id=account_id,
            as_of=as_of,
            rule_version=SUBPART_D.version,
            readings=readings.changed(),
            disposition=Disposition(disposition),
            basis=basis,
            foreign_customer=customer,
            foreign_owner=owner,
            foreign_reseller=reseller,
            turns_on=tuple(turns_on),
            findings=tuple(findings.get(record, ())),
            reports_due=tuple(reports.get(record, ())),
            retain_until=retain_until,
        )


def provider_determinations(
    engine: Engine,
    providers: Sequence[Provider],
    resellers: Sequence[Reseller],
    as_of: date,
    readings: Readings,
) -> Iterator[ProviderDetermination]:
    """The answers in an engine's result tables about providers and their resellers, in the order of the providers."""
    rules, dues = dict(enumerate(SUBPART_D.rules)), dict(enumerate(SUBPART_D.reports))
    findings: dict[tuple[int, int], list[Finding]] = {}
    for record, place, rule, subject, violated, missing, by in engine.execute(
        "SELECT record, place, rule, subject, violated, missing, due_on FROM standing_findings "
        "ORDER BY record, place, rule"
    ):
        told = finding(rules[rule], subject, tuple(missing), violated=violated, due=by)
        findings.setdefault((record, place), []).append(told)
    reports: dict[tuple[int, int], list[ReportDue]] = {}
    for record, place, report, subject, by, opens in engine.execute(
        "SELECT record, place, report, subject, due_on, opens_on FROM standing_due ORDER BY record, place, report"
    ):
        due = dues[report]
        told_due = ReportDue(kind=due.kind, cites=due.cites, due=by, opens=opens, subject=subject)
        reports.setdefault((record, place), []).append(told_due)
    for place, provider in enumerate(providers):
        supplied = [index for index, reseller in enumerate(resellers) if reseller.supplied_by == provider.id]
        own = [(_OF_PROVIDERS, place), *((_OF_RESELLERS, index) for index in supplied)]
        yield ProviderDetermination(
            provider_id=provider.id,
            as_of=as_of,
            rule_version=SUBPART_D.version,
            readings=readings.changed(),
            findings=tuple(found for key in own for found in findings.get(key, ())),
            reports_due=tuple(due for key in own for due in reports.get(key, ())),
        )


# What a run says ----------------------------------------------------------------------------------


def _summary(
    engine: Engine, accounts: tuple[Accounting, ...], as_of: date, readings: Readings, *, known_providers: bool
) -> dict[str, Any]:
    def counted(query: str) -> dict[str, int]:
        return dict(engine.execute(query))

    rules = dict(enumerate(SUBPART_D.rules))
    dispositions = counted("SELECT disposition, count(*) FROM determinations GROUP BY 1")
    findings = engine.execute(
        "SELECT rule, count(*) FILTER (violated), count(*) FILTER (NOT violated) FROM "
        f"({_ALL_FINDINGS}) AS f GROUP BY 1 ORDER BY 1"
    )
    remarks = counted("SELECT kind, accounts FROM stake_remarks ORDER BY kind")
    reports = Counter[str]()
    for index, count in engine.execute(f"SELECT report, count(*) FROM ({_ALL_DUE}) AS d GROUP BY 1 ORDER BY 1"):
        reports[SUBPART_D.reports[int(index)].kind] += count
    return {
        "as_of": as_of.isoformat(),
        "rule_version": SUBPART_D.version,
        "readings": readings.changed(),
        "providers_known": known_providers,
        "rows": accounts[0].records,
        "determined": accounts[0].good,
        "quarantined": accounts[0].quarantined,
        "dispositions": {disposition.value: dispositions.get(disposition.value, 0) for disposition in Disposition},
        "foreign_customers": engine.execute("SELECT count(*) FROM determinations WHERE foreign_customer")[0][0],
        "foreign_owners": engine.execute("SELECT count(*) FROM determinations WHERE foreign_owner")[0][0],
        "foreign_resellers": engine.execute("SELECT count(*) FROM determinations WHERE foreign_reseller")[0][0],
        "findings": [
            {"code": rule.code, "name": rule.name, "violated": violated, "undetermined": undetermined}
            for place, violated, undetermined in findings
            for rule in (rules[place],)
        ],
        "turns_on": counted(
            "SELECT name, count(*) FROM (SELECT unnest(turns_on) AS name FROM determinations) "
            "WHERE name NOT LIKE 'owners[%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
        ),
        "reports_due": dict(reports),
        "quarantine": counted("SELECT code, count(*) FROM quarantine GROUP BY 1 ORDER BY 1"),
        "ownership": {"accounts": remarks.pop("accounts", 0), "remarks": remarks},
        "files": [
            {
                "name": account.name,
                "records": account.records,
                "used": account.good,
                "quarantined": account.quarantined,
                "unattributed": account.unattributed,
                "blank_lines": account.blank_lines,
                "ignored_columns": list(account.ignored),
            }
            for account in accounts
        ],
    }


def _manifest(
    engine: Engine,
    folder: RunFolder,
    accounts: tuple[Accounting, ...],
    summary: dict[str, Any],
    readings: Readings,
    *,
    started: datetime,
) -> dict[str, Any]:
    import kycrule

    return {
        "kycrule": kycrule.__version__,
        "rule_version": SUBPART_D.version,
        "as_of": summary["as_of"],
        "readings": readings.all(),
        "inputs": [
            {"name": account.name, "bytes": account.bytes, "sha256": account.sha256, "records": account.records}
            for account in accounts
        ],
        "outputs": folder.digests(),
        "rows": {name: summary[name] for name in ("rows", "determined", "quarantined")},
        "address_registry": addresses.REGISTRY_DATE.isoformat(),
        "versions": {"python": platform.python_version(), "duckdb": engine.version},
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


# What a run writes --------------------------------------------------------------------------------


def _write(engine: Engine, folder: RunFolder, as_of: date, readings: Readings) -> None:
    changed = ";".join(f"{name}={value}" for name, value in readings.changed().items())
    engine.execute(f"CREATE TEMP TABLE rules AS {_rules()}")
    engine.execute(f"CREATE TEMP TABLE kinds AS {_kinds()}")
    engine.execute(
        "CREATE TEMP TABLE told AS SELECT f.record, f.place, f.rule, f.account_id, f.subject, r.code, r.name, "
        "CASE WHEN violated THEN 'violated' ELSE 'undetermined' END AS outcome, r.cites, "
        "CASE WHEN violated THEN r.violated_message ELSE r.open_message END AS message, f.missing, "
        f"f.due_on AS due FROM ({_ALL_FINDINGS}) AS f JOIN rules AS r ON r.place = f.rule"
    )
    engine.execute(
        f"CREATE TEMP VIEW answers AS SELECT d.record, d.account_id, DATE '{as_of}' AS as_of, "
        f"{quoted(SUBPART_D.version)} AS rule_version, {quoted(changed)} AS readings, d.disposition, d.basis, "
        "d.foreign_customer, d.foreign_owner, d.foreign_reseller, d.turns_on, "
        "COALESCE(f.codes, CAST([] AS VARCHAR[])) AS findings, "
        "COALESCE(r.reports, CAST([] AS VARCHAR[])) AS reports_due, d.retain_until FROM determinations AS d "
        "LEFT JOIN (SELECT record, list(code ORDER BY place, rule) AS codes FROM told GROUP BY record) AS f "
        "ON f.record = d.record LEFT JOIN (SELECT u.record, "
        "list(k.kind || COALESCE(':' || CAST(u.due_on AS VARCHAR), '') ORDER BY u.place, u.report) AS reports "
        "FROM due AS u JOIN kinds AS k ON k.place = u.report GROUP BY u.record) AS r ON r.record = d.record"
    )
    answers = "SELECT * EXCLUDE (record) FROM answers ORDER BY record"
    texts = "foreign_customer foreign_owner foreign_reseller"
    flags = ", ".join(f"COALESCE(CAST({name} AS VARCHAR), 'unknown') AS {name}" for name in texts.split())
    lists = ", ".join(
        f"{_guarded(f'''array_to_string({name}, ';')''')} AS {name}" for name in ("turns_on", "findings", "reports_due")
    )
    cells = f"SELECT * REPLACE ({_guarded('account_id')} AS account_id, {flags}, {lists}) FROM answers"
    _copy(engine, folder, "determinations.parquet", answers, "FORMAT parquet, COMPRESSION zstd")
    _copy(engine, folder, "determinations.csv", f"SELECT * EXCLUDE (record) FROM ({cells}) ORDER BY record")
    _copy(
        engine,
        folder,
        "findings.csv",
        f"SELECT {_guarded('account_id')} AS account_id, {_guarded('subject')} AS subject, code, name, outcome, cites, "
        "message, array_to_string(missing, ';') AS missing, due FROM told ORDER BY record, place, rule",
    )
    _copy(
        engine,
        folder,
        "quarantine.csv",
        f'SELECT {_guarded("file")} AS file, line, byte_offset, code, column_name AS "column", reason, '
        f"{_guarded('raw')} AS raw FROM quarantine ORDER BY file, byte_offset, line, code, column_name",
    )


def _write_comparison(engine: Engine, folder: RunFolder) -> None:
    _copy(
        engine,
        folder,
        "comparison.csv",
        f"SELECT {_guarded('d.account_id')} AS account_id, c.reading, c.value, d.disposition, c.would_be "
        "FROM compared AS c JOIN determinations AS d ON d.record = c.record ORDER BY c.reading, c.value, c.record",
    )


def _write_screening(engine: Engine, folder: RunFolder) -> None:
    guarded = ", ".join(
        f"{_guarded(name)} AS {name}" for name in ("account_id", "subject", "source", "entry", "listed_name")
    )
    cells = f"SELECT * REPLACE ({guarded}) FROM (SELECT * FROM screened ORDER BY {screening.ORDER})"
    _copy(
        engine,
        folder,
        "screening.csv",
        f"SELECT account_id, subject, field, score, source, entry, listed_name FROM ({cells})",
    )


def _write_red_flags(engine: Engine, folder: RunFolder) -> None:
    _copy(
        engine,
        folder,
        "red-flags.csv",
        f"SELECT {_guarded('account_id')} AS account_id, {_guarded('subject')} AS subject, category, flag, cites, "
        f"message, count FROM red_flags ORDER BY {redflags.ORDER}",
    )


def _copy(engine: Engine, folder: RunFolder, name: str, query: str, options: str = "FORMAT csv, HEADER true") -> None:
    # The file is there before, with its rights; a file of the engine's own would have others.
    path = folder.file(name)
    engine.execute(f"COPY ({query}) TO {quoted(str(path))} ({options}, USE_TMP_FILE false)")


def _guarded(column: str) -> str:
    """A text column with an apostrophe before what a spreadsheet might run."""
    return f"CASE WHEN regexp_matches({column}, {quoted(FORMULA)}) THEN '''' || {column} ELSE {column} END"


def _rules() -> str:
    rows: list[str] = []
    for place, rule in enumerate(SUBPART_D.rules):
        broken, unsettled = (finding(rule, "", (), violated=violated) for violated in (True, False))
        texts = (rule.code, rule.name, rule.cites, broken.message, unsettled.message)
        rows.append(f"({place}, {', '.join(quoted(text) for text in texts)})")
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS r(place, code, name, cites, violated_message, open_message)"


def _kinds() -> str:
    rows = ", ".join(f"({place}, {quoted(due.kind)})" for place, due in enumerate(SUBPART_D.reports))
    return f"SELECT * FROM (VALUES {rows}) AS k(place, kind)"
