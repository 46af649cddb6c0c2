"""The front of the page: what the run came to in plain sentences, and the figures to see first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kycrule.findings import Disposition
from kycrule.page import words
from kycrule.page.model import Page, Tile
from kycrule.page.sections import sections
from kycrule.page.words import counted
from kycrule.status import status
from kycrule.version import __version__


def page(summary: Mapping[str, Any]) -> Page:
    """The whole page, as values for the template."""
    counts: Mapping[str, int] = summary["dispositions"]
    rows, quarantined = summary["rows"], summary["quarantined"]
    covered, open_accounts = counts[Disposition.COVERED], counts[Disposition.UNDETERMINED]
    outside = counts[Disposition.OUT_OF_SCOPE]
    exempt = summary["determined"] - covered - open_accounts - outside
    law = status()
    tiles = (
        ("covered", covered, "covered"),
        ("exempt", exempt, "exempt"),
        ("outside", outside, "out of scope"),
        ("open", open_accounts, "cannot be told yet"),
        ("violated", quarantined, "in quarantine"),
    )
    return Page(
        title=f"{counted(rows, 'row')} checked, as of {words.day(summary['as_of'])}",
        says=(
            f"Of {counted(rows, 'row')}, the rule covers {words.number(covered)}, "
            f"{words.of(exempt, 'is exempt', 'are exempt')}, "
            f"{words.of(outside, 'is out of its scope', 'are out of its scope')}, "
            f"{words.number(open_accounts)} cannot be told yet, and "
            f"{words.of(quarantined, 'is in quarantine', 'are in quarantine')}.",
            f"This was asked as of {words.day(summary['as_of'])} of the text proposed on 29 January 2024 "
            f"({law.citation.partition(' (')[0].partition(',')[0]}), {_readings(summary['readings'])}.",
            *(
                ()
                if summary["providers_known"]
                else ("No provider was named: nothing is known of who serves these accounts, so most stay open.",)
            ),
        ),
        law=law.summary,
        tiles=tuple(
            Tile(kind=kind, count=count, name=name, says=words.share(count, rows)) for kind, count, name in tiles
        ),
        sections=sections(summary),
        foot=f"Made by kycrule {__version__} from summary.json; text {summary['rule_version']}.",
    )


def _readings(changed: Mapping[str, str]) -> str:
    if not changed:
        return "with the default answer to each of its open questions"
    return f"with {', '.join(f'{name} = {value}' for name, value in changed.items())}, and else the default readings"
