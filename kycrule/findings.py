"""What comes out: determinations, with their findings and what is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kycrule.truth import Truth


class Outcome(StrEnum):
    """The four outcomes of a rule; only the last two become findings."""

    NOT_APPLICABLE = "not applicable"
    MET = "met"
    VIOLATED = "violated"
    UNDETERMINED = "undetermined"


class Disposition(StrEnum):
    """What becomes of an account under the rule."""

    OUT_OF_SCOPE = "out-of-scope"
    EXEMPT_FOREIGN_SUBSIDIARY = "exempt-foreign-subsidiary"
    EXEMPT_FINDING = "exempt-finding"
    EXEMPT_US_PERSONS = "exempt-us-persons"
    COVERED = "covered"
    UNDETERMINED = "undetermined"


def settle(when: Truth, must: Truth) -> Outcome:
    """The outcome of a rule, from whom it concerns and what it asks.

    >>> settle(None, True), settle(True, None), settle(None, False)
    (<Outcome.MET: 'met'>, <Outcome.UNDETERMINED: 'undetermined'>, <Outcome.UNDETERMINED: 'undetermined'>)
    """
    if when is False:
        return Outcome.NOT_APPLICABLE
    if must is True:
        return Outcome.MET
    return Outcome.VIOLATED if when is True and must is False else Outcome.UNDETERMINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A duty that is violated, or that cannot be told to be met.

    Attributes:
        code: the rule, for example ``K302-04``.
        name: its name in kebab-case.
        outcome: violated or undetermined.
        subject: the account, the owner of it, the training transaction, the provider or the reseller.
        cites: the paragraph.
        message: one sentence.
        missing: the facts to ask for; ``disposition`` where it turns on what the account itself turns on.
        due: the last day for what is asked, where the text sets one.
    """

    code: str
    name: str
    outcome: Outcome
    subject: str
    cites: str
    message: str
    missing: tuple[str, ...] = ()
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDue:
    """Something to be reported.

    Attributes:
        kind: the kind of report.
        cites: the paragraph.
        due: the last day, or None where it is not known or the text sets none.
        subject: the training transaction, provider or reseller, where it is about one.
        opens: the first day for it, where the text sets one.
    """

    kind: str
    cites: str
    due: date | None
    subject: str | None = None
    opens: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """What the rule makes of one account.

    Attributes:
        account_id: the account.
        as_of: the date as of which it was asked.
        rule_version: identity of the text.
        readings: those that differ from the default.
        disposition: exempt (and why), out of scope, covered or undetermined.
        basis: the paragraph that decides it.
        foreign_customer: whether the customer is a foreign person.
        foreign_owner: whether any owner is a foreign beneficial owner.
        foreign_reseller: whether the customer is a foreign reseller.
        turns_on: the facts and readings an undetermined disposition depends on.
        findings: duties violated or undetermined, in the order of the regulation.
        reports_due: what is to be reported, and by when.
        retain_until: the last day for which records are kept, once that is known.
    """

    account_id: str
    as_of: date
    rule_version: str
    readings: dict[str, str] = field(hash=False)
    disposition: Disposition
    basis: str
    foreign_customer: Truth
    foreign_owner: Truth
    foreign_reseller: Truth
    turns_on: tuple[str, ...]
    findings: tuple[Finding, ...]
    reports_due: tuple[ReportDue, ...]
    retain_until: date | None
    _account: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def explain(self) -> str:
        """The tree of reasons, in English, with citations.

        Raises:
            RuntimeError: the determination was not made by :func:`kycrule.determine` in this process.
        """
        if self._account is None:
            message = "Only a determination made by kycrule.determine can explain itself."
            raise RuntimeError(message)
        return self._account()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDetermination:
    """What the rule makes of one provider and of the foreign resellers that it supplies.

    Attributes:
        provider_id: the provider.
        as_of: the date as of which it was asked.
        rule_version: identity of the text.
        readings: those that differ from the default.
        findings: duties violated or undetermined: the provider's, then those about each reseller.
        reports_due: what is to be reported, and in which time.
    """

    provider_id: str
    as_of: date
    rule_version: str
    readings: dict[str, str] = field(hash=False)
    findings: tuple[Finding, ...]
    reports_due: tuple[ReportDue, ...]
