"""The section on findings: by rule, each with its paragraph and what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kycrule.law import SUBPART_D
from kycrule.page import charts, words
from kycrule.page.charts import Bar, figure
from kycrule.page.model import MOST, Code, Entry, Section, Summary, Table
from kycrule.page.words import counted
from kycrule.provisions import Of

_ASKED: Final = 5
"""Facts, and open questions, that a rule's entry names."""


def findings(summary: Summary) -> Section:
    """The rules that are violated or open."""
    found: list[dict[str, Any]] = summary["findings"]
    if not found:
        return Section(id="findings", title="Findings by rule", says=("No rule is violated or open.",))
    rules = {rule.code: rule for rule in SUBPART_D.rules}
    most = sorted(found, key=lambda each: (-each["violated"] - each["undetermined"], each["code"]))[:MOST]
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
            *([f"The chart shows the {MOST} rules with the most findings; {left} more follow below."] if left else []),
        ),
        parts=(
            figure(
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
    asked = [f"{words.fact(label)} ({missing[label]:,})" for label in questions[:_ASKED]]
    if len(questions) > _ASKED:
        asked.append(f"{counted(len(questions) - _ASKED, 'more question')}: findings.csv")
    if asked:
        yield "Open questions of the rule", tuple(asked)
