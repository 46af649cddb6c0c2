"""Law modules hold imports and assignments: what they say can be read, and nothing in them runs."""

import ast
from pathlib import Path

import pytest

from kycrule import law

FOLDER = Path(law.__file__).parent
SECTIONS = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("s3*.py"))}
ALL = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))}
READ_BY_LAW = {"countries", "expr", "facts", "law", "provisions", "readings"}

RUNNING = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.If,
    ast.IfExp,
    ast.For,
    ast.While,
    ast.Try,
    ast.With,
    ast.Match,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.BoolOp,
    ast.Compare,
    ast.NamedExpr,
    ast.Subscript,
    ast.JoinedStr,
)
"""What a law module does without; a comparison of facts is a node too, and allowed where it is one."""

each_section = pytest.mark.parametrize("name", SECTIONS)
each_module = pytest.mark.parametrize("name", ALL)


def lines(nodes):
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in nodes]


@each_section
def test_a_section_begins_with_the_title_of_its_section(name):
    docstring = ast.get_docstring(SECTIONS[name])

    assert docstring
    assert docstring.startswith(f"§ 7.{name[1:4]} ")
    assert docstring.endswith(".")


@each_section
def test_a_section_is_a_docstring_imports_and_assignments(name):
    _, *body = SECTIONS[name].body

    assert lines(node for node in body if not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign)) == []


@each_section
def test_an_assignment_names_one_thing(name):
    for node in SECTIONS[name].body:
        if isinstance(node, ast.Assign):
            assert [type(target) for target in node.targets] == [ast.Name]


@each_section
def test_nothing_in_a_section_runs(name):
    found = [node for node in ast.walk(SECTIONS[name]) if isinstance(node, RUNNING)]

    assert lines(node for node in found if not is_comparison_of_facts(node)) == []


def is_comparison_of_facts(node):
    # `==` of two nodes would be decided at once; the order operators give a node.
    return isinstance(node, ast.Compare) and all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)


@each_section
def test_numbers_stand_only_in_named_constants_and_periods_of_the_rule(name):
    named = [
        inner
        for node in SECTIONS[name].body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in {"Constant", "Dated", "Period"}
        for inner in ast.walk(node)
    ]
    numbers = [
        node
        for node in ast.walk(SECTIONS[name])
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
    ]

    assert lines(number for number in numbers if number not in named) == []


@each_section
def test_a_named_number_says_which_paragraph_sets_it(name):
    for node in ast.walk(SECTIONS[name]):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Constant", "Dated", "Period"}:
            assert {"cites", "says"} <= {keyword.arg for keyword in node.keywords}


@each_module
def test_law_imports_its_language_and_nothing_that_runs_it(name):
    imported = set()
    for node in ast.walk(ALL[name]):
        if isinstance(node, ast.ImportFrom) and node.module == "kycrule":
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("kycrule."):
            imported.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}

    assert imported <= READ_BY_LAW


@pytest.mark.parametrize("name", SECTIONS)
def test_every_choice_of_a_reading_is_marked_as_one(name):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")

    for reading in {
        node.func.value.id.lower()
        for node in ast.walk(SECTIONS[name])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("choose")
        and isinstance(node.func.value, ast.Name)
    }:
        assert f"# Reading: {reading}" in text
