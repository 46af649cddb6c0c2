"""Writes the reference pages that the code knows: ``python docs/generate.py``."""

from collections.abc import Iterator
from pathlib import Path

from kycrule.faults import FAULTS
from kycrule.intake.tables import INLINE
from kycrule.readings import READINGS
from kycrule.records import Access, BeneficialOwner, Customer, Provider, Record

HERE = Path(__file__).parent / "reference"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    return {
        HERE / "faults.md": "\n".join(_faults()),
        HERE / "readings.md": "\n".join(_readings()),
        HERE / "input-files.md": "\n".join(_input_files()),
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


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
