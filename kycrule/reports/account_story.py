"""What a run says of one account, as text for a person: the same words that a determination in code has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from kycrule import kept
from kycrule.determine import determine
from kycrule.findings import Determination, Disposition, ReportDue
from kycrule.law import SUBPART_D
from kycrule.reports.run import Answer, Run, opened


def story(run: Run | str | Path, *, account: str) -> str:
    """One account's answer, why it is so, what is missing, and what is to be reported by when, with citations.

    Why it is so is told from the records that the run kept. Where it kept none, or a row of the account could not be
    read, the rest is told as the run determined it, with a line that says so.

    Args:
        run: the run, or its folder.
        account: the id of the account.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run has no such account.
    """
    with opened(run) as source:
        answer = source.answer(account)
        if kept.SETTING not in source.files:
            reason = "the run kept no records; run kycrule check without --no-records to be told"
        elif unread := source.unread(account):
            reason = f"rows of its {' and '.join(sorted(unread))} could not be read; see quarantine.csv"
        else:
            again = _again(source, account)
            if _same(again, answer):
                return again.explain()
            reason = "judged alone it comes out otherwise than in the run; please report this defect of kycrule"
        return _saved(source, account, answer).told(("", f"Why it is so is not told here: {reason}."))


def _again(run: Run, account: str) -> Determination:
    """The account judged anew from its records."""
    customer = run.account(account)
    return determine(
        customer,
        provider=run.serving(customer),
        providers=run.setting.providers,
        training=[each for each in run.transactions() if each.account_id == account],
        special_measures=run.setting.special_measures,
        as_of=run.as_of,
        readings=run.readings,
    )


def _same(again: Determination, answer: Answer) -> bool:
    return (
        (again.disposition, again.basis, again.foreign_customer, again.foreign_owner, again.foreign_reseller)
        == (answer.disposition, answer.basis, answer.foreign_customer, answer.foreign_owner, answer.foreign_reseller)
        and again.turns_on == answer.turns_on
        and sorted(found.code for found in again.findings) == sorted(answer.findings)
        and again.retain_until == answer.retain_until
    )


def _saved(run: Run, account: str, answer: Answer) -> Determination:
    """What the run determined, from its files alone."""
    return Determination(
        account_id=account,
        as_of=run.as_of,
        rule_version=SUBPART_D.version,
        readings=run.readings.changed(),
        disposition=Disposition(answer.disposition),
        basis=answer.basis,
        foreign_customer=answer.foreign_customer,
        foreign_owner=answer.foreign_owner,
        foreign_reseller=answer.foreign_reseller,
        turns_on=answer.turns_on,
        findings=tuple(finding for of, finding in run.findings() if of == account),
        reports_due=tuple(_due(answer)),
        retain_until=answer.retain_until,
    )


def _due(answer: Answer) -> Iterator[ReportDue]:
    for told in answer.reports_due:
        kind, _, day = told.partition(":")
        cites = " or ".join(dict.fromkeys(due.cites for due in SUBPART_D.reports if due.kind == kind))
        yield ReportDue(kind=kind, cites=cites, due=date.fromisoformat(day) if day else None)
