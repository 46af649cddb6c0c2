"""The expression language of the rules: typed nodes, three-valued, that print themselves as English.

A condition is yes, no or unknown about a *subject* (the customer, one of its owners, an access, the
provider). Facts are named in :mod:`kycrule.facts`; engines evaluate; nothing here looks at a record.
Nodes are combined with ``&``, ``|`` and ``~`` and refuse ``bool()``, so that ``and``, ``or`` and
``not`` written by mistake fail at once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, NoReturn, TypeVar
from typing import Literal as Only

from kycrule.errors import DefinitionError

T = TypeVar("T", str, date, Decimal, tuple[str, ...])
Ordered = TypeVar("Ordered", date, Decimal)


class Subject(StrEnum):
    """Of whom or what a condition speaks."""

    CUSTOMER = "customer"
    OWNER = "owner"
    ACCESS = "access"
    TRANSACTION = "transaction"
    PROVIDER = "provider"
    UPSTREAM = "upstream"
    PARENT = "parent"
    RESELLER = "reseller"
    RUN = "run"


PROVIDERS = frozenset({Subject.PROVIDER, Subject.UPSTREAM, Subject.PARENT})
COMPANIES = PROVIDERS | {Subject.RESELLER}


class Scope(StrEnum):
    """Which subjects a fact or definition belongs to."""

    PARTY = "party"
    ACCOUNT = "account"
    OWNER = "owner"
    ACCESS = "access"
    TRANSACTION = "transaction"
    PROVIDER = "provider"
    RESELLER = "reseller"
    COMPANY = "company"  # a provider or a reseller, whichever is the subject
    RUN = "run"


class Node:
    """Anything in an expression."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        message = "An expression has no truth of its own: combine with &, | and ~, not with and, or, not."
        raise DefinitionError(message)


