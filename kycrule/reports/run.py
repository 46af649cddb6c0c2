"""A run folder, read back: checked against its manifest, with its records. All SQL of reports stands here."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from kycrule import formulas, kept
from kycrule.config import Setting
from kycrule.determine import dispositions_only
from kycrule.engines import sql
from kycrule.engines.duckdb import Engine
from kycrule.engines.trace import World
from kycrule.errors import EngineError, InputError, ReportError
from kycrule.expr import Subject
from kycrule.findings import Finding, Outcome
from kycrule.law import SUBPART_D, s304_certification
from kycrule.law.s301_definitions import foreign_beneficial_owner
from kycrule.literals import quoted
from kycrule.outputs import MANIFEST, SUMMARY, sha256
from kycrule.readings import Readings, named
from kycrule.records import JUDGED, NOBODY, Access, BeneficialOwner, Customer, Provider, Record, TrainingTransaction
from kycrule.reports.model import About, about
from kycrule.saved import Saved
from kycrule.truth import Truth
from kycrule.version import __version__

R = TypeVar("R", bound=Record)

_TIME: Final = """strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ') AS "at\""""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the run determined about one account."""

    disposition: str
    basis: str
    foreign_customer: Truth
    foreign_owner: Truth
    foreign_reseller: Truth
    turns_on: tuple[str, ...]
    findings: tuple[str, ...]
    reports_due: tuple[str, ...]
    retain_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How many accounts a provider serves."""

    accounts: int
    closed: int
    first_foreign_account_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """An account of a foreign customer whose identity is not verified."""

    account_id: str
    opened_on: date | None
    verification_plan: str | None
    account_nature: str | None
    deprovision_on: date | None


class Run:
    """A finished run.

    Args:
        path: the run folder.
        key: the file of a key, if the run is sealed.

    Attributes:
        files: the names of the files that it holds, as they are when they are not sealed.
        plain: gives where such a file can be read, as it was before it was sealed.
        as_of: the day as of which it was asked.
        readings: the choices for the open questions of the rule.
        about: what a report made from it rests on.
        quarantined: rows of customers that were not determined.

    Raises:
        InputError: there is no run, or a file is not what its manifest says.
        ReportError: another version of kycrule made it.
    """

    def __init__(self, path: str | Path, key: str | Path | None = None) -> None:
        self._saved = Saved(path, key)
        try:
            self._begin(self._saved.manifest)
        except BaseException:
            self._saved.close()
            raise

    def _begin(self, manifest: dict[str, Any]) -> None:
        if (manifest["kycrule"], manifest["rule_version"]) != (__version__, SUBPART_D.version):
            message = "Another version of kycrule made this run; run kycrule check again, then the report."
            raise ReportError(message)
        self.files = self._saved.files
        self.plain = self._saved.plain
        self._raw_csv = bool(manifest["raw_csv"])
        self.as_of = date.fromisoformat(manifest["as_of"])
        self.readings: Readings = named(manifest["readings"])
        self.quarantined = int(manifest["rows"]["quarantined"])
        self.about: About = about(
            kycrule=__version__,
            rule_version=SUBPART_D.version,
            as_of=self.as_of,
            readings=self.readings.all(),
            manifest_sha256=sha256(self.plain(MANIFEST)),
        )
        self._engine: Engine | None = None

    def close(self) -> None:
        """Let go of the engine and of what it put aside."""
        if self._engine is not None:
            self._engine.close()
        self._saved.close()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of ``summary.json``.

        Raises:
            InputError: the run has none that can be read.
        """
        try:
            summary: dict[str, Any] = json.loads((self.plain(SUMMARY)).read_text("utf-8"))
        except (OSError, ValueError):
            message = f"The {SUMMARY} of the run cannot be read."
            raise InputError(message) from None
        return summary

    # Who serves -----------------------------------------------------------------------------------

    @cached_property
    def setting(self) -> Setting:
        """Who serves the accounts, as given to the run.

        Raises:
            ReportError: the run kept no records.
        """
        self._needs_records()
        return kept.kept_setting(self.plain(kept.SETTING))

    def world(self, provider: Provider, customer: Customer | None = None) -> World:
        """What conditions of the law may ask about a provider, and about an account that it serves."""
        known = {other.id: other for other in self.setting.providers}
        records: dict[Subject, Any] = {
            Subject.PROVIDER: provider,
            Subject.UPSTREAM: known.get(provider.resells_for or "", NOBODY),
            Subject.PARENT: known.get(provider.parent or "", NOBODY),
        }
        unread: frozenset[str] = frozenset()
        if customer is not None:
            records[Subject.CUSTOMER] = customer
            unread = self.unread(customer.account_id)
        return World(records=records, as_of=self.as_of, readings=self.readings, unread=unread, subject=Subject.PROVIDER)

    def serving(self, customer: Customer) -> Provider:
        """The provider that serves an account; of an unnamed one nothing is known."""
        return next((known for known in self.setting.providers if known.id == customer.served_by), NOBODY)

    # Counts ---------------------------------------------------------------------------------------

    def served(self, provider: str) -> Served:
        """How many accounts a provider serves."""
        day = f"DATE '{self.as_of}'"
        [(accounts, closed, first)] = self._rows(
            f"SELECT count(*), count(*) FILTER (c.closed_on <= {day}), "
            "min(c.opened_on) FILTER (d.foreign_customer) FROM customers AS c "
            f"JOIN determinations AS d ON d.account_id = c.account_id WHERE c.served_by = {quoted(provider)}"
        )
        return Served(accounts=accounts, closed=closed, first_foreign_account_on=first)

    def unverified(self, provider: str) -> list[Unverified]:
        """The accounts that the run lists for § 7.304(a)(2)(ix), in the order of the records."""
        listed = ("account_id", "opened_on", "verification_plan", "account_nature", "deprovision_on")
        rows = self._rows(
            f"SELECT {', '.join(f'c.{name}' for name in listed)} FROM customers AS c "
            "JOIN determinations AS d ON d.account_id = c.account_id "
            f"WHERE c.served_by = {quoted(provider)} AND {self._listed()} ORDER BY c.file_row_number"
        )
        return [Unverified(**dict(zip(listed, row, strict=True))) for row in rows]

    def perhaps_unverified(self, provider: str) -> int:
        """How many accounts might have to be listed for § 7.304(a)(2)(ix) if more were known."""
        return self._number(
            "SELECT count(*) FROM customers AS c JOIN determinations AS d ON d.account_id = c.account_id "
            f"WHERE c.served_by = {quoted(provider)} AND d.disposition IN ('covered', 'undetermined') "
            f"AND d.foreign_customer IS NOT FALSE AND c.identity_verified IS NOT TRUE AND NOT {self._listed()}"
        )

    def foreign_owners(self, provider: str) -> tuple[list[tuple[str | None, int]], int]:
        """The foreign beneficial owners of a provider's customers: how many in each country, and how many perhaps."""
        bound = dispositions_only(self.readings)
        [key] = [term.key for term in bound.terms if term.definition is foreign_beneficial_owner] or [""]
        [judged] = [query for query in sql.queries(bound, self.as_of) if query.name == "owner_terms"]
        if not key:
            message = "The owners of customers cannot be judged again; this is a defect of kycrule."
            raise EngineError(message)
        rows = self._rows(
            f"SELECT COALESCE(o.located_in, o.country) AS place, count(*) FILTER (t.{key}), "
            f"count(*) FILTER (t.{key} IS NULL) FROM ({judged.text}) AS t "
            "JOIN owners AS o ON o.owner_pos = t.owner_pos JOIN customers AS c ON c.account_id = o.account_id "
            f"WHERE c.served_by = {quoted(provider)} GROUP BY place ORDER BY place NULLS LAST"
        )
        return [(place, yes) for place, yes, _ in rows if yes], sum(perhaps for _, _, perhaps in rows)

    def reseller_accounts(self, provider: str) -> list[tuple[str, str | None, str | None]]:
        """The accounts of a provider whose customers are foreign resellers: id, name and country of each."""
        return [
            (account_id, name, country)
            for account_id, name, country in self._rows(
                "SELECT c.account_id, c.name, c.organized_in FROM customers AS c JOIN determinations AS d "
                f"ON d.account_id = c.account_id WHERE c.served_by = {quoted(provider)} AND d.foreign_reseller "
                "ORDER BY c.file_row_number"
            )
        ]

    def perhaps_resellers(self, provider: str) -> int:
        """How many accounts of a provider may be those of foreign resellers, but it cannot be told."""
        return self._number(
            "SELECT count(*) FROM customers AS c JOIN determinations AS d ON d.account_id = c.account_id "
            f"WHERE c.served_by = {quoted(provider)} AND d.foreign_reseller IS NULL"
        )

    @staticmethod
    def _listed() -> str:
        kind = quoted(s304_certification.unverified_account.kind)
        return f"len(list_filter(d.reports_due, lambda r: split_part(r, ':', 1) = {kind})) > 0"

    # Records --------------------------------------------------------------------------------------

    def account(self, account_id: str) -> Customer:
        """The record of an account, with its owners and accesses.

        Raises:
            ReportError: the run has no such account.
        """
        mine = f"account_id = {quoted(account_id)}"
        for customer in self._records("customers", Customer, mine):
            return customer.model_copy(
                update={
                    "owners": tuple(self._records("owners", BeneficialOwner, mine)),
                    "accesses": tuple(self._records("accesses", Access, mine)),
                }
            )
        raise self._no_account()

    def answer(self, account_id: str) -> Answer:
        """What the run determined about an account.

        Raises:
            ReportError: the run has no such account.
        """
        rows = self._rows(
            "SELECT disposition, basis, foreign_customer, foreign_owner, foreign_reseller, turns_on, findings, "
            f"reports_due, retain_until FROM determinations WHERE account_id = {quoted(account_id)}",
            records=False,
        )
        if not rows:
            raise self._no_account()
        disposition, basis, customer, owner, reseller, turns_on, findings, reports_due, retain_until = rows[0]
        return Answer(
            disposition=disposition,
            basis=basis,
            foreign_customer=customer,
            foreign_owner=owner,
            foreign_reseller=reseller,
            turns_on=tuple(turns_on),
            findings=tuple(findings),
            reports_due=tuple(reports_due),
            retain_until=retain_until,
        )

    def _no_account(self) -> ReportError:
        message = "The run determined no account of that id; determinations.csv lists those that it did."
        if self.quarantined:
            are = "row is" if self.quarantined == 1 else "rows are"
            message += f" {self.quarantined:,} {are} in quarantine.csv: it may be one of them."
        return ReportError(message)

    def transactions(self, transaction_id: str | None = None) -> list[TrainingTransaction]:
        """The training transactions of the run, or the one of that id."""
        wanted = "TRUE" if transaction_id is None else f"transaction_id = {quoted(transaction_id)}"
        return self._records("training", TrainingTransaction, wanted)

    def table(self, name: str) -> list[dict[str, str]] | None:
        """The rows of a CSV file of the run, as they were before cells were guarded; None if it has no such file."""
        return list(self.rows(name)) if name in self.files else None

    def findings(self) -> Iterator[tuple[str | None, Finding]]:
        """The findings of the run, each with its account; None where it is about a provider or reseller."""
        for row in self.rows("findings.csv"):
            yield (
                row["account_id"] or None,
                Finding(
                    code=row["code"],
                    name=row["name"],
                    outcome=Outcome(row["outcome"]),
                    subject=row["subject"],
                    cites=row["cites"],
                    message=row["message"],
                    missing=tuple(filter(None, row["missing"].split(";"))),
                    due=date.fromisoformat(row["due"]) if row["due"] else None,
                ),
            )

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """The rows of a CSV file that the run has, one after another, as they were before cells were guarded."""
        plain = str if self._raw_csv else formulas.unguard
        with self.plain(name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield {key: plain(cell) for key, cell in row.items()}

    def _records(self, table: str, record: type[R], where: str) -> list[R]:
        names = [column.name for column in record.columns()]
        listed = ", ".join(_TIME if name == "at" else f'"{name}"' for name in names)
        rows = self._rows(f"SELECT {listed} FROM {table} WHERE {where} ORDER BY file_row_number")
        return [
            record.read({name: _plain(value) for name, value in zip(names, row, strict=True) if value is not None})
            for row in rows
        ]

    def unread(self, account_id: str) -> frozenset[str]:
        """The tables of which a row of an account could not be read."""
        rows = self._rows(f"SELECT owners, accesses FROM {kept.UNREAD} WHERE account_id = {quoted(account_id)}")
        return frozenset(
            table for row in rows for table, unread in zip(("owners", "accesses"), row, strict=True) if unread
        )

    def _number(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    def _rows(self, query: str, *, records: bool = True) -> list[tuple[Any, ...]]:
        if records:
            self._needs_records()
        if self._engine is None:
            self._engine = Engine(self._saved.workspace)
            files = {table: kept.name(table) for table in (*JUDGED, kept.UNREAD)}
            files["determinations"] = "determinations.parquet"
            for table, name in files.items():
                if name not in self.files:
                    continue
                source = f"read_parquet({quoted(str(self.plain(name)))}, file_row_number = true)"
                # An owner's row in the file names it: that is unique, and in the order of the records.
                also = ", file_row_number AS owner_pos" if table == "owners" else ""
                self._engine.execute(f"CREATE VIEW {table} AS SELECT *{also} FROM {source}")
        return self._engine.execute(query)

    def _needs_records(self) -> None:
        if kept.SETTING not in self.files:
            message = "This report needs the records, and the run kept none: run kycrule check without --no-records."
            raise ReportError(message)


@contextmanager
def opened(run: Run | str | Path, key: str | Path | None = None) -> Generator[Run]:
    """A run to make a report from, and the file of a key if it is sealed; one that was opened here is closed again."""
    if isinstance(run, Run):
        yield run
        return
    own = Run(run, key)
    try:
        yield own
    finally:
        own.close()


def _plain(value: Any) -> Any:
    """A value without the zeros that only the type of its column gives it."""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


def named_items(items: Iterable[tuple[str, str]]) -> str:
    """Items with their paragraphs, for a message."""
    return "; ".join(f"{item} [{cites}]" for item, cites in items)
