"""One record at a time: a bound regulation compiled once to plain Python.

Every condition becomes two Python expressions, "surely yes" and "surely no"; conjunction, disjunction
and negation swap and join them, so Python's own short-circuit does the work. The source is kept on
the result (:attr:`Judge.source`) and can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, assert_never

from kycrule.bound import (
    Answer,
    Ask,
    BoundDue,
    BoundRule,
    Field,
    Program,
    Rows,
    Stage,
    Standing,
    Term,
    conditions,
    leaves,
    of_due,
    of_rule,
)
from kycrule.expr import (
    COMPANIES,
    PROVIDERS,
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

Both = tuple[str, str]

_HOLDER: Final = {
    Subject.CUSTOMER: "customer",
    Subject.OWNER: "owner",
    Subject.ACCESS: "access",
    Subject.TRANSACTION: "transaction",
    Subject.PROVIDER: "provider",
    Subject.UPSTREAM: "upstream",
    Subject.PARENT: "parent",
    Subject.RESELLER: "reseller",
}
_OPERATOR: Final = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the compiled rules say of one account, by position in the program.

    Attributes:
        ground: index of the deciding ground, or -1 while it is open.
        foreign_customer: whether the customer is a foreign person.
        foreign_owner: whether an owner is a foreign beneficial owner.
        foreign_reseller: whether the customer is a foreign reseller.
        turns_on: what an open disposition depends on.
        found: for each finding: index of the rule among the customer's, whether violated, what is missing.
        found_of_owners: the same among the owners' rules, after the owner's position.
        retain_until: last day of retention.
        reports: for each report due: its index in the regulation and its date.
        found_of_transactions: as of owners, with the last day for what is asked, if there is one.
        reports_of_transactions: as of the account, after the transaction's position.
    """

    ground: int
    foreign_customer: bool | None
    foreign_owner: bool | None
    foreign_reseller: bool | None
    turns_on: tuple[str, ...]
    found: list[tuple[int, bool, tuple[str, ...]]]
    found_of_owners: list[tuple[int, int, bool, tuple[str, ...]]]
    retain_until: date | None
    reports: list[tuple[int, date | None]]
    found_of_transactions: list[tuple[int, int, bool, tuple[str, ...], date | None]]
    reports_of_transactions: list[tuple[int, int, date | None]]


class Judge:
    """A bound regulation as a Python function.

    Attributes:
        source: the text of the compiled functions.
    """

    def __init__(self, program: Program) -> None:
        writer = _AccountWriter(program)
        self.source = writer.source()
        names: dict[str, Any] = {**writer.constants, **_HELPERS}
        # The text is made from the catalogue of rules alone; no record and no user's text enters it.
        exec(compile(self.source, "<rules>", "exec"), names)  # noqa: S102
        self._provide: Callable[..., tuple[Any, ...]] = names["provide"]
        self._judge: Callable[..., tuple[Any, ...]] = names["judge"]
        self._last: tuple[tuple[Any, ...] | None, tuple[Any, ...]] = (None, ())

    def __call__(
        self,
        customer: Any,
        provider: Any,
        upstream: Any,
        parent: Any,
        as_of: date,
        *,
        transactions: Sequence[Any] = (),
        unread_owners: bool = False,
        unread_accesses: bool = False,
    ) -> Judgement:
        """Judge one account.

        Args:
            customer: the account, with its owners and accesses.
            provider: who serves it.
            upstream: the provider that it resells for.
            parent: the provider's parent.
            as_of: the date as of which it is asked.
            transactions: training transactions of the account.
            unread_owners: whether a row of an owner could not be read.
            unread_accesses: whether a row of an access could not be read.
        """
        last, provided = self._last
        asked = (provider, upstream, parent, as_of)
        if last is None or any(now is not before for now, before in zip(asked, last, strict=True)):
            provided = self._provide(*asked)
            self._last = asked, provided
        return Judgement(*self._judge(customer, provided, as_of, transactions, unread_owners, unread_accesses))


@dataclass(frozen=True, slots=True)
class StandingJudgement:
    """What the compiled rules say of one provider or one reseller, by position among its rules.

    Attributes:
        found: for each finding: index of the rule, whether violated, what is missing, the last day.
        reports: for each report due: its index in the regulation, its last and its first day.
    """

    found: list[tuple[int, bool, tuple[str, ...], date | None]]
    reports: list[tuple[int, date | None, date | None]]


