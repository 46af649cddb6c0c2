"""When a special measure binds, and what those that bind on a day name (§ 7.307(a)(5) and (6))."""

from datetime import date

import pytest

from kycrule.errors import RecordError
from kycrule.measures import binds_from, in_force, lapses_after
from kycrule.records import SpecialMeasure

ISSUED = date(2025, 1, 10)
FIRST = date(2025, 7, 9)
BETWEEN = date(2025, 8, 1)


def measure(**fields):
    return SpecialMeasure.read(
        {"issued_on": ISSUED, "effect": "prohibit"} | ({} if "person" in fields else {"jurisdiction": "KP"}) | fields
    )


def lists(*measures, as_of=BETWEEN):
    return dict(in_force(measures, as_of))


class TestTheDays:
    def test_it_binds_from_the_180th_day_after_its_issuance(self):
        assert binds_from(measure()) == FIRST

    @pytest.mark.parametrize(("issued", "first"), [("2024-02-29", "2024-08-27"), ("2023-09-04", "2024-03-02")])
    def test_calendar_days_are_counted_over_a_leap_day(self, issued, first):
        assert binds_from(measure(issued_on=issued)).isoformat() == first

    def test_an_extension_moves_its_last_day(self):
        assert lapses_after(measure(extended_until="2026-06-30")) == date(2026, 6, 30)

    def test_an_extension_that_ends_within_the_365_days_does_not_shorten_it(self):
        assert lapses_after(measure(extended_until="2025-09-01")) == lapses_after(measure())

    @pytest.mark.parametrize(
        ("as_of", "binds"),
        [
            (ISSUED, False),
            (date(2025, 7, 8), False),
            (FIRST, True),
            (date(2026, 1, 9), True),
            (date(2026, 1, 11), False),
        ],
        ids=str,
    )
    def test_it_is_listed_from_the_day_on_which_it_binds_until_it_lapses(self, as_of, binds):
        assert bool(lists(measure(), as_of=as_of)) is binds

    @pytest.mark.parametrize(("as_of", "binds"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)], ids=str)
    def test_an_extended_one_is_listed_to_the_last_day_of_the_extension(self, as_of, binds):
        assert bool(lists(measure(extended_until="2026-06-30"), as_of=as_of)) is binds


class TestTheLists:
    def test_without_a_measure_there_is_none(self):
        assert in_force((), BETWEEN) == ()

    @pytest.mark.parametrize(("effect", "word"), [("prohibit", "prohibited"), ("condition", "conditioned")])
    def test_a_jurisdiction_a_part_of_one_and_a_person_stand_apart(self, effect, word):
        listed = lists(
            measure(effect=effect),
            measure(effect=effect, jurisdiction="CN", region="a province"),
            measure(effect=effect, person="Camille Exemple", accounts=["a", "b"]),
        )

        assert listed == {
            f"jurisdictions {word}": {"KP"},
            f"jurisdictions {word} in part": {"CN"},
            f"persons {word}": {"Camille Exemple"},
            f"accounts {word}": {"a", "b"},
        }

    def test_measures_of_one_kind_are_listed_together(self):
        assert lists(measure(), measure(jurisdiction="IR")) == {"jurisdictions prohibited": {"KP", "IR"}}

    def test_a_person_without_accounts_makes_no_list_of_accounts(self):
        assert lists(measure(person="Camille Exemple")) == {"persons prohibited": {"Camille Exemple"}}

    def test_one_that_has_lapsed_leaves_the_others(self):
        assert lists(measure(jurisdiction="IR", issued_on="2023-01-10"), measure()) == {
            "jurisdictions prohibited": {"KP"}
        }


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": "prohibit", "issued_on": ISSUED},
        {"effect": "prohibit", "issued_on": ISSUED, "jurisdiction": "KP", "person": "canary"},
        {"issued_on": ISSUED, "person": "canary"},
        {"effect": "prohibit", "person": "canary"},
        {"effect": "ban", "issued_on": ISSUED, "person": "canary"},
    ],
    ids=["against nobody", "against both", "without its effect", "without its date", "of another effect"],
)
def test_a_measure_that_is_not_whole_is_refused_without_its_values(fields):
    with pytest.raises(RecordError) as caught:
        SpecialMeasure.read(fields)

    assert "canary" not in str(caught.value)
