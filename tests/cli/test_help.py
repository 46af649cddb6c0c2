"""What the command line says of itself, and in which colours."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

import kycrule
from kycrule.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = tuple(name for name in app if not name.startswith("-"))
CASE = """
[[case]]
name = "A French individual abroad"
as_of = 2024-06-01
provider = { id = "p", organized_in = "US", offers_iaas = true, product_us_owned = true }
customer = { account_id = "a", kind = "individual", citizenships = ["FR"], country = "FR" }
expect = { disposition = "covered" }
"""


@pytest.fixture
def folder(cli, tmp_path):
    """The command line in a folder that has everything that the examples name."""
    for path in EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases/mine.toml").write_text(CASE, encoding="utf-8")
    customer = {"account_id": "A1", "served_by": "northwind", "kind": "individual", "citizenships": ["FR"]}
    (tmp_path / "customer.json").write_text(json.dumps(customer), encoding="utf-8")
    return cli


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_fits_a_screen_and_goes_to_stdout(self, cli, monkeypatch, command):
        monkeypatch.setenv("COLUMNS", "80")
        ended = cli(command, "--help")
        lines = ended.out.splitlines()

        assert (ended.code, ended.err) == (0, "")
        assert len(lines) <= (40 if command == "check" else 24)
        assert [line for line in lines if len(line) > 80 and not line.startswith("Example: ")] == []
        assert lines[0].startswith(f"Usage: kycrule {command}")

    def test_lists_every_command_on_one_screen(self, cli, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        ended = cli("--help")

        assert all(re.search(rf"^  {name} +[A-Z].*\.$", ended.out, re.MULTILINE) for name in COMMANDS)
        assert "never in force" in ended.out
        assert len(ended.out.splitlines()) <= 30

    @pytest.mark.parametrize("command", COMMANDS)
    def test_has_an_example_that_runs(self, folder, command):
        [example] = re.findall(rf"^Example: kycrule ({command}\b.*)$", folder(command, "--help").out, re.MULTILINE)
        sealed = ["--seal", "recipients.txt"] if "--key" in example else []
        if sealed:
            Path("recipients.txt").write_text(folder("key", "our.key").out, encoding="utf-8")
        for run in dict.fromkeys(re.findall(r"(?<!-o )(?<!--)\brun\b(?:-\w+)?", example)):
            assert folder("check", "customers.csv", "--providers", "providers.toml", "-o", run, *sealed).code == 0
        ended = folder(*shlex.split(example))

        assert ended.code == 0, ended.err
        assert ended.out or ended.err

    @pytest.mark.parametrize("command", COMMANDS)
    def test_says_what_every_option_means(self, cli, command):
        entries = re.findall(r"^  (\S.*)$", cli(command, "--help").out, re.MULTILINE)

        assert [entry for entry in entries if not re.search(r"\S  +\S", entry)] == []

    def test_the_version_is_that_of_the_package(self, cli):
        assert cli("--version").out == f"kycrule {kycrule.__version__}\n"


class TestColours:
    @pytest.fixture(autouse=True)
    def _plain(self, monkeypatch):
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")

    @pytest.mark.parametrize(
        ("variables", "coloured"),
        [
            ({}, False),
            ({"FORCE_COLOR": "1"}, True),
            ({"NO_COLOR": "1"}, False),
            ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            ({"NO_COLOR": "", "FORCE_COLOR": "1"}, True),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("arguments", [("--help",), ("chek",), ("check", "customers.csv", "--force")], ids=" ".join)
    def test_are_there_where_they_are_wanted(self, cli, customers, monkeypatch, variables, coloured, arguments):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with customers.open("a", encoding="utf-8") as stream:
            stream.write("A3,firm,FR,FR\n")
        ended = cli(*arguments)

        assert ("\x1b[" in ended.out + ended.err) == coloured

    def test_change_no_word(self, cli, customers, monkeypatch):
        plain = cli("check", customers).err
        monkeypatch.setenv("FORCE_COLOR", "1")
        coloured = cli("check", customers, "--force").err

        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


class TestQuiet:
    @pytest.mark.parametrize("option", ["--quiet", "-q"])
    def test_a_check_says_nothing_but_its_exit_code(self, cli, customers, option):
        with customers.open("a", encoding="utf-8") as stream:
            stream.write("A3,firm,FR,FR\n")
        ended = cli("check", customers, option)

        assert (ended.code, ended.out, ended.err) == (1, "", "")
        assert Path("run/manifest.json").exists()

    def test_a_report_is_nothing_but_the_report(self, cli, customers, providers):
        assert cli("check", customers, "--providers", providers).code == 0
        ended = cli("report", "certification", "--run", "run", "--quiet")

        assert (ended.code, ended.err) == (0, "")
        assert "about" in json.loads(ended.out)

    def test_errors_are_told_all_the_same(self, cli):
        assert cli("check", "absent.csv", "--quiet").err.startswith("kycrule: ")


class TestVerbose:
    def test_lists_every_rule_that_has_findings(self, folder):
        arguments = ("check", "customers.csv", "--providers", "providers.toml", "--force")
        short, long = folder(*arguments).err, folder(*arguments, "--verbose").err
        told = json.loads(Path("run/summary.json").read_text("utf-8"))["findings"]

        assert len(told) > len(re.findall(r"K30\d-\d\d", short))
        assert re.findall(r"K30\d-\d\d", long) == [found["code"] for found in told]
        assert "more rules" in short
        assert "more rules" not in long
