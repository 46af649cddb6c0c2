"""The sections of the page, each made from the summary of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kycrule import redflags
from kycrule.faults import FAULTS
from kycrule.findings import Disposition
from kycrule.law import SUBPART_D
from kycrule.page import charts, words
from kycrule.page.charts import Bar
from kycrule.page.model import Cell, Code, Entry, Figure, Given, Section, Table
from kycrule.page.words import counted
from kycrule.provisions import Of
from kycrule.readings import READINGS, named
from kycrule.summary import LATER, OVERDUE, UNDATED

Summary = Mapping[str, Any]

COLOURS: Final = {
    Disposition.COVERED: charts.COVERED,
    Disposition.EXEMPT_US_PERSONS: charts.EXEMPT,
    Disposition.EXEMPT_FINDING: charts.EXEMPT,
    Disposition.EXEMPT_FOREIGN_SUBSIDIARY: charts.EXEMPT,
    Disposition.OUT_OF_SCOPE: charts.OUTSIDE,
    Disposition.UNDETERMINED: charts.OPEN,
}

_MOST: Final = 15
"""Rows of a chart, and of lists whose length the data decides; what is left out is counted."""

_ASKED: Final = 5
"""Facts that a rule's entry names."""


def sections(summary: Summary) -> tuple[Section, ...]:
    """All sections that the summary has something for, in the order of the page."""
    return tuple(
        filter(
            None,
            (
                _dispositions(summary),
                _findings(summary),
                _undetermined(summary),
                _countries(summary),
                _accesses(summary),
                _reports(summary),
                _quarantine(summary),
                _comparison(summary),
                _watch(summary),
                _basis(summary),
            ),
        )
    )


def _figure(says: str, bars: Iterable[Bar], table: Table, key: tuple[tuple[str, str], ...] = ()) -> Figure:
    return Figure(chart=charts.drawn(tuple(bars)), says=says, table=table, key=key)


# What became of the accounts ----------------------------------------------------------------------


def _dispositions(summary: Summary) -> Section:
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
            f"{words.of(summary['foreign_customers'], 'is', 'are')} of a foreign customer, "
            f"{words.of(summary['foreign_owners'], 'has', 'have')} a foreign beneficial owner, and "
            f"{words.of(summary['foreign_resellers'], 'is', 'are')} of a foreign reseller.",
        ),
        parts=(
            _figure(
                "Accounts by disposition",
                (Bar(name, ((counts[one], COLOURS[one]),)) for one, name in words.DISPOSITIONS.items()),
                Table(
                    caption="Accounts by disposition", columns=("Disposition", "Accounts", "Share"), rows=tuple(rows)
                ),
            ),
        ),
    )


_OPEN: Final = "It cannot be told from what is known. Until it is determined, the account is not exempt."


# Findings -----------------------------------------------------------------------------------------


def _findings(summary: Summary) -> Section:
    found: list[dict[str, Any]] = summary["findings"]
    if not found:
        return Section(id="findings", title="Findings by rule", says=("No rule is violated or open.",))
    rules = {rule.code: rule for rule in SUBPART_D.rules}
    most = sorted(found, key=lambda each: (-each["violated"] - each["undetermined"], each["code"]))[:_MOST]
    charted = [each for each in found if each in most]
    entries: list[Entry] = []
    for each in found:
        rule = rules[each["code"]]
        cites = ", ".join(f"§ {cite}" for cite in (rule.cites, *rule.also_cites))
        counts = (
            ("violated", f"{each['violated']:,} violated"),
            ("open", f"{each['undetermined']:,} cannot be told"),
        )
        entries.append(
            Entry(
                code=rule.code,
                name=rule.name,
                cites=cites,
                counts=tuple(
                    pair for pair, count in zip(counts, (each["violated"], each["undetermined"]), strict=True) if count
                ),
                says=rule.says,
                lists=tuple(_remedy(each["missing"], rule.of)),
            )
        )
    left = len(found) - len(charted)
    return Section(
        id="findings",
        title="Findings by rule",
        says=(
            "Violated: what the rule asks is known not to be met. Cannot be told: a fact is missing. "
            "findings.csv names the account, owner or transaction of each.",
            *([f"The chart shows the {_MOST} rules with the most findings; {left} more follow below."] if left else []),
        ),
        parts=(
            _figure(
                "Findings by rule, violated and undetermined",
                (
                    Bar(
                        each["code"],
                        ((each["violated"], charts.VIOLATED), (each["undetermined"], charts.OPEN)),
                    )
                    for each in charted
                ),
                Table(
                    caption="Findings by rule",
                    columns=("Rule", "Violated", "Cannot be told"),
                    rows=tuple(
                        (Code(each["code"], each["name"], beside=True), each["violated"], each["undetermined"])
                        for each in charted
                    ),
                ),
                key=(("violated", "violated"), ("open", "cannot be told")),
            ),
        ),
        entries=tuple(entries),
        entries_title="What each rule asks",
    )


