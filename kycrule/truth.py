"""Three-valued truth: yes, no and cannot tell (Kleene's strong logic).

``None`` is "cannot tell", as ``NULL`` is in SQL. The tables stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Truth: TypeAlias = bool | None


def negation(truth: Truth) -> Truth:
    """Not: yes and no change places, unknown stays unknown.

    >>> negation(None) is None
    True
    """
    return None if truth is None else not truth


def conjunction(truths: Iterable[Truth]) -> Truth:
    """All of them: one no decides; else one unknown keeps it open; of nothing, yes.

    >>> conjunction([True, None]), conjunction([False, None]), conjunction([])
    (None, False, True)
    """
    settled: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            settled = None
    return settled


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Any of them: one yes decides; else one unknown keeps it open; of nothing, no.

    >>> disjunction([False, None]), disjunction([True, None]), disjunction([])
    (None, True, False)
    """
    return negation(conjunction(negation(truth) for truth in truths))


def word(truth: Truth) -> str:
    """The truth value as a word for people.

    >>> word(None)
    'cannot tell'
    """
    return "cannot tell" if truth is None else "yes" if truth else "no"
