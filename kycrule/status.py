"""What the modelled text is today: a proposal that was never in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CHECKED_ON = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of the proposal.

    Attributes:
        on: the day (the first of the month where only the month is known).
        what: what happened, with its source.
        certain: whether a primary source was seen.
    """

    on: date
    what: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """Where the rule stands in law.

    Attributes:
        citation: where the text was published.
        stage: always ``proposed``: no final rule exists.
        in_force: whether anyone is bound by it.
        summary: the whole in a few sentences.
        events: its history, oldest first.
        checked_on: the day up to which the history was looked up.
    """

    citation: str
    stage: str
    in_force: bool
    summary: str
    events: tuple[Event, ...]
    checked_on: date

    def __str__(self) -> str:
        lines = [self.summary, ""]
        lines += [f"{event.on}  {event.what}{'' if event.certain else ' (secondary source)'}" for event in self.events]
        return "\n".join([*lines, "", f"Looked up to {self.checked_on}. Not legal advice."])


def status() -> Status:
    """Where the rule stands in law: proposed, never in force, reportedly withdrawn.

    >>> status().stage, status().in_force
    ('proposed', False)
    """
    return Status(
        citation="89 FR 5698, 29 January 2024 (15 CFR 7.300-7.310 as proposed; RIN 0694-AJ35)",
        stage="proposed",
        in_force=False,
        summary=(
            "Proposed on 29 January 2024; never made final and never in force. One of its two authorizing orders, "
            "EO 14110, was revoked on 20 January 2025; the rulemaking was reportedly withdrawn in the Unified Agenda "
            "of December 2025 (secondary source). EO 13984 has not been found revoked. Section numbers 7.300-7.310 "
            "are the proposal's own; today's 15 CFR 791.300 ff is the connected-vehicle rule."
        ),
        events=(
            Event(date(2021, 1, 19), "EO 13984 asks for rules on foreign users of IaaS."),
            Event(date(2021, 9, 24), "Advance notice of proposed rulemaking, 86 FR 53018."),
            Event(date(2023, 10, 30), "EO 14110 adds resellers and AI training."),
            Event(date(2024, 1, 29), "Proposed rule, 89 FR 5698: the text modelled here."),
            Event(date(2024, 4, 29), "Comments closed; nearly 500 were received."),
            Event(date(2024, 7, 18), "15 CFR part 7 becomes part 791, 89 FR 58263 (procedural)."),
            Event(date(2025, 1, 16), "The connected-vehicle rule takes subpart D of part 791, 90 FR 5360."),
            Event(date(2025, 1, 20), "EO 14110 revoked by EO 14148."),
            Event(
                date(2025, 12, 1), "Unified Agenda reported as recording withdrawal of RIN 0694-AJ35.", certain=False
            ),
            Event(date(2026, 6, 12), "No final rule found.", certain=False),
        ),
        checked_on=CHECKED_ON,
    )
