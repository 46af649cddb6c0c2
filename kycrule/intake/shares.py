"""Shares of owners from the stakes of a run: read account by account in pages, added up in Python, written back.

Only accounts that have stakes are read, and only one of them is in memory at a time. The table of
shares holds both answers to the reading ``indirect_ownership``, so that a comparison adds up nothing anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from kycrule.intake.handover import own_file, restored, written
from kycrule.literals import quoted
from kycrule.stakes import COUNTS, IGNORED, holdings

Execute = Callable[[str], list[tuple[Any, ...]]]

READING: Final = "indirect_ownership"
"""The variable of the engine that says which shares the view ``owners`` gives."""

_SLICE: Final = 100_000
_ADDED: Final = 1 << 39
"""Owners without a row of their own come after those that have one, and before transactions."""


def add_up(execute: Execute, workspace: Path) -> bool:
    """Give owners the shares that the stakes of their accounts come to.

    Reads ``customers``, ``owners``, ``stakes`` and ``unread_stakes``. Makes ``stake_remarks`` (the kind of a
    remark, and of how many accounts it is true), and ``owners`` anew if there are stakes: gives whether it did.
    """
    execute("CREATE TABLE stake_remarks (kind VARCHAR, accounts BIGINT)")
    execute(
        "CREATE TABLE stakes_in_order AS SELECT row_number() OVER (ORDER BY c.record, s.row) AS place, c.account_id, "
        "s.holder, s.holder_kind, s.held, s.share, u.account_id IS NOT NULL AS unread FROM stakes AS s "
        "JOIN customers AS c ON c.account_id = s.account_id "
        "LEFT JOIN (SELECT DISTINCT account_id FROM unread_stakes) AS u ON u.account_id = s.account_id"
    )
    if not execute("SELECT 1 FROM stakes_in_order LIMIT 1"):
        return False
    execute(
        "CREATE TABLE owners_in_order AS SELECT row_number() OVER (ORDER BY f.place, o.owner_pos) AS place, "
        "o.account_id, o.owner_id, o.share FROM owners AS o "
        "JOIN (SELECT account_id, min(place) AS place FROM stakes_in_order GROUP BY account_id) AS f "
        "ON f.account_id = o.account_id WHERE o.owner_id IS NOT NULL"
    )
    path = workspace / "shares.csv"
    remarks = Counter[str]()
    with written(path) as keep:
        for row in _added_up(execute, remarks):
            keep(row)
    for kind, accounts in sorted(remarks.items()):
        execute(f"INSERT INTO stake_remarks VALUES ({quoted(kind)}, {accounts})")
    _replace_owners(execute, path)
    execute("DROP TABLE stakes_in_order")
    execute("DROP TABLE owners_in_order")
    return True


def _added_up(execute: Execute, remarks: Counter[str]) -> Iterator[tuple[object, ...]]:
    stakes = _paged(execute, "stakes_in_order", "account_id", "holder", "holder_kind", "held", "share", "unread")
    owners = groupby(_paged(execute, "owners_in_order", "account_id", "owner_id", "share"), key=itemgetter(0))
    owned, rows = next(owners, (None, iter(())))
    place = 0
    for account_id, of_account in groupby(stakes, key=itemgetter(0)):
        stated: dict[str, Any] = {}
        if owned == account_id:
            stated = {owner_id: share for _, owner_id, share in rows}
            owned, rows = next(owners, (None, iter(())))
        graph = list(of_account)
        found = holdings(account_id, (row[1:5] for row in graph), stated, unread=graph[0][5])
        remarks.update({"accounts", *(kind for kind, _ in found.remarks)})
        for holding in found.of:
            place += 1
            shares = (holding.share(reading) for reading in (COUNTS, IGNORED))
            texts = ("" if share is None else format(share, "f") for share in shares)
            yield place, account_id, holding.owner_id, holding.owner_id in stated, holding.directly, *texts


def _replace_owners(execute: Execute, path: Path) -> None:
    names = ("place", "account_id", "owner_id", "has_row", "directly", "total", "direct")
    typed = {"place": "BIGINT", "has_row": "BOOLEAN", "directly": "BOOLEAN"}
    typed |= dict.fromkeys(("total", "direct"), "DECIMAL(15, 12)")
    columns = ", ".join(
        f"CAST(nullif({name}, '') AS {typed[name]}) AS {name}" if name in typed else restored(name) for name in names
    )
    execute(f"CREATE TABLE stake_shares AS SELECT {columns} FROM {own_file(path, names)}")
    ignored = f"getvariable({quoted(READING)}) IS NOT DISTINCT FROM {quoted(IGNORED)}"
    share = f"CASE WHEN {ignored} THEN s.direct ELSE s.total END"
    execute("ALTER VIEW owners RENAME TO owners_stated")
    execute(
        "CREATE VIEW owners AS "
        f"SELECT o.* REPLACE (CASE WHEN s.owner_id IS NULL THEN o.share ELSE {share} END AS share) "
        "FROM owners_stated AS o LEFT JOIN stake_shares AS s "
        "ON s.has_row AND s.account_id = o.account_id AND s.owner_id = o.owner_id UNION ALL BY NAME "
        f"SELECT s.account_id, s.owner_id, 'individual' AS kind, {_ADDED} + s.place AS owner_pos, {share} AS share "
        f"FROM stake_shares AS s WHERE NOT s.has_row AND (s.directly OR NOT ({ignored}))"
    )


def _paged(execute: Execute, table: str, *names: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of their places."""
    last = 0
    while page := execute(
        f"SELECT {', '.join(names)} FROM {table} WHERE place > {last} AND place <= {last + _SLICE} ORDER BY place"
    ):
        yield from page
        last += len(page)
