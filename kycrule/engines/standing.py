"""Providers and their resellers, one at a time: what a regulation says of them, compiled to plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kycrule.bound import BoundDue, BoundRule, Standing
from kycrule.engines.writing import Body, Writer, executed


@dataclass(frozen=True, slots=True)
class StandingJudgement:
    """What the compiled rules say of one provider or one reseller, by position among its rules.

    Attributes:
        found: for each finding: index of the rule, whether violated, what is missing, the last day.
        reports: for each report due: its index in the regulation, its last and its first day.
    """

    found: list[tuple[int, bool, tuple[str, ...], date | None]]
    reports: list[tuple[int, date | None, date | None]]


class StandingJudge:
    """What a regulation says of providers and resellers, as Python functions.

    Attributes:
        source: the text of the compiled functions.
    """

    def __init__(self, standing: Standing) -> None:
        writer = Writer()
        serves = "provider, upstream, parent, as_of"
        of_provider = _function(
            writer, f"def of_provider({serves}):", standing.provider_rules, standing.provider_reports
        )
        of_reseller = _function(
            writer, f"def of_reseller(reseller, {serves}):", standing.reseller_rules, standing.reseller_reports
        )
        self.source = "\n".join([*of_provider, "", *of_reseller, ""])
        names = executed(self.source, writer)
        self._of_provider: Callable[..., tuple[Any, ...]] = names["of_provider"]
        self._of_reseller: Callable[..., tuple[Any, ...]] = names["of_reseller"]

    def provider(self, provider: Any, upstream: Any, parent: Any, as_of: date) -> StandingJudgement:
        """Judge one provider, with the one that it resells for and its parent."""
        return StandingJudgement(*self._of_provider(provider, upstream, parent, as_of))

    def reseller(self, reseller: Any, provider: Any, upstream: Any, parent: Any, as_of: date) -> StandingJudgement:
        """Judge one foreign reseller of a provider."""
        return StandingJudgement(*self._of_reseller(reseller, provider, upstream, parent, as_of))


def _function(writer: Writer, head: str, rules: Iterable[BoundRule], reports: Iterable[BoundDue]) -> list[str]:
    body = Body(writer, head, here=("as_of",))
    body.line("found = []")
    for index, bound in enumerate(rules):
        by = body.value(bound.by)
        violated, undetermined = (
            f"found.append(({index}, {told}, {body.asked(asks)}, {by}))"
            for told, asks in ((True, bound.missing), (False, bound.open))
        )
        writer.finding(body, bound, violated, undetermined)
    body.line("reports = []")
    for due in reports:
        yes, by, opens = body.both(due.when)[0], body.value(due.by), body.value(due.opens)
        body.line(f"if {yes}:")
        body.line(f"    reports.append(({due.index}, {by}, {opens}))")
    return body.returning("found, reports")