class StandingJudge:
    """What a regulation says of providers and resellers, as Python functions.

    Attributes:
        source: the text of the compiled functions.
    """

    def __init__(self, standing: Standing) -> None:
        writer = _Writer()
        self.source = writer.standing(standing)
        names: dict[str, Any] = {**writer.constants, **_HELPERS}
        # The text is made from the catalogue of rules alone; no record and no user's text enters it.
        exec(compile(self.source, "<rules>", "exec"), names)  # noqa: S102
        self._of_provider: Callable[..., tuple[Any, ...]] = names["of_provider"]
        self._of_reseller: Callable[..., tuple[Any, ...]] = names["of_reseller"]

    def provider(self, provider: Any, upstream: Any, parent: Any, as_of: date) -> StandingJudgement:
        """Judge one provider, with the one that it resells for and its parent."""
        return StandingJudgement(*self._of_provider(provider, upstream, parent, as_of))

    def reseller(self, reseller: Any, provider: Any, upstream: Any, parent: Any, as_of: date) -> StandingJudgement:
        """Judge one foreign reseller of a provider."""
        return StandingJudgement(*self._of_reseller(reseller, provider, upstream, parent, as_of))


class _Writer:
    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._names: dict[Any, str] = {}
        self._whys: dict[str, tuple[Ask, ...]] = {}

    # Values and conditions ------------------------------------------------------------------------

    def _constant(self, value: Any) -> str:
        if isinstance(value, str):
            return repr(value)
        known = self._names.get(value)
        if known is None:
            known = self._names[value] = f"k{len(self.constants)}"
            self.constants[known] = value
        return known

    def value(self, node: Value[Any]) -> str:
        match node:
            case Constant(value=value):
                return self._constant(value)
            case Field(holder=Subject.RUN, name=name):
                return name
            case Field(holder=holder, name=name):
                return f"{_HOLDER[holder]}_{name}"
            case Plus(start=start, period=period):
                return f"plus({self.value(start)}, {self._constant(period)})"
            case Before(end=end, period=period):
                return f"minus({self.value(end)}, {self._constant(period)})"
            case Later(left=left, right=right):
                return f"later({self.value(left)}, {self.value(right)})"
            case Earlier(left=left, right=right):
                return f"earlier({self.value(left)}, {self.value(right)})"
            case FirstGiven(left=left, right=right):
                return f"first({self.value(left)}, {self.value(right)})"
            case _:
                raise NotImplementedError(type(node).__name__)

    def both(self, node: Condition) -> Both:
        """What holds when the condition is surely yes, and when it is surely no."""
        match node:
            case Certain(truth=truth):
                return str(truth), str(not truth)
            case Undecided():
                return "False", "False"
            case Answer() | Term() | Rows():
                name = self._answer(node)
                return f"{name} is True", f"{name} is False"
            case And(parts=parts):
                yes, no = self._split(parts)
                return _joined(" and ", yes), _joined(" or ", no)
            case Or(parts=parts):
                yes, no = self._split(parts)
                return _joined(" or ", yes), _joined(" and ", no)
            case Not(part=part):
                surely, surely_not = self.both(part)
                return surely_not, surely
            case Is(part=part, truth=None):
                surely, surely_not = self.both(part)
                return f"not ({surely} or {surely_not})", f"({surely} or {surely_not})"
            case Is(part=part, truth=truth):
                surely = self.both(part)[0 if truth else 1]
                return surely, f"not ({surely})"
            case Given(value=value):
                told = self.value(value)
                return f"{told} is not None", f"{told} is None"
            case Compare(left=left, operator=operator, right=right) if left == right:
                given = f"{self.value(left)} is not None"
                return (given, "False") if "=" in operator else ("False", given)
            case Compare(left=left, operator=operator, right=right):
                guard = "".join(
                    f"{self.value(side)} is not None and " for side in (left, right) if not isinstance(side, Constant)
                )
                test = f"{self.value(left)} {_OPERATOR[operator]} {self.value(right)}"
                return f"({guard}{test})", f"({guard}not {test})"
            case OneOf(value=value, members=members):
                told, names = self.value(value), self._constant(members)
                return f"{told} in {names}", f"({told} is not None and {told} not in {names})"
            case IncludesAny(value=value, members=members):
                told, names = self.value(value), self._constant(members)
                return (
                    f"({told} is not None and not {names}.isdisjoint({told}))",
                    f"({told} is not None and {names}.isdisjoint({told}))",
                )
            case _:
                raise NotImplementedError(type(node).__name__)

    def _split(self, parts: Iterable[Condition]) -> tuple[list[str], list[str]]:
        pairs = [self.both(part) for part in parts]
        return [yes for yes, _ in pairs], [no for _, no in pairs]

    def _answer(self, node: Answer | Term | Rows) -> str:
        match node:
            case Answer(holder=Subject.CUSTOMER, name="unread_owners" | "unread_accesses"):
                return node.name
            case Answer(holder=holder, name=name):
                return f"{_HOLDER[holder]}_{name}"
            case Term(key=key) | Rows(key=key):
                return key
            case _:
                assert_never(node)

    def truth(self, node: Condition) -> str:
        """One expression for the three-valued truth of a condition."""
        if isinstance(node, Answer | Term | Rows):
            return self._answer(node)
        yes, no = self.both(node)
        return f"True if {yes} else False if {no} else None"

    # Parts of functions ---------------------------------------------------------------------------

    def _finding(self, bound: BoundRule, append: str, depth: int) -> Iterator[str]:
        indent = "    " * depth
        surely, surely_not = self.both(bound.when)
        met, broken = self.both(bound.must)
        yield f"{indent}if not ({surely_not}) and not ({met}):"
        yield f"{indent}    if ({surely}) and ({broken}):"
        yield f"{indent}        " + append % ("True", self._asked(bound.missing))
        yield f"{indent}    else:"
        yield f"{indent}        " + append % ("False", self._asked(bound.open))

    def _asked(self, asks: Iterable[Ask]) -> str:
        told = (
            (f"why_{ask.term.key}" if ask.term is not None else f"({ask.label!r},)", self.both(ask.when)[0])
            for ask in asks
        )
        return f"({''.join(f'*({names} if {when} else ()), ' for names, when in told)})"

    def _assign(self, terms: Iterable[Term], depth: int, *, why: bool = True) -> Iterator[str]:
        indent = "    " * depth
        for term in terms:
            yield f"{indent}{term.key} = {self.truth(term.part)}"
            if why and term.key in self._whys:
                yield f"{indent}why_{term.key} = {self._asked(self._whys[term.key])} if {term.key} is None else ()"

    def _facts(self, conditions: Iterable[Any], holders: AbstractSet[Subject], depth: int) -> Iterator[str]:
        read = {
            self._read(leaf)
            for condition in conditions
            for leaf in leaves(condition)
            if not isinstance(leaf, Rows) and not isinstance(leaf, Term) and leaf.holder in holders
        }
        for line in sorted(read - {""}):
            yield f"{'    ' * depth}{line}"

    def _read(self, leaf: Any) -> str:
        if isinstance(leaf, Rows) or leaf.holder is Subject.RUN or leaf.name.startswith("unread_"):
            return ""
        holder = _HOLDER[leaf.holder]
        return f"{holder}_{leaf.name} = {holder}.{leaf.name}"

    def _by(self, day: Value[date] | None) -> str:
        return "None" if day is None else self.value(day)

    # Providers and resellers ----------------------------------------------------------------------

    def standing(self, standing: Standing) -> str:
        """The text of the functions for providers and resellers."""
        own = standing.terms_of(*PROVIDERS)
        return "\n".join(
            [
                "def of_provider(provider, upstream, parent, as_of):",
                *self._standing(standing.provider_rules, standing.provider_reports, own),
                "",
                "def of_reseller(reseller, provider, upstream, parent, as_of):",
                *self._standing(
                    standing.reseller_rules, standing.reseller_reports, [*own, *standing.terms_of(Subject.RESELLER)]
                ),
                "",
            ]
        )

    def _standing(self, rules: Iterable[BoundRule], reports: Iterable[BoundDue], terms: list[Term]) -> Iterator[str]:
        worked_out = [
            *(part for rule in rules for part in of_rule(rule)),
            *(part for due in reports for part in of_due(due)),
            *(term.part for term in terms),
        ]
        yield from self._facts(worked_out, COMPANIES, 1)
        yield from self._assign(terms, 1)
        yield "    found = []"
        for index, bound in enumerate(rules):
            yield from self._finding(bound, f"found.append(({index}, %s, %s, {self._by(bound.by)}))", 1)
        yield "    reports = []"
        for due in reports:
            yield f"    if {self.both(due.when)[0]}:"
            yield f"        reports.append(({due.index}, {self._by(due.by)}, {self._by(due.opens)}))"
        yield "    return (found, reports)"


