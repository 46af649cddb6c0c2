"""The how-to pages: each command runs, in order, and prints what the page says."""

import re
import shlex
from pathlib import Path

import pytest

from kycrule.cli import run
from kycrule.errors import ExitCode

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *```(sh|text)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["certify", "report-training", "compare-runs"])
def test_commands_of_a_page_run_in_order(name, tmp_path, monkeypatch, capfd):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall((ROOT / "docs" / "how-to" / f"{name}.md").read_text("utf-8"))
    ran = 0
    for place, (kind, text) in enumerate(blocks):
        if kind != "sh":
            continue
        told = blocks[place + 1][1].strip() if place + 1 < len(blocks) and blocks[place + 1][0] == "text" else None
        for line in text.strip().splitlines():
            code = run(shlex.split(line)[1:])
            printed = capfd.readouterr()
            ran += 1
            if told is None:
                assert code == ExitCode.DONE, line
            else:
                assert (code, printed.err.strip()) == (ExitCode.USAGE, told)
    assert ran >= 4
    written = {path.name for path in tmp_path.iterdir()} - {"examples", "run"}
    expected = {
        "certify": {"certification.md", "certification.json", "resellers.json"},
        "report-training": {"t-1.json", "filed"},
        "compare-runs": {"page.html", "run-june", "run-july"},
    }
    assert written == expected[name]
