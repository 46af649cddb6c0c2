"""What holds of the whole catalogue of rules, whichever rules it has."""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kycrule import facts, law, ownership
from kycrule.citations import Citation
from kycrule.determine import program
from kycrule.english import english
from kycrule.expr import Choice, Constant, Definition, Fact, Flag, Node, Period, Scope, ValueChoice
from kycrule.findings import Disposition
from kycrule.law import RULES, SUBPART_D, rules
from kycrule.law.s301_definitions import BENEFICIAL_OWNER_SHARE
from kycrule.pages import told_rule
from kycrule.provisions import Of
from kycrule.readings import INDIRECT_OWNERSHIP, READINGS, Readings, alternatives
from kycrule.records import Access, BeneficialOwner, Customer, Provider, Reseller, TrainingTransaction

MODULES = [importlib.import_module(f"kycrule.law.{found.name}") for found in pkgutil.iter_modules(law.__path__)]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "rules"


def inside(thing):
    """Every node and period in an expression, or in anything that holds expressions."""
    if isinstance(thing, Node | Period):
        yield thing
    if isinstance(thing, Mapping):
        thing = tuple(thing.values())
    if isinstance(thing, tuple):
        for member in thing:
            yield from inside(member)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from inside(getattr(thing, field.name))


def provisions():
    """Whatever the law modules hold that is applied by itself: not definitions, which others have to use."""
    for module in MODULES:
        for value in vars(module).values():
            if is_dataclass(value) and not isinstance(value, type | Node | Period):
                yield value


USED = list(inside((SUBPART_D, *provisions())))
DEFINITIONS = {
    name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Definition)
}
DECLARED = {name: value for name, value in vars(facts).items() if isinstance(value, Fact | Flag)}


# Codes, names and citations -----------------------------------------------------------------------


def test_codes_are_unique():
    assert len({rule.code for rule in RULES}) == len(RULES)


@each_rule
def test_a_code_is_its_section_and_a_number(rule):
    code = re.fullmatch(r"K(3\d\d)-(\d\d)", rule.code)

    assert code
    assert int(code[1]) == Citation.parse(rule.cites).section


def test_names_are_unique():
    assert len({rule.name for rule in RULES}) == len(RULES)


@each_rule
def test_a_name_is_the_wrong_state_in_kebab_case(rule):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert not rule.name.startswith(("no-", "require-"))


def test_rules_stand_in_the_order_of_the_regulation():
    cited = [Citation.parse(rule.cites) for rule in rules()]

    assert cited == sorted(cited)


@each_rule
def test_other_citations_are_other_paragraphs_of_the_same_section(rule):
    assert len({rule.cites, *rule.also_cites}) == 1 + len(rule.also_cites)
    for cites in rule.also_cites:
        assert Citation.parse(cites).section == Citation.parse(rule.cites).section


@pytest.mark.parametrize(
    "provision",
    [*DEFINITIONS.values(), *SUBPART_D.grounds, *SUBPART_D.reports, SUBPART_D.retention, *READINGS],
    ids=lambda provision: getattr(provision, "name", getattr(provision, "kind", getattr(provision, "disposition", ""))),
)
def test_whatever_is_not_a_rule_cites_its_paragraph_too(provision):
    assert str(Citation.parse(provision.cites)) == provision.cites


def test_every_ground_is_a_disposition_and_the_last_one_always_holds():
    assert {ground.disposition for ground in SUBPART_D.grounds} == set(Disposition) - {Disposition.UNDETERMINED}
    assert english(SUBPART_D.grounds[-1].when) == "in any case"


# Sentences ----------------------------------------------------------------------------------------


def is_one_sentence(text):
    plain = text.replace("U.S.", "US").replace(" ...", "")
    return bool(re.fullmatch(r"[A-Z][^.]*(\.(?! )[^.]*)*\.", plain)) and "  " not in text


@each_rule
def test_what_a_rule_says_is_one_full_sentence(rule):
    assert is_one_sentence(rule.says)


@each_rule
def test_what_a_violation_says_is_one_full_sentence_and_names_whom_or_what_it_is_about(rule):
    assert is_one_sentence(rule.finding)
    assert re.search(
        r"\b(?i:this|an) (party|individual|entity|customer|Account|provider)\b"
        r"|\btraining (transaction|report)\b|\b(foreign|this) reseller\b",
        rule.finding,
    )


@each_rule
def test_every_note_is_full_sentences(rule):
    for note in rule.notes:
        assert re.fullmatch(r"(D\d+: )?\S.*\.", note)


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_every_definition_says_what_it_is(definition):
    assert re.fullmatch(r"[A-Z].*\.", definition.says)


