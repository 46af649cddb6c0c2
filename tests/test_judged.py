"""What equal states share: one answer, one explanation; and what they must not: names, dates, values."""

import gc
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import fields
from datetime import date, timedelta
from operator import attrgetter

import pytest
import worlds

from kycrule import Determination, judged
from kycrule.bound import Rows, leaves
from kycrule.determine import compiled, program
from kycrule.engines.record import STATES, AccountAnswer, OwnerAnswer
from kycrule.expr import Subject
from kycrule.judged import Compiled
from kycrule.readings import READINGS, Readings, alternatives
from kycrule.records import NOBODY, Customer, Provider

AS_OF = worlds.AS_OF
HERE = Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
CERTIFIED = HERE.model_copy(update={"previous_certification_on": date(2024, 3, 1)})
EVERY_READING = [Readings(), *(other for reading in READINGS for other in alternatives(Readings(), reading.name))]
CASE = attrgetter("_case")
CUSTOMERS = [world.customer for world in worlds.generated(200, seed=20251125)]


def elsewhere(country):
    return {"FR": "DE", "DE": "FR", "CN": "IN"}.get(country, country)


def renamed(party, number):
    """A party of whom the law would say the same: other names and countries, the same facts."""
    names = ("name", "email", "phone", "street_address", "payment_reference", "owner_id", "account_id")
    changes = {name: f"{name} {number}" for name in names if getattr(party, name, None) is not None}
    return party.model_copy(update={**changes, "country": elsewhere(party.country)})


def alike(customer, number):
    """An account in the same state: all names differ, and the dates on which it was closed and last used."""
    later = timedelta(days=number)
    dates = {name: getattr(customer, name) for name in ("closed_on", "last_accessed_on")}
    changes = {
        "owners": tuple(renamed(owner, place) for place, owner in enumerate(customer.owners, start=number)),
        **{name: day and day + later for name, day in dates.items()},
    }
    return renamed(customer, number).model_copy(update=changes)


def asked(customer, regulation, provider=HERE):
    return regulation.determination(customer, (provider, NOBODY, NOBODY), AS_OF)


def made_anew(answer, regulation):
    return answer.told(judged.reasons(CASE(answer), regulation.bound, answer.disposition))


class TestAnswers:
    """A state has one answer."""

    def test_are_shared_by_accounts_that_differ_in_names_and_values_alone(self):
        regulation = Compiled(program(Readings()))
        for number, customer in enumerate(CUSTOMERS):
            one, other = (CASE(asked(each, regulation)).judgement for each in (customer, alike(customer, number)))
            assert one.account is other.account
            assert list(map(id, one.owners)) == list(map(id, other.owners))

    def test_are_what_a_regulation_gives_that_has_seen_nothing(self):
        regulation = Compiled(program(Readings()))
        for number, customer in enumerate(CUSTOMERS[:40]):
            asked(customer, regulation)
            another = alike(customer, number)
            assert asked(another, regulation) == asked(another, Compiled(program(Readings())))

    def test_are_kept_for_so_many_states(self):
        judge = Compiled(program(Readings())).judge

        assert [kept.cache_parameters()["maxsize"] for kept in judge.kept] == [STATES] * 3


