"""A referral of red flags, by the categories of § 7.306(b)(1)(iii), made from what a run was told to look for."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final, Literal

from pydantic import Field

from kycrule.errors import ReportError
from kycrule.reports.model import Attestation, Model, Report, finished, item
from kycrule.reports.run import Run, opened

FLAGS: Final = "red-flags.csv"
SCREENING: Final = "screening.csv"

_IDENTITY: Final = "7.306(b)(1)(iii)(A)"
_ACTIVITY: Final = "7.306(b)(1)(iii)(B)"
_NOTICE: Final = "7.306(b)(1)(iii)(C)"

WEAK: Final = (
    "Weak evidence: each flag is a reason to look, and proves nothing. It changes no determination, and to have none "
    "clears nobody."
)


class Flagged(Model):
    """A red flag of one account."""

    account_id: str = Field(description="The account.")
    subject: str | None = Field(description="The account, or the owner of it.")
    flag: str = Field(description="The kind of flag.")
    seen: str = Field(description="What was seen, in words.")
    count: str | None = Field(description="How many of what the flag counts.")


class PossibleMatch(Model):
    """A name like one on a published list. A possible match, never a conclusion."""

    account_id: str = Field(description="The account.")
    subject: str | None = Field(description="The account, or the owner of it.")
    field: str = Field(description="The field that holds the name.")
    score: str = Field(description="How alike the names are.")
    source: str = Field(description="The list.")
    entry: str = Field(description="The entry of the list.")
    listed_name: str = Field(description="The name on the list.")


class Notice(Model):
    """A notice from others, which no table of a run can show."""

    received: str | None = item(
        _NOTICE, "notices of customers, victims, authorities or others about the accounts, or that there is none"
    )


class RedFlags(Report):
    """A referral of red flags."""

    TITLE: ClassVar[str] = "Red-flag referral"
    CITES: ClassVar[str] = "7.306(b)(1)(iii)"

    report: Literal["red-flags"] = "red-flags"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    identity_evidence: tuple[Flagged, ...] = item(_IDENTITY, "suspicious identity data or evidence", default=())
    possible_matches: tuple[PossibleMatch, ...] = item(_IDENTITY, "names like those on a published list", default=())
    account_activity: tuple[Flagged, ...] = item(_ACTIVITY, "suspicious or anomalous activity", default=())
    notices: Notice = item(_NOTICE, "notices from others", default=...)
    response: str | None = item("7.306(b)(3)", "what was done about the flags, or why nothing was")
    reviewed: Attestation = item("7.306(b)(3)", "a person looked at the flags before they were referred", default=...)


def red_flags(run: Run | str | Path) -> RedFlags:
    """The red flags and possible matches of a run, by category.

    Args:
        run: the run, or its folder.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run did not look for red flags.
    """
    with opened(run) as source:
        flags, matches = source.table(FLAGS), source.table(SCREENING)
        if flags is None and matches is None:
            message = "The run looked for no red flags and screened against no list: see kycrule check --help."
            raise ReportError(message)
        notes = [WEAK]
        if flags is None:
            notes.append("The run did not look for red flags; only names were compared with lists.")
        if matches is None:
            notes.append("The run compared no names with lists.")
        return finished(
            RedFlags(
                about=source.about,
                identity_evidence=tuple(_flagged(row) for row in flags or () if row["cites"] != _ACTIVITY),
                possible_matches=tuple(_match(row) for row in matches or ()),
                account_activity=tuple(_flagged(row) for row in flags or () if row["cites"] == _ACTIVITY),
                notices=Notice(),
                reviewed=Attestation(),
                notes=tuple(notes),
            )
        )


def _flagged(row: dict[str, str]) -> Flagged:
    return Flagged(
        account_id=row["account_id"],
        subject=row["subject"] or None,
        flag=row["flag"],
        seen=row["message"],
        count=row["count"] or None,
    )


def _match(row: dict[str, str]) -> PossibleMatch:
    return PossibleMatch(
        account_id=row["account_id"],
        subject=row["subject"] or None,
        field=row["field"],
        score=row["score"],
        source=row["source"],
        entry=row["entry"],
        listed_name=row["listed_name"],
    )