def test_every_defect_of_the_list_is_shown_by_a_rule_or_is_a_reading():
    shown = re.findall(r"\bD(\d+):", " ".join(told_rule(rule) for rule in RULES))
    read = [defect.removeprefix("D") for reading in READINGS for defect in reading.defects]

    assert {int(number) for number in (*shown, *read)} == set(range(1, 21))


# Facts, definitions and readings ------------------------------------------------------------------


def test_only_declared_facts_are_used():
    assert {node for node in USED if isinstance(node, Fact | Flag)} <= set(DECLARED.values())


@pytest.mark.parametrize("name", DECLARED)
def test_every_declared_fact_is_used(name):
    assert DECLARED[name] in USED


@pytest.mark.parametrize("name", DECLARED)
def test_a_fact_is_called_like_its_field(name):
    fact = DECLARED[name]
    holders = {
        Scope.PARTY: (Customer, BeneficialOwner),
        Scope.ACCOUNT: (Customer,),
        Scope.OWNER: (BeneficialOwner,),
        Scope.ACCESS: (Access,),
        Scope.PROVIDER: (Provider,),
        Scope.RESELLER: (Reseller,),
        Scope.COMPANY: (Provider, Reseller),
        Scope.TRANSACTION: (TrainingTransaction,),
    }
    worked_out = {"is_customer", "ip_reachable", "as_of"}

    assert fact.name == name
    for holder in holders.get(fact.scope, ()):
        assert name in holder.model_fields or name in worked_out


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_definition_is_used(name):
    assert any(node is DEFINITIONS[name] for node in USED)


def test_names_of_definitions_are_unique():
    different = {id(definition): definition.name for definition in DEFINITIONS.values()}

    assert len(set(different.values())) == len(different)


def test_terms_have_keys_of_their_own_under_every_reading():
    chosen = [Readings(), *(other for reading in READINGS for other in alternatives(Readings(), reading.name))]

    for readings in chosen:
        keys = [term.key for term in program(readings).terms]
        assert len(set(keys)) == len(keys)


# Acts where shares are added up, before any rule is judged.
ELSEWHERE = {INDIRECT_OWNERSHIP}


@pytest.mark.parametrize(
    "reading", [reading for reading in READINGS if reading not in ELSEWHERE], ids=lambda reading: reading.name
)
def test_every_reading_is_asked_for_with_a_branch_for_each_answer(reading):
    choices = [node for node in USED if isinstance(node, Choice | ValueChoice) and node.reading == reading.name]

    assert choices
    for choice in choices:
        assert list(choice.branches) == [option.value for option in reading.options]


def test_every_choice_is_of_a_declared_reading():
    asked = {node.reading for node in USED if isinstance(node, Choice | ValueChoice)}

    assert asked == {reading.name for reading in READINGS if reading not in ELSEWHERE}


def test_every_legal_number_cites_its_paragraph():
    numbers = [node for node in USED if isinstance(node, Constant) and isinstance(node.value, Decimal)]
    periods = [node for node in USED if isinstance(node, Period)]

    assert numbers
    assert periods
    for number in (*numbers, *periods):
        assert str(Citation.parse(number.cites)) == number.cites
        assert number.says


# Pages --------------------------------------------------------------------------------------------


@each_rule
def test_explanation_has_the_code_the_citation_and_the_logic_in_english(rule):
    told = " ".join(told_rule(rule).split())

    assert told.startswith(f"{rule.code} {rule.name}")
    for part in (f"§ {rule.cites}", *rule.also_cites, rule.says, rule.finding, *rule.notes):
        assert part in told
    called = {Of.PROVIDER: "the provider", Of.RESELLER: "the reseller"}.get(rule.of, "the party")
    assert f"When {english(rule.when, called)} Must {english(rule.must, called)} " in told
    assert told.endswith("never in force.")


def test_every_rule_has_an_anchor_on_the_page_of_its_section():
    for rule in RULES:
        page = PAGES / f"s{Citation.parse(rule.cites).section}.md"
        assert page.read_text(encoding="utf-8").count(f"\n### {rule.code}\n") == 1


def test_every_section_of_the_subpart_has_a_page():
    assert {page.name for page in PAGES.glob("s*.md")} == {f"s{section}.md" for section in range(300, 311)}


def test_ownership_has_the_share_of_the_law():
    assert Fraction(BENEFICIAL_OWNER_SHARE.value) / 100 == ownership.AT_LEAST
