"""The page on reliability says nothing that no test shows: each threat has a line, and each test it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/explanation/reliability.md").read_text("utf-8")
LINE = re.compile(r"^\| T(\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
LINES = [(int(line[1]), [cell.strip() for cell in line.groups()[1:]]) for line in LINE.finditer(PAGE)]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@cache
def named_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"}


def test_every_threat_has_its_line_in_order():
    assert [number for number, _ in LINES] == [*range(1, 41)]


@pytest.mark.parametrize(("number", "cells"), LINES, ids=[f"T{number}" for number, _ in LINES])
def test_a_line_names_tests_that_bear_its_number_or_says_why_there_is_none(number, cells):
    *_, shown, figure = cells
    named = NAMED.findall(shown)
    assert figure
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert not name or (name in named_in(path) and f"t{number}" in name.split("_")), (path, name)
    assert named or shown.startswith("Does not apply:")


def test_every_test_that_bears_a_number_belongs_to_a_line():
    numbers = {number for number, _ in LINES}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in named_in(path.relative_to(ROOT).as_posix()):
            assert {int(part[1:]) for part in name.split("_") if re.fullmatch(r"t\d+", part)} <= numbers, name
