"""The CIP certification of a provider, initial or annual, § 7.304(a), (b) and (d)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from kycrule.records import Provider
from kycrule.reports.certification_form import Form, form_of
from kycrule.reports.model import Model, Report, finished, item
from kycrule.reports.providers import chosen, exempt, resellers, standing
from kycrule.reports.run import Run, opened


class Newly(Model):
    """What is asked of a newly established provider."""

    established_on: date = item("7.304(d)", "when it was established", default=...)
    first_foreign_account_on: date | None = item(
        "7.304(d)", "when its first Account of a foreign customer was opened; the certification comes before", by=None
    )
    in_time: bool | None = item("7.304(d)", "whether the certification can still come before that Account", by=None)


class Certification(Report):
    """The CIP certification of a provider."""

    TITLE: ClassVar[str] = "CIP certification"
    CITES: ClassVar[str] = "7.304"

    report: Literal["certification"] = "certification"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    kind: Literal["initial", "annual"] = Field(description="§ 7.304(a) or (b): which of the two it is.")
    form: Form = item("7.304(a)", "the certification form", default=...)
    newly_established: Newly | None = item("7.304(d)", "what is asked of a newly established provider", by=None)


def certification(run: Run | str | Path, *, provider: str | None = None) -> Certification:
    """The CIP certification of a provider: annual if it was certified before, initial if not.

    Args:
        run: the run, or its folder.
        provider: the id of the provider; None stands for the only one that is bound to certify.

    Returns:
        The certification, with what the run knows. Nothing is attested; ``to_complete`` says what is left to a person.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run kept no records, or the provider is not bound to certify.
    """
    with opened(run) as source:
        whose = chosen(source, provider)
        form = form_of(source, whose.id, whose, sold_on=tuple(resellers(source, whose)), serves=True)
        return finished(
            Certification(
                about=source.about,
                kind="initial" if form.annual is None else "annual",
                form=form,
                newly_established=_newly(source, whose),
                notes=tuple(_notes(source, whose, form)),
            )
        )


def _newly(run: Run, provider: Provider) -> Newly | None:
    if provider.established_on is None or provider.previous_certification_on is not None:
        return None
    first = run.served(provider.id).first_foreign_account_on
    return Newly(
        established_on=provider.established_on,
        first_foreign_account_on=first,
        in_time=first is None or first > run.as_of,
    )


def _notes(run: Run, provider: Provider, form: Form) -> list[str]:
    notes: list[str] = []
    if standing(run, provider) is None:
        notes.append(
            "It cannot be told whether this is a U.S. IaaS provider of U.S. IaaS products; only those certify."
        )
    if exempt(run, provider):
        notes.append("A finding or a reading exempts this provider from certifying its CIP [7.306(b)].")
    if form.window is not None and form.window.made == "before the window":
        notes.append(f"Too early: it may be submitted from {form.window.opens_on} on [7.304(b)].")
    if form.window is not None and form.window.made == "after the window":
        notes.append(f"Too late: it was to be submitted by {form.window.closes_on} [7.304(b)].")
    if form.provision.unverified.perhaps:
        notes.append(
            f"Accounts that may have to be listed too [7.304(a)(2)(ix)]: {form.provision.unverified.perhaps}. It is "
            "unknown whether their customer is foreign, or whether the identity was verified."
        )
    perhaps = run.perhaps_resellers(provider.id)
    if perhaps:
        notes.append(
            f"Accounts that may be those of foreign resellers too [7.304(a)(2)(viii)]: {perhaps}. It is unknown "
            "whether they resell, or whether they are foreign."
        )
    notes.append("Whoever signs certifies; kycrule attests nothing.")
    return notes
