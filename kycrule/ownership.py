"""Shares of individuals through a graph of stakes, added up exactly.

§ 7.301 makes a beneficial owner of an individual who owns or controls at least 25 percent of a
customer's ownership interests. Here stakes are multiplied along each chain of entities and the chains
added, in rational numbers. A share known as a range gives a range, and a threshold inside it gives
"cannot tell"; so does a graph that contradicts itself. Usable alone: nothing is read but the stakes.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import Final, Literal, NoReturn, TypeAlias

from kycrule.errors import DefinitionError, RecordError
from kycrule.truth import Truth

AT_LEAST: Final = Fraction(1, 4)
"""The share from which an individual is a beneficial owner, § 7.301."""

CHAINS: Final = 8
"""Most chains shown for one owner; the share counts them all."""

LARGEST: Final = 32
"""Most entities in a knot of cycles in which ranges are followed; in a larger one the high ends are coarse."""

DECIMALS: Final = 12
"""Most decimals of a share that is written as a decimal number."""

Kind: TypeAlias = Literal["individual", "entity"]


@dataclass(frozen=True, slots=True)
class Interval:
    """What is known of a share: it lies between two ends, as parts of one.

    Attributes:
        low: it is at least this.
        high: it is at most this.
        low_open: it is more than ``low``.
        high_open: it is less than ``high``.
    """

    low: Fraction
    high: Fraction
    low_open: bool = False
    high_open: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            _refuse("share", "K915", "A share lies outside 0 to 100 percent, or its ends are the wrong way round.")
        if self.low == self.high and (self.low_open or self.high_open):
            _refuse("share", "K914", "No share lies between the two ends of a range.")

    def reaches(self, threshold: Fraction) -> Truth:
        """Whether the share is at least the threshold; unknown where the threshold lies within.

        >>> parse_share("25-50").reaches(AT_LEAST), parse_share("<25").reaches(AT_LEAST)
        (True, False)
        """
        if self.low >= threshold:
            return True
        return False if self.high < threshold or (self.high == threshold and self.high_open) else None

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{_percent(self.low)} %"
        low = "more than " if self.low_open else ""
        high = "less than " if self.high_open else ""
        return f"{low}{_percent(self.low)} to {high}{_percent(self.high)} %"


Share: TypeAlias = Interval | Fraction | Decimal | int | str | None
"""A percentage, exact; or a text with a range of percentages; or None, unknown."""

UNKNOWN: Final = Interval(Fraction(0), Fraction(1))


def parse_share(share: Share) -> Interval:
    """What a percentage or a range of percentages says.

    Args:
        share: ``"33.33"``, ``"25-50"``, ``">25"``, ``"more than 25% but not more than 50%"``,
            ``"75 or more"``; a number, but no binary float; None or a blank text is unknown. Without a
            word or sign that says otherwise both ends of a range belong to it.

    Raises:
        RecordError: it is none of these; no value is shown.

    >>> str(parse_share("more than 25%, but not more than 50%"))
    'more than 25 to 50 %'
    """
    given: object = share  # Callers without a type checker pass anything.
    match given:
        case Interval():
            return given
        case None:
            return UNKNOWN
        case str():
            return _read(given)
        case int() | Fraction() if not isinstance(given, bool):
            number = Fraction(given)
        case Decimal() if -DECIMALS <= _exponent(given) <= DECIMALS:
            number = Fraction(given)
        case _:
            _refuse("share", "K914", f"A share is no exact number with at most {DECIMALS} decimals, and no text.")
    if not 0 <= number <= 100:  # noqa: PLR2004
        _refuse("share", "K915", "A share lies outside 0 to 100 percent.")
    return Interval(number / 100, number / 100)


@dataclass(frozen=True, slots=True)
class Stake:
    """A holder's part of the ownership interests of an entity.

    Attributes:
        holder: who holds; the same name is the same holder.
        holder_kind: individual or entity; None if unknown.
        held: the entity in which it is held.
        share: the percentage as given, see ``parse_share``.
        interval: the share as it was understood.
    """

    holder: str
    holder_kind: Kind | None
    held: str
    share: Share = field(compare=False)
    interval: Interval = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for place, name in (("holder", self.holder), ("held", self.held)):
            if not _is_name(name):
                _refuse(place, "K903", f"{place} is no name in one line.")
        if self.holder_kind not in {"individual", "entity", None}:
            _refuse("holder_kind", "K917", "holder_kind is not individual, entity or None.")
        object.__setattr__(self, "interval", parse_share(self.share))


class ProblemKind(StrEnum):
    """What is remarkable about a graph of stakes."""

    OVER_100 = "over-100"
    SELF_OWNED = "self-owned"
    REPEATED = "repeated"
    TWO_KINDS = "two-kinds"
    UNKNOWN_KIND = "unknown-kind"
    MISSING = "missing"
    CYCLE = "cycle"


_TOLD: Final = {
    ProblemKind.OVER_100: "The shares in {0} add up to over 100 %: none of them is relied upon.",
    ProblemKind.SELF_OWNED: "Owned wholly by itself, so that nobody's share can be found: {all}.",
    ProblemKind.REPEATED: "Several rows say what {0} holds in {1}: it may be any of them or their sum.",
    ProblemKind.TWO_KINDS: "{0} is an individual in one row and an entity in another.",
    ProblemKind.UNKNOWN_KIND: "Nothing says whether {0} is an individual or an entity.",
    ProblemKind.MISSING: "Of {0} a part is held by somebody not listed: {share}.",
    ProblemKind.CYCLE: "Each holds a part of the next, and the last of the first: {all}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a reader of an answer must know of the stakes behind it.

    Attributes:
        kind: what it is; a cycle alone leaves no answer open.
        names: the parties concerned; of a cycle, each a holder of the next.
        share: the part that is missing.
    """

    kind: ProblemKind
    names: tuple[str, ...]
    share: Interval | None = None

    def __str__(self) -> str:
        return _TOLD[self.kind].format(*self.names, all=", ".join(self.names), share=self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One way in which somebody holds a part of an entity.

    Attributes:
        names: from the holder to the entity.
        shares: of each step.
        share: their product.
    """

    names: tuple[str, ...]
    shares: tuple[Interval, ...]
    share: Interval

    def __str__(self) -> str:
        steps = (f" -> {share} of {name}" for share, name in zip(self.shares, self.names[1:], strict=True))
        return self.names[0] + "".join(steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndirectOwner:
    """An individual with a direct or indirect share, or a holder who may be one.

    Attributes:
        name: of the holder.
        kind: individual; None if the stakes do not say, or say both.
        share: direct and indirect together.
        direct: held without an entity between; None if nothing is.
        is_beneficial_owner: whether the share of an individual reaches the threshold.
        chains: the strongest first. Of a beneficial owner, as many as reach the threshold together.
    """

    name: str
    kind: Kind | None
    share: Interval
    direct: Interval | None
    is_beneficial_owner: Truth
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who owns an entity, as far as its stakes say.

    Attributes:
        of: the entity.
        threshold: from which an individual is a beneficial owner.
        owners: all individuals with a chain of stakes to it, greatest share first, then by name.
        unaccounted: the part that no listed individual is known to hold.
        complete: whether the stakes leave nobody else to be one: even if somebody not listed, or an
            individual whose answer is no, held all that is unaccounted for, it would stay below the
            threshold. No: it would reach it. Unknown: that turns on a range.
        problems: what a reader must know of the stakes.
    """

    of: str
    threshold: Fraction
    owners: tuple[IndirectOwner, ...]
    unaccounted: Interval
    complete: Truth
    problems: tuple[Problem, ...]

    @property
    def beneficial_owners(self) -> tuple[IndirectOwner, ...]:
        """Those who certainly are."""
        return tuple(owner for owner in self.owners if owner.is_beneficial_owner)


def beneficial_owners(
    stakes: Iterable[Stake], *, of: str, threshold: Fraction = AT_LEAST, chains: bool = True
) -> Ownership:
    """Everybody's direct and indirect share of an entity, and who reaches the threshold.

    Args:
        stakes: in any order; those that do not lead to the entity are left aside.
        of: the entity whose owners are asked for.
        threshold: a part of one, over 0.
        chains: whether to look for those of each owner; without, the same answer comes sooner.

    Raises:
        DefinitionError: the threshold is not a Fraction over 0 and up to 1.

    >>> held = [Stake("Ann", "individual", "HoldCo", "60"), Stake("HoldCo", "entity", "Acme", "50")]
    >>> [owner] = beneficial_owners(held, of="Acme").owners
    >>> print(owner.share, owner.is_beneficial_owner, owner.chains[0])
    30 % True Ann -> 60 % of HoldCo -> 50 % of Acme
    """
    if not _is_part(threshold):
        message = "The threshold is not a Fraction over 0 and up to 1. Write Fraction(1, 4) for 25 percent."
        raise DefinitionError(message)
    graph = _Graph(tuple(stakes), of)
    found = _owners(graph, threshold, chains=chains)
    owners = tuple(sorted(found, key=lambda one: (-one.share.low, -one.share.high, one.name)))
    return Ownership(
        of=of,
        threshold=threshold,
        owners=owners,
        unaccounted=graph.unaccounted,
        complete=_complete(graph.unaccounted, owners, threshold),
        problems=tuple(sorted(graph.problems, key=lambda one: (list(ProblemKind).index(one.kind), one.names))),
    )


def _owners(graph: _Graph, threshold: Fraction, *, chains: bool) -> Iterator[IndirectOwner]:
    for name in graph.candidates:
        share = graph.share(name)
        answer = share.reaches(threshold)
        kind = graph.kinds[name]
        direct = graph.edges.get(graph.of, {}).get(name)
        yield IndirectOwner(
            name=name,
            kind=kind,
            share=share,
            direct=direct and _interval(*direct),
            is_beneficial_owner=None if answer and kind is None else answer,
            chains=tuple(_chains(graph, name, threshold if answer else None)) if chains else (),
        )


def _complete(unaccounted: Interval, owners: Iterable[IndirectOwner], threshold: Fraction) -> Truth:
    listed = [owner.share.low for owner in owners if owner.kind and owner.is_beneficial_owner is False]
    most = max(listed, default=Fraction(0))
    if unaccounted.low + most >= threshold:
        return False
    possible = unaccounted.high + most
    return True if possible < threshold or (possible == threshold and unaccounted.high_open) else None


# The graph ----------------------------------------------------------------------------------------

End: TypeAlias = tuple[Fraction, Fraction]
"""An end of a range and by how many infinitely small parts it is off: ``(1/4, 1)`` is just over a quarter."""

_NONE: Final[End] = (Fraction(0), Fraction(0))
_ALL: Final[End] = (Fraction(1), Fraction(0))


def _plus(a: End, b: End) -> End:
    if a is _NONE or b is _NONE:
        return a if b is _NONE else b
    return a[0] + b[0], a[1] + b[1] if a[1] or b[1] else _NONE[1]


def _minus(a: End, b: End) -> End:
    return a[0] - b[0], a[1] - b[1] if a[1] or b[1] else _NONE[1]


def _times(a: End, b: End) -> End:
    if a is _ALL or b is _ALL:
        return a if b is _ALL else b
    return a[0] * b[0], a[0] * b[1] + a[1] * b[0] if a[1] or b[1] else _NONE[1]


def _sum(ends: Iterable[End]) -> End:
    total = _NONE
    for end in ends:
        total = _plus(total, end)
    return total


def _ends(interval: Interval) -> tuple[End, End]:
    return (interval.low, Fraction(interval.low_open)), (interval.high, -Fraction(interval.high_open))


def _interval(low: End, high: End) -> Interval:
    return Interval(low[0], high[0], low_open=low[1] > 0 and low < high, high_open=high[1] < 0 and low < high)


class _Graph:
    """The stakes that lead to one entity: per held entity, the ends of each holder's share in it."""

    def __init__(self, stakes: tuple[Stake, ...], of: str) -> None:
        self.of = of
        self.problems: list[Problem] = []
        self.edges: dict[str, dict[str, tuple[End, End]]] = {}
        self._reach: dict[int, dict[str, Fraction]] = {}
        self._gather(stakes)
        self.kinds = self._kinds(stakes)
        self.candidates = [name for name, kind in self.kinds.items() if kind != "entity" and name != of]
        self._doubt()
        self.components = list(_components({held: self._holding(held) for held in self.edges}))
        self._name_cycles()
        self.holds: dict[str, dict[str, tuple[End, End]]] = {of: {}, **{name: {} for name in self.kinds}}
        for held, edge in self.edges.items():
            for name, ends in edge.items():
                self.holds[name][held] = ends
        self._weights = self._settle_lows()
        self._certain = _sum(self._low(name) for name in self.candidates if self.kinds[name])
        self._spare = {held: _minus(_ALL, _sum(low for low, _ in edge.values())) for held, edge in self.edges.items()}
        self._exact = all(low == high for edge in self.edges.values() for low, high in edge.values())

    @property
    def unaccounted(self) -> Interval:
        """What is left when all listed individuals hold the most, and the least."""
        certain = self._certain
        most = certain if self._exact and all(self.kinds.values()) else self._high(self.candidates)
        return _interval(_minus(_ALL, most), _minus(_ALL, certain))

    def share(self, name: str) -> Interval:
        """The direct and indirect share of a holder."""
        low = self._low(name)
        if self._exact:
            return _interval(low, low)
        return _interval(low, min(self._high([name]), _plus(low, _minus(_ALL, self._certain))))

    # What is read

    def _gather(self, stakes: tuple[Stake, ...]) -> None:
        rows: dict[str, dict[str, list[tuple[End, End]]]] = {}
        for stake in stakes:
            rows.setdefault(stake.held, {}).setdefault(stake.holder, []).append(_ends(stake.interval))
        wanted, seen = [self.of], {self.of}
        for held in wanted:
            if held not in rows:
                continue
            self.edges[held] = {}
            for holder, ends in sorted(rows[held].items()):
                low, high = ends[0]
                if len(ends) > 1:
                    self.problems.append(Problem(kind=ProblemKind.REPEATED, names=(holder, held)))
                    low, high = min(low for low, _ in ends), min(_ALL, _sum(high for _, high in ends))
                self.edges[held][holder] = low, high
                if holder not in seen:
                    seen.add(holder)
                    wanted.append(holder)

    def _kinds(self, stakes: tuple[Stake, ...]) -> dict[str, Kind | None]:
        said: dict[str, set[Kind]] = {name: set() for edge in self.edges.values() for name in edge}
        for stake in stakes:
            if stake.holder in said and stake.holder_kind:
                said[stake.holder].add(stake.holder_kind)
            if stake.held in said:
                said[stake.held].add("entity")
        kinds: dict[str, Kind | None] = {}
        for name, found in sorted(said.items()):
            kinds[name] = found.pop() if len(found) == 1 else None
            if kinds[name] is None:
                kind = ProblemKind.TWO_KINDS if found else ProblemKind.UNKNOWN_KIND
                self.problems.append(Problem(kind=kind, names=(name,)))
        return kinds

    def _doubt(self) -> None:
        """Keep nothing of what contradicts itself, and note what is missing."""
        for held, edge in self.edges.items():
            low = _sum(low for low, _ in edge.values())
            high = _sum(high for _, high in edge.values())
            if low > _ALL:
                self.problems.append(Problem(kind=ProblemKind.OVER_100, names=(held,)))
                self._forget(held)
            elif high < _ALL:
                part = _interval(_minus(_ALL, high), _minus(_ALL, low))
                self.problems.append(Problem(kind=ProblemKind.MISSING, names=(held,), share=part))
            if held in self.kinds and self.kinds[held] is None:
                # It may be an individual: then nobody holds a part of it.
                self.edges[held] = {holder: (_NONE, high) for holder, (_, high) in self.edges[held].items()}
        for name in sorted({self.of, *self.kinds} - self.edges.keys()):
            if name == self.of or self.kinds[name] == "entity":
                self.problems.append(Problem(kind=ProblemKind.MISSING, names=(name,), share=Interval(_ALL[0], _ALL[0])))
        for component in _components({held: self._holding(held, 0) for held in self.edges}):
            if all(_sum(self.edges[held].get(name, (_NONE,))[0] for name in component) == _ALL for held in component):
                self.problems.append(Problem(kind=ProblemKind.SELF_OWNED, names=tuple(sorted(component))))
                for held in component:
                    self._forget(held)

    def _forget(self, held: str) -> None:
        self.edges[held] = dict.fromkeys(self.edges[held], (_NONE, _ALL))

    def _holding(self, held: str, end: int = 1) -> list[str]:
        """The holders that are held in turn, and hold more than nothing."""
        return [name for name, ends in self.edges[held].items() if name in self.edges and ends[end] > _NONE]

    def _name_cycles(self) -> None:
        for component in self.components:
            named: set[str] = set()
            for name in sorted(component):
                holders = self._holding(name)
                if name in holders:
                    self.problems.append(Problem(kind=ProblemKind.CYCLE, names=(name,)))
                if len(component) > 1 and name not in named:
                    cycle = self._cycle(name, frozenset(component))
                    named.update(cycle)
                    self.problems.append(Problem(kind=ProblemKind.CYCLE, names=cycle))

    def _cycle(self, name: str, component: Collection[str]) -> tuple[str, ...]:
        """The shortest way from a member of a component through others back to it."""
        holds: dict[str, str] = {}
        queue = [name]
        for held in queue:
            for holder in self._holding(held):
                if holder == name and held != name:
                    cycle = [name, held]
                    while holds[cycle[-1]] != name:
                        cycle.append(holds[cycle[-1]])
                    return tuple(cycle)
                if holder in component and holder not in holds and holder != name:
                    holds[holder] = held
                    queue.append(holder)
        raise AssertionError  # pragma: no cover

    def reach(self, end: int) -> dict[str, Fraction]:
        """Of everybody who has more than nothing: the greatest product of shares along a chain, by one end."""
        if end in self._reach:
            return self._reach[end]
        found = self._reach.setdefault(end, {})
        rank = [(Fraction(-1), self.of)]
        while rank:
            product, held = heapq.heappop(rank)
            if held not in found:
                found[held] = -product
                for name, ends in self.edges.get(held, {}).items():
                    if ends[end][0]:
                        heapq.heappush(rank, (product * ends[end][0], name))
        return found

    # What is added up

    def _settle_lows(self) -> dict[str, End]:
        """How much of the entity each held one is worth at least: w = (1 for itself) + sum of shares times w."""
        rows = {name: {held: low for held, (low, _) in self.holds[name].items() if low > _NONE} for name in self.edges}
        worth: dict[str, End] = {}
        for component in reversed(self.components):
            fixed = {
                name: _sum([_ALL if name == self.of else _NONE, *_products(rows[name], worth)]) for name in component
            }
            inner = {name: {held: rows[name][held] for held in rows[name] if held in fixed} for name in component}
            worth.update(_solve(inner, fixed))
        return worth

    def _low(self, name: str) -> End:
        return _sum(_times(low, self._weights[held]) for held, (low, _) in self.holds[name].items())

    def _high(self, names: Collection[str]) -> End:
        """The most that some holders can have together: each entity's holders share 100 % in their favour.

        Policy iteration: share out in favour of those worth most, settle what all are worth then, and
        again, while it grows.
        """
        worth: dict[str, End] = dict.fromkeys(names, _ALL)
        for component in self.components:
            inner = [held for held in component if held not in worth]
            if len(inner) > LARGEST:
                worth.update(dict.fromkeys(inner, _ALL))
                continue
            shared = {held: self._favour(held, worth, inner) for held in inner}
            if len(inner) == 1 and inner[0] not in shared[inner[0]]:
                worth[inner[0]] = _sum(_products(shared[inner[0]], worth))
                continue
            while shared:
                fixed = {held: _sum(_products(shared[held], worth, but=shared)) for held in inner}
                rows = {held: {name: share for name, share in shared[held].items() if name in fixed} for held in inner}
                worth.update(_solve(rows, fixed))
                again = {held: self._favour(held, worth, inner) for held in inner}
                if all(_sum(_products(again[held], worth)) <= worth[held] for held in inner):
                    break
                shared.update(
                    (held, share) for held, share in again.items() if _sum(_products(share, worth)) > worth[held]
                )
        return worth.get(self.of, _NONE)

    def _favour(self, held: str, worth: Mapping[str, End], inner: Collection[str]) -> dict[str, End]:
        """Share out an entity: to each holder the least it has, then the rest to those worth most.

        Only holders who are worth something, or may come to be, are given: of thousands often one.
        """
        edge = self.edges[held]
        favoured = sorted(edge.keys() & worth.keys())
        shared = {holder: edge[holder][0] for holder in (*favoured, *(other for other in inner if other in edge))}
        spare = self._spare[held]
        for holder in sorted(favoured, key=lambda one: worth[one], reverse=True):
            low, high = edge[holder]
            more = min(_minus(high, low), spare)
            shared[holder] = _plus(low, more)
            spare = _minus(spare, more)
        return shared


def _products(shares: Mapping[str, End], worth: Mapping[str, End], but: Collection[str] = ()) -> Iterator[End]:
    return (_times(share, worth[name]) for name, share in shares.items() if name in worth and name not in but)


def _solve(rows: Mapping[str, Mapping[str, End]], fixed: Mapping[str, End]) -> dict[str, End]:
    """The x with x = fixed + rows x: first the numbers, then the infinitely small parts."""
    if not any(rows.values()):
        return dict(fixed)
    plain = {name: {other: share for other, (share, _) in row.items() if share} for name, row in rows.items()}
    found = _eliminate(plain, {name: end[0] for name, end in fixed.items()})
    tilts = {
        name: fixed[name][1] + sum((tilt * found[other] for other, (_, tilt) in row.items()), Fraction(0))
        for name, row in rows.items()
    }
    tilted = _eliminate(plain, tilts) if any(tilts.values()) else tilts
    return {name: (found[name], tilted[name]) for name in rows}


def _eliminate(rows: Mapping[str, Mapping[str, Fraction]], fixed: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The x with x = fixed + rows x, by Gauss's elimination in whole numbers.

    An equation is {"name": d, other: n, None: c} for d x = c + sum of n x. The least entangled unknown
    goes first. There is one solution, as what owns itself wholly was set aside, and no way to share out
    that is better than another makes it anew.
    """
    left: dict[str, dict[str | None, int]] = {}
    users: dict[str | None, set[str]] = {name: set() for name in rows}
    for name, row in rows.items():
        scale = lcm(fixed[name].denominator, *(share.denominator for share in row.values()))
        left[name] = {other: int(share * scale) for other, share in row.items() if other != name}
        left[name] |= {None: int(fixed[name] * scale), name: int((1 - row.get(name, 0)) * scale)}
        for other in row.keys() - {name}:
            users[other].add(name)
    solved: list[tuple[str, int, dict[str | None, int]]] = []
    while left:
        name = min(left, key=lambda one: (len(left[one]) * len(users[one]), one))
        equation = left.pop(name)
        divisor = equation.pop(name)
        for known in equation:
            users.get(known, set()).discard(name)
        for user in users[name]:
            target = left[user]
            factor = target.pop(name)
            target = {known: number * divisor for known, number in target.items()}
            target[user] -= factor * equation.get(user, 0)
            for known, number in equation.items():
                if known != user:
                    target[known] = target.get(known, 0) + factor * number
                    users.get(known, set()).add(user)
            common = gcd(*target.values()) or 1
            left[user] = {known: number // common for known, number in target.items()}
        solved.append((name, divisor, equation))
    value: dict[str | None, Fraction] = {None: Fraction(1)}
    for name, divisor, equation in reversed(solved):
        value[name] = sum((number * value[known] for known, number in equation.items()), Fraction(0)) / divisor
    return {name: value[name] for name in rows}


def _components(links: Mapping[str, Collection[str]]) -> Iterator[list[str]]:
    """The strongly connected parts, each after all that it links to (Tarjan's walk)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    closed: set[str] = set()
    for start in links:
        walk = [] if start in number else [(start, iter(links[start]))]
        while walk:
            name, following = walk[-1]
            if name not in number:
                number[name] = lowest[name] = len(number)
                open_.append(name)
            for other in following:
                if other not in number:
                    walk.append((other, iter(links[other])))
                    break
                if other not in closed:
                    lowest[name] = min(lowest[name], number[other])
            else:
                walk.pop()
                if walk:
                    lowest[walk[-1][0]] = min(lowest[walk[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    component = open_[open_.index(name) :]
                    del open_[-len(component) :]
                    closed.update(component)
                    yield component


# Chains -------------------------------------------------------------------------------------------

_STEPS: Final = 1_000
"""Most partial chains that are looked at for one owner."""


def _chains(graph: _Graph, owner: str, threshold: Fraction | None) -> Iterator[Chain]:
    """The strongest chains without a repeated name, by their low ends up to a threshold or by their high ends."""
    end = 1 if threshold is None else 0
    reach = graph.reach(end)
    rank: list[tuple[Fraction, tuple[str, ...], Fraction]] = []
    if owner in reach:
        rank.append((-reach[owner], (owner,), Fraction(1)))
    shown, counted = 0, Fraction(0)
    for _ in range(_STEPS):
        if not rank or shown == CHAINS or (threshold is not None and counted >= threshold):
            return
        _, names, product = heapq.heappop(rank)
        if names[-1] == graph.of:
            yield _chain(graph, names)
            shown, counted = shown + 1, counted + product
            continue
        for held, share in graph.holds[names[-1]].items():
            if held in reach and held not in names and share[end][0]:
                further = product * share[end][0]
                heapq.heappush(rank, (-further * reach[held], (*names, held), further))


def _chain(graph: _Graph, names: tuple[str, ...]) -> Chain:
    steps = [graph.edges[held][holder] for holder, held in pairwise(names)]
    low, high = _ALL, _ALL
    for step in steps:
        low, high = _times(low, step[0]), _times(high, step[1])
    return Chain(names=names, shares=tuple(_interval(*step) for step in steps), share=_interval(low, high))


# Writing and reading percentages ------------------------------------------------------------------


def _percent(part: Fraction) -> str:
    percent = part * 100
    scaled = percent * 10**DECIMALS
    if scaled.denominator == 1:
        return _decimal(scaled.numerator, DECIMALS)
    return f"about {_decimal(round(percent * 10**6), 6)}"


def _decimal(digits: int, places: int) -> str:
    whole, rest = divmod(digits, 10**places)
    return f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".")


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST: Final = 80
# Possessive: a shorter number never lets the rest match, and need not be tried.
_NUMBER: Final = r"(?P<{}>[0-9]{{1,3}}+(?:\.[0-9]{{1,12}}+)?)(?: ?(?:%|percent|per cent))?"
_LOW, _HIGH = _NUMBER.format("low"), _NUMBER.format("high")
_ABOVE: Final = r"(?P<above>>=|≥|>|more than|over|above|greater than|at least|not less than|no less than) ?"
_BELOW: Final = r"(?P<below><=|≤|<|less than|under|below|at most|not more than|no more than|up to(?: and including)?) ?"
_OPEN: Final = frozenset({">", "more than", "over", "above", "greater than", "<", "less than", "under", "below"})
_FORMS: Final = (
    re.compile(rf"{_LOW}"),
    re.compile(rf"(?:{_ABOVE})?{_LOW},?(?: ?(?:-|–|to|and|but) ?| ?(?![0-9. ]))(?:{_BELOW})?{_HIGH}"),  # noqa: RUF001
    re.compile(rf"{_ABOVE}{_LOW}(?P<high>)"),
    re.compile(rf"{_LOW} or more(?P<high>)"),
    re.compile(rf"(?P<low>){_BELOW}{_HIGH}"),
    re.compile(rf"(?P<low>){_HIGH} or less"),
)


def _read(text: str) -> Interval:
    words = " ".join(text.casefold().split())
    if words in {"", "unknown"}:
        return UNKNOWN
    matches = (form.fullmatch(words) for form in _FORMS if len(words) <= _LONGEST)
    found = next((match for match in matches if match), None)
    if found is None:
        _refuse("share", "K914", "A share is no percentage and no range. Write 33.5, 25-50, >25 or 'at least 75'.")
    parts = found.groupdict()
    low = Fraction(parts["low"] or 0) / 100
    high = Fraction(parts.get("high") or 100) / 100 if "high" in parts else low
    if high > 1:
        _refuse("share", "K915", "A share is over 100 percent.")
    return Interval(low, high, low_open=parts.get("above") in _OPEN, high_open=parts.get("below") in _OPEN)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else DECIMALS + 1


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip(" ")) and not _CONTROL.search(value)


def _is_part(value: object) -> bool:
    return isinstance(value, Fraction) and 0 < value <= 1


def _refuse(place: str, code: str, message: str) -> NoReturn:
    raise RecordError(message, ((place, code),))
