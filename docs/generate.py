"""Writes the reference pages that the code knows: ``python docs/generate.py``."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kycrule import dictionary, law
from kycrule.citations import Citation
from kycrule.cli.app import app
from kycrule.cli.manual import ENDINGS, VARIABLES
from kycrule.cli.manual import pages as manual
from kycrule.cli.settings import SETTINGS
from kycrule.coverage import table
from kycrule.expr import Constant, Dated, Definition, Period
from kycrule.faults import FAULTS
from kycrule.law import SUBPART_D
from kycrule.pages import Page, of_due, of_rule, of_term
from kycrule.provisions import Due, Prohibition
from kycrule.readings import READINGS
from kycrule.reports.model import About, Attestation, Report, ToComplete
from kycrule.reports.schemas import REPORTS, models_within

HERE = Path(__file__).parent / "reference"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    return {
        HERE / "faults.md": "\n".join(_faults()),
        HERE / "readings.md": "\n".join(_readings()),
        HERE / "input-files.md": "\n".join(_input_files()),
        HERE / "reports.md": "\n".join(_reports()),
        HERE / "command-line.md": "\n".join(_command_line()),
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
    yield dictionary.WRITTEN
    yield ""
    yield (
        "An apostrophe before what a spreadsheet might run as a formula (`'=1+1`, `'+49 30 1234`) is no part of a "
        "text: kycrule and other careful programs write it, and it is taken off when a CSV file is read. What kycrule "
        "itself wrote into a CSV file comes back exactly."
    )
    for what in dictionary.TITLES:
        yield from ("", dictionary.markdown(what))
        if what == "stakes":
            yield from ("", STAKES)
    yield ""


def _command_line() -> Iterator[str]:
    _whole, *commands = manual(app)
    yield from ("# Command line", "")
    yield (
        "Made from the commands by `python docs/generate.py`; do not edit. `kycrule COMMAND --help` says the same, "
        "`kycrule man` is the page of man, and `kycrule completion SHELL` prints what makes a shell complete commands "
        "and options. What was asked for goes to standard output, what is told beside it to standard error."
    )
    yield from ("", *(f"- [`{page.name}`](#{page.name}): {page.says[0]}" for page in commands))
    for page in commands:
        yield from ("", f"## {page.name}", "", *(f"{paragraph}\n" for paragraph in page.says))
        yield from ("```text", page.usage, "```", "", "For example:", "", "```sh", page.example, "```")
        rows = [row for _, entries in page.groups for row in entries]
        if rows:
            yield from ("", "| argument or option | meaning |", "|---|---|")
            yield from (f"| `{label}` | {_cell(says)} |" for label, says in rows)
    yield from (
        "",
        "## Exit codes",
        "",
        "`kycrule.ExitCode` has them as an enum.",
        "",
        "| code | meaning |",
        "|---|---|",
    )
    yield from (f"| {int(code)} | {says} |" for code, says in ENDINGS.items())
    yield from ("", "## Settings", "")
    yield (
        "Options that may be given beforehand; [configure](../how-to/configure.md) says where. A file's name counts "
        "from the folder of the file that gives it."
    )
    yield from ("", "| key | variable | written | default |", "|---|---|---|---|")
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "none"
        yield f"| `{setting.name}` | `{setting.variable}` | {setting.form} | {default} |"
    yield from ("", "## Variables of the environment", "", "| variable | meaning |", "|---|---|")
    yield from (f"| `{name}` | {says} |" for name, says in VARIABLES.items())
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _reports() -> Iterator[str]:
    yield from ("# Reports", "")
    yield (
        "Made from a run folder with `kycrule report KIND --run DIR -o FILE`, as JSON or Markdown; in code by the "
        "function of the same name in `kycrule.reports`. `kycrule schema NAME` prints the JSON Schema of each. Every "
        "report also has `about` (what it rests on), `notes` and `to_complete` (who must still fill in or sign what). "
        "A part that two reports share stands here once."
    )
    shown: set[type[BaseModel]] = {About, Attestation, ToComplete}
    for kind, report in REPORTS.items():
        yield from ("", f"## {kind}", "", f"{report.TITLE}, § {report.CITES}.")
        for model in models_within(report):
            fields = {
                name: field
                for name, field in model.model_fields.items()
                if (model is report or not issubclass(model, Report)) and name not in ("about", "notes", "to_complete")
            }
            if model in shown:
                continue
            shown.add(model)
            if model is not report:
                yield from ("", f"### {kind}: {model.__name__}", "", (model.__doc__ or "").strip())
            yield from ("", "| item | what it is |", "|---|---|")
            for name, field in fields.items():
                yield f"| `{name}` | {field.description or 'The kind of report.'} |"
    yield from ("", "## Attestation", "", "Where a person makes a statement. No program gives one.", "")
    yield from ("| item | what it is |", "|---|---|")
    for name, field in Attestation.model_fields.items():
        yield f"| `{name}` | {field.description} |"
    yield ""


STAKES = (
    "The shares of owners in an account that has stakes are what its stakes come to, whatever the owners' file says; "
    "[who owns the customer](../explanation/ownership.md) says how. A holder whose name is the `owner_id` of a row in "
    "the owners' file is that owner; an individual without a row there is an owner of whom nothing else is known."
)

MODULES = {
    int(found.name[1:4]): importlib.import_module(f"kycrule.law.{found.name}")
    for found in pkgutil.iter_modules(law.__path__)
}
"""The module of each section, which begins with its title."""

OPENING = """\
Made from the rules by `python docs/generate.py`; do not edit.
`kycrule explain CODE` prints the same text.
The sentences are our own; the rule was proposed on 29 January 2024 and was never in force.
"""


def _rules() -> Iterator[tuple[Path, str]]:
    for section in sorted({Citation.parse(covered.paragraph.partition(" ")[0]).section for covered in table()}):
        yield HERE / "rules" / f"s{section}.md", _page(section)


def _page(section: int) -> str:
    module = MODULES.get(section)
    held = list(vars(module).values()) if module is not None else []
    own = [value for values in held for value in (values if isinstance(values, tuple) else (values,))]
    own = [value for value in dict.fromkeys(filter(_is_cited, own)) if Citation.parse(value.cites).section == section]

    def of(*kinds: type) -> list[Any]:
        return [value for value in own if isinstance(value, kinds)]

    title = str(module.__doc__).rstrip(".") if module is not None else f"§ 7.{section}"
    parts = [f"# {title}", OPENING.rstrip()]
    parts += _part(
        "Rules", (_entry(of_rule(rule)) for rule in SUBPART_D.rules if Citation.parse(rule.cites).section == section)
    )
    parts += _part("Terms", (_entry(of_term(term)) for term in of(Definition)))
    parts += _part("Reports", (_entry(of_due(due)) for due in of(Due)))
    parts += _part("Numbers", (_number(number) for number in of(Constant, Dated, Period)))
    parts += _part("Prohibitions", (f"- § {each.cites}: {each.says}" for each in of(Prohibition)))
    parts += _part("Paragraphs", _paragraphs(section))
    return "\n\n".join(parts) + "\n"


def _is_cited(value: Any) -> bool:
    return isinstance(value, Definition | Due | Constant | Dated | Period | Prohibition) and value.cites != ""


def _part(title: str, entries: Iterable[str]) -> list[str]:
    told = list(entries)
    return [f"## {title}", *told] if told else []


def _entry(page: Page) -> str:
    # The heading is the name alone, so that its anchor is, too.
    called = f"`{page.called}` " if page.called else ""
    return "\n\n".join([f"### {page.name}", f"{called}({page.cites})", *page.says, *map(_block, page.blocks)])


def _block(block: tuple[str, tuple[str, ...]]) -> str:
    title, entries = block
    if len(entries) == 1:
        return f"**{title}:** {entries[0]}"
    return "\n".join([f"**{title}:**", "", *(f"- {entry}" for entry in entries)])


def _number(number: Constant[Any] | Dated | Period) -> str:
    match number:
        case Period():
            told = str(number)
        case Constant(value=value):
            told = str(value)
        case Dated(steps=steps):
            told = "; ".join(f"{amount:,} from {since}" for since, amount in steps)
    return f"- § {number.cites}: {number.says}: {told}"


def _paragraphs(section: int) -> Iterator[str]:
    lines = ["| paragraph | modelled by, or why not |", "|---|---|"]
    for covered in table():
        number, _, term = covered.paragraph.partition(" ")
        if Citation.parse(number).section == section:
            told = "; ".join(f"{carrier.kind} {carrier.name}" for carrier in covered.by)
            lines.append(f"| {f'`{term}`' if term else f'§ {number}'} | {told or covered.reason or ''} |")
    yield "\n".join(lines)


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
