"""The tutorial: its files, its commands in order, and what it says that they print and write."""

import re
import shlex
from pathlib import Path

import pytest

from kycrule.cli import run

PAGE = Path(__file__).parents[1] / "docs" / "tutorial" / "first-certification.md"
BLOCK = re.compile(r"(?:([^\n]*)\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_the_tutorial_runs_as_it_stands(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    printed, seen = None, {"csv": 0, "toml": 0, "sh": 0, "text": 0}
    for before, kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
        seen[kind] += 1
        named = re.search(r"`([\w./]+)`:$", before)
        if kind in ("csv", "toml"):
            (tmp_path / named[1]).write_text(text, encoding="utf-8")
        elif kind == "sh":
            assert run(shlex.split(text)[1:]) == 0
            told = capfd.readouterr()
            printed = told.out + told.err
        elif named is not None:
            assert text.strip() in (tmp_path / named[1]).read_text("utf-8")
        else:
            assert printed.strip() == text.strip()

    assert seen == {"csv": 4, "toml": 1, "sh": 3, "text": 7}
