"""A report as Markdown that a person can read, made from the model itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast, get_args

from pydantic.fields import FieldInfo

from kycrule.reports.model import Attestation, Model, Report, ToComplete, cited, completed_by, not_asked_within
from kycrule.terminal import safe_text

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>|~&$]")
_LINK: Final = re.compile(r"(?i)(://)|\b(www)\.|@")
_DEEPEST: Final = 6
_WIDEST: Final = 8
_BLANK: Final = "*to be completed*"
_UNKNOWN: Final = "unknown"
_LISTED_PARAGRAPHS: Final = 3
_ACRONYMS: Final = {"cip": "CIP", "cips": "CIPs", "ip": "IP", "us": "U.S.", "id": "ID"}


def escaped(text: str) -> str:
    r"""A text of somebody else, as Markdown that shows it and does nothing else.

    >>> print(escaped("<b>*Bold*</b>\n# www.example.com"))
    \<b\>\*Bold\*\</b\> # www\.example.com
    """
    plain = safe_text(" ".join(text.split("\n")))
    return _LINK.sub(_unlinked, _SPECIAL.sub(r"\\\g<0>", plain))


def _unlinked(match: re.Match[str]) -> str:
    if match[1]:
        return r"\://"
    return f"{match[2]}\\." if match[2] else r"\@"


def markdown(report: Report) -> str:
    """A report as Markdown: headings with their paragraphs, tables for lists, and what is still to be completed."""
    return "\n".join(_report(report)).rstrip() + "\n"


def _report(report: Report) -> Iterator[str]:
    about = report.about
    yield f"# {report.TITLE} (§ {report.CITES})"
    yield ""
    yield f"> **Never in force.** {escaped(about.status)}"
    yield ""
    yield from (f"- {escaped(note)}" for note in report.notes)
    yield f"- As of {about.as_of}, {about.citation}."
    readings = ", ".join(f"{name} = {value}" for name, value in about.readings.items())
    yield f"- Readings: {escaped(readings)}."
    yield f"- Made by kycrule {about.kycrule} (text {about.rule_version}) from the run whose manifest has the SHA-256"
    yield f"  `{about.manifest_sha256}`."
    yield ""
    yield "## Still to be completed"
    yield ""
    if report.to_complete:
        yield from _table([(_label(name), name) for name in ToComplete.model_fields], report.to_complete)
    else:
        yield "Nothing."
    yield ""
    yield "## Content"
    yield ""
    yield from _fields(report, 2, report.not_asked(), hidden=frozenset(Report.model_fields))


def _fields(model: Model, depth: int, not_asked: frozenset[str], hidden: frozenset[str] = frozenset()) -> Iterator[str]:
    """The plain fields of a model as a list, then its parts under headings."""
    parts: list[tuple[str, FieldInfo, Any]] = []
    plain = False
    for name, field in type(model).model_fields.items():
        value: Any = getattr(model, name)
        if name in hidden or (value is None and (name in not_asked or _is_part(field))):
            continue
        if isinstance(value, Model) or _is_rows(value):
            parts.append((name, field, value))
            continue
        plain = True
        yield f"- **{_label(name)}**{_paragraphs(field)}: {_shown(value, asked=completed_by(field) is not None)}"
    if plain:
        yield ""
    for name, field, value in parts:
        yield f"{'#' * min(depth + 1, _DEEPEST)} {_label(name)}{_paragraphs(field)}"
        yield ""
        if isinstance(value, Attestation):
            yield from _attestation(value, field)
        elif isinstance(value, Model):
            yield from _fields(value, depth + 1, not_asked_within(name, value, not_asked))
        else:
            yield from _rows(cast("tuple[Model, ...]", value), depth)


def _is_part(field: FieldInfo) -> bool:
    """Whether a field is a part that a report need not have."""
    kinds: tuple[Any, ...] = get_args(field.annotation)
    return completed_by(field) is None and any(isinstance(kind, type) and issubclass(kind, Model) for kind in kinds)


def _attestation(made: Attestation, field: FieldInfo) -> Iterator[str]:
    says = (field.description or "").partition(": ")[2]
    yield f"Attested: {says}."
    yield ""
    yield f"- {_shown(made.attested, asked=True)}"
    yield f"- by: {_shown(made.name, asked=True)}, {_shown(made.title, asked=True)}"
    yield f"- on: {_shown(made.on, asked=True)}"
    yield ""


def _is_rows(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(member, Model) for member in cast("tuple[object, ...]", value))


def _rows(rows: tuple[Model, ...], depth: int) -> Iterator[str]:
    fields = type(rows[0]).model_fields
    parted = any(isinstance(value, Model) or _is_rows(value) for row in rows for value in vars(row).values())
    if not parted and len(fields) <= _WIDEST:
        yield from _table([(_label(name) + _paragraphs(field), name) for name, field in fields.items()], rows)
        yield ""
        return
    for place, row in enumerate(rows, start=1):
        yield f"{'#' * min(depth + 2, _DEEPEST)} {place}"
        yield ""
        yield from _fields(row, depth + 2, row.not_asked())


def _table(columns: list[tuple[str, str]], rows: tuple[Model, ...]) -> Iterator[str]:
    yield f"| {' | '.join(title for title, _ in columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        fields, skipped = type(row).model_fields, row.not_asked()
        cells = (
            _shown(getattr(row, name), asked=completed_by(fields[name]) is not None and name not in skipped)
            for _, name in columns
        )
        yield f"| {' | '.join(cells)} |"


def _shown(value: Any, *, asked: bool) -> str:
    match value:
        case None:
            return _BLANK if asked else _UNKNOWN
        case bool():
            return "yes" if value else "no"
        case str():
            return escaped(value)
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case tuple():
            return "; ".join(_shown(member, asked=asked) for member in cast("tuple[object, ...]", value)) or "none"
        case _:
            return escaped(str(value))


def _label(name: str) -> str:
    text = " ".join(_ACRONYMS.get(word, word) for word in name.split("_"))
    return f"{text[0].upper()}{text[1:]}"


def _paragraphs(field: FieldInfo) -> str:
    found = cited(field)
    if not found:
        return ""
    more = " ..." if len(found) > _LISTED_PARAGRAPHS else ""
    return f" (§ {', '.join(found[:_LISTED_PARAGRAPHS])}{more})"
