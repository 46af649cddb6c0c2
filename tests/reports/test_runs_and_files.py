"""From a run folder to a file: what is refused, what is written and how, and what a reader is safe from."""

import csv
import json
import re
import stat
import subprocess
import sys

import pytest
from markdown_it import MarkdownIt
from reports import world

import kycrule
from kycrule import reports, schemas
from kycrule.cli import run as command
from kycrule.errors import ExitCode, InputError, ReportError
from kycrule.outputs import sha256

FLAGS = ("account_id", "subject", "category", "flag", "cites", "message", "count")
SCREENING = ("account_id", "subject", "field", "score", "source", "entry", "listed_name")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return world.small_run(tmp_path_factory.mktemp("small"))


@pytest.fixture
def copied(small, tmp_path):
    """A copy of the run, to be changed."""
    target = tmp_path / "copied"
    for path in small.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(small)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    return target


@pytest.fixture
def cli(capfd):
    def run(*arguments):
        code = command([str(argument) for argument in arguments])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def added(run, name, columns, *rows):
    """Add a CSV file to a run, as a check would have."""
    with (run / name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    manifest["outputs"].append({"name": name, "bytes": 0, "sha256": sha256(run / name)})
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


class TestTheRun:
    """A report is made from a whole run that nobody has changed."""

    @pytest.mark.parametrize("name", ["records/owners.parquet", "records/setting.json", "summary.json"])
    def test_that_was_changed_is_refused(self, name, copied):
        with (copied / name).open("ab") as stream:
            stream.write(b" ")
        with pytest.raises(InputError, match=f"{name} is not what the manifest"):
            reports.certification(copied)

    @pytest.mark.parametrize("name", ["manifest.json", "records/customers.parquet"])
    def test_that_is_not_whole_is_refused(self, name, copied):
        (copied / name).unlink()
        with pytest.raises(InputError, match=f"{name.rpartition('/')[2]} is missing"):
            reports.certification(copied)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"outputs": [{}]}', "\x00"])
    def test_with_a_manifest_that_is_none_is_refused(self, text, copied):
        (copied / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="manifest"):
            reports.certification(copied)

    def test_of_another_version_is_refused(self, copied):
        manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
        (copied / "manifest.json").write_text(json.dumps({**manifest, "kycrule": "0.0.1"}), encoding="utf-8")
        with pytest.raises(ReportError, match="Another version"):
            reports.certification(copied)

    def test_without_records_says_so(self, tmp_path):
        run = world.small_run(tmp_path, keep_records=False)
        assert not (run / "records").exists()
        for make in (reports.certification, reports.furnishing, lambda run: reports.record(run, account="A1")):
            with pytest.raises(ReportError, match="without --no-records"):
                make(run)

    def test_is_what_a_report_says_it_rests_on(self, small):
        about = reports.certification(small).about
        assert about.manifest_sha256 == sha256(small / "manifest.json")
        assert (about.in_force, about.kycrule, about.as_of) == (False, kycrule.__version__, world.AS_OF)
        assert about.readings == kycrule.Readings().all()
        assert "never in force" in about.status

    def test_is_not_changed_by_a_report(self, small):
        before = {path: path.stat().st_mtime_ns for path in small.rglob("*")}
        reports.certification(small)
        assert {path: path.stat().st_mtime_ns for path in small.rglob("*")} == before

    def test_keeps_the_records_as_they_were_given(self, small):
        with reports.opened(small) as run:
            found = run.account("A3")
        expected = kycrule.Customer.read(
            {
                **world.CUSTOMERS[2],
                "owners": [owner for owner in world.OWNERS if owner["account_id"] == "A3"],
                "accesses": [access for access in world.ACCESSES if access["account_id"] == "A3"],
            }
        )
        assert found == expected


