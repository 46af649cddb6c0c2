"""Suggestions for mistyped names: near ones are found, far ones are not made up."""

import pytest

from kycrule.nearest import did_you_mean, listed, nearest
from kycrule.readings import READINGS
from kycrule.records import Customer

COLUMNS = tuple(Customer.model_fields)


class TestNearest:
    @pytest.mark.parametrize("name", COLUMNS)
    def test_a_name_without_one_of_its_letters_is_found_again(self, name):
        assert {nearest(name[:place] + name[place + 1 :], COLUMNS) for place in range(len(name))} <= {name, "phone"}

    @pytest.mark.parametrize("name", [reading.name for reading in READINGS])
    def test_letter_case_and_hyphens_do_not_matter(self, name):
        names = [reading.name for reading in READINGS]

        assert nearest(name.upper().replace("_", "-"), names) == name

    @pytest.mark.parametrize("word", ["", "x", "quarterly turnover", "\x00", "zzzzzzzz" * 10_000])
    def test_what_is_far_from_all_names_suggests_nothing(self, word):
        assert nearest(word, COLUMNS) is None
        assert did_you_mean(word, COLUMNS) == ""
        assert listed([word], COLUMNS) == word[:100]

    def test_of_names_that_are_as_near_the_first_is_suggested(self):
        assert nearest("K302-4", ["K302-04", "K302-14", "K302-24"]) == "K302-04"

    def test_without_names_there_is_nothing_to_suggest(self):
        assert nearest("name", []) is None

    def test_of_many_words_the_first_are_told_and_the_rest_counted(self):
        words = ["adress", *(f"word{place}" for place in range(20))]

        assert listed(words, ["address"]).startswith("adress (did you mean address?), word0, ")
        assert listed(words, ["address"]).endswith("word8 and 11 more")
