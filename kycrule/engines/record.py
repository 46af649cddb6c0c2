"""One record at a time: a bound regulation compiled once to plain Python.

Judging has two steps. ``observe`` reads the record and comes to its *state*: yes, no or unknown for each
fact and each test of a value that the law asks for. ``judge`` and ``judge_owner`` work out the answer from
the state alone, so equal states share one answer, kept while there is room. What follows from an answer
(what it turns on, what is missing, dates, training transactions) is compiled and worked out on request.

The source is kept on the result (:attr:`Judge.source`) and can be read. No record's value is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any, Final, TypeAlias

from kycrule.bound import Answer, Ask, Field, Program, Rows, Stage, Term, conditions, leaves
from kycrule.engines.writing import Body, Named, Writer, executed, named, packed
from kycrule.expr import PROVIDERS, Condition, Subject, Value

STATES: Final = 2048
"""Of how many states of accounts, and of owners, a compiled regulation keeps the answer."""

Truths: TypeAlias = tuple[bool | None, ...]
Names: TypeAlias = tuple[str, ...]


@dataclass(eq=False)
class OwnerAnswer:
    """What the compiled rules say of every owner in one state, in accounts of one kind.

    Attributes:
        judge: the compiled regulation.
        shared: what its rules ask of the account.
        state: what they ask of the owner.
        found: for each finding: index of the rule among the owners', whether violated.
    """

    judge: Judge
    shared: Truths
    state: Truths
    found: tuple[tuple[int, bool], ...]

    @cached_property
    def missing(self) -> tuple[Names, ...]:
        """For each finding, the facts to ask for."""
        asked = self.judge.requested
        return tuple(asked(_AccountWriter.owner_missing, *found)(self.shared, self.state) for found in self.found)

    @cached_property
    def turns_on(self) -> Names:
        """The owner's facts that an open disposition depends on."""
        names: Names = self.judge.requested(_AccountWriter.owner_turns_on)(self.shared, self.state)
        return names


@dataclass(eq=False)
class AccountAnswer:
    """What the compiled rules say of every account in one state, by position in the program.

    Attributes:
        judge: the compiled regulation.
        provided: what the law asks of the provider, and what the definitions that speak of it come to.
        state: what the law asks of the account.
        ground: index of the deciding ground, or -1 while it is open.
        foreign_customer: whether the customer is a foreign person.
        foreign_owner: whether an owner is a foreign beneficial owner.
        foreign_reseller: whether the customer is a foreign reseller.
        found: for each finding: index of the rule among the customer's, whether violated.
        reports: for each report due: its index in the regulation.
        retained: whether records are to be kept.
        shared: what the rules about owners ask of the account.
        terms: what the definitions that speak of the account come to.
    """

    judge: Judge
    provided: Truths
    state: Truths
    ground: int
    foreign_customer: bool | None
    foreign_owner: bool | None
    foreign_reseller: bool | None
    found: tuple[tuple[int, bool], ...]
    reports: tuple[int, ...]
    retained: bool
    shared: Truths
    terms: Truths

    @cached_property
    def missing(self) -> tuple[Names, ...]:
        """For each finding, the facts to ask for."""
        asked = self.judge.requested
        return tuple(
            asked(_AccountWriter.missing, *found)(self.provided, self.state, self.terms) for found in self.found
        )

    @cached_property
    def turns_on(self) -> Names:
        """The facts that an open disposition depends on, but for those of the owners."""
        return (
            self.judge.requested(_AccountWriter.turns_on)(self.provided, self.state, self.terms)
            if self.ground < 0
            else ()
        )


