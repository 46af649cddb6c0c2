"""What the shell and man know of the command line."""

import re
import shutil
import subprocess
import sys

import pytest

import kycrule
from kycrule.cli.app import app
from kycrule.cli.manual import ENDINGS, pages, roff
from kycrule.cli.settings import SETTINGS
from kycrule.errors import ExitCode

SHELLS = ("bash", "zsh", "fish", "powershell")


class TestPages:
    def test_are_one_for_each_command(self):
        commands = sorted(name for name in app if not name.startswith("-"))

        assert [page.name for page in pages(app)] == ["", *commands]

    def test_have_every_part(self):
        for page in pages(app):
            assert page.usage.startswith(f"kycrule {page.name}".strip())
            assert page.says
            assert page.name == "" or page.example.startswith(f"kycrule {page.name}")
            assert all(label and says for _, entries in page.groups for label, says in entries)

    def test_tell_how_a_command_ends(self):
        assert list(ENDINGS) == list(ExitCode)


@pytest.fixture
def page():
    return roff(app)


class TestMan:
    def test_is_well_formed(self, page, tmp_path):
        if not shutil.which("groff"):
            pytest.skip("groff is not there")
        (tmp_path / "kycrule.1").write_text(page, encoding="utf-8")
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", "-K", "utf8", "kycrule.1"],  # noqa: S607
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        shown = re.sub(r"\x1b\[[\d;]*m|.\x08", "", done.stdout)

        assert (done.returncode, done.stderr) == (0, "")
        for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES"):
            assert re.search(rf"^{title}$", shown, re.MULTILINE)
        words = " ".join(shown.split())
        for part in pages(app):
            assert f"kycrule {part.name}" in words
            assert all(label in words for _, entries in part.groups for label, _ in entries)

    def test_knows_every_setting_and_exit_code(self, page):
        assert [code for code in ExitCode if f"\n.B {int(code)}\n" not in page] == []
        assert [setting.variable for setting in SETTINGS if f"\n.B {setting.variable}\n" not in page] == []

    def test_takes_no_text_for_a_request(self, page):
        known = r"\.(TH|SH|SS|PP|TP|B|RS|RE|nf|fi)\b"
        assert [line for line in page.splitlines() if line.startswith((".", "'")) and not re.match(known, line)] == []

    def test_is_printed(self, cli, page):
        ended = cli("man")

        assert (ended.code, ended.out, ended.err) == (0, page, "")
        assert kycrule.__version__.replace("-", "\\-") in page


class TestCompletion:
    @pytest.mark.parametrize("shell", SHELLS)
    def test_is_a_script_that_knows_the_commands(self, cli, shell):
        ended = cli("completion", shell)

        assert (ended.code, ended.err) == (0, "")
        assert all(name in ended.out for name in app if not name.startswith("-"))

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_is_read_by_the_shell(self, cli, tmp_path, shell):
        if not shutil.which(shell):
            pytest.skip(f"{shell} is not there")
        (tmp_path / "script").write_text(cli("completion", shell).out, encoding="utf-8")
        done = subprocess.run([shell, "-n", "script"], cwd=tmp_path, capture_output=True, check=False)

        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            (["kycrule", "exp"], {"explain"}),
            (["kycrule", "check", "--own"], {"--owners"}),
            (["kycrule", "check", "--fail-on", "viol"], {"violated"}),
            (["kycrule", "report", "cert"], {"certification"}),
        ],
        ids=str,
    )
    def test_completes_in_bash(self, cli, tmp_path, words, offered):
        if not shutil.which("bash"):
            pytest.skip("bash is not there")
        (tmp_path / "script").write_text(cli("completion", "bash").out, encoding="utf-8")
        quoted = " ".join(f"'{word}'" for word in words)
        command = (
            f"source ./script; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMP_LINE='{' '.join(words)}'; "
            'COMP_POINT=${#COMP_LINE}; _kycrule; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert {word.strip() for word in done.stdout.splitlines()} == offered, done.stderr

    def test_of_an_unknown_shell_is_refused(self, cli):
        ended = cli("completion", "bsh")

        assert (ended.code, ended.out) == (2, "")
        assert 'Did you mean "bash"?' in ended.err


def test_the_command_line_starts_at_once():
    code = (
        "import sys, time\nbegun = time.process_time()\nfrom kycrule.cli import run\nrun(['--help'])\n"
        "print(time.process_time() - begun, file=sys.stderr)\n"
        "late = {'duckdb', 'pyarrow', 'hypothesis', 'jinja2', 'vl_convert', 'difflib', 'sqlglot'}\n"
        "print(sorted(late & set(sys.modules)))"
    )
    done = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]

    assert min(float(each.stderr) for each in done) < 1.5
    assert done[0].stdout.splitlines()[-1] == "[]"
