"""Kleene's strong three-valued logic."""

from hypothesis import given
from hypothesis import strategies as st

from kycrule.truth import conjunction, disjunction, negation, word

truths = st.sampled_from([True, False, None])
lists = st.lists(truths, max_size=6)
VALUES = (True, False, None)


class TestTables:
    """Each table is Kleene's, written out in full."""

    def test_negation(self):
        assert [negation(value) for value in VALUES] == [False, True, None]

    def test_conjunction_of_two(self):
        expected = {
            (True, True): True,
            (True, False): False,
            (True, None): None,
            (False, True): False,
            (False, False): False,
            (False, None): False,
            (None, True): None,
            (None, False): False,
            (None, None): None,
        }

        assert {pair: conjunction(pair) for pair in expected} == expected

    def test_disjunction_of_two(self):
        expected = {
            (True, True): True,
            (True, False): True,
            (True, None): True,
            (False, True): True,
            (False, False): False,
            (False, None): None,
            (None, True): True,
            (None, False): None,
            (None, None): None,
        }

        assert {pair: disjunction(pair) for pair in expected} == expected

    def test_of_nothing_all_hold_and_none_does(self):
        assert conjunction([]) is True
        assert disjunction([]) is False

    def test_words_are_those_a_person_reads(self):
        assert [word(value) for value in VALUES] == ["yes", "no", "cannot tell"]


class TestLaws:
    """The laws that rewriting rules rely on."""

    @given(lists)
    def test_de_morgan(self, parts):
        assert negation(conjunction(parts)) is disjunction([negation(part) for part in parts])

    @given(truths, truths)
    def test_absorption(self, left, right):
        assert conjunction([left, disjunction([left, right])]) is left
        assert disjunction([left, conjunction([left, right])]) is left

    @given(lists, st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, parts, random):
        shuffled = random.sample(parts, len(parts))

        assert conjunction(shuffled) is conjunction(parts)
        assert disjunction(shuffled) is disjunction(parts)

    @given(truths)
    def test_double_negation(self, value):
        assert negation(negation(value)) is value

    @given(lists, truths)
    def test_learning_a_fact_never_turns_an_answer_round(self, parts, learned):
        """Where an unknown becomes known, a known answer stays."""
        known = [learned if part is None else part for part in parts]

        for fold in (conjunction, disjunction):
            if fold(parts) is not None:
                assert fold(known) is fold(parts)
