"""The answers of an engine for whole tables as objects: its result tables read back, for small runs and for cases."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

from kycrule import cells, intake
from kycrule.binding import Lists
from kycrule.cases import Answer, Case
from kycrule.determine import program
from kycrule.engines.duckdb import Engine
from kycrule.errors import EngineError
from kycrule.findings import Determination, Disposition, Finding, ProviderDetermination, ReportDue
from kycrule.intake import Inputs, cells_of
from kycrule.judged import finding
from kycrule.law import SUBPART_D
from kycrule.measures import in_force
from kycrule.outputs import RunFolder, run_folder
from kycrule.readings import Readings
from kycrule.records import Provider, Record, Reseller, Stake, TrainingTransaction
from kycrule.standing import standing

_OF_PROVIDERS: Final = -2
_OF_RESELLERS: Final = -1
_PLACE: Final = re.compile("^[0-9]+:")


def determine_cases(cases: Sequence[Case]) -> list[Answer]:
    """The answers of DuckDB for cases, through the same intake as a file's.

    Args:
        cases: scenarios, each with its own provider; those that agree on date, readings and special measures
            run together.
    """
    groups: dict[tuple[date, Readings, Lists], list[int]] = {}
    for place, case in enumerate(cases):
        # Lists that name Accounts speak of the case's own.
        lists = in_force((_placed(each, place, "accounts") for each in case.special_measures), case.as_of)
        groups.setdefault((case.as_of, case.readings, lists), []).append(place)
    answers: dict[int, Answer] = {}
    for run, places in groups.items():
        with run_folder(None) as folder:
            engine = Engine(folder.workspace)
            try:
                own = {place: cases[place] for place in places}
                answers |= _answers(engine, folder, own, run)
            finally:
                engine.close()
    return [answers[place] for place in range(len(cases))]


def _answers(
    engine: Engine, folder: RunFolder, cases: Mapping[int, Case], run: tuple[date, Readings, Lists]
) -> dict[int, Answer]:
    as_of, readings, lists = run
    path, training = folder.file("customers.jsonl"), folder.file("training.csv")
    providers: list[Provider] = []
    resellers: list[Reseller] = []
    with path.open("w", encoding="utf-8") as stream, training.open("w", encoding="utf-8", newline="") as transactions:
        keep = csv.writer(transactions).writerow
        keep([column.name for column in TrainingTransaction.columns()])
        for place, case in cases.items():
            # Each case is a world of its own: its place stands before every identifier.
            serving = case.serving
            setting = case.setting
            providers += [_placed(provider, place, "id", "parent", "resells_for") for provider in setting.providers]
            resellers += [_placed(reseller, place, "id", "supplied_by") for reseller in setting.resellers]
            stakes = tuple(_placed_stake(stake, place, case.customer.account_id) for stake in case.customer.stakes)
            customer = case.customer.model_copy(update={"served_by": serving.id, "stakes": stakes})
            placed = _placed(customer, place, "account_id", "served_by")
            stream.write(placed.model_dump_json(exclude_none=True) + "\n")
            for each in case.training:
                transaction = each.model_copy(update={"account_id": case.customer.account_id})
                keep(cells_of(_placed(transaction, place, "transaction_id", "account_id"), cells.SEPARATOR))
    inputs = Inputs(customers=str(path), training=str(training), format="jsonl")
    accounts = intake.load(engine, inputs, folder.workspace, [provider.id for provider in providers]).accounts
    engine.load_providers(providers)
    engine.load_resellers(resellers)
    engine.judge(program(readings, lists), as_of)
    engine.judge_standing(standing(readings), as_of)
    intake.add_up(accounts, engine.determined())
    if any(account.quarantined for account in accounts):
        message = "A record of a case was not read back as it was written; this is a defect of kycrule."
        raise EngineError(message)
    of_providers: dict[int, list[ProviderDetermination]] = {}
    for told in provider_determinations(engine, providers, resellers, as_of, readings):
        prefix, _, provider_id = told.provider_id.partition(":")
        of_providers.setdefault(int(prefix), []).append(replace(_unplaced(told), provider_id=provider_id))
    return {
        place: Answer(account=replace(_unplaced(answer), account_id=account_id), providers=tuple(of_providers[place]))
        for answer in determinations(engine, as_of, readings)
        for prefix, _, account_id in (answer.account_id.partition(":"),)
        for place in (int(prefix),)
    }


_R = TypeVar("_R", bound=Record)


def _placed(record: _R, place: int, *names: str) -> _R:
    update: dict[str, Any] = {}
    for name in names:
        value = getattr(record, name)
        if value is not None:
            update[name] = tuple(f"{place}:{one}" for one in value) if name == "accounts" else f"{place}:{value}"
    return record.model_copy(update=update)


def _placed_stake(stake: Stake, place: int, account_id: str) -> Stake:
    # Holders are no identifiers of ours, but where they name the customer they must go on doing so.
    return _placed(stake, place, *(name for name in ("holder", "held") if getattr(stake, name) == account_id))


_A = TypeVar("_A", Determination, ProviderDetermination)


def _unplaced(answer: _A) -> _A:
    findings = tuple(replace(found, subject=_PLACE.sub("", found.subject)) for found in answer.findings)
    reports = tuple(
        replace(report, subject=report.subject and _PLACE.sub("", report.subject)) for report in answer.reports_due
    )
    return replace(answer, findings=findings, reports_due=reports)


def determinations(engine: Engine, as_of: date, readings: Readings) -> Iterator[Determination]:
    """The answers in an engine's result tables, in the order of the records; for small runs and for tests."""
    rules, dues = dict(enumerate(SUBPART_D.rules)), dict(enumerate(SUBPART_D.reports))
    findings: dict[int, list[Finding]] = {}
    for record, rule, subject, violated, missing, by in engine.execute(
        "SELECT record, rule, subject, violated, missing, due_on FROM findings ORDER BY record, place, rule"
    ):
        found = finding(rules[rule], subject, tuple(missing), violated=violated, due=by)
        findings.setdefault(record, []).append(found)
    reports: dict[int, list[ReportDue]] = {}
    for record, report, by, subject in engine.execute(
        "SELECT record, report, due_on, subject FROM due ORDER BY record, place, report"
    ):
        due = dues[report]
        reports.setdefault(record, []).append(ReportDue(kind=due.kind, cites=due.cites, due=by, subject=subject))
    for row in engine.execute(
        "SELECT record, account_id, disposition, basis, foreign_customer, foreign_owner, foreign_reseller, turns_on, "
        "retain_until FROM determinations ORDER BY record"
    ):
        record, account_id, disposition, basis, customer, owner, reseller, turns_on, retain_until = row
        yield Determination(
            account_id=account_id,
            as_of=as_of,
            rule_version=SUBPART_D.version,
            readings=readings.changed(),
            disposition=Disposition(disposition),
            basis=basis,
            foreign_customer=customer,
            foreign_owner=owner,
            foreign_reseller=reseller,
            turns_on=tuple(turns_on),
            findings=tuple(findings.get(record, ())),
            reports_due=tuple(reports.get(record, ())),
            retain_until=retain_until,
        )


