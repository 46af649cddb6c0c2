"""``kycrule determine``: one record, explained."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import kycrule
from kycrule.cli.arguments import Day, File, Named, day, pairs
from kycrule.cli.formats import FailOn, Format, Found, findings, reached, write
from kycrule.cli.telling import say
from kycrule.config import load_setting
from kycrule.errors import ExitCode, InputError
from kycrule.intake import LONGEST, fields_of
from kycrule.readings import named
from kycrule.records import Customer
from kycrule.terminal import escaped_json


def determine(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    providers: File = None,
    as_of: Day = None,
    reading: Named = (),
    format: Annotated[Format, Parameter(metavar="FORMAT")] = "text",  # noqa: A002 - the option's name
    fail_on: Annotated[FailOn, Parameter(metavar="WHEN")] = "never",
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
        YYYY-MM-DD; today (UTC) if not given.
    reading
        For an open question: see kycrule readings.
    format
        json and jsonl hold the determination, csv and others its findings.
    fail_on
        Exit 1 on such findings.
    """
    answer = kycrule.determine(
        _record(file),
        providers=() if providers is None else load_setting(providers).providers,
        as_of=day(as_of),
        readings=named(pairs(reading, "--reading")),
    )
    match format:
        case "text":
            say(answer.explain())
        case "json":
            write([escaped_json(answer.to_json(indent=2)) + "\n"])
        case "jsonl":
            write([escaped_json(answer.to_json()) + "\n"])
        case _:
            write(findings([Found(account_id=answer.account_id, finding=each) for each in answer.findings], format))
    return ExitCode.FOUND if reached(fail_on, (each.outcome for each in answer.findings)) else ExitCode.DONE


def _record(file: Path) -> Customer:
    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
            text = stream.read(LONGEST + 1)
    except OSError as error:
        message = f"The record cannot be read: {error.strerror}."
        raise InputError(message) from None
    if len(text) > LONGEST:
        message = "The record is longer than 1 MiB."
        raise InputError(message)
    try:
        fields = fields_of(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        fields = None
    if fields is None:
        message = "The record is not one JSON object in UTF-8 that names each field once."
        raise InputError(message)
    return Customer.read(fields)
