"""How far a run has come: told step by step to whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

Stage: TypeAlias = Literal["reading", "deciding", "writing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a run has come.

    Attributes:
        stage: what it does now.
        bytes: how many bytes of the inputs were read.
        of: how many bytes there are to read; None if that cannot be known beforehand.
        rows: how many rows were read, of all inputs.
        quarantined: how many of them are in quarantine so far.
    """

    stage: Stage
    bytes: int = 0
    of: int | None = None
    rows: int = 0
    quarantined: int = 0


Progress: TypeAlias = Callable[[Step], object]
"""Takes each step as it is done."""

_PACKED: Final = (".gz", ".zst")


def unseen(_: Step) -> None:
    """Show nothing."""


class Counter:
    """Adds up what was read, and tells it.

    Args:
        progress: takes each step.
        inputs: the inputs of the run: paths, tables in memory, or None.
    """

    def __init__(self, progress: Progress, inputs: tuple[Any, ...]) -> None:
        self._progress = progress
        self._of = _size(inputs)
        self._bytes = self._rows = self._quarantined = 0

    def read(self, size: int, rows: int, quarantined: int) -> None:
        """Take in what was read since the last time."""
        self._bytes += size
        self._rows += rows
        self._quarantined += quarantined
        self.at("reading")

    def at(self, stage: Stage) -> None:
        """Tell what is being done now."""
        self._progress(
            Step(stage=stage, bytes=self._bytes, of=self._of, rows=self._rows, quarantined=self._quarantined)
        )


def _size(inputs: tuple[Any, ...]) -> int | None:
    paths = [Path(given) for given in inputs if isinstance(given, str)]
    if any(path.suffix in _PACKED or not path.is_file() for path in paths):
        return None
    return sum(path.stat().st_size for path in paths)
