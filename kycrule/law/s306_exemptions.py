"""§ 7.306 Customer Identification Program exemptions."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import (
    ALWAYS,
    NEVER,
    Day,
    Definition,
    FirstGiven,
    Later,
    Period,
    Plus,
    Scope,
    Undecided,
)
from kycrule.law.s301_definitions import (
    categorically_exempt,
    foreign_subsidiary,
    supplied_reseller,
    terminated,
    us_iaas_product,
    us_iaas_provider,
)
from kycrule.provisions import Due, Of, Rule
from kycrule.readings import EXEMPTION_SCOPE, FOREIGN_SUBSIDIARY

ANNUAL_NOTIFICATION = Period(years=1, cites="7.306(f)", says="the time between annual notifications")
LONGEST_WITHOUT_NOTIFICATION = Period(
    years=2, cites="7.306(f)", says="the longest time in which there may be no day of an annual notification"
)

# (a), (b) Findings --------------------------------------------------------------------------------


revoked = facts.finding_revoked_on.is_given & (facts.finding_revoked_on <= facts.as_of)

found_to_deter_abuse = Definition(
    name="found by the Secretary to deter abuse",
    cites="7.306(b)",
    says="The Secretary has found that its security practices deter abuse of IaaS products.",
    of=Scope.PROVIDER,
    notes=("D11: the section refers to its paragraph (a) for the deterrence programme that (b) describes.",),
    # A finding that nobody has told of has not been made: only a dated finding exempts.
    means=facts.deterrence_program_finding.is_given & (facts.deterrence_program_finding <= facts.as_of) & ~revoked,
)

reseller_found_to_deter_abuse = Definition(
    name="a reseller found by the Secretary to deter abuse",
    cites="7.306(b)",
    says="The finding frees its U.S. provider from §§ 7.303 and 7.304 as to that reseller.",
    of=Scope.RESELLER,
    means=facts.finding.is_given & (facts.finding <= facts.as_of) & ~revoked,
)

discretionarily_exempt = Definition(
    name="a foreign subsidiary exempt by finding",
    cites="7.306(a)",
    says="A foreign subsidiary with a finding of its own, under the reading that such findings are how "
    "foreign subsidiaries are excepted.",
    of=Scope.PROVIDER,
    # Reading: foreign_subsidiary.
    means=found_to_deter_abuse
    & FOREIGN_SUBSIDIARY.choose(
        {
            "entity-text": NEVER,
            "reseller-flowdown": NEVER,
            "discretionary-exempt": foreign_subsidiary,
            "categorical-exempt": NEVER,
            "ownership-attribution": NEVER,
            "product-nexus": NEVER,
        }
    ),
)

# (b), (e) What a finding lifts, and what it never lifts ------------------------------------------

_SCOPE = "D10: paragraphs (a), (b) and (e) disagree on what a finding lifts; §§ 7.308 and 7.309 stay under all of them."

freed_from_reseller_duties = Definition(
    name="freed by a finding from §§ 7.303 and 7.307",
    cites="7.306(a)",
    says="Only the widest reading lifts them for a provider with a finding of its own.",
    of=Scope.PROVIDER,
    notes=(_SCOPE,),
    # Reading: exemption_scope.
    means=found_to_deter_abuse & EXEMPTION_SCOPE.choose({"para-b": NEVER, "para-e": NEVER, "para-a-max": ALWAYS}),
)

freed_from_assessments = Definition(
    name="freed by a finding from § 7.305",
    cites="7.306(e)",
    says="Paragraph (e) names § 7.305; paragraph (b) does not.",
    of=Scope.PROVIDER,
    notes=(_SCOPE,),
    # Reading: exemption_scope.
    means=found_to_deter_abuse & EXEMPTION_SCOPE.choose({"para-b": NEVER, "para-e": ALWAYS, "para-a-max": ALWAYS}),
)

reseller_freed_from_assessments = Definition(
    name="a reseller freed by a finding from § 7.305",
    cites="7.306(a)",
    says="Paragraph (a) allows as much for a specific foreign reseller; (b) and (e) name §§ 7.303 and 7.304 alone.",
    of=Scope.RESELLER,
    notes=(_SCOPE,),
    # Reading: exemption_scope.
    means=reseller_found_to_deter_abuse
    & EXEMPTION_SCOPE.choose({"para-b": NEVER, "para-e": NEVER, "para-a-max": ALWAYS}),
)

# (f) Maintenance ----------------------------------------------------------------------------------

_UNCLEAR = Undecided(
    "annual_notification_on", "the text does not say from which day the years of annual notifications are counted"
)

exempt_provider = Definition(
    name="a provider that keeps up its exemption",
    cites="7.306(f)",
    says="A U.S. IaaS provider of U.S. IaaS products with a finding.",
    of=Scope.PROVIDER,
    means=us_iaas_provider & us_iaas_product & ~categorically_exempt & found_to_deter_abuse,
)
exempt_reseller = Definition(
    name="a foreign reseller whose exemption its provider keeps up",
    cites="7.306(f)",
    says="A supplied foreign reseller with a finding.",
    of=Scope.RESELLER,
    means=supplied_reseller & ~terminated & reseller_found_to_deter_abuse,
)

# A notification of the time before the finding was for an earlier exemption.
last_notification = Later(
    facts.deterrence_program_finding, FirstGiven(facts.annual_notification_on, facts.deterrence_program_finding)
)
notified_until = Day(
    name="the day to which the last annual notification reaches",
    cites="7.306(f)",
    means=Plus(last_notification, ANNUAL_NOTIFICATION),
)
last_notification_of_reseller = Later(facts.finding, FirstGiven(facts.annual_notification_on, facts.finding))
reseller_notified_until = Day(
    name="the day to which the last annual notification of the reseller reaches",
    cites="7.306(f)",
    means=Plus(last_notification_of_reseller, ANNUAL_NOTIFICATION),
)

unnotified_program_change = Rule(
    code="K306-01",
    name="unnotified-program-change",
    cites="7.306(f)",
    says="A provider with a finding notifies the Secretary of significant changes of its deterrence programme.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=exempt_provider & facts.program_changed_on.is_given,
    must=facts.told_since(facts.program_change_notified_on, facts.program_changed_on),
    finding="A change of the deterrence programme of this provider was not notified.",
    notes=("The text sets no time for the notice: until it is made, it cannot be told whether it is late.",),
)

missing_annual_notification = Rule(
    code="K306-02",
    name="missing-annual-notification",
    cites="7.306(f)",
    says="A provider with a finding sends the Department a notification every year.",
    prohibited_by="7.309(a)(2)",
    of=Of.PROVIDER,
    when=exempt_provider,
    # Within a year it is in time under every count, after two under none.
    must=(facts.as_of <= notified_until)
    | ((facts.as_of <= Plus(last_notification, LONGEST_WITHOUT_NOTIFICATION)) & _UNCLEAR),
    by=notified_until,
    finding="No annual notification was sent by this provider for more than two years.",
    notes=("Annual is not defined: within a year it is met, after two it is missed, between them it is open.",),
)

unnotified_program_change_of_reseller = Rule(
    code="K306-03",
    name="unnotified-program-change-of-reseller",
    cites="7.306(f)",
    says="Significant changes of the deterrence programme of an exempt foreign reseller are notified too.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=exempt_reseller & facts.program_changed_on.is_given,
    must=facts.told_since(facts.program_change_notified_on, facts.program_changed_on),
    finding="A change of the deterrence programme of this reseller was not notified.",
    notes=("The text sets no time for the notice: until it is made, it cannot be told whether it is late.",),
)

missing_annual_notification_for_reseller = Rule(
    code="K306-04",
    name="missing-annual-notification-for-reseller",
    cites="7.306(f)",
    says="A provider sends the Department a notification every year for each exempt foreign reseller.",
    prohibited_by="7.309(a)(2)",
    of=Of.RESELLER,
    when=exempt_reseller,
    must=(facts.as_of <= reseller_notified_until)
    | ((facts.as_of <= Plus(last_notification_of_reseller, LONGEST_WITHOUT_NOTIFICATION)) & _UNCLEAR),
    by=reseller_notified_until,
    finding="No annual notification was sent for this reseller for more than two years.",
    notes=("Annual is not defined: within a year it is met, after two it is missed, between them it is open.",),
)

RULES = (
    unnotified_program_change,
    missing_annual_notification,
    unnotified_program_change_of_reseller,
    missing_annual_notification_for_reseller,
)

REPORTS = (
    Due(
        kind="annual-notification",
        cites="7.306(f)",
        says="The annual notification of a provider with a finding.",
        of=Of.PROVIDER,
        when=exempt_provider,
        by=notified_until,
    ),
    Due(
        kind="annual-notification",
        cites="7.306(f)",
        says="The annual notification for an exempt foreign reseller.",
        of=Of.RESELLER,
        when=exempt_reseller,
        by=reseller_notified_until,
    ),
)
