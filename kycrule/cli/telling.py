"""Where text goes: what was asked for to stdout, what is told about it to stderr."""

from __future__ import annotations

import os
import sys
from typing import Literal, TypeAlias

from rich.console import Console
from rich.text import Text

from kycrule.terminal import safe_text

Part: TypeAlias = str | tuple[str, str]
"""A part of a line; one with a style is a pair."""


def say(text: str) -> None:
    """Print what was asked for."""
    sys.stdout.write(safe_text(text) + "\n")


def tell(*parts: Part) -> None:
    """Tell something beside what was asked for: a line made of parts."""
    console(stderr=True).print(line(*parts), soft_wrap=True)


def line(*parts: Part) -> Text:
    """A line made of parts, safe to print."""
    pairs = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((safe_text(text), style) for text, style in pairs))


def console(*, stderr: bool = False) -> Console:
    """A console that prints texts as they are, with colours only where they are wanted.

    They are on a terminal, or where FORCE_COLOR is set, but never where NO_COLOR is set.
    """
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, color_system=colours)
