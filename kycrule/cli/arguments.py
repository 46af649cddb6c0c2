"""What arguments of several commands have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from kycrule import cells
from kycrule.cells import CellError
from kycrule.errors import DefinitionError

File: TypeAlias = Annotated[Path | None, Parameter(metavar="FILE")]
"""A file to read."""

Day: TypeAlias = Annotated[str | None, Parameter(metavar="DATE")]
"""A date, YYYY-MM-DD."""

Named: TypeAlias = Annotated[tuple[str, ...], Parameter(name="--reading", negative=(), metavar="NAME=VALUE")]
"""Open questions of the rule."""

Flag: TypeAlias = Annotated[bool, Parameter(negative=())]
"""Something that is asked for or not."""

Quiet: TypeAlias = Annotated[bool, Parameter(name=["--quiet", "-q"], negative=())]
"""Say nothing but errors."""


def pairs(texts: Iterable[str], what: str) -> dict[str, str]:
    """The pairs of an option that is given as NAME=VALUE.

    Raises:
        DefinitionError: one is written otherwise.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            message = f"{what} is written NAME=VALUE."
            raise DefinitionError(message)
        pairs[name] = value
    return pairs


def day(text: str | None) -> date:
    """The day of --as-of; today (UTC) if it is not given.

    Raises:
        DefinitionError: it is no date.
    """
    try:
        asked: date | None = None if text is None else cells.read(cells.DATE, text)
    except CellError:
        message = "--as-of is written YYYY-MM-DD."
        raise DefinitionError(message) from None
    return asked or datetime.now(UTC).date()
