"""§ 7.309 Enforcement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kycrule.expr import Constant, Dated, Period
from kycrule.provisions import Prohibition

# (a) Prohibitions ---------------------------------------------------------------------------------

# The acts that no record shows, (5), (6) and (8), have no rule.
PROHIBITIONS = (
    Prohibition(cites="7.309(a)(1)", says="To do, or conspire to do, what the part prohibits."),
    Prohibition(
        cites="7.309(a)(2)",
        says="Not to submit reports or certifications, or not to follow notices or orders of the Department.",
    ),
    Prohibition(
        cites="7.309(a)(3)",
        says="Not to implement or maintain a CIP, or to go on dealing with a foreign reseller that does not.",
    ),
    Prohibition(
        cites="7.309(a)(4)",
        says="To provide IaaS products to a foreign person against a direction, determination or condition.",
    ),
    Prohibition(cites="7.309(a)(5)", says="To aid, cause, permit or support what is prohibited."),
    Prohibition(cites="7.309(a)(6)", says="To attempt or solicit a violation."),
    Prohibition(cites="7.309(a)(7)", says="Not to apply a prohibition or suspension of § 7.308."),
    Prohibition(cites="7.309(a)(8)", says="To mislead the Department, or to falsify or conceal a material fact."),
)

# (c) Penalties ------------------------------------------------------------------------------------

# The amount of the statute (Pub. L. 110-96) and the yearly adjustments of the Department of Commerce (15 CFR 6.3).
# There is none for 2026: no index was published to adjust by (OMB memorandum M-26-11 of 17 April 2026).
CIVIL_PENALTY_USD = Dated(
    cites="7.309(c)(1)",
    says="the highest civil penalty for one violation, unless the transaction makes it higher",
    steps=(
        (date(2007, 10, 16), Decimal(250_000)),
        (date(2016, 7, 7), Decimal(284_582)),
        (date(2017, 1, 15), Decimal(289_238)),
        (date(2018, 1, 15), Decimal(295_141)),
        (date(2019, 3, 1), Decimal(302_584)),
        (date(2020, 1, 15), Decimal(307_922)),
        (date(2021, 1, 15), Decimal(311_562)),
        (date(2022, 1, 15), Decimal(330_947)),
        (date(2023, 1, 15), Decimal(356_579)),
        (date(2024, 1, 15), Decimal(368_136)),
        (date(2025, 1, 15), Decimal(377_700)),
    ),
)
TIMES_THE_TRANSACTION = Constant(
    Decimal(2), cites="7.309(c)(1)", says="how many times the amount of the transaction a civil penalty may reach"
)
PETITION = Period(days=30, cites="7.309(c)(1)(i)", says="the time to petition against a proposed penalty")
CRIMINAL_FINE_USD = Constant(Decimal(1_000_000), cites="7.309(c)(2)", says="the highest fine for a willful violation")
IMPRISONMENT = Period(years=20, cites="7.309(c)(2)", says="the longest imprisonment for a willful violation")
