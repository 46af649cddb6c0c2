"""The manual: what the help of every command says, as a page of man and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from cyclopts import App
from cyclopts.help import HelpPanel
from rich.console import Console, ConsoleOptions

from kycrule.cli.help import EXAMPLE, paragraphs, plain, told
from kycrule.cli.settings import FILE, PROJECT, SETTINGS
from kycrule.errors import ExitCode
from kycrule.version import __version__

ENDINGS: Final = {
    ExitCode.DONE: "Done.",
    ExitCode.FOUND: "Done, and rows are in quarantine, or findings reach --fail-on, or a case failed.",
    ExitCode.USAGE: "The command, an option, or a setting is wrong.",
    ExitCode.INPUT: "A file or a record cannot be read.",
    ExitCode.OUTPUT: "The output cannot be written.",
    ExitCode.INTERNAL: "Rows did not add up, or an engine failed; nothing was written.",
    ExitCode.INTERRUPTED: "Interrupted (SIGINT); nothing was written.",
    ExitCode.TERMINATED: "Terminated (SIGTERM); nothing was written.",
}
"""How a command ends, by its exit code."""

VARIABLES: Final = {
    "NO_COLOR": "If set, no colours anywhere.",
    "FORCE_COLOR": "If set, colours also where the output is no terminal.",
    "COLUMNS": "How wide the help is.",
}
"""Variables of the environment that change how things look."""


@dataclass(slots=True, kw_only=True)
class Page:
    """The help of a command, in parts.

    Attributes:
        name: the command; blank for kycrule itself.
        usage: how it is called.
        says: what it does, in paragraphs.
        example: a command that can be run.
        groups: titles, each with options or commands and what is said of them.
    """

    name: str
    usage: str = ""
    says: list[str] = field(default_factory=list[str])
    example: str = ""
    groups: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list[tuple[str, list[tuple[str, str]]]])

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Take in one group of commands or options."""
        del console, options
        if panel.entries:
            self.groups.append((plain(panel.title), list(told(panel))))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Take in how the command is called."""
        del console, options
        self.usage = plain(usage)

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Take in what the command does."""
        del console, options
        for paragraph in paragraphs(description):
            if paragraph.startswith(EXAMPLE):
                self.example = paragraph.removeprefix(EXAMPLE)
            else:
                self.says.append(paragraph)


def pages(app: App) -> tuple[Page, ...]:
    """The help of the application, and of each of its commands in alphabetical order."""
    names = ("", *sorted(name for name in app if not name.startswith("-")))
    return tuple(_page(app, name) for name in names)


def _page(app: App, name: str) -> Page:
    page = Page(name=name)
    before = app.help_formatter
    app.help_formatter = page
    try:
        app.help_print([name] if name else [])
    finally:
        app.help_formatter = before
    return page


def roff(app: App) -> str:
    """The page of man."""
    whole, *commands = pages(app)
    title, *more = whole.says
    return "\n".join(
        [
            f'.TH KYCRULE 1 "" "kycrule {_text(__version__)}" "User Commands"',
            ".SH NAME",
            f"kycrule \\- {_text(title)}",
            ".SH SYNOPSIS",
            _text(whole.usage),
            ".SH DESCRIPTION",
            *(f".PP\n{_text(paragraph)}" for paragraph in more),
            ".SH OPTIONS",
            *_tagged(entry for _, entries in whole.groups for entry in entries if entry[0].startswith("-")),
            ".SH COMMANDS",
            *(part for page in commands for part in _command(page)),
            ".SH EXIT STATUS",
            *_tagged((str(int(code)), says) for code, says in ENDINGS.items()),
            ".SH ENVIRONMENT",
            *_tagged((setting.variable, f"Sets --{setting.option}.") for setting in SETTINGS),
            *_tagged(VARIABLES.items()),
            ".SH FILES",
            *_tagged([(FILE, "Settings, by their names."), (PROJECT, "The same in the table [tool.kycrule].")]),
            "",
        ]
    )


def _command(page: Page) -> Iterator[str]:
    yield f".SS {_text(page.usage)}"
    yield from (f"{_text(paragraph)}\n.PP" for paragraph in page.says)
    yield f"Example:\n.PP\n.nf\n.RS 4\n{_text(page.example)}\n.RE\n.fi"
    for _, entries in page.groups:
        yield from _tagged(entries)


def _tagged(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for label, says in entries:
        yield f".TP\n.B {_text(label)}\n{_text(says)}"


def _text(text: str) -> str:
    """A text in which nothing means a request or an escape."""
    told = text.replace("\\", "\\e").replace("-", "\\-").replace("\u00a7", "\\(sc")
    return f"\\&{told}" if told.startswith((".", "'")) else told
