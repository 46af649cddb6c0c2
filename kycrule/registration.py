"""What Hypothesis calls when it starts, so that ``st.from_type(kycrule.Customer)`` and its like give these records.

It stands outside :mod:`kycrule.strategies`, which imports Hypothesis: whichever of the two a user imports first, the
other one must not be asked for anything before it is whole.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kycrule import records
from kycrule.readings import Readings

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

STRATEGIES: dict[type, str] = {
    records.Customer: "customers",
    records.BeneficialOwner: "owners",
    records.Access: "accesses",
    records.Stake: "stakes",
    records.Provider: "providers",
    records.Reseller: "resellers",
    records.TrainingTransaction: "training_transactions",
    records.SpecialMeasure: "special_measures",
    Readings: "readings",
}
"""The name in :mod:`kycrule.strategies` of the strategy for each type."""


def register() -> None:
    """Register the strategy of each type with Hypothesis, to be made when it is asked for."""
    from hypothesis.strategies import register_type_strategy

    for kind, name in STRATEGIES.items():
        register_type_strategy(kind, _deferred(name))


def _deferred(name: str) -> "Callable[[type], SearchStrategy[Any]]":
    def made(_: type) -> "SearchStrategy[Any]":
        from kycrule import strategies

        strategy: SearchStrategy[Any] = getattr(strategies, name)()
        return strategy

    return made
