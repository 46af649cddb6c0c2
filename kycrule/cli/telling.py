"""Where text goes: what was asked for to stdout, what is told about it to stderr."""

from __future__ import annotations

import sys

from kycrule.terminal import safe_text


def say(text: str) -> None:
    """Print what was asked for."""
    sys.stdout.write(safe_text(text) + "\n")


def tell(text: str) -> None:
    """Tell something beside what was asked for."""
    sys.stderr.write(safe_text(text) + "\n")
