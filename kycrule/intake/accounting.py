"""The accounting of rows: every row in is determined or in quarantine, or there is no run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kycrule.errors import EngineError


@dataclass(slots=True, kw_only=True)
class Accounting:
    """What became of the rows of one file.

    Attributes:
        name: of the file.
        sha256: of its bytes as given; None for a table in memory.
        bytes: its size as given; None for a table in memory.
        records: rows in, counted without the engine.
        good: rows that the engine judges, counted by it.
        quarantined: rows in quarantine, counted as they were written.
        blank_lines: lines that hold nothing.
        unattributed: rows in quarantine that may belong to any account.
        ignored: columns that have no meaning here.
    """

    name: str
    sha256: str | None = None
    bytes: int | None = None
    records: int = 0
    good: int = 0
    quarantined: int = 0
    blank_lines: int = 0
    unattributed: int = 0
    ignored: tuple[str, ...] = ()

    def adds_up(self) -> bool:
        """Whether every row in was either judged or put in quarantine."""
        return self.records == self.good + self.quarantined


def add_up(accounts: Iterable[Accounting], determined: int) -> None:
    """Refuse a run whose rows do not add up.

    Args:
        accounts: the accounting of each file, that of the customers first.
        determined: how many accounts have a determination.

    Raises:
        EngineError: a row is lost, or there are more than were read.
    """
    customers, *others = accounts
    if determined != customers.good or not all(account.adds_up() for account in (customers, *others)):
        message = (
            f"Rows do not add up: {customers.records} in, {determined} determined, "
            f"{customers.quarantined} in quarantine. Nothing was written; this is a defect of kycrule."
        )
        raise EngineError(message)
