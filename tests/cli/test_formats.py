"""What was found, as tools read it: JSON, JSON lines, CSV, GitHub's annotations, JUnit's XML."""

import csv
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import kycrule
from kycrule.cli import formats, run
from kycrule.cli.formats import COLUMNS, Found, Trial, annotation, junit
from kycrule.findings import Finding, Outcome

EXAMPLES = Path(__file__).parents[2] / "examples"
ODD = 'a%b,c:d\u202e<&>"]]>;=1+1'
CASE = """
[[case]]
name = "A French individual abroad"
as_of = 2024-06-01
provider = { id = "p", organized_in = "US", offers_iaas = true, product_us_owned = true }
customer = { account_id = "a", kind = "individual", citizenships = ["FR"], country = "FR" }
expect = { disposition = "covered" }
"""
RECORD = {"account_id": "A1", "kind": "individual", "citizenships": ["FR"], "country": "FR"}


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """A run of the example files."""
    folder = tmp_path_factory.mktemp("examples")
    files = [
        part for name in ("owners", "accesses", "training") for part in (f"--{name}", str(EXAMPLES / f"{name}.csv"))
    ]
    files += ["--providers", str(EXAMPLES / "providers.toml"), "--as-of", "2024-06-01"]
    assert run(["check", str(EXAMPLES / "customers.csv"), *files, "-o", str(folder / "run"), "--quiet"]) == 0
    return folder / "run"


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


class TestFindings:
    def test_are_the_rows_of_the_run_in_every_format_that_has_rows(self, cli, examples):
        rows = table((examples / "findings.csv").read_text("utf-8"))
        expected = [
            {
                **row,
                "account_id": row["account_id"] or None,
                "missing": row["missing"].split(";") if row["missing"] else [],
            }
            | {"due": row["due"] or None}
            for row in rows
        ]
        ended = {name: cli("findings", "--run", examples, "--format", name) for name in ("json", "jsonl", "csv")}

        assert len(rows) > 50
        assert {each.code for each in ended.values()} == {0}
        assert json.loads(ended["json"].out) == expected
        assert [json.loads(line) for line in ended["jsonl"].out.splitlines()] == expected
        assert table(ended["csv"].out) == rows
        assert tuple(rows[0]) == COLUMNS

    def test_are_lines_for_people_with_their_number_on_stderr(self, cli, examples):
        ended = cli("findings", "--run", examples)
        outcomes = Counter(row["outcome"] for row in table((examples / "findings.csv").read_text("utf-8")))

        assert len(re.findall(r"^K30\d-\d\d ", ended.out, re.MULTILINE)) == outcomes.total()
        assert ended.err == (
            f"{outcomes.total()} findings: {outcomes['violated']} violated, {outcomes['undetermined']} undetermined.\n"
        )
        assert cli("findings", "--run", examples, "-q").err == ""

    @pytest.mark.parametrize(
        ("options", "column", "value"),
        [
            (("--rule", "K302-11"), "code", "K302-11"),
            (("--rule", "missing-ip-addresses"), "code", "K302-11"),
            (("--outcome", "violated"), "outcome", "violated"),
            (("--account", "N-2006"), "account_id", "N-2006"),
        ],
    )
    def test_are_those_that_were_asked_for(self, cli, examples, options, column, value):
        every = table((examples / "findings.csv").read_text("utf-8"))
        listed = table(cli("findings", "--run", examples, "--format", "csv", *options).out)

        assert listed == [row for row in every if row[column] == value]
        assert 0 < len(listed) < len(every)

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ((), 0),
            (("--fail-on", "undetermined"), 1),
            (("--fail-on", "violated"), 1),
            (("--fail-on", "violated", "--outcome", "undetermined"), 0),
            (("--fail-on", "undetermined", "--outcome", "undetermined"), 1),
            (("--fail-on", "undetermined", "--account", "nobody"), 0),
        ],
        ids=str,
    )
    def test_end_with_1_where_those_listed_reach_what_was_asked(self, cli, examples, options, code):
        assert cli("findings", "--run", examples, *options).code == code

    def test_of_a_rule_that_there_is_not_are_refused(self, cli, examples):
        ended = cli("findings", "--run", examples, "--rule", "missing-ip-adresses")

        assert (ended.code, ended.out) == (2, "")
        assert "Did you mean missing-ip-addresses?" in ended.err

    def test_of_a_run_that_was_changed_are_refused(self, cli, examples, tmp_path):
        shutil.copytree(examples, tmp_path / "copy")
        with (tmp_path / "copy/findings.csv").open("a", encoding="utf-8") as stream:
            stream.write("N-1,N-1,K302-11,x,violated,7.302,x,,\n")

        assert cli("findings", "--run", "copy").code == 3

    @pytest.mark.parametrize("name", ["json", "jsonl", "csv", "github", "junit", "text"])
    def test_may_be_none(self, cli, examples, name):
        ended = cli("findings", "--run", examples, "--account", "nobody", "--format", name, "-q")

        assert (ended.code, ended.err) == (0, "")
        match name:
            case "json":
                assert json.loads(ended.out) == []
            case "csv":
                assert ended.out == ",".join(COLUMNS) + "\n"
            case "junit":
                # Tools take a report without any test for a broken one.
                [suite] = ET.fromstring(ended.out)  # noqa: S314 - ours
                assert [(test.get("name"), len(test)) for test in suite] == [("nothing found", 0)]
                assert suite.get("tests") == "1"
            case _:
                assert ended.out == ""


