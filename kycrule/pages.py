"""What a rule, a term or a reading says, as text that a lawyer can read beside the paragraph."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, Final, cast

from kycrule.english import days, english
from kycrule.expr import Choice, Definition, Value, ValueChoice
from kycrule.provisions import Due, Of, Rule
from kycrule.readings import READINGS, Reading

WIDTH: Final = 100
"""Characters in a line of text for people."""

JUDGED_FOR: Final = {
    Of.PARTY: "each party: the customer, and each beneficial owner",
    Of.ACCOUNT: "the account",
    Of.TRANSACTION: "each training transaction",
    Of.PROVIDER: "the provider",
    Of.RESELLER: "each foreign reseller of the provider",
}
_OWN_TERM: Final = "A term of kycrule's own: the section does not define it."
_CALLED: Final = {Of.PROVIDER: "the provider", Of.RESELLER: "the reseller"}


def wrapped(text: str, indent: str = "") -> str:
    """A paragraph of text, in lines of the width for people."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


@dataclass(frozen=True, slots=True)
class Page:
    """What is said of one thing, in parts, for whoever prints it.

    Attributes:
        name: its code or name.
        called: its name in kebab-case, if it has a code too.
        cites: its paragraphs.
        says: paragraphs of text.
        blocks: titles, each with its entries.
    """

    name: str
    called: str
    cites: str
    says: tuple[str, ...]
    blocks: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        heading = f"{' '.join(filter(None, (self.name, self.called)))}  ({self.cites})"
        told = ("\n".join([title, *(wrapped(entry, "  ") for entry in entries)]) for title, entries in self.blocks)
        return "\n\n".join([heading, *(wrapped(text) for text in self.says), *told])


def of_rule(rule: Rule) -> Page:
    """A rule: its duty, its logic in English, its terms, its open questions, its doubts."""
    party = _CALLED.get(rule.of, "the party")
    named = [node for node in _nodes(rule) if isinstance(node, Definition)]
    direct = dict.fromkeys((*_outermost(rule.when), *_outermost(rule.must)))
    blocks = {
        "When": (english(rule.when, party),),
        "Must": (english(rule.must, party),),
        "If violated": (f"{rule.finding} It is prohibited by § {rule.prohibited_by}.",),
        "Dates": () if rule.by is None else _dates(rule.by),
        "Terms": tuple(f"{term.name} (§ {term.cites}): {term.says}" for term in direct),
        "Readings": tuple(f"{asked.name} (§ {asked.cites}): {asked.question}" for asked in asked_of(rule)),
        "Notes": tuple(dict.fromkeys((*rule.notes, *(note for term in named for note in term.notes)))),
    }
    return _page(rule, rule.code, f"Judged for {JUDGED_FOR[rule.of]}.", blocks=blocks)


def of_term(term: Definition) -> Page:
    """A term: what it is, what it comes to, its doubts."""
    own = (_OWN_TERM,) if term.own else ()
    return _page(term, term.name, *own, blocks={"Means": (english(term.means),), "Notes": term.notes})


def of_due(due: Due) -> Page:
    """A report: what it is, when it is due, and in which time."""
    when = english(due.when, _CALLED.get(due.of, "the customer"))
    days_of = [day for day in (due.opens, due.by) if day is not None]
    return _page(due, due.kind, blocks={"When": (when,), "Dates": _dates(*days_of)})


def told_rule(rule: Rule) -> str:
    """A rule as text."""
    return f"{of_rule(rule)}\n\nFrom a proposed rule (29 January 2024) that was never in force."


def _page(of: Rule | Definition | Due, name: str, *says: str, blocks: Mapping[str, tuple[str, ...]]) -> Page:
    cites = ", ".join(f"§ {cite}" for cite in ((of.cites, *of.also_cites) if isinstance(of, Rule) else (of.cites,)))
    called = of.name if isinstance(of, Rule) else ""
    return Page(name, called, cites, (of.says, *says), tuple((title, told) for title, told in blocks.items() if told))


def _dates(*of: Value[date]) -> tuple[str, ...]:
    return tuple(f"{name}: {means}" for name, means in dict(pair for day in of for pair in days(day)).items())


def told_reading(reading: Reading) -> str:
    """A reading as a page of text: the question, and what speaks for and against each answer."""
    parts = [f"{reading.name}  (§ {reading.cites})", wrapped(reading.question)]
    if reading.defects:
        parts.append(f"Drafting defects: {', '.join(reading.defects)}.")
    for option in reading.options:
        default = "  (default)" if option.value == reading.default else ""
        parts.append(
            f"{option.value}{default}\n{wrapped(option.says, '  ')}\n"
            f"{wrapped('For: ' + option.support, '  ')}\n{wrapped('Against: ' + option.weakness, '  ')}"
        )
    return "\n\n".join(parts)


def asked_of(rule: Rule) -> list[Reading]:
    """The readings that may change the outcome of a rule, in their order."""
    names = {node.reading for node in _nodes(rule) if isinstance(node, Choice | ValueChoice)}
    return [reading for reading in READINGS if reading.name in names]


def _nodes(thing: Any) -> Iterator[Any]:
    """Every expression and date in a rule, also inside its terms; each once, in order."""
    seen: dict[int, Any] = {}

    def walk(inner: Any) -> None:
        if is_dataclass(inner) and id(inner) not in seen:
            seen[id(inner)] = inner
        for part in _parts(inner):
            walk(part)

    walk(thing)
    return iter(seen.values())


def _outermost(node: Any) -> Iterator[Definition]:
    """The terms that an expression names, without those that they rest on."""
    if isinstance(node, Definition):
        yield node
    else:
        for part in _parts(node):
            yield from _outermost(part)


def _parts(thing: object) -> Iterator[Any]:
    if isinstance(thing, tuple):
        yield from cast("Iterable[Any]", thing)
    elif isinstance(thing, Mapping):
        yield from cast("Mapping[str, Any]", thing).values()
    elif is_dataclass(thing):
        yield from (getattr(thing, field.name) for field in fields(thing))
