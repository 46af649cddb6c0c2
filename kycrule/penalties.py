"""How high a penalty may be, § 7.309(c)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kycrule.errors import DefinitionError
from kycrule.law.s309_enforcement import CIVIL_PENALTY_USD, TIMES_THE_TRANSACTION


def civil_penalty_ceiling(assessed_on: date, transaction_usd: Decimal | None = None) -> Decimal:
    """The highest civil penalty for one violation, § 7.309(c)(1), in U.S. dollars.

    Args:
        assessed_on: the day on which the penalty is assessed; after the last adjustment known, that one holds.
        transaction_usd: the amount of the transaction behind the violation, if there is one.

    Raises:
        DefinitionError: the day is before the amount that the statute sets.

    >>> civil_penalty_ceiling(date(2024, 6, 1), Decimal(1_000_000))
    Decimal('2000000')
    >>> civil_penalty_ceiling(date(2024, 6, 1))
    Decimal('368136')
    """
    amount = CIVIL_PENALTY_USD.on(assessed_on)
    if amount is None:
        message = f"No ceiling is known for a penalty assessed before {CIVIL_PENALTY_USD.steps[0][0]}."
        raise DefinitionError(message)
    return max(amount, TIMES_THE_TRANSACTION.value * (transaction_usd or Decimal(0)))