def _remedy(missing: Mapping[str, int], of: Of) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What to obtain so that the findings of a rule are settled, the most often missing first."""
    facts = [label for label in missing if not label.startswith("readings.") and label != "disposition"]
    told = [f"{words.fact(label, of)} ({missing[label]:,})" for label in facts[:_ASKED]]
    if len(facts) > _ASKED:
        told.append(f"{counted(len(facts) - _ASKED, 'more fact')}: findings.csv")
    if told:
        yield "To mend it, obtain", tuple(told)
    questions = [label for label in missing if label.startswith("readings.")]
    if questions:
        yield "Open questions of the rule", tuple(f"{words.fact(label)} ({missing[label]:,})" for label in questions)


# What cannot be told ------------------------------------------------------------------------------


def _undetermined(summary: Summary) -> Section:
    open_accounts = summary["dispositions"][Disposition.UNDETERMINED]
    title = "What cannot be told, and what it turns on"
    if not open_accounts:
        return Section(id="undetermined", title=title, says=("Every account that was read has an answer.",))
    rows: list[tuple[Cell, ...]] = []
    for label, count in summary["turns_on"].items():
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
        ),
        parts=(Table(caption="Facts that answers turn on", columns=("Fact", "Accounts"), rows=tuple(rows)),),
    )


# Countries ----------------------------------------------------------------------------------------


def _countries(summary: Summary) -> Section:
    countries = summary["countries"]
    parts = [
        _by_country(title, noun, countries[name])
        for name, title, noun in (
            ("foreign_customers", "Foreign customers by country", "Customers"),
            ("foreign_owners", "Foreign beneficial owners by country", "Owners"),
        )
        if countries[name]
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
    shown = list(counts.items())[:_MOST]
    rows: list[tuple[Cell, ...]] = [(Code(code, words.country(code), beside=True), count) for code, count in shown]
    bars = [Bar(code, ((count, charts.NEUTRAL),)) for code, count in shown]
    if len(counts) > len(shown):
        rest = sum(counts.values()) - sum(count for _, count in shown)
        rows.append(
            (Code("others", f"{counted(len(counts) - len(shown), 'country', 'countries')} more, in summary.json"), rest)
        )
        bars.append(Bar("others", ((rest, charts.OUTSIDE),)))
    return _figure(title, bars, Table(caption=title, columns=("Country", noun), rows=tuple(rows)))


def _accesses(summary: Summary) -> Section | None:
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


def _reports(summary: Summary) -> Section:
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
            _figure(
                "Reports due by week",
                bars,
                Table(caption="Reports due by week", columns=("Week", "Due"), rows=tuple(rows)),
            ),
            Table(caption="What is to be reported", columns=("Kind", "Due"), rows=tuple(said)),
        ),
    )


# Quarantine ---------------------------------------------------------------------------------------


def _quarantine(summary: Summary) -> Section:
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


def _comparison(summary: Summary) -> Section | None:
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


def _watch(summary: Summary) -> Section | None:
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
                columns=("List", "Entries", "Names", "Rows not screened"),
                rows=tuple(
                    (Given(each["name"]), each["entries"], each["names"], each["unread"])
                    for each in screened["lists"][:_MOST]
                ),
            )
        )
    return Section(id="watch", title="To be looked at", says=tuple(says), parts=tuple(parts)) if parts else None


# What it rests on ---------------------------------------------------------------------------------


def _basis(summary: Summary) -> Section:
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
            more = f" and {len(ignored) - _MOST:,} more" if len(ignored) > _MOST else ""
            listed = ", ".join(str(Given(column)) for column in ignored[:_MOST])
            says.append(f"Columns of {Given(file['name'])} without a meaning here: {listed}{more}.")
    return Section(
        id="basis",
        title="What this rests on",
        says=tuple(says),
        parts=(
            Table(
                caption="Files",
                columns=("File", "Rows", "Used", "In quarantine"),
                rows=tuple(
                    (Given(file["name"]), file["records"], file["used"], file["quarantined"])
                    for file in summary["files"][:_MOST]
                ),
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