class Condition(Node):
    """An expression that is yes, no or unknown."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return And(_flat(And, self, other))

    def __or__(self, other: Condition) -> Condition:
        return Or(_flat(Or, self, other))

    def __invert__(self) -> Condition:
        return self.part if isinstance(self, Not) else Not(self)

    @property
    def is_known(self) -> Condition:
        """Whether the answer is known: yes or no, never unknown."""
        return ~Is(self, None)

    @property
    def is_yes(self) -> Condition:
        """Whether the answer is a definite yes: yes or no, never unknown."""
        return Is(self, True)

    @property
    def is_no(self) -> Condition:
        """Whether the answer is a definite no: yes or no, never unknown."""
        return Is(self, False)


class Value(Node, Generic[T]):
    """An expression that stands for a text, date, number or list, or for nothing known."""

    __slots__ = ()

    @property
    def is_given(self) -> Condition:
        """Whether there is a value at all: yes or no, never unknown."""
        return Given(self)

    @property
    def is_there(self) -> Condition:
        """Yes where there is a value; where there is none, unknown and not no."""
        return Compare(self, "=", self)

    def equals(self, value: T) -> Condition:
        """Whether it is this value."""
        return Compare(self, "=", Constant(value))

    def is_one_of(self, members: Iterable[str], says: str) -> Condition:
        """Whether it is a member of a set, which ``says`` names."""
        return OneOf(self, frozenset(members), says)

    def includes_any(self, members: Iterable[str], says: str) -> Condition:
        """Whether a list has any member in a set, which ``says`` names."""
        return IncludesAny(self, frozenset(members), says)

    def __ge__(self, other: Value[T]) -> Condition:
        return Compare(self, ">=", other)

    def __le__(self, other: Value[T]) -> Condition:
        return Compare(self, "<=", other)

    def __gt__(self, other: Value[T]) -> Condition:
        return Compare(self, ">", other)

    def __lt__(self, other: Value[T]) -> Condition:
        return Compare(self, "<", other)


def _flat(kind: type[And | Or], *parts: Condition) -> tuple[Condition, ...]:
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return tuple(flat)


# Facts --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact(Value[T]):
    """A fact with a value, read from a field of a record.

    Attributes:
        name: the field.
        scope: whose field it is.
        says: its name in English, with ``{party}`` for the subject where that helps.
        kind: ``text``, ``date``, ``number`` or ``list``.
    """

    name: str
    scope: Scope
    says: str
    kind: Only["text", "date", "number", "list"]


@dataclass(frozen=True, slots=True)
class Flag(Condition):
    """A fact that is yes or no, read from a field of a record.

    Attributes:
        name: the field.
        scope: whose field it is.
        says: a clause in English that is true when the fact is yes.
    """

    name: str
    scope: Scope
    says: str

    @property
    def is_given(self) -> Condition:
        """Whether there is an answer at all."""
        return self.is_known


# Values -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant(Value[T]):
    """A value that stands in the rule itself; a legal number carries its paragraph.

    Attributes:
        value: the value.
        cites: the paragraph it comes from, or nothing for a plain literal.
        says: what the number is, in English.
    """

    value: T
    cites: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A number of the law that was changed from time to time.

    Attributes:
        steps: each number with the day from which it holds, the oldest first.
        cites: the paragraph it comes from.
        says: what the number is, in English.
    """

    steps: tuple[tuple[date, Decimal], ...]
    cites: str
    says: str

    def on(self, day: date) -> Decimal | None:
        """The number that holds on a day, or None before the first; after the last one it is that one."""
        return next((number for since, number in reversed(self.steps) if since <= day), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A length of time of the rule, in whole years or calendar days; the first day is not counted.

    Attributes:
        years: whole calendar years (29 February plus years falls on 28 February).
        days: calendar days.
        cites: the paragraph it comes from.
        says: what it is, in English.
    """

    years: int = 0
    days: int = 0
    cites: str
    says: str

    def __str__(self) -> str:
        return f"{self.years} years" if self.years else f"{self.days} calendar days"


@dataclass(frozen=True, slots=True)
class Plus(Value[date]):
    """A date and a period after it."""

    start: Value[date]
    period: Period


@dataclass(frozen=True, slots=True)
class Before(Value[date]):
    """A date and a period before it."""

    end: Value[date]
    period: Period


@dataclass(frozen=True, slots=True)
class Later(Value[date]):
    """The later of two dates; unknown if either is."""

    left: Value[date]
    right: Value[date]


@dataclass(frozen=True, slots=True)
class Earlier(Value[date]):
    """The earlier of two dates; unknown if either is."""

    left: Value[date]
    right: Value[date]


@dataclass(frozen=True, slots=True)
class FirstGiven(Value[T]):
    """The first value, or the second where the first is not given."""

    left: Value[T]
    right: Value[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Value[date]):
    """A date that rules use by name.

    Attributes:
        name: what it is called, with its article.
        cites: the paragraph that sets it.
        means: what it comes to.
    """

    name: str
    cites: str
    means: Value[date]


# Conditions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Certain(Condition):
    """Yes or no, whatever the facts."""

    truth: bool


@dataclass(frozen=True, slots=True)
class Undecided(Condition):
    """Unknown, whatever the facts: the text leaves the question open, or a record cannot answer it.

    Attributes:
        by: what would decide it: ``readings.`` and the name of a reading, or what is to be found out.
        says: why it is open, in English.
    """

    by: str
    says: str


@dataclass(frozen=True, slots=True)
class And(Condition):
    """All of the parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """Any of the parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The contrary of the part."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Is(Condition):
    """Whether the part has one of the three truth values; itself never unknown."""

    part: Condition
    truth: bool | None


@dataclass(frozen=True, slots=True)
class Given(Condition):
    """Whether a value is there; itself never unknown."""

    value: Value[Any]


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    """A comparison of two values of one kind; unknown if either is."""

    left: Value[Any]
    operator: Only["=", "<", "<=", ">", ">="]
    right: Value[Any]


@dataclass(frozen=True, slots=True)
class OneOf(Condition):
    """Membership of a text in a set; unknown if the text is."""

    value: Value[Any]
    members: frozenset[str]
    says: str


@dataclass(frozen=True, slots=True)
class IncludesAny(Condition):
    """Whether a list shares a member with a set; unknown if the list is."""

    value: Value[Any]
    members: frozenset[str]
    says: str


@dataclass(frozen=True, slots=True)
class Among(Condition):
    """Whether a text, or any text of a list, stands in a list that holds for the whole run.

    Attributes:
        value: the text or list.
        listed: the name of the list; one that the run does not have is empty, and nothing stands in it.
        says: what the members of the list are, in English.
    """

    value: Value[Any]
    listed: str
    says: str


@dataclass(frozen=True, slots=True)
class AnyListed(Condition):
    """Whether a list that holds for the whole run has members.

    Attributes:
        listed: the name of the list.
        says: a clause in English that is true when it has.
    """

    listed: str
    says: str


@dataclass(frozen=True, slots=True)
class Some(Condition):
    """At least one owner, or access, of the account is such that ...; of none, no."""

    of: Only[Subject.OWNER, Subject.ACCESS]
    part: Condition


@dataclass(frozen=True, slots=True)
class Every(Condition):
    """Every owner, or access, of the account is such that ...; of none, yes."""

    of: Only[Subject.OWNER, Subject.ACCESS]
    part: Condition


@dataclass(frozen=True, slots=True)
class About(Condition):
    """A condition asked of the provider, its upstream provider or its parent instead of the party."""

    subject: Subject
    part: Condition


@dataclass(frozen=True, slots=True)
class Choice(Condition):
    """The condition that the chosen value of a reading stands for."""

    reading: str
    branches: Mapping[str, Condition] = field(hash=False)


@dataclass(frozen=True, slots=True)
class ValueChoice(Value[T]):
    """The value that the chosen value of a reading stands for."""

    reading: str
    branches: Mapping[str, Value[T]] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Condition):
    """A term that the rule defines, used by name.

    Attributes:
        name: the term, in the regulation's words.
        cites: the paragraph that defines it.
        says: our own sentence for it.
        means: what it comes to.
        of: whose attribute it is; a party's is asked of whoever is the subject.
        own: whether the term is one of kycrule's, which the section that it cites does not define.
        notes: drafting defects and doubts, shown by ``explain``.
    """

    name: str
    cites: str
    says: str
    means: Condition
    of: Scope = Scope.PARTY
    own: bool = False
    notes: tuple[str, ...] = ()


COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""What the operators of :class:`Compare` do."""

ALWAYS = Certain(True)
NEVER = Certain(False)


def some_owner(part: Condition) -> Condition:
    """At least one listed owner is such that ..."""
    return Some(Subject.OWNER, part)


def every_owner(part: Condition) -> Condition:
    """Every listed owner is such that ..."""
    return Every(Subject.OWNER, part)


def some_access(part: Condition = ALWAYS) -> Condition:
    """At least one recorded access is such that ..."""
    return Some(Subject.ACCESS, part)


def every_access(part: Condition) -> Condition:
    """Every recorded access is such that ..."""
    return Every(Subject.ACCESS, part)
