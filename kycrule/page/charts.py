"""Bar charts as SVG, drawn by Vega-Lite without a browser: the same figures give the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kycrule.page.model import Figure, Table

NEUTRAL: Final = "#3a86c8"
COVERED: Final = "#3a86c8"
EXEMPT: Final = "#2f9e75"
OUTSIDE: Final = "#7d8794"
VIOLATED: Final = "#d64f5c"
OPEN: Final = "#c27c0e"
"""Colours that stand out from white paper and from a dark screen alike, at 3 to 1 or more."""

_WIDTH: Final = 340
"""Units of a whole chart: what a telephone shows without making the letters smaller."""

_ROW: Final = 24
_LETTER: Final = 7.4
"""Room for one letter. A fixed one, so that no font that a machine may have moves anything."""

_VEGA_LITE: Final = "6.4"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: what stands left of it.
        parts: the counts that it is made of, each with its colour.
    """

    label: str
    parts: tuple[tuple[int, str], ...]

    @property
    def total(self) -> int:
        """What its parts come to."""
        return sum(count for count, _ in self.parts)


def drawn(bars: Sequence[Bar]) -> str:
    """An SVG element with one bar below the other; its letters have the colour of the text around it."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_specification(bars), vl_version=_VEGA_LITE))


def _specification(bars: Sequence[Bar]) -> dict[str, Any]:
    left = _LETTER * max(len(bar.label) for bar in bars) + 14
    right = _LETTER * max(len(f"{bar.total:,}") for bar in bars) + 14
    colours = list(dict.fromkeys(colour for bar in bars for _, colour in bar.parts))
    longest = max(1, *(bar.total for bar in bars))
    place = {"field": "place", "type": "ordinal", "scale": {"paddingInner": 0.3, "paddingOuter": 0.15}, "axis": None}
    length = {"type": "quantitative", "scale": {"domain": [0, longest], "nice": False}, "axis": None}
    letters = {"type": "text", "aria": False, "baseline": "middle", "fontSize": 13, "color": "currentColor"}
    return {
        "width": _WIDTH - left - right,
        "height": _ROW * len(bars),
        "autosize": "none",
        "padding": {"left": left, "right": right, "top": 0, "bottom": 0},
        "background": None,
        "datasets": {
            "parts": [
                {"place": place, "part": part, "count": count, "colour": colour}
                for place, bar in enumerate(bars)
                for part, (count, colour) in enumerate(bar.parts)
            ],
            "bars": [
                {"place": place, "label": bar.label, "count": bar.total, "told": f"{bar.total:,}"}
                for place, bar in enumerate(bars)
            ],
        },
        "encoding": {"y": place},
        "layer": [
            {
                "data": {"name": "parts"},
                "mark": {"type": "bar", "aria": False},
                "encoding": {
                    "x": {"field": "count", **length, "stack": "zero"},
                    "color": {
                        "field": "colour",
                        "type": "nominal",
                        "scale": {"domain": colours, "range": colours},
                        "legend": None,
                    },
                    "order": {"field": "part", "type": "quantitative"},
                },
            },
            {
                "data": {"name": "bars"},
                "mark": {**letters, "align": "left", "dx": 6},
                "encoding": {"x": {"field": "count", **length}, "text": {"field": "told", "type": "nominal"}},
            },
            {
                "data": {"name": "bars"},
                "mark": {**letters, "align": "right", "dx": -7},
                "encoding": {"x": {"value": 0}, "text": {"field": "label", "type": "nominal"}},
            },
        ],
        "config": {"view": {"stroke": None}, "aria": False},
    }


def figure(says: str, bars: Iterable[Bar], table: Table, key: tuple[tuple[str, str], ...] = ()) -> Figure:
    """A chart with the table of its figures."""
    return Figure(chart=drawn(tuple(bars)), says=says, table=table, key=key)
