"""Whose columns a file has: its titles matched with ours, and what is wrong with a cell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kycrule import cells, faults
from kycrule.cells import CellError
from kycrule.errors import DefinitionError
from kycrule.faults import Fault
from kycrule.intake.source import failed
from kycrule.nearest import listed, nearest
from kycrule.records import JUDGED, Column, Record, Stake

INLINE: Final = Column("ip_addresses", cells.TEXT)
"""Accesses in a cell of the customers file: ``ip@time`` with ``;`` between them."""

TABLES: Final[dict[str, type[Record]]] = {**JUDGED, "stakes": Stake}
"""The tables that a run reads, each with the record that a row of it is."""

REQUIRED: Final = {
    "account_id": faults.MISSING_ACCOUNT_ID,
    "transaction_id": faults.MISSING_TRANSACTION_ID,
    "holder": faults.MISSING_HOLDER,
}
"""The columns that no row may leave blank."""


def columns_of(role: str) -> tuple[Column, ...]:
    """The columns that a table may have."""
    columns = TABLES[role].columns()
    return (*columns, INLINE) if role == "customers" else columns


def column_names() -> tuple[str, ...]:
    """The names of all columns of all tables."""
    return tuple(dict.fromkeys(column.name for role in TABLES for column in columns_of(role)))


class Matching:
    """The columns of files matched with ours, under the names that a user gave them.

    Args:
        mapping: names of their columns, mapped to ours.

    Raises:
        DefinitionError: the mapping names a column that is not ours.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        strange = sorted({ours for ours in mapping.values() if ours not in column_names()})
        if strange:
            message = f"--map THEIRS=OURS: not a column of ours: {listed(strange, column_names())}."
            raise DefinitionError(message)
        self._mapping = {theirs.strip().lower(): ours for theirs, ours in mapping.items()}
        self._used: set[str] = set()
        self._titles: set[str] = set()

    def match(
        self, name: str, role: str, titles: Sequence[str], delimiter: str = ","
    ) -> tuple[dict[int, Column], tuple[str, ...]]:
        """Ours among the columns of a file, by their places, and the titles of the others.

        Raises:
            InputError: there is no header, a column of ours twice, or one missing that must be there.
        """
        known = {column.name: column for column in columns_of(role)}
        columns: dict[int, Column] = {}
        ignored: list[str] = []
        if not any(title.strip() for title in titles):
            raise failed(name, faults.NO_HEADER)
        for place, title in enumerate(titles):
            plain = title.strip().lower()
            self._titles.add(plain)
            ours = self._mapping.get(plain, plain)
            self._used |= {plain} & self._mapping.keys()
            if ours not in known:
                ignored.append(title.strip() or f"column {place + 1}")
            elif known[ours] in columns.values():
                told = f"{ours} stands there twice. {faults.DUPLICATE_COLUMN.remedy}"
                raise failed(name, faults.DUPLICATE_COLUMN, told)
            else:
                columns[place] = known[ours]
        needed = {"account_id", "ip", "transaction_id", "holder"} & known.keys()
        missing = needed - {column.name for column in columns.values()}
        if missing:
            # Titles that are like no name of ours may be the values of a file without a header: they are not told.
            near = [f" Is it {found}?" for name in sorted(missing) if (found := nearest(name, ignored))]
            told = f"There is no {' and no '.join(sorted(missing))}.{''.join(near)} {_hint(titles, delimiter)}"
            raise failed(name, faults.MISSING_COLUMN, told)
        return columns, tuple(ignored)

    def all_used(self) -> None:
        """Refuse a mapping of columns that are not there.

        Raises:
            DefinitionError: it names a column that no file has.
        """
        absent = sorted(self._mapping.keys() - self._used)
        if absent:
            message = f"--map THEIRS=OURS: no file has a column named {listed(absent, self._titles - self._used)}."
            raise DefinitionError(message)


def wrong_in(column: Column, cell: str) -> Iterator[tuple[str, Fault, str]]:
    """What is wrong with a cell, if anything: column, fault and reason, without any value."""
    if column.name in REQUIRED and not cell.strip(cells.BLANKS):
        yield column.name, REQUIRED[column.name], REQUIRED[column.name].says
    parts = [(column.form, cell)]
    if column is INLINE:
        members = [member.partition("@") for member in cell.split(cells.SEPARATOR) if member.strip(cells.BLANKS)]
        parts = [part for ip, _, at in members for part in ((cells.ADDRESS, ip), (cells.TIME, at))]
    for form, text in parts:
        try:
            absent = cells.read(form, text) is None
        except CellError as error:
            yield column.name, error.fault, str(error).partition(": ")[2]
            return
        if absent and form is cells.ADDRESS and column is INLINE:
            yield column.name, faults.BAD_ADDRESS, faults.BAD_ADDRESS.says
            return


def _hint(titles: Sequence[str], delimiter: str) -> str:
    for other in ";\t|,":
        if other != delimiter and len(titles) == 1 and other in titles[0]:
            return f"The fields seem to be delimited otherwise: try --delimiter {shlex.quote(other)}."
    return faults.MISSING_COLUMN.remedy