class TestJUnit:
    def test_counts_what_it_has(self, cli, examples):
        [suite] = ET.fromstring(cli("findings", "--run", examples, "--format", "junit").out)  # noqa: S314 - ours
        rows = table((examples / "findings.csv").read_text("utf-8"))

        assert [int(suite.get(name)) for name in ("tests", "failures", "skipped", "errors")] == [
            len(suite.findall("testcase")),
            len(suite.findall("testcase/failure")),
            len(suite.findall("testcase/skipped")),
            0,
        ]
        assert [case.get("classname") for case in suite] == [f"{row['code']} {row['name']}" for row in rows]
        assert [case[0].tag for case in suite] == [
            "failure" if row["outcome"] == "violated" else "skipped" for row in rows
        ]

    @pytest.mark.parametrize("text", [ODD, "\x00\x1b\x08", "\ufffe", "</failure>", "<![CDATA[x]]>"], ids=ascii)
    def test_is_well_formed_whatever_the_text(self, text):
        test = Trial(group=text, name=text, outcome="failure", message=text, details=text)
        xml = "".join(junit(1, 1, 0, [test]))

        [[case]] = ET.fromstring(xml)  # noqa: S314 - ours
        assert case.get("name") == case[0].text == case[0].get("message")
        assert len(case) == 1


class TestAnnotations:
    def test_are_one_for_each_rule_and_outcome(self, cli, examples):
        lines = cli("findings", "--run", examples, "--format", "github").out.splitlines()
        rows = table((examples / "findings.csv").read_text("utf-8"))
        counts = Counter((row["code"], row["outcome"]) for row in rows)

        assert len(lines) == len(counts)
        for line in lines:
            level, title, code, count, outcome = re.fullmatch(
                r"::(error|warning) (title=(K30\d-\d\d) [a-z-]+)::.*%0A([\d,]+) (violated|undetermined): .*", line
            ).groups()
            assert level == ("error" if outcome == "violated" else "warning")
            assert int(count.replace(",", "")) == counts[code, outcome]
            assert title

    def test_escape_what_would_end_them(self):
        told = annotation("error", "50 %\r\na::b, c", title="a:b,c%\n", file="x,y:z.toml")

        assert told == "::error file=x%2Cy%3Az.toml,title=a%3Ab%2Cc%25%0A::50 %25\\x0d%0Aa::b, c\n"

    def test_name_a_few_and_count_the_rest(self):
        finding = Finding(
            code="K302-04", name="n", outcome=Outcome.VIOLATED, subject="o1", cites="7.302", message="Not so."
        )
        found = [Found(account_id=f"A{number}", finding=finding) for number in range(1200)]
        [told] = formats.findings(found, "github")

        assert told.endswith("%0A1,200 violated: o1 of A0; o1 of A1; o1 of A2; o1 of A3; o1 of A4 and 1,195 more\n")


