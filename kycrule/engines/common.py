"""Conditions that occur more than once: an engine may work out each of them once, and then use it by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from kycrule.bound import Rows, Term
from kycrule.expr import And, Condition, Is, Not, Or

_WORTH: Final = 3
"""Nodes that a condition has at least for it to be worth a name."""


class Common:
    """Which of some conditions, and of those inside them, are the same.

    Args:
        parts: the conditions; they are told apart by what they are made of.

    Attributes:
        levels: those that occur more than once and are worth a name; a level needs only those before it.
    """

    def __init__(self, parts: Iterable[Condition] = ()) -> None:
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[int, Condition]] = {}
        distinct: dict[int, Condition] = {}
        uses = Counter[int]()
        waiting = list(parts)
        while waiting:
            node = waiting.pop()
            number = self._number(node)
            uses[number] += 1
            if number not in distinct:
                distinct[number] = node
                waiting += _inner(node)
        self._named = frozenset(
            number for number, node in distinct.items() if uses[number] > 1 and _size(node) >= _WORTH
        )
        levels: list[list[Condition]] = []
        for number in sorted(self._named):
            depth = self._depth(distinct[number])
            levels += [[] for _ in range(depth - len(levels))]
            levels[depth - 1].append(distinct[number])
        self.levels = tuple(tuple(level) for level in levels)

    def name(self, node: Condition) -> str | None:
        """What a condition is called; None if it has no name."""
        number = self._number(node) if self._named else -1
        return f"common_{number}" if number in self._named else None

    def _number(self, node: Condition) -> int:
        known, _ = self._known.get(id(node), (None, None))
        if known is None:
            inner = _inner(node)
            shape: Any = (type(node), getattr(node, "truth", ""), *map(self._number, inner)) if inner else node
            if isinstance(node, Term | Rows):
                shape = node.key
            known = self._numbers.setdefault(shape, len(self._numbers))
            # The node is kept with its number, so that no other takes its place in memory.
            self._known[id(node)] = known, node
        return known

    def _depth(self, node: Condition) -> int:
        below = max(map(self._depth, _inner(node)), default=0)
        return below + (self._number(node) in self._named)


def _inner(node: Condition) -> tuple[Condition, ...]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            return parts
        case Not(part=part) | Is(part=part):
            return (part,)
        case _:
            return ()


def _size(node: Condition) -> int:
    return 1 + sum(map(_size, _inner(node)))
