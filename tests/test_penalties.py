"""How high a penalty may be: the amount of the day, or twice the transaction, whichever is greater (§ 7.309(c)(1))."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from kycrule.errors import DefinitionError
from kycrule.law.s309_enforcement import CIVIL_PENALTY_USD
from kycrule.penalties import civil_penalty_ceiling

AMOUNTS = {
    date(2007, 10, 16): 250_000,
    date(2016, 7, 7): 284_582,
    date(2017, 1, 15): 289_238,
    date(2018, 1, 15): 295_141,
    date(2019, 3, 1): 302_584,
    date(2020, 1, 15): 307_922,
    date(2021, 1, 15): 311_562,
    date(2022, 1, 15): 330_947,
    date(2023, 1, 15): 356_579,
    date(2024, 1, 15): 368_136,
    date(2025, 1, 15): 377_700,
}
"""The amount of the statute and its adjustments (15 CFR 6.3), each with the first day on which it holds."""


class TestTheAmountOfADay:
    @pytest.mark.parametrize(("since", "amount"), list(AMOUNTS.items()), ids=str)
    def test_an_adjustment_holds_from_its_first_day_on(self, since, amount):
        assert civil_penalty_ceiling(since) == amount

    @pytest.mark.parametrize(("earlier", "since"), list(pairwise(AMOUNTS)), ids=str)
    def test_on_the_day_before_an_adjustment_the_earlier_amount_holds(self, earlier, since):
        assert civil_penalty_ceiling(since - timedelta(days=1)) == AMOUNTS[earlier]

    def test_after_the_last_adjustment_known_that_one_holds(self):
        assert civil_penalty_ceiling(date(2026, 11, 24)) == Decimal(377_700)

    def test_before_the_amount_of_the_statute_none_is_known(self):
        assert CIVIL_PENALTY_USD.on(date(2007, 10, 15)) is None
        with pytest.raises(DefinitionError, match="2007-10-16"):
            civil_penalty_ceiling(date(2007, 10, 15))


class TestTheTransaction:
    def test_a_transaction_of_a_million_dollars_makes_it_two_million(self):
        """Scenario T93."""
        assert civil_penalty_ceiling(date(2024, 6, 1), Decimal(1_000_000)) == Decimal(2_000_000)

    @pytest.mark.parametrize(
        ("transaction", "ceiling"),
        [("0", "368136"), ("184067.99", "368136"), ("184068", "368136"), ("184068.01", "368136.02")],
    )
    def test_twice_the_transaction_counts_only_if_it_is_more(self, transaction, ceiling):
        assert civil_penalty_ceiling(date(2024, 6, 1), Decimal(transaction)) == Decimal(ceiling)

    def test_a_transaction_of_unknown_amount_adds_nothing(self):
        assert civil_penalty_ceiling(date(2024, 6, 1), None) == Decimal(368_136)
