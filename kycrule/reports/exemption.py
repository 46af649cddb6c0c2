"""The request for an exemption, and the annual notice that keeps one, § 7.306."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, Final, Literal

from pydantic import Field

from kycrule.errors import ReportError
from kycrule.records import Certified
from kycrule.reports.model import Attestation, Model, Report, finished, item
from kycrule.reports.providers import chosen, finding_of, resellers, standing
from kycrule.reports.run import Run, opened

PROGRAM: Final = (
    (
        "7.306(b)",
        "The programme fits the size and complexity of the provider and the nature and scope of its products.",
    ),
    ("7.306(b)(1)(i)(A)", "Red Flags consider the types of Accounts."),
    ("7.306(b)(1)(i)(B)", "Red Flags consider how an Account can be opened."),
    ("7.306(b)(1)(i)(C)", "Red Flags consider how an Account can be accessed."),
    ("7.306(b)(1)(i)(D)", "Red Flags consider how activity in Accounts is monitored and assessed."),
    ("7.306(b)(1)(i)(E)", "Red Flags consider experience with malicious cyber-enabled activities."),
    ("7.306(b)(1)(ii)(A)", "Red Flags are drawn from incidents that providers have had."),
    ("7.306(b)(1)(ii)(B)", "Red Flags are drawn from vulnerabilities that help such activities if left open."),
    ("7.306(b)(1)(ii)(C)", "Red Flags are drawn from methods of such activities that providers have identified."),
    ("7.306(b)(1)(ii)(D)", "Red Flags are drawn from alerts, warnings and better tools, also through the consortium."),
    ("7.306(b)(1)(iii)(A)", "Red Flags cover suspicious identity data or evidence."),
    ("7.306(b)(1)(iii)(B)", "Red Flags cover suspicious or anomalous activity of an Account."),
    ("7.306(b)(1)(iii)(C)", "Red Flags cover notices from customers, victims, authorities and others."),
    (
        "7.306(b)(2)",
        "Red Flags of the programme are detected, with privacy-preserving sharing where feasible.",
    ),
    ("7.306(b)(3)(i)", "A response may be to monitor the Account."),
    ("7.306(b)(3)(ii)", "A response may be to contact the customer."),
    ("7.306(b)(3)(iii)", "A response may be to change passwords, codes or devices that permit access."),
    ("7.306(b)(3)(iv)", "A response may be to reopen the Account under another number."),
    ("7.306(b)(3)(v)", "A response may be to refuse a new Account."),
    ("7.306(b)(3)(vi)", "A response may be to close or suspend the Account."),
    ("7.306(b)(3)(vii)", "A response may be to allow only trusted methods of payment."),
    ("7.306(b)(3)(viii)", "A response may be to notify law enforcement."),
    ("7.306(b)(3)(ix)", "It is decided, and can be shown, when no response or another one is right."),
    ("7.306(b)(4)(i)", "The programme is updated for experience with malicious cyber-enabled activities."),
    ("7.306(b)(4)(ii)", "The programme is updated for new methods of such activities."),
    ("7.306(b)(4)(iii)", "The programme is updated for new methods to detect, prevent and mitigate them."),
    ("7.306(b)(4)(iv)", "The programme is updated for new types of Accounts."),
    ("7.306(b)(4)(v)", "The programme is updated for mergers, alliances, resellers and other business arrangements."),
    ("7.306(b)(5)(i)", "The board, a committee of it or a senior manager approved the first written programme."),
    ("7.306(b)(5)(ii)", "The board, a committee of it or a senior manager takes part in running the programme."),
    ("7.306(b)(5)(iii)", "Staff are trained as far as needed."),
    ("7.306(b)(5)(iv)", "Resellers are overseen for detecting and mitigating Red Flags."),
    ("7.306(c)", "It is documented how insights of the consortium enter the programme, if the provider takes part."),
)
"""What a deterrence programme contains, each with its paragraph."""
FACTORS: Final = (
    ("7.306(e)(3)(i)", "The programme is commensurate, in size and complexity, with the products."),
    ("7.306(e)(3)(ii)", "The programme deters, detects and responds to Red Flags robustly enough."),
    ("7.306(e)(3)(iii)", "Resellers are overseen effectively."),
    ("7.306(e)(3)(iv)", "The provider cooperates with law enforcement, with forensic information, within the law."),
    ("7.306(e)(3)(v)", "The provider takes part in public-private collaboration as § 7.306(c) describes."),
)
"""The factors on which the Secretary decides, each with its paragraph."""


class Point(Model):
    """One point of the programme, or one factor, to be described."""

    cites: str = Field(description="The paragraph.")
    asks: str = Field(description="What it is about, in our own words.")
    response: str | None = item("7.306(e)(1)", "how the programme does this; for a person to describe")


class ExemptionRequest(Report):
    """A checklist for the written submission that asks for an exemption."""

    TITLE: ClassVar[str] = "Request for an exemption: checklist"
    CITES: ClassVar[str] = "7.306(e)(1)"

    report: Literal["exemption-request"] = "exemption-request"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    provider: str = Field(description="§ 7.306(e)(1): the id of the provider that asks.")
    provider_name: str | None = item("7.306(e)(1)", "the name of the provider")
    for_reseller: str | None = item("7.306(e)(1)", "the foreign reseller for whom it asks, if not for itself", by=None)
    program: tuple[Point, ...] = item("7.306(b)", "what the programme contains", default=())
    factors: tuple[Point, ...] = item("7.306(e)(3)", "the factors on which the Secretary decides", default=())
    submission: Attestation = item("7.306(e)(1)", "the submission, made in writing by a person", default=...)


class Notified(Model):
    """The annual notification about one exempt provider or reseller."""

    of: Literal["provider", "foreign reseller"] = Field(description="Who is exempt.")
    id: str = Field(description="Its id in the setting of the run.")
    name: str | None = item("7.306(f)", "its name")
    finding_on: date = item("7.306(f)", "the day of the finding that exempts it", default=...)
    previous_notification_on: date | None = item("7.306(f)", "the day of the last annual notification", by=None)
    program_changed_on: date | None = item("7.306(f)", "when the programme last changed significantly", by=None)
    program_change_notified_on: date | None = item("7.306(f)", "when the Secretary was notified of that change")
    updates: str | None = item(
        "7.306(f)", "how the programme was updated since the last notification, or that it was not"
    )

    def not_asked(self) -> frozenset[str]:
        """Of a change that was not made nobody is notified."""
        told = self.program_changed_on is None
        return frozenset({"program_change_notified_on"} if told else ())


class AnnualNotice(Report):
    """The annual notification about exempt providers and foreign resellers."""

    TITLE: ClassVar[str] = "Annual notification of an exempt provider"
    CITES: ClassVar[str] = "7.306(f)"

    report: Literal["annual-notice"] = "annual-notice"  # pyright: ignore[reportIncompatibleVariableOverride] - reports are frozen
    provider: str = Field(description="§ 7.306(f): the id of the provider that notifies.")
    notified: tuple[Notified, ...] = item(
        "7.306(f)", "the provider and the foreign resellers that are exempt", default=()
    )
    submission: Attestation = item("7.306(f)", "the notification, made by a person", default=...)


def exemption_request(run: Run | str | Path, *, provider: str | None = None) -> ExemptionRequest:
    """A checklist for a provider that asks for an exemption; nothing in it is filled in.

    Args:
        run: the run, or its folder.
        provider: the id of the provider; None stands for the only one that is bound.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run kept no records, or the provider is not bound.
    """
    with opened(run) as source:
        whose = chosen(source, provider)
        return finished(
            ExemptionRequest(
                about=source.about,
                provider=whose.id,
                provider_name=whose.name,
                program=tuple(Point(cites=cites, asks=asks) for cites, asks in PROGRAM),
                factors=tuple(Point(cites=cites, asks=asks) for cites, asks in FACTORS),
                submission=Attestation(),
                notes=(
                    "A provider may ask; nobody has to. A finding never lifts §§ 7.308 and 7.309 [7.306(a)].",
                    "The lists under (b)(1)(i) to (iii), (3) and (4) are examples, no minimum.",
                ),
            )
        )


def annual_notice(run: Run | str | Path, *, provider: str | None = None) -> AnnualNotice:
    """The annual notification about a provider, or its foreign resellers, with a finding in force.

    Args:
        run: the run, or its folder.
        provider: the id of the provider; None stands for the only one bound, or the only one with a finding.

    Raises:
        InputError: there is no run, or it was changed.
        ReportError: the run kept no records, or nobody is exempt.
    """
    with opened(run) as source:
        if provider is None:
            found = [
                each.id
                for each in source.setting.providers
                if finding_of(each, source.as_of) is not None and standing(source, each) is not False
            ]
            provider = found[0] if len(found) == 1 else None
        whose = chosen(source, provider)
        exempt: list[tuple[Literal["provider", "foreign reseller"], str, Certified, date]] = []
        if (own := finding_of(whose, source.as_of)) is not None:
            exempt.append(("provider", whose.id, whose, own))
        for each in resellers(source, whose):
            if each.finding is not None:
                exempt.append(("foreign reseller", each.id, each.record, each.finding))  # noqa: PERF401 - typed tuples
        if not exempt:
            message = f"Neither {whose.id} nor a foreign reseller of it has a finding in force [7.306(b)]."
            raise ReportError(message)
        return finished(
            AnnualNotice(
                about=source.about,
                provider=whose.id,
                notified=tuple(
                    Notified(
                        of=of,
                        id=who,
                        name=record.name,
                        finding_on=finding,
                        previous_notification_on=record.annual_notification_on,
                        program_changed_on=record.program_changed_on,
                        program_change_notified_on=record.program_change_notified_on,
                    )
                    for of, who, record, finding in exempt
                ),
                submission=Attestation(),
                notes=("The text says annual and names no day [7.306(f)].",),
            )
        )
