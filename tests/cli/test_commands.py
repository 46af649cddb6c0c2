"""The command line: what each command prints and where, how it ends, and what it never shows."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import kycrule
from kycrule.cli import run
from kycrule.engines.duckdb import Engine
from kycrule.errors import EngineError, ExitCode
from kycrule.faults import FAULTS
from kycrule.readings import READINGS
from kycrule.status import status

ROOT = Path(__file__).parents[2]
RECORD = {"account_id": "A1", "kind": "individual", "citizenships": ["FR"], "country": "FR"}
CASE = """
[[case]]
name = "A French individual abroad"
as_of = 2024-06-01
provider = { id = "p", organized_in = "US", offers_iaas = true, product_us_owned = true }
customer = { account_id = "a", kind = "individual", citizenships = ["FR"], country = "FR" }
expect = { disposition = "covered", foreign_customer = true }
"""


def real(*arguments, **options):
    command = [sys.executable, "-m", "kycrule", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("check", "customers.csv", "--frobnicate"), "--frobnicate"),
            (("check",), "customers"),
            (("chek",), 'Did you mean "check"'),
            (("rules", "extra"), "extra"),
            (("check", "customers.csv", "--fail-on", "sometimes"), "sometimes"),
            (("check", "customers.csv", "--threads", "many"), "many"),
            (("check", "customers.csv", "--input-format", "xlsx"), "xlsx"),
            (("check", "customers.csv", "--as-of", "yesterday"), "YYYY-MM-DD"),
            (("check", "customers.csv", "--as-of", "2024-02-30"), "YYYY-MM-DD"),
            (("check", "customers.csv", "--as-of", "20240601"), "YYYY-MM-DD"),
            (("check", "customers.csv", "--as-of", "2024-W22-6"), "YYYY-MM-DD"),
            (("check", "customers.csv", "--reading", "located"), "NAME=VALUE"),
            (("check", "customers.csv", "--reading", "=asserted"), "NAME=VALUE"),
            (("check", "customers.csv", "--reading", "locatd=asserted"), "located"),
            (("check", "customers.csv", "--reading", "located=nowhere"), "asserted-or-address"),
            (("check", "customers.csv", "--map", "Land"), "NAME=VALUE|THEIRS=OURS"),
            (("check", "customers.csv", "--map", "Land=country"), "Land|land"),
            (("check", "customers.csv", "--map", "country=landing"), "landing"),
            (("check", "customers.csv", "--delimiter", ""), "delimiter"),
            (("check", "customers.csv", "--delimiter", "::"), "delimiter"),
            (("check", "customers.csv", "--delimiter", '"'), "delimiter"),
            (("determine", "-", "--as-of", "1.6.2024"), "YYYY-MM-DD"),
            (("explain",), "code"),
            (("explain", "K999"), "K99"),
            (("explain", "K302-4"), "Did you mean K302-04?"),
            (
                ("check", "customers.csv", "--ownrs", "owners.csv"),
                r"Did you mean --owners\?\nTry: kycrule check --help",
            ),
            (("rules", "extra"), "Too many arguments: extra"),
            (("check", "customers.csv", "--reading", "locatd=asserted"), "Did you mean located?"),
            (("check", "customers.csv", "--reading", "located=aserted"), "Did you mean asserted?"),
            (("check", "customers.csv", "--compare", "locatd"), "did you mean located?"),
            (("report", "certifcation", "--run", "run"), "Did you mean .certification.?"),
            (("schema", "custmer"), "Did you mean customer?"),
            (("readings", "foreign_subsidary"), "Did you mean foreign_subsidiary?"),
        ],
        ids=lambda given: " ".join(given) if isinstance(given, tuple) else given,
    )
    def test_a_wrong_one_ends_with_2_and_says_what(self, cli, customers, arguments, told):
        ended = cli(*arguments, stdin=json.dumps(RECORD).encode())

        assert (ended.code, ended.out) == (ExitCode.USAGE, "")
        assert re.search(told, ended.err, re.IGNORECASE)
        assert not (customers.parent / "run").exists()

    @pytest.mark.parametrize(
        "options", [("--threads", "0"), ("--threads", "-3"), ("--memory", "plenty"), ("--memory", "")], ids=" ".join
    )
    def test_settings_that_the_engine_refuses_end_with_a_message(self, cli, customers, options):
        ended = cli("check", customers, *options)

        assert ended.code in {ExitCode.USAGE, ExitCode.INTERNAL}
        assert ended.err.startswith("kycrule: ")
        assert "Traceback" not in ended.err
        assert not (customers.parent / "run").exists()

    def test_without_a_command_it_shows_the_help(self, cli):
        ended = cli()

        assert ended.code == 0
        assert "Commands" in ended.out


class TestCheck:
    def test_writes_a_run_and_says_so_on_stderr(self, cli, customers):
        ended = cli("check", customers, "--providers", "providers.toml", "--as-of", "2024-06-01", "-o", "out")

        assert (ended.code, ended.out) == (ExitCode.DONE, "")
        assert "2 rows: 2 determined, 0 in quarantine" in ended.err
        assert "never in force" in ended.err
        assert json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["as_of"] == "2024-06-01"

    def test_rows_in_quarantine_end_with_1(self, cli, customers):
        with customers.open("a", encoding="utf-8") as stream:
            stream.write("A3,firm,FR,FR\n")

        ended = cli("check", customers)

        assert ended.code == ExitCode.FOUND
        assert "K917 unknown-choice" in ended.err
        assert Path("run/manifest.json").exists()

    @pytest.mark.parametrize(
        ("fail_on", "row", "code"),
        [
            ("never", "A1,individual,FR,FR,no", 0),
            ("violated", "A1,individual,FR,FR,no", 1),
            ("undetermined", "A1,individual,FR,FR,no", 1),
            ("violated", "A1,individual,,,", 0),
            ("undetermined", "A1,individual,,,", 1),
        ],
    )
    def test_findings_end_with_1_where_it_was_asked(self, cli, tmp_path, providers, fail_on, row, code):
        (tmp_path / "c.csv").write_text(
            f"account_id,kind,citizenships,country,identity_verified\n{row}\n", encoding="utf-8"
        )

        ended = cli("check", "c.csv", "--providers", providers, "--fail-on", fail_on)

        summary = json.loads(Path("run/summary.json").read_text(encoding="utf-8"))
        kinds = {kind for found in summary["findings"] for kind in ("violated", "undetermined") if found[kind]}
        assert kinds == ({"violated"} if "FR" in row else {"undetermined"})
        assert ended.code == code

    def test_an_earlier_run_ends_with_4_but_for_force(self, cli, customers):
        assert cli("check", customers).code == 0
        ended = cli("check", customers)

        assert (ended.code, ended.out) == (ExitCode.OUTPUT, "")
        assert "--force" in ended.err
        assert cli("check", customers, "--force").code == 0

    def test_an_output_that_cannot_be_made_ends_with_4(self, cli, customers):
        ended = cli("check", customers, "-o", customers / "run")

        assert ended.code == ExitCode.OUTPUT
        assert "Traceback" not in ended.err

    @pytest.mark.parametrize("option", ["customers", "--owners", "--accesses", "--providers"])
    def test_a_file_that_is_not_there_ends_with_3(self, cli, customers, option):
        ended = cli("check", "absent.csv") if option == "customers" else cli("check", customers, option, "absent.csv")

        assert (ended.code, ended.out) == (ExitCode.INPUT, "")
        assert "absent.csv" in ended.err
        assert "No such file" in ended.err
        assert not Path("run").exists()

    def test_a_file_without_a_header_ends_with_3(self, cli, customers):
        customers.write_bytes(b"")
        ended = cli("check", customers)

        assert ended.code == ExitCode.INPUT
        assert "K990" in ended.err

    def test_an_engine_that_fails_ends_with_5(self, cli, customers, monkeypatch):
        def fail(*_, **__):
            raise EngineError("DuckDB failed: OutOfMemoryException.")  # noqa: EM101, TRY003

        monkeypatch.setattr(kycrule, "check", fail)
        ended = cli("check", customers)

        assert (ended.code, ended.out) == (ExitCode.INTERNAL, "")
        assert ended.err == "kycrule: DuckDB failed: OutOfMemoryException.\n"

    def test_an_interruption_ends_with_130(self, cli, customers, monkeypatch):
        def interrupt(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("kycrule.intake.add_up", interrupt)
        ended = cli("check", customers)

        assert (ended.code, ended.out) == (ExitCode.INTERRUPTED, "")
        assert sorted(path.name for path in customers.parent.iterdir()) == ["customers.csv", "providers.toml"]

    def test_standard_input_is_a_file(self, cli, customers):
        ended = cli("check", "-", "-o", "out", stdin=customers.read_bytes())

        assert ended.code == 0
        assert "2 rows: 2 determined" in ended.err
        assert json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["inputs"][0]["name"] == "-"

    def test_standard_input_may_be_json_lines(self, cli):
        ended = cli("check", "-", "--input-format", "jsonl", "-o", "out", stdin=json.dumps(RECORD).encode() + b"\n")

        assert ended.code == 0
        assert "1 rows: 1 determined" in ended.err

    def test_a_file_whose_name_begins_with_a_hyphen(self, cli, tmp_path):
        (tmp_path / "-x.csv").write_text("account_id\nA1\nA2\n", encoding="utf-8")

        assert cli("check", "-o", "out1", "--", "-x.csv").code == 0
        assert cli("check", "./-x.csv", "-o", "out2").code == 0

    def test_columns_are_mapped(self, cli, tmp_path):
        (tmp_path / "c.csv").write_text("Kunde,Land\nA1,FR\nA2,US\n", encoding="utf-8")
        ended = cli("check", "c.csv", "--map", "Kunde=account_id", "--map", "Land=country", "-o", "out")

        assert ended.code == 0
        assert "ignored columns" not in ended.err

    def test_a_reading_is_set_and_told(self, cli, customers):
        ended = cli("check", customers, "--reading", "located=asserted", "--reading", "senior_officer_is_control=yes")
        summary = json.loads(Path("run/summary.json").read_text(encoding="utf-8"))

        assert ended.code == 0
        assert summary["readings"] == {"located": "asserted", "senior_officer_is_control": "yes"}
        assert "reading located = asserted" in ended.err

    def test_without_providers_it_says_what_is_missing(self, cli, customers):
        assert "No --providers" in cli("check", customers).err

    def test_the_example_runs(self, cli):
        folder = ROOT / "examples"
        options = [part for role in ("owners", "accesses") for part in (f"--{role}", folder / f"{role}.csv")]
        ended = cli("check", folder / "customers.csv", *options, "--providers", folder / "providers.toml", "-o", "out")

        assert ended.code in {0, 1}
        assert ended.out == ""


class TestDetermine:
    def test_explains_one_account(self, cli, tmp_path, providers):
        (tmp_path / "c.json").write_text(json.dumps(RECORD), encoding="utf-8")
        ended = cli("determine", "c.json", "--providers", providers, "--as-of", "2024-06-01")

        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("Account A1: covered ")
        assert "7.302(d)(1)(i)" in ended.out
        assert "never in force" in ended.out
        assert "K302-04" in ended.out

    def test_gives_json(self, cli, tmp_path, providers):
        (tmp_path / "c.json").write_text(json.dumps(RECORD), encoding="utf-8")
        ended = cli("determine", "c.json", "--format", "json", "--providers", providers, "--as-of", "2024-06-01")
        answer = json.loads(ended.out)

        assert (ended.code, ended.err) == (0, "")
        assert (answer["account_id"], answer["disposition"], answer["as_of"]) == ("A1", "covered", "2024-06-01")
        assert answer["foreign_customer"] is True
        assert {"code", "outcome", "message", "missing", "cites"} <= set(answer["findings"][0])
        assert not [name for name in answer if name.startswith("_")]

    @pytest.mark.parametrize("options", [(), ("--format", "json")], ids=["text", "json"])
    def test_reads_standard_input(self, cli, options):
        ended = cli("determine", "-", *options, "--as-of", "2024-06-01", stdin=json.dumps(RECORD).encode())

        assert ended.code == 0
        assert "A1" in ended.out

    def test_reads_a_byte_order_mark_and_exact_shares(self, cli, tmp_path):
        text = '{"account_id": "A1", "kind": "entity", "owners": [{"owner_id": "o", "share": 24.999999999999}]}'
        (tmp_path / "c.json").write_bytes(b"\xef\xbb\xbf" + text.encode())

        assert cli("determine", "c.json").code == 0

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"[]",
            b"5",
            b"null",
            b'{"account_id": "A1"',
            b'{"account_id": "A1", "kind": "firm"}',
            b'{"kind": "entity"}',
            b"\xff\xfe{}",
            b'{"account_id": NaN}',
            b'{"account_id": "A1", "owners": [{"share": 1e400}]}',
            b"[" * 100_000,
        ],
        ids=lambda text: repr(text)[:40],
    )
    def test_what_is_no_record_ends_with_3(self, cli, tmp_path, text):
        (tmp_path / "c.json").write_bytes(text)
        ended = cli("determine", "c.json")

        assert (ended.code, ended.out) == (ExitCode.INPUT, "")
        assert ended.err.startswith("kycrule: ")
        assert "firm" not in ended.err

    def test_a_field_given_twice_is_refused_as_in_json_lines(self, cli, tmp_path):
        (tmp_path / "c.json").write_text(
            '{"account_id": "A1", "kind": "entity", "kind": "individual"}', encoding="utf-8"
        )

        assert cli("determine", "c.json").code == ExitCode.INPUT

    def test_a_file_that_is_not_there_ends_with_3(self, cli):
        assert cli("determine", "absent.json").code == ExitCode.INPUT

    def test_a_provider_that_is_not_there_ends_with_3(self, cli, customers):
        record = json.dumps({**RECORD, "served_by": "q"})
        (customers.parent / "c.json").write_text(record, encoding="utf-8")

        assert cli("determine", "c.json", "--providers", "providers.toml").code == ExitCode.INPUT

    def test_a_reading_changes_the_answer_and_is_told(self, cli, tmp_path):
        (tmp_path / "c.json").write_text(json.dumps(RECORD), encoding="utf-8")
        ended = cli("determine", "c.json", "--reading", "located=asserted", "--format", "json")

        assert json.loads(ended.out)["readings"] == {"located": "asserted"}


class TestExplain:
    @pytest.mark.parametrize("asked", ["K302-04", "k302-04", " K302-04 ", "missing-street-address"])
    def test_a_rule(self, cli, asked):
        ended = cli("explain", asked)

        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("K302-04 missing-street-address  (§ 7.302(d)(1)(iii)(B)(1)")
        assert all(word in ended.out for word in ("When\n", "Must\n", "If violated\n", "never in force"))

    def test_every_rule_in_order(self, cli):
        for rule in kycrule.rules():
            ended = cli("explain", rule.code)
            assert ended.code == 0
            assert rule.cites in ended.out

    def test_every_fault(self, cli):
        for fault in FAULTS:
            ended = cli("explain", fault.code)
            assert (ended.code, ended.err) == (0, "")
            assert ended.out.startswith(f"{fault.code} {fault.name}\n")

    def test_a_fault_of_input(self, cli):
        assert "YYYY-MM-DD" in cli("explain", "K910").out

    @pytest.mark.parametrize(
        ("asked", "near"), [("K302-0", "K302-"), ("K91O", "K9"), ("missing-street-adress", "missing-street-address?")]
    )
    def test_the_nearest_code_is_suggested(self, cli, asked, near):
        ended = cli("explain", asked)

        assert (ended.code, ended.out) == (ExitCode.USAGE, "")
        assert f"Did you mean {near}" in ended.err


class TestLists:
    def test_rules_are_listed_one_a_line_in_order(self, cli):
        ended = cli("rules")

        assert (ended.code, ended.err) == (0, "")
        assert [line.split()[0] for line in ended.out.splitlines()] == [rule.code for rule in kycrule.rules()]

    def test_readings_are_listed_with_their_values(self, cli):
        ended = cli("readings")

        assert (ended.code, ended.err) == (0, "")
        assert [line for line in ended.out.splitlines() if not line.startswith(" ")] == [
            entry.name for entry in READINGS
        ]

    @pytest.mark.parametrize("name", [entry.name for entry in READINGS])
    def test_a_reading_is_explained_with_what_speaks_for_and_against(self, cli, name):
        ended = cli("readings", name)

        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith(f"{name}  (§ ")
        options = next(entry.options for entry in READINGS if entry.name == name)
        assert ended.out.count("  For: ") == ended.out.count("  Against: ") == len(options)
        assert ended.out.count("  (default)") == 1

    def test_the_status_is_told_as_it_is(self, cli):
        ended = cli("status")
        told = " ".join(ended.out.split())

        assert (ended.code, ended.err) == (0, "")
        assert "never in force" in told
        assert "Proposed on 29 January 2024" in told
        assert not re.search(r"(?<!No )(?<!made )\bfinal(?: rule)? (?:is|was|takes|in force|published)", told)
        assert (status().stage, status().in_force) == ("proposed", False)


class TestCases:
    def test_a_case_that_holds(self, cli, tmp_path):
        (tmp_path / "mine.toml").write_text(CASE, encoding="utf-8")
        ended = cli("test", "mine.toml")

        assert (ended.code, ended.out, ended.err) == (0, "1 cases, all as expected\n", "")

    @pytest.mark.parametrize("engine", ["record", "duckdb"])
    def test_a_case_that_fails_is_told(self, cli, tmp_path, engine):
        (tmp_path / "mine.toml").write_text(CASE + CASE.replace('"covered"', '"out-of-scope"'), encoding="utf-8")
        ended = cli("test", "mine.toml", "--engine", engine)

        assert (ended.code, ended.err) == (ExitCode.FOUND, "")
        assert f"FAILED on {engine}: mine.toml, case 2: A French individual abroad" in ended.out
        assert "disposition: expected out-of-scope, got covered" in ended.out
        assert ended.out.endswith("2 cases, 1 failed\n")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[[case]]\n",
            "[[case]\n",
            "[[cases]]\nname = 'x'\n",
            CASE.replace("covered", "a").replace("expect", "hope"),
        ],
    )
    def test_a_file_that_holds_no_case_ends_with_3(self, cli, tmp_path, text):
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        ended = cli("test", "mine.toml")

        assert (ended.code, ended.out) == (ExitCode.INPUT, "")

    def test_without_a_file_there_is_nothing_to_test(self, cli):
        assert cli("test").code in {ExitCode.USAGE, ExitCode.INPUT}

    def test_a_file_that_is_not_there_ends_with_3(self, cli):
        assert cli("test", "absent.toml").code == ExitCode.INPUT


# What the terminal is shown -----------------------------------------------------------------------

ODD = [
    "[/foo]",
    "[red]x[/red]",
    "[link=http://x]y",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "a\u009b31mb",
    "a\ufeffb",
    ":smile:",
]
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def visible(text):
    return UNSAFE.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"U+{ord(found[0]):04X}", text
    )


class TestTerminal:
    def test_a_mistyped_column_is_told_what_it_may_have_meant(self, cli, tmp_path):
        (tmp_path / "c.csv").write_text("account_id,citizenship\nA1,US\n", encoding="utf-8")
        assert "ignored columns citizenship (did you mean citizenships?)" in cli("check", "c.csv", "-o", "out").err

    def test_t7_column_names_are_shown_literally(self, cli, tmp_path):
        (tmp_path / "c.csv").write_text(f"account_id,{','.join(ODD)}\n" + f"A1{',' * len(ODD)}\n" * 2, encoding="utf-8")
        ended = cli("check", "c.csv", "-o", "out")

        assert ended.code == 1
        assert f"ignored columns {', '.join(map(visible, ODD))}" in ended.err
        assert UNSAFE.findall(ended.err) == []

    @pytest.mark.parametrize(
        "name", ["[red]", "[link=x]y", "a\x1b[31mb", "a\u202eb", "a\nb", "a\x9b31mb", ":smile:"], ids=ascii
    )
    def test_t6_file_names_are_shown_literally(self, cli, tmp_path, name):
        (tmp_path / f"{name}.csv").write_text("account_id,x\nA1,\nA2,\n", encoding="utf-8")
        ended = cli("check", f"{name}.csv", "-o", name)
        refused = cli("check", f"{name}2.csv", "-o", "other")

        assert (ended.code, refused.code) == (0, 3)
        for told in (ended.err, refused.err):
            assert UNSAFE.findall(told) == []
            if "\n" not in name:
                assert visible(name) in told

    @pytest.mark.parametrize("account_id", ODD, ids=ascii)
    def test_t6_identifiers_are_shown_literally(self, cli, tmp_path, account_id):
        record = {**RECORD, "account_id": account_id, "owners": [{"owner_id": account_id}]}
        (tmp_path / "c.json").write_text(json.dumps(record), encoding="utf-8")
        ended = cli("determine", "c.json")

        assert ended.code == 0
        assert ended.out.startswith(f"Account {visible(account_id)}: ")
        assert UNSAFE.findall(ended.out) == []

    @pytest.mark.parametrize("account_id", [*ODD, "é王\U0001f600", 'a"b\\'], ids=ascii)
    def test_json_is_json_and_keeps_the_exact_value(self, cli, tmp_path, account_id):
        (tmp_path / "c.json").write_text(json.dumps({**RECORD, "account_id": account_id}), encoding="utf-8")
        ended = cli("determine", "c.json", "--format", "json")

        assert json.loads(ended.out)["account_id"] == account_id
        assert UNSAFE.findall(ended.out) == []

    @pytest.mark.parametrize("word", ["[/foo]", "\x1b[31m", "a\u202eb", "[red]"], ids=ascii)
    def test_t7_what_was_asked_for_is_shown_literally(self, cli, word):
        for arguments in (("explain", word), ("readings", word), ("check", "x.csv", f"--{word}"), (word,)):
            ended = cli(*arguments)
            assert (ended.code, ended.out) == (ExitCode.USAGE, "")
            assert UNSAFE.findall(ended.err) == []
            assert "Traceback" not in ended.err

    def test_names_of_cases_are_shown_literally(self, cli, tmp_path):
        text = CASE.replace("A French individual abroad", "[/foo]\\u001b[31m\\u202e").replace('"covered"', '"exempt"')
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        ended = cli("test", "mine.toml", "--engine", "record")

        assert ended.code == ExitCode.FOUND
        assert "[/foo]\\x1b[31mU+202E" in ended.out
        assert UNSAFE.findall(ended.out) == []


# Real processes -----------------------------------------------------------------------------------


class TestProcesses:
    def test_a_run_from_outside(self, customers):
        done = real("check", customers, "-o", customers.parent / "out", "--as-of", "2024-06-01", cwd=customers.parent)

        assert (done.returncode, done.stdout) == (0, b"")
        assert b"2 rows: 2 determined" in done.stderr
        assert b"\x1b" not in done.stderr

    def test_exit_codes_reach_the_shell(self, tmp_path):
        assert real("rules", "--nonsense", cwd=tmp_path).returncode == 2
        assert real("check", "absent.csv", cwd=tmp_path).returncode == 3

    def test_standard_input_reaches_the_command(self):
        done = real("determine", "-", "--as-of", "2024-06-01", input=json.dumps(RECORD).encode())

        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.startswith(b"Account A1: ")

    def test_a_reader_that_has_enough_is_no_error(self, tmp_path):
        command = f"set -o pipefail; '{sys.executable}' -m kycrule rules 2>err | head -1"
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)  # noqa: S607

        assert done.returncode in {0, 141}
        assert done.stdout.startswith(b"K30")
        assert (tmp_path / "err").read_bytes() == b""

    @pytest.mark.parametrize("command", [("rules",), ("status",), ("--help",)], ids=" ".join)
    def test_a_reader_that_is_gone_is_no_error(self, command):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "kycrule", *command], stdout=writer, stderr=subprocess.PIPE, check=False
            )
        finally:
            os.close(writer)

        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    def test_a_full_disk_behind_stdout_ends_with_4(self):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "kycrule", "rules"], stdout=full, stderr=subprocess.PIPE, check=False
            )

        assert b"Traceback" not in done.stderr
        assert done.returncode == ExitCode.OUTPUT

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"])
    def test_a_signal_leaves_nothing_behind(self, tmp_path, number, code):
        # A pipe that stays open: the run waits in the middle of its intake, with its folder half made.
        os.mkfifo(tmp_path / "customers.csv")
        out = tmp_path / "out"
        out.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "kycrule", "check", tmp_path / "customers.csv", "-o", out / "run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            # Opening for writing succeeds once the run has opened the pipe for reading.
            writer = os.open(tmp_path / "customers.csv", os.O_WRONLY)
            os.write(writer, b"account_id\nA1\n")
            assert [path.name.startswith(".partial-") for path in out.iterdir()] == [True]
            process.send_signal(number)
            # If the signal came just before the read, it is the end of the file that lets Python see it.
            os.close(writer)
            _, told = process.communicate(timeout=60)

        assert process.returncode == code
        assert b"nothing was written" in told
        assert b"Traceback" not in told
        assert list(out.iterdir()) == []

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"])
    def test_a_signal_ends_a_query_of_the_engine_as_such(self, cli, monkeypatch, customers, number, code):
        def long(engine, *_):
            threading.Timer(0.5, os.kill, (os.getpid(), number)).start()
            engine.execute("SELECT count(*) FROM range(3000000) AS a, range(3000000) AS b WHERE a.range * b.range = 7")

        monkeypatch.setattr(Engine, "judge", long)
        ended = cli("check", customers)

        assert ended.code == code
        assert "nothing was written" in ended.err
        assert not Path("run").exists()

    def test_a_kill_leaves_no_run(self, tmp_path):
        os.mkfifo(tmp_path / "customers.csv")
        out = tmp_path / "out"
        out.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "kycrule", "check", tmp_path / "customers.csv", "-o", out / "run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            writer = os.open(tmp_path / "customers.csv", os.O_WRONLY)
            process.kill()
            process.wait(timeout=60)
            os.close(writer)

        assert not (out / "run").exists()
        assert all(path.name.startswith(".partial-") for path in out.iterdir())
        (tmp_path / "c.csv").write_text("account_id\nA1\nA2\n", encoding="utf-8")
        assert run(["check", str(tmp_path / "c.csv"), "-o", str(out / "run")]) == 0
