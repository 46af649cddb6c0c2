"""A bound regulation as SQL text: no driver, no I/O.

``NULL`` is unknown and SQL's AND, OR and NOT are Kleene's, so conditions print as they stand. The
queries build on each other in the order of :func:`queries`; a runner makes each a table or a view.

Tables they read: ``customers``, ``owners``, ``accesses`` (columns named as the fields of records, with
``record`` for the order, ``owner_pos`` for an owner's place and ``ip_reachable`` for an address),
``unread`` (accounts of which a row of an owner or access could not be read), ``training`` (with ``row``
for the order) and ``providers``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, Final

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
from kycrule.engines.common import Common
from kycrule.engines.dialects import DUCKDB, Dialect
from kycrule.expr import (
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
    Plus,
    Subject,
    Undecided,
    Value,
)
from kycrule.provisions import Regulation
from kycrule.records import Record


@dataclass(frozen=True, slots=True)
class Query:
    """One step of a run.

    Attributes:
        name: of its table.
        text: the select that makes it.
        wide: whether it is cheaper worked out anew for the few columns that each use wants than kept with all.
    """

    name: str
    text: str
    wide: bool = False


_AFTER_OWNERS: Final = 1 << 40
"""Findings of transactions come after those of the account and of its owners."""


def queries(program: Program, as_of: date, dialect: Dialect = DUCKDB) -> tuple[Query, ...]:
    """The steps of a run, in order; the last three are the results.

    ``determinations`` has one row for each customer, ``findings`` one for each duty violated or
    undetermined, ``due`` one for each report due.
    """
    return _AccountPrinter(program, as_of, dialect).queries()


def standing_queries(standing: Standing, as_of: date, dialect: Dialect = DUCKDB) -> tuple[Query, ...]:
    """The steps for the tables ``providers`` and ``resellers``; the last two are the results.

    ``standing_findings`` and ``standing_due`` have the columns of ``findings`` and ``due``; their records are
    negative, those of providers before those of resellers.
    """
    return _StandingPrinter(standing, as_of, dialect).queries()


def whole(steps: Iterable[Query], text: str, dialect: Dialect = DUCKDB) -> str:
    r"""A query as one text, with those of the steps before it that it needs.

    >>> whole([Query("a", "SELECT 1 AS x"), Query("b", "SELECT 2"), Query("c", "SELECT x FROM a")], "SELECT * FROM c")
    'WITH a AS (SELECT 1 AS x),\nc AS (SELECT x FROM a)\nSELECT * FROM c'
    """
    needed = _words(text)
    kept: list[Query] = []
    for step in reversed(list(steps)):
        if step.name in needed:
            needed |= _words(step.text)
            kept.append(step)
    inner = ",\n".join(dialect.step.format(name=step.name, text=step.text) for step in reversed(kept))
    return f"WITH {inner}\n{text}" if inner else text


def rows(model: type[Record], records: Sequence[Record], dialect: Dialect) -> str:
    """Records as a select, with ``place`` for their order.

    >>> from kycrule.records import Provider
    >>> rows(Provider, [], DUCKDB).endswith(", 0 AS place) AS s WHERE FALSE")
    True
    """

    def values(record: Record | None) -> list[str]:
        return [dialect.literal(getattr(record, column.name, None)) for column in model.columns()]

    def cast(record: Record | None, place: int) -> list[str]:
        types = (dialect.type_of(column.form) for column in model.columns())
        return [*(f"CAST({value} AS {kind})" for value, kind in zip(values(record), types, strict=True)), str(place)]

    names = [*(dialect.named(column.name) for column in model.columns()), "place"]
    if not records:
        first = dialect.rows(names, [cast(None, 0)])
        return f"SELECT * FROM ({first}) AS s WHERE FALSE"
    # The types of the first are those of all.
    others = ([*values(record), str(place)] for place, record in enumerate(records[1:], start=1))
    return dialect.rows(names, [cast(records[0], 0), *others])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


class _Printer:
    def __init__(self, regulation: Regulation, as_of: date, dialect: Dialect) -> None:
        self._order = {rule.code: index for index, rule in enumerate(regulation.rules)}
        self._as_of = as_of
        self._dialect = dialect
        self._whys: dict[str, tuple[Ask, ...]] = {}
        self._common = Common()

    # Values and conditions ------------------------------------------------------------------------

    def value(self, node: Value[Any]) -> str:
        match node:
            case Constant(value=value):
                return self._dialect.literal(value)
            case Field(holder=Subject.RUN):
                return self._dialect.literal(self._as_of)
            case Field(holder=holder, name=name):
                return f"{holder}_{name}"
            case Plus(start=start, period=period):
                return self._shifted(start, period.years, period.days)
            case Before(end=end, period=period):
                return self._shifted(end, -period.years, -period.days)
            case Later(left=left, right=right):
                return self._pick(left, ">=", right)
            case Earlier(left=left, right=right):
                return self._pick(left, "<=", right)
            case FirstGiven(left=left, right=right):
                return f"COALESCE({self.value(left)}, {self.value(right)})"
            case _:
                raise NotImplementedError(type(node).__name__)

    def _shifted(self, day: Value[Any], years: int, days: int) -> str:
        form = self._dialect.plus_years if years else self._dialect.plus_days
        return form.format(date=self.value(day), count=years or days)

    def _pick(self, left: Value[Any], operator: str, right: Value[Any]) -> str:
        one, other = self.value(left), self.value(right)
        return f"CASE WHEN {one} {operator} {other} THEN {one} WHEN NOT ({one} {operator} {other}) THEN {other} END"

    def truth(self, node: Condition) -> str:
        return self._common.name(node) or self._spelt(node)

    def _spelt(self, node: Condition) -> str:
        match node:
            case Certain(truth=truth):
                return self._dialect.literal(truth)
            case Undecided():
                return "CAST(NULL AS BOOLEAN)"
            case Answer(holder=holder, name=name):
                return f"{holder}_{name}"
            case Term(key=key) | Rows(key=key):
                return key
            case And(parts=parts):
                return "(" + " AND ".join(self.truth(part) for part in parts) + ")"
            case Or(parts=parts):
                return "(" + " OR ".join(self.truth(part) for part in parts) + ")"
            case Not(part=part):
                return f"(NOT {self.truth(part)})"
            case Is(part=part, truth=None):
                return f"({self.truth(part)} IS NULL)"
            case Is(part=part, truth=truth):
                form = self._dialect.is_true if truth else self._dialect.is_false
                return form.format(part=self.truth(part))
            case Given(value=value):
                return f"({self.value(value)} IS NOT NULL)"
            case Compare(left=left, operator=operator, right=right):
                return f"({self.value(left)} {operator} {self.value(right)})"
            case OneOf(value=value, members=members):
                return f"({self.value(value)} IN ({self._listed(members)}))"
            case IncludesAny(value=value, members=members):
                names = self._dialect.texts.format(items=self._listed(members))
                return self._dialect.overlaps.format(left=self.value(value), right=names)
            case _:
                raise NotImplementedError(type(node).__name__)

    def _listed(self, members: Iterable[str]) -> str:
        return ", ".join(self._dialect.quoted(member) for member in sorted(members))

    # Parts of steps -------------------------------------------------------------------------------

    def _asked(self, asks: Iterable[Ask]) -> str:
        dialect = self._dialect
        lists: list[str] = []
        items: list[str] = []

        def flush() -> None:
            if items:
                lists.append(dialect.compact.format(list=dialect.texts.format(items=", ".join(items))))
                items.clear()

        for ask in asks:
            when = self.truth(ask.when)
            if ask.term is None:
                items.append(f"CASE WHEN {when} THEN {dialect.quoted(ask.label)} END")
            else:
                flush()
                lists.append(f"CASE WHEN {when} THEN why_{ask.term.key} ELSE {dialect.no_texts} END")
        flush()
        if not lists:
            return dialect.no_texts
        return reduce(lambda left, right: dialect.concat.format(left=left, right=right), lists)

    def _levels(self, base: str, terms: Iterable[Term], last: str = "*") -> str:
        """Nested selects, each adding the terms that need only what is below it."""
        text = base
        done: set[str] = set()
        waiting = list(terms)
        names = {term.key for term in waiting}
        while waiting:
            ready = [term for term in waiting if not (_direct(term) & names - done)]
            text = self._with(f"({text})", {term.key: self.truth(term.part) for term in ready})
            whys = {
                f"why_{term.key}": f"CASE WHEN {term.key} IS NULL THEN {self._asked(self._whys[term.key])} "
                f"ELSE {self._dialect.no_texts} END"
                for term in ready
                if term.key in self._whys
            }
            if whys:
                text = self._with(f"({text})", whys)
            done |= {term.key for term in ready}
            waiting = [term for term in waiting if term.key not in done]
        return f"SELECT {last} FROM ({text}) AS s" if last != "*" else text

    def _with(self, table: str, columns: Mapping[str, str]) -> str:
        """A select of a table with further columns, which need only what it has."""
        listed = ", ".join(f"{text} AS {name}" for name, text in columns.items())
        return self._dialect.level.format(table=table, columns=listed, names=", ".join(columns))

    def _named(self, column: str) -> str:
        # `at` is a word of SQL.
        return self._dialect.named(column)

    def _fields(self, holder: Subject, worked_out: Iterable[Condition | Value[Any]]) -> list[str]:
        # What is worked out includes the parts of all terms.
        found = {
            leaf.name
            for condition in worked_out
            for leaf in leaves(condition, through_terms=False)
            if isinstance(leaf, Field | Answer) and leaf.holder is holder and not leaf.name.startswith("unread_")
        }
        return sorted(found)

    def _served(self, provider: str, worked_out: Iterable[Condition | Value[Any]], *columns: str) -> str:
        """A select of providers with those behind them; ``provider`` is the table, with its joins."""
        worked_out = list(worked_out)
        joined = [
            f"{table}.{self._named(name)} AS {holder}_{name}"
            for holder, table in (
                (Subject.PROVIDER, "p"),
                (Subject.UPSTREAM, "u"),
                (Subject.PARENT, "o"),
            )
            for name in self._fields(holder, worked_out)
        ]
        return (
            f"SELECT {', '.join([*columns, *joined])} FROM {provider} "
            "LEFT JOIN providers AS u ON u.id = p.resells_for LEFT JOIN providers AS o ON o.id = p.parent"
        )

    def _found(self, rules: Iterable[BoundRule], table: str, subject: str, place: str) -> str:
        dialect = self._dialect
        rules = list(rules)
        table = self._with_common(rules, table)
        items: list[str] = []
        for bound in rules:
            when, must = self.truth(bound.when), self.truth(bound.must)
            lacking = dialect.is_false.format(part=must)
            violated = f"({dialect.is_true.format(part=when)} AND {lacking})"
            missing, unsettled = self._asked(bound.missing), self._asked(bound.open)
            concerned, met = dialect.is_false.format(part=when), dialect.is_true.format(part=must)
            items.append(
                dialect.candidate.format(
                    hit=f"NOT {concerned} AND NOT {met}",
                    rule=self._order[bound.rule.code],
                    violated=violated,
                    missing=f"CASE WHEN {violated} THEN {missing} ELSE {unsettled} END",
                    due_on=self._by(bound.by),
                )
            )
        self._common = Common()
        kept = f"record, account_id, {subject} AS subject, {place} AS place"
        return dialect.candidates.format(kept=kept, table=table, items=", ".join(items))

    def _with_common(self, rules: Iterable[BoundRule], table: str) -> str:
        """A table with columns for what rules have in common, which stands for it from then on."""
        parts = [
            part
            for rule in rules
            for part in (*(rule.when, rule.must) * 2, *(ask.when for ask in (*rule.missing, *rule.open)))
        ]
        self._common = Common(parts)
        for level in self._common.levels:
            columns = {self._common.name(node) or "": self._spelt(node) for node in level}
            table = f"({self._with(table, columns)})"
        return table

    def _reported(self, due: BoundDue, table: str, subject: str, place: str) -> str:
        return (
            f"SELECT record, account_id, {subject} AS subject, {place} AS place, {due.index} AS report, "
            f"{self._by(due.by)} AS due_on, {self._by(due.opens)} AS opens_on FROM {table} WHERE {self.truth(due.when)}"
        )

    def _by(self, day: Value[date] | None) -> str:
        return "CAST(NULL AS DATE)" if day is None else self.value(day)


class _AccountPrinter(_Printer):
    def __init__(self, program: Program, as_of: date, dialect: Dialect) -> None:
        super().__init__(program.regulation, as_of, dialect)
        self._program = program
        self._whys = {why.term.key: why.asks for why in program.whys}

    def queries(self) -> tuple[Query, ...]:
        return (
            Query("provider_terms", self._providers()),
            Query("access_totals", self._totals(Subject.ACCESS, "accesses")),
            Query("owner_terms", self._owner_terms()),
            Query("owner_totals", self._totals(Subject.OWNER, "owner_terms")),
            Query("accounts", self._accounts()),
            Query("owned", self._owned(), wide=True),
            Query("determinations", self._determinations()),
            Query("transacted", self._transacted()),
            Query("findings", self._findings()),
            Query("due", self._due()),
        )

    def _providers(self) -> str:
        base = self._served("providers AS p", conditions(self._program), "p.id AS provider_key")
        return self._levels(base, self._program.terms_at(Stage.PROVIDER))

    def _owner_terms(self) -> str:
        fields = [f"{self._named(name)} AS owner_{name}" for name in self._own(Subject.OWNER)]
        called = f"COALESCE(owner_id, '#' || CAST(owner_pos AS {self._dialect.text})) AS owner_called"
        base = f"SELECT {', '.join(['account_id AS owner_account', 'owner_pos', called, *fields])} FROM owners"
        return self._levels(base, self._program.terms_at(Stage.ROW, Subject.OWNER))

    def _totals(self, of: Subject, table: str) -> str:
        account = "owner_account" if of is Subject.OWNER else "account_id"
        columns = [f"{account} AS totals_account"]
        source = table
        if of is Subject.ACCESS:
            fields = [f"{self._named(name)} AS access_{name}" for name in self._own(of)]
            source = f"(SELECT {', '.join(['account_id', *fields])} FROM {table}) AS a"
        for row in self._program.rows_of(of):
            # One decisive row settles it; an unknown one keeps it open (2 yes, 1 unknown, 0 no).
            told = self.truth(row.part)
            scale = f"CASE WHEN {told} THEN 2 WHEN ({told}) IS NULL THEN 1 ELSE 0 END"
            columns.append(f"{'MIN' if row.every else 'MAX'}({scale}) AS {row.key}_total")
        return f"SELECT {', '.join(columns)} FROM {source} GROUP BY {account}"

    def _accounts(self) -> str:
        columns = ["c.record", "c.account_id"]
        columns += [f"c.{self._named(name)} AS customer_{name}" for name in self._own(Subject.CUSTOMER)]
        columns += [f"p.{name}" for name in self._provided()]
        columns += [f"COALESCE(n.{table}, FALSE) AS customer_unread_{table}" for table in ("owners", "accesses")]
        for table, of in (("t", Subject.OWNER), ("a", Subject.ACCESS)):
            rows = self._program.rows_of(of)
            columns += [f"{self._settled(row, f'{table}.{row.key}_total')} AS {row.key}" for row in rows]
        base = (
            f"SELECT {', '.join(columns)} FROM customers AS c "
            "LEFT JOIN provider_terms AS p ON p.provider_key = c.served_by "
            "LEFT JOIN owner_totals AS t ON t.totals_account = c.account_id "
            "LEFT JOIN access_totals AS a ON a.totals_account = c.account_id "
            "LEFT JOIN unread AS n ON n.account_id = c.account_id"
        )
        return self._levels(base, self._program.terms_at(Stage.ACCOUNT), last=f"*, {self._disposition()} AS ground")

    def _settled(self, row: Rows, total: str) -> str:
        unread = "n.owners" if row.of is Subject.OWNER else "n.accesses"
        if row.every:
            return f"CASE WHEN {total} = 0 THEN FALSE WHEN {total} = 1 OR {unread} THEN NULL ELSE TRUE END"
        return f"CASE WHEN {total} = 2 THEN TRUE WHEN {total} = 1 OR {unread} THEN NULL ELSE FALSE END"

    def _disposition(self) -> str:
        grounds = self._program.grounds
        arms: list[str] = []
        for index, bound in enumerate(grounds):
            others = [
                f"({self.truth(earlier.when)}) IS NULL"
                for earlier in grounds[:index]
                if earlier.ground.disposition != bound.ground.disposition
            ]
            told = f"CASE WHEN {' OR '.join(others)} THEN -1 ELSE {index} END" if others else str(index)
            arms.append(f"WHEN {self.truth(bound.when)} THEN {told}")
        return f"CASE {' '.join(arms)} END"

    def _owned(self) -> str:
        owner = self._program.terms_at(Stage.EACH, Subject.OWNER)
        base = "SELECT o.*, a.* FROM owner_terms AS o JOIN accounts AS a ON a.account_id = o.owner_account"
        return self._levels(base, owner)

    def _transacted(self) -> str:
        fields = [f"t.{self._named(name)} AS transaction_{name}" for name in self._own(Subject.TRANSACTION)]
        columns = ["t.transaction_id", f"{_AFTER_OWNERS} + t.{self._named('row')} AS transaction_place", *fields, "a.*"]
        base = f"SELECT {', '.join(columns)} FROM training AS t JOIN accounts AS a ON a.account_id = t.account_id"
        return self._levels(base, self._program.terms_at(Stage.EACH, Subject.TRANSACTION))

    def _determinations(self) -> str:
        program, dialect = self._program, self._dialect
        columns = ["a.record", "a.account_id"]
        grounds = [bound.ground for bound in program.grounds]
        for name, told, other in (
            ("disposition", [ground.disposition for ground in grounds], "undetermined"),
            ("basis", [ground.cites for ground in grounds], program.regulation.open_question),
        ):
            arms = " ".join(f"WHEN {index} THEN {dialect.quoted(text)}" for index, text in enumerate(told))
            columns.append(f"CASE ground {arms} ELSE {dialect.quoted(other)} END AS {name}")
        columns += [
            f"{self.truth(answer)} AS {name}"
            for name, answer in (
                ("foreign_customer", program.foreign_customer),
                ("foreign_owner", program.foreign_owner),
                ("foreign_reseller", program.foreign_reseller),
            )
        ]
        plain = self._asked(ask for ask in program.turns_on if not ask.owner)
        owned = self._asked(ask for ask in program.turns_on if ask.owner)
        turns_on = dialect.concat.format(left=plain, right=f"COALESCE(w.of_owners, {dialect.no_texts})")
        columns.append(f"CASE WHEN ground = -1 THEN {turns_on} ELSE {dialect.no_texts} END AS turns_on")
        retention = program.retention
        assert retention.by is not None  # noqa: S101 - a retention without an end keeps nothing
        columns.append(f"CASE WHEN {self.truth(retention.when)} THEN {self.value(retention.by)} END AS retain_until")
        asked = dialect.numbered.format(
            kept="account_id, owner_pos, owner_called",
            list="names",
            table=f"(SELECT *, {owned} AS names FROM owned WHERE ground = -1) AS x",
        )
        gathered = dialect.gather.format(value="'owners[' || owner_called || '].' || member", order="owner_pos, place")
        return (
            f"SELECT {', '.join(columns)} FROM accounts AS a LEFT JOIN ("
            f"SELECT account_id, {gathered} AS of_owners FROM ({asked}) AS y GROUP BY account_id"
            f") AS w ON w.account_id = a.account_id"
        )

    def _findings(self) -> str:
        queries = [
            self._found(rules, table, subject, place)
            for rules, table, subject, place in (
                (self._program.customer_rules, "accounts", "account_id", "0"),
                (self._program.owner_rules, "owned", "owner_called", "owner_pos"),
                (self._program.transaction_rules, "transacted", "transaction_id", "transaction_place"),
            )
            if rules
        ]
        nothing = (
            "SELECT record, account_id, account_id AS subject, 0 AS place, 0 AS rule, FALSE AS violated, "
            f"{self._dialect.no_texts} AS missing, CAST(NULL AS DATE) AS due_on FROM accounts WHERE FALSE"
        )
        return " UNION ALL ".join(queries or [nothing])

    def _due(self) -> str:
        sources = (
            (self._program.reports, "accounts", f"CAST(NULL AS {self._dialect.text})", "0"),
            (self._program.transaction_reports, "transacted", "transaction_id", "transaction_place"),
        )
        queries = [
            self._reported(due, table, subject, place) for dues, table, subject, place in sources for due in dues
        ]
        nothing = (
            "SELECT record, account_id, account_id AS subject, 0 AS place, 0 AS report, "
            "CAST(NULL AS DATE) AS due_on, CAST(NULL AS DATE) AS opens_on FROM accounts WHERE FALSE"
        )
        return " UNION ALL ".join(queries or [nothing])

    def _provided(self) -> list[str]:
        facts = [f"{holder}_{name}" for holder in sorted(PROVIDERS) for name in self._own(holder)]
        return [*facts, *(term.key for term in self._program.terms_at(Stage.PROVIDER))]

    def _own(self, holder: Subject) -> list[str]:
        return self._fields(holder, conditions(self._program))


class _StandingPrinter(_Printer):
    def __init__(self, standing: Standing, as_of: date, dialect: Dialect) -> None:
        super().__init__(standing.regulation, as_of, dialect)
        self._standing = standing

    def queries(self) -> tuple[Query, ...]:
        standing = self._standing
        of_providers = ("standing_providers", "provider_called", "provider_place")
        of_resellers = ("standing_resellers", "reseller_called", "reseller_place")
        found = (
            self._found(standing.provider_rules, *of_providers),
            self._found(standing.reseller_rules, *of_resellers),
        )
        due = (
            *(self._reported(due, *of_providers) for due in standing.provider_reports),
            *(self._reported(due, *of_resellers) for due in standing.reseller_reports),
        )
        return (
            Query("standing_providers", self._providers()),
            Query("standing_resellers", self._resellers()),
            Query("standing_findings", " UNION ALL ".join(found)),
            Query("standing_due", " UNION ALL ".join(due)),
        )

    def _providers(self) -> str:
        worked_out = self._worked_out(self._standing.provider_rules, self._standing.provider_reports)
        own = self._standing.terms_of(*PROVIDERS)
        called = ("p.id AS provider_called", "p.place AS provider_place")
        base = self._served("providers AS p", [*worked_out, *(term.part for term in own)], *self._nobody(-2), *called)
        return self._levels(base, own)

    def _resellers(self) -> str:
        worked_out = self._worked_out(self._standing.reseller_rules, self._standing.reseller_reports)
        terms = self._standing.terms_of(*PROVIDERS, Subject.RESELLER)
        worked_out += [term.part for term in terms]
        called = ("r.id AS reseller_called", "r.place AS reseller_place")
        fields = (f"r.{self._named(name)} AS reseller_{name}" for name in self._fields(Subject.RESELLER, worked_out))
        table = "resellers AS r LEFT JOIN providers AS p ON p.id = r.supplied_by"
        return self._levels(self._served(table, worked_out, *self._nobody(-1), *called, *fields), terms)

    def _nobody(self, record: int) -> tuple[str, str]:
        """The columns of an account where there is none."""
        return f"{record} AS record", f"CAST(NULL AS {self._dialect.text}) AS account_id"

    def _worked_out(self, rules: Iterable[BoundRule], reports: Iterable[BoundDue]) -> list[Condition | Value[Any]]:
        return [
            *(part for rule in rules for part in of_rule(rule)),
            *(part for due in reports for part in of_due(due)),
        ]


def _direct(term: Term) -> set[str]:
    return {leaf.key for leaf in leaves(term.part, through_terms=False) if isinstance(leaf, Term)}
