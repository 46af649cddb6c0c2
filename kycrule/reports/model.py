"""What every report is made of: items that cite their paragraph, attestations, and what is still to be done.

A report is a frozen model. An item that the run knows is filled in; any other is ``None`` and listed in
``to_complete``. What a person must say is never said here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar, Final, Literal, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from kycrule.status import status

BEARER: Final = "{bearer}"
"""Stands, in the meaning of ``by``, for whoever the report is about."""

CITES: Final = "x-cites"
COMPLETED_BY: Final = "x-completed-by"


class Model(BaseModel):
    """The base of all that stands in a report: frozen, strict, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    def not_asked(self) -> frozenset[str]:
        """The items that are not asked for, given the others; ``part.item`` names one of a part."""
        return frozenset()


def not_asked_within(name: str, part: Model, skipped: frozenset[str]) -> frozenset[str]:
    """The items of a part that are not asked for, given what the whole says of it."""
    if name in skipped:
        return frozenset(type(part).model_fields)
    above = {item.removeprefix(f"{name}.") for item in skipped if item.startswith(f"{name}.")}
    return part.not_asked() | above


def item(cites: str | tuple[str, ...], says: str, *, by: str | None = BEARER, default: Any = None) -> Any:
    """A field of a report that stands for a paragraph.

    Args:
        cites: the paragraph or paragraphs.
        says: what it is, in our own words.
        by: who fills it in where it is blank; None if nobody has to.
        default: what it is until it is known.
    """
    paragraphs = [cites] if isinstance(cites, str) else list(cites)
    return Field(
        default=default,
        description=f"{', '.join(f'§ {paragraph}' for paragraph in paragraphs)}: {says}",
        json_schema_extra={CITES: list(paragraphs), COMPLETED_BY: by},
    )


def cited(field: FieldInfo) -> tuple[str, ...]:
    """The paragraphs that a field of a report stands for."""
    extra = field.json_schema_extra
    return tuple(cast("list[str]", extra[CITES])) if isinstance(extra, dict) and CITES in extra else ()


def completed_by(field: FieldInfo) -> str | None:
    """Who fills in a field of a report where it is blank; None if nobody has to."""
    extra = field.json_schema_extra
    return cast("str | None", extra[COMPLETED_BY]) if isinstance(extra, dict) and COMPLETED_BY in extra else None


class Attestation(Model):
    """A statement that a person makes, or does not make.

    A file that a person has filled in is read; a value given in code is refused.
    """

    attested: bool | None = Field(default=None, description="Whether the person says so; null until then.")
    name: str | None = Field(default=None, description="The name of the person.")
    title: str | None = Field(default=None, description="The title of the person.")
    on: date | None = Field(default=None, description="The day of the statement.")

    @model_validator(mode="after")
    def _is_made_by_a_person(self, info: ValidationInfo) -> Self:
        if info.mode != "json" and any(getattr(self, name) is not None for name in type(self).model_fields):
            # A literal type and message are what pydantic asks for.
            kind, message = "attestation", "An attestation is given by a person, in the file; no program gives one."
            raise PydanticCustomError(kind, message)
        return self


class About(Model):
    """What the report rests on."""

    status: str = Field(description="Where the rule stands in law.")
    in_force: Literal[False] = Field(default=False, description="The rule was never in force.")
    citation: str = Field(description="Where the proposed text was published.")
    kycrule: str = Field(description="The version of kycrule that made the run and the report.")
    rule_version: str = Field(description="The identity of the text modelled.")
    as_of: date = Field(description="The day as of which the run was asked.")
    readings: dict[str, str] = Field(description="The choices for the open questions of the rule.")
    manifest_sha256: str = Field(description="The SHA-256 of the run's manifest.json.")


class ToComplete(Model):
    """Something that a person must still fill in or sign."""

    item: str = Field(description="Where it stands in the report; [] stands for each member of a list.")
    cites: str = Field(description="The paragraph that asks for it.")
    by: str = Field(description="Who fills it in, or signs.")
    times: int = Field(description="In how many places it is blank.")


class Report(Model):
    """The base of all reports."""

    TITLE: ClassVar[str]
    CITES: ClassVar[str]
    BEARER: ClassVar[str] = "the provider"

    report: str = Field(description="The kind of report.")
    about: About = Field(description="What the report rests on.")
    notes: tuple[str, ...] = Field(default=(), description="What a reader should know before relying on it.")
    to_complete: tuple[ToComplete, ...] = Field(default=(), description="Who must still fill in or sign what.")


def about(*, kycrule: str, rule_version: str, as_of: date, readings: dict[str, str], manifest_sha256: str) -> About:
    """The block that says what a report rests on, with what the rule is today."""
    law = status()
    return About(
        status=law.summary,
        citation=law.citation,
        kycrule=kycrule,
        rule_version=rule_version,
        as_of=as_of,
        readings=readings,
        manifest_sha256=manifest_sha256,
    )


R = TypeVar("R", bound=Report)


def finished(report: R) -> R:
    """The report with the list of what is still to be completed, worked out from it."""
    return report.model_copy(update={"to_complete": to_complete(report)})


def to_complete(report: Report) -> tuple[ToComplete, ...]:
    """What a report still lacks, worked out from what stands in it; also from one that a person has filled in."""
    counts = Counter(_blanks(report, "", (), report.not_asked()))
    return tuple(
        ToComplete(item=place, cites=cites, by=by.replace(BEARER, report.BEARER), times=times)
        for (place, cites, by), times in counts.items()
    )


def _blanks(model: Model, path: str, above: tuple[str, ...], skipped: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    if isinstance(model, Attestation):
        if model.attested is None or model.name is None or model.on is None:
            yield path.removesuffix("."), ", ".join(above), f"a person who may sign for {BEARER}"
        return
    for name, field in type(model).model_fields.items():
        value: Any = getattr(model, name)
        cites = cited(field) or above
        if isinstance(value, Model):
            yield from _blanks(value, f"{path}{name}.", cites, not_asked_within(name, value, skipped))
        elif isinstance(value, tuple):
            for member in cast("tuple[object, ...]", value):
                if isinstance(member, Model):
                    yield from _blanks(member, f"{path}{name}[].", cites, not_asked_within(name, member, skipped))
        elif value is None and name not in skipped and (by := completed_by(field)) is not None:
            yield f"{path}{name}", ", ".join(cites), by
