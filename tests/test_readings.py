"""The open questions of the rule: named, defaulted, never decided silently."""

from dataclasses import FrozenInstanceError, fields
from typing import get_args, get_type_hints

import pytest

from kycrule.errors import DefinitionError
from kycrule.expr import Undecided
from kycrule.readings import READINGS, US_PRESENCE, Readings, alternatives, named

each_reading = pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
each_option = pytest.mark.parametrize(
    "option",
    [pytest.param(option, id=f"{reading.name}={option.value}") for reading in READINGS for option in reading.options],
)


@each_reading
def test_the_first_answer_is_the_default(reading):
    assert reading.default == reading.options[0].value
    assert Readings()[reading.name] == reading.default


@each_reading
def test_a_reading_is_a_question_with_several_answers(reading):
    values = [option.value for option in reading.options]

    assert reading.question.endswith("?")
    assert len(set(values)) == len(values) > 1


@each_option
def test_every_answer_says_what_it_comes_to_and_what_speaks_for_and_against_it(option):
    for text in (option.says, option.support, option.weakness):
        assert text[0].isupper() or text[0] == "§"
        assert text.endswith(".")


@each_reading
def test_types_name_the_answers_in_their_order(reading):
    assert list(get_args(get_type_hints(Readings)[reading.name])) == [option.value for option in reading.options]


def test_every_reading_can_be_chosen_and_nothing_else():
    assert [field.name for field in fields(Readings)] == [reading.name for reading in READINGS]


def test_defaults_change_nothing():
    assert Readings().changed() == {}
    assert Readings(retention_clock="later") == Readings()


def test_changed_tells_only_what_differs_from_the_default():
    readings = Readings(retention_clock="earlier", located="asserted-or-address", us_presence="located")

    assert readings.changed() == {"us_presence": "located", "retention_clock": "earlier"}


def test_all_tells_every_reading_in_order():
    readings = Readings(provisional_use="cip-terms")

    assert list(readings.all()) == [reading.name for reading in READINGS]
    assert readings.all() == {**Readings().all(), "provisional_use": "cip-terms"}


def test_readings_are_frozen_and_equal_by_what_is_chosen():
    readings = Readings(us_nationals="us-person")

    with pytest.raises(FrozenInstanceError):
        readings.us_nationals = "foreign-person"
    assert readings == Readings(us_nationals="us-person")
    assert hash(readings) == hash(Readings(us_nationals="us-person"))


@each_reading
def test_unknown_answer_is_refused_with_those_there_are(reading):
    with pytest.raises(DefinitionError) as refused:
        Readings(**{reading.name: "maybe"})

    message = str(refused.value)
    assert f"The reading {reading.name} has no value 'maybe'" in message
    for option in reading.options:
        assert option.value in message


def test_unknown_reading_is_refused_with_those_there_are():
    with pytest.raises(DefinitionError) as refused:
        named({"foreign_subsidary": "entity-text"})

    message = str(refused.value)
    assert "There is no reading 'foreign_subsidary'" in message
    for reading in READINGS:
        assert reading.name in message


@pytest.mark.parametrize("name", ["all", "changed", "__init__", "default", ""])
def test_a_name_of_something_else_is_no_reading(name):
    with pytest.raises(DefinitionError):
        named({name: "later"})


def test_unknown_answer_by_name_is_refused():
    told = r"retention_clock has no value 'Later'\. Did you mean later\? It has: later, earlier"
    with pytest.raises(DefinitionError, match=told):
        named({"retention_clock": "Later"})


def test_named_sets_what_is_named_and_leaves_the_rest():
    assert named({}) == Readings()
    assert named({"located": "asserted"}) == Readings(located="asserted")
    assert named(Readings(us_presence="located").all()) == Readings(us_presence="located")


@each_reading
def test_alternatives_are_every_other_answer_with_the_rest_as_it_was(reading):
    chosen = Readings(retention_clock="earlier", provisional_use="cip-terms")
    others = list(alternatives(chosen, reading.name))

    assert [other[reading.name] for other in others] == [
        option.value for option in reading.options if option.value != chosen[reading.name]
    ]
    for other in others:
        assert {**other.all(), reading.name: ""} == {**chosen.all(), reading.name: ""}


def test_open_question_is_undecided_and_names_its_reading():
    assert US_PRESENCE.open == Undecided("readings.us_presence", "the text leaves it open (reading us_presence)")