class TestRedFlags:
    def test_are_grouped_by_the_category_of_their_paragraph(self, copied):
        added(
            copied,
            "red-flags.csv",
            FLAGS,
            ("A1", "A1", "identity-evidence", "shared-payment", "7.306(b)(1)(iii)(A)", "One instrument.", "4"),
            ("'=A2", "", "account-activity", "one-address", "7.306(b)(1)(iii)(B)", "One address.", "21"),
        )
        added(copied, "screening.csv", SCREENING, ("A3", "o1", "name", "93", "list.csv", "17", "Eva"))
        report = reports.red_flags(copied)
        assert [(flag.account_id, flag.flag, flag.count) for flag in report.identity_evidence] == [
            ("A1", "shared-payment", "4")
        ]
        assert [(flag.account_id, flag.subject) for flag in report.account_activity] == [("=A2", None)]
        assert [(match.account_id, match.score) for match in report.possible_matches] == [("A3", "93")]
        assert "Weak evidence" in report.notes[0]
        assert [entry.item for entry in report.to_complete] == ["notices.received", "response", "reviewed"]
        assert json.loads(reports.json_text(report))["report"] == "red-flags"

    def test_that_were_not_looked_for_are_no_report(self, small):
        with pytest.raises(ReportError, match="looked for no red flags"):
            reports.red_flags(small)


class TestMarkdown:
    """What a customer wrote is shown, and does nothing."""

    def test_shows_a_hostile_name_as_text(self, small):
        text = reports.markdown(reports.record(small, account="A1"))
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
        inline = [child for token in tokens for child in token.children or ()]
        assert not {token.type for token in (*tokens, *inline)} & {"html_block", "html_inline", "link_open", "image"}
        shown = "".join(child.content for child in inline if child.type == "text")
        visible = world.HOSTILE.replace("\u202e", "U+202E").replace("\x85", "\\x85")
        assert visible in shown
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)

    def test_keeps_a_hostile_name_within_its_cell(self, copied):
        row = ("A1", "A1", "identity-evidence", world.HOSTILE, "7.306(b)(1)(iii)(A)", "a\nb", "4")
        added(copied, "red-flags.csv", FLAGS, row)
        text = reports.markdown(reports.red_flags(copied))
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        cells = [token for token in tokens if token.type == "td_open"]
        open_items = len(reports.red_flags(copied).to_complete)
        assert len(cells) == 4 * open_items + 5

    def test_has_a_heading_for_each_part_with_its_paragraph(self, small):
        text = reports.markdown(reports.certification(small))
        for heading in (
            "# CIP certification (§ 7.304)",
            "#### Program (§ 7.304(a)(1))",
            "##### Primary contact (§ 7.304(a)(1)(vi))",
            "##### Unverified (§ 7.304(a)(2)(ix))",
            "##### Recorded resolutions (§ 7.304(b)(6))",
        ):
            assert f"\n{heading}\n" in f"\n{text}"
        assert "**Never in force.**" in text
        assert "- **Identity verification tools** (§ 7.304(a)(1)(i)): Passports are read." in text
        assert "- **Services abroad** (§ 7.304(a)(2)(i)): *to be completed*" in text
        assert "| A1 | 2024-01-10 | By 1 July | *to be completed* | 2024-08-01 |" in text


