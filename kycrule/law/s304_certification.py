"""§ 7.304 Customer Identification Program reporting requirements."""

from __future__ import annotations

from kycrule import facts
from kycrule.expr import Period, Plus
from kycrule.law.s301_definitions import foreign_customer, foreign_reseller
from kycrule.law.s302_customer_identification import account_of_foreign_interest, covered_account
from kycrule.provisions import Due

CERTIFICATION = Period(years=1, cites="7.304(b)", says="the time within which a certification is renewed")
CERTIFICATION_WINDOW = Period(
    days=60, cites="7.304(b)", says="the time before that date within which a certification may be submitted"
)

next_certification = Plus(facts.previous_certification_on, CERTIFICATION)

certification_count = Due(
    kind="certification-count",
    cites="7.304(a)(2)",
    says="The Account is counted in the next certification of the CIP.",
    when=account_of_foreign_interest,
    by=next_certification,
)

unverified_account = Due(
    kind="unverified-account",
    cites="7.304(a)(2)(ix)",
    says="The Account of a foreign customer whose identity is not verified is listed in the next certification.",
    when=covered_account & foreign_customer & ~facts.identity_verified,
    by=next_certification,
)

reseller_certification = Due(
    kind="reseller-certification",
    cites="7.304(f)",
    says="A certification of the CIP of the foreign reseller is filed every year.",
    when=covered_account & foreign_reseller,
    by=next_certification,
)
