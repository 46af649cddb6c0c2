"""What a run came to, on one screen of a terminal."""

from __future__ import annotations

from typing import Any, Final

import kycrule
from kycrule import page
from kycrule.cli.telling import Part, console, line
from kycrule.faults import FAULTS
from kycrule.intake.columns import column_names
from kycrule.nearest import listed

_SHOWN: Final = 12
"""How many rules a summary shows, so that it fits a screen; findings.csv has them all."""


def summarise(result: kycrule.Result, *, verbose: bool = False) -> None:
    """Tell what a run came to.

    Args:
        result: the run.
        verbose: whether to list every rule that has findings, however many there are.
    """
    summary = result.summary
    lines: list[tuple[Part, ...]] = [
        (
            (f"{summary['rows']:,} rows: {summary['determined']:,} determined, ", "bold"),
            (f"{summary['quarantined']:,} in quarantine", "bold red" if summary["quarantined"] else "bold"),
            f" (as of {summary['as_of']}, text proposed 2024-01-29, never in force)",
        ),
        *((f"  reading {name} = {value}",) for name, value in summary["readings"].items()),
        (),
        *(_count(count, name) for name, count in summary["dispositions"].items() if count),
        (),
        _count(summary["foreign_customers"], "foreign customers"),
        _count(summary["foreign_owners"], "accounts with a foreign beneficial owner"),
        _count(summary["foreign_resellers"], "foreign resellers"),
        *_findings(summary["findings"], len(summary["findings"]) if verbose else _SHOWN),
    ]
    if summary["reports_due"]:
        lines += [(), ("  To be reported:",)]
        lines += [_count(count, kind) for kind, count in summary["reports_due"].items()]
    if "comparison" in summary:
        lines += [(), ("  Accounts with another disposition under another reading (comparison.csv):",)]
        lines += [_count(other["changed"], f"{other['reading']} = {other['value']}") for other in summary["comparison"]]
    lines += [(told,) for told in (*_screened(summary.get("screening")), *_flagged(summary.get("red_flags")))]
    if summary["ownership"]["remarks"]:
        told = ", ".join(f"{kind} {count:,}" for kind, count in summary["ownership"]["remarks"].items())
        lines += [(), (f"  Stakes of {summary['ownership']['accounts']:,} accounts; to be looked at: {told}",)]
    if summary["quarantine"]:
        names = {fault.code: fault.name for fault in FAULTS}
        lines += [(), ("  In quarantine:",)]
        lines += [_count(count, f"{code} {names[code]}", "red") for code, count in summary["quarantine"].items()]
    for file in summary["files"]:
        if file["ignored_columns"]:
            lines.append((f"  {file['name']}: ignored columns {listed(file['ignored_columns'], column_names())}",))
        if file["unattributed"]:
            told = (
                f"  {file['name']}: {file['unattributed']:,} rows in quarantine belong to no account of the customers' "
                "file: no answer allows for them"
            )
            lines.append(((told, "red"),))
    if not summary["providers_known"]:
        told = "  No --providers: nothing is known of who serves these accounts, so most stay undetermined."
        lines += [(), ((told, "yellow"),)]
    lines += [(), (f"Run folder: {result.out}",), ("Explain a finding: kycrule explain CODE",)]
    if (absent := page.unavailable()) is not None:
        lines.append((absent,))
    shown = console(stderr=True)
    for parts in lines:
        shown.print(line(*parts), soft_wrap=True)


def _count(count: int, what: str, style: str = "") -> tuple[Part, ...]:
    return (f"{count:>14,}", style if count else ""), f"  {what}"


def _findings(found: list[dict[str, Any]], most: int) -> list[tuple[Part, ...]]:
    """The rules with the most findings, in the order of the regulation."""
    if not found:
        return []
    shown = sorted(found, key=lambda rule: -rule["violated"] - rule["undetermined"])[:most]
    lines: list[tuple[Part, ...]] = [(), ("      violated  undetermined",)]
    lines += [
        (
            (f"{rule['violated']:>14,}", "red" if rule["violated"] else ""),
            (f"{rule['undetermined']:>14,}", "yellow" if rule["undetermined"] else ""),
            f"  {rule['code']} {rule['name']}",
        )
        for rule in found
        if rule in shown
    ]
    if len(found) > len(shown):
        lines.append((f"  and {len(found) - len(shown)} more rules with fewer findings: --verbose, or findings.csv",))
    return lines


def _screened(screened: dict[str, Any] | None) -> list[str]:
    if screened is None:
        return []
    lines = [
        "",
        f"  {screened['possible_matches']:>12,}  possible matches with restricted parties, on {screened['accounts']:,} "
        f"accounts, score from {screened['threshold']:g} (screening.csv): for a person to look at, no conclusion",
    ]
    for each in screened["lists"]:
        lines.append(f"  {each['name']}: {each['entries']:,} entries, {each['names']:,} names")
        if each["unread"]:
            lines.append(f"  {each['name']}: {each['unread']:,} rows cannot be read and were NOT screened")
    if screened["too_common"]:
        lines.append(f"  {screened['too_common']:,} words are so common that names were not compared for them alone")
    return lines


def _flagged(flagged: dict[str, Any] | None) -> list[str]:
    if flagged is None:
        return []
    lines = [
        "",
        f"  Red flags on {flagged['accounts']:,} accounts (red-flags.csv): weak evidence, no determination changes",
    ]
    lines += [f"  {count:>12,}  {name}" for name, count in flagged["flags"].items()]
    if flagged["countries"] is not None:
        seen = flagged["countries"]
        lines.append(f"  countries known for {seen['with_country']:,} of {seen['addresses']:,} addresses")
    return [*lines, f"  {flagged['not_from_data']}"]
