"""Options given beforehand: where they come from, which comes first, and what is refused."""

import inspect
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from kycrule.cli.app import app
from kycrule.cli.check import check
from kycrule.cli.settings import SETTINGS, Form

RECORD = {"account_id": "A1", "kind": "individual", "citizenships": ["FR"], "country": "FR"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in list(os.environ):
        if name.startswith("KYCRULE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def shown(cli):
    """What kycrule config shows of each setting."""

    def command():
        ended = cli("config", "--format", "json")
        assert (ended.code, ended.err) == (0, "")
        return json.loads(ended.out)

    return command


class TestSettings:
    def test_are_options_with_the_defaults_that_they_tell(self):
        options = {
            argument.name.removeprefix("--").replace("-", "_"): argument
            for argument in app["check"].assemble_argument_collection()
        }
        parameters = inspect.signature(check).parameters

        for setting in SETTINGS:
            default = parameters[options[setting.name].field_info.name].default
            told = {None: "", (): "", True: "yes", False: "no"}.get(default, default)
            assert (setting.default or "") == (f"{told:g}" if isinstance(told, float) else str(told)), setting.name

    def test_have_every_form_that_there_is(self):
        assert {setting.form for setting in SETTINGS} == set(get_args(Form))

    def test_name_no_account_and_replace_no_file(self):
        assert not {"force", "run", "account", "transaction"} & {setting.name for setting in SETTINGS}


class TestConfig:
    def test_shows_defaults_where_nothing_is_given(self, cli, shown):
        assert {told["from"] for told in shown().values()} == {"default"}
        ended = cli("config")
        assert (ended.code, ended.err) == (0, "")
        assert [line.split()[0] for line in ended.out.splitlines()] == [setting.name for setting in SETTINGS]
        assert re.search(r"^fail_on +never +default$", ended.out, re.MULTILINE)

    def test_shows_each_value_with_its_source_the_nearest_first(self, shown, tmp_path, monkeypatch):
        (tmp_path / "pyproject.toml").write_text(
            '[tool.kycrule]\nas_of = 2024-01-01\nthreads = 1\nfail_on = "violated"\nmemory = "2GB"\n', encoding="utf-8"
        )
        (tmp_path / "kycrule.toml").write_text("as_of = 2024-02-02\nthreads = 2\nquiet = true\n", encoding="utf-8")
        monkeypatch.setenv("KYCRULE_AS_OF", "2024-03-03")
        told = shown()

        assert {
            name: (value["value"], value["from"]) for name, value in told.items() if value["from"] != "default"
        } == {
            "as_of": (["2024-03-03"], "KYCRULE_AS_OF"),
            "threads": (["2"], "kycrule.toml"),
            "quiet": (["yes"], "kycrule.toml"),
            "fail_on": (["violated"], "pyproject.toml"),
            "memory": (["2GB"], "pyproject.toml"),
        }

    def test_an_option_comes_before_all_of_them(self, cli, tmp_path, monkeypatch):
        (tmp_path / "c.json").write_text(json.dumps(RECORD), encoding="utf-8")
        (tmp_path / "kycrule.toml").write_text("as_of = 2024-02-02\n", encoding="utf-8")
        monkeypatch.setenv("KYCRULE_READING", "located=asserted; retention_clock=earlier")

        def asked(*options):
            answer = json.loads(cli("determine", "c.json", "--format", "json", *options).out)
            return answer["as_of"], answer["readings"]

        assert asked() == ("2024-02-02", {"located": "asserted", "retention_clock": "earlier"})
        assert asked("--as-of", "2024-04-04") == ("2024-04-04", {"located": "asserted", "retention_clock": "earlier"})
        # An option replaces what was given beforehand as a whole.
        assert asked("--reading", "us_nationals=us-person")[1] == {"us_nationals": "us-person"}

    def test_a_file_counts_below_its_folder_and_paths_in_it_are_seen_from_there(
        self, cli, customers, providers, monkeypatch
    ):
        folder = customers.parent
        (folder / "kycrule.toml").write_text('providers = "providers.toml"\nout = "made/run"\n', encoding="utf-8")
        (folder / "deep/er").mkdir(parents=True)
        monkeypatch.chdir(folder / "deep/er")

        assert f"{'../../providers.toml'}  ../../kycrule.toml" in re.sub(" +", "  ", cli("config").out)
        assert cli("check", customers).code == 0
        assert json.loads((folder / "made/run/summary.json").read_text("utf-8"))["providers_known"]
        assert providers.exists()

    def test_everything_that_may_be_given_reaches_a_check(self, cli, customers, providers, monkeypatch):
        text = f"""
            providers = "{providers.name}"
            map = {{ Land = "country" }}
            delimiter = ";"
            reading = {{ located = "asserted" }}
            compare = ["retention_clock"]
            red_flags = true
            records = false
            fail_on = "undetermined"
            threads = 1
            quiet = true
        """
        (customers.parent / "kycrule.toml").write_text(text, encoding="utf-8")
        customers.write_text("account_id;kind;Land\nA1;individual;FR\nA2;individual;US\n", encoding="utf-8")
        ended = cli("check", customers)
        summary = json.loads(Path("run/summary.json").read_text("utf-8"))

        assert (ended.code, ended.out, ended.err) == (1, "", "")
        assert (summary["rows"], summary["quarantined"]) == (2, 0)
        assert summary["readings"] == {"located": "asserted"}
        assert [other["reading"] for other in summary["comparison"]] == ["retention_clock"]
        assert "red_flags" in summary
        assert not list(Path("run").glob("records*"))
        monkeypatch.setenv("KYCRULE_QUIET", "no")
        assert "2 rows" in cli("check", customers, "-o", "other").err

    def test_commands_without_such_options_do_not_look(self, cli, tmp_path):
        (tmp_path / "kycrule.toml").write_text("nonsense", encoding="utf-8")

        assert cli("status").code == 0


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("as_off = 2024-06-01", "kycrule.toml has as_off, which sets nothing. Did you mean as_of?"),
            ("tool.kycrule.as_of = 2024-06-01", "kycrule.toml has tool, which sets nothing."),
            ("force = true", "kycrule.toml has force, which sets nothing."),
            ("as_of = true", "as_of is written as a date, such as 2024-06-01."),
            ("quiet = 'yes'", "quiet is written true or false."),
            ("threads = true", "threads is written as a number."),
            ("providers = 5", "providers is written as text"),
            ("delimiter = 5", "delimiter is written as text, in quotes."),
            ("compare = 'all'", "compare is written as a list"),
            ("compare = [1]", "compare is written as a list"),
            ("reading = 'located=asserted'", "reading is written as a table"),
            ("reading = { located = 1 }", "reading is written as a table"),
            ("reading = { locatd = 'asserted' }", "Did you mean located?"),
            ("as_of = '1.6.2024'", "YYYY-MM-DD"),
            ("threads = 'many'", 'Invalid value for --threads from kycrule.toml: unable to convert "many" into int.'),
            ("fail_on = 'violatd'", "from kycrule.toml. Choose from"),
            ("as_of = ?\n", "kycrule.toml is not valid TOML: Invalid value (at line 1, column 9)."),
            ("as_of = 2024-06-01\nas_of = 2024-06-01\n", "Cannot overwrite a value (at line 2"),
            ("a\x00b = 1", "not valid TOML"),
            ("quiet = true # \udcff", "kycrule.toml is not in UTF-8 (line 1)."),
        ],
        ids=ascii,
    )
    def test_a_file_that_is_wrong_ends_with_2_and_says_where(self, cli, customers, text, told):
        (customers.parent / "kycrule.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
        ended = cli("check", customers)

        assert (ended.code, ended.out) == (2, "")
        assert told in ended.err
        assert not Path("run").exists()

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("KYCRULE_AS_OFF", "2024-06-01", "KYCRULE_AS_OFF, which sets nothing. Did you mean KYCRULE_AS_OF?"),
            ("KYCRULE_", "", "which sets nothing"),
            ("KYCRULE_QUIET", "perhaps", "KYCRULE_QUIET is yes or no."),
            ("KYCRULE_QUIET", "", "KYCRULE_QUIET is yes or no."),
            ("KYCRULE_READING", "located", "NAME=VALUE"),
            ("KYCRULE_THREADS", "many", "from KYCRULE_THREADS"),
        ],
    )
    def test_a_variable_that_is_wrong_ends_with_2(self, cli, customers, monkeypatch, name, value, told):
        monkeypatch.setenv(name, value)
        ended = cli("check", customers)

        assert (ended.code, ended.out) == (2, "")
        assert told in ended.err

    def test_a_project_says_what_is_wrong_in_its_table(self, cli, customers):
        (customers.parent / "pyproject.toml").write_text("[tool]\nkycrule = 5\n", encoding="utf-8")
        assert "pyproject.toml: tool.kycrule is a table of settings." in cli("check", customers).err
        (customers.parent / "pyproject.toml").write_text("[tool.kycrule]\nas_off = 5\n", encoding="utf-8")
        assert "pyproject.toml has tool.kycrule.as_off" in cli("check", customers).err
        (customers.parent / "pyproject.toml").write_text("tool = 5\n[project]\nname = 'x'\n", encoding="utf-8")
        assert cli("check", customers).code == 0


