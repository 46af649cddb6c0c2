"""The help of each command: how it is laid out on a screen."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from cyclopts.help import HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDEST: Final = 100
"""Most characters in a line of help: longer ones are hard to read."""

_TITLE: Final = "bold"
_NAME: Final = "cyan"


class Screen:
    """Help without boxes, so that it is short, reads well aloud and can be copied."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one group of commands or options."""
        del options
        entries = list(told(panel))
        if not entries:
            return
        left = max(len(label) for label, _ in entries)
        _print(console, Text(f"{plain(panel.title)}:", _TITLE))
        for label, says in entries:
            lines = textwrap.wrap(says, _width(console) - left - 4, break_on_hyphens=False) or [""]
            _print(console, Text.assemble("  ", (label.ljust(left), _NAME), "  ", lines[0]))
            for line in lines[1:]:
                _print(console, Text(" " * (left + 4) + line))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print how the command is called."""
        del options
        _print(console, Text(f"Usage: {plain(usage)}", _TITLE))
        _print(console, Text())

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Print what the command does, with its example."""
        del options
        for paragraph in paragraphs(description):
            lines = (
                [paragraph]
                if paragraph.startswith(EXAMPLE)
                else textwrap.wrap(paragraph, _width(console), break_on_hyphens=False)
            )
            _print(console, Text("\n".join(lines)))
        _print(console, Text())


EXAMPLE: Final = "Example: "
"""What the line with a command's example begins with; the suite runs each."""


def told(panel: HelpPanel) -> Iterator[tuple[str, str]]:
    """The commands or options of a group as they are written, each with what is said of it."""
    for entry in panel.entries:
        yield _label(entry), " ".join(filter(None, (plain(entry.description), _choices(entry))))


def paragraphs(description: Any) -> list[str]:
    """The paragraphs of a command's description, each in one line."""
    return [" ".join(part.split()) for part in plain(description).split("\n\n") if part.strip()]


def plain(content: Any) -> str:
    """The text of something that the library would print."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, Text):
        content = content.primary_renderable
    return str(content.plain).strip()


def _label(entry: HelpEntry) -> str:
    value = None if entry.positional_label else entry.metavar
    return " ".join(filter(None, (", ".join(entry.display_labels), value)))


def _choices(entry: HelpEntry) -> str:
    return f"[{', '.join(entry.choices)}]" if entry.choices else ""


def _width(console: Console) -> int:
    return min(console.width, WIDEST)


def _print(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
