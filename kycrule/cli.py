"""The command line: files in, a run folder out. Human text goes to stderr, what was asked for to stdout."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

import kycrule
from kycrule import cells, page, screening
from kycrule.cases import Answer, Case, load_cases
from kycrule.cells import CellError
from kycrule.cli_reports import report, schema
from kycrule.config import load_setting
from kycrule.errors import (
    DefinitionError,
    EngineError,
    ExitCode,
    InputError,
    KycRuleError,
    OutputError,
    RecordError,
)
from kycrule.faults import FAULTS
from kycrule.intake import fields_of
from kycrule.law import SUBPART_D
from kycrule.pages import WIDTH, told_reading, told_rule, wrapped
from kycrule.readings import READINGS, named
from kycrule.records import Customer
from kycrule.terminal import safe_text
from kycrule.version import __version__

NAME = "kycrule"

app = App(
    name=NAME,
    help="Check customer records against the proposed U.S. rule on cloud customers (15 CFR 7.300-7.310).\n\n"
    "A proposed rule, never in force; no legal advice.",
    version=f"{NAME} {__version__}",
    help_format="plaintext",
    default_parameter=Parameter(show_default=False),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

app.command(report)
app.command(schema)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    signals = _Signals()
    try:
        result = app(list(arguments), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(ExitCode.USAGE, f"{error}\nTry: {NAME} --help")
    except (KeyboardInterrupt, _Terminated):
        return _ended(signals.ended or ExitCode.INTERRUPTED)
    except SystemExit:
        # Whoever reads the help has enough of it.
        return ExitCode.DONE
    except BrokenPipeError:
        # Whoever read our output has enough of it; say nothing more at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except KycRuleError as error:
        if signals.ended is not None:
            return _ended(signals.ended)
        return _fail(_code(error), str(error))
    except OSError as error:
        return _fail(ExitCode.OUTPUT, f"The output cannot be written: {error.strerror}.")
    except Exception as error:  # noqa: BLE001 - its text may hold values of a record
        if signals.ended is not None:
            # The engine tells of a signal in its own way.
            return _ended(signals.ended)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return _fail(ExitCode.INTERNAL, f"A defect of kycrule ({type(error).__name__} at {where}); please report it.")
    return int(result) if isinstance(result, int) else ExitCode.DONE


class _Terminated(BaseException):
    """SIGTERM came."""


class _Signals:
    """Ends the command on SIGINT and SIGTERM, and remembers by which.

    Attributes:
        ended: how the command ends, once a signal came.
    """

    def __init__(self) -> None:
        self.ended: ExitCode | None = None
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGTERM, self._terminate)

    def _interrupt(self, *_: object) -> NoReturn:
        self.ended = ExitCode.INTERRUPTED
        raise KeyboardInterrupt

    def _terminate(self, *_: object) -> NoReturn:
        self.ended = ExitCode.TERMINATED
        raise _Terminated


def _ended(code: ExitCode) -> ExitCode:
    word = "Interrupted" if code is ExitCode.INTERRUPTED else "Terminated"
    return _fail(code, f"{word}; nothing was written.")


def _code(error: KycRuleError) -> ExitCode:
    match error:
        case OutputError():
            return ExitCode.OUTPUT
        case EngineError():
            return ExitCode.INTERNAL
        case InputError() | RecordError():
            return ExitCode.INPUT
        case _:
            return ExitCode.USAGE


def _fail(code: ExitCode, message: str) -> ExitCode:
    _tell(f"{NAME}: {message}")
    return code


def _tell(text: str) -> None:
    sys.stderr.write(safe_text(text) + "\n")


def _say(text: str) -> None:
    sys.stdout.write(safe_text(text) + "\n")


def _pairs(texts: Iterable[str], what: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            message = f"{what} is written NAME=VALUE."
            raise DefinitionError(message)
        pairs[name] = value
    return pairs


def _day(text: str | None) -> date:
    try:
        day: date | None = None if text is None else cells.read(cells.DATE, text)
    except CellError:
        message = "--as-of is written YYYY-MM-DD."
        raise DefinitionError(message) from None
    return day or datetime.now(UTC).date()


Named = Annotated[tuple[str, ...], Parameter(name="--reading", negative=())]


_SHOWN = 12
"""How many rules a summary shows, so that it fits a screen; findings.csv has them all."""


@app.command
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
    fail_on: Literal["never", "violated", "undetermined"] = "never",
    threads: int | None = None,
    memory: str | None = None,
) -> int:
    """Determine every account of a file and write a run folder.

    Example: kycrule check customers.csv --owners owners.csv --providers providers.toml -o run

    Parameters
    ----------
    customers
        CSV or JSON lines, also .gz or .zst; - is standard input.
    owners
        CSV of beneficial owners.
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
    fail_on
        Exit with 1 when such findings exist; never if not given.
    threads
        How many threads to use.
    memory
        Most memory for the engine, such as 2GB.
    """
    result = kycrule.check(
        customers if str(customers) != "-" else "-",
        owners=owners,
        accesses=accesses,
        training=training,
        stakes=stakes,
        providers=providers,
        special_measures=special_measures or (),
        as_of=_day(as_of),
        readings=named(_pairs(reading, "--reading")),
        compare=compare,
        screening_list=screening_list,
        list_threshold=list_threshold,
        red_flags=red_flags,
        geo=geo,
        out=out,
        force=force,
        keep_records=records,
        delimiter=delimiter,
        mapping=_pairs(map, "--map"),
        format=format,
        threads=threads,
        memory=memory,
    )
    _summarise(result)
    return ExitCode.FOUND if result.quarantined or _reached(result.summary, fail_on) else ExitCode.DONE


def _reached(summary: dict[str, Any], fail_on: str) -> bool:
    kinds = {"never": (), "violated": ("violated",), "undetermined": ("violated", "undetermined")}[fail_on]
    return any(found[kind] for found in summary["findings"] for kind in kinds)


def _summarise(result: kycrule.Result) -> None:
    summary = result.summary
    console = Console(
        stderr=True, highlight=False, markup=False, emoji=False, width=None if sys.stderr.isatty() else WIDTH
    )
    lines = [
        f"{summary['rows']:,} rows: {summary['determined']:,} determined, {summary['quarantined']:,} in quarantine "
        f"(as of {summary['as_of']}, text proposed 2024-01-29, never in force)",
        *(f"  reading {name} = {value}" for name, value in summary["readings"].items()),
        "",
        *(f"  {count:>12,}  {name}" for name, count in summary["dispositions"].items() if count),
        "",
        f"  {summary['foreign_customers']:>12,}  foreign customers",
        f"  {summary['foreign_owners']:>12,}  accounts with a foreign beneficial owner",
        f"  {summary['foreign_resellers']:>12,}  foreign resellers",
    ]
    if summary["findings"]:
        lines += ["", "      violated  undetermined"]
        most = sorted(summary["findings"], key=lambda found: -found["violated"] - found["undetermined"])[:_SHOWN]
        lines += [
            f"  {found['violated']:>12,}  {found['undetermined']:>12,}  {found['code']} {found['name']}"
            for found in summary["findings"]
            if found in most
        ]
        if len(summary["findings"]) > len(most):
            lines.append(f"  and {len(summary['findings']) - len(most)} more rules with fewer findings: findings.csv")
    if summary["reports_due"]:
        lines += ["", "  To be reported:"]
        lines += [f"  {count:>12,}  {kind}" for kind, count in summary["reports_due"].items()]
    if "comparison" in summary:
        lines += ["", "  Accounts with another disposition under another reading (comparison.csv):"]
        lines += [
            f"  {other['changed']:>12,}  {other['reading']} = {other['value']}" for other in summary["comparison"]
        ]
    lines += _screened(summary.get("screening"))
    lines += _flagged(summary.get("red_flags"))
    if summary["ownership"]["remarks"]:
        told = ", ".join(f"{kind} {count:,}" for kind, count in summary["ownership"]["remarks"].items())
        lines += ["", f"  Stakes of {summary['ownership']['accounts']:,} accounts; to be looked at: {told}"]
    if summary["quarantine"]:
        names = {fault.code: fault.name for fault in FAULTS}
        lines += ["", "  In quarantine:"]
        lines += [f"  {count:>12,}  {code} {names[code]}" for code, count in summary["quarantine"].items()]
    for file in summary["files"]:
        if file["ignored_columns"]:
            lines.append(f"  {file['name']}: ignored columns {', '.join(file['ignored_columns'])}")
        if file["unattributed"]:
            lines.append(
                f"  {file['name']}: {file['unattributed']:,} rows in quarantine belong to no account of the customers' "
                "file: no answer allows for them"
            )
    if not summary["providers_known"]:
        lines += ["", "  No --providers: nothing is known of who serves these accounts, so most stay undetermined."]
    lines += ["", f"Run folder: {result.out}", f"Explain a finding: {NAME} explain CODE"]
    if (absent := page.unavailable()) is not None:
        lines.append(absent)
    for line in lines:
        console.print(safe_text(line), soft_wrap=True)


def _screened(screened: dict[str, Any] | None) -> list[str]:
    if screened is None:
        return []
    lines = [
        "",
        f"  {screened['possible_matches']:>12,}  possible matches with restricted parties, on {screened['accounts']:,} "
        f"accounts, score from {screened['threshold']:g} (screening.csv): for a person to look at, no conclusion",
    ]
    for each in screened["lists"]:
        lines.append(f"  {each['name']}: {each['entries']:,} entries, {each['names']:,} names")
        if each["unread"]:
            lines.append(f"  {each['name']}: {each['unread']:,} rows cannot be read and were NOT screened")
    if screened["too_common"]:
        lines.append(f"  {screened['too_common']:,} words are so common that names were not compared for them alone")
    return lines


def _flagged(flagged: dict[str, Any] | None) -> list[str]:
    if flagged is None:
        return []
    lines = [
        "",
        f"  Red flags on {flagged['accounts']:,} accounts (red-flags.csv): weak evidence, no determination changes",
    ]
    lines += [f"  {count:>12,}  {name}" for name, count in flagged["flags"].items()]
    if flagged["countries"] is not None:
        seen = flagged["countries"]
        lines.append(f"  countries known for {seen['with_country']:,} of {seen['addresses']:,} addresses")
    return [*lines, f"  {flagged['not_from_data']}"]


@app.command
def determine(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    providers: Path | None = None,
    as_of: str | None = None,
    reading: Named = (),
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Determine one account, given as one JSON record, and explain it.

    Example: kycrule determine customer.json --providers providers.toml

    Parameters
    ----------
    file
        A JSON file with one customer; - is standard input.
    providers
        TOML file with [[providers]].
    as_of
        The date as of which it is asked (YYYY-MM-DD); today if not given.
    reading
        NAME=VALUE for an open question of the rule.
    json_output
        Print the determination as JSON.
    """
    answer = kycrule.determine(
        _record(file),
        providers=() if providers is None else load_setting(providers).providers,
        as_of=_day(as_of),
        readings=named(_pairs(reading, "--reading")),
    )
    if json_output:
        fields = {name: value for name, value in asdict(answer).items() if not name.startswith("_")}
        sys.stdout.write(json.dumps(fields, indent=2, default=str) + "\n")
    else:
        _say(answer.explain())
    return ExitCode.DONE


