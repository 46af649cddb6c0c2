"""The front door for streams of records: one answer for each, as it comes, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast, overload

from kycrule import cells
from kycrule.cells import CellError
from kycrule.determine import DEFAULT_READINGS, determine
from kycrule.errors import DefinitionError, RecordError
from kycrule.findings import Determination
from kycrule.readings import Readings
from kycrule.records import Customer, Provider, SpecialMeasure, TrainingTransaction
from kycrule.showing import Shown


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Refused(Shown):
    """A record of a stream that cannot be read, in the place of its answer.

    Attributes:
        place: which record of the stream, the first is 1.
        account_id: its Account, where that can be read.
        message: what is wrong and how to mend it; never a value of the record.
        faults: each field that is wrong, with the code of its fault.
    """

    place: int
    account_id: str | None
    message: str
    faults: tuple[tuple[str, str], ...]

    @property
    def error(self) -> RecordError:
        """The same as an error, to raise or to log."""
        return RecordError(f"Record {self.place}: {self.message}", self.faults)

    def __str__(self) -> str:
        return str(self.error)

    def __repr__(self) -> str:
        return f"<Refused record {self.place}: {', '.join(f'{field} {code}' for field, code in self.faults)}>"


@overload
def determine_many(
    records: Iterable[Customer | Mapping[str, Any]],
    *,
    provider: Provider | Mapping[str, Any] | None = None,
    providers: Iterable[Provider] = (),
    training: Mapping[str, Iterable[TrainingTransaction | Mapping[str, Any]]] | None = None,
    special_measures: Iterable[SpecialMeasure | Mapping[str, Any]] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
    errors: Literal["raise"] = "raise",
) -> Iterator[Determination]: ...


@overload
def determine_many(
    records: Iterable[Customer | Mapping[str, Any]],
    *,
    provider: Provider | Mapping[str, Any] | None = None,
    providers: Iterable[Provider] = (),
    training: Mapping[str, Iterable[TrainingTransaction | Mapping[str, Any]]] | None = None,
    special_measures: Iterable[SpecialMeasure | Mapping[str, Any]] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
    errors: Literal["yield"],
) -> Iterator[Determination | Refused]: ...


def determine_many(
    records: Iterable[Customer | Mapping[str, Any]],
    *,
    provider: Provider | Mapping[str, Any] | None = None,
    providers: Iterable[Provider] = (),
    training: Mapping[str, Iterable[TrainingTransaction | Mapping[str, Any]]] | None = None,
    special_measures: Iterable[SpecialMeasure | Mapping[str, Any]] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
    errors: Literal["raise", "yield"] = "raise",
) -> Iterator[Determination | Refused]:
    """What the rule makes of each account of a stream, in its order.

    A record is taken from the stream only when its answer is asked for, and none is kept. Records in are
    answers out: there is no way to leave bad records out silently. Whether an ``account_id`` came twice is
    not looked at; :func:`kycrule.check` does that for files.

    Args:
        records: accounts, as records or as the fields of one.
        provider: who serves them all; without one, see :func:`kycrule.determine`.
        providers: providers for ``served_by``, and for ``parent`` and ``resells_for`` of the one that serves.
        training: the training transactions of an account, by ``account_id``.
        special_measures: determinations of the Secretary under § 7.307.
        as_of: the date as of which it is asked.
        readings: the choices for the open questions of the rule.
        errors: what becomes of a record that cannot be read: ``raise`` ends the stream with a
            :class:`~kycrule.RecordError` that says which record it is; ``yield`` gives a
            :class:`~kycrule.Refused` in the place of its answer and goes on.

    Returns:
        An iterator of as many answers as there are records.

    Raises:
        RecordError: the provider or a special measure cannot be read, at once; with ``errors="raise"`` also a record,
            when its turn comes.
        DefinitionError: ``errors`` is something else.

    >>> from datetime import date
    >>> stream = ({"account_id": f"a{number}", "country": country} for number, country in enumerate(["FR", "XX"]))
    >>> list(determine_many(stream, as_of=date(2024, 6, 1), errors="yield"))
    [<Determination a0: undetermined [7.302(d)(1)(i)], 11 findings>, <Refused record 2: country K912>]
    """
    if errors not in {"raise", "yield"}:
        message = 'errors is "raise" or "yield".'
        raise DefinitionError(message)
    if provider is not None and not isinstance(provider, Provider):
        provider = Provider.read(provider)
    known = tuple(providers)
    measures = tuple(
        each if isinstance(each, SpecialMeasure) else SpecialMeasure.read(each) for each in special_measures
    )

    def answers() -> Iterator[Determination | Refused]:
        for place, record in enumerate(records, start=1):
            try:
                customer = record if isinstance(record, Customer) else Customer.read(record)
                answer = determine(
                    customer,
                    provider=provider,
                    providers=known,
                    training=() if training is None else training.get(customer.account_id, ()),
                    special_measures=measures,
                    as_of=as_of,
                    readings=readings,
                )
            except RecordError as error:
                refused = Refused(place=place, account_id=_account_id(record), message=str(error), faults=error.faults)
                if errors == "raise":
                    raise refused.error from None
                yield refused
            else:
                yield answer

    return answers()


def _account_id(record: Any) -> str | None:
    if isinstance(record, Customer):
        return record.account_id
    given = cast("Mapping[str, Any]", record).get("account_id") if isinstance(record, Mapping) else None
    try:
        return cells.read(cells.IDENTIFIER, given) if isinstance(given, str) else None
    except CellError:
        return None
