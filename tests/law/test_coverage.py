"""Every paragraph of the regulation is modelled, or is listed with the reason why it is not."""

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest
from law import write_outline

from kycrule import law, records
from kycrule.citations import Citation
from kycrule.coverage import (
    BELOW,
    NOT_MODELLED,
    RECORDED,
    TERMS,
    Carrier,
    coverage,
    provisions,
    speaks_for,
    table,
)
from kycrule.expr import Definition
from kycrule.law import RULES

FILE = Path(__file__).parents[1] / "data" / "outline.txt"
OUTLINE = FILE.read_text(encoding="utf-8").splitlines()
COVERED = coverage(OUTLINE)

COUNTS = {
    "7.300": 4,
    "7.301": 53,
    "7.302": 50,
    "7.303": 6,
    "7.304": 36,
    "7.305": 24,
    "7.306": 54,
    "7.307": 30,
    "7.308": 55,
    "7.309": 24,
    "7.310": 3,
}
"""Counted in the text: each section with its paragraphs, and in § 7.301 its 45 terms with their 7 limbs."""


class TestTheOutline:
    """Numbers and terms of the regulation, and nothing of its text."""

    def test_it_has_all_paragraphs_of_each_section(self):
        assert Counter(paragraph[:5] for paragraph in OUTLINE) == COUNTS

    def test_no_paragraph_stands_there_twice(self):
        assert len(set(OUTLINE)) == len(OUTLINE)

    def test_it_holds_numbers_and_terms_in_kebab_case_only(self):
        designators = r"(?:\([A-Z]\)|\([a-z]{1,4}\)|\(\d\))"
        shapes = re.compile(rf"7\.3\d\d{designators}*|7\.301 [a-z]+(?:-[a-z]+)*(?: {designators}+)?")

        assert [line for line in OUTLINE if not shapes.fullmatch(line)] == []
        assert FILE.read_text(encoding="utf-8") == "\n".join(OUTLINE) + "\n"

    def test_its_paragraphs_ascend(self):
        numbered = [Citation.parse(paragraph) for paragraph in OUTLINE if " " not in paragraph]

        assert numbered == sorted(numbered)

    def test_every_paragraph_stands_below_one_that_is_there_and_after_the_one_before_it(self):
        for paragraph in OUTLINE:
            above, _, last = paragraph.rstrip(")").rpartition("(")
            if not above:
                continue
            *_, order = [level for level in write_outline.LEVELS if last in level and depth_fits(level, paragraph)]
            place = order.index(last)

            assert above.strip() in OUTLINE
            assert place == 0 or f"{above}({order[place - 1]})" in OUTLINE


def depth_fits(level, paragraph):
    depth = paragraph.count("(") - 1
    levels = write_outline.LEVELS_OF_A_TERM if " " in paragraph else write_outline.LEVELS
    return levels[depth] is level


class TestWritingTheOutline:
    """What the script makes of a text; the text of the regulation itself is not here."""

    def test_it_tells_letters_from_roman_numerals_and_second_from_fifth_level(self):
        text = """\
7.398
A title in the list of sections.
§ 7.300
A title.
(a) A heading. (1) Words (not a paragraph) here.
(i) Words in (b)(1) of this section.
(ii) A heading. (A) Words:
( 1) Words;
( 2) Words.
(B) Words.
(2)(i) Words.
(ii) Words.
(b) A heading —(1) Another. Words.
"""
        assert list(write_outline.outline(text.splitlines())) == [
            "7.300",
            "7.300(a)",
            "7.300(a)(1)",
            "7.300(a)(1)(i)",
            "7.300(a)(1)(ii)",
            "7.300(a)(1)(ii)(A)",
            "7.300(a)(1)(ii)(A)(1)",
            "7.300(a)(1)(ii)(A)(2)",
            "7.300(a)(1)(ii)(B)",
            "7.300(a)(2)",
            "7.300(a)(2)(i)",
            "7.300(a)(2)(ii)",
            "7.300(b)",
            "7.300(b)(1)",
        ]

    def test_it_takes_the_letter_i_after_h(self):
        letters = [f"({letter}) Words." for letter in "abcdefghij"]

        assert list(write_outline.outline(["§ 7.300", *letters])) == [
            "7.300",
            *(f"7.300({letter})" for letter in "abcdefghij"),
        ]

    def test_it_names_terms_and_their_limbs(self):
        text = [
            "§ 7.301",
            "For this:",
            "Short Thing or ST means words:",
            "(1) Words:",
            "(i) Words.",
            "Other refers to x.",
        ]

        assert list(write_outline.outline(text)) == [
            "7.301",
            "7.301 short-thing",
            "7.301 short-thing (1)",
            "7.301 short-thing (1)(i)",
            "7.301 other",
        ]

    def test_it_refuses_a_paragraph_out_of_order(self):
        with pytest.raises(ValueError, match=r"\(c\) does not follow \(a\)"):
            list(write_outline.outline(["§ 7.300", "(a) Words.", "(c) Words."]))


