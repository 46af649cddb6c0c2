"""The few facts that give an outcome, in as many ways as are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import chain, combinations, islice
from random import Random
from typing import Any, Final

from kycrule.engines.trace import World, truth_of
from kycrule.expr import Subject
from kycrule.measures import in_force
from kycrule.readings import Readings
from kycrule.records import Provider, SpecialMeasure
from kycrule.strategies.solver import ROWS, Search, Wanted
from kycrule.strategies.solver import Facts as Known
from kycrule.strategies.targets import IDS, Target

_SEEDS: Final = range(6)
"""How often a search begins anew, in another order."""
_NEAR: Final = 3
"""How many scenarios are taken from the neighbourhood of one."""
_PUBLISHED: Final = timedelta(days=200)
"""A measure of so many days ago binds, and has not lapsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Facts that give an outcome.

    Attributes:
        target: the outcome.
        facts: those that it needs.
        search: the setting in which they give it.
        measures: the special measures that it needs.
    """

    target: Target
    facts: Known
    search: Search
    measures: tuple[SpecialMeasure, ...]


def bases(target: Target, provider: Provider | None, as_of: date, readings: Readings) -> list[Base]:
    """The ways to an outcome that were found, those with the fewest facts first; none if it cannot be.

    Args:
        target: the outcome.
        provider: who serves, if that is fixed.
        as_of: the date as of which it is asked.
        readings: the choices for open questions.
    """
    found: dict[frozenset[Any], Base] = {}
    of_lists = any(subject is Subject.RUN for subject, _ in target.turns_on)
    for measures in _settings(as_of) if of_lists else [()]:
        for seed in _SEEDS:
            search = Search(
                as_of=as_of,
                readings=readings,
                lists=in_force(measures, as_of),
                chance=Random(seed),  # noqa: S311 - an order of trying, no secret
            )
            for base in _searched(target, provider, search, measures):
                found.setdefault(frozenset(base.facts.items()), base)
        if found:
            break
    return sorted(found.values(), key=lambda base: sum(value is not None for value in base.facts.values()))


def _settings(as_of: date) -> Iterator[tuple[SpecialMeasure, ...]]:
    """No special measure first; then one of each kind."""
    yield ()
    against = (
        {"jurisdiction": "KP"},
        {"person": "A Person", "accounts": ("account",)},
        {"jurisdiction": "KP", "region": "a part of it"},
    )
    for effect in ("prohibit", "condition"):
        yield from (
            (SpecialMeasure.model_validate({**whom, "effect": effect, "issued_on": as_of - _PUBLISHED}),)
            for whom in against
        )


def _searched(
    target: Target, provider: Provider | None, search: Search, measures: tuple[SpecialMeasure, ...]
) -> Iterator[Base]:
    half = 0.5
    search.rows = frozenset(row for row in ROWS if row is target.subject or search.chance.random() < half)
    known: dict[Any, Any] = {(subject, field): name for subject, (field, name) in IDS.items()}
    if provider is not None:
        for subject, record in ((Subject.PROVIDER, provider), (Subject.UPSTREAM, None), (Subject.PARENT, None)):
            known |= {(subject, name): getattr(record, name, None) for name in Provider.model_fields}
    for way in target.ways:
        facts = search.solve(way, known)
        if facts is not None:
            near = _needed(search, facts, known, partial(_is, way))
            for found in islice(_near(target, search, near, known), _NEAR):
                fewest = _needed(search, found, known, target.holds)
                yield from (
                    Base(target=target, facts=each, search=search, measures=measures) for each in (fewest, found)
                )


def _is(way: Wanted, world: World) -> bool:
    return all(truth_of(node, world.of(subject)) is truth for node, truth, subject in way)


def _near(target: Target, search: Search, facts: Known, fixed: Known) -> Iterator[Known]:
    """The facts themselves if they give the outcome, or else those that do with one or two of them left out."""
    told = [key for key in facts if key not in fixed]
    for absent in chain([()], combinations(told, 1), combinations(told, 2)):
        less = {key: value for key, value in facts.items() if key not in absent}
        if target.holds(search.world(less)):
            yield less
            if not absent:
                return


def _needed(search: Search, facts: Known, fixed: Known, holds: Callable[[World], bool]) -> Known:
    """The same facts without those on which it does not depend whether something holds."""
    kept = {key: value for key, value in facts.items() if value is not None or key in fixed}
    for key in [key for key in kept if key not in fixed]:
        less = {other: value for other, value in kept.items() if other != key}
        if holds(search.world(less)):
            kept = less
    return kept
