"""Scenario files: facts and expected answers in TOML, run on any engine.

A case reads like a lawyer's hypothetical; see ``docs/reference/case-files.md`` for its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

from kycrule.config import Setting
from kycrule.determine import determine, outcomes
from kycrule.errors import DefinitionError, InputError, RecordError
from kycrule.findings import Determination, Outcome, ProviderDetermination, ReportDue
from kycrule.law import SUBPART_D
from kycrule.nearest import listed
from kycrule.readings import Readings, named
from kycrule.records import Customer, Provider, Reseller, SpecialMeasure, TrainingTransaction
from kycrule.standing import determine_provider, standing_outcomes
from kycrule.toml import read_toml

_FIELDS: Final = frozenset(
    {
        "name",
        "cites",
        "as_of",
        "provider",
        "providers",
        "resellers",
        "special_measures",
        "customer",
        "training",
        "readings",
        "expect",
        "note",
    }
)
_TYPES: Final = {
    "name": str,
    "as_of": date,
    "customer": dict,
    "training": list,
    "resellers": list,
    "special_measures": list,
    "provider": dict,
    "providers": list,
    "readings": dict,
    "expect": dict,
}
_ANSWERS: Final = frozenset(Determination.__dataclass_fields__) - {"_account", "findings"}
_OUTCOMES: Final = ("owner_outcomes", "transaction_outcomes", "standing_outcomes")
_EXPECTED: Final = _ANSWERS | {"findings", "not_findings", "outcomes", *_OUTCOMES, "standing_reports_due"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine says of a case.

    Attributes:
        account: of the account.
        providers: of each provider in the case and of its resellers.
    """

    account: Determination
    providers: tuple[ProviderDetermination, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario with what is expected of it."""

    name: str
    source: str
    as_of: date
    customer: Customer
    provider: Provider | None
    providers: tuple[Provider, ...]
    training: tuple[TrainingTransaction, ...]
    resellers: tuple[Reseller, ...]
    special_measures: tuple[SpecialMeasure, ...]
    readings: Readings
    expect: dict[str, Any]

    @property
    def serving(self) -> Provider:
        """The provider that serves the customer."""
        if self.provider is not None:
            return self.provider
        known = {provider.id: provider for provider in self.providers}
        return known[self.customer.served_by] if self.customer.served_by else next(iter(known.values()))

    @property
    def setting(self) -> Setting:
        """Who serves, with whom, and under which special measures; each reseller has its provider."""
        own = {provider.id: provider for provider in (*self.providers, self.serving)}
        setting = Setting(
            providers=tuple(own.values()), resellers=self.resellers, special_measures=self.special_measures
        )
        return replace(setting, resellers=setting.supplied())

    def determine(self) -> Answer:
        """The answer of the engine for one record."""
        setting = self.setting
        return Answer(
            account=determine(
                self.customer,
                provider=self.serving,
                providers=self.providers,
                training=self.training,
                special_measures=self.special_measures,
                as_of=self.as_of,
                readings=self.readings,
            ),
            providers=tuple(
                determine_provider(
                    provider,
                    providers=setting.providers,
                    resellers=setting.resellers,
                    as_of=self.as_of,
                    readings=self.readings,
                )
                for provider in setting.providers
            ),
        )

    def complaints(self, answer: Answer) -> list[str]:
        """What differs between an answer and what is expected; empty if nothing does."""
        return list(self._complaints(answer))

    def _complaints(self, answer: Answer) -> Iterator[str]:
        found = {finding.code for finding in answer.account.findings}
        found |= {finding.code for provider in answer.providers for finding in provider.findings}
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
                case "outcomes" | "owner_outcomes" | "transaction_outcomes" | "standing_outcomes":
                    yield from self._of_rules(name, expected)
                case _:
                    if name == "standing_reports_due":
                        actual = _shown([due for one in answer.providers for due in one.reports_due])
                    else:
                        actual = _shown(getattr(answer.account, name))
                    if actual != _shown(expected):
                        yield f"{name}: expected {_shown(expected)}, got {actual}"

    def _of_rules(self, name: str, expected: Mapping[str, Any]) -> Iterator[str]:
        told = self._standing() if name == "standing_outcomes" else self._outcomes()
        subjects = {self.customer.account_id: expected} if name == "outcomes" else expected
        for subject, rules in subjects.items():
            for code, outcome in rules.items():
                actual = told.get(subject, {}).get(code)
                if actual != Outcome(outcome):
                    yield f"{name}: expected {code} of {subject} to be {outcome}, got {actual}"

    def _outcomes(self) -> dict[str, dict[str, Outcome]]:
        return outcomes(
            self.customer,
            provider=self.serving,
            providers=self.providers,
            training=self.training,
            special_measures=self.special_measures,
            as_of=self.as_of,
            readings=self.readings,
        )

    def _standing(self) -> dict[str, dict[str, Outcome]]:
        setting = self.setting
        return {
            subject: told
            for provider in setting.providers
            for subject, told in standing_outcomes(
                provider,
                providers=setting.providers,
                resellers=setting.resellers,
                as_of=self.as_of,
                readings=self.readings,
            ).items()
        }


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a TOML file, in order.

    Raises:
        InputError: the file cannot be read, or a case is not well formed.
    """
    try:
        content = read_toml(path)
    except DefinitionError as error:
        raise InputError(str(error)) from None
    cases: Any = content.pop("case", [])
    tables = cast("list[dict[str, Any]]", cases)
    if content or not isinstance(cases, list) or {type(fields) for fields in tables} - {dict}:
        message = f"{path.name} holds something other than [[case]] tables: write each case under [[case]]."
        raise InputError(message)
    return tuple(_case(fields, path.name, place) for place, fields in enumerate(tables, start=1))


def _case(fields: dict[str, Any], source: str, place: int) -> Case:
    label = f"{source}, case {place}"
    mistyped = sorted(name for name, kind in _TYPES.items() if name in fields and type(fields[name]) is not kind)
    if mistyped:
        message = f"{label}: {', '.join(mistyped)} not in form. See docs/reference/case-files.md."
        raise InputError(message)
    unknown = [
        told
        for words, known in ((fields, _FIELDS), (fields.get("expect", ()), _EXPECTED))
        if (told := listed(sorted(set(words) - known), sorted(known)))
    ]
    if unknown:
        message = f"{label} has unknown fields: {', '.join(unknown)}."
        raise InputError(message)
    missing = sorted({"name", "as_of", "customer", "expect"} - set(fields))
    if missing:
        message = f"{label} lacks {', '.join(missing)}."
        raise InputError(message)
    if ("provider" in fields) == bool(fields.get("providers")):
        message = f"{label} needs either provider or providers."
        raise InputError(message)
    unknown = sorted(_strange(fields["expect"]))
    if unknown:
        message = f"{label} expects what no rule gives: {', '.join(unknown)}."
        raise InputError(message)
    try:
        case = Case(
            name=fields["name"],
            source=label,
            as_of=fields["as_of"],
            customer=Customer.read(_known(fields["customer"])),
            provider=Provider.read(_known(fields["provider"])) if "provider" in fields else None,
            providers=tuple(Provider.read(_known(provider)) for provider in fields.get("providers", ())),
            training=tuple(TrainingTransaction.read(_known(each)) for each in fields.get("training", ())),
            resellers=tuple(Reseller.read(_known(each)) for each in fields.get("resellers", ())),
            special_measures=tuple(SpecialMeasure.read(_known(each)) for each in fields.get("special_measures", ())),
            readings=named(fields.get("readings", {})),
            expect=fields["expect"],
        )
    except (RecordError, DefinitionError) as error:
        message = f"{label} ({fields['name']}): {error}"
        raise InputError(message) from None
    if case.provider is None and case.customer.served_by not in {None, *(provider.id for provider in case.providers)}:
        message = f"{label}: served_by names a provider that is not among its providers."
        raise InputError(message)
    try:
        case.setting.supplied()
    except DefinitionError as error:
        message = f"{label}: {error}"
        raise InputError(message) from None
    return case


def _strange(expect: Mapping[str, Any]) -> Iterator[str]:
    """The rules and outcomes that are expected and do not exist, each with what it may have meant."""
    codes = [rule.code for rule in SUBPART_D.rules]
    for name in ("findings", "not_findings"):
        yield from (listed([code], codes) for code in set(expect.get(name, ())).difference(codes))
    of_rows = (rules for name in _OUTCOMES for rules in expect.get(name, {}).values())
    for rules in (expect.get("outcomes", {}), *of_rows):
        for code, outcome in rules.items():
            if code not in codes:
                yield listed([code], codes)
            elif outcome not in list(Outcome):
                yield f"{code} = {listed([str(outcome)], Outcome)}"


def _known(value: Any) -> Any:
    """The same fields without those that a case marks as unknown."""
    if isinstance(value, dict):
        return {name: _known(inner) for name, inner in cast("dict[str, Any]", value).items() if inner != "unknown"}
    if isinstance(value, list):
        return [_known(inner) for inner in cast("Iterable[Any]", value)]
    return value


def _shown(value: Any) -> Any:
    match value:
        case None:
            return "unknown"
        case tuple() | list():
            return [_shown(inner) for inner in cast("Iterable[Any]", value)]
        case str():
            return str(value)
        case ReportDue(opens=date() as opens):
            return {"kind": value.kind, "opens": opens, "due": _shown(value.due)}
        case ReportDue():
            return {"kind": value.kind, "due": _shown(value.due)}
        case _:
            return value
