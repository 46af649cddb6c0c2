"""Scenarios of which the outcome is known beforehand: constructed, not filtered.

A base holds the few facts that give the outcome (:mod:`kycrule.strategies.bases`). Everything else is drawn at
random; of what the outcome may turn on, as much of what was drawn is taken over as leaves the outcome as it
is. So every draw is good, and it shrinks to the facts of a base alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from kycrule.cases import Case
from kycrule.determine import DEFAULT_READINGS
from kycrule.errors import DefinitionError
from kycrule.expr import Subject
from kycrule.findings import Disposition, Outcome
from kycrule.law import SUBPART_D
from kycrule.readings import Readings
from kycrule.records import Provider
from kycrule.strategies import records
from kycrule.strategies.bases import Base, bases
from kycrule.strategies.forms import AS_OF
from kycrule.strategies.merging import scenario
from kycrule.strategies.targets import of_disposition, of_rule

_EXEMPT: Final = (
    Disposition.EXEMPT_US_PERSONS,
    Disposition.EXEMPT_FINDING,
    Disposition.EXEMPT_FOREIGN_SUBSIDIARY,
)


def violating(
    code: str, *, provider: Provider | None = None, as_of: date = AS_OF, readings: Readings = DEFAULT_READINGS
) -> SearchStrategy[Case]:
    """Scenarios in which a rule is violated.

    Args:
        code: the rule, such as ``K302-14``.
        provider: who serves, if that is fixed; else it is drawn.
        as_of: the date as of which it is asked.
        readings: the choices for open questions.

    Returns:
        A strategy of cases: ``case.customer``, ``case.provider``, ``case.training`` and so on are records,
        ``case.determine()`` is the answer, and ``case.expect`` names the finding.

    Raises:
        DefinitionError: there is no such rule, or it cannot be violated so: where the text sets no day, what is
            not done yet stays open.
    """
    return _judged(code, Outcome.VIOLATED, provider, as_of, readings)


def undetermined(
    code: str, *, provider: Provider | None = None, as_of: date = AS_OF, readings: Readings = DEFAULT_READINGS
) -> SearchStrategy[Case]:
    """Scenarios in which it cannot be told whether a rule is met; the arguments are those of :func:`violating`."""
    return _judged(code, Outcome.UNDETERMINED, provider, as_of, readings)


def disposed(
    disposition: Disposition | str,
    *,
    provider: Provider | None = None,
    as_of: date = AS_OF,
    readings: Readings = DEFAULT_READINGS,
) -> SearchStrategy[Case]:
    """Scenarios in which the account has a disposition.

    Args:
        disposition: the disposition, such as ``covered``.
        provider: who serves, if that is fixed; else it is drawn.
        as_of: the date as of which it is asked.
        readings: the choices for open questions.

    Raises:
        DefinitionError: no account has it under these readings and this provider.
    """
    wanted = Disposition(disposition)
    return _strategy(wanted.value, provider, _found((wanted,), provider, as_of, readings))  # pyright: ignore[reportArgumentType] - frozen, so it has a hash


def exempt(
    *, provider: Provider | None = None, as_of: date = AS_OF, readings: Readings = DEFAULT_READINGS
) -> SearchStrategy[Case]:
    """Scenarios in which the account is exempt, in whatever way; the arguments are those of :func:`disposed`."""
    return _strategy("exempt", provider, _found(_EXEMPT, provider, as_of, readings))  # pyright: ignore[reportArgumentType] - frozen, so it has a hash


def _judged(
    code: str, outcome: Outcome, provider: Provider | None, as_of: date, readings: Readings
) -> SearchStrategy[Case]:
    rules = {rule.code: rule for rule in SUBPART_D.rules}
    if code not in rules:
        message = f"There is no rule {code!r}: kycrule.rules() lists them."
        raise DefinitionError(message)
    return _strategy(f"{code} {outcome}", provider, _bases(code, outcome, provider, as_of, readings))  # pyright: ignore[reportArgumentType] - frozen, so it has a hash


@lru_cache(maxsize=256)
def _bases(code: str, outcome: Outcome, provider: Provider | None, as_of: date, readings: Readings) -> tuple[Base, ...]:
    (rule,) = (rule for rule in SUBPART_D.rules if rule.code == code)
    return tuple(
        base for target in of_rule(rule, outcome, readings) for base in bases(target, provider, as_of, readings)
    )


@lru_cache(maxsize=64)
def _found(
    dispositions: tuple[Disposition, ...], provider: Provider | None, as_of: date, readings: Readings
) -> tuple[Base, ...]:
    return tuple(
        base
        for disposition in dispositions
        for base in bases(of_disposition(disposition, readings), provider, as_of, readings)
    )


def _strategy(name: str, provider: Provider | None, found: tuple[Base, ...]) -> SearchStrategy[Case]:
    if not found:
        message = f"No scenario is {name} under these readings, with this provider and on this date."
        raise DefinitionError(message)
    # The engine is compiled now, so that no example of a test has to wait for it.
    scenario(found[0], provider, ()).determine()
    concerned = {found[0].target.subject, *(subject for subject, _ in found[0].target.turns_on)}
    drawn = [strategy for subject, strategy in _parts(provider) if subject in concerned]

    def case(draw: DrawFn) -> Case:
        return scenario(draw(st.sampled_from(found)), provider, draw(st.tuples(*drawn)))

    return st.composite(case)()


def _parts(provider: Provider | None) -> Iterator[tuple[Subject, SearchStrategy[Any]]]:
    yield Subject.CUSTOMER, records.customers(account_id="account", stakes=())
    yield Subject.TRANSACTION, records.training_transactions(transaction_id="transaction")
    yield Subject.RESELLER, records.resellers()
    if provider is None:
        yield Subject.PROVIDER, records.providers()
