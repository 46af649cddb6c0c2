"""Strategies for users' tests: valid records, every outcome that a rule can have, constructed and shrinking well."""

import json
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import kycrule
from kycrule import DefinitionError, Disposition, strategies
from kycrule.expr import Or, Undecided
from kycrule.strategies import disposed, exempt, undetermined, violating

ROOT = Path(__file__).parents[1]
AS_OF = date(2024, 6, 1)
RULES = kycrule.rules()
RECORDS = {
    kycrule.Customer: strategies.customers,
    kycrule.BeneficialOwner: strategies.owners,
    kycrule.Access: strategies.accesses,
    kycrule.Stake: strategies.stakes,
    kycrule.Provider: strategies.providers,
    kycrule.Reseller: strategies.resellers,
    kycrule.TrainingTransaction: strategies.training_transactions,
    kycrule.SpecialMeasure: strategies.special_measures,
}
US = kycrule.Provider.read({"id": "acme", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
ABROAD = kycrule.Provider.read(
    {
        "id": "q",
        "organized_in": "DE",
        "located_in": "DE",
        "us_owned": False,
        "offers_iaas": True,
        "product_us_owned": False,
        "product_operated_in_us": False,
    }
)
few = settings(max_examples=6, database=None, derandomize=True, deadline=None)
smallest = settings(max_examples=100, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])


def never_violated(rule):
    """Where the text sets no day, what is not done yet stays open."""
    return isinstance(rule.must, Or) and any(isinstance(part, Undecided) for part in rule.must.parts)


def told(answer):
    """The findings about the account and about the providers with their resellers, as code, outcome and subject."""
    findings = [*answer.account.findings, *(found for each in answer.providers for found in each.findings)]
    return {(found.code, found.outcome, found.subject) for found in findings}


def given_fields(record):
    return {name for name, value in record if value not in (None, (), "individual")}


class TestRecords:
    @pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
    def test_are_valid_and_survive_json(self, kind):
        @few
        @given(RECORDS[kind]())
        def check(record):
            assert type(record) is kind
            assert kind.model_validate_json(record.model_dump_json()) == record

        check()

    @pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
    def test_leave_each_field_blank_and_fill_each(self, kind):
        blank, filled = set(), set()

        @settings(max_examples=150, database=None, derandomize=True, deadline=None)
        @given(RECORDS[kind]())
        def check(record):
            for name, value in record:
                (blank if value in (None, ()) else filled).add(name)

        check()
        links = {"account_id", "served_by", "supplied_by", "parent", "resells_for"}
        assert filled >= set(kind.model_fields) - links
        required = {"account_id", "transaction_id", "id", "kind", "holder", "effect", "issued_on"}
        assert blank >= set(kind.model_fields) - required - {"jurisdiction", "person"}

    def test_take_fields_as_values_and_as_strategies(self):
        @few
        @given(strategies.customers(kind="entity", country=st.sampled_from(["DE", "FR"]), owners=()))
        def check(customer):
            assert customer.kind == "entity"
            assert customer.country in {"DE", "FR"}
            assert customer.owners == ()

        check()

    @pytest.mark.parametrize("fields", [{"jurisdiction": "KP"}, {"person": "A"}, {"effect": "condition"}])
    def test_of_measures_stay_whole_with_fixed_fields(self, fields):
        @few
        @given(strategies.special_measures(**fields))
        def check(measure):
            assert fields.items() <= dict(measure).items()

        check()

    def test_refuse_fields_that_there_are_not(self):
        with pytest.raises(DefinitionError, match="Customer has no field colour"):
            strategies.customers(colour="red")

    @few
    @given(strategies.customers(), strategies.providers(), strategies.readings())
    def test_of_any_kind_are_determined(self, customer, provider, readings):
        answer = kycrule.determine(customer, provider=provider, as_of=AS_OF, readings=readings)

        assert kycrule.Determination.from_json(answer.to_json()) == answer

    def test_print_what_is_given_and_no_more(self):
        assert repr(kycrule.Customer(account_id="a", kind="entity")) == "Customer(kind='entity', account_id='a')"
        assert repr(kycrule.Readings(located="asserted")) == "Readings(located='asserted')"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
class TestEveryRule:
    def test_is_violated_where_that_is_asked_for(self, rule):
        if never_violated(rule):
            with pytest.raises(DefinitionError, match=f"No scenario is {rule.code} violated"):
                violating(rule.code)
            return

        @few
        @given(violating(rule.code))
        def check(case):
            answer = case.determine()
            assert case.complaints(answer) == []
            assert (rule.code, "violated") in {(code, outcome) for code, outcome, _ in told(answer)}

        check()

    def test_cannot_be_told_where_that_is_asked_for(self, rule):
        @few
        @given(undetermined(rule.code))
        def check(case):
            answer = case.determine()
            assert case.complaints(answer) == []
            assert (rule.code, "undetermined") in {(code, outcome) for code, outcome, _ in told(answer)}

        check()


@pytest.mark.parametrize("code", ["K302-05", "K302-14", "K303-02", "K305-02", "K307-01", "K308-05"])
def test_scenarios_shrink_to_the_facts_that_they_need(code):
    case = find(violating(code), lambda _: True, settings=smallest)

    parts = [case.customer, case.serving, *case.customer.owners, *case.training, *case.resellers]
    assert sum(len(given_fields(part)) for part in parts) <= 14
    assert len(case.customer.owners) <= 1


class TestOutcomes:
    def test_are_of_owners_too(self):
        case = find(violating("K302-14"), lambda case: "owner_outcomes" in case.expect, settings=smallest)

        assert ("K302-14", "violated", "owner") in told(case.determine())

    def test_vary_in_what_they_do_not_turn_on(self):
        seen = []

        @settings(max_examples=60, database=None, derandomize=True, deadline=None)
        @given(violating("K302-09"))
        def check(case):
            seen.append(case)

        check()
        for name in ("name", "phone", "street_address", "owners", "accesses", "opened_on", "closed_on", "owners_known"):
            assert len({getattr(case.customer, name) for case in seen}) > 1, name
        assert len({case.provider for case in seen}) > 1
        assert {case.determine().account.foreign_customer for case in seen} >= {True}

    def test_can_be_asked_of_ones_own_provider(self):
        @few
        @given(violating("K302-14", provider=US))
        def check(case):
            assert case.provider is US
            assert "K302-14" in {code for code, _, _ in told(case.determine())}

        check()

    def test_of_a_provider_name_it(self):
        @few
        @given(violating("K302-17", provider=US.model_copy(update={"has_written_cip": False})))
        def check(case):
            assert told(case.determine()) >= {("K302-17", "violated", "acme")}

        check()

    def test_that_a_provider_cannot_have_are_refused(self):
        with pytest.raises(DefinitionError, match="with this provider"):
            violating("K302-14", provider=ABROAD)

    def test_may_be_as_of_any_day(self):
        @few
        @given(violating("K302-15", as_of=date(2030, 2, 28)))
        def check(case):
            assert case.as_of == date(2030, 2, 28)
            assert case.complaints(case.determine()) == []

        check()

    def test_go_by_the_readings(self):
        readings = kycrule.Readings(provisional_use="cip-terms")

        with pytest.raises(DefinitionError, match="under these readings"):
            violating("K302-15", readings=readings)

    def test_of_no_rule_are_refused(self):
        with pytest.raises(DefinitionError, match="There is no rule 'K302-99'"):
            violating("K302-99")

    def test_are_the_same_on_duckdb(self):
        pytest.importorskip("duckdb")
        from kycrule.answers import determine_cases

        cases = []

        def gather(strategy):
            @settings(max_examples=1, database=None, derandomize=True, deadline=None)
            @given(strategy)
            def each(case):
                cases.append(case)

            each()

        for rule in RULES:
            gather(undetermined(rule.code))
            if not never_violated(rule):
                gather(violating(rule.code))
        answers = determine_cases(cases)

        assert [case.name for case, answer in zip(cases, answers, strict=True) if answer != case.determine()] == []


class TestDispositions:
    @pytest.mark.parametrize("disposition", Disposition)
    def test_are_those_that_are_asked_for(self, disposition):
        readings = kycrule.Readings()
        if disposition is Disposition.EXEMPT_FOREIGN_SUBSIDIARY:
            with pytest.raises(DefinitionError, match="exempt-foreign-subsidiary"):
                disposed(disposition)
            readings = kycrule.Readings(foreign_subsidiary="categorical-exempt")

        @few
        @given(disposed(disposition, readings=readings))
        def check(case):
            assert case.determine().account.disposition is disposition

        check()

    def test_may_be_named_by_their_text(self):
        assert find(disposed("covered"), lambda _: True, settings=smallest).determine().account.disposition == "covered"

    @few
    @given(exempt())
    def test_are_exempt_in_one_way_or_another(self, case):
        assert case.determine().account.disposition.startswith("exempt-")


def test_t37_nothing_is_filtered():
    modules = sorted((Path(kycrule.__file__).parent / "strategies").glob("*.py"))

    assert len(modules) > 5
    for module in modules:
        text = module.read_text(encoding="utf-8")
        assert ".filter(" not in text
        assert "assume(" not in text


def python(code, *, path=()):
    head = f"import sys\nsys.path[:0] = {[str(each) for each in (*path, ROOT)]!r}\n"
    return subprocess.run([sys.executable, "-c", head + code], capture_output=True, text=True, check=False)


class TestRegistration:
    """Hypothesis finds the strategies of records by itself."""

    @pytest.fixture
    def installed(self, tmp_path):
        """A folder that declares what the project declares, as an installer would write it."""
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
        folder = tmp_path / "kycrule_declared-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: kycrule-declared\nVersion: 1\n", "utf-8")
        lines = ["[hypothesis]", *(f"{name} = {value}" for name, value in declared["hypothesis"].items())]
        (folder / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path

    def test_t37_needs_no_import_of_the_strategies(self, installed):
        code = (
            "import json, kycrule\n"
            "assert 'hypothesis' not in sys.modules\n"
            "from hypothesis import find, settings, strategies as st\n"
            "few = settings(max_examples=5, database=None, deadline=None)\n"
            "kinds = [kycrule.Customer, kycrule.BeneficialOwner, kycrule.Access, kycrule.Provider, kycrule.Reseller,\n"
            "         kycrule.TrainingTransaction, kycrule.SpecialMeasure, kycrule.Stake, kycrule.Readings]\n"
            "made = [type(find(st.from_type(kind), lambda _: True, settings=few)).__name__ for kind in kinds]\n"
            "print(json.dumps(made))\n"
        )
        done = python(code, path=[installed])

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [*(kind.__name__ for kind in RECORDS_IN_ORDER), "Readings"]

    @pytest.mark.parametrize("first", ["hypothesis", "kycrule.strategies"])
    def test_either_package_may_be_imported_first(self, installed, first):
        code = f"import {first}; import hypothesis, kycrule; print(hypothesis.strategies.from_type(kycrule.Customer))"
        done = python(code, path=[installed])

        assert done.returncode == 0, done.stderr

    def test_without_hypothesis_the_strategies_say_which_extra_is_missing(self):
        code = (
            "class Absent:\n"
            "    @staticmethod\n"
            "    def find_spec(name, path=None, target=None):\n"
            "        if name == 'hypothesis':\n"
            "            raise ModuleNotFoundError('no', name=name)\n"
            "sys.meta_path.insert(0, Absent)\n"
            "import kycrule\n"
            "try:\n"
            "    import kycrule.strategies\n"
            "except kycrule.DefinitionError as error:\n"
            "    print(error)\n"
        )

        assert python(code).stdout == 'Strategies need the extra: pip install "kycrule[hypothesis]".\n'


RECORDS_IN_ORDER = (
    kycrule.Customer,
    kycrule.BeneficialOwner,
    kycrule.Access,
    kycrule.Provider,
    kycrule.Reseller,
    kycrule.TrainingTransaction,
    kycrule.SpecialMeasure,
    kycrule.Stake,
)
