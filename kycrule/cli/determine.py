"""``kycrule determine``: one record, explained."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import kycrule
from kycrule.cli.arguments import Day, File, Named, day, pairs
from kycrule.cli.telling import say
from kycrule.config import load_setting
from kycrule.errors import ExitCode, InputError
from kycrule.intake import LONGEST, fields_of
from kycrule.readings import named
from kycrule.records import Customer


def determine(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    providers: File = None,
    as_of: Day = None,
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
        YYYY-MM-DD; today (UTC) if not given.
    reading
        For an open question: see kycrule readings.
    json_output
        Print the determination as JSON.
    """
    answer = kycrule.determine(
        _record(file),
        providers=() if providers is None else load_setting(providers).providers,
        as_of=day(as_of),
        readings=named(pairs(reading, "--reading")),
    )
    if json_output:
        fields = {name: value for name, value in asdict(answer).items() if not name.startswith("_")}
        sys.stdout.write(json.dumps(fields, indent=2, default=str) + "\n")
    else:
        say(answer.explain())
    return ExitCode.DONE


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
