"""What comes out: determinations, with their findings and what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from kycrule.errors import EngineError
from kycrule.showing import Shown, html, table
from kycrule.terminal import safe_text
from kycrule.truth import Truth, word

_T = TypeVar("_T")

NEVER_IN_FORCE: Final = "Text proposed on 29 January 2024 (89 FR 5698), never in force."


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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Finding(Shown):
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

    def __repr__(self) -> str:
        return safe_text(f"<Finding {self.code} {self.outcome}: {self.subject}>")

    def __str__(self) -> str:
        by = f" Last day: {self.due}." if self.due else ""
        lines = [f"{self.code} {self.name}, {self.outcome}, {self.subject} [{self.cites}]", f"    {self.message}{by}"]
        if self.missing:
            asked = "Turns on" if self.outcome is Outcome.UNDETERMINED else "Missing"
            lines.append(f"    {asked}: {self._asked()}.")
        return "\n".join(map(safe_text, lines))

    def _asked(self) -> str:
        return ", ".join("what the Account turns on" if name == "disposition" else name for name in self.missing)

    def cells(self) -> tuple[str, ...]:
        """What stands in a row about it."""
        return self.code, self.outcome, self.subject, self.message, self._asked(), str(self.due or ""), self.cites


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReportDue(Shown):
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

    def __repr__(self) -> str:
        return f"<ReportDue {self}>"

    def __str__(self) -> str:
        opens = f" from {self.opens}" if self.opens else ""
        by = f" by {self.due}" if self.due else ""
        about = f", {self.subject}" if self.subject else ""
        return safe_text(f"{self.kind}{opens}{by}{about} [{self.cites}]")

    def cells(self) -> tuple[str, ...]:
        """What stands in a row about it."""
        return self.kind, str(self.opens or ""), str(self.due or ""), self.subject or "", self.cites


class Case(Protocol):
    """What a determination was made from: it works out the rest on request."""

    def turns_on(self) -> tuple[str, ...]: ...  # noqa: D102 - as the attributes of a determination
    def findings(self) -> tuple[Finding, ...]: ...  # noqa: D102
    def reports_due(self) -> tuple[ReportDue, ...]: ...  # noqa: D102
    def retain_until(self) -> date | None: ...  # noqa: D102

    def explain(self, determination: Determination) -> str:
        """The whole determination with its reasons, in English."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Determination(Shown):
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
    _case: Case | None = field(default=None, repr=False, compare=False)

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            # Asked of a slot that is not filled yet: its value is worked out now, and stays.
            if name not in _ON_REQUEST:
                message = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(message)
            value = getattr(self._case, name)()
            object.__setattr__(self, name, value)
            return value

    def explain(self) -> str:
        """The tree of reasons, in English, with citations.

        Raises:
            EngineError: the determination was not made by :func:`kycrule.determine` in this process: one that was
                read from JSON or from a pickle has no record to look at.
        """
        if self._case is None:
            message = "Only a determination made by kycrule.determine in this process can explain itself."
            raise EngineError(message)
        return self._case.explain(self)

    def told(self, reasons: Iterable[str] = ()) -> str:
        """The whole answer in English, with citations.

        Args:
            reasons: lines on why it came out so; without them it is a summary.
        """
        lines = [
            f"Account {self.account_id}: {self.disposition} [{self.basis}], as of {self.as_of}.",
            NEVER_IN_FORCE,
            *(f"Reading: {name} = {value}." for name, value in self.readings.items()),
            *(reasons or ("", *(f"{name}: {told}." for name, told in self._statuses()))),
        ]
        if self.disposition is Disposition.UNDETERMINED:
            lines += ["", "Until it is determined, the Account is not exempt [7.302(d)(1)(i)]. It turns on:"]
            lines += [f"- {name}" for name in self.turns_on]
        lines += _listed(self.findings, self.reports_due)
        if self.retain_until:
            lines += ["", f"Records are kept until {self.retain_until} [7.302(e)(2)]."]
        return safe_text("\n".join(lines))

    def __str__(self) -> str:
        return self.told()

    def __repr__(self) -> str:
        found = f", {len(self.findings)} findings" if self.findings else ""
        return safe_text(f"<Determination {self.account_id}: {self.disposition} [{self.basis}]{found}>")

    def _statuses(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Foreign customer", word(self.foreign_customer)),
            ("Foreign beneficial owner", word(self.foreign_owner)),
            ("Foreign reseller", word(self.foreign_reseller)),
        )

    def _repr_html_(self) -> str:
        return html(
            f"Account {self.account_id}: {self.disposition} [{self.basis}], as of {self.as_of}",
            [
                *self._statuses(),
                ("Turns on", ", ".join(self.turns_on)),
                ("Readings", _read(self.readings)),
                ("Records kept until", str(self.retain_until or "")),
                ("Text", NEVER_IN_FORCE),
            ],
            *_tables(self.findings, self.reports_due),
        )


_ON_REQUEST: Final = ("turns_on", "findings", "reports_due", "retain_until")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProviderDetermination(Shown):
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

    def __str__(self) -> str:
        head = [f"Provider {self.provider_id}, as of {self.as_of}.", NEVER_IN_FORCE]
        head += [f"Reading: {name} = {value}." for name, value in self.readings.items()]
        return safe_text("\n".join([*head, *_listed(self.findings, self.reports_due)]))

    def __repr__(self) -> str:
        found = f"{len(self.findings)} findings, {len(self.reports_due)} reports due"
        return safe_text(f"<ProviderDetermination {self.provider_id}: {found}>")

    def _repr_html_(self) -> str:
        return html(
            f"Provider {self.provider_id}, as of {self.as_of}",
            [("Readings", _read(self.readings)), ("Text", NEVER_IN_FORCE)],
            *_tables(self.findings, self.reports_due),
        )


def _tables(findings: tuple[Finding, ...], reports: tuple[ReportDue, ...]) -> tuple[str, str]:
    asked = ("code", "outcome", "about", "what", "ask for", "last day", "paragraph")
    due = ("report", "first day", "last day", "about", "paragraph")
    return (
        table("Findings", asked, [found.cells() for found in findings]),
        table("To be reported", due, [report.cells() for report in reports]),
    )


def _listed(findings: tuple[Finding, ...], reports: tuple[ReportDue, ...]) -> Iterator[str]:
    if findings:
        yield from ("", "Findings", *(f"- {found}" for found in findings))
    if reports:
        yield from ("", "To be reported", *(f"- {report}" for report in reports))


def _read(readings: dict[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in readings.items())


def _maker(kind: type[_T], names: Iterable[str]) -> Callable[..., _T]:
    """What makes values of a frozen slotted class, in a third of the time that its constructor takes.

    Args:
        kind: the class.
        names: its attributes, in the order in which they will be given; the others are left open.
    """
    fills = tuple(getattr(kind, name).__set__ for name in names)

    def make(*given: Any) -> _T:
        made = object.__new__(kind)
        for fill, value in zip(fills, given, strict=True):
            fill(made, value)
        return made

    return make


def _attributes(kind: type[Any]) -> list[str]:
    return [each.name for each in fields(kind)]


made_finding: Final = _maker(Finding, _attributes(Finding))
"""A finding from all its attributes, in order."""

opened_determination: Final = _maker(
    Determination, ["_case", *(name for name in _attributes(Determination) if name not in {*_ON_REQUEST, "_case"})]
)
"""A determination from the case, and ``account_id`` to ``foreign_reseller``, in order; the case gives the rest."""
