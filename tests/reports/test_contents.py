"""Every item that a paragraph asks for has a field, and every report is what its schema says."""

import json
from pathlib import Path

import jsonschema
import pytest
from reports import world

from kycrule import reports
from kycrule.citations import Citation
from kycrule.reports.schemas import RECORDS, REPORTS, meanings, paragraphs

OUTLINE = (Path(__file__).parents[1] / "data" / "outline.txt").read_text("utf-8").splitlines()
LEAD_INS = {"7.304", "7.304(b)", "7.308"}
"""Headings, and words before a list: what they introduce is carried item by item."""


def below(*starts):
    return [paragraph for paragraph in OUTLINE if paragraph.startswith(starts) and paragraph not in LEAD_INS]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    out = world.small_run(folder)
    found = reports.Run(out)
    yield found
    found.close()


MAKERS = {
    "certification": reports.certification,
    "reseller-certification": reports.reseller_certification,
    "training": lambda run: reports.training(run, transaction="T1"),
    "follow-up": lambda run: reports.training(run, transaction="T4", kind="follow-up"),
    "corrected": lambda run: reports.training(run, transaction="T5", kind="corrected"),
    "draft": lambda run: reports.training(run, transaction="T7", draft=True),
    "exemption-request": reports.exemption_request,
    "annual-notice": reports.annual_notice,
    "furnishing": reports.furnishing,
    "record": lambda run: reports.record(run, account="A3"),
}
SCHEMA_OF = {"training": "training-report", "follow-up": "training-report", "corrected": "training-report"}
SCHEMA_OF["draft"] = "training-report"


class TestItems:
    """A field cites each paragraph that asks for a datum."""

    @pytest.mark.parametrize("paragraph", below("7.304(a)", "7.304(b)", "7.304(d)", "7.304(f)"))
    def test_of_a_certification_have_a_field(self, paragraph):
        assert paragraphs()[paragraph]

    @pytest.mark.parametrize("paragraph", below("7.308(d)"))
    def test_of_a_training_report_have_a_field(self, paragraph):
        assert any(item.split(".")[0] in TRAINING for item in paragraphs()[paragraph])

    @pytest.mark.parametrize("paragraph", below("7.302(e)(1)", "7.308(c)(", "7.306(f)", "7.303(d)", "7.305(a)"))
    def test_of_the_other_reports_have_a_field(self, paragraph):
        assert paragraphs()[paragraph]

    def test_of_a_programme_are_the_points_of_the_checklist(self, run):
        request = reports.exemption_request(run)
        asked = [point.cites for point in request.program]
        leaves = [
            paragraph
            for paragraph in below("7.306(b)(")
            if not any(other.startswith(f"{paragraph}(") for other in OUTLINE)
        ]
        assert asked == ["7.306(b)", *leaves, "7.306(c)"]
        assert [point.cites for point in request.factors] == below("7.306(e)(3)(")

    def test_cite_paragraphs_that_are_there(self):
        limbs = {paragraph for paragraph in paragraphs() if paragraph not in OUTLINE}
        assert limbs == set()
        assert all(Citation.parse(paragraph) for paragraph in paragraphs())

    def test_say_their_paragraph_in_the_schema(self):
        program = reports.schema("certification")["$defs"]["Program"]["properties"]
        assert program["identity_verification_tools"]["description"].startswith("§ 7.304(a)(1)(i): ")
        assert program["identity_verification_tools"]["x-cites"] == ["7.304(a)(1)(i)"]


TRAINING = {"TrainingReport", "ForeignPerson", "AccountUsed", "Use", "TrainingRun", "Timing"}


class TestSchemas:
    """JSON Schema 2020-12 for all that goes in and comes out."""

    @pytest.mark.parametrize("name", reports.MODELS)
    def test_are_valid_and_named(self, name):
        schema = reports.schema(name)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"urn:kycrule:schema:{name}"
        assert schema["additionalProperties"] is False

    @pytest.mark.parametrize("kind", MAKERS)
    def test_admit_the_report_as_it_is_written(self, kind, run):
        report = MAKERS[kind](run)
        written = json.loads(reports.json_text(report))
        schema = reports.schema(SCHEMA_OF.get(kind, kind))
        jsonschema.Draft202012Validator(schema).validate(written)
        assert type(report).model_validate_json(reports.json_text(report)) == report

    def test_refuse_what_a_report_does_not_have(self, run):
        written = json.loads(reports.json_text(reports.furnishing(run)))
        validator = jsonschema.Draft202012Validator(reports.schema("furnishing"))
        assert not validator.is_valid({**written, "cips": [{**written["cips"][0], "state": "lost"}]})
        assert not validator.is_valid({**written, "more": 1})

    def test_say_what_each_field_of_a_record_means(self):
        for name, model in RECORDS.items():
            properties = reports.schema(name)["properties"]
            assert meanings(model)
            assert [field for field in properties if "description" not in properties[field]] == [], name

    def test_an_unknown_name_is_refused_with_the_known_ones(self):
        with pytest.raises(ValueError, match="owner, access, stake, customer"):
            reports.schema("nothing")

    def test_every_kind_of_report_has_a_maker_here(self):
        assert set(REPORTS) - set(MAKERS) == {"red-flags"}


class TestAttestations:
    """A person attests; no program does."""

    @pytest.mark.parametrize("kind", MAKERS)
    def test_are_blank_in_every_report_and_listed_as_open(self, kind, run):
        report = MAKERS[kind](run)
        found = list(attestations(json.loads(reports.json_text(report)), ""))
        assert {value for _, made in found for value in made.values()} <= {None}
        open_items = {entry.item for entry in report.to_complete}
        assert {place for place, _ in found} <= open_items

    def test_the_certification_has_all_that_the_text_asks_for(self, run):
        report = reports.certification(run)
        signed = [entry.cites for entry in report.to_complete if entry.by.startswith("a person who may sign")]
        assert signed == ["7.304(a)(3)", *(f"7.304(b)({place})" for place in range(1, 7))]

    @pytest.mark.parametrize("given", [{"attested": True}, {"attested": False}, {"name": "Ada"}])
    def test_cannot_be_given_in_code(self, given):
        from kycrule.reports.model import Attestation

        with pytest.raises(ValueError, match="given by a person"):
            Attestation(**given)

    def test_that_a_person_wrote_into_the_file_are_read_and_no_longer_open(self, run):
        written = json.loads(reports.json_text(reports.certification(run)))
        made = {"attested": True, "name": "Ada Quill", "title": "CISO", "on": "2024-06-02"}
        written["form"]["cip_meets_the_standards"] = made
        jsonschema.Draft202012Validator(reports.schema("certification")).validate(written)
        signed = reports.Certification.model_validate_json(json.dumps(written))
        assert signed.form.cip_meets_the_standards.name == "Ada Quill"
        assert "7.304(a)(3)" not in {entry.cites for entry in reports.to_complete(signed)}


def attestations(value, path):
    """Every attestation within a JSON value, with its place as ``to_complete`` writes it."""
    if isinstance(value, dict):
        if "attested" in value:
            yield path, value
        for name, inner in value.items():
            yield from attestations(inner, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for inner in value:
            yield from attestations(inner, f"{path}[]")
