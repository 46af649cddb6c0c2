"""Providers and their foreign resellers judged on their own: by the library, and in a run over a file."""

import csv
import json
from datetime import date

import pytest

import kycrule
from kycrule.config import Setting, load_setting
from kycrule.errors import DefinitionError, RecordError
from kycrule.findings import Outcome
from kycrule.readings import Readings
from kycrule.records import Provider, Reseller
from kycrule.standing import determine_provider, standing_outcomes

AS_OF = date(2024, 6, 1)
US = {"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True}
WHOLE = {**US, "has_written_cip": True, "previous_certification_on": "2024-03-01"}
SG = {"id": "r", "organized_in": "SG", "located_in": "SG"}


def found(answer):
    return [(finding.code, finding.subject, finding.outcome) for finding in answer.findings]


def ask(provider=WHOLE, *resellers, as_of=AS_OF, **options):
    return determine_provider(provider, resellers=resellers, as_of=as_of, **options)


class TestProviders:
    def test_one_that_does_all_has_no_finding(self):
        assert ask().findings == ()

    def test_a_duty_that_is_not_met_is_a_finding_about_the_provider(self):
        assert ("K302-17", "p", Outcome.VIOLATED) in found(ask({**WHOLE, "has_written_cip": False}))

    def test_what_is_not_recorded_is_asked_for(self):
        (finding,) = ask({**WHOLE, "has_written_cip": None}).findings

        assert (finding.code, finding.outcome) == ("K302-17", Outcome.UNDETERMINED)
        assert finding.missing == ("has_written_cip",)

    def test_a_finding_tells_the_last_day_for_what_is_asked(self):
        (finding,) = ask({**WHOLE, "cip_requested_on": "2024-03-01"}).findings

        assert (finding.code, finding.due) == ("K305-01", date(2024, 3, 11))

    def test_a_record_is_taken_like_its_fields(self):
        fields = {**US, "has_written_cip": False}

        assert ask(Provider.read(fields)) == ask(fields)

    def test_the_fields_are_left_as_they_were(self):
        fields = dict(US)
        ask(fields)

        assert fields == US

    def test_a_field_that_there_is_not_is_refused_without_its_value(self):
        with pytest.raises(RecordError) as caught:
            ask({**US, "shoe_size": "canary"})

        assert "shoe_size" in str(caught.value)
        assert "canary" not in str(caught.value)

    def test_the_answer_carries_its_date_and_the_readings_that_were_changed(self):
        answer = ask(readings=Readings(exemption_scope="para-e"))

        assert (answer.provider_id, answer.as_of, answer.readings) == ("p", AS_OF, {"exemption_scope": "para-e"})

    def test_another_reading_gives_another_answer(self):
        exempt = {**US, "deterrence_program_finding": "2024-01-15", "cip_requested_on": "2024-03-01"}

        assert [code for code, *_ in found(ask(exempt))] == ["K305-01"]
        assert ask(exempt, readings=Readings(exemption_scope="para-e")).findings == ()

    def test_who_stands_behind_a_provider_is_found_among_the_others(self):
        subsidiary = {
            "id": "s",
            "organized_in": "IE",
            "located_in": "IE",
            "offers_iaas": True,
            "product_us_owned": True,
        }
        readings = Readings(foreign_subsidiary="ownership-attribution")
        behind = {"providers": [Provider.read(US)], "readings": readings}
        answer = ask({**subsidiary, "parent": "p", "has_written_cip": False}, **behind)

        assert ("K302-17", "s", Outcome.VIOLATED) in found(answer)


class TestReseller:
    def test_its_findings_follow_those_of_its_provider(self):
        answer = ask({**WHOLE, "has_written_cip": False}, {**SG, "has_written_cip": False})
        subjects = [subject for _, subject, _ in found(answer)]

        assert subjects[0] == "p"
        assert subjects[1:] == ["r"] * (len(subjects) - 1)
        assert ("K303-01", "r", Outcome.VIOLATED) in found(answer)

    def test_a_record_is_taken_like_its_fields(self):
        assert ask(WHOLE, Reseller.read(SG)) == ask(WHOLE, SG)

    def test_one_of_another_provider_is_left_out(self):
        assert ask(WHOLE, {**SG, "supplied_by": "q"}) == ask()

    def test_one_that_names_no_provider_is_taken_for_one_of_this(self):
        assert ask(WHOLE, SG) == ask(WHOLE, {**SG, "supplied_by": "p"})
        assert {subject for _, subject, _ in found(ask(WHOLE, SG))} == {"r"}

    def test_what_is_not_recorded_is_asked_for(self):
        missing = {finding.code: finding.missing for finding in ask(WHOLE, SG).findings}

        assert missing["K303-01"] == ("has_written_cip",)

    def test_the_outcome_of_every_rule_can_be_asked_too(self):
        told = standing_outcomes(
            Provider.read(WHOLE),
            resellers=[Reseller.read({**SG, "has_written_cip": True}), Reseller.read({"id": "x", "supplied_by": "q"})],
            as_of=AS_OF,
        )

        assert set(told) == {"p", "r"}
        assert told["p"]["K302-17"] is told["r"]["K303-01"] is Outcome.MET
        assert told["p"]["K305-01"] is told["r"]["K303-02"] is Outcome.NOT_APPLICABLE


class TestReports:
    def test_a_certification_is_due_in_its_window(self):
        (report,) = ask({**WHOLE, "previous_certification_on": "2025-03-01"}, as_of=date(2025, 6, 1)).reports_due

        assert (report.kind, report.cites, report.subject) == ("certification", "7.304(b)", "p")
        assert (report.opens, report.due) == (date(2025, 12, 31), date(2026, 3, 1))

    def test_without_a_first_certification_neither_day_is_known(self):
        (report,) = ask(US).reports_due

        assert (report.kind, report.opens, report.due) == ("certification", None, None)

    def test_that_of_a_reseller_follows(self):
        reports = ask(WHOLE, {**SG, "previous_certification_on": "2024-04-01"}).reports_due

        assert [(report.kind, report.subject, report.due) for report in reports] == [
            ("certification", "p", date(2025, 3, 1)),
            ("reseller-certification", "r", date(2025, 4, 1)),
        ]

    def test_a_provider_with_a_finding_notifies_instead_of_certifying(self):
        (report,) = ask({**US, "deterrence_program_finding": "2024-01-15"}).reports_due

        assert (report.kind, report.due) == ("annual-notification", date(2025, 1, 15))


class TestWhoSuppliesAReseller:
    @pytest.fixture
    def setting(self):
        def made(providers, **reseller):
            listed = tuple(Provider.read({"id": identity}) for identity in providers)
            return Setting(providers=listed, resellers=(Reseller.read({**SG, **reseller}),))

        return made

    def test_the_one_provider_if_it_names_none(self, setting):
        assert [reseller.supplied_by for reseller in setting(["p"]).supplied()] == ["p"]

    def test_the_provider_that_it_names(self, setting):
        assert [reseller.supplied_by for reseller in setting(["p", "q"], supplied_by="q").supplied()] == ["q"]

    @pytest.mark.parametrize(
        ("providers", "named"),
        [(["p", "q"], {}), ([], {}), (["p"], {"supplied_by": "canary"})],
        ids=["none named of two", "no provider at all", "one that is not listed"],
    )
    def test_anything_else_is_refused_without_its_value(self, setting, providers, named):
        with pytest.raises(DefinitionError, match="supplied_by") as caught:
            setting(providers, **named).supplied()

        assert "canary" not in str(caught.value)


PROVIDERS = """
[[providers]]
id = "p"
organized_in = "US"
offers_iaas = true
product_us_owned = true
has_written_cip = false
previous_certification_on = 2024-03-01

[[resellers]]
id = "r"
organized_in = "SG"
has_written_cip = false
cip_copy_held = true
information_collected = true
previous_certification_on = 2024-03-01
requires_training_reports = true
training_efforts = true

[[special_measures]]
jurisdiction = "KP"
effect = "prohibit"
issued_on = 2023-11-01
"""
CUSTOMERS = """account_id,served_by,kind,citizenships,country,opened_on
A1,p,individual,FR,FR,2024-01-10
A2,p,individual,FR,KP,2024-01-10
"""


class TestARun:
    @pytest.fixture
    def run(self, tmp_path):
        pytest.importorskip("duckdb")

        def made(providers=PROVIDERS):
            (tmp_path / "providers.toml").write_text(providers, encoding="utf-8")
            (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
            kycrule.check(
                tmp_path / "customers.csv", providers=tmp_path / "providers.toml", as_of=AS_OF, out=tmp_path / "run"
            )
            with (tmp_path / "run" / "findings.csv").open(encoding="utf-8", newline="") as stream:
                rows = list(csv.DictReader(stream))
            return rows, json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))

        return made

    def test_findings_about_providers_and_resellers_come_first_and_name_no_account(self, run):
        rows, _ = run()
        standing = [row for row in rows if row["account_id"] == ""]

        assert rows[: len(standing)] == standing
        assert [(row["subject"], row["code"], row["outcome"]) for row in standing] == [
            ("p", "K302-17", "violated"),
            ("r", "K303-01", "violated"),
        ]

    def test_a_special_measure_of_the_file_reaches_the_accounts(self, run):
        rows, _ = run()

        assert [(row["account_id"], row["outcome"]) for row in rows if row["code"] == "K307-01"] == [("A2", "violated")]

    def test_the_summary_counts_them(self, run):
        _, summary = run()
        counted = {row["code"]: (row["violated"], row["undetermined"]) for row in summary["findings"]}

        assert counted["K302-17"] == counted["K303-01"] == counted["K307-01"] == (1, 0)
        assert summary["reports_due"]["certification"] == summary["reports_due"]["reseller-certification"] == 1

    def test_without_resellers_and_measures_only_the_provider_is_judged(self, run):
        rows, summary = run(PROVIDERS.partition("[[resellers]]")[0])

        assert [row["subject"] for row in rows if row["account_id"] == ""] == ["p"]
        assert not {"K303-01", "K307-01"} & {row["code"] for row in summary["findings"]}

    def test_a_reseller_of_a_provider_that_is_not_listed_stops_the_run(self, run, tmp_path):
        with pytest.raises(DefinitionError, match="supplied_by"):
            run(PROVIDERS.replace('id = "r"', 'id = "r"\nsupplied_by = "q"'))

        assert not (tmp_path / "run").exists()

    def test_the_library_says_the_same_of_them(self, run, tmp_path):
        rows, _ = run()
        setting = load_setting(tmp_path / "providers.toml")
        answer = determine_provider(setting.providers[0], resellers=setting.resellers, as_of=AS_OF)

        assert [(row["code"], row["subject"]) for row in rows if row["account_id"] == ""] == [
            (finding.code, finding.subject) for finding in answer.findings
        ]
