"""The shares of a customer's owners, as the stakes behind the customer come to.

:mod:`kycrule.ownership` adds up a graph; here its answers become what the rule reads: a share for each
owner, unknown wherever the stakes do not settle whether it reaches 25 percent, § 7.301. An account
without stakes keeps the shares that its owners' rows state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeAlias

from kycrule import ownership
from kycrule.errors import RecordError
from kycrule.ownership import AT_LEAST, Chain, Interval, Kind, Ownership, parse_share
from kycrule.readings import INDIRECT_OWNERSHIP, Readings
from kycrule.records import BeneficialOwner, Customer, Stake
from kycrule.truth import Truth

Row: TypeAlias = tuple[str, Kind | None, str | None, str | None]
"""A stake as ``holder``, ``holder_kind``, ``held`` and ``share``."""

UNCONNECTED: Final = "unconnected"
STATED_OTHERWISE: Final = "stated-otherwise"

COUNTS, IGNORED = (option.value for option in INDIRECT_OWNERSHIP.options)

_NOTHING: Final = Interval(Fraction(0), Fraction(0))
_LEAST: Final = Fraction(1, 10**ownership.DECIMALS)
_ELSEWHERE: Final = "-" * 257
"""An entity that no stake can name: identifiers are shorter."""

_parsed = lru_cache(maxsize=4096)(parse_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the stakes of an account come to for one individual, or for a holder who may be one.

    Attributes:
        owner_id: the holder.
        total: the direct and indirect share.
        direct: the share held in the customer itself.
        directly: whether anything is, or may be, held so.
        individual: whether the holder is known to be one; if not, no yes is certain.
        whole: whether every stake of the account could be read; if not, no no is certain.
        stated_otherwise: whether the owner's row states a share that is neither of the two.
        chains: how it is held.
    """

    owner_id: str
    total: Interval
    direct: Interval
    directly: bool
    individual: bool = True
    whole: bool = True
    stated_otherwise: bool = False
    chains: tuple[Chain, ...] = ()

    def counts(self, reading: str) -> bool:
        """Whether anything that is held counts under a value of ``indirect_ownership``."""
        return self.directly or reading != IGNORED

    def interval(self, reading: str) -> Interval:
        """The share that counts under a value of ``indirect_ownership``."""
        return self.direct if reading == IGNORED else self.total

    def reaches(self, reading: str) -> Truth:
        """Whether the share is known to reach 25 percent, or known not to."""
        answer = None if self.stated_otherwise else self.interval(reading).reaches(AT_LEAST)
        return answer if (self.individual if answer else self.whole) else None

    def share(self, reading: str) -> Decimal | None:
        """The percentage that the rule reads, with 12 decimals.

        That is the low end of a share that reaches 25 percent, the high end of one that does not, and
        None where it cannot be told. It is never rounded up.
        """
        answer = self.reaches(reading)
        if answer is None:
            return None
        interval = self.interval(reading)
        percent = 100 * (interval.low if answer else interval.high)
        if not answer and percent == 100 * AT_LEAST:
            percent -= _LEAST
        whole, rest = divmod(int(percent / _LEAST), 10**ownership.DECIMALS)
        return Decimal(f"{whole}.{rest:0{ownership.DECIMALS}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the stakes of one account come to.

    Attributes:
        of: each individual, and each holder who may be one; greatest share first, then by name.
        remarks: what a reader must know of the stakes: its kind, and a sentence.
    """

    of: tuple[Holding, ...]
    remarks: tuple[tuple[str, str], ...]


def holdings(
    account_id: str,
    rows: Iterable[Row],
    stated: Mapping[str, Decimal | None],
    *,
    unread: bool = False,
    chains: bool = False,
) -> Holdings:
    """What the stakes of an account come to.

    Args:
        account_id: a name of the customer; the other is a blank.
        rows: the stakes, in any order.
        stated: the owners that have a row, by ``owner_id``, with the shares that their rows state.
        unread: whether a row of a stake of this account could not be read.
        chains: whether to look for those of each holder.
    """
    graph = [ownership.Stake(holder, kind, held or account_id, _parsed(share)) for holder, kind, held, share in rows]
    holders = {stake.holder for stake in graph}
    # The row of an owner says that this holder is an individual.
    graph += [ownership.Stake(name, "individual", _ELSEWHERE, None) for name in sorted(holders & stated.keys())]
    owned = ownership.beneficial_owners(graph, of=account_id, chains=chains)
    remarks = [(problem.kind.value, str(problem)) for problem in owned.problems]
    if not any(stake.held == account_id for stake in graph):
        remarks.append((UNCONNECTED, "No stake is held in the customer itself: nothing can be added up."))
        found = tuple(_lost(account_id, graph, stated))
    else:
        found = tuple(_found(owned, stated, unread=unread))
    if any(holding.stated_otherwise for holding in found):
        named = ", ".join(holding.owner_id for holding in found if holding.stated_otherwise)
        remarks.append((STATED_OTHERWISE, f"The owner's row states a share that the stakes do not come to: {named}."))
    return Holdings(of=found, remarks=tuple(remarks))


def _found(owned: Ownership, stated: Mapping[str, Decimal | None], *, unread: bool) -> Iterator[Holding]:
    for owner in owned.owners:
        direct = _within(owner.direct, owner.share) if owner.direct is not None else _NOTHING
        share = stated.get(owner.name)
        yield Holding(
            owner_id=owner.name,
            total=owner.share,
            direct=direct,
            directly=owner.direct is not None or unread,
            individual=owner.kind is not None,
            whole=not unread,
            stated_otherwise=share is not None and not any(_holds(share, each) for each in (owner.share, direct)),
            chains=owner.chains,
        )


def _lost(account_id: str, graph: Iterable[ownership.Stake], stated: Mapping[str, Decimal | None]) -> Iterator[Holding]:
    """Holders of whom nothing leads to the customer: anything is possible, but what a row states stands."""
    held = {stake.held for stake in graph}
    names = {
        stake.holder
        for stake in graph
        if stake.holder_kind == "individual" or (stake.holder_kind is None and stake.holder not in held)
    }
    for name in sorted(names - {account_id}):
        if stated.get(name) is None:
            yield Holding(owner_id=name, total=ownership.UNKNOWN, direct=ownership.UNKNOWN, directly=True)


def _within(share: Interval, other: Interval) -> Interval:
    """A share that is no greater than another is."""
    if (share.high, not share.high_open) <= (other.high, not other.high_open):
        return share
    width = other.high > share.low
    return Interval(share.low, other.high, low_open=width and share.low_open, high_open=width and other.high_open)


def _holds(share: Decimal, interval: Interval) -> bool:
    part = Fraction(share) / 100
    low = part > interval.low or (part == interval.low and not interval.low_open)
    return low and (part < interval.high or (part == interval.high and not interval.high_open))


# One record ---------------------------------------------------------------------------------------


def held(customer: Customer, readings: Readings) -> Customer:
    """The customer with the shares of its owners as its stakes have them; the same one without stakes.

    A holder without an owner's row is added as an owner of whom nothing but the share is known.
    """
    if not customer.stakes:
        return customer
    reading = readings[INDIRECT_OWNERSHIP.name]
    found = {holding.owner_id: holding for holding in _of(customer).of}
    owners = [
        owner.model_copy(update={"share": found[owner.owner_id].share(reading)}) if owner.owner_id in found else owner
        for owner in customer.owners
    ]
    known = {owner.owner_id for owner in customer.owners}
    owners += [
        BeneficialOwner.model_construct(owner_id=name, share=holding.share(reading))
        for name, holding in found.items()
        if name not in known and holding.counts(reading)
    ]
    return customer.model_copy(update={"owners": tuple(owners)})


def explained(customer: Customer, readings: Readings) -> Iterator[str]:
    """How the shares come about that may make someone a beneficial owner: names of holders, and shares, alone."""
    reading = readings[INDIRECT_OWNERSHIP.name]
    found = _of(customer, chains=True)
    below = 0
    for holding in found.of:
        answer = holding.reaches(reading)
        if answer is False or not holding.counts(reading):
            below += 1
            continue
        told = "at least 25 percent" if answer else "cannot tell whether at least 25 percent"
        yield f"- {holding.owner_id}: {holding.interval(reading)}, {told} [7.301]"
        yield from (f"  - {chain}" for chain in holding.chains if reading != IGNORED or len(chain.shares) == 1)
    if below:
        yield f"- {below} other{'s' if below > 1 else ''}: less than 25 percent [7.301]"
    yield from (f"- {sentence}" for _, sentence in found.remarks)


def _of(customer: Customer, *, chains: bool = False) -> Holdings:
    stated = {owner.owner_id: owner.share for owner in customer.owners if owner.owner_id is not None}
    return holdings(customer.account_id, map(_row, customer.stakes), stated, chains=chains)


def _row(stake: Stake) -> Row:
    return stake.holder, stake.holder_kind, stake.held, stake.share


# Rows of a file -----------------------------------------------------------------------------------


def rows(account_id: str, stakes: Iterable[ownership.Stake], *, of: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Stakes as rows of ``stakes.csv``: ``account_id``, ``holder``, ``holder_kind``, ``held`` and ``share``.

    Names and shares are written as they are: whoever opens such a file in a spreadsheet must trust their source.

    Args:
        account_id: the Account.
        stakes: such as :func:`kycrule.bods.read` gives.
        of: the customer's name among them, which becomes a blank ``held``.

    Raises:
        RecordError: a share has more than 12 decimals; no value is shown.

    >>> [*rows("N-1", [ownership.Stake("Ann", "individual", "Acme", "more than 25 to 50")], of="Acme")]
    [('N-1', 'Ann', 'individual', '', '>25-50')]
    """
    for stake in stakes:
        holder, held_in = (account_id if name == of else name for name in (stake.holder, stake.held))
        yield (
            account_id,
            holder,
            stake.holder_kind or "",
            "" if held_in == account_id else held_in,
            _cell(stake.interval),
        )


def _cell(share: Interval) -> str:
    """A share as a cell, blank if nothing is known of it."""
    if share == ownership.UNKNOWN:
        return ""
    low, high = (_digits(end) for end in (share.low, share.high))
    if share.low == share.high:
        return low
    return f"{'>' if share.low_open else ''}{low}-{'<' if share.high_open else ''}{high}"


def _digits(part: Fraction) -> str:
    units = part * 100 / _LEAST
    if units.denominator != 1:
        message = f"A share has more than {ownership.DECIMALS} decimals: no cell can hold it."
        raise RecordError(message, (("share", "K914"),))
    whole, rest = divmod(units.numerator, 10**ownership.DECIMALS)
    return f"{whole}.{rest:0{ownership.DECIMALS}}".rstrip("0").rstrip(".")