@dataclass(slots=True, eq=False)
class Judgement:
    """What the compiled rules say of one record.

    Attributes:
        account: the answer that it shares with accounts in the same state.
        owners: those of its owners, in order.
    """

    account: AccountAnswer
    owners: list[OwnerAnswer]
    _asked: tuple[Any, ...]

    def about(self, customer: Any) -> Judgement:
        """The same judgement, of a record that differs in names alone."""
        return Judgement(self.account, self.owners, (customer, *self._asked[1:]))

    @property
    def turns_on(self) -> Names:
        """What an open disposition depends on; of owners by ``owner_id``, or by number."""
        if self.account.ground >= 0:
            return ()
        customer = self._asked[0]
        called = [owner.owner_id or f"#{place}" for place, owner in enumerate(customer.owners, start=1)]
        of_owners = (
            f"owners[{name}].{asked}"
            for name, owner in zip(called, self.owners, strict=True)
            for asked in owner.turns_on
        )
        return (*self.account.turns_on, *of_owners)

    @property
    def found(self) -> list[tuple[int, bool, Names]]:
        """For each finding: index of the rule among the customer's, whether violated, what is missing."""
        return [(*found, asked) for found, asked in zip(self.account.found, self.account.missing, strict=True)]

    @property
    def found_of_owners(self) -> list[tuple[int, int, bool, Names]]:
        """The same among the owners' rules, after the owner's position."""
        return [
            (place, *found, asked)
            for place, owner in enumerate(self.owners)
            for found, asked in zip(owner.found, owner.missing, strict=True)
        ]

    @property
    def retain_until(self) -> date | None:
        """The last day of retention."""
        return self._day(-1) if self.account.retained else None

    @property
    def reports(self) -> list[tuple[int, date | None]]:
        """For each report due: its index in the regulation and its date."""
        return [(index, self._day(index)) for index in self.account.reports]

    @property
    def found_of_transactions(self) -> list[tuple[int, int, bool, Names, date | None]]:
        """The findings as of owners, with the last day for what is asked, if there is one."""
        return self._of_transactions()[0]

    @property
    def reports_of_transactions(self) -> list[tuple[int, int, date | None]]:
        """The reports due as of the account, after the transaction's position."""
        return self._of_transactions()[1]

    def _day(self, index: int) -> date | None:
        customer, facts, as_of, _ = self._asked
        day: date | None = self.account.judge.requested(_AccountWriter.day, index)(customer.__dict__, facts, as_of)
        return day

    def _of_transactions(self) -> tuple[list[Any], list[Any]]:
        customer, facts, as_of, transactions = self._asked
        if not transactions:
            return [], []
        account = self.account
        judge = account.judge.requested(_AccountWriter.transactions)
        told: tuple[list[Any], list[Any]] = judge(
            customer.__dict__, facts, account.provided, account.state, account.terms, as_of, transactions
        )
        return told


class Judge:
    """A bound regulation as Python functions.

    Attributes:
        source: the text of those that every record goes through.
        kept: the functions that keep what they gave for a state.
    """

    def __init__(self, program: Program) -> None:
        self._writer = _AccountWriter(program)
        self.source = self._writer.source()
        names = executed(self.source, self._writer)
        self._provide: Callable[..., tuple[tuple[Any, ...], Truths]] = names["provide"]
        self._observe: Callable[..., tuple[Truths, Sequence[Truths]]] = names["observe"]
        judge, judge_owner = names["judge"], names["judge_owner"]
        look_at_owner = names["look_at_owner"] = lru_cache(STATES)(names["look_at_owner"])

        @lru_cache(STATES)
        def account(provided: Truths, state: Truths) -> AccountAnswer:
            return AccountAnswer(self, provided, state, *judge(provided, state))

        @lru_cache(STATES)
        def owner(shared: Truths, state: Truths) -> OwnerAnswer:
            return OwnerAnswer(self, shared, state, judge_owner(shared, state))

        self._account, self._owner = account, owner
        self.kept = (account, owner, look_at_owner)
        self._last: tuple[Any, ...] = (None, None, None, None, ((), ()))
        self._requested: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self._writing = Lock()

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
        last = self._last
        if last[0] is not provider or last[1] is not upstream or last[2] is not parent or last[3] is not as_of:
            last = self._last = (provider, upstream, parent, as_of, self._provide(provider, upstream, parent, as_of))
        facts, provided = last[4]
        state, owners = self._observe(customer.__dict__, facts, as_of, unread_owners, unread_accesses)
        account = self._account(provided, state)
        answers = [self._owner(account.shared, owner) for owner in owners]
        return Judgement(account, answers, (customer, facts, as_of, transactions))

    def requested(self, write: Callable[..., list[str]], *about: Any) -> Callable[..., Any]:
        """A function that few records need, compiled when it is first asked for.

        Args:
            write: what gives its text, of :class:`_AccountWriter`.
            about: what it is about.
        """
        found = self._requested.get((write, *about))
        if found is None:
            with self._writing:
                text = "\n".join(write(self._writer, *about))
                found = self._requested[write, *about] = executed(text, self._writer)["asked"]
        return found


