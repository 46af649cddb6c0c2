"""The front door for providers and their foreign resellers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from kycrule.binding import bind_standing
from kycrule.bound import BoundRule, Standing
from kycrule.determine import DEFAULT_READINGS, with_those_behind
from kycrule.engines.standing import StandingJudge, StandingJudgement
from kycrule.expr import Subject
from kycrule.findings import Finding, Outcome, ProviderDetermination, ReportDue, settle
from kycrule.judged import finding
from kycrule.law import SUBPART_D
from kycrule.provisions import Of, Rule
from kycrule.readings import Readings
from kycrule.records import Provider, Reseller


@lru_cache(maxsize=64)
def standing(readings: Readings) -> Standing:
    """What the regulation says of providers and resellers, bound to readings, made once for each choice."""
    return bind_standing(SUBPART_D, readings)


@lru_cache(maxsize=64)
def _compiled(readings: Readings) -> StandingJudge:
    return StandingJudge(standing(readings))


def determine_provider(
    provider: Provider | Mapping[str, Any],
    *,
    providers: Iterable[Provider] = (),
    resellers: Iterable[Reseller | Mapping[str, Any]] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
) -> ProviderDetermination:
    """What the rule makes of a provider and of the foreign resellers that it supplies, §§ 7.302(a) to 7.308(f).

    Args:
        provider: the provider, as a record or as the fields of one.
        providers: others, for its ``parent`` and ``resells_for``.
        resellers: foreign resellers; those whose ``supplied_by`` names another provider are left out.
        as_of: the date as of which it is asked.
        readings: the choices for the open questions of the rule.

    Returns:
        The findings and what is to be reported. Nothing is written, and no clock is read.

    Raises:
        RecordError: a record cannot be read.

    >>> from datetime import date
    >>> us = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True,
    ...       "has_written_cip": True, "previous_certification_on": date(2025, 3, 1)}
    >>> [report] = determine_provider(us, as_of=date(2025, 6, 1)).reports_due
    >>> report.kind, report.opens.isoformat(), report.due.isoformat()
    ('certification', '2025-12-31', '2026-03-01')
    """
    if not isinstance(provider, Provider):
        provider = Provider.read(provider)
    behind = with_those_behind(provider, {other.id: other for other in providers})
    bound, judge = standing(readings), _compiled(readings)
    judged = judge.provider(*behind, as_of)
    findings = list(_findings(judged, bound.provider_rules, provider.id))
    reports = list(_reports(judged, provider.id))
    for each in resellers:
        reseller = each if isinstance(each, Reseller) else Reseller.read(each)
        if reseller.supplied_by in {None, provider.id}:
            judged = judge.reseller(reseller, *behind, as_of)
            findings += _findings(judged, bound.reseller_rules, reseller.id)
            reports += _reports(judged, reseller.id)
    return ProviderDetermination(
        provider_id=provider.id,
        as_of=as_of,
        rule_version=SUBPART_D.version,
        readings=readings.changed(),
        findings=tuple(findings),
        reports_due=tuple(reports),
    )


def _findings(judged: StandingJudgement, rules: tuple[BoundRule, ...], subject: str) -> Iterator[Finding]:
    for index, violated, missing, by in judged.found:
        yield finding(rules[index].rule, subject, missing, violated=violated, due=by)


def _reports(judged: StandingJudgement, subject: str) -> Iterator[ReportDue]:
    for index, by, opens in judged.reports:
        due = SUBPART_D.reports[index]
        yield ReportDue(kind=due.kind, cites=due.cites, due=by, opens=opens, subject=subject)


def standing_outcomes(
    provider: Provider,
    *,
    providers: Iterable[Provider] = (),
    resellers: Iterable[Reseller] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
) -> dict[str, dict[str, Outcome]]:
    """The outcome of every rule for a provider and for each of its resellers: subject, then code, then outcome.

    Slower than :func:`determine_provider`, which leaves out what is met or does not apply.
    """
    from kycrule.engines.trace import World, truth_of

    serving, upstream, parent = with_those_behind(provider, {other.id: other for other in providers})
    records = {Subject.PROVIDER: serving, Subject.UPSTREAM: upstream, Subject.PARENT: parent}
    world = World(records=records, as_of=as_of, readings=readings, subject=Subject.PROVIDER)

    def told(of: Of, asked: World) -> dict[str, Outcome]:
        return {rule.code: settle(truth_of(rule.when, asked), truth_of(rule.must, asked)) for rule in _rules(of)}

    return {
        provider.id: told(Of.PROVIDER, world),
        **{
            reseller.id: told(Of.RESELLER, world.of(Subject.RESELLER, reseller))
            for reseller in resellers
            if reseller.supplied_by in {None, provider.id}
        },
    }


def _rules(of: Of) -> tuple[Rule, ...]:
    return tuple(rule for rule in SUBPART_D.rules if rule.of is of)
