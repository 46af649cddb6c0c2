"""Hypothesis strategies for tests of users' own code: records of every kind, and scenarios with a known outcome.

Needs the extra ``hypothesis``; importing kycrule itself never imports this package.
"""

try:
    import hypothesis  # pyright: ignore[reportUnusedImport] - one message tells of the extra
except ModuleNotFoundError:
    from kycrule.errors import DefinitionError

    message = 'Strategies need the extra: pip install "kycrule[hypothesis]".'
    raise DefinitionError(message) from None

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
    "resellers",
    "special_measures",
    "stakes",
    "training_transactions",
    "undetermined",
    "violating",
]
