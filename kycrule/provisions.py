"""What the law is made of: rules, the ways a disposition is reached, dates and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kycrule.expr import Condition, Definition, Value


class Of(StrEnum):
    """What a rule judges.

    Each party that must be identified, the account as a whole, each training transaction, the provider,
    or each foreign reseller of the provider.
    """

    PARTY = "party"
    ACCOUNT = "account"
    TRANSACTION = "transaction"
    PROVIDER = "provider"
    RESELLER = "reseller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One duty, written from one paragraph.

    Attributes:
        code: ``K``, section and running number; never reused.
        name: the wrong state in kebab-case.
        cites: the paragraph; where two are carried together, the first, with the others in ``also_cites``.
        says: our own sentence for the paragraph.
        prohibited_by: the paragraph of § 7.309(a) under which a violation falls.
        when: whom the duty concerns.
        must: what it asks.
        finding: one sentence for a violation.
        of: whom it judges.
        by: the last day for what it asks, where the text sets one.
        also_cites: other paragraphs that the rule carries.
        notes: drafting defects and doubts, shown by ``explain``.
    """

    code: str
    name: str
    cites: str
    says: str
    prohibited_by: str = "7.309(a)(1)"
    when: Condition
    must: Condition
    finding: str
    of: Of = Of.PARTY
    by: Value[date] | None = None
    also_cites: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """What is prohibited; a rule names the one under which its violation falls.

    Attributes:
        cites: the paragraph.
        says: our own sentence for it.
    """

    cites: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One way to a disposition. Grounds are tried in order; the last one always holds.

    Attributes:
        disposition: the outcome.
        cites: the paragraph that decides it.
        says: our own sentence for it.
        when: the condition.
    """

    disposition: str
    cites: str
    says: str
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something to be reported, and by when.

    Attributes:
        kind: the kind of report.
        cites: the paragraph.
        says: our own sentence for it.
        when: the condition.
        by: the last day for it, or None where the text sets none.
        opens: the first day for it, where the text sets one.
        of: of what it is reported.
    """

    kind: str
    cites: str
    says: str
    when: Condition
    by: Value[date] | None = None
    opens: Value[date] | None = None
    of: Of = Of.ACCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulation:
    """A regulation as modelled: what the engines compile.

    Attributes:
        version: identity of the text, carried by every answer.
        open_question: the paragraph under which an account stays open until it is determined.
        grounds: the ways to a disposition, in order.
        statuses: terms about a party on which many duties turn.
        settled_by_disposition: terms that only repeat what the disposition itself turns on.
        foreign_customer: whether the customer is one.
        foreign_owner: whether any owner is a foreign beneficial owner.
        foreign_reseller: whether the customer is one.
        retention: for which accounts a record is kept, and the last day of it.
        rules: the duties, in the order of the regulation.
        reports: what is to be reported.
    """

    version: str
    open_question: str
    grounds: tuple[Ground, ...]
    statuses: tuple[Definition, ...]
    settled_by_disposition: tuple[Definition, ...]
    foreign_customer: Condition
    foreign_owner: Condition
    foreign_reseller: Condition
    retention: Due
    rules: tuple[Rule, ...]
    reports: tuple[Due, ...]