class TestTheCommand:
    """``kycrule report`` and ``kycrule schema``."""

    def test_writes_a_private_file_and_nothing_beside_it(self, small, tmp_path, cli):
        target = tmp_path / "out" / "certification.json"
        target.parent.mkdir()
        code, out, err = cli("report", "certification", "--run", small, "-o", target)
        assert (code, out) == (ExitCode.DONE, "")
        assert "left to a person" in err
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert [path.name for path in target.parent.iterdir()] == ["certification.json"]
        assert reports.Certification.model_validate_json(target.read_text("utf-8")) == reports.certification(small)

    def test_replaces_a_file_only_when_told_to(self, small, tmp_path, cli):
        target = tmp_path / "certification.md"
        target.write_text("precious", encoding="utf-8")
        code, _, err = cli("report", "certification", "--run", small, "-o", target)
        assert (code, target.read_text("utf-8")) == (ExitCode.OUTPUT, "precious")
        assert "--force" in err
        code, _, _ = cli("report", "certification", "--run", small, "-o", target, "--force")
        assert code == ExitCode.DONE
        assert target.read_text("utf-8") == reports.markdown(reports.certification(small))

    def test_prints_json_that_a_terminal_cannot_obey(self, small, cli):
        code, out, _ = cli("report", "record", "--account", "A1", "--run", small)
        assert code == ExitCode.DONE
        assert "\u202e" not in out
        assert "\x85" not in out
        assert json.loads(out)["parties"][0]["identity"]["name"] == world.HOSTILE

    def test_refuses_a_training_report_that_lacks_an_item_and_writes_a_draft(self, small, tmp_path, cli):
        target = tmp_path / "t.json"
        order = ("report", "training", "--run", small, "--transaction", "T2", "-o", target)
        code, _, err = cli(*order)
        assert (code, target.exists()) == (ExitCode.USAGE, False)
        assert "training_run.accelerator [7.308(d)(1)(ii)(C)]" in err
        code, _, _ = cli(*order, "--draft")
        assert code == ExitCode.DONE
        assert "training_run.accelerator" in target.read_text("utf-8")

    def test_writes_one_file_for_each_transaction_into_a_folder(self, small, tmp_path, cli):
        order = ("report", "training", "--run", small, "-o", tmp_path / "filed")
        code, _, err = cli(*order)
        assert (code, (tmp_path / "filed").exists()) == (ExitCode.USAGE, False)
        assert "2 of 6 reports lack" in err
        code, _, _ = cli(*order, "--draft", "--format", "markdown")
        assert code == ExitCode.DONE
        names = sorted(path.name for path in (tmp_path / "filed").iterdir())
        assert names == [f"training-T{place}.md" for place in (1, 2, 3, 4, 5, 7)]
        code, _, err = cli(*order, "--draft", "--format", "markdown")
        assert code == ExitCode.OUTPUT

    def test_asks_which_transaction_is_meant_for_one_file(self, small, cli):
        code, _, err = cli("report", "training", "--run", small)
        assert code == ExitCode.USAGE
        assert "name one with --transaction" in err

    def test_an_id_never_leads_out_of_the_folder(self, tmp_path, cli):
        training = tuple(
            {**world.WHOLE, "transaction_id": name, "account_id": "A3"} for name in ("../../x", "..", "a/b", "ok")
        )
        run = world.small_run(tmp_path, training=training)
        code, _, _ = cli("report", "training", "--run", run, "-o", tmp_path / "filed")
        assert code == ExitCode.DONE
        names = sorted(path.name for path in (tmp_path / "filed").rglob("*"))
        assert len(names) == 4
        assert all(re.fullmatch(r"training-(?:[0-9a-f]{16}|ok)\.json", name) for name in names)

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("record",), "--account"),
            (("certification", "--draft"), "--draft says nothing"),
            (("training", "--follow-up", "--corrected"), "Choose one"),
            (("certification", "-o", "x.txt"), "--format"),
            (("certification", "--provider", "q"), "no provider of that id"),
        ],
    )
    def test_says_what_is_wrong_with_an_order(self, arguments, told, small, cli, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        code, out, err = cli("report", *arguments, "--run", small)
        assert (code, out) == (ExitCode.USAGE, "")
        assert told in err
        assert list(tmp_path.iterdir()) == []

    def test_a_run_that_is_not_there_is_an_input_error(self, tmp_path, cli):
        assert cli("report", "certification", "--run", tmp_path / "absent")[0] == ExitCode.INPUT

    def test_no_message_shows_a_value_of_a_customer(self, small, cli, tmp_path):
        for arguments in (
            ("training", "--transaction", "T2"),
            ("training", "-o", tmp_path / "filed"),
            ("record", "--account", "nobody-here"),
            ("record", "--account", "A1", "-o", tmp_path / "a.json"),
        ):
            _, _, err = cli("report", *arguments, "--run", small)
            assert not re.search(r"Firm|rue|a\.example|nobody-here|script|Vaulted", err)

    def test_schema_lists_names_and_prints_one(self, cli):
        _, out, _ = cli("schema")
        assert out.split() == list(schemas.NAMES)
        _, out, _ = cli("schema", "certification")
        assert json.loads(out) == reports.schema("certification")


def test_importing_the_package_imports_no_report():
    code = (
        "import sys, kycrule, kycrule.cli; print([name for name in sys.modules if name.startswith('kycrule.reports')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
