"""What was found, in the formats that people and their tools read."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, cast
from xml.etree import ElementTree as ET

from kycrule import formulas
from kycrule.findings import Finding, Outcome
from kycrule.terminal import escaped_json, safe_text

Format: TypeAlias = Literal["text", "json", "jsonl", "csv", "github", "junit"]

FailOn: TypeAlias = Literal["never", "violated", "undetermined"]
"""From which findings on a command ends with 1; a violated one is reached by both."""

COLUMNS: Final = ("account_id", "subject", "code", "name", "outcome", "cites", "message", "missing", "due")
"""The columns of findings.csv."""

_NAMED: Final = 5
"""How many subjects an annotation names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding with the account that it is about; None where it is about a provider or reseller."""

    account_id: str | None
    finding: Finding

    @property
    def about(self) -> str:
        """Whom it is about."""
        subject = self.finding.subject
        return subject if self.account_id in (None, subject) else f"{subject} of {self.account_id}"

    def row(self) -> dict[str, Any]:
        """The finding as a row of findings.csv has it; None is unknown."""
        finding = self.finding
        listed = {name: getattr(finding, name) for name in COLUMNS[1:]}
        due = finding.due and finding.due.isoformat()
        return {"account_id": self.account_id, **listed, "missing": list(finding.missing), "due": due}


def reached(fail_on: FailOn, outcomes: Iterable[str]) -> bool:
    """Whether findings of these outcomes reach what a command is to fail on."""
    reaching = {"never": (), "violated": (Outcome.VIOLATED,), "undetermined": (Outcome.VIOLATED, Outcome.UNDETERMINED)}
    return any(outcome in reaching[fail_on] for outcome in outcomes)


def write(chunks: Iterable[str]) -> None:
    """Write to standard output; on a terminal nothing that it might obey."""
    plain = sys.stdout.isatty()
    for chunk in chunks:
        sys.stdout.write(safe_text(chunk) if plain else chunk)


def findings(found: Iterable[Found], format: Format) -> Iterator[str]:  # noqa: A002 - the option's name
    """Findings in a format, in pieces as they come.

    Args:
        found: the findings; read twice for JUnit, which has their number before them.
        format: how to write them.
    """
    match format:
        case "text":
            yield from (_line(each) for each in found)
        case "json":
            yield from _array(each.row() for each in found)
        case "jsonl":
            yield from (record(each.row()) for each in found)
        case "csv":
            yield from table(COLUMNS, (each.row() for each in found))
        case "github":
            yield from _annotations(found)
        case "junit":
            counts = Counter(each.finding.outcome for each in found)
            yield from junit(
                counts.total(), counts[Outcome.VIOLATED], counts[Outcome.UNDETERMINED], (_test(each) for each in found)
            )


def record(fields: Mapping[str, Any]) -> str:
    """A line of JSON lines."""
    return escaped_json(json.dumps(fields, ensure_ascii=False, default=str)) + "\n"


def document(content: Any) -> str:
    """A JSON document."""
    return escaped_json(json.dumps(content, ensure_ascii=False, indent=2, default=str)) + "\n"


def table(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """CSV with a header, in which a spreadsheet finds no formula."""
    names = tuple(columns)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        yield _taken(stream)
        writer.writerow(_cell(row[name]) for name in names)
    yield _taken(stream)


def annotation(level: Literal["error", "warning"], message: str, *, title: str, file: str | None = None) -> str:
    r"""A workflow command by which GitHub Actions shows a message, beside a file if one is named.

    >>> annotation("error", "50 %: a, b", title="K302-04: address").strip()
    '::error title=K302-04%3A address::50 %25: a, b'
    """
    properties = {"file": file, "title": title}
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items() if value is not None)
    return f"::{level} {told}::{_escaped(message)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test of a JUnit report.

    Attributes:
        group: what it belongs to.
        name: what it is about.
        outcome: how it ended.
        message: why it did not pass, in a line.
        details: the same at length.
    """

    group: str
    name: str
    outcome: Literal["passed", "failure", "skipped"]
    message: str = ""
    details: str = ""


def junit(tests: int, failures: int, skipped: int, results: Iterable[Trial]) -> Iterator[str]:
    """A JUnit report; where nothing was tested it has one test that passed, since an empty report counts as broken."""
    counts = f'tests="{tests or 1}" failures="{failures}" errors="0" skipped="{skipped}"'
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="kycrule" {counts}>\n'
    if not tests:
        yield _element(Trial(group="kycrule", name="nothing found", outcome="passed"))
    yield from map(_element, results)
    yield "</testsuite>\n</testsuites>\n"


def _element(test: Trial) -> str:
    case = ET.Element("testcase", classname=safe_text(test.group), name=safe_text(test.name))
    if test.outcome != "passed":
        told = ET.SubElement(case, test.outcome, message=safe_text(test.message))
        if test.outcome == "failure":
            told.set("type", "violated")
            told.text = safe_text(test.details)
    return ET.tostring(case, encoding="unicode") + "\n"


def _test(found: Found) -> Trial:
    finding = found.finding
    return Trial(
        group=f"{finding.code} {finding.name}",
        name=found.about,
        outcome="failure" if finding.outcome is Outcome.VIOLATED else "skipped",
        message=f"{finding.message} [{finding.cites}]",
        details=str(finding),
    )


def _line(found: Found) -> str:
    return safe_text(str(replace(found.finding, subject=found.about))) + "\n"


def _annotations(found: Iterable[Found]) -> Iterator[str]:
    """One annotation for each rule and outcome: GitHub shows no more than ten of a kind."""
    rules: dict[tuple[str, Outcome], tuple[Finding, list[str], int]] = {}
    for each in found:
        key = (each.finding.code, each.finding.outcome)
        first, named, count = rules.get(key, (each.finding, [], 0))
        rules[key] = (first, [*named, each.about] if count < _NAMED else named, count + 1)
    for (code, outcome), (first, named, count) in sorted(rules.items()):
        more = f" and {count - len(named):,} more" if count > len(named) else ""
        message = f"{first.message} [{first.cites}]\n{count:,} {outcome}: {'; '.join(named)}{more}"
        level: Literal["error", "warning"] = "error" if outcome is Outcome.VIOLATED else "warning"
        yield annotation(level, message, title=f"{code} {first.name}")


def _array(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield f"{before}\n{record(row).rstrip()}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return formulas.guard(";".join(cast("list[str]", value)) if isinstance(value, list | tuple) else str(value))


def _taken(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text


def _escaped(text: str, also: str = "") -> str:
    return "".join(f"%{ord(sign):02X}" if sign in f"%\r\n{also}" else sign for sign in safe_text(text))
