"""What a mistyped name may have meant: the one place that makes suggestions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_CLOSE: Final = 0.65
_LONGEST: Final = 100
_MOST: Final = 10


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that a word is nearest to, whatever its letter case and hyphens; None if none is near.

    >>> nearest("Adress", ["address", "name"]), nearest("x", ["address"])
    ('address', None)
    """
    import difflib

    # A bound on the work that a long word makes.
    matcher = difflib.SequenceMatcher(b=_plain(word[:_LONGEST]))
    best, near = _CLOSE, None
    for name in names:
        matcher.set_seq1(_plain(name))
        if matcher.real_quick_ratio() > best and (score := matcher.ratio()) > best:
            best, near = score, name
    return near


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """A sentence to append to a message; nothing if no name is near.

    >>> did_you_mean("locatd", ["located", "us_presence"])
    ' Did you mean located?'
    """
    near = nearest(word, names)
    return f" Did you mean {near}?" if near else ""


def listed(words: Iterable[str], names: Iterable[str]) -> str:
    """Words that are no names, each with the name that it may have meant; of many only the first.

    >>> listed(["adress", "shoe"], ["address", "name"])
    'adress (did you mean address?), shoe'
    """
    known, given = tuple(names), list(words)
    near = [(word, nearest(word, known)) for word in given[:_MOST]]
    told = [f"{word[:_LONGEST]} (did you mean {name}?)" if name else word[:_LONGEST] for word, name in near]
    return ", ".join(told) + (f" and {len(given) - _MOST} more" if len(given) > _MOST else "")


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
