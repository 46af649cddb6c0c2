"""Lines of a CSV file proven to be records, many at once: a few passes over their bytes, none in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kycrule.intake.rows import CONTROL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LINE: Final = 1 << 16
_TAB, _NEWLINE, _RETURN, _SPACE, _QUOTE = b'\t\n\r "'


@dataclass(frozen=True, slots=True)
class Proven:
    """Lines that are records beyond doubt.

    Attributes:
        count: how many there are.
        padded: whether a cell may begin or end with a blank.
    """

    count: int
    padded: bool


def proven(data: bytes, *, end: bytes, mark: bytes, width: int) -> Proven | None:
    r"""Prove that every line is a record, or leave a doubt: None.

    Beyond doubt: UTF-8, no control characters, one kind of line end, no blank line, quotes only around whole
    fields, no line end within them, and every line as wide as the header.

    Args:
        data: whole lines, the end of the last one included.
        end: what ends a line, ``\n`` or ``\r\n``.
        mark: what stands between fields.
        width: how many fields the header has.

    >>> proven(b'a,"b, c"\n1, 2\n', end=b"\n", mark=b",", width=2)
    Proven(count=2, padded=True)
    """
    import numpy as np

    if not _is_clean(data):
        return None
    signs = np.frombuffer(data, np.uint8)
    count = _times(signs, _NEWLINE)
    quotes = np.flatnonzero(signs == _QUOTE)
    starts, stops = quotes[::2], quotes[1::2]
    if starts.size != stops.size:
        return None
    edges = (signs == mark[0]) | (signs == _NEWLINE)
    places = np.flatnonzero(edges)
    first, last = np.searchsorted(places, starts), np.searchsorted(places, stops)
    inside = last - first
    if inside.any():
        # What stands within quotes is no edge.
        within: NDArray[np.intp] = np.repeat(last - np.cumsum(inside), inside) + np.arange(int(inside.sum()))
        edges[places[within]] = False
        places = np.delete(places, within)
    if places.size != count * width:
        return None
    # As many edges as there shall be; if the last one of each row ends a line, all line ends are among these.
    ends = places[width - 1 :: width]
    lengths = np.diff(ends, prepend=-1)
    if (signs[ends] != _NEWLINE).any() or lengths.min() <= len(end) or lengths.max() > _LINE:
        return None
    returns = _times(signs, _RETURN)
    if returns != (count if end == b"\r\n" else 0) or (returns and (signs[ends - 1] != _RETURN).any()):
        return None
    edge = np.zeros(256, np.bool_)
    edge[[mark[0], _NEWLINE, _QUOTE]] = True
    if not edge[signs[starts[starts > 0] - 1]].all():
        return None
    edge[_RETURN] = True
    if not edge[signs[stops + 1]].all():
        return None
    if returns:
        edges[ends - 1] = True
    return Proven(count, _is_padded(signs, mark[0], edges, starts, stops))


def _is_clean(data: bytes) -> bool:
    """Whether some bytes are UTF-8 without control characters."""
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
    return len(data.translate(None, CONTROL)) == len(data)


def _is_padded(
    signs: NDArray[np.uint8],
    mark: int,
    edges: NDArray[np.bool_],
    starts: NDArray[np.intp],
    stops: NDArray[np.intp],
) -> bool:
    """Whether a blank stands beside an edge of a field, or within it beside a quote."""
    blank = (signs == _SPACE) | (signs == _TAB)
    if blank[starts + 1].any() or blank[stops - 1].any():
        return True
    blank &= signs != mark
    return bool(blank[0] or (blank[1:] & edges[:-1]).any() or (blank[:-1] & edges[1:]).any())


def _times(signs: NDArray[np.uint8], sign: int) -> int:
    import numpy as np

    return int(np.count_nonzero(signs == sign))