BOMBS = {
    "100 MB": lambda: "# " + "x" * 100_000_000,
    "arrays in arrays": lambda: "a = " + "[" * 100_000,
    "tables in tables": lambda: "a = " + "{ b = " * 100_000,
    "dotted keys": lambda: "a" + ".a" * 100_000 + " = 1",
    "a deep header": lambda: "[" + "a." * 100_000 + "a]",
    "a number without end": lambda: "a = " + "9" * 100_000,
    "many duplicates": lambda: "a = 1\n" * 100_000,
    "dotted keys in quotes": lambda: "a = { x" + r'."\"a"' * 100_000 + " = 1 }",
    "quotes without end": lambda: "a = 1 # " + r"\"" * 400_000 + "\n" + '"' * 100_000,
}


@pytest.mark.parametrize("name", ["kycrule.toml", "pyproject.toml", "providers.toml"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_made_to_exhaust_us_ends_soon(tmp_path, name, bomb):
    (tmp_path / name).write_text(BOMBS[bomb](), encoding="utf-8")
    (tmp_path / "c.csv").write_text("account_id\nA1\n", encoding="utf-8")
    options = ["--providers", name] if name == "providers.toml" else []
    code = (
        "import resource, sys, time\n"
        "from kycrule.cli import run\n"
        "begun = time.process_time()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "ended = run(sys.argv[1:])\n"
        "grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "print(ended, round(time.process_time() - begun, 2), grown // 1024)\n"
    )
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "c.csv", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ended, seconds, megabytes = done.stdout.split()

    assert ended == "2", done.stderr
    assert done.stderr.startswith("kycrule: ")
    assert len(done.stderr) < 400
    assert float(seconds) < 1
    assert int(megabytes) < 100
    assert time.monotonic() - begun < 60
