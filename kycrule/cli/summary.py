"""What a run came to, on one screen of a terminal."""

from __future__ import annotations

import sys
from typing import Any, Final

from rich.console import Console

import kycrule
from kycrule import page
from kycrule.faults import FAULTS
from kycrule.pages import WIDTH
from kycrule.terminal import safe_text

_SHOWN: Final = 12
"""How many rules a summary shows, so that it fits a screen; findings.csv has them all."""


def summarise(result: kycrule.Result) -> None:
    """Tell what a run came to."""
    summary = result.summary
    console = Console(
        stderr=True, highlight=False, markup=False, emoji=False, width=None if sys.stderr.isatty() else WIDTH
    )
    lines = [
        f"{summary['rows']:,} rows: {summary['determined']:,} determined, {summary['quarantined']:,} in quarantine "
        f"(as of {summary['as_of']}, text proposed 2024-01-29, never in force)",
        *(f"  reading {name} = {value}" for name, value in summary["readings"].items()),
        "",
        *(f"  {count:>12,}  {name}" for name, count in summary["dispositions"].items() if count),
        "",
        f"  {summary['foreign_customers']:>12,}  foreign customers",
        f"  {summary['foreign_owners']:>12,}  accounts with a foreign beneficial owner",
        f"  {summary['foreign_resellers']:>12,}  foreign resellers",
    ]
    if summary["findings"]:
        lines += ["", "      violated  undetermined"]
        most = sorted(summary["findings"], key=lambda found: -found["violated"] - found["undetermined"])[:_SHOWN]
        lines += [
            f"  {found['violated']:>12,}  {found['undetermined']:>12,}  {found['code']} {found['name']}"
            for found in summary["findings"]
            if found in most
        ]
        if len(summary["findings"]) > len(most):
            lines.append(f"  and {len(summary['findings']) - len(most)} more rules with fewer findings: findings.csv")
    if summary["reports_due"]:
        lines += ["", "  To be reported:"]
        lines += [f"  {count:>12,}  {kind}" for kind, count in summary["reports_due"].items()]
    if "comparison" in summary:
        lines += ["", "  Accounts with another disposition under another reading (comparison.csv):"]
        lines += [
            f"  {other['changed']:>12,}  {other['reading']} = {other['value']}" for other in summary["comparison"]
        ]
    lines += _screened(summary.get("screening"))
    lines += _flagged(summary.get("red_flags"))
    if summary["ownership"]["remarks"]:
        told = ", ".join(f"{kind} {count:,}" for kind, count in summary["ownership"]["remarks"].items())
        lines += ["", f"  Stakes of {summary['ownership']['accounts']:,} accounts; to be looked at: {told}"]
    if summary["quarantine"]:
        names = {fault.code: fault.name for fault in FAULTS}
        lines += ["", "  In quarantine:"]
        lines += [f"  {count:>12,}  {code} {names[code]}" for code, count in summary["quarantine"].items()]
    for file in summary["files"]:
        if file["ignored_columns"]:
            lines.append(f"  {file['name']}: ignored columns {', '.join(file['ignored_columns'])}")
        if file["unattributed"]:
            lines.append(
                f"  {file['name']}: {file['unattributed']:,} rows in quarantine belong to no account of the customers' "
                "file: no answer allows for them"
            )
    if not summary["providers_known"]:
        lines += ["", "  No --providers: nothing is known of who serves these accounts, so most stay undetermined."]
    lines += ["", f"Run folder: {result.out}", "Explain a finding: kycrule explain CODE"]
    if (absent := page.unavailable()) is not None:
        lines.append(absent)
    for line in lines:
        console.print(safe_text(line), soft_wrap=True)


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
