"""What is different between two runs: which accounts have another answer, and why.

The tables of the runs are compared where they lie, by the engine for whole files, so that large runs are no matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from kycrule import kept
from kycrule.engines.duckdb import Engine
from kycrule.errors import InputError
from kycrule.literals import quoted
from kycrule.saved import Saved
from kycrule.truth import Truth

_DETERMINATIONS: Final = "determinations.parquet"
_PLAIN: Final = ("disposition", "basis", "foreign_customer", "foreign_owner", "foreign_reseller", "retain_until")
_LISTS: Final = ("turns_on", "findings", "reports_due")
_ROWS: Final = {"owners": "owner_id", "accesses": "NULL", "training": "transaction_id", kept.UNREAD: "NULL"}
"""The kept tables with rows beside the account's own, and what tells the rows of one account apart."""

_SLICE: Final = 50_000
_MEMORY: Final = "1GB"
_DIGITS: Final = 12
"""Digits of a digest that are enough to see that it is another."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that both runs rest on, which is not the same in both.

    Attributes:
        name: what it is: ``as_of``, ``reading located``, ``input customers.csv``.
        before: what it was in the first run; empty if that had none.
        after: what it is in the second run.
    """

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a run says of an account, as far as it is one thing.

    Attributes are those of a determination.
    """

    disposition: str
    basis: str
    foreign_customer: Truth
    foreign_owner: Truth
    foreign_reseller: Truth
    retain_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An account whose answer is not the same.

    Attributes:
        account_id: the account.
        change: ``changed``, ``appeared`` (only the second run has it) or ``gone`` (only the first has it).
        before: what the first run says of it; None if that has it not.
        after: what the second run says of it.
        turns_on_gone: facts and open questions that the disposition turned on, and does no longer.
        turns_on_new: those that it turns on now.
        findings_gone: codes of findings that are there no more, each as often as there are fewer of it.
        findings_new: codes of findings that were not there.
        reports_gone: reports that were due, as kind and date.
        reports_new: reports that are due now.
        fields: of its records, those that are not the same; None if a run kept no records.
    """

    account_id: str
    change: str
    before: State | None
    after: State | None
    turns_on_gone: tuple[str, ...]
    turns_on_new: tuple[str, ...]
    findings_gone: tuple[str, ...]
    findings_new: tuple[str, ...]
    reports_gone: tuple[str, ...]
    reports_new: tuple[str, ...]
    fields: tuple[str, ...] | None


