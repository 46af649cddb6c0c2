"""The answers to requests of the Department for CIPs, §§ 7.303(d) and 7.305(a)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from kycrule.expr import Period
from kycrule.law.s303_foreign_resellers import FURNISHING
from kycrule.law.s305_assessments import CIP_FURNISHING
from kycrule.periods import after
from kycrule.records import Certified, Reseller
from kycrule.reports.model import BEARER, Model, Report, finished, item
from kycrule.reports.providers import chosen, resellers
from kycrule.reports.run import Run, opened

State = Literal["not requested", "furnished in time", "furnished late", "to be furnished", "overdue"]


class Requested(Model):
    """A CIP that the Department may ask for, and what became of the last request."""

    of: Literal["provider", "foreign reseller"] = Field(description="Whose CIP it is.")
    id: str = Field(description="Its id in the setting of the run.")
    name: str | None = item(("7.303(d)", "7.305(a)"), "whose CIP it is")
    cites: str = Field(description="The paragraph under which it is furnished.")
    has_written_cip: bool | None = item("7.305(a)", "whether there is a written CIP to furnish")
    copy_held: bool | None = item("7.305(a)", "whether the provider holds a copy of a reseller's CIP", by=BEARER)
    requested_on: date | None = item(("7.303(d)", "7.305(a)"), "when the Department last asked for it", by=None)
    due: date | None = item(("7.303(d)", "7.305(a)"), "the last day, ten calendar days after the request", by=None)
    furnished_on: date | None = item(("7.303(d)", "7.305(a)"), "when it was furnished", by=None)
    state: State = Field(description="What became of the request by the day of the run.")

    def not_asked(self) -> frozenset[str]:
        """A provider holds its own CIP."""
        return frozenset({"copy_held"} if self.of == "provider" else ())


class Furnishing(Report):
    """The response list for requests of the Department for CIPs."""

    TITLE: ClassVar[str] = "CIPs to be furnished to the Department"
    CITES: ClassVar[str] = "7.305(a)"

    report: Literal["furnishing"] = "furnishing"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    provider: str = Field(description="§ 7.305(a): the id of the provider that answers.")
    cips: tuple[Requested, ...] = item(
        ("7.303(d)", "7.305(a)"), "the CIP of the provider, and of each of its foreign resellers", default=()
    )


def furnishing(run: Run | str | Path, *, provider: str | None = None) -> Furnishing:
    """Which CIPs the Department asked for, by when they are due, and which were furnished.

    Args:
        run: the run, or its folder.
        provider: the id of the provider; None stands for the only one that is bound to have a CIP.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run kept no records, or the provider is not bound.
    """
    with opened(run) as source:
        whose = chosen(source, provider)
        cips = [_requested("provider", whose.id, whose, source.as_of, CIP_FURNISHING)]
        # For one of whom the relationship is over there is nothing to furnish but what was asked before.
        cips += [
            _requested("foreign reseller", each.id, each.record, source.as_of, FURNISHING)
            for each in resellers(source, whose)
            if not each.out_of_rule and (each.terminated_on is None or each.record.cip_requested_on is not None)
        ]
        return finished(Furnishing(about=source.about, provider=whose.id, cips=tuple(cips)))


def _requested(
    of: Literal["provider", "foreign reseller"], who: str, record: Certified, as_of: date, time: Period
) -> Requested:
    due = after(record.cip_requested_on, time.years, time.days)
    return Requested(
        of=of,
        id=who,
        name=record.name,
        cites=time.cites,
        has_written_cip=record.has_written_cip,
        copy_held=record.cip_copy_held if isinstance(record, Reseller) else None,
        requested_on=record.cip_requested_on,
        due=due,
        furnished_on=record.cip_furnished_on,
        state=_state(record, due, as_of),
    )


def _state(record: Certified, due: date | None, as_of: date) -> State:
    requested, furnished = record.cip_requested_on, record.cip_furnished_on
    if requested is None or due is None or requested > as_of:
        return "not requested"
    # A copy given before the request answers an earlier one.
    if furnished is None or furnished < requested or furnished > as_of:
        return "overdue" if as_of > due else "to be furnished"
    return "furnished late" if furnished > due else "furnished in time"
