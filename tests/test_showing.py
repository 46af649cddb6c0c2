"""What answers look like in code: JSON and back, pickles, a notebook, a debugger, print."""

import copy
import json
import pickle
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
import worlds

import kycrule
from kycrule.errors import EngineError, RecordError

EXAMPLES = Path(__file__).parents[1] / "examples"
AS_OF = date(2024, 6, 1)
US = kycrule.Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
SECRETS = ("Müller & <b>Söhne</b>", "Geheimstraße 7", "mueller@example.org", "tok_4711", "2001:db8::77")
CUSTOMER = {
    "account_id": "a<1>&\u202e",
    "kind": "entity",
    "organized_in": "DE",
    "located_in": "DE",
    "name": SECRETS[0],
    "street_address": SECRETS[1],
    "email": SECRETS[2],
    "payment_reference": SECRETS[3],
    "opened_on": "2024-01-05",
    "owners": [{"owner_id": "o1", "share": "30", "citizenships": ["DE"], "located_in": "DE"}],
    "accesses": [{"ip": SECRETS[4]}],
}
TRAINING = {
    "transaction_id": "t1",
    "for_foreign_person": True,
    "meets_technical_conditions": True,
    "known_on": "2024-01-01",
}


def determination():
    readings = kycrule.Readings(located="asserted")
    return kycrule.determine(CUSTOMER, provider=US, training=[TRAINING], as_of=AS_OF, readings=readings)


def of_provider():
    about = {"id": "r", "evidence_of_failure_on": "2024-02-01"}
    return kycrule.determine_provider(US, resellers=[about], as_of=AS_OF)


@cache
def of_file(out=None):
    return kycrule.check(
        EXAMPLES / "customers.csv",
        owners=EXAMPLES / "owners.csv",
        providers=EXAMPLES / "providers.toml",
        as_of=AS_OF,
        compare=["located"],
        out=out,
    )


ANSWERS = [
    determination,
    of_provider,
    of_file,
    lambda: determination().findings[0],
    lambda: determination().reports_due[0],
]
NAMES = ["determination", "provider", "result", "finding", "report"]


class Page(HTMLParser):
    """Reads HTML and refuses what is not closed in order, or does something."""

    allowed = frozenset({"div", "p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"})

    def __init__(self, text):
        super().__init__()
        self.open, self.words = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in self.allowed
        assert attrs == []
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("make", ANSWERS, ids=NAMES)
class TestJson:
    def test_gives_back_the_same_answer(self, make):
        answer = make()

        again = type(answer).from_json(answer.to_json())

        assert again == answer
        assert again.to_json(indent=2) == answer.to_json(indent=2)

    def test_holds_every_field_by_name(self, make):
        answer = make()

        told = json.loads(answer.to_json())

        assert list(told) == [name for name in type(answer).__dataclass_fields__ if not name.startswith("_")]

    def test_of_another_kind_is_refused_without_its_values(self, make):
        kind = type(make())

        with pytest.raises(RecordError, match="to_json wrote") as refused:
            kind.from_json('{"account_id": 7, "secret": "tok_4711"}')

        assert "tok_4711" not in str(refused.value)
        assert ("secret", "extra_forbidden") in refused.value.faults

    def test_that_is_no_json_is_refused(self, make):
        with pytest.raises(RecordError, match="text: json_invalid"):
            type(make()).from_json(b"{")


@pytest.mark.parametrize("make", ANSWERS, ids=NAMES)
def test_pickles_and_copies_are_equal(make):
    answer = make()

    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(answer, protocol)) == answer  # noqa: S301 - our own
    assert copy.copy(answer) is answer
    assert copy.deepcopy(answer) is answer


def test_pickles_carry_no_record():
    written = pickle.dumps(determination())

    assert not [secret for secret in SECRETS if secret.encode() in written]


def test_what_was_read_back_cannot_explain_itself_and_says_why():
    again = kycrule.Determination.from_json(determination().to_json())

    with pytest.raises(EngineError, match=r"made by kycrule\.determine in this process"):
        again.explain()


def test_every_answer_of_the_engine_survives_json():
    for answer in worlds.by_record(worlds.generated(300, seed=5)):
        assert kycrule.Determination.from_json(answer.to_json()) == answer
        assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301 - our own


def test_equality_needs_every_field():
    answer = determination()

    assert answer == determination()
    assert replace(answer, foreign_owner=False) != answer
    assert hash(answer) == hash(determination())


@pytest.mark.parametrize("make", ANSWERS, ids=NAMES)
def test_a_debugger_shows_one_short_line_without_values_of_the_record(make):
    shown = repr(make())

    assert "\n" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 120
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("make", ANSWERS, ids=NAMES)
def test_print_shows_text_without_values_of_the_record(make):
    shown = str(make())

    assert "\u202e" not in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_print_tells_the_whole_answer():
    answer = determination()
    shown = str(answer)

    assert shown.startswith("Account a<1>&U+202E: covered [7.302(d)(1)(i)], as of 2024-06-01.\n")
    assert "never in force" in shown
    assert "Reading: located = asserted." in shown
    assert "Foreign customer: yes." in shown
    for found in answer.findings:
        assert f"- {found.code} {found.name}, {found.outcome}" in shown
    for report in answer.reports_due:
        assert f"- {report.kind}" in shown


def test_print_says_of_an_open_account_what_it_turns_on_and_that_it_is_not_exempt():
    shown = str(kycrule.determine({"account_id": "a"}, provider=US, as_of=AS_OF))

    assert "the Account is not exempt [7.302(d)(1)(i)]" in shown
    assert "\n- citizenships\n" in shown


def test_print_says_until_when_records_are_kept():
    closed = CUSTOMER | {"closed_on": "2024-03-01"}

    assert "kept until 2026-03-01" in str(kycrule.determine(closed, provider=US, as_of=AS_OF))


def test_print_of_a_provider_tells_readings_and_resellers():
    readings = kycrule.Readings(foreign_subsidiary="reseller-flowdown")
    shown = str(kycrule.determine_provider(US, resellers=[{"id": "r"}], as_of=AS_OF, readings=readings))

    assert "Reading: foreign_subsidiary = reseller-flowdown." in shown
    assert "K303-01 reseller-without-written-cip, undetermined, r" in shown


def test_a_result_tells_its_rows_and_where_it_is(tmp_path):
    result = of_file(tmp_path / "run")

    assert "in quarantine" in repr(result)
    assert str(tmp_path / "run") in str(result)
    assert "Run folder: none was kept" in str(of_file())
    assert "K302-14" in str(result)


class TestNotebook:
    @pytest.mark.parametrize("make", ANSWERS[:3], ids=NAMES[:3])
    def test_shows_small_closed_escaped_html_without_script_or_style(self, make):
        shown = make()._repr_html_()

        words = "".join(Page(shown).words)
        assert len(shown) < 20_000
        assert "\u202e" not in shown
        assert "never in force" in words
        assert not [secret for secret in SECRETS if secret in words]

    def test_shows_ids_as_they_are(self):
        assert "Account a<1>&U+202E: covered" in "".join(Page(determination()._repr_html_()).words)

    def test_stays_small_however_much_is_found(self):
        owners = [
            {"owner_id": f"o{place}", "share": "25", "citizenships": ["DE"], "located_in": "DE"} for place in range(500)
        ]
        answer = kycrule.determine(CUSTOMER | {"owners": owners}, provider=US, as_of=AS_OF)

        shown = answer._repr_html_()

        assert len(answer.findings) > 2000
        assert len(shown) < 20_000
        assert f"and {len(answer.findings) - 20} more" in shown
