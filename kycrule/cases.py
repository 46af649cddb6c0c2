"""Scenario files: facts and expected answers in TOML, run on any engine.

A case reads like a lawyer's hypothetical; see ``docs/reference/case-files.md`` for its fields.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from kycrule.determine import determine, outcomes
from kycrule.errors import DefinitionError, InputError, RecordError
from kycrule.findings import Determination, Outcome
from kycrule.readings import Readings, named
from kycrule.records import Customer, Provider

_FIELDS: Final = frozenset(
    {"name", "cites", "as_of", "provider", "providers", "customer", "readings", "expect", "note"}
)
_ANSWERS: Final = frozenset(Determination.__dataclass_fields__) - {"_account", "findings"}
_EXPECTED: Final = _ANSWERS | {"findings", "not_findings", "outcomes", "owner_outcomes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario with what is expected of it."""

    name: str
    source: str
    as_of: date
    customer: Customer
    provider: Provider | None
    providers: tuple[Provider, ...]
    readings: Readings
    expect: dict[str, Any]

    @property
    def serving(self) -> Provider:
        """The provider that serves the customer."""
        if self.provider is not None:
            return self.provider
        known = {provider.id: provider for provider in self.providers}
        return known[self.customer.served_by] if self.customer.served_by else next(iter(known.values()))

    def determine(self) -> Determination:
        """The answer of the engine for one record."""
        return determine(
            self.customer,
            provider=self.serving,
            providers=self.providers,
            as_of=self.as_of,
            readings=self.readings,
        )

    def complaints(self, answer: Determination) -> list[str]:
        """What differs between an answer and what is expected; empty if nothing does."""
        return list(self._complaints(answer))

    def _complaints(self, answer: Determination) -> Iterator[str]:
        found = {finding.code for finding in answer.findings}
        for name, expected in self.expect.items():
            match name:
                case "findings":
                    absent = sorted(set(expected) - found)
                    if absent:
                        yield f"findings: expected {', '.join(absent)}, found {', '.join(sorted(found)) or 'none'}"
                case "not_findings":
                    present = sorted(set(expected) & found)
                    if present:
                        yield f"not_findings: found {', '.join(present)}"
                case "outcomes" | "owner_outcomes":
                    yield from self._of_rules(name, expected)
                case _:
                    actual = _shown(getattr(answer, name))
                    if actual != _shown(expected):
                        yield f"{name}: expected {_shown(expected)}, got {actual}"

    def _of_rules(self, name: str, expected: Mapping[str, Any]) -> Iterator[str]:
        told = outcomes(
            self.customer,
            provider=self.serving,
            providers=self.providers,
            as_of=self.as_of,
            readings=self.readings,
        )
        subjects = {self.customer.account_id: expected} if name == "outcomes" else expected
        for subject, rules in subjects.items():
            for code, outcome in rules.items():
                actual = told.get(subject, {}).get(code)
                if actual != Outcome(outcome):
                    yield f"{name}: expected {code} of {subject} to be {outcome}, got {actual}"


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a TOML file, in order.

    Raises:
        InputError: the file cannot be read, or a case is not well formed.
    """
    try:
        with path.open("rb") as stream:
            content = tomllib.load(stream)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise InputError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path.name} is not valid TOML: {type(error).__name__}."
        raise InputError(message) from None
    return tuple(_case(fields, path.name, place) for place, fields in enumerate(content.get("case", ()), start=1))


def _case(fields: dict[str, Any], source: str, place: int) -> Case:
    label = f"{source}, case {place}"
    unknown = sorted(set(fields) - _FIELDS) + sorted(set(fields.get("expect", ())) - _EXPECTED)
    if unknown:
        message = f"{label} has unknown fields: {', '.join(unknown)}."
        raise InputError(message)
    missing = sorted({"name", "as_of", "customer", "expect"} - set(fields))
    if missing:
        message = f"{label} lacks {', '.join(missing)}."
        raise InputError(message)
    try:
        return Case(
            name=fields["name"],
            source=label,
            as_of=fields["as_of"],
            customer=Customer.read(_known(fields["customer"])),
            provider=Provider.read(_known(fields["provider"])) if "provider" in fields else None,
            providers=tuple(Provider.read(_known(provider)) for provider in fields.get("providers", ())),
            readings=named(fields.get("readings", {})),
            expect=fields["expect"],
        )
    except (RecordError, DefinitionError) as error:
        message = f"{label} ({fields['name']}): {error}"
        raise InputError(message) from None


def _known(value: Any) -> Any:
    """The same fields without those that a case marks as unknown."""
    if isinstance(value, dict):
        return {name: _known(inner) for name, inner in value.items() if inner != "unknown"}
    return [_known(inner) for inner in value] if isinstance(value, list) else value


def _shown(value: Any) -> Any:
    match value:
        case None:
            return "unknown"
        case tuple() | list():
            return [_shown(inner) for inner in value]
        case str():
            return str(value)
        case _ if hasattr(value, "kind") and hasattr(value, "due"):
            return {"kind": value.kind, "due": _shown(value.due)}
        case _:
            return value


def passes(cases: Iterable[Case]) -> Iterator[tuple[Case, list[str]]]:
    """Each case with its complaints on the engine for one record."""
    for case in cases:
        yield case, case.complaints(case.determine())
