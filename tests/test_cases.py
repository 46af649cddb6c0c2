"""Scenarios of the rule, as a lawyer would put them, on both engines; and what is said of ill-formed ones."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from kycrule.answers import determine_cases
from kycrule.cases import Case, load_cases
from kycrule.errors import InputError
from kycrule.expr import Or, Undecided
from kycrule.findings import Outcome
from kycrule.law import SUBPART_D
from kycrule.readings import READINGS, Readings

FILES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
BY_FILE = {path.name: load_cases(path) for path in FILES}
CASES = [case for cases in BY_FILE.values() for case in cases]
TABLES = [table for path in FILES for table in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]

SCENARIOS = frozenset(
    [
        "T01",
        "T03",
        "T04",
        "T06",
        "T07",
        "T09",
        "T10",
        "T12",
        "T13",
        "T16",
        "T17",
        "T20",
        "T21",
        "T22",
        "T23",
        "T26",
        "T28",
        "T31",
        "T33",
        "T34",
        "T35",
        "T36",
        "T38",
        "T39",
        "T40",
        "T42",
        "T43",
        "T44",
        "T45",
        "T47",
        "T48",
        "T49",
        "T50",
        "T52",
        "T54",
        "T57",
        "T58",
        "T59",
        "T60",
        "T61",
        "T63",
        "T65",
        "T67",
        "T68",
        "T70",
        "T71",
        "T73",
        "T74",
        "T76",
        "T77",
        "T78",
        "T81",
        "T83",
        "T84",
        "T86",
        "T89",
        "T90",
        "T91",
        "T93",
        "T96",
    ]
)
"""The scenarios that were worked out from the text before the rules were written; numbers left out are not used."""

NO_CASE = {
    "T34": "A sandbox without sign-up or records: a case begins with an Account; whether there is one is the question.",
    "T83": "Running a finished model: a training transaction in a case is one of training.",
    "T93": "The highest penalty is no answer about an Account: tests/test_penalties.py.",
    "T96": "Where the rule stands in law is no answer about an Account: tests/test_status.py.",
}
"""The scenarios that a case cannot express, with the reason."""

OF_ROWS = ("owner_outcomes", "transaction_outcomes", "standing_outcomes")

CASE = """
[[case]]
name = "A French national in France"
as_of = 2024-06-01
provider = {{ id = "p", organized_in = "US", offers_iaas = true, product_us_owned = true }}
customer = {{ account_id = "secret", kind = "individual", citizenships = ["FR"], country = "FR"{customer} }}
{fields}
expect = {{ disposition = "covered"{expect} }}
"""


def one(fields="", customer="", expect=""):
    return CASE.format(fields=fields, customer=customer, expect=expect)


def expected_outcomes(expect):
    """Each outcome that an expectation names, under whom and which rule it is about."""
    by_name = {"outcomes": {"": expect.get("outcomes", {})}, **{name: expect.get(name, {}) for name in OF_ROWS}}
    for name, subjects in by_name.items():
        for subject, rules in subjects.items():
            yield from (((name, subject, code), outcome) for code, outcome in rules.items())


def possible_outcomes(rule):
    """Those that some facts lead to: where the text sets no day, not doing what is asked stays open."""
    never_late = isinstance(rule.must, Or) and any(isinstance(part, Undecided) for part in rule.must.parts)
    return set(Outcome) - ({Outcome.VIOLATED} if never_late else set())


def facts(case: Case, reading: str):
    """All that a case rests on, but for one reading."""
    others = {name: value for name, value in case.readings.all().items() if name != reading}
    setting = case.setting
    return case.customer, case.serving, setting, case.training, case.as_of, others


def differ(one, another):
    """Whether two expectations cannot both hold of one answer."""
    compared = (one.keys() & another.keys()) - {"readings", "findings", "not_findings", "outcomes", *OF_ROWS}
    outcomes, others = dict(expected_outcomes(one)), dict(expected_outcomes(another))
    return (
        any(one[name] != another[name] for name in compared)
        or any(outcomes[key] != others[key] for key in outcomes.keys() & others.keys())
        or any(
            set(this.get("findings", ())) & set(that.get("not_findings", ()))
            for this, that in ((one, another), (another, one))
        )
    )


class TestScenarios:
    """Every scenario comes out as the rule has it."""

    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}: {case.name}")
    def test_the_engine_for_one_record_answers_as_expected(self, case):
        assert case.complaints(case.determine()) == []

    @pytest.mark.parametrize("name", BY_FILE)
    def test_duckdb_answers_as_expected(self, name, by_duckdb):
        wrong = {case.name: case.complaints(by_duckdb[case.source]) for case in BY_FILE[name]}

        assert {name: complaints for name, complaints in wrong.items() if complaints} == {}

    @pytest.mark.parametrize("name", BY_FILE)
    def test_both_engines_give_the_same_determinations(self, name, by_duckdb):
        assert [case.name for case in BY_FILE[name] if by_duckdb[case.source] != case.determine()] == []


@pytest.fixture(scope="module")
def by_duckdb():
    pytest.importorskip("duckdb")
    answers = determine_cases(CASES)
    return {case.source: answer for case, answer in zip(CASES, answers, strict=True)}


class TestTheFilesAsAWhole:
    """The scenarios leave no rule, outcome or reading out."""

    def test_there_are_cases(self):
        assert [name for name, cases in BY_FILE.items() if not cases] == []

    @pytest.mark.parametrize("rule", SUBPART_D.rules, ids=lambda rule: rule.code)
    def test_every_rule_has_a_case_for_each_outcome_that_it_can_have(self, rule):
        expected = ((code, outcome) for case in CASES for (*_, code), outcome in expected_outcomes(case.expect))
        found = {Outcome(outcome) for code, outcome in expected if code == rule.code}

        assert found == possible_outcomes(rule)

    def test_outcomes_are_expected_only_of_rules_that_exist(self):
        known = {rule.code for rule in SUBPART_D.rules}
        named = {
            code
            for case in CASES
            for code in (
                *(code for (*_, code), _ in expected_outcomes(case.expect)),
                *case.expect.get("findings", ()),
                *case.expect.get("not_findings", ()),
            )
        }

        assert named <= known

    @pytest.mark.parametrize(
        ("reading", "value"),
        [(reading.name, option.value) for reading in READINGS for option in reading.options],
    )
    def test_every_reading_option_is_used_by_a_case(self, reading, value):
        assert [case.name for case in CASES if case.readings[reading] == value] != []

    @pytest.mark.parametrize(
        ("reading", "value"),
        [(reading.name, option.value) for reading in READINGS for option in reading.options[1:]],
    )
    def test_every_option_but_the_default_comes_out_otherwise_than_the_default_on_the_same_facts(self, reading, value):
        default = Readings()[reading]
        usual = [case for case in CASES if case.readings[reading] == default]
        other = [case for case in CASES if case.readings[reading] == value]

        assert any(
            differ(one.expect, another.expect)
            for one in usual
            for another in other
            if facts(one, reading) == facts(another, reading)
        )

    def test_names_are_not_used_twice(self):
        twice = [name for name, times in Counter(case.name for case in CASES).items() if times > 1]

        assert twice == []

    def test_every_case_cites_its_paragraph(self):
        assert [table["name"] for table in TABLES if not table.get("cites", "").startswith("7.30")] == []

    def test_every_scenario_is_a_case_unless_none_can_express_it(self):
        covered = {scenario for table in TABLES for scenario in re.findall(r"\bT[0-9]{2}\b", table.get("note", ""))}

        assert covered == SCENARIOS - NO_CASE.keys()


class TestComplaints:
    """A case that expects something else is told what differs."""

    @pytest.fixture
    def complaints(self, tmp_path):
        def told(**parts):
            path = tmp_path / "cases.toml"
            path.write_text(one(**parts), encoding="utf-8")
            (case,) = load_cases(path)
            return case.complaints(case.determine())

        return told

    def test_none_where_all_is_as_expected(self, complaints):
        assert complaints(expect=', foreign_customer = true, findings = ["K302-03"]') == []

    def test_another_answer(self, complaints):
        assert complaints(expect=", foreign_customer = false") == ["foreign_customer: expected False, got True"]

    def test_an_answer_expected_to_be_unknown(self, complaints):
        assert complaints(expect=', foreign_customer = "unknown"') == ["foreign_customer: expected unknown, got True"]

    def test_a_finding_that_is_absent(self, complaints):
        (complaint,) = complaints(expect=', findings = ["K302-01"]')

        assert complaint.startswith("findings: expected K302-01, found K302-03")

    def test_a_finding_that_is_there(self, complaints):
        assert complaints(expect=', not_findings = ["K302-03"]') == ["not_findings: found K302-03"]

    def test_another_outcome_of_a_rule(self, complaints):
        assert complaints(expect=', outcomes = { K302-03 = "met" }') == [
            "outcomes: expected K302-03 of secret to be met, got violated"
        ]

    def test_an_outcome_of_an_owner_who_is_not_there(self, complaints):
        assert complaints(expect=', owner_outcomes = { o = { K302-03 = "met" } }') == [
            "owner_outcomes: expected K302-03 of o to be met, got None"
        ]


class TestIllFormedFiles:
    """A file that cannot be understood is refused, with the place and without a customer's value."""

    @pytest.fixture
    def refusal(self, tmp_path):
        def told(text):
            path = tmp_path / "cases.toml"
            path.write_text(text, encoding="utf-8")
            with pytest.raises(InputError) as caught:
                load_cases(path)
            return str(caught.value)

        return told

    def test_a_field_that_no_case_has(self, refusal):
        assert refusal(one(fields='verdict = "yes"')) == "cases.toml, case 1 has unknown fields: verdict."

    def test_an_expectation_that_no_answer_has(self, refusal):
        assert refusal(one(expect=", verdict = true")) == "cases.toml, case 1 has unknown fields: verdict."

    @pytest.mark.parametrize("field", ["name", "as_of", "customer", "expect"])
    def test_a_field_that_every_case_has(self, refusal, field):
        text = "\n".join(line for line in one().splitlines() if not line.startswith(f"{field} ="))

        assert refusal(text) == f"cases.toml, case 1 lacks {field}."

    def test_the_place_is_that_of_the_faulty_case(self, refusal):
        assert refusal(one() + one(fields='verdict = "yes"')).startswith("cases.toml, case 2 ")

    def test_a_reading_that_there_is_not(self, refusal):
        message = refusal(one(fields='readings = { weather = "fine" }'))

        assert message.startswith("cases.toml, case 1 (A French national in France): There is no reading 'weather'")
        assert "retention_clock" in message

    def test_a_value_that_a_reading_has_not(self, refusal):
        message = refusal(one(fields='readings = { retention_clock = "sooner" }'))

        assert "retention_clock" in message
        assert "later, earlier" in message

    def test_a_field_that_no_customer_has(self, refusal):
        message = refusal(one(customer=', passport = "X1234567-secret"'))

        assert "case 1 (A French national in France)" in message
        assert "passport" in message
        assert "secret" not in message

    def test_a_value_not_in_its_form(self, refusal):
        message = refusal(one(customer=', email = "secret"'))

        assert "email" in message
        assert "secret" not in message

    def test_a_field_that_no_provider_has(self, refusal):
        text = one().replace('id = "p"', 'id = "p", colour = "secret"')

        assert "colour" in refusal(text)
        assert "secret" not in refusal(text)

    def test_a_customer_without_an_account(self, refusal):
        text = one().replace('account_id = "secret", ', "")

        assert "account_id" in refusal(text)

    @pytest.mark.parametrize("text", ["[[case", 'name = "secret', "a = 1\na = 2", "\x00"])
    def test_what_is_not_toml(self, refusal, text):
        assert refusal(text).startswith("cases.toml is not valid TOML: ")
        assert "secret" not in refusal(text)

    def test_what_is_not_utf_8(self, tmp_path):
        path = tmp_path / "cases.toml"
        path.write_bytes(b'name = "\xff"')

        with pytest.raises(InputError, match=r"^cases\.toml is not in UTF-8 \(line 1\)\."):
            load_cases(path)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError, match=r"^cases\.toml cannot be read: "):
            load_cases(tmp_path / "cases.toml")

    def test_a_date_written_as_text(self, refusal):
        assert "as_of" in refusal(one().replace("2024-06-01", '"2024-06-01"'))

    def test_a_date_with_a_time(self, refusal):
        assert "as_of" in refusal(one().replace("2024-06-01", "2024-06-01T00:00:00Z"))

    def test_neither_provider_nor_providers(self, refusal):
        text = "\n".join(line for line in one().splitlines() if not line.startswith("provider ="))

        assert "provider" in refusal(text)

    def test_a_provider_that_served_by_names_and_that_is_not_there(self, refusal):
        text = (
            one(customer=', served_by = "q"')
            .replace("provider = {", "providers = [{")
            .replace("owned = true }", "owned = true }]")
        )

        assert "served_by" in refusal(text)

    def test_an_outcome_that_no_rule_has(self, refusal):
        assert "K302-03" in refusal(one(expect=', outcomes = { K302-03 = "fulfilled" }'))

    def test_a_rule_that_there_is_not(self, refusal):
        assert "K302-99" in refusal(one(expect=', not_findings = ["K302-99"]'))

    @pytest.mark.parametrize("text", ['[[cases]]\nname = "A"\n', '[case]\nname = "A"\n', "case = 1\n"])
    def test_a_file_without_a_case(self, refusal, text):
        assert "case" in refusal(text)

    @pytest.mark.parametrize(
        "field", ["name = 1", 'customer = "secret"', 'expect = "covered"', "readings = 1", "provider = []"]
    )
    def test_a_field_of_another_type(self, refusal, field):
        name, _, _ = field.partition(" ")
        lines = [line for line in one().splitlines() if not line.startswith(f"{name} =")]
        message = refusal("\n".join([*lines, field]))

        assert name in message.lower()
        assert "secret" not in message