class TestExplanations:
    """A state has one explanation, but for names and dates."""

    @pytest.mark.parametrize("provider", [HERE, CERTIFIED, NOBODY], ids=["bound", "certified", "unknown"])
    def test_are_those_that_would_be_made_anew(self, provider):
        regulation = Compiled(program(Readings()))
        for number, customer in enumerate(CUSTOMERS):
            for each in (customer, alike(customer, number)):
                answer = asked(each, regulation, provider)
                assert answer.explain() == made_anew(answer, regulation)

        assert 0 < len(regulation.explanations) <= 2 * len(CUSTOMERS)

    def test_differ_where_a_date_is_known_for_one_of_two_accounts_in_the_same_state(self):
        regulation = Compiled(program(Readings()))
        opened = Customer.read({"account_id": "a", "kind": "individual", "citizenships": ["FR"], "country": "FR"})
        closed = opened.model_copy(update={"closed_on": date(2024, 1, 2)})
        texts = [asked(customer, regulation).explain() for customer in (opened, closed)]

        assert ["Records are kept until" in text for text in texts] == [False, True]
        assert "2026-01-02" in texts[1]

    def test_show_the_characters_of_a_name_that_a_terminal_would_obey(self):
        hostile = Customer.read({"account_id": "a", "kind": "entity", "owners": [{"owner_id": "o"}]})
        hostile = hostile.model_copy(update={"account_id": "a\x1b[2J", "owners": (hostile.owners[0],) * 2})

        assert "Account a\\x1b[2J: undetermined" in asked(hostile, Compiled(program(Readings()))).explain()

    def test_are_kept_for_so_many_states(self, monkeypatch):
        monkeypatch.setattr(judged, "EXPLAINED", 3)
        regulation = Compiled(program(Readings()))
        for customer in CUSTOMERS[:20]:
            asked(customer, regulation).explain()
            assert len(regulation.explanations) <= 3

    def test_of_accounts_with_many_owners_are_not_kept(self):
        regulation = Compiled(program(Readings()))
        owners = [{"owner_id": f"o{place}", "share": "1"} for place in range(judged.OWNERS + 1)]
        answer = asked(Customer.read({"account_id": "a", "kind": "entity", "owners": owners}), regulation)

        assert answer.explain() == made_anew(answer, regulation)
        assert not regulation.explanations

    @pytest.mark.parametrize("readings", EVERY_READING, ids=lambda each: ",".join(each.changed().values()) or "-")
    def test_name_no_single_access(self, readings):
        # The state of an account says whether some or every access is such; an explanation could say which.
        read = [leaf for ground in program(readings).grounds for leaf in leaves(ground.when)]

        assert not [leaf for leaf in read if isinstance(leaf, Rows) and leaf.of is Subject.ACCESS]


class TestWhatIsKept:
    """Truths and the words of the law, and nothing of a customer."""

    def test_holds_no_value_of_a_record(self):
        secret = "zq4711"  # noqa: S105 - a name
        values = dict.fromkeys(("name", "street_address", "payment_reference", "military_box"), secret)
        party = {**values, "email": f"{secret}@mail.example", "country": "FR", "use_locations": [secret]}
        owner = {**party, "owner_id": secret, "share": "40.4711"}
        regulation = Compiled(program(Readings()))
        answer = asked(Customer.read({**party, "account_id": secret, "kind": "entity", "owners": [owner]}), regulation)
        told = (answer.explain(), answer.findings, answer.turns_on, answer.reports_due, answer.retain_until)
        assert secret in repr(told)
        reached = list(reachable([regulation.explanations, *regulation.judge.kept]))

        assert {AccountAnswer, OwnerAnswer} <= {type(one) for one in reached}
        assert Customer not in {type(one) for one in reached}
        assert not [one for one in reached if isinstance(one, str) and "4711" in one]

    def test_is_the_same_from_many_threads(self):
        regulation = Compiled(program(Readings()))
        expected = [told(customer, Compiled(program(Readings()))) for customer in CUSTOMERS[:10]] * 8

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda customer: told(customer, regulation), CUSTOMERS[:10] * 8))

        assert answers == expected


def told(customer, regulation):
    answer = asked(customer, regulation)
    return answer.to_json(), answer.explain()


def reachable(roots):
    """Everything that is held by containers and answers, from some roots on."""
    seen = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | Compiled) or type(one).__name__ in {"Judge", "function", "module"}:
            continue
        seen.add(id(one))
        yield one
        waiting += gc.get_referents(one)


class TestDeterminations:
    """Few ask for all of a determination: the rest is worked out on request."""

    def test_are_filled_once(self):
        answer = asked(CUSTOMERS[0], compiled(Readings(), ()))

        assert answer.findings is answer.findings
        assert answer.turns_on is answer.turns_on

    def test_are_equal_whether_filled_or_not(self):
        filled, fresh = (asked(CUSTOMERS[0], compiled(Readings(), ())) for _ in range(2))
        values = {field.name: getattr(filled, field.name) for field in fields(filled)}

        assert Determination(**values) == fresh
        assert copy(asked(CUSTOMERS[0], compiled(Readings(), ()))) == fresh

    def test_have_no_other_attributes(self):
        with pytest.raises(AttributeError, match="'Determination' object has no attribute 'verdict'"):
            _ = asked(CUSTOMERS[0], compiled(Readings(), ())).verdict
