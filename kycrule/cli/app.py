"""The application: its commands, and what the shell and man need to know of it."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from kycrule.cli.cases import test
from kycrule.cli.check import check
from kycrule.cli.config import config
from kycrule.cli.determine import determine
from kycrule.cli.diff import diff
from kycrule.cli.findings import findings
from kycrule.cli.formats import write
from kycrule.cli.help import Screen
from kycrule.cli.init import init
from kycrule.cli.manual import roff
from kycrule.cli.reports import report, schema
from kycrule.cli.rules import explain, readings, rules, status
from kycrule.cli.sample import sample
from kycrule.cli.sealing import key, unseal
from kycrule.cli.settings import configure
from kycrule.cli.sql import sql
from kycrule.errors import ExitCode
from kycrule.version import __version__

NAME = "kycrule"

app = App(
    name=NAME,
    help="Check customer records against the proposed U.S. rule on cloud customers (15 CFR 7.300-7.310).\n\n"
    "A proposed rule, never in force; no legal advice.",
    version=f"{NAME} {__version__}",
    help_format="plaintext",
    help_formatter=Screen(),
    config=configure,
    group_parameters=Group("Options"),
    default_parameter=Parameter(show_default=False),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


for command in (
    check,
    config,
    determine,
    diff,
    explain,
    findings,
    init,
    key,
    readings,
    report,
    rules,
    sample,
    schema,
    sql,
    status,
    test,
    unseal,
):
    app.command(command)


@app.command
def completion(shell: Annotated[Literal["bash", "zsh", "fish", "powershell"], Parameter(metavar="SHELL")], /) -> int:
    """Print what makes a shell complete the commands and options.

    Example: kycrule completion bash

    Parameters
    ----------
    shell
        The shell.
    """
    write([app.generate_completion(shell=shell)])
    return ExitCode.DONE


@app.command
def man() -> int:
    """Print the page of man, kycrule(1).

    Example: kycrule man
    """
    write([roff(app)])
    return ExitCode.DONE
