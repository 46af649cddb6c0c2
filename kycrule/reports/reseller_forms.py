"""The certifications of foreign resellers' CIPs, compiled by their provider, § 7.304(e) and (f)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from kycrule.reports.certification_form import Form, form_of
from kycrule.reports.model import Model, Report, finished, item
from kycrule.reports.providers import Resold, chosen, resellers
from kycrule.reports.run import Run, opened


class LeftOut(Model):
    """A foreign reseller whose CIP is not certified here."""

    id: str | None = item("7.304(f)", "its id, where it has one", by=None)
    name: str | None = item("7.304(f)", "its name", by=None)
    reason: str = item("7.304(f)", "why it is left out", default=...)
    cites: str = item("7.304(f)", "the paragraph of the reason", default=...)
    on: date | None = item("7.304(f)", "the day of the finding, or of the end", by=None)


class ResellerCertification(Report):
    """The compiled CIP certifications of a provider's foreign resellers."""

    TITLE: ClassVar[str] = "Compiled CIP certification of foreign resellers"
    CITES: ClassVar[str] = "7.304(f)"
    BEARER: ClassVar[str] = "the foreign reseller"

    report: Literal["reseller-certification"] = "reseller-certification"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    provider: str = Field(description="§ 7.304(f): the id of the provider that submits it.")
    provider_name: str | None = item("7.304(f)", "the name of the provider", by="the provider")
    forms: tuple[Form, ...] = item("7.304(f)", "one form for each foreign reseller", default=())
    left_out: tuple[LeftOut, ...] = item("7.306(b)", "foreign resellers without a form, and why", default=())


def reseller_certification(run: Run | str | Path, *, provider: str | None = None) -> ResellerCertification:
    """The certifications of the foreign resellers of a provider, in one.

    Args:
        run: the run, or its folder.
        provider: the id of the provider; None stands for the only one that is bound to certify.

    Returns:
        One form for each foreign reseller of the setting. Counts stand only where the run has the accounts that the
        reseller serves; the rest is for the provider to collect, § 7.304(e).

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run kept no records, or the provider is not bound to certify.
    """
    with opened(run) as source:
        whose = chosen(source, provider)
        sold_on = tuple(resellers(source, whose))
        served = {known.id for known in source.setting.providers}
        forms = tuple(
            form_of(source, each.id, each.record, sold_on=None, serves=each.id in served)
            for each in sold_on
            if _reason(each) is None
        )
        left_out = [
            LeftOut(id=each.id, name=each.record.name, reason=reason[0], cites=reason[1], on=reason[2])
            for each in sold_on
            if (reason := _reason(each)) is not None
        ]
        recorded = {each.account_id for each in sold_on}
        nameless = [found for found in source.reseller_accounts(whose.id) if found[0] not in recorded]
        notes = [
            "The provider collects what is left open from its foreign resellers [7.304(e)].",
            "Whoever signs certifies; kycrule attests nothing.",
        ]
        if nameless:
            notes.append(
                f"Accounts of foreign resellers without an entry under [[resellers]]: {len(nameless)}. There is no "
                "form for them: add them, with their account_id, and run the check again. The provider's certification "
                "lists them."
            )
        if not sold_on:
            notes.append("The setting lists no foreign reseller of this provider.")
        return finished(
            ResellerCertification(
                about=source.about,
                provider=whose.id,
                provider_name=whose.name,
                forms=forms,
                left_out=tuple(left_out),
                notes=tuple(notes),
            )
        )


def _reason(reseller: Resold) -> tuple[str, str, date | None] | None:
    if reseller.finding is not None:
        return "exempt by a finding of the Secretary", "7.306(b)", reseller.finding
    if reseller.out_of_rule:
        return "out of the rule under the reading foreign_subsidiary of the run", "7.301", None
    if reseller.terminated_on is not None:
        return "the relationship was terminated", "7.303(e)", reseller.terminated_on
    return None
