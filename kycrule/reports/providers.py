"""Of whom a report speaks: the provider chosen, and the foreign resellers of its products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kycrule.engines.trace import truth_of
from kycrule.errors import ReportError
from kycrule.expr import Condition
from kycrule.law.s301_definitions import categorically_exempt, us_iaas_product, us_iaas_provider
from kycrule.law.s302_customer_identification import cip_applies
from kycrule.law.s303_foreign_resellers import serves_as_reseller
from kycrule.records import Certified, Provider, Reseller
from kycrule.reports.run import Run
from kycrule.truth import Truth

_bound = us_iaas_provider & us_iaas_product


@dataclass(frozen=True, slots=True, kw_only=True)
class Resold:
    """A foreign reseller of a provider's products, as the setting lists it.

    Attributes:
        id: its id.
        record: what is known of it.
        account_id: its Reseller Account, if that is known.
        finding: the day of a finding under § 7.306 that is in force for it.
        terminated_on: the last day of the relationship, where it is over.
        out_of_rule: whether a reading takes it out of the rule as a foreign subsidiary.
    """

    id: str
    record: Certified
    account_id: str | None = None
    finding: date | None = None
    terminated_on: date | None = None
    out_of_rule: bool = False


def standing(run: Run, provider: Provider) -> Truth:
    """Whether a provider is a U.S. IaaS provider of U.S. IaaS products: the one who certifies, § 7.304(a)."""
    return _truth(run, provider, _bound)


def exempt(run: Run, provider: Provider) -> bool:
    """Whether a U.S. provider need not certify because of a finding under § 7.306."""
    return _truth(run, provider, cip_applies) is False and standing(run, provider) is not False


def chosen(run: Run, wanted: str | None) -> Provider:
    """The provider that a report is about.

    Args:
        run: the run.
        wanted: its id; None stands for the only one that is bound to certify.

    Raises:
        ReportError: there is none, or several and none is named, or the one named is none of them.
    """
    known = {provider.id: provider for provider in run.setting.providers}
    if wanted is not None:
        if wanted not in known:
            message = f"The run knows no provider of that id. It knows: {', '.join(known) or 'none'}."
            raise ReportError(message)
        if standing(run, known[wanted]) is False:
            message = f"{wanted} is no U.S. IaaS provider of U.S. IaaS products: this report is not asked of it."
            raise ReportError(message)
        return known[wanted]
    bound = [each for each in known.values() if standing(run, each) and _truth(run, each, cip_applies)]
    if len(bound) > 1:
        message = f"Several providers are bound: name one with --provider: {', '.join(each.id for each in bound)}."
        raise ReportError(message)
    if not bound:
        able = [each.id for each in known.values() if standing(run, each) is not False]
        hint = f" Name one with --provider: {', '.join(able)}." if able else ""
        message = f"The run knows no provider that is bound to certify.{hint}"
        raise ReportError(message)
    return bound[0]


def resellers(run: Run, provider: Provider) -> Iterator[Resold]:
    """The foreign resellers of a provider: those recorded as such, and the providers that resell for it."""
    alone = len(run.setting.providers) == 1
    recorded: set[str] = set()
    for reseller in run.setting.resellers:
        if reseller.supplied_by == provider.id or (reseller.supplied_by is None and alone):
            recorded.add(reseller.id)
            yield Resold(
                id=reseller.id,
                record=reseller,
                account_id=reseller.account_id,
                finding=in_force(reseller.finding, reseller.finding_revoked_on, run.as_of),
                terminated_on=reseller.terminated_on if _past(reseller.terminated_on, run.as_of) else None,
            )
    for other in run.setting.providers:
        if other.resells_for != provider.id or other.id in recorded:
            continue
        outside = _truth(run, other, categorically_exempt) is True
        if outside or _truth(run, other, serves_as_reseller) is not False:
            yield Resold(
                id=other.id,
                record=other,
                finding=in_force(other.deterrence_program_finding, other.finding_revoked_on, run.as_of),
                out_of_rule=outside,
            )


def in_force(finding: date | None, revoked_on: date | None, as_of: date) -> date | None:
    """The day of a finding under § 7.306 if it is in force on a day, § 7.306(g)."""
    return finding if _past(finding, as_of) and not _past(revoked_on, as_of) else None


def finding_of(record: Provider | Reseller, as_of: date) -> date | None:
    """The day of the finding under § 7.306 that is in force for someone."""
    finding = record.finding if isinstance(record, Reseller) else record.deterrence_program_finding
    return in_force(finding, record.finding_revoked_on, as_of)


def _past(day: date | None, as_of: date) -> bool:
    return day is not None and day <= as_of


def _truth(run: Run, provider: Provider, condition: Condition) -> Truth:
    return truth_of(condition, run.world(provider))
