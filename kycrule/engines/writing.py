"""Conditions as Python text, for the engine for one record.

A record is read once: each of its yes/no facts, and each *test* of a value (given, equal, in a list,
before a day), comes to yes, no or unknown. Everything else of the law is worked out from those truths.
Every condition becomes two Python expressions, "surely yes" and "surely no"; conjunction, disjunction
and negation swap and join them, so Python's own short-circuit does the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Final, TypeAlias, assert_never

from kycrule.bound import Answer, Ask, BoundRule, Field, Rows, Term, leaves
from kycrule.expr import (
    And,
    Before,
    Certain,
    Compare,
    Condition,
    Constant,
    Earlier,
    FirstGiven,
    Given,
    IncludesAny,
    Is,
    Later,
    Not,
    OneOf,
    Or,
    Period,
    Plus,
    Subject,
    Undecided,
    Value,
)
from kycrule.periods import after, before

Both: TypeAlias = tuple[str, str]
Test: TypeAlias = Given | Compare | OneOf | IncludesAny
Named: TypeAlias = Answer | Test | Term | Rows
"""What stands under a name of its own in the text; the rest of a condition is written out."""

_OPERATOR: Final = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_BY_KEY: Final = (Subject.CUSTOMER, Subject.OWNER, Subject.ACCESS)
"""Whose records come as the mapping of their fields: a model answers for an attribute four times slower."""


def named(node: Condition) -> Iterator[Named]:
    """What a condition is put together from; terms are not looked through."""
    match node:
        case Answer() | Given() | Compare() | OneOf() | IncludesAny() | Term() | Rows():
            yield node
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from named(part)
        case Not(part=part) | Is(part=part):
            yield from named(part)
        case _:
            return


class Writer:
    """Names and texts that all functions of one program share.

    Attributes:
        constants: the values of the law that the text uses, by name.
    """

    def __init__(self, whys: Mapping[str, tuple[Ask, ...]] | None = None) -> None:
        self.constants: dict[str, Any] = {**HELPERS}
        self.whys = whys or {}
        self._names: dict[Any, str] = {}
        self._tests: dict[Test, str] = {}

    def name(self, node: Named | Field) -> str:
        """The name under which something stands in the text."""
        match node:
            case Field(holder=Subject.RUN, name=name):
                return name
            case Answer(holder=Subject.CUSTOMER, name="unread_owners" | "unread_accesses" as name):
                return name
            case Answer(holder=holder, name=name) | Field(holder=holder, name=name):
                return f"{holder}_{name}"
            case Term(key=key) | Rows(key=key):
                return key
            case _:
                return self._test(node)

    def _test(self, node: Test) -> str:
        known = self._tests.get(node)
        if known is None:
            about = next((self.name(leaf) for leaf in leaves(node) if isinstance(leaf, Field)), "law")
            plain = isinstance(node, Given) and isinstance(node.value, Field)
            known = self._tests[node] = f"{about}_{'is_given' if plain else f'test_{len(self._tests)}'}"
        return known

    def constant(self, value: Any) -> str:
        """The text for a value of the law."""
        if isinstance(value, str):
            return repr(value)
        known = self._names.get(value)
        if known is None:
            known = self._names[value] = f"k{len(self._names)}"
            self.constants[known] = value
        return known

    def value(self, node: Value[Any]) -> str:
        """The text for a value; None where it is unknown."""
        match node:
            case Constant(value=value):
                return self.constant(value)
            case Field():
                return self.name(node)
            case Plus(start=start, period=period):
                return f"plus({self.value(start)}, {self.constant(period)})"
            case Before(end=end, period=period):
                return f"minus({self.value(end)}, {self.constant(period)})"
            case Later(left=left, right=right):
                return f"later({self.value(left)}, {self.value(right)})"
            case Earlier(left=left, right=right):
                return f"earlier({self.value(left)}, {self.value(right)})"
            case FirstGiven(left=left, right=right):
                return f"first({self.value(left)}, {self.value(right)})"
            case _:
                raise NotImplementedError(type(node).__name__)

    def tested(self, node: Test) -> str:
        """The text for the truth of a test, from the values it is about."""
        match node:
            case Given(value=value):
                return f"{self.value(value)} is not None"
            case Compare(left=left, operator=operator, right=right) if left == right:
                return f"None if {self.value(left)} is None else {'=' in operator}"
            case Compare(left=left, operator=operator, right=right):
                told = [self.value(side) for side in (left, right)]
                blank = [self.value(side) + " is None" for side in (left, right) if not isinstance(side, Constant)]
                return f"None if {' or '.join(blank)} else {told[0]} {_OPERATOR[operator]} {told[1]}"
            case OneOf(value=value, members=members):
                told_value = self.value(value)
                return f"None if {told_value} is None else {told_value} in {self.constant(members)}"
            case IncludesAny(value=value, members=members):
                told_value = self.value(value)
                return f"None if {told_value} is None else not {self.constant(members)}.isdisjoint({told_value})"
            case _:
                assert_never(node)

    def both(self, node: Condition) -> Both:
        """What holds when the condition is surely yes, and when it is surely no."""
        match node:
            case Certain(truth=truth):
                return str(truth), str(not truth)
            case Undecided():
                return "False", "False"
            case Given():
                name = self.name(node)
                return name, f"not {name}"
            case Answer() | Compare() | OneOf() | IncludesAny() | Term() | Rows():
                name = self.name(node)
                return name, f"{name} is False"
            case And(parts=parts):
                yes, no = self._split(parts)
                return _joined(" and ", yes), _joined(" or ", no)
            case Or(parts=parts):
                yes, no = self._split(parts)
                return _joined(" or ", yes), _joined(" and ", no)
            case Not(part=part):
                surely, surely_not = self.both(part)
                return surely_not, surely
            case Is(part=Answer() | Compare() | OneOf() | IncludesAny() | Term() | Rows() as part, truth=truth):
                name = self.name(part)
                return f"{name} is {truth}", f"{name} is not {truth}"
            case Is(part=part, truth=None):
                surely, surely_not = self.both(part)
                return f"not ({surely} or {surely_not})", f"({surely} or {surely_not})"
            case Is(part=part, truth=truth):
                surely = self.both(part)[0 if truth else 1]
                return surely, f"not ({surely})"
            case _:
                raise NotImplementedError(type(node).__name__)

    def finding(self, body: Body, bound: BoundRule, violated: str, undetermined: str) -> None:
        """Add the lines that judge a rule, with what is done if it is violated, and if that is open."""
        surely, surely_not = body.both(bound.when)
        met, broken = body.both(bound.must)
        body.line(f"if not ({surely_not}) and not ({met}):")
        body.line(f"    if ({surely}) and ({broken}):")
        body.line(f"        {violated}")
        body.line("    else:")
        body.line(f"        {undetermined}")

    def _split(self, parts: Iterable[Condition]) -> tuple[list[str], list[str]]:
        pairs = [self.both(part) for part in parts]
        return [yes for yes, _ in pairs], [no for _, no in pairs]


class Body:
    """The lines of a function so far. What a text needs is brought in above it, once, when it is first asked for.

    Args:
        writer: the names and texts.
        head: the first line.
        held: tuples that the function is given, with the names of their members.
        here: other names that it is given.
    """

    def __init__(
        self, writer: Writer, head: str, held: Mapping[str, Sequence[str]] | None = None, here: Iterable[str] = ()
    ) -> None:
        self._writer = writer
        self._lines = [head]
        self._places = {
            name: f"{given}[{at}]" for given, names in (held or {}).items() for at, name in enumerate(names)
        }
        self._here = set(here)
        self._indent = "    "

    def line(self, text: str) -> None:
        """Add a line."""
        self._lines.append(self._indent + text)

    def returning(self, text: str) -> list[str]:
        """All lines, with what is returned at the end."""
        self.line(f"return {text}")
        return self._lines

    def inner(self) -> Body:
        """A block within this one: what is brought in there is not there afterwards."""
        block = copy(self)
        block._here, block._indent = {*self._here}, f"{self._indent}    "  # noqa: SLF001 - of its own class
        return block

    def define(self, name: str, text: str) -> None:
        """Give a name its value, unless it stands here already."""
        if name not in self._here:
            self._here.add(name)
            self.line(f"{name} = {self._places.get(name, text)}")

    def needs(self, name: str) -> bool:
        """Whether a name is neither here nor in one of the tuples."""
        return name not in self._here and name not in self._places

    def bring(self, node: Named | Field) -> str:
        """Bring in what has a name, with all that it is made from."""
        name = self._writer.name(node)
        text = ""
        if self.needs(name):
            match node:
                case Term(part=part):
                    text = self.truth(part)
                case Given() | Compare() | OneOf() | IncludesAny():
                    self.values(node)
                    text = self._writer.tested(node)
                case Answer(holder=Subject.ACCESS, name=field):
                    # The flags of an access are no fields: they are worked out from its address.
                    text = f"row.{field}"
                case Answer(holder=holder, name=field) | Field(holder=holder, name=field):
                    text = f"{holder}['{field}']" if holder in _BY_KEY else f"{holder}.{field}"
                case Rows(every=every):
                    # Of no rows; the loop over them goes on from there.
                    text = str(every)
                case _:
                    assert_never(node)
        self.define(name, text)
        return name

    def values(self, node: Condition | Value[Any]) -> None:
        """Bring in the values that something is about."""
        for field in (leaf for leaf in leaves(node) if isinstance(leaf, Field)):
            self.bring(field)

    def both(self, node: Condition) -> Both:
        """The texts for surely yes and surely no."""
        for part in named(node):
            self.bring(part)
        return self._writer.both(node)

    def truth(self, node: Condition) -> str:
        """One text for the three-valued truth of a condition."""
        yes, no = self.both(node)
        if isinstance(node, Given | Answer | Compare | OneOf | IncludesAny | Term | Rows):
            return yes
        return f"True if {yes} else False if {no} else None"

    def value(self, node: Value[Any] | None) -> str:
        """The text for a value; None where it is unknown, or where there is none."""
        if node is None:
            return "None"
        self.values(node)
        return self._writer.value(node)

    def asked(self, asks: Iterable[Ask]) -> str:
        """The text for the names of the facts that an answer turns on."""
        told = [
            (self._why(ask.term) if ask.term is not None else f"({ask.label!r},)", self.both(ask.when)[0])
            for ask in asks
        ]
        return f"({''.join(f'*({names} if {when} else ()), ' for names, when in told)})"

    def _why(self, term: Term) -> str:
        name = f"why_{term.key}"
        if self.needs(name):
            asks = self.asked(self._writer.whys[term.key])
            self.define(name, f"{asks} if {self.bring(term)} is None else ()")
        return name


def executed(source: str, writer: Writer) -> dict[str, Any]:
    """The functions that a text defines, by name."""
    names: dict[str, Any] = {**writer.constants}
    # The text is made from the catalogue of rules alone; no record and no user's text enters it.
    exec(compile(source, "<rules>", "exec"), names)  # noqa: S102
    return names


def packed(names: Iterable[str]) -> str:
    """The text of a tuple of names."""
    return f"({''.join(f'{name}, ' for name in names)})"


def _joined(word: str, parts: list[str]) -> str:
    return f"({word.join(parts)})"


# What compiled rules call ---------------------------------------------------------------------------


def plus(start: Any, period: Period) -> Any:
    """A date and a period after it; unknown if the date is."""
    return after(start, period.years, period.days)


def minus(end: Any, period: Period) -> Any:
    """A date and a period before it; unknown if the date is."""
    return before(end, period.years, period.days)


def later(left: Any, right: Any) -> Any:
    """The later of two dates; unknown if either is."""
    return None if left is None or right is None else max(left, right)


def earlier(left: Any, right: Any) -> Any:
    """The earlier of two dates; unknown if either is."""
    return None if left is None or right is None else min(left, right)


def first(left: Any, right: Any) -> Any:
    """The first date, or the second where the first is not given."""
    return right if left is None else left


HELPERS: Final = {"plus": plus, "minus": minus, "later": later, "earlier": earlier, "first": first}
