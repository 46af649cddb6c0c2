"""The page of each section in docs/reference/rules, from the text that ``kycrule explain`` prints."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from itertools import groupby
from pathlib import Path

from kycrule import law
from kycrule.citations import Citation
from kycrule.cli import told_rule
from kycrule.law import SUBPART_D
from kycrule.provisions import Rule

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "rules"
COMMAND = "python tests/law/write_pages.py"

TITLES = {
    found.name[:4]: str(importlib.import_module(f"kycrule.law.{found.name}").__doc__).rstrip(".")
    for found in pkgutil.iter_modules(law.__path__)
}
"""The title of each section, which its module begins with."""

OPENING = """\
Made from the rules by `{command}`; do not edit.
`kycrule explain CODE` prints the same text.
The sentences are our own; the rule was proposed on 29 January 2024 and was never in force.
"""


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    sections = groupby(SUBPART_D.rules, key=lambda rule: Citation.parse(rule.cites).section)
    return {f"s{section}.md": _page(section, tuple(rules)) for section, rules in sections}


def _page(section: int, rules: tuple[Rule, ...]) -> str:
    parts = [f"# {TITLES[f's{section}']}", OPENING.format(command=COMMAND).rstrip()]
    return "\n\n".join([*parts, *(_entry(rule) for rule in rules)]) + "\n"


def _entry(rule: Rule) -> str:
    # The heading is the code alone, so that its anchor is, too.
    heading, *blocks, _status = told_rule(rule).split("\n\n")
    called, cites = heading.removeprefix(rule.code).strip().split("  ")
    return "\n\n".join([f"## {rule.code}", f"`{called}` {cites}", *(_block(block) for block in blocks)])


def _block(block: str) -> str:
    title, line, text = block.partition("\n  ")
    if not line:
        return " ".join(block.split())
    return f"**{title}:** {' '.join(text.split())}"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{FOLDER / name}\n")
