"""Writes the reference pages that the code knows: ``python docs/generate.py``."""

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from kycrule import law
from kycrule.citations import Citation
from kycrule.cli import told_rule
from kycrule.faults import FAULTS
from kycrule.intake.tables import INLINE
from kycrule.law import SUBPART_D
from kycrule.provisions import Rule
from kycrule.readings import READINGS
from kycrule.records import Access, BeneficialOwner, Customer, Provider, Record, Reseller, SpecialMeasure

HERE = Path(__file__).parent / "reference"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    return {
        HERE / "faults.md": "\n".join(_faults()),
        HERE / "readings.md": "\n".join(_readings()),
        HERE / "input-files.md": "\n".join(_input_files()),
        **dict(_rules()),
    }


def _faults() -> Iterator[str]:
    yield from ("# Faults of input", "")
    yield "A fault of a row puts the row in quarantine; one of a file (K99x) stops the run with exit code 3."
    for fault in FAULTS:
        yield from ("", f"## {fault.code} {fault.name}", "", fault.says, "", fault.remedy)
    yield ""


def _readings() -> Iterator[str]:
    yield from ("# Readings", "")
    yield "The open questions of the rule, as named choices. The first value of each is the default."
    for reading in READINGS:
        yield from ("", f"## {reading.name}", "", f"{reading.question} (§ {reading.cites})")
        for option in reading.options:
            yield from ("", f"### {option.value}", "", option.says, "")
            yield from (f"- For: {option.support}", f"- Against: {option.weakness}")
    yield ""


def _input_files() -> Iterator[str]:
    yield from ("# Input files", "")
    yield (
        "CSV in UTF-8 with a header, columns in any order, also as gzip or zstd. A blank cell is unknown. "
        "Members of a list stand between semicolons. Countries are ISO 3166-1 codes, dates `YYYY-MM-DD`, times "
        "RFC 3339 with an offset, shares percentages with at most 12 decimals."
    )
    for title, model, extra in (
        ("Customers: one row for each account", Customer, [INLINE]),
        ("Owners", BeneficialOwner, []),
        ("Accesses", Access, []),
        ("Providers: a TOML file with `[[providers]]`", Provider, []),
        ("Resellers: `[[resellers]]` in the same file", Reseller, []),
        ("Special measures: `[[special_measures]]` in the same file, or in one of their own", SpecialMeasure, []),
    ):
        told = _attributes(model)
        yield from ("", f"## {title}", "", "| column | form | meaning |", "|---|---|---|")
        for column in (*model.columns(), *extra):
            form = " / ".join(f"`{choice}`" for choice in column.form.choices) or column.form.name
            meaning = told.get(column.name, "accesses as `ip@time`, with `;` between them")
            yield f"| `{column.name}` | {form} | {meaning} |"
    yield ""


def _attributes(model: type[Record]) -> dict[str, str]:
    """What the docstrings of a record and its bases say of each field."""
    told: dict[str, str] = {}
    for base in reversed(model.__mro__[:-3]):
        name = ""
        for line in (base.__doc__ or "").partition("Attributes:\n")[2].splitlines():
            start, colon, rest = line.strip().partition(": ")
            if line.startswith("        ") and not line.startswith("         ") and colon:
                name = start
                told[name] = rest
            elif line.startswith("         "):
                told[name] += " " + line.strip()
    return told


TITLES = {
    found.name[:4]: str(importlib.import_module(f"kycrule.law.{found.name}").__doc__).rstrip(".")
    for found in pkgutil.iter_modules(law.__path__)
}
"""The title of each section, which its module begins with."""

OPENING = """\
Made from the rules by `python docs/generate.py`; do not edit.
`kycrule explain CODE` prints the same text.
The sentences are our own; the rule was proposed on 29 January 2024 and was never in force.
"""


def _rules() -> Iterator[tuple[Path, str]]:
    sections = groupby(SUBPART_D.rules, key=lambda rule: Citation.parse(rule.cites).section)
    for section, rules in sections:
        yield HERE / "rules" / f"s{section}.md", _page(section, tuple(rules))


def _page(section: int, rules: tuple[Rule, ...]) -> str:
    parts = [f"# {TITLES[f's{section}']}", OPENING.rstrip()]
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
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
