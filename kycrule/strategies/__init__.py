"""Hypothesis strategies for tests of users' own code: records of every kind, and scenarios with a known outcome.

Needs the extra ``hypothesis``; importing kycrule itself never imports this package.
"""

try:
    import hypothesis  # pyright: ignore[reportUnusedImport] - one message tells of the extra
except ModuleNotFoundError:
    from kycrule.errors import DefinitionError

    message = 'Strategies need the extra: pip install "kycrule[hypothesis]".'
    raise DefinitionError(message) from None

from collections.abc import Callable as _Callable
from typing import Any as _Any

from hypothesis import strategies as _st
from hypothesis.strategies import SearchStrategy as _SearchStrategy

from kycrule import records as _records
from kycrule.readings import Readings as _Readings
from kycrule.strategies.outcomes import disposed, exempt, undetermined, violating
from kycrule.strategies.records import (
    accesses,
    customers,
    owners,
    providers,
    readings,
    resellers,
    special_measures,
    stakes,
    training_transactions,
)

__all__ = [
    "accesses",
    "customers",
    "disposed",
    "exempt",
    "owners",
    "providers",
    "readings",
    "register",
    "resellers",
    "special_measures",
    "stakes",
    "training_transactions",
    "undetermined",
    "violating",
]


def register() -> None:
    """Let ``st.from_type(kycrule.Customer)`` and its like give these records; Hypothesis calls it when it starts."""
    made: tuple[tuple[type, _Callable[[], _SearchStrategy[_Any]]], ...] = (
        (_records.Customer, customers),
        (_records.BeneficialOwner, owners),
        (_records.Access, accesses),
        (_records.Stake, stakes),
        (_records.Provider, providers),
        (_records.Reseller, resellers),
        (_records.TrainingTransaction, training_transactions),
        (_records.SpecialMeasure, special_measures),
        (_Readings, readings),
    )
    for kind, strategy in made:
        _st.register_type_strategy(kind, _deferred(strategy))


def _deferred(strategy: _Callable[[], _SearchStrategy[_Any]]) -> _Callable[[type], _SearchStrategy[_Any]]:
    # Made when it is asked for, so that to start Hypothesis costs no more than the import.
    return lambda _: strategy()