class _AccountWriter(Writer):
    """The texts of the functions of one program; those on request are all called ``asked``."""

    def __init__(self, program: Program) -> None:
        super().__init__({why.term.key: why.asks for why in program.whys})
        self._program = program
        worked_out = list(conditions(program))
        read = self._parts(node for node in worked_out if isinstance(node, Condition)).values()
        of_provider, of_account, self._of_owner = (
            [part for part in read if _subject(part) is subject]
            for subject in (Subject.PROVIDER, Subject.CUSTOMER, Subject.OWNER)
        )
        # What is asked of the date alone is asked of each owner, too.
        self._of_owner += [part for part in of_provider if _of_the_run(part)]
        values: list[Condition | Value[Any]] = [node for node in worked_out if isinstance(node, Value)]
        values += [part for part in read if not isinstance(part, Answer | Term | Rows) and part not in of_provider]
        self._facts = [field for field in dict.fromkeys(_fields(*values)) if field.holder in PROVIDERS]
        self._provided: list[Named] = [*of_provider, *program.terms_at(Stage.PROVIDER)]
        self._state: list[Named] = [*of_account, *program.rows]
        self._terms = program.terms_at(Stage.ACCOUNT)
        self._shared = self._asked_of_account()

    def _asked_of_account(self) -> list[Named]:
        """What the rules about owners, and what is asked of owners, take from the account."""
        program = self._program
        terms = [term for term in program.terms if term.subject is Subject.OWNER]
        own = {*self._called(self._of_owner), *self._called(terms)}
        asks = [*(ask for bound in program.owner_rules for ask in (*bound.missing, *bound.open)), *self._owner_asks()]
        asks += [ask for why in program.whys if why.term.key in own for ask in why.asks]
        nodes = [part for bound in program.owner_rules for part in (bound.when, bound.must)]
        nodes += [*(ask.when for ask in asks), *(term.part for term in terms)]
        return [part for name, part in self._parts(nodes).items() if name not in own]

    def _parts(self, nodes: Iterable[Condition]) -> dict[str, Named]:
        return {self.name(part): part for node in nodes for part in named(node)}

    def _owner_asks(self) -> list[Ask]:
        return [ask for ask in self._program.turns_on if ask.owner]

    def _called(self, parts: Iterable[Named | Field]) -> list[str]:
        return [self.name(part) for part in parts]

    # Every record ---------------------------------------------------------------------------------

    def source(self) -> str:
        """The functions that every record goes through."""
        texts = (self._provide(), self._look_at_owner(), self._observe(), self._judge(), self._judge_owner())
        return "\n".join([line for text in texts for line in (*text, "")])

    def _provide(self) -> list[str]:
        body = Body(self, "def provide(provider, upstream, parent, as_of):", here=("as_of",))
        facts, provided = ([body.bring(part) for part in parts] for parts in (self._facts, self._provided))
        return body.returning(f"{packed(facts)}, {packed(provided)}")

    def _observe(self) -> list[str]:
        body = Body(
            self,
            "def observe(customer, facts, as_of, unread_owners, unread_accesses):",
            self._held(facts=self._facts),
            here=("as_of", "unread_owners", "unread_accesses"),
        )
        for part in self._state:
            if not isinstance(part, Rows):
                body.bring(part)
        self._loop(Subject.ACCESS, body)
        body.line("owners = []")
        self._loop(Subject.OWNER, body)
        return body.returning(f"{packed(self._called(self._state))}, owners")

    def _loop(self, of: Subject, body: Body) -> None:
        rows = self._program.rows_of(of)
        table = "owners" if of is Subject.OWNER else "accesses"
        for row in rows:
            body.bring(row)
        if rows or of is Subject.OWNER:
            body.line(f"for row in customer['{table}']:")
            body.line(f"    {of} = row.__dict__")
            self._row(of, rows, body.inner())
        if rows:
            # A row that could not be read may have been the one that settles it.
            body.line(f"if unread_{table}:")
            for row in rows:
                body.line(f"    {row.key} = None if {row.key} is {row.every} else {row.key}")

    def _row(self, of: Subject, rows: list[Rows], each: Body) -> None:
        truths = [f"{row.key}_here" for row in rows]
        if of is Subject.OWNER:
            each.line(f"state = {packed([each.bring(part) for part in self._of_owner])}")
            each.line("owners.append(state)")
            if rows:
                each.line(f"{packed(truths)} = look_at_owner(state)")
        else:
            for name, row in zip(truths, rows, strict=True):
                each.define(name, each.truth(row.part))
        for name, row in zip(truths, rows, strict=True):
            # One decisive row settles it; an unknown one keeps it open.
            each.line(f"if {name} is not {row.every} and {row.key} is not {not row.every}:")
            each.line(f"    {row.key} = {name}")

    def _look_at_owner(self) -> list[str]:
        body = Body(self, "def look_at_owner(owner):", self._held(owner=self._of_owner))
        return body.returning(packed([f"({body.truth(row.part)})" for row in self._program.rows_of(Subject.OWNER)]))

    def _judge(self) -> list[str]:
        program = self._program
        body = Body(self, "def judge(provided, state):", self._held(provided=self._provided, state=self._state))
        terms, shared = ([body.bring(part) for part in parts] for parts in (self._terms, self._shared))
        self._ground(body)
        body.line("found = []")
        for index, bound in enumerate(program.customer_rules):
            self.finding(body, bound, f"found.append(({index}, True))", f"found.append(({index}, False))")
        body.line("reports = []")
        for due in program.reports:
            body.line(f"if {body.both(due.when)[0]}:")
            body.line(f"    reports.append({due.index})")
        answers = [f"({body.truth(part)})" for part in self._answers()]
        retained = f"True if {body.both(program.retention.when)[0]} else False"
        told = ["ground", *answers, "tuple(found)", "tuple(reports)", retained, packed(shared), packed(terms)]
        return body.returning(f"({', '.join(told)})")

    def _held(self, **parts: Sequence[Named | Field]) -> dict[str, list[str]]:
        return {name: self._called(members) for name, members in parts.items()}

    def _body_of_account(self) -> Body:
        held = self._held(provided=self._provided, state=self._state, terms=self._terms)
        return Body(self, "def asked(provided, state, terms):", held)

    def _answers(self) -> tuple[Condition, ...]:
        return self._program.foreign_customer, self._program.foreign_owner, self._program.foreign_reseller

    def _ground(self, body: Body) -> None:
        grounds = self._program.grounds
        body.line("ground = -1")
        both = [body.both(bound.when) for bound in grounds]
        for index, (yes, _) in enumerate(both):
            body.line(f"{'elif' if index else 'if'} {yes}:")
            body.line(f"    ground = {index}")
        for index, (yes, no) in enumerate(both):
            later = tuple(
                place
                for place in range(index + 1, len(grounds))
                if grounds[place].ground.disposition != grounds[index].ground.disposition
            )
            if later:
                body.line(f"if ground in {later} and not ({yes} or {no}):")
                body.line("    ground = -1")

    def _judge_owner(self) -> list[str]:
        body = self._body_of_owner("def judge_owner(shared, owner):")
        body.line("found = []")
        for index, bound in enumerate(self._program.owner_rules):
            self.finding(body, bound, f"found.append(({index}, True))", f"found.append(({index}, False))")
        return body.returning("tuple(found)")

    def _body_of_owner(self, head: str) -> Body:
        return Body(self, head, self._held(shared=self._shared, owner=self._of_owner))

    # On request -----------------------------------------------------------------------------------

    def missing(self, index: int, violated: bool) -> list[str]:  # noqa: FBT001 - as it stands in what was found
        """What to ask for after a finding about the customer."""
        bound = self._program.customer_rules[index]
        body = self._body_of_account()
        return body.returning(body.asked(bound.missing if violated else bound.open))

    def owner_missing(self, index: int, violated: bool) -> list[str]:  # noqa: FBT001
        """What to ask for after a finding about an owner."""
        bound = self._program.owner_rules[index]
        body = self._body_of_owner("def asked(shared, owner):")
        return body.returning(body.asked(bound.missing if violated else bound.open))

    def turns_on(self) -> list[str]:
        """What an open disposition depends on, but for facts of owners."""
        body = self._body_of_account()
        return body.returning(body.asked(ask for ask in self._program.turns_on if not ask.owner))

    def owner_turns_on(self) -> list[str]:
        """Which facts of an owner an open disposition depends on."""
        body = self._body_of_owner("def asked(shared, owner):")
        return body.returning(body.asked(self._owner_asks()))

    def day(self, index: int) -> list[str]:
        """The last day for a report, or with -1 of retention."""
        program = self._program
        due = next(due for due in (program.retention, *program.reports) if due.index == index)
        body = Body(self, "def asked(customer, facts, as_of):", self._held(facts=self._facts), here=("as_of",))
        return body.returning(body.value(due.by))

    def transactions(self) -> list[str]:
        """The findings and the reports due about training transactions."""
        program = self._program
        held = self._held(facts=self._facts, provided=self._provided, state=self._state, terms=self._terms)
        head = "def asked(customer, facts, provided, state, terms, as_of, transactions):"
        body = Body(self, head, held, here=("as_of",))
        body.line("found = []")
        body.line("reports = []")
        body.line("for place, transaction in enumerate(transactions):")
        each = body.inner()
        each.line("pass")
        for index, bound in enumerate(program.transaction_rules):
            by = each.value(bound.by)
            told = (
                f"found.append((place, {index}, {violated}, {each.asked(asks)}, {by}))"
                for violated, asks in ((True, bound.missing), (False, bound.open))
            )
            self.finding(each, bound, *told)
        for due in program.transaction_reports:
            yes, by = each.both(due.when)[0], each.value(due.by)
            each.line(f"if {yes}:")
            each.line(f"    reports.append((place, {due.index}, {by}))")
        return body.returning("found, reports")


def _subject(node: Named) -> Subject | None:
    """Whose state a fact or test belongs to, if it is kept in one: who is read last of those it is about."""
    if isinstance(node, Term | Rows):
        return None
    holders = {node.holder} if isinstance(node, Answer) else {field.holder for field in _fields(node)}
    if holders & {Subject.TRANSACTION, Subject.ACCESS}:
        return None
    return next((subject for subject in (Subject.OWNER, Subject.CUSTOMER) if subject in holders), Subject.PROVIDER)


def _of_the_run(node: Named) -> bool:
    return not isinstance(node, Answer | Term | Rows) and {field.holder for field in _fields(node)} <= {Subject.RUN}


def _fields(*nodes: Condition | Value[Any]) -> Iterator[Field]:
    return (leaf for node in nodes for leaf in leaves(node) if isinstance(leaf, Field))
