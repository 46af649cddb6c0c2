"""The tutorials: their files, commands in order, what they say that these print and write; commands of how-to pages."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kycrule.cli import run

PAGES = Path(__file__).parents[1] / "docs" / "tutorial"
BLOCK = re.compile(r"(?:([^\n]*)\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODES = {"first-run": [0, 1, 0], "first-certification": [0, 0, 0]}
"""What the commands of each page end with."""


@pytest.mark.skipif(not PAGES.exists(), reason="the documentation is not here")
def test_every_tutorial_is_run():
    assert {page.stem for page in PAGES.glob("*.md")} == set(CODES)


@pytest.mark.skipif(not PAGES.exists(), reason="the documentation is not here")
@pytest.mark.parametrize("name", CODES)
def test_the_tutorial_runs_as_it_stands(name, tmp_path, monkeypatch, capfd):
    text = (PAGES / f"{name}.md").read_text("utf-8")
    blocks = BLOCK.findall(text)
    monkeypatch.chdir(tmp_path)
    printed, codes = "", []
    for before, kind, block in blocks:
        named = re.search(r"`([\w./]+)`(?: with the reason)?:$", before)
        if kind in {"csv", "toml", "python"}:
            (tmp_path / named[1]).write_text(block, encoding="utf-8")
        elif kind == "sh":
            codes.append(ended(shlex.split(block)))
            told = capfd.readouterr()
            printed = told.out + told.err
        elif kind == "text" and named is not None:
            assert block.strip() in (tmp_path / named[1]).read_text("utf-8")
        elif kind == "text":
            assert printed.strip() == block.strip()
        else:
            assert kind == "console", "which is for what is not run here"

    assert codes == CODES[name]
    assert len(blocks) * 2 == len(re.findall("^```", text, re.MULTILINE))


def ended(command):
    """The code with which a command ended."""
    if command[0] == "python":
        root = Path(__file__).parents[1]
        return subprocess.run([sys.executable, *command[1:]], check=False, env={"PYTHONPATH": str(root)}).returncode
    return run(command[1:])


HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
REFUSED = {"kycrule report training --run run --transaction T-1 -o t-1.json": 2}
"""Commands that a page shows because they are refused, with what they end with; all others are done."""
COMMANDS = re.compile(r"^ *```sh\n(.*?)^ *```$(?:\n\n *```text\n(.*?)^ *```$)?", re.MULTILINE | re.DOTALL)
"""Commands, and what they print where the page says it right below."""


@pytest.mark.skipif(not HOW_TO.exists(), reason="the documentation is not here")
@pytest.mark.parametrize("page", sorted(HOW_TO.glob("*.md")), ids=lambda page: page.stem)
def test_the_commands_of_a_how_to_page_run_in_order(page, tmp_path):
    shutil.copytree(HOW_TO.parents[1] / "examples", tmp_path / "examples")
    (tmp_path / "kycrule").write_text(f'#!/bin/sh\nexec {sys.executable} -m kycrule "$@"\n', encoding="utf-8")
    (tmp_path / "kycrule").chmod(0o700)
    surroundings = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(HOW_TO.parents[1])}
    ended, expected = {}, {}
    for block, told in COMMANDS.findall(page.read_text("utf-8")):
        printed = ""
        for line in map(str.strip, block.splitlines()):
            shell = ["/bin/bash", "-c", line]
            done = subprocess.run(shell, check=False, cwd=tmp_path, env=surroundings, capture_output=True, text=True)
            ended[line], expected[line] = done.returncode, REFUSED.get(line, 0)
            printed += done.stdout + done.stderr
            written = re.search(r" (?:-o|--out) (\S+)", line)
            assert expected[line] or written is None or (tmp_path / written[1]).exists(), line
        assert told.strip() in printed

    assert ended == expected
