"""The package as a whole: its public names, what importing it costs, and what it never touches."""

import ast
import importlib
import json
import re
import subprocess
import sys
import types
from datetime import date
from pathlib import Path

import pytest

import kycrule

PACKAGE = Path(kycrule.__file__).parent
ERRORS = PACKAGE.parent / "docs/reference/errors.md"
TYPING = Path(__file__).parent / "typing/public.py"
OPTIONAL = (
    "duckdb",
    "hypothesis",
    "pyarrow",
    "pyspark",
    "rich",
    "cyclopts",
    "pandas",
    "polars",
    "backports.zstd",
    "jinja2",
    "vl_convert",
)
NETWORK = {
    *("aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socketserver"),
    *("ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc"),
}


def without(*names):
    """Code after which modules cannot be imported, as if they were not installed."""
    return (
        "import sys\n"
        "class Absent:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        if name in {names!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent)\n"
    )


COMMAND_LINE = "import runpy\nsys.argv = ['kycrule', *sys.argv[1:]]\nrunpy.run_module('kycrule', run_name='__main__')\n"


def python(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def sources():
    return sorted(path for path in PACKAGE.rglob("*.py"))


class TestNames:
    def test_are_sorted_and_there(self):
        assert kycrule.__all__ == sorted(kycrule.__all__)
        assert len(set(kycrule.__all__)) == len(kycrule.__all__)
        assert all(hasattr(kycrule, name) for name in kycrule.__all__)

    def test_are_all_that_stands_there(self):
        public = {
            name
            for name in dir(kycrule)
            if not name.startswith("_") and not isinstance(getattr(kycrule, name), types.ModuleType)
        }

        assert public == set(kycrule.__all__)

    def test_are_the_same_for_type_checkers(self):
        tree = ast.parse(Path(kycrule.__file__).read_text(encoding="utf-8"))
        (shown,) = (node for node in tree.body if isinstance(node, ast.If))
        told = {
            (alias.name, imported.module)
            for imported in shown.body
            if isinstance(imported, ast.ImportFrom)
            for alias in imported.names
        }

        assert {name for name, _ in told} == {*kycrule.__all__}
        for name, module in told:
            assert getattr(kycrule, name) is getattr(importlib.import_module(module), name)

    @pytest.mark.parametrize("name", ["check", "determine", "status"])
    def test_of_functions_are_not_lost_to_the_modules_of_the_same_name(self, name):
        code = f"import kycrule.cli.app, kycrule.{name}, kycrule; print(type(kycrule.{name}).__name__)"

        assert python(code).stdout == "function\n"

    def test_that_are_not_there_are_refused(self):
        with pytest.raises(AttributeError, match="module 'kycrule' has no attribute 'determin'"):
            _ = kycrule.determin

    def test_say_what_they_are_for(self):
        for name in kycrule.__all__:
            assert getattr(kycrule, name).__doc__, name

    def test_every_error_is_caught_by_one_name(self):
        errors = [getattr(kycrule, name) for name in kycrule.__all__ if name.endswith("Error")]

        assert len(errors) >= 7
        assert all(issubclass(error, kycrule.KycRuleError) for error in errors)

    def test_of_errors_stand_on_their_page_with_what_they_are(self):
        rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| .* \| (\d?) ?\|$", ERRORS.read_text("utf-8"), re.MULTILINE)
        told = {name: (base, code) for name, base, code in rows}

        assert set(told) == {name for name in kycrule.__all__ if name.endswith("Error")}
        for name, (base, _) in told.items():
            assert base in {kind.__name__ for kind in getattr(kycrule, name).__bases__}
        assert {code for _, code in told.values()} == {"", "2", "3", "4", "5"}

    def test_are_typed(self):
        assert (PACKAGE / "py.typed").exists()

    def test_are_all_checked_by_the_type_checkers(self):
        used = {
            node.attr
            for node in ast.walk(ast.parse(TYPING.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }

        absent = {"Access", "ExitCode"}
        assert set(kycrule.__all__) - used <= absent

    @pytest.mark.slow
    @pytest.mark.parametrize("checker", ["mypy", "pyright"])
    def test_have_the_types_that_are_promised(self, checker):
        pytest.importorskip(checker)
        options = ["--strict", "--no-incremental"] if checker == "mypy" else ["--pythonpath", sys.executable]
        done = subprocess.run(
            [sys.executable, "-m", checker, *options, str(TYPING)],
            cwd=PACKAGE.parent,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stdout


class TestImports:
    def test_need_no_optional_library(self):
        code = "import json, sys; from kycrule import *; json.dump(sorted(sys.modules), sys.stdout)"
        done = python(code)

        assert done.returncode == 0, done.stderr
        assert set(json.loads(done.stdout)) & set(OPTIONAL) == set()

    def test_cost_next_to_nothing_until_a_name_is_used(self):
        loaded = python("import sys, kycrule; print(*sys.modules)").stdout.split()

        assert [name for name in loaded if name.startswith("kycrule")] == ["kycrule.version", "kycrule"]
        assert "pydantic" not in loaded

    def test_work_where_the_optional_libraries_are_absent(self):
        code = without(*OPTIONAL) + (
            "import datetime, kycrule\n"
            "provider = {'id': 'p', 'organized_in': 'US', 'offers_iaas': True, 'product_us_owned': True}\n"
            "customer = {'account_id': 'a', 'kind': 'individual', 'citizenships': ['FR'], 'country': 'FR'}\n"
            "answer = kycrule.determine(customer, provider=provider, as_of=datetime.date(2024, 6, 1))\n"
            "answer.explain()\n"
            "len(kycrule.rules()), str(kycrule.status())\n"
            "print(answer.disposition.value, answer.foreign_customer)\n"
        )
        done = python(code)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "covered True\n"

    @pytest.mark.parametrize("absent", ["cyclopts", "rich"])
    def test_the_command_line_says_which_extra_is_missing(self, absent):
        done = python(without(absent) + COMMAND_LINE, "status")

        assert (done.returncode, done.stdout) == (2, "")
        assert 'pip install "kycrule[batch]"' in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("absent", ["duckdb", "numpy"])
    def test_the_command_line_without_the_engine_says_which_extra_is_missing(self, absent, tmp_path):
        (tmp_path / "c.csv").write_text("account_id\nA1\nA2\n", encoding="utf-8")
        done = python(without(absent) + COMMAND_LINE, "check", str(tmp_path / "c.csv"), "-o", str(tmp_path / "run"))

        assert done.returncode == 2
        assert "kycrule[batch]" in done.stderr
        assert "Traceback" not in done.stderr

    def test_other_missing_modules_are_not_blamed_on_the_extra(self):
        assert "kycrule[batch]" not in python(without("pycountry") + COMMAND_LINE, "status").stderr


class TestSources:
    @pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
    def test_t38_import_no_network_library_and_run_no_text(self, path):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported, called = set(), set()
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    imported |= {alias.name.partition(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module), level=0):
                    imported.add(module.partition(".")[0])
                case ast.Call(func=ast.Name(id=name)):
                    called.add(name)

        assert imported & NETWORK == set()
        assert imported & {"pickle", "marshal", "shelve", "yaml", "subprocess", "ctypes"} == set()
        # The engine for one record compiles the law, which it alone may do; no record has a part in that text.
        forbidden = {"eval", "exec", "compile", "__import__", "print", "input", "breakpoint"}
        assert called & forbidden <= ({"exec", "compile"} if path.name == "writing.py" else set())

    def test_t38_open_no_socket(self):
        users = [path.name for path in sources() if "socket" in path.read_text(encoding="utf-8")]

        # Only for the functions that turn the text of an address into bytes.
        assert users == ["addresses.py"]
        text = (PACKAGE / "addresses.py").read_text(encoding="utf-8")
        assert {part.split("(")[0].split(",")[0] for part in text.split("socket.")[1:]} <= {
            "inet_aton",
            "inet_pton",
            "AF_INET6",
        }

    def test_an_answer_opens_no_socket(self, monkeypatch):
        def refuse(*_, **__):
            raise AssertionError

        monkeypatch.setattr("socket.socket", refuse)
        access = {"ip": "2001:db8::1", "at": "2024-01-01T00:00:00Z"}

        assert kycrule.determine({"account_id": "a", "accesses": [access]}, as_of=date(2024, 6, 1)).account_id == "a"

    @pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
    def test_read_no_clock_but_at_the_front_doors(self, path):
        text = path.read_text(encoding="utf-8")
        if path in {
            PACKAGE / "check.py",
            PACKAGE / "spark.py",
            PACKAGE / "cli/arguments.py",
            PACKAGE / "cli/sealing.py",
        }:
            pytest.skip("a front door")

        assert not [word for word in (".now(", ".today(", ".utcnow(", "time.time(") if word in text]
