"""The commands that make reports from a run, and print schemas."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter

from kycrule.cli.arguments import File, Flag, Quiet
from kycrule.cli.telling import tell
from kycrule.errors import DefinitionError, ExitCode, OutputError, ReportError
from kycrule.outputs import write_private

if TYPE_CHECKING:
    from kycrule.reports import Report, Run

Kind = Literal[
    "certification",
    "reseller-certification",
    "training",
    "exemption-request",
    "annual-notice",
    "furnishing",
    "red-flags",
    "record",
    "html",
]
Format = Literal["json", "markdown"]

_BY_SUFFIX: Final[dict[str, Format]] = {".json": "json", ".md": "markdown", ".markdown": "markdown"}
_STDOUT: Final = Path("-")
_LONGEST: Final = 100


def report(
    kind: Kind,
    /,
    *,
    run: Annotated[Path, Parameter(metavar="DIR")],
    key: File = None,
    out: Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True, metavar="FILE")] = _STDOUT,
    format: Annotated[Format | None, Parameter(metavar="FORMAT")] = None,  # noqa: A002 - the option's name
    provider: Annotated[str | None, Parameter(metavar="ID")] = None,
    account: Annotated[str | None, Parameter(metavar="ID")] = None,
    transaction: Annotated[str | None, Parameter(metavar="ID")] = None,
    follow_up: Flag = False,
    corrected: Flag = False,
    draft: Flag = False,
    force: Flag = False,
    quiet: Quiet = False,
) -> int:
    """Make a report from a run, and say what is left to a person.

    Example: kycrule report certification --run run -o certification.md

    Parameters
    ----------
    kind
        The report to make; html is the page of the run, report.html.
    run
        The run folder of kycrule check.
    key
        The file of a key, if the run is sealed.
    out
        The file to write: .json or .md; - is standard output. For training also a folder: one file of each.
    format
        Where the name of the file doesn't say; json if nothing does.
    provider
        The provider it is about, where several are bound.
    account
        The account, for a record.
    transaction
        The training transaction; the only one if not given.
    follow_up
        Answer the Department's request for more information.
    corrected
        Correct an inaccurate training report.
    draft
        Write a training report that lacks a required item.
    force
        Replace a file that exists.
    quiet
        Say nothing but errors.
    """
    given = {
        "--provider": provider is not None,
        "--account": account is not None,
        "--transaction": transaction is not None,
        "--follow-up": follow_up,
        "--corrected": corrected,
        "--draft": draft,
    }
    _only(kind, given)
    if follow_up and corrected:
        message = "Choose one of --follow-up and --corrected."
        raise DefinitionError(message)
    from kycrule import reports

    with reports.opened(run, key) as source:
        if kind == "html":
            return _page(source, out, format, force=force)
        if kind == "training":
            written = _training(source, out, format, transaction, follow_up=follow_up, corrected=corrected, draft=draft)
        else:
            makers: dict[str, Callable[[], Report]] = {
                "certification": lambda: reports.certification(source, provider=provider),
                "reseller-certification": lambda: reports.reseller_certification(source, provider=provider),
                "exemption-request": lambda: reports.exemption_request(source, provider=provider),
                "annual-notice": lambda: reports.annual_notice(source, provider=provider),
                "furnishing": lambda: reports.furnishing(source, provider=provider),
                "red-flags": lambda: reports.red_flags(source),
                "record": lambda: reports.record(source, account=_wanted(account)),
            }
            written = {out: makers[kind]()}
    texts = {path: _text(found, path, format) for path, found in written.items()}
    if out not in texts:
        _make_folder(out)
        if not force and any(path.exists() for path in texts):
            message = "The folder holds such reports already; name another one, or replace them with --force."
            raise OutputError(message)
    for path, text in texts.items():
        _write(path, text, force=force)
    if not quiet:
        _left(list(written.values()))
    return ExitCode.DONE


def _page(source: Run, out: Path, format: Format | None, *, force: bool) -> int:  # noqa: A002 - as the option
    from kycrule import page

    absent = page.unavailable()
    if absent is not None:
        raise DefinitionError(absent)
    if format is not None:
        message = "--format says nothing to the page, which is HTML."
        raise DefinitionError(message)
    _write(out, page.html(source.summary), force=force)
    return ExitCode.DONE


_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "training": ("--transaction", "--follow-up", "--corrected", "--draft"),
    "record": ("--account",),
    "red-flags": (),
    "html": (),
}


def _only(kind: Kind, given: dict[str, bool]) -> None:
    allowed = _OPTIONS.get(kind, ("--provider",))
    strange = [option for option, there in given.items() if there and option not in allowed]
    if strange:
        message = f"{', '.join(strange)} says nothing to a report of the kind {kind}."
        raise DefinitionError(message)


def _wanted(account: str | None) -> str:
    if account is None:
        message = "A record is about one account: name it with --account."
        raise DefinitionError(message)
    return account


def _training(
    source: Run,
    out: Path,
    format: Format | None,  # noqa: A002 - as the option
    transaction: str | None,
    *,
    follow_up: bool,
    corrected: bool,
    draft: bool,
) -> dict[Path, Report]:
    from kycrule import reports

    kind: Literal["follow-up", "corrected"] | None = "follow-up" if follow_up else "corrected" if corrected else None

    def made(which: str, *, whole: bool) -> reports.TrainingReport:
        return reports.training(source, transaction=which, kind=kind, draft=not whole)

    if transaction is not None:
        return {out: made(transaction, whole=not draft)}
    found = reports.reportable(source)
    if not found:
        message = "The run has no training transaction that is to be reported for certain; name one with --transaction."
        raise ReportError(message)
    if len(found) == 1:
        return {out: made(found[0], whole=not draft)}
    if out == _STDOUT or out.suffix.lower() in _BY_SUFFIX:
        message = (
            f"{len(found)} transactions are to be reported: name one with --transaction, or give -o a folder for one "
            "file of each."
        )
        raise ReportError(message)
    made_all = {out / f"training-{_safe_name(which)}.{_suffix(format)}": made(which, whole=False) for which in found}
    missing = {path: reports.missing_items(each) for path, each in made_all.items()}
    lacking = [items for items in missing.values() if items]
    if lacking and not draft:
        items = "; ".join(dict.fromkeys(f"{item} [{cites}]" for items in lacking for item, cites in items))
        message = (
            f"{len(lacking)} of {len(found)} reports lack what they must have: {items}. Nothing was written. Complete "
            "the records and run the check again, or write drafts with --draft."
        )
        raise ReportError(message, tuple(dict.fromkeys(item for items in lacking for item in items)))
    return dict(made_all)


def _suffix(format: Format | None) -> str:  # noqa: A002 - as the option
    return "md" if format == "markdown" else "json"


def _safe_name(transaction: str) -> str:
    """A transaction's id as part of the name of a file; another one where the id cannot be that."""
    if len(transaction) <= _LONGEST and re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", transaction):
        return transaction
    return hashlib.sha256(transaction.encode()).hexdigest()[:16]


