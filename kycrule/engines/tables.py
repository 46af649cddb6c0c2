"""The tables of a user as the tables that the steps of a run read: texts made values, and what is wrong set apart.

The same rows go to quarantine, with the same codes, as from files (:mod:`kycrule.intake`). No row has a place in a file
here: an account is found by its id, and an owner without an id by its place among the owners of the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kycrule import faults
from kycrule.engines.cells import CODES, cell, country_codes
from kycrule.engines.dialects import Dialect
from kycrule.engines.reachable import with_reachable
from kycrule.engines.sql import Query
from kycrule.faults import FAULTS, Fault
from kycrule.records import JUDGED, NOBODY, Access, BeneficialOwner, Column, Customer, Record, TrainingTransaction

ROW: Final = "row"
"""A column of numbers that owners and training may have: the order of their rows. Else their content orders them."""

NEEDED: Final = {
    "customers": ("account_id",),
    "owners": ("account_id",),
    "accesses": ("account_id", "ip"),
    "training": ("transaction_id", "account_id"),
}
"""The columns that each table must have."""

_REQUIRED: Final = {
    "account_id": faults.MISSING_ACCOUNT_ID,
    "transaction_id": faults.MISSING_TRANSACTION_ID,
}
_WITHOUT_ACCOUNT: Final = {
    "owners": faults.OWNER_WITHOUT_ACCOUNT,
    "accesses": faults.ACCESS_WITHOUT_ACCOUNT,
    "training": faults.TRANSACTION_WITHOUT_ACCOUNT,
}
_IDS: Final = {"customers": "account_id", "owners": "owner_id", "training": "transaction_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A table of a user.

    Attributes:
        source: what stands after FROM.
        columns: those of ours that it has, in its order.
    """

    source: str
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What may be wrong with a row beside its cells."""

    fault: Fault
    column: str
    when: str


def queries(given: Mapping[str, Given], providers: Sequence[str] | None, dialect: Dialect) -> tuple[Query, ...]:
    """The steps from a user's tables to those that the steps of a run read; ``quarantine`` is the last.

    Args:
        given: the user's tables by role; customers are always among them.
        providers: the ids that ``served_by`` may name; None if nothing is known of who serves.
        dialect: the engine's.
    """
    return tuple(_Printer(given, providers, dialect).steps())


class _Printer:
    def __init__(self, given: Mapping[str, Given], providers: Sequence[str] | None, dialect: Dialect) -> None:
        self._given = given
        self._providers = providers
        self._dialect = dialect
        self._good = " AND ".join(f"{dialect.size.format(list=name)} = 0" for name in ("wrong", "besides"))

    def steps(self) -> Iterator[Query]:
        yield from self._customers()
        yield from self._owners()
        yield from self._accesses()
        yield from self._training()
        yield Query("unread", self._unread())
        yield Query("quarantine", self._quarantine())

    # The tables -----------------------------------------------------------------------------------

    def _customers(self) -> Iterator[Query]:
        serving = "served_by"
        besides = [_Wrong(faults.DUPLICATE_ACCOUNT_ID, "account_id", "times > 1 AND account_id IS NOT NULL")]
        if self._providers is None:
            serving = self._dialect.quoted(NOBODY.id)
        else:
            if len(self._providers) == 1:
                serving = f"COALESCE(served_by, {self._dialect.quoted(self._providers[0])})"
            listed = ", ".join(map(self._dialect.quoted, self._providers))
            alone = f"{self._dialect.size.format(list='wrong')} = 0"
            besides += [
                _Wrong(faults.UNKNOWN_PROVIDER, "served_by", f"{alone} AND {serving} NOT IN ({listed})"),
                _Wrong(faults.UNNAMED_PROVIDER, "served_by", f"{alone} AND {serving} IS NULL"),
            ]
        yield Query("customers_read", self._read("customers"))
        times = "COUNT(*) OVER (PARTITION BY account_id) AS times"
        yield Query("customers_checked", self._checked("customers", times, besides))
        others = [self._dialect.named(column.name) for column in Customer.columns() if column.name != "served_by"]
        yield Query(
            "customers", self._kept("customers", *others, f"{serving} AS served_by", "CAST(NULL AS BIGINT) AS record")
        )
        yield Query(
            "account_keys",
            f"SELECT account_id, MAX(CASE WHEN {self._good} THEN 1 ELSE 0 END) AS judged "
            "FROM customers_checked WHERE account_id IS NOT NULL GROUP BY account_id",
        )

    def _owners(self) -> Iterator[Query]:
        yield Query("owners_read", self._read("owners"))
        times = (
            f"{self._placed('owners')} AS owner_pos, "
            "CASE WHEN owner_id IS NOT NULL THEN COUNT(*) OVER (PARTITION BY account_id, owner_id) END AS times"
        )
        twice = [_Wrong(faults.DUPLICATE_OWNER_ID, "owner_id", "times > 1")]
        yield Query("owners_checked", self._checked("owners", times, twice))
        yield Query("owners", self._kept("owners", *self._named(BeneficialOwner), "owner_pos"))

    def _accesses(self) -> Iterator[Query]:
        yield Query("accesses_read", self._read("accesses"))
        yield Query("accesses_checked", self._checked("accesses", "1 AS times", []))
        ip, at, action = self._named(Access)[1:]
        states = f"SELECT account_id, ip_reachable, MIN({ip}) AS {ip}, MIN({at}) AS {at}"
        # The rule asks whether there are an address and a time, and never which: a few rows say it for an account.
        alike = f"account_id, ip_reachable, {ip} IS NULL, {at} IS NULL"
        query = f"{states}, {self._good} AS good FROM accesses_checked GROUP BY {alike}, {self._good}"
        yield Query("access_states", query)
        yield Query(
            "accesses",
            f"SELECT account_id, {ip}, ip_reachable, {at}, CAST(NULL AS {self._dialect.text}) AS {action} "
            "FROM access_states WHERE good",
        )

    def _training(self) -> Iterator[Query]:
        yield Query("training_read", self._read("training"))
        place = self._dialect.named(ROW)
        times = f"{self._placed('training')} AS {place}, COUNT(*) OVER (PARTITION BY transaction_id) AS times"
        twice = [_Wrong(faults.DUPLICATE_TRANSACTION_ID, "transaction_id", "times > 1 AND transaction_id IS NOT NULL")]
        yield Query("training_checked", self._checked("training", times, twice))
        yield Query("training", self._kept("training", *self._named(TrainingTransaction), place))

    # Parts of them --------------------------------------------------------------------------------

    def _named(self, model: type[Record]) -> list[str]:
        return [self._dialect.named(column.name) for column in model.columns()]

    def _listed(self, faulty: Iterable[str]) -> str:
        """A list of the texts that are not NULL."""
        return self._dialect.compact.format(list=self._dialect.texts.format(items=", ".join(faulty)))

    def _read(self, role: str) -> str:
        """The typed values of each row, and a list of what is wrong with its cells: a code and a column each."""
        dialect, columns = self._dialect, JUDGED[role].columns()
        given = self._given.get(role)
        absent = {column.name: f"CAST(NULL AS {dialect.type_of(column.form)})" for column in columns}
        if given is None:
            told = [f"{absent[column.name]} AS {dialect.named(column.name)}" for column in columns]
            told += ["CAST(NULL AS BOOLEAN) AS ip_reachable"] * (role == "accesses")
            told += [f"{dialect.no_texts} AS wrong"]
            return f"SELECT {', '.join(told)} FROM customers_read WHERE FALSE"
        made = {column.name: cell(column, dialect) for column in _in_order(given, columns)}
        plain = [f"{each.plain} AS t_{name}" for name, each in made.items()]
        plain += [f"{dialect.named(ROW)} AS given_row"] * (ROW in given.columns)
        plain.append(f"{country_codes(dialect)} AS {CODES}")
        table = f"(SELECT {', '.join(plain)} FROM {given.source}{dialect.apart})"
        if role == "accesses":
            table = f"({with_reachable(table, 't_ip', dialect)})"
        values = ", ".join(f"{each.value} AS v_{name}" for name, each in made.items())
        told = [
            f"{f'v_{column.name}' if column.name in made else absent[column.name]} AS {dialect.named(column.name)}"
            for column in columns
        ]
        told += ["t_ip_reachable AS ip_reachable"] * (role == "accesses")
        told += ["given_row"] * (ROW in given.columns)
        wrong = [told for name, each in made.items() for told in (_missing(name), each.wrong) if told]
        told.append(f"{self._listed(wrong)} AS wrong")
        return f"SELECT {', '.join(told)} FROM (SELECT *, {values} FROM {table} AS p{dialect.apart}) AS v"

    def _checked(self, role: str, more: str, besides: Iterable[_Wrong]) -> str:
        """Each row as it was read, with further columns and a list of what is wrong with it beside its cells."""
        told = [f"CASE WHEN {each.when} THEN '{each.fault.code} {each.column}' END" for each in besides]
        listed = self._listed(told) if told else self._dialect.no_texts
        return f"SELECT *, {listed} AS besides FROM (SELECT *, {more} FROM {role}_read AS r) AS t"

    def _kept(self, role: str, *columns: str) -> str:
        """The rows with which nothing is wrong."""
        return f"SELECT {', '.join(columns)} FROM {role}_checked WHERE {self._good}"

    def _placed(self, role: str) -> str:
        """The place of a row among those of its account."""
        given = self._given.get(role)
        order = ["given_row"]
        if given is None or ROW not in given.columns:
            # Whatever the order in which the rows come, it is the same one.
            first = self._dialect.named(_IDS[role])
            columns = (column for column in JUDGED[role].columns() if not column.form.many)
            others = (self._dialect.named(column.name) for column in columns)
            order = [first, *(name for name in others if name not in {first, self._dialect.named("account_id")})]
        listed = ", ".join(f"{name} NULLS LAST" for name in order)
        return f"ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY {listed})"

    # Rows that are wrong --------------------------------------------------------------------------

    def _unread(self) -> str:
        """The accounts of which a row of an owner or access could not be read."""
        bad = f"account_id IS NOT NULL AND NOT ({self._good})"
        rows = [f"SELECT account_id, 1 AS owners, 0 AS accesses FROM owners_checked WHERE {bad}"]
        rows.append("SELECT account_id, 0, 1 FROM access_states WHERE account_id IS NOT NULL AND NOT good")
        return (
            "SELECT account_id, MAX(owners) = 1 AS owners, MAX(accesses) = 1 AS accesses "
            f"FROM ({' UNION ALL '.join(rows)}) AS u GROUP BY account_id"
        )

    def _quarantine(self) -> str:
        """One line for each row that is wrong: its table and ids, its first fault, and a list of all of them."""
        dialect = self._dialect
        first = dialect.first.format(list="faults")
        says = " ".join(f"WHEN '{fault.code}' THEN {dialect.quoted(fault.says)}" for fault in FAULTS)
        bad = " UNION ALL ".join(self._bad(role) for role in JUDGED if role in self._given)
        return (
            f"SELECT table_name, account_id, id, substr({first}, 1, 4) AS code, substr({first}, 6) AS column_name, "
            f"CASE substr({first}, 1, 4) {says} END AS reason, faults FROM ({bad}) AS b"
        )

    def _bad(self, role: str) -> str:
        dialect = self._dialect
        table, some = f"{role}_checked", "wrong"
        if role in _WITHOUT_ACCOUNT:
            # A row without a fault of its own may still belong to no account that is judged.
            alone = f"{dialect.size.format(list='r.wrong')} = 0"
            judged = (
                f"CASE WHEN {alone} AND k.judged IS NULL THEN '{_WITHOUT_ACCOUNT[role].code} account_id' "
                f"WHEN {alone} AND k.judged = 0 THEN '{faults.QUARANTINED_ACCOUNT.code} account_id' END"
            )
            table = f"{role}_checked AS r LEFT JOIN account_keys AS k ON k.account_id = r.account_id"
            some = dialect.concat.format(left="r.wrong", right=self._listed([judged]))
            table = f"(SELECT r.*, {some} AS all_wrong FROM {table}) AS a"
            some = "all_wrong"
        every = dialect.concat.format(left=some, right="besides")
        identity = dialect.named(_IDS[role]) if role in _IDS else f"CAST(NULL AS {dialect.text})"
        rows = f"SELECT '{role}' AS table_name, account_id, {identity} AS id, {every} AS faults FROM {table}"
        return f"SELECT * FROM ({rows}) AS w WHERE {dialect.size.format(list='faults')} > 0"


def _in_order(given: Given, columns: Sequence[Column]) -> Iterator[Column]:
    """Our columns that a table has, in its order."""
    known = {column.name: column for column in columns}
    return (known[name] for name in given.columns if name in known)


def _missing(name: str) -> str:
    fault = _REQUIRED.get(name)
    return "" if fault is None else f"CASE WHEN t_{name} IS NULL THEN '{fault.code} {name}' END"
