"""What the page is made of: sections with sentences, tables and charts, as plain values for the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

LONGEST: Final = 60
"""Letters of a user's text that the page shows."""

MOST: Final = 15
"""Rows of a chart, and of lists whose length the data decides; what is left out is counted."""

Summary: TypeAlias = Mapping[str, Any]
"""The content of ``summary.json``."""


@dataclass(frozen=True, slots=True)
class Given:
    """A text of the user's: the name of a file or column. It is cut, so that it cannot fill the page."""

    text: str

    def __str__(self) -> str:
        return self.text if len(self.text) <= LONGEST else f"{self.text[:LONGEST]}…"


@dataclass(frozen=True, slots=True)
class Code:
    """A name as the files and the command line have it.

    Attributes:
        text: the name.
        says: what stands with it, if anything.
        beside: whether that stands beside it rather than below.
    """

    text: str
    says: str = ""
    beside: bool = False


Cell: TypeAlias = str | int | Code | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; its first column names the rows.

    Attributes:
        caption: what it shows.
        columns: the titles.
        rows: the cells; figures are whole numbers and percentages.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def figures(self) -> tuple[bool, ...]:
        """Which columns hold figures."""
        return tuple(
            all(isinstance(cell, int) or (isinstance(cell, str) and cell.endswith(" %")) for cell in column)
            for column in zip(*self.rows, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart with its table.

    Attributes:
        chart: the SVG.
        says: what it shows, for those who cannot see it.
        table: the same figures.
        key: the meaning of each colour, where there are several.
    """

    chart: str
    says: str
    table: Table
    key: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something told at length.

    Attributes:
        code: its code.
        name: its name.
        cites: its paragraphs.
        counts: how often, and of which kind (the name of a colour).
        says: what it is, in a sentence.
        lists: titles, each with what stands below it.
    """

    code: str
    name: str
    cites: str
    counts: tuple[tuple[str, str], ...]
    says: str
    lists: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page under a heading.

    Attributes:
        id: its anchor.
        title: its heading.
        says: sentences.
        parts: figures and tables.
        entries: what is told at length.
        entries_title: the heading of the entries.
    """

    id: str
    title: str
    says: tuple[str, ...] = ()
    parts: tuple[Figure | Table, ...] = ()
    entries: tuple[Entry, ...] = ()
    entries_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure that a reader sees first.

    Attributes:
        kind: the name of its colour.
        count: the figure.
        name: what it counts.
        says: its share.
    """

    kind: str
    count: int
    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page.

    Attributes:
        title: its heading.
        says: what the run came to, in plain sentences.
        law: where the rule stands in law.
        tiles: the figures to see first.
        sections: its parts.
        foot: what made it.
    """

    title: str
    says: tuple[str, ...]
    law: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    foot: str