def _text(found: Report, path: Path, format: Format | None) -> str:  # noqa: A002 - as the option
    from kycrule import reports

    suffix = path.suffix.lower()
    if format is None and path != _STDOUT and suffix not in _BY_SUFFIX:
        message = "The file is named .json or .md; or say --format json or --format markdown."
        raise DefinitionError(message)
    chosen = format or _BY_SUFFIX.get(suffix, "json")
    return reports.markdown(found) if chosen == "markdown" else reports.json_text(found)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = f"The folder {folder.name} cannot be made: {error.strerror}."
        raise OutputError(message) from None


def _write(path: Path, text: str, *, force: bool) -> None:
    if path == _STDOUT:
        # Everything that a terminal might obey is escaped already.
        sys.stdout.write(text)
    else:
        write_private(path, text, force=force)


def _left(made: list[Report]) -> None:
    left = sum(item.times for each in made for item in each.to_complete)
    what = f"{len(made)} reports" if len(made) > 1 else "The report"
    many = "1 item is" if left == 1 else f"{left or 'no'} items are"
    told = f"{what}: {many} left to a person{'; see to_complete' if left else ''}."
    tell(told)


def schema(name: str | None = None, /) -> int:
    """Print the schema of an input, report or output, or list them.

    Example: kycrule schema customers.csv

    Parameters
    ----------
    name
        What it is of.
    """
    from kycrule import schemas

    if name is None:
        sys.stdout.write("\n".join(schemas.NAMES) + "\n")
    else:
        sys.stdout.write(json.dumps(schemas.schema(name), indent=2, ensure_ascii=False) + "\n")
    return ExitCode.DONE