class _AccountWriter(_Writer):
    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program
        self._whys = {why.term.key: why.asks for why in program.whys}

    def source(self) -> str:
        return "\n".join([*self._provide(), "", *self._judge(), ""])

    def _provide(self) -> Iterator[str]:
        yield "def provide(provider, upstream, parent, as_of):"
        yield from self._facts(conditions(self._program), PROVIDERS, 1)
        yield from self._assign(self._program.terms_at(Stage.PROVIDER), 1)
        yield f"    return {self._provided()}"

    def _provided(self) -> str:
        # What a provider's record and terms come to does not change from account to account.
        facts = [line.split(" = ")[0].strip() for line in self._facts(conditions(self._program), PROVIDERS, 0)]
        terms = [term.key for term in self._program.terms_at(Stage.PROVIDER)]
        return f"({''.join(f'{name}, ' for name in (*facts, *terms))})"

    def _judge(self) -> Iterator[str]:
        program = self._program
        yield "def judge(customer, provided, as_of, transactions, unread_owners, unread_accesses):"
        yield f"    {self._provided()} = provided"
        yield from self._facts(conditions(self._program), {Subject.CUSTOMER}, 1)
        yield from self._loop(Subject.ACCESS)
        yield from self._loop(Subject.OWNER)
        yield from self._assign(self._program.terms_at(Stage.ACCOUNT), 1)
        yield from self._disposition()
        yield "    found = []"
        for index, bound in enumerate(program.customer_rules):
            yield from self._finding(bound, f"found.append(({index}, %s, %s))", 1)
        yield "    of_owners = []"
        if program.owner_rules:
            yield "    position = -1"
            yield "    for owner in customer.owners:"
            yield "        position += 1"
            yield from self._owner(2)
            for index, bound in enumerate(program.owner_rules):
                yield from self._finding(bound, f"of_owners.append((position, {index}, %s, %s))", 2)
        yield "    reports = []"
        for due in program.reports:
            yield f"    if {self.both(due.when)[0]}:"
            yield f"        reports.append(({due.index}, {self._by(due.by)}))"
        yield from self._transactions()
        retention = program.retention
        assert retention.by is not None  # noqa: S101 - a retention without an end keeps nothing
        yield f"    retain = {self.value(retention.by)} if {self.both(retention.when)[0]} else None"
        answers = (program.foreign_customer, program.foreign_owner, program.foreign_reseller)
        told = ", ".join(f"({self.truth(answer)})" for answer in answers)
        lists = "found, of_owners, retain, reports, of_transactions, their_reports"
        yield f"    return (ground, {told}, turns_on, {lists})"

    def _owner(self, depth: int) -> Iterator[str]:
        """What there is to know of one owner, before any rule is judged."""
        yield from self._facts(self._owner_conditions(), {Subject.OWNER}, depth)
        for stage in (Stage.ROW, Stage.EACH):
            yield from self._assign(self._program.terms_at(stage, Subject.OWNER), depth)

    def _transactions(self) -> Iterator[str]:
        program = self._program
        yield "    of_transactions = []"
        yield "    their_reports = []"
        if not program.transaction_rules and not program.transaction_reports:
            return
        yield "    position = -1"
        yield "    for transaction in transactions:"
        yield "        position += 1"
        yield from self._facts(conditions(program), {Subject.TRANSACTION}, 2)
        yield from self._assign(self._program.terms_at(Stage.EACH, Subject.TRANSACTION), 2)
        for index, bound in enumerate(program.transaction_rules):
            append = f"of_transactions.append((position, {index}, %s, %s, {self._by(bound.by)}))"
            yield from self._finding(bound, append, 2)
        for due in program.transaction_reports:
            yield f"        if {self.both(due.when)[0]}:"
            yield f"            their_reports.append((position, {due.index}, {self._by(due.by)}))"

    def _disposition(self) -> Iterator[str]:
        grounds = self._program.grounds
        yield "    ground = -1"
        word = "if"
        for index, bound in enumerate(grounds):
            yield f"    {word} {self.both(bound.when)[0]}:"
            yield f"        ground = {index}"
            word = "elif"
        for index, bound in enumerate(grounds):
            later = tuple(
                place
                for place in range(index + 1, len(grounds))
                if grounds[place].ground.disposition != bound.ground.disposition
            )
            if later:
                yes, no = self.both(bound.when)
                yield f"    if ground in {later} and not ({yes} or {no}):"
                yield "        ground = -1"
        yield "    turns_on = ()"
        yield "    if ground == -1:"
        plain = [ask for ask in self._program.turns_on if not ask.owner]
        owned = [ask for ask in self._program.turns_on if ask.owner]
        yield f"        turns_on = {self._asked(plain)}"
        if owned:
            yield "        position = 0"
            yield "        for owner in customer.owners:"
            yield "            position += 1"
            yield from self._owner(3)
            yield "            called = owner.owner_id or f'#{position}'"
            yield f"            turns_on += tuple(f'owners[{{called}}].{{name}}' for name in {self._asked(owned)})"

    def _loop(self, of: Subject) -> Iterator[str]:
        rows = self._program.rows_of(of)
        table = "owners" if of is Subject.OWNER else "accesses"
        for row in rows:
            yield f"    {row.key} = {row.every}"
        if rows:
            yield f"    for {_HOLDER[of]} in customer.{table}:"
            used = {
                leaf.key for row in rows for leaf in leaves(row.part, through_terms=False) if isinstance(leaf, Term)
            }
            terms: list[Term] = []
            for term in reversed(self._program.terms_at(Stage.ROW, of)):
                if term.key in used:
                    used |= {leaf.key for leaf in leaves(term.part, through_terms=False) if isinstance(leaf, Term)}
                    terms.insert(0, term)
            yield from self._facts([row.part for row in rows], {of}, 2)
            yield from self._assign(terms, 2, why=False)
        for row in rows:
            # One decisive row settles it; an unknown one keeps it open.
            yes, no = self.both(row.part)
            decisive, other = (no, yes) if row.every else (yes, no)
            yield f"        if {row.key} is not {not row.every}:"
            yield f"            if {decisive}:"
            yield f"                {row.key} = {not row.every}"
            yield f"            elif not ({other}):"
            yield f"                {row.key} = None"
        for row in rows:
            yield f"    if unread_{table} and {row.key} is {row.every}:"
            yield f"        {row.key} = None"

    def _owner_conditions(self) -> list[Any]:
        program = self._program
        return [
            *(part for bound in program.owner_rules for part in (bound.when, bound.must)),
            *(ask.when for bound in program.owner_rules for ask in (*bound.missing, *bound.open)),
            *(ask.when for ask in program.turns_on if ask.owner),
            *(term.part for term in program.terms if term.subject is Subject.OWNER),
            *(ask.when for why in program.whys for ask in why.asks),
        ]


def _joined(word: str, parts: list[str]) -> str:
    return f"({word.join(parts)})"


# What compiled rules call ---------------------------------------------------------------------------


def plus(start: date | None, period: Period) -> date | None:
    """A date and a period after it; unknown if the date is."""
    return after(start, period.years, period.days)


def minus(end: date | None, period: Period) -> date | None:
    """A date and a period before it; unknown if the date is."""
    return before(end, period.years, period.days)


def later(left: date | None, right: date | None) -> date | None:
    """The later of two dates; unknown if either is."""
    return None if left is None or right is None else max(left, right)


def earlier(left: date | None, right: date | None) -> date | None:
    """The earlier of two dates; unknown if either is."""
    return None if left is None or right is None else min(left, right)


def first(left: date | None, right: date | None) -> date | None:
    """The first date, or the second where the first is not given."""
    return right if left is None else left


_HELPERS: Final = {
    "plus": plus,
    "minus": minus,
    "later": later,
    "earlier": earlier,
    "first": first,
}