class Difference:
    """Two runs, compared. Use it in a ``with`` statement, or close it.

    Args:
        before: the folder of the first run.
        after: the folder of the second run.
        key: the file of a key, if one of them is sealed.

    Attributes:
        accounts: how many accounts the first run has, and the second.
        settings: what both rest on that is not the same.
        same: how many accounts have the same answer in both.
        with_records: whether both runs kept their records, so that it is known what changed in them.

    Raises:
        InputError: there is no whole run in one of the folders.
    """

    def __init__(self, before: str | Path, after: str | Path, key: str | Path | None = None) -> None:
        with ExitStack() as opened:
            self._runs = tuple(opened.enter_context(closing(Saved(run, key))) for run in (before, after))
            self._kept = self._runs[0].files & self._runs[1].files
            self.with_records = kept.SETTING in self._kept
            manifests = (run.manifest for run in self._runs)
            self.settings = (*_settings(*manifests), *(self._parts() if self.with_records else ()))
            # What the engine puts aside of a sealed run belongs beside what was unsealed of it.
            workspace = max(self._runs, key=lambda run: run.sealed).workspace
            self._engine = opened.enter_context(closing(Engine(workspace, memory=_MEMORY)))
            self._compare()
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        """The same."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the engine and of what it put aside."""
        self._opened.close()

    # What came of it ------------------------------------------------------------------------------

    def changes(self) -> dict[str, int]:
        """How many accounts changed, appeared, and are gone."""
        counts = dict(self._engine.execute("SELECT change, count(*) FROM changes GROUP BY 1"))
        return {change: counts.get(change, 0) for change in ("changed", "appeared", "gone")}

    def dispositions(self) -> dict[tuple[str, str], int]:
        """How many accounts of both runs went from which disposition to which other."""
        return {
            (before, after): count
            for before, after, count in self._engine.execute(
                "SELECT disposition_before, disposition_after, count(*) FROM changes WHERE change = 'changed' "
                "AND disposition_before <> disposition_after GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
            )
        }

    def findings(self) -> dict[str, tuple[int, int]]:
        """How many findings of each rule are gone, and how many are new."""
        return self._gone_and_new("findings", "name")

    def reports(self) -> dict[str, tuple[int, int]]:
        """How many reports of each kind are due no more, and how many are now; another date counts as both."""
        return self._gone_and_new("reports_due", "split_part(name, ':', 1)")

    def fields(self) -> dict[str, int]:
        """In how many accounts each field of the records changed; empty if that is not known."""
        return dict(
            self._engine.execute(
                "SELECT field, count(*) FROM (SELECT unnest(fields) AS field FROM changes) AS f "
                "GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )

    def __iter__(self) -> Iterator[Change]:
        """The accounts whose answer is not the same, in the order of the second run; those that are gone come last."""
        plain = [f"{name}_{side}" for side in ("before", "after") for name in _PLAIN]
        lists = [f"{name}_{side}" for name in _LISTS for side in ("gone", "new")]
        columns = ", ".join(("account_id", "change", *plain, *lists, "fields"))
        total = sum(self.changes().values())
        for start in range(1, total + 1, _SLICE):
            for row in self._engine.execute(
                f"SELECT {columns} FROM changes WHERE place >= {start} AND place < {start + _SLICE} ORDER BY place"
            ):
                yield _change(row)

    # How it is found out --------------------------------------------------------------------------

    def _gone_and_new(self, name: str, of: str) -> dict[str, tuple[int, int]]:
        rows = " UNION ALL ".join(
            f"SELECT unnest({name}_{side}) AS name, {place} AS side FROM changes"
            for place, side in enumerate(("gone", "new"))
        )
        counted = self._engine.execute(
            f"SELECT {of} AS what, count(*) FILTER (side = 0), count(*) FILTER (side = 1) FROM ({rows}) AS r "
            "GROUP BY 1 ORDER BY 1"
        )
        return {what: (gone, new) for what, gone, new in counted}

    def _compare(self) -> None:
        """Make the table ``changes``."""
        for side, run in zip(("before", "after"), self._runs, strict=True):
            source = f"read_parquet({quoted(str(run.plain(_DETERMINATIONS)))}, file_row_number = true)"
            self._engine.execute(f"CREATE VIEW {side} AS SELECT * FROM {source}")
            self._require(side)
        # A list is the same if it has the same members, each as often: their order is that of the files.
        differs = " OR ".join(
            (
                *(f"b.{name} IS DISTINCT FROM a.{name}" for name in _PLAIN),
                *(f"list_sort(b.{name}) IS DISTINCT FROM list_sort(a.{name})" for name in _LISTS),
            )
        )
        sides = (("before", "b"), ("after", "a"))
        plain = ", ".join(f"{short}.{name} AS {name}_{side}" for side, short in sides for name in _PLAIN)
        lists = ", ".join(
            f"{_more(f'{one}.{name}', f'{other}.{name}')} AS {name}_{called}"
            for name in _LISTS
            for called, one, other in (("gone", "b", "a"), ("new", "a", "b"))
        )
        self._engine.execute(
            "CREATE TABLE found AS SELECT row_number() OVER (ORDER BY a.file_row_number NULLS LAST, b.file_row_number) "
            "AS place, COALESCE(a.account_id, b.account_id) AS account_id, CASE WHEN b.account_id IS NULL "
            "THEN 'appeared' WHEN a.account_id IS NULL THEN 'gone' ELSE 'changed' END AS change, "
            f"{plain}, {lists} FROM before AS b FULL JOIN after AS a ON a.account_id = b.account_id "
            f"WHERE b.account_id IS NULL OR a.account_id IS NULL OR {differs}"
        )
        told, joined = "CAST(NULL AS VARCHAR[])", ""
        if self.with_records:
            told = "COALESCE(r.fields, CAST([] AS VARCHAR[]))"
            joined = (
                "LEFT JOIN (SELECT account_id, list(field ORDER BY part, field) AS fields "
                f"FROM ({self._changed_fields()}) AS c GROUP BY 1) AS r ON r.account_id = f.account_id"
            )
        self._engine.execute(f"CREATE TABLE changes AS SELECT f.*, {told} AS fields FROM found AS f {joined}")
        self._engine.execute("DROP TABLE found")
        self.accounts: tuple[int, int] = self._engine.execute(
            "SELECT (SELECT count(*) FROM before), (SELECT count(*) FROM after)"
        )[0]
        changes = self.changes()
        self.same: int = self.accounts[1] - changes["changed"] - changes["appeared"]

    def _require(self, view: str) -> None:
        missing = {"account_id", *_PLAIN, *_LISTS} - set(self._columns(view))
        if missing:
            message = f"The determinations of a run lack {', '.join(sorted(missing))}: run kycrule check again."
            raise InputError(message)

    def _columns(self, view: str) -> list[str]:
        return [row[0] for row in self._engine.execute(f"DESCRIBE {view}")]

    def _changed_fields(self) -> str:
        """Every field of the records of changed accounts that is not the same in both runs."""
        queries: list[str] = []
        tables = [table for table in ("customers", *_ROWS) if kept.name(table) in self._kept]
        for place, table in enumerate(tables):
            for side, run in zip(("before", "after"), self._runs, strict=True):
                source = f"read_parquet({quoted(str(run.plain(kept.name(table))))})"
                self._engine.execute(
                    f"CREATE TABLE {table}_{side} AS SELECT r.* FROM {source} AS r "
                    "SEMI JOIN found AS f ON f.account_id = r.account_id AND f.change = 'changed'"
                )
            later = set(self._columns(f"{table}_after"))
            names = [name for name in self._columns(f"{table}_before") if name in later and name != "account_id"]
            queries.append(_fields_of_rows(table, names, place) if table in _ROWS else _fields(table, names, place))
        return " UNION ALL ".join(queries)

    def _parts(self) -> Iterator[Setting]:
        """What was given beside the files: providers, resellers and special measures."""
        before, after = (json.loads(run.plain(kept.SETTING).read_text("utf-8")) for run in self._runs)
        for name in dict.fromkeys((*before, *after)):
            if before.get(name) != after.get(name):
                yield Setting(name.replace("_", " "), *(f"{len(side.get(name, ()))} given" for side in (before, after)))


def _settings(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Setting]:
    """What two manifests say that the runs rest on, where it is not the same."""
    pairs = [(name, str(before.get(name, "")), str(after.get(name, ""))) for name in _OF_RUNS]
    for title, sides in (
        ("reading", [manifest["readings"] for manifest in (before, after)]),
        (
            "input",
            [{one["name"]: one["sha256"][:_DIGITS] for one in manifest["inputs"]} for manifest in (before, after)],
        ),
    ):
        pairs += [
            (f"{title} {name}", *(side.get(name, "") for side in sides))
            for name in dict.fromkeys(n for s in sides for n in s)
        ]
    yield from (Setting(*pair) for pair in pairs if pair[1] != pair[2])


_OF_RUNS: Final = ("rule_version", "kycrule", "as_of", "address_registry")


def _more(one: str, other: str) -> str:
    """The members of a list that it has more often than another one, each as often as it has more."""
    times = "len(list_filter({of}, lambda y: y = x))"
    more = f"greatest(0, {times.format(of=_given(one))} - {times.format(of=_given(other))})"
    each = f"list_transform(range({more}), lambda i: x)"
    return f"flatten(list_transform(list_sort(list_distinct({_given(one)})), lambda x: {each}))"


def _given(column: str) -> str:
    return f"COALESCE({column}, CAST([] AS VARCHAR[]))"


def _fields(table: str, names: list[str], place: int) -> str:
    cases = ", ".join(
        f"CASE WHEN b.{_name(name)} IS DISTINCT FROM a.{_name(name)} THEN {quoted(name)} END" for name in names
    )
    return (
        f"SELECT account_id, {place} AS part, field FROM (SELECT a.account_id, unnest([{cases}]) AS field "
        f"FROM {table}_before AS b JOIN {table}_after AS a ON a.account_id = b.account_id) AS c "
        "WHERE field IS NOT NULL"
    )


def _fields_of_rows(table: str, names: list[str], place: int) -> str:
    """The same for a table with rows for each account: the table if there are more rows or fewer, else its fields."""
    # Sums of hashes are the same for the same rows in any order.
    sums = ", ".join(f"sum(CAST(hash({_ROWS[table]}, {_name(name)}) AS HUGEINT)) AS {_name(name)}" for name in names)
    sides = (
        f"(SELECT account_id, count(*) AS rows, {sums} FROM {table}_{side} GROUP BY 1)" for side in ("before", "after")
    )
    cases = ", ".join(
        f"CASE WHEN b.rows = a.rows AND b.{_name(name)} IS DISTINCT FROM a.{_name(name)} "
        f"THEN {quoted(f'{table}.{name}')} END"
        for name in names
    )
    whole = f"CASE WHEN b.rows IS DISTINCT FROM a.rows THEN {quoted(table)} END"
    before, after = sides
    return (
        f"SELECT account_id, {place} AS part, field FROM (SELECT COALESCE(a.account_id, b.account_id) AS account_id, "
        f"unnest([{whole}, {cases}]) AS field FROM {before} AS b FULL JOIN {after} AS a "
        "ON a.account_id = b.account_id) AS c WHERE field IS NOT NULL"
    )


def _name(column: str) -> str:
    # The name comes from a file, which may hold anything.
    return '"' + column.replace('"', '""') + '"'


def _change(row: tuple[Any, ...]) -> Change:
    account_id, change, *rest = row
    width = len(_PLAIN)
    before, after, lists, fields = rest[:width], rest[width : 2 * width], rest[2 * width : -1], rest[-1]
    names = (f"{name}_{side}" for name in ("turns_on", "findings", "reports") for side in ("gone", "new"))
    return Change(
        account_id=account_id,
        change=change,
        before=None if change == "appeared" else State(**dict(zip(_PLAIN, before, strict=True))),
        after=None if change == "gone" else State(**dict(zip(_PLAIN, after, strict=True))),
        fields=None if fields is None else tuple(fields),
        **{name: tuple(members) for name, members in zip(names, lists, strict=True)},
    )
