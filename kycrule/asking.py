"""What an answer turns on: the facts and open questions to which it is owed, as conditions of their own.

So "what to ask" is compiled by every engine like the rules themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kycrule.bound import (
    Answer,
    Ask,
    BoundGround,
    Field,
    Rows,
    Term,
    Why,
    conjunction,
    contrary,
    disjunction,
    leaves,
)
from kycrule.expr import (
    ALWAYS,
    NEVER,
    And,
    Certain,
    Condition,
    Given,
    Is,
    Not,
    Or,
    Subject,
    Undecided,
)
from kycrule.truth import Truth, negation


@dataclass(frozen=True, slots=True)
class Stops:
    """Terms at which the search for what an answer turns on stops.

    A finding need not repeat what the disposition turns on (``settled``); what the status of a party
    turns on is kept once (``shared``). With ``ids`` the facts of each owner are named apart; else its
    table alone is.
    """

    settled: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    ids: bool = False

    def within(self) -> Stops:
        """The same for a disposition, which nothing settles but itself."""
        return Stops(frozenset(), self.shared, ids=True)


def deciding(grounds: tuple[BoundGround, ...], stops: Stops) -> Iterator[Ask]:
    """What the choice among grounds turns on while it is open."""
    earlier: list[Condition] = []
    for bound in grounds:
        for ask in blame(bound.when, None, Subject.CUSTOMER, stops):
            yield only(ask, *earlier, having(bound.when, None))
        earlier.append(contrary(having(bound.when, True)))


def blame(node: Condition, truth: Truth, subject: Subject, stops: Stops) -> Iterator[Ask]:
    """The blank facts and open questions to which it is owed that a condition has a truth value."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                for ask in blame(part, truth, subject, stops):
                    yield only(ask, having(part, truth), _raised(ask, part, node))
        case Not(part=part):
            yield from blame(part, negation(truth), subject, stops)
        case Is(part=part, truth=asked):
            others: tuple[Truth, ...] = (True, False, None)
            for value in (asked,) if truth else tuple(other for other in others if other is not asked):
                for ask in blame(part, value, subject, stops):
                    yield only(ask, having(part, value))
        case Term(definition=definition) if definition.name in stops.settled:
            yield Ask("disposition", owner=False, when=ALWAYS)
        case Term(definition=definition) if definition.name in stops.shared and truth is None and of_party(node):
            yield Ask("", owner=False, when=ALWAYS, term=node)
        case Term(part=part):
            yield from blame(part, truth, subject, stops)
        case Rows():
            yield from _blamed_rows(node, truth, stops)
        case Undecided(by=by):
            yield Ask(by, owner=False, when=ALWAYS)
        case _:
            for leaf in leaves(node):
                assert isinstance(leaf, Field | Answer)  # noqa: S101 - the others have cases of their own
                if leaf.holder is not Subject.RUN:
                    label = leaf.name if leaf.holder is subject else f"{leaf.holder}.{leaf.name}"
                    yield Ask(label, owner=False, when=_blank(leaf))


def _raised(ask: Ask, part: Condition, whole: And | Or) -> Condition:
    # An open question of the law is raised only once the facts beside it are settled.
    questions = [inner.by for inner in (part, *_parts(part)) if isinstance(inner, Undecided)]
    if ask.label not in questions:
        return ALWAYS
    neutral = isinstance(whole, And)
    return conjunction(*(having(other, neutral) for other in whole.parts if other is not part))


def of_party(term: Term) -> bool:
    """Whether a term speaks of the customer or of an owner."""
    return term.subject in {Subject.CUSTOMER, Subject.OWNER}


def _blamed_rows(rows: Rows, truth: Truth, stops: Stops) -> Iterator[Ask]:
    table = "owners" if rows.of is Subject.OWNER else "accesses"
    if truth is None and stops.ids and rows.of is Subject.OWNER:
        yield Ask(table, owner=False, when=Answer(Subject.CUSTOMER, f"unread_{table}"))
        for ask in blame(rows.part, None, rows.of, stops):
            yield Ask(ask.label, owner=True, when=conjunction(Is(rows.part, None), ask.when), term=ask.term)
    elif truth is None:
        yield Ask(table, owner=False, when=ALWAYS)
    else:
        # Some owner lacks what the duty asks of each: named without saying of which.
        for leaf in dict.fromkeys(leaf for leaf in leaves(rows.part) if isinstance(leaf, Field)):
            if Given(leaf) in _every_part(rows.part):
                yield Ask(f"{table}.{leaf.name}", owner=False, when=ALWAYS)


def _every_part(node: Condition) -> Iterator[Condition]:
    for part in _parts(node):
        yield from (part,) if part is node else _every_part(part)


def _parts(node: Condition) -> tuple[Condition, ...]:
    return node.parts if isinstance(node, And | Or) else (node,)


def _blank(leaf: Field | Answer) -> Condition:
    return ~Given(leaf) if isinstance(leaf, Field) else Is(leaf, None)


def having(part: Condition, truth: Truth) -> Condition:
    """Whether a condition has a truth value, without asking of one that is never unknown."""
    if not _two_valued(part):
        return Is(part, truth)
    return NEVER if truth is None else part if truth else contrary(part)


def _two_valued(node: Condition) -> bool:
    match node:
        case Certain() | Given() | Is():
            return True
        case And(parts=parts) | Or(parts=parts):
            return all(_two_valued(part) for part in parts)
        case Not(part=part):
            return _two_valued(part)
        case _:
            return False


def once(asks: tuple[Ask, ...]) -> tuple[Ask, ...]:
    """The same asks, without asking apart for a fact that a term beside it asks for already."""
    of_terms = [(ask, why(ask.term).asks) for ask in asks if ask.term is not None]
    kept: list[Ask] = []
    for ask in asks:
        covered = [
            conjunction(whole.when, inner.when)
            for whole, inners in of_terms
            if ask.term is None and ask.owner == whole.owner
            for inner in inners
            if inner.label == ask.label
        ]
        when = conjunction(ask.when, *(contrary(condition) for condition in covered))
        if when != NEVER:
            kept.append(Ask(ask.label, ask.owner, when, ask.term))
    return tuple(kept)


def why(term: Term) -> Why:
    """What a term turns on while it is unknown."""
    return Why(term, merged(blame(term.part, None, term.subject, Stops())))


def only(ask: Ask, *conditions: Condition) -> Ask:
    """The same ask, where further conditions hold."""
    return Ask(ask.label, ask.owner, conjunction(*conditions, ask.when), ask.term)


def merged(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """One ask for each fact or term; it is asked for if any of its reasons holds."""
    kept: dict[tuple[str, bool, str], Ask] = {}
    for ask in asks:
        if ask.when != NEVER:
            key = ask.label, ask.owner, "" if ask.term is None else ask.term.key
            known = kept.get(key)
            when = ask.when if known is None else disjunction(known.when, ask.when)
            kept[key] = Ask(ask.label, ask.owner, when, ask.term)
    return tuple(kept.values())