class TestOneRecord:
    @pytest.fixture
    def determine(self, cli, tmp_path, providers):
        record = {**RECORD, "account_id": ODD, "identity_verified": False}
        (tmp_path / "c.json").write_text(json.dumps(record), encoding="utf-8")

        def command(*options):
            return cli("determine", "c.json", "--providers", providers, "--as-of", "2024-06-01", *options)

        return command

    @pytest.mark.parametrize("name", ["json", "jsonl"])
    def test_json_is_the_determination(self, determine, name):
        ended = determine("--format", name)
        answer = kycrule.Determination.from_json(ended.out)

        assert (ended.code, ended.err) == (0, "")
        assert (answer.account_id, answer.disposition) == (ODD, "covered")
        assert "\u202e" not in ended.out
        assert len(ended.out.splitlines()) == 1 or name == "json"

    def test_csv_has_its_findings_and_no_formula(self, determine):
        rows = table(determine("--format", "csv").out)
        codes = [each["code"] for each in json.loads(determine("--format", "json").out)["findings"]]

        assert [row["code"] for row in rows] == codes
        assert len(codes) > 3
        assert {row["account_id"] for row in rows} == {ODD.replace(";=", ";'=")}

    @pytest.mark.parametrize(("name", "begins"), [("github", "::error "), ("junit", "<?xml ")])
    def test_tools_of_ci_are_served(self, determine, name, begins):
        assert determine("--format", name).out.startswith(begins)

    @pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("violated", 1), ("undetermined", 1)])
    def test_ends_with_1_where_it_was_asked(self, determine, fail_on, code):
        assert determine("--fail-on", fail_on).code == code


class TestCases:
    @pytest.fixture
    def cases(self, cli, tmp_path):
        text = CASE + CASE.replace('"covered"', '"out-of-scope"').replace("abroad", "abroad: 50 %")
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")

        def command(name):
            ended = cli("test", "mine.toml", "--format", name)
            assert (ended.code, ended.err) == (1, "")
            return ended.out

        return command

    def test_rows_tell_each_case_on_each_engine(self, cases):
        rows = json.loads(cases("json"))

        assert [(row["engine"], row["case"], row["passed"]) for row in rows] == [
            (engine, f"mine.toml, case {place}", place == 1) for engine in ("record", "duckdb") for place in (1, 2)
        ]
        assert rows[1]["complaints"] == ["disposition: expected out-of-scope, got covered"]
        assert [json.loads(line) for line in cases("jsonl").splitlines()] == rows
        assert [row["passed"] for row in table(cases("csv"))] == ["yes", "no", "yes", "no"]

    def test_annotations_stand_at_the_file(self, cases):
        lines = cases("github").splitlines()

        assert len(lines) == 2
        assert lines[0].startswith("::error file=mine.toml,title=Case failed on record::mine.toml, case 2: A French")
        assert "50 %25%0Adisposition: expected" in lines[0]

    def test_junit_has_a_test_for_each(self, cases):
        [suite] = ET.fromstring(cases("junit"))  # noqa: S314 - ours

        assert [int(suite.get(name)) for name in ("tests", "failures", "skipped")] == [4, 2, 0]
        assert [[part.tag for part in case] for case in suite] == [[], ["failure"], [], ["failure"]]
