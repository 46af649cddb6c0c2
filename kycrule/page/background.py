"""The sections on what the answers rest on: rows in quarantine, other readings, evidence, files and choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kycrule import redflags
from kycrule.faults import FAULTS
from kycrule.findings import Disposition
from kycrule.page import words
from kycrule.page.model import MOST, Code, Given, Section, Summary, Table
from kycrule.page.words import counted
from kycrule.readings import READINGS, named

# Quarantine ---------------------------------------------------------------------------------------


def quarantine(summary: Summary) -> Section:
    """The rows that could not be read, by reason."""
    counts: Mapping[str, int] = summary["quarantine"]
    if not counts:
        return Section(id="quarantine", title="Quarantine", says=("Every row of every file could be read.",))
    known = {fault.code: fault for fault in FAULTS}
    rows = tuple(
        (Code(f"{code} {known[code].name}", f"{known[code].says} {known[code].remedy}"), count)
        for code, count in counts.items()
    )
    astray = sum(file["unattributed"] for file in summary["files"])
    return Section(
        id="quarantine",
        title="Quarantine",
        says=(
            f"{counted(sum(counts.values()), 'row')} of all files could not be read as a record. They are in "
            "quarantine.csv as they were given; mend them, and run the check again.",
            *(
                [f"{counted(astray, 'row belongs', 'rows belong')} to no account of the customers' file."]
                if astray
                else []
            ),
        ),
        parts=(
            Table(caption="Rows in quarantine by reason", columns=("Reason, and what mends it", "Rows"), rows=rows),
        ),
    )


# Other readings -----------------------------------------------------------------------------------


def comparison(summary: Summary) -> Section | None:
    """What other readings would change; None if that was not asked."""
    compared: list[dict[str, Any]] | None = summary.get("comparison")
    if compared is None:
        return None
    options = {(reading.name, option.value): option for reading in READINGS for option in reading.options}
    changing = [other for other in compared if other["changed"]]
    rows = tuple(
        (
            Code(f"{other['reading']} = {other['value']}", options[other["reading"], other["value"]].says),
            "; ".join(f"{words.DISPOSITIONS[Disposition(to)]} {count:,}" for to, count in other["to"].items()),
            other["changed"],
        )
        for other in changing
    )
    same = len(compared) - len(changing)
    return Section(
        id="comparison",
        title="Under other readings",
        says=(
            "How many accounts would have another disposition if an open question of the rule were answered "
            "otherwise, one at a time. comparison.csv names them.",
            *([f"{counted(same, 'other answer changes', 'other answers change')} no account."] if same else []),
        ),
        parts=(
            Table(caption="Accounts that would change", columns=("Reading", "They would be", "Accounts"), rows=rows),
        )
        if rows
        else (),
    )


# Red flags and lists ------------------------------------------------------------------------------


def watch(summary: Summary) -> Section | None:
    """Red flags and possible matches; None if neither was looked for."""
    says: list[str] = []
    parts: list[Table] = []
    flagged, screened = summary.get("red_flags"), summary.get("screening")
    if flagged is not None:
        messages = {flag.name: f"{flag.message} (§ {flag.cites})" for flag in redflags.FLAGS}
        says.append(
            f"{counted(flagged['accounts'], 'account has', 'accounts have')} a red flag: weak evidence, which changes "
            "no answer."
        )
        parts.append(
            Table(
                caption="Red flags",
                columns=("Flag", "Accounts"),
                rows=tuple((Code(name, messages[name]), count) for name, count in flagged["flags"].items()),
            )
        )
    if screened is not None and any(each["entries"] for each in screened["lists"]):
        says.append(
            f"{counted(screened['possible_matches'], 'possible match', 'possible matches')} with restricted parties, "
            f"on {counted(screened['accounts'], 'account')}, with a score from {screened['threshold']:g}: for a person "
            "to look at, no conclusion."
        )
        parts.append(
            Table(
                caption="Lists of restricted parties",
                columns=("List", "Entries", "Rows not screened"),
                rows=tuple((Given(each["name"]), each["entries"], each["unread"]) for each in screened["lists"]),
            )
        )
    return Section(id="watch", title="To be looked at", says=tuple(says), parts=tuple(parts)) if parts else None


# What it rests on ---------------------------------------------------------------------------------


def basis(summary: Summary) -> Section:
    """The files, the stakes and the readings."""
    chosen = named(summary["readings"]).all()
    changed: Mapping[str, str] = summary["readings"]
    remarks: Mapping[str, int] = summary["ownership"]["remarks"]
    says = ["manifest.json has the SHA-256 of every file that went in and came out."]
    if summary["ownership"]["accounts"]:
        told = "".join(f"; to be looked at: {kind} {count:,}" for kind, count in remarks.items())
        says.append(
            f"Stakes tell who owns the customers of {counted(summary['ownership']['accounts'], 'account')}{told}."
        )
    for file in summary["files"]:
        ignored: list[str] = file["ignored_columns"]
        if ignored:
            more = f" and {len(ignored) - MOST:,} more" if len(ignored) > MOST else ""
            listed = ", ".join(str(Given(column)) for column in ignored[:MOST])
            says.append(f"Columns of {Given(file['name'])} without a meaning here: {listed}{more}.")
    return Section(
        id="basis",
        title="What this rests on",
        says=tuple(says),
        parts=(
            Table(
                caption="Files",
                columns=("File", "Rows", "In quarantine"),
                rows=tuple((Given(file["name"]), file["records"], file["quarantined"]) for file in summary["files"]),
            ),
            Table(
                caption="Readings of the open questions",
                columns=("Reading", "Chosen"),
                rows=tuple(
                    (
                        Code(reading.name, reading.question),
                        f"{chosen[reading.name]}{'' if reading.name in changed else ' (default)'}",
                    )
                    for reading in READINGS
                ),
            ),
        ),
    )