def _record(file: Path) -> Customer:
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        message = f"The record cannot be read: {error.strerror}."
        raise InputError(message) from None
    try:
        fields = fields_of(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        fields = None
    if fields is None:
        message = "The record is not one JSON object in UTF-8 that names each field once."
        raise InputError(message)
    return Customer.read(fields)


@app.command
def explain(code: str, /) -> int:
    """Explain a rule (K302-04) or a fault of input (K910).

    Example: kycrule explain K302-04

    Parameters
    ----------
    code
        The code, or the name in kebab-case.
    """
    wanted = code.strip().lower()
    for rule in SUBPART_D.rules:
        if wanted in {rule.code.lower(), rule.name}:
            _say(told_rule(rule))
            return ExitCode.DONE
    for fault in FAULTS:
        if wanted in {fault.code.lower(), fault.name}:
            _say(f"{fault.code} {fault.name}\n\n{wrapped(fault.says)}\n\n{wrapped(fault.remedy)}")
            return ExitCode.DONE
    names = [name for rule in SUBPART_D.rules for name in (rule.code, rule.name)]
    names += [name for fault in FAULTS for name in (fault.code, fault.name)]
    message = f"There is no rule or fault {code!r}.{_nearest(code, names)}"
    raise DefinitionError(message)


@app.command
def rules(*, coverage: Annotated[bool, Parameter(negative=())] = False) -> int:
    """List every rule, in the order of the regulation.

    Example: kycrule rules

    Parameters
    ----------
    coverage
        List every paragraph instead: what models it, or why nothing does.
    """
    if coverage:
        from kycrule.coverage import table

        for covered in table():
            told = "; ".join(f"{carrier.kind} {carrier.name}" for carrier in covered.by)
            _say(f"{covered.paragraph:<48} {'; '.join(filter(None, (told, covered.reason)))}")
        return ExitCode.DONE
    for rule in SUBPART_D.rules:
        _say(f"{rule.code}  {rule.name:<34} {rule.cites:<26} {rule.says}")
    return ExitCode.DONE


@app.command
def readings(name: str | None = None, /) -> int:
    """List the open questions of the rule, or explain one.

    Example: kycrule readings foreign_subsidiary

    Parameters
    ----------
    name
        The reading to explain.
    """
    if name is None:
        for reading in READINGS:
            values = ", ".join(option.value for option in reading.options)
            _say(f"{reading.name}\n{wrapped(reading.question, '    ')}\n    {values} (the first is the default)")
        return ExitCode.DONE
    for reading in READINGS:
        if reading.name == name:
            _say(told_reading(reading))
            return ExitCode.DONE
    message = f"There is no reading {name!r}.{_nearest(name, [reading.name for reading in READINGS])}"
    raise DefinitionError(message)


@app.command
def status() -> int:
    """Say where the rule stands in law: proposed, never in force.

    Example: kycrule status
    """
    _say("\n".join(wrapped(line) for line in str(kycrule.status()).splitlines()))
    return ExitCode.DONE


@app.command
def test(*files: Path, engine: Literal["record", "duckdb", "all"] = "all") -> int:  # noqa: PT028 - a command
    """Run scenario files and say which cases fail.

    Example: kycrule test cases/mine.toml

    Parameters
    ----------
    files
        TOML files with [[case]] tables.
    engine
        The engine to run them on.
    """
    cases = [case for file in files for case in load_cases(file)]
    if not cases:
        message = "There is no case in these files."
        raise InputError(message)
    runs: dict[str, Callable[[], list[Answer]]] = {
        "record": lambda: [case.determine() for case in cases],
        "duckdb": lambda: _on_duckdb(cases),
    }
    failed = 0
    for name in runs if engine == "all" else [engine]:
        for case, answer in zip(cases, runs[name](), strict=True):
            complaints = case.complaints(answer)
            failed += bool(complaints)
            for complaint in complaints:
                _say(f"FAILED on {name}: {case.source}: {case.name}\n    {complaint}")
    _say(f"{len(cases)} cases, {failed} failed" if failed else f"{len(cases)} cases, all as expected")
    return ExitCode.FOUND if failed else ExitCode.DONE


def _on_duckdb(cases: list[Case]) -> list[Answer]:
    from kycrule.answers import determine_cases

    return determine_cases(cases)


def _nearest(word: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, list(names), n=1)
    return f" Did you mean {near[0]}?" if near else ""