class TestCoverage:
    """No paragraph is passed over."""

    @pytest.mark.parametrize("covered", COVERED, ids=OUTLINE)
    def test_a_paragraph_is_modelled_or_has_a_reason(self, covered):
        assert not covered.is_gap, (
            f"{covered.paragraph} is neither cited by a provision nor in a table: model it, "
            "or give the reason in NOT_MODELLED of kycrule/law/coverage.py"
        )

    @pytest.mark.parametrize("covered", COVERED, ids=OUTLINE)
    def test_a_paragraph_with_a_reason_is_not_modelled(self, covered):
        assert not (covered.by and covered.reason), f"Take {covered.paragraph} out of NOT_MODELLED"

    @pytest.mark.parametrize("paragraph", [paragraph for rule in RULES for paragraph in (rule.cites, *rule.also_cites)])
    def test_a_rule_cites_paragraphs_of_the_outline_and_carries_them(self, paragraph):
        [covered] = [covered for covered in COVERED if covered.paragraph == paragraph]

        assert "rule" in {carrier.kind for carrier in covered.by}

    def test_a_provision_carries_just_what_it_cites(self):
        by = {covered.paragraph: covered.by for covered in COVERED}

        assert Carrier("rule", "K302-16") in by["7.302(d)(2)(i)"]
        assert Carrier("rule", "K302-16") in by["7.302(d)(2)(ii)"]
        assert Carrier("rule", "K302-16") not in by["7.302(d)(2)"]
        assert by["7.302(d)"] == (Carrier("report item", "Form.standards"),)
        assert by["7.306(b)(5)(iii)"] == (Carrier("report item", "ExemptionRequest.program"),)
        assert by["7.302(f)"] == ()
        assert by["7.301"] == ()

    def test_a_definition_carries_the_term_that_it_defines(self):
        by = {covered.paragraph: covered.by for covered in COVERED}

        assert Carrier("definition", "a U.S. person") in by["7.301 united-states-person"]
        assert Carrier("definition", "a foreign reseller") in by["7.301 foreign-reseller"]

    def test_the_table_speaks_of_paragraphs_and_terms_of_the_regulation_alone(self):
        assert {covered.paragraph for covered in table()} - set(OUTLINE) == set()

    def test_a_definition_carries_a_term_unless_it_is_one_of_ours(self):
        carriers = {carrier for covered in COVERED for carrier in covered.by}
        definitions = [
            provision for provision in provisions() if isinstance(provision, Definition) and provision.cites == "7.301"
        ]

        assert [
            definition.name
            for definition in definitions
            if definition.own is (Carrier("definition", definition.name) in carriers)
        ] == []

    def test_a_paragraph_that_nothing_knows_is_a_gap(self):
        [covered] = coverage(["7.302(z)"])

        assert covered.is_gap

    def test_every_kind_of_thing_that_cites_is_walked(self):
        modules = [importlib.import_module(f"kycrule.law.{found.name}") for found in pkgutil.iter_modules(law.__path__)]
        citing = [
            value
            for module in modules
            for values in vars(module).values()
            for value in (values if isinstance(values, tuple) else [values])
            if not isinstance(value, type) and getattr(value, "cites", "")
        ]

        assert {id(value) for value in citing} <= {id(provision) for provision in provisions()}


class TestTheTables:
    """Nothing in them is stale."""

    def test_every_reason_is_for_paragraphs_of_the_outline(self):
        assert [entry for entry, _ in NOT_MODELLED if entry.removesuffix(BELOW) not in OUTLINE] == []

    def test_reasons_stand_in_the_order_of_the_regulation_and_each_paragraph_has_one(self):
        places = [OUTLINE.index(entry.removesuffix(BELOW)) for entry, _ in NOT_MODELLED]
        entries = [[entry for entry, _ in NOT_MODELLED if speaks_for(entry, paragraph)] for paragraph in OUTLINE]

        assert places == sorted(places)
        assert [found for found in entries if len(found) > 1] == []

    def test_an_entry_for_what_is_below_has_something_below_it(self):
        for entry, _ in NOT_MODELLED:
            if entry.endswith(BELOW):
                assert sum(speaks_for(entry, paragraph) for paragraph in OUTLINE) > 1

    @pytest.mark.parametrize("reason", sorted({reason for _, reason in NOT_MODELLED}))
    def test_a_reason_is_one_short_sentence(self, reason):
        assert re.fullmatch(r"[A-Z][^.]*(§ 7\.3\d\d[^.]*)*\.", reason)
        assert len(reason) <= 100

    @pytest.mark.parametrize("table", [TERMS, RECORDED], ids=["TERMS", "RECORDED"])
    def test_every_entry_names_a_paragraph_of_the_outline_in_its_order(self, table):
        assert [paragraph for paragraph, _ in table if paragraph not in OUTLINE] == []

        places = [OUTLINE.index(paragraph) for paragraph, _ in table]
        assert places == sorted(places)
        assert len(set(table)) == len(table)

    @pytest.mark.parametrize("field", sorted({field for _, field in RECORDED}))
    def test_a_recorded_datum_is_a_field_of_a_record(self, field):
        record, _, name = field.partition(".")

        assert name in getattr(records, record).model_fields