def provider_determinations(
    engine: Engine,
    providers: Sequence[Provider],
    resellers: Sequence[Reseller],
    as_of: date,
    readings: Readings,
) -> Iterator[ProviderDetermination]:
    """The answers in an engine's result tables about providers and their resellers, in the order of the providers."""
    rules, dues = dict(enumerate(SUBPART_D.rules)), dict(enumerate(SUBPART_D.reports))
    findings: dict[tuple[int, int], list[Finding]] = {}
    for record, place, rule, subject, violated, missing, by in engine.execute(
        "SELECT record, place, rule, subject, violated, missing, due_on FROM standing_findings "
        "ORDER BY record, place, rule"
    ):
        told = finding(rules[rule], subject, tuple(missing), violated=violated, due=by)
        findings.setdefault((record, place), []).append(told)
    reports: dict[tuple[int, int], list[ReportDue]] = {}
    for record, place, report, subject, by, opens in engine.execute(
        "SELECT record, place, report, subject, due_on, opens_on FROM standing_due ORDER BY record, place, report"
    ):
        due = dues[report]
        told_due = ReportDue(kind=due.kind, cites=due.cites, due=by, opens=opens, subject=subject)
        reports.setdefault((record, place), []).append(told_due)
    for place, provider in enumerate(providers):
        supplied = [index for index, reseller in enumerate(resellers) if reseller.supplied_by == provider.id]
        own = [(_OF_PROVIDERS, place), *((_OF_RESELLERS, index) for index in supplied)]
        yield ProviderDetermination(
            provider_id=provider.id,
            as_of=as_of,
            rule_version=SUBPART_D.version,
            readings=readings.changed(),
            findings=tuple(found for key in own for found in findings.get(key, ())),
            reports_due=tuple(due for key in own for due in reports.get(key, ())),
        )
