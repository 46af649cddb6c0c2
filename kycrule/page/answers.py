"""The sections on answers: what became of the accounts, where they are, and what is to be reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kycrule.findings import Disposition
from kycrule.law import SUBPART_D
from kycrule.page import charts, words
from kycrule.page.charts import Bar, figure
from kycrule.page.model import MOST, Cell, Code, Figure, Section, Summary, Table
from kycrule.page.words import counted
from kycrule.summary import LATER, OVERDUE, UNDATED

_COLOURS: Final = {
    Disposition.COVERED: charts.COVERED,
    Disposition.EXEMPT_US_PERSONS: charts.EXEMPT,
    Disposition.EXEMPT_FINDING: charts.EXEMPT,
    Disposition.EXEMPT_FOREIGN_SUBSIDIARY: charts.EXEMPT,
    Disposition.OUT_OF_SCOPE: charts.OUTSIDE,
    Disposition.UNDETERMINED: charts.OPEN,
}


_FACTS: Final = 40
"""Facts that are listed of those that answers turn on."""


# What became of the accounts ----------------------------------------------------------------------


def dispositions(summary: Summary) -> Section:
    """How many accounts have each disposition, with the paragraph that decides it."""
    counts: Mapping[str, int] = summary["dispositions"]
    determined = sum(counts.values())
    grounds = {ground.disposition: ground for ground in reversed(SUBPART_D.grounds)}
    rows: list[tuple[Cell, ...]] = []
    for disposition, called in words.DISPOSITIONS.items():
        ground = grounds.get(disposition)
        cites = SUBPART_D.open_question if ground is None else ground.cites
        says = _OPEN if ground is None else ground.says
        count = counts[disposition]
        rows.append((Code(called, f"{says} (§ {cites})"), count, words.share(count, determined)))
    return Section(
        id="dispositions",
        title="What became of the accounts",
        says=(
            f"Of these, {words.of(summary['foreign_customers'], 'is', 'are')} of a foreign customer, "
            f"{words.of(summary['foreign_owners'], 'has', 'have')} a foreign beneficial owner, and "
            f"{words.of(summary['foreign_resellers'], 'is', 'are')} of a foreign reseller.",
        ),
        parts=(
            figure(
                "Accounts by disposition",
                (Bar(name, ((counts[one], _COLOURS[one]),)) for one, name in words.DISPOSITIONS.items()),
                Table(
                    caption="Accounts by disposition", columns=("Disposition", "Accounts", "Share"), rows=tuple(rows)
                ),
            ),
        ),
    )


_OPEN: Final = "It cannot be told from what is known. Until it is determined, the account is not exempt."


# What cannot be told ------------------------------------------------------------------------------


def undetermined(summary: Summary) -> Section:
    """What the undetermined accounts turn on."""
    open_accounts = summary["dispositions"][Disposition.UNDETERMINED]
    title = "What cannot be told, and what it turns on"
    if not open_accounts:
        return Section(id="undetermined", title=title, says=("Every account that was read has an answer.",))
    rows: list[tuple[Cell, ...]] = []
    turns_on: Mapping[str, int] = summary["turns_on"]
    for label, count in list(turns_on.items())[:_FACTS]:
        told = words.fact(label)
        if label.startswith("readings."):
            told += " An open question of the rule: choose a reading."
        rows.append((Code(label, told), count))
    return Section(
        id="undetermined",
        title=title,
        says=(
            f"{counted(open_accounts, 'account')} cannot be told yet. Until it is determined, an account is not exempt "
            f"(§ {SUBPART_D.open_question}). Ask for these facts; an account may turn on several.",
            *([f"{counted(len(turns_on) - _FACTS, 'more fact')} in summary.json."] if len(turns_on) > _FACTS else []),
        ),
        parts=(Table(caption="Facts that answers turn on", columns=("Fact", "Accounts"), rows=tuple(rows)),),
    )


# Countries ----------------------------------------------------------------------------------------


def countries(summary: Summary) -> Section:
    """Where the foreign customers and beneficial owners are."""
    parts = [
        _by_country(title, noun, summary["countries"][name])
        for name, title, noun in (
            ("foreign_customers", "Foreign customers by country", "Customers"),
            ("foreign_owners", "Foreign beneficial owners by country", "Owners"),
        )
        if summary["countries"][name]
    ]
    says = (
        "By the location asserted, or else the country of the address. It says where they are, not their citizenship."
    )
    return Section(
        id="countries",
        title="Foreign customers and owners",
        says=(says if parts else "No customer and no beneficial owner is known to be foreign.",),
        parts=tuple(parts),
    )


def _by_country(title: str, noun: str, counts: Mapping[str, int]) -> Figure:
    shown = list(counts.items())[:MOST]
    rows: list[tuple[Cell, ...]] = [(Code(code, words.country(code), beside=True), count) for code, count in shown]
    bars = [Bar(code, ((count, charts.NEUTRAL),)) for code, count in shown]
    if len(counts) > len(shown):
        rest = sum(counts.values()) - sum(count for _, count in shown)
        rows.append(
            (Code("others", f"{counted(len(counts) - len(shown), 'country', 'countries')} more, in summary.json"), rest)
        )
        bars.append(Bar("others", ((rest, charts.OUTSIDE),)))
    return figure(title, bars, Table(caption=title, columns=("Country", noun), rows=tuple(rows)))


def accesses(summary: Summary) -> Section | None:
    """From which countries accounts were used; None if no data on addresses was given."""
    flagged: dict[str, Any] = summary.get("red_flags") or {}
    seen: dict[str, Any] | None = flagged.get("countries")
    if seen is None:
        return None
    return Section(
        id="accesses",
        title="Countries of access",
        says=(
            f"Known for {seen['with_country']:,} of {counted(seen['addresses'], 'address', 'addresses')}. It is weak "
            "evidence: it may raise a question about an account, and clears or condemns no one. An account may have "
            "been used from several.",
        ),
        parts=(_by_country("Accounts by country of access", "Accounts", seen["accounts"]),) if seen["accounts"] else (),
    )


# Reports ------------------------------------------------------------------------------------------

_WEEKS: Final = {OVERDUE: "Overdue", LATER: "Later", UNDATED: "No date"}
_MEANT: Final = {
    OVERDUE: "before the day of the run",
    LATER: "after more than a year",
    UNDATED: "the text sets none, or it is not known",
}


def reports(summary: Summary) -> Section:
    """What is to be reported, by the week and by its kind."""
    weeks: Mapping[str, Mapping[str, int]] = summary["reports_by_week"]
    if not weeks:
        return Section(id="reports", title="Reports due", says=("Nothing is to be reported.",))
    rows: list[tuple[Cell, ...]] = []
    bars: list[Bar] = []
    for week, kinds in weeks.items():
        called = _WEEKS.get(week) or words.short_day(week)
        told = "; ".join(f"{kind} {count:,}" for kind, count in kinds.items())
        rows.append((Code(called, f"{_MEANT[week]}: {told}" if week in _MEANT else told), sum(kinds.values())))
        bars.append(Bar(called, ((sum(kinds.values()), charts.VIOLATED if week == OVERDUE else charts.NEUTRAL),)))
    kinds_of = {due.kind: due for due in reversed(SUBPART_D.reports)}
    said: list[tuple[Cell, ...]] = [
        (Code(kind, f"{kinds_of[kind].says} (§ {kinds_of[kind].cites})"), count)
        for kind, count in summary["reports_due"].items()
    ]
    return Section(
        id="reports",
        title="Reports due",
        says=("By the week, which begins on the Monday named, in which the last day for them falls.",),
        parts=(
            figure(
                "Reports due by week",
                bars,
                Table(caption="Reports due by week", columns=("Week", "Due"), rows=tuple(rows)),
            ),
            Table(caption="What is to be reported", columns=("Kind", "Due"), rows=tuple(said)),
        ),
    )
