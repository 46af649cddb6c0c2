"""Streams of records: an answer for each, in order, lazily, in bounded memory, and bad ones by explicit policy."""

import gc
import pickle
import tracemalloc
from datetime import date

import pytest
import worlds

import kycrule
from kycrule import DefinitionError, Determination, RecordError, Refused, determine, determine_many

AS_OF = date(2024, 6, 1)
US = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
GOOD = {"account_id": "a", "kind": "individual", "citizenships": ["FR"], "country": "FR"}
BAD = {"account_id": "b", "country": "Atlantis", "name": "Ms Secret", "shoe_size": "44"}


def test_gives_what_determine_gives_for_each_record_in_order():
    made = worlds.generated(100, seed=11)

    answers = list(determine_many((world.customer for world in made), provider=US, as_of=AS_OF))

    assert answers == [determine(world.customer, provider=kycrule.Provider.read(US), as_of=AS_OF) for world in made]


def test_takes_a_record_only_when_its_answer_is_asked_for():
    taken = []

    def source():
        for number in range(1000):
            taken.append(number)
            yield {**GOOD, "account_id": f"a{number}"}

    stream = determine_many(source(), provider=US, as_of=AS_OF)
    assert taken == []

    assert [next(stream).account_id, next(stream).account_id] == ["a0", "a1"]
    assert taken == [0, 1]


def test_an_endless_stream_is_answered_in_bounded_memory():
    def source():
        while True:
            yield {**GOOD, "owners": [{"owner_id": "o", "share": "30", "citizenships": ["DE"]}]}

    stream = determine_many(source(), provider=US, as_of=AS_OF)
    for _ in range(50):
        next(stream)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(500):
            next(stream)
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert after - before < 100_000
    assert peak - before < 1_000_000


def test_an_empty_stream_gives_nothing():
    assert list(determine_many([], as_of=AS_OF)) == []


class TestABadRecord:
    def test_ends_the_stream_and_says_which_it_is(self):
        stream = determine_many([GOOD, BAD, GOOD], provider=US, as_of=AS_OF)

        assert next(stream).account_id == "a"
        with pytest.raises(RecordError, match=r"^Record 2: Customer cannot be read:") as refused:
            next(stream)
        assert ("country", "K912") in refused.value.faults
        assert list(stream) == []

    def test_stands_in_the_place_of_its_answer_if_that_is_asked_for(self):
        first, second, third = determine_many([GOOD, BAD, GOOD], provider=US, as_of=AS_OF, errors="yield")

        assert isinstance(first, Determination)
        assert third == first
        assert isinstance(second, Refused)
        assert (second.place, second.account_id) == (2, "b")
        assert {field for field, _ in second.faults} == {"country", "shoe_size"}

    def test_shows_no_value_of_its_own(self):
        (refused,) = determine_many([BAD], as_of=AS_OF, errors="yield")

        for shown in (str(refused), repr(refused), refused.to_json(), str(refused.error)):
            assert "Atlantis" not in shown
            assert "Secret" not in shown
            assert "44" not in shown

    def test_is_a_value_like_other_answers(self):
        (refused,) = determine_many([BAD], as_of=AS_OF, errors="yield")

        assert Refused.from_json(refused.to_json()) == refused
        assert pickle.loads(pickle.dumps(refused)) == refused  # noqa: S301 - our own

    @pytest.mark.parametrize("record", [None, 7, "a", [GOOD], {}, {"account_id": 7}, {"account_id": "a\x00b"}])
    def test_may_be_anything_at_all(self, record):
        good, refused = determine_many([GOOD, record], as_of=AS_OF, errors="yield")

        assert good.account_id == "a"
        assert isinstance(refused, Refused)
        assert refused.account_id is None

    def test_may_name_a_provider_that_is_not_there(self):
        other = kycrule.Customer.read({**GOOD, "served_by": "q"})
        providers = [kycrule.Provider.read(US)]

        good, refused = determine_many([GOOD, other], providers=providers, as_of=AS_OF, errors="yield")

        assert good.disposition is kycrule.Disposition.COVERED
        assert "served_by names a provider" in refused.message
        assert refused.account_id == "a"

    def test_may_be_one_of_its_transactions(self):
        training = {"a": [{"transaction_id": "t", "operations": "lots"}]}

        (refused,) = determine_many([GOOD], provider=US, training=training, as_of=AS_OF, errors="yield")

        assert refused.faults == (("operations", "K921"),)


def test_arguments_are_refused_at_once_and_not_with_the_first_record():
    with pytest.raises(RecordError, match="Provider cannot be read"):
        determine_many([], provider={"id": "p", "organized_in": "Atlantis"}, as_of=AS_OF)
    with pytest.raises(RecordError, match="SpecialMeasure cannot be read"):
        determine_many([], special_measures=[{}], as_of=AS_OF)
    with pytest.raises(DefinitionError, match='"raise" or "yield"'):
        determine_many([], as_of=AS_OF, errors="ignore")


def test_everything_else_that_determine_takes_is_passed_on():
    transaction = {"transaction_id": "t1", "meets_technical_conditions": True, "known_on": "2024-05-01"}
    measure = {"jurisdiction": "FR", "effect": "prohibit", "issued_on": "2023-10-01"}
    record = {**GOOD, "located_in": "FR", "opened_on": "2024-01-01"}
    readings = kycrule.Readings(located="asserted")
    settings = {"provider": US, "special_measures": [measure], "as_of": AS_OF, "readings": readings}

    (answer,) = determine_many([record], training={"a": [transaction]}, **settings)

    assert answer == determine(record, training=[transaction], **settings)
    assert answer.readings == {"located": "asserted"}
    assert {report.kind for report in answer.reports_due} >= {"model-training"}
    assert "K307-01" in {found.code for found in answer.findings}
