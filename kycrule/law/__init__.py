"""Subpart D as proposed on 29 January 2024, in the order of the regulation."""

from __future__ import annotations

from kycrule.expr import ALWAYS
from kycrule.law import s302_customer_identification as s302
from kycrule.law import s303_foreign_resellers as s303
from kycrule.law import s304_certification as s304
from kycrule.law import s305_assessments as s305
from kycrule.law import s306_exemptions as s306
from kycrule.law import s307_special_measures as s307
from kycrule.law import s308_model_training as s308
from kycrule.law.s301_definitions import (
    beneficial_owner,
    categorically_exempt,
    foreign_customer,
    foreign_reseller,
    has_foreign_beneficial_owner,
    us_person,
)
from kycrule.provisions import Ground, Regulation, Rule

GROUNDS = (
    Ground(
        disposition="out-of-scope",
        cites="7.301",
        says="Nobody who serves this account is a U.S. IaaS provider or a foreign reseller of U.S. IaaS products.",
        when=s302.out_of_scope,
    ),
    Ground(
        disposition="exempt-foreign-subsidiary",
        cites="7.301",
        says="The account is served by a foreign subsidiary, under the reading that takes those out of the rule.",
        when=categorically_exempt,
    ),
    Ground(
        disposition="exempt-foreign-subsidiary",
        cites="7.306(a)",
        says="The account is served by a foreign subsidiary for which the Secretary has made a finding.",
        when=s306.discretionarily_exempt,
    ),
    Ground(
        disposition="exempt-finding",
        cites="7.306(b)",
        says="The provider is exempt by a finding of the Secretary; §§ 7.308 and 7.309 still bind it.",
        when=s306.found_to_deter_abuse,
    ),
    Ground(
        disposition="exempt-us-persons",
        cites="7.302(d)(1)(i)",
        says="The customer and all beneficial owners were determined to be U.S. persons.",
        when=s302.exempt_us_persons,
    ),
    Ground(
        disposition="covered",
        cites="7.302(d)(1)(i)",
        says="The account is served by a bound provider and is not one of U.S. persons alone.",
        when=ALWAYS,
    ),
)

RULES: tuple[Rule, ...] = (
    *s302.RULES,
    *s303.RULES,
    *s304.RULES,
    *s305.RULES,
    *s306.RULES,
    *s307.RULES,
    *s308.RULES,
)

SUBPART_D = Regulation(
    version="89-FR-5698-proposed-2024-01-29",
    open_question="7.302(d)(1)(i)",
    grounds=GROUNDS,
    statuses=(us_person, beneficial_owner),
    settled_by_disposition=(s302.covered_account, s302.cip_applies),
    foreign_customer=foreign_customer,
    foreign_owner=has_foreign_beneficial_owner,
    foreign_reseller=foreign_reseller,
    retention=s302.retention,
    rules=RULES,
    reports=(*s304.REPORTS, *s306.REPORTS, *s308.REPORTS),
)
"""The regulation as modelled."""


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the regulation.

    >>> rules()[4].code, rules()[4].cites
    ('K302-04', '7.302(d)(1)(iii)(B)(1)')
    """
    return SUBPART_D.rules
