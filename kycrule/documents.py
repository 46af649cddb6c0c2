"""What a run writes, as types: the rows of its CSV files, its JSON files, and the answers on standard output.

They are what ``kycrule schema`` prints of outputs. A row of a CSV file is an object of texts, as a reader of CSV gives
it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kycrule.diff import Change, Setting
from kycrule.findings import Determination, Disposition, Outcome, ProviderDetermination
from kycrule.showing import model_of

_DAY: Final = r"\d{4}-\d{2}-\d{2}"

Day = Annotated[str, Field(pattern=rf"^{_DAY}$")]
DayOrBlank = Annotated[str, Field(pattern=rf"^({_DAY})?$")]
Moment = Annotated[str, Field(pattern=rf"^{_DAY}T.*[+]00:00$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=0)]
NumberText = Annotated[str, Field(pattern=r"^\d+$")]
NumberOrBlank = Annotated[str, Field(pattern=r"^\d*$")]
Counts = dict[str, Number]
Code = Annotated[str, Field(pattern=r"^K\d{3}-\d{2}$")]
FaultCode = Annotated[str, Field(pattern=r"^K9\d{2}$")]
ThreeValued = Literal["true", "false", "unknown"]


class Document(BaseModel):
    """The base of what a run writes: it has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class DeterminationRow(Document):
    """A row of determinations.csv: what an account came to. Members of a list stand between semicolons."""

    account_id: str
    as_of: Day
    rule_version: str
    readings: str
    disposition: Disposition
    basis: str
    foreign_customer: ThreeValued
    foreign_owner: ThreeValued
    foreign_reseller: ThreeValued
    turns_on: str
    findings: str
    reports_due: str
    retain_until: DayOrBlank


class FindingRow(Document):
    """A row of findings.csv; account_id is blank where it is about a provider or reseller."""

    account_id: str
    subject: str
    code: Code
    name: str
    outcome: Literal[Outcome.VIOLATED, Outcome.UNDETERMINED]
    cites: str
    message: str
    missing: str
    due: DayOrBlank


class QuarantineRow(Document):
    """A row of quarantine.csv: where a row that could not be determined stands, and why."""

    file: str
    line: NumberOrBlank
    byte_offset: NumberOrBlank
    code: FaultCode
    column: str
    reason: str
    raw: str


class ComparisonRow(Document):
    """A row of comparison.csv: an account that has another disposition under another reading."""

    account_id: str
    reading: str
    value: str
    disposition: Disposition
    would_be: Disposition


class ScreeningRow(Document):
    """A row of screening.csv: a possible match of a name with an entry of a list; no legal conclusion."""

    account_id: str
    subject: str
    field: str
    score: str
    source: str
    entry: str
    listed_name: str


class RedFlagRow(Document):
    """A row of red-flags.csv."""

    account_id: str
    subject: str
    category: str
    flag: str
    cites: str
    message: str
    count: NumberOrBlank


class Countries(Document):
    """How many foreign persons are in each country, by ISO 3166-1 alpha-2 code or ``unknown``."""

    foreign_customers: Counts
    foreign_owners: Counts


class FindingCount(Document):
    """How often a rule has a finding, and which facts are missing how often."""

    code: Code
    name: str
    violated: Number
    undetermined: Number
    missing: Counts


class FileCount(Document):
    """What became of the rows of a file."""

    name: str
    records: Number
    used: Number
    quarantined: Number
    unattributed: Number
    blank_lines: Number
    ignored_columns: list[str]


class Ownership(Document):
    """Accounts with stakes, and what was remarked of their graphs."""

    accounts: Number
    remarks: Counts


class Compared(Document):
    """How many accounts change their disposition under another reading, and to which."""

    reading: str
    value: str
    changed: Number
    to: Counts


class ScreenedList(Document):
    """A list of restricted parties that names were compared with."""

    name: str
    entries: Number
    names: Number
    unread: Number
    bytes: Number | None = None
    sha256: Digest | None = None


class Screening(Document):
    """What the comparison of names with lists came to."""

    threshold: float
    lists: list[ScreenedList]
    names: Number
    compared: Number
    too_common: Number
    possible_matches: Number
    accounts: Number


class AccessCountries(Document):
    """The countries of addresses, where data on them was given."""

    addresses: Number
    with_country: Number
    accounts: Counts


class RedFlagCounts(Document):
    """How many red flags there are of each kind."""

    flags: Counts
    accounts: Number
    countries: AccessCountries | None
    not_from_data: str


class Summary(Document):
    """summary.json: what a run came to, in figures; it names no account."""

    as_of: Day
    rule_version: str
    readings: dict[str, str]
    providers_known: bool
    rows: Number
    determined: Number
    quarantined: Number
    dispositions: dict[Disposition, Number]
    foreign_customers: Number
    foreign_owners: Number
    foreign_resellers: Number
    countries: Countries
    findings: list[FindingCount]
    turns_on: Counts
    reports_due: Counts
    reports_by_week: dict[str, Counts]
    quarantine: dict[FaultCode, Number]
    ownership: Ownership
    files: list[FileCount]
    comparison: list[Compared] | None = None
    screening: Screening | None = None
    red_flags: RedFlagCounts | None = None


class InputFile(Document):
    """A file that a run read; of a table in memory there are only its rows."""

    name: str
    bytes: Number | None
    sha256: Digest | None
    records: Number


class OutputFile(Document):
    """A file that a run wrote."""

    name: str
    bytes: Number
    sha256: Digest


class Rows(Document):
    """Rows in are rows determined plus rows in quarantine."""

    rows: Number
    determined: Number
    quarantined: Number


class ScreeningEvidence(Document):
    """With what names were compared."""

    threshold: float
    lists: list[ScreenedList]


class Manifest(Document):
    """manifest.json: of what a run was made and what it made. Without it a folder is no run."""

    kycrule: str
    rule_version: str
    as_of: Day
    readings: dict[str, str]
    inputs: list[InputFile]
    outputs: list[OutputFile]
    rows: Rows
    address_registry: Day
    versions: dict[str, str]
    started: Moment
    finished: Moment
    raw_csv: bool
    sealed_for: Number | None
    screening: ScreeningEvidence | None = None
    geo: dict[str, Any] | None = None


class Moved(Document):
    """How many accounts went from one disposition to another."""

    before: Disposition
    after: Disposition
    accounts: Number


class FindingChange(Document):
    """How many findings of a rule are gone and how many are new."""

    code: Code
    gone: Number
    new: Number


class ReportChange(Document):
    """How many reports of a kind are due no more and how many are due now."""

    kind: str
    gone: Number
    new: Number


class Differences(Document):
    """What ``kycrule diff --format json`` prints."""

    accounts_before: Number
    accounts_after: Number
    same: Number
    changed: Number
    appeared: Number
    gone: Number
    settings: list[Setting]
    dispositions: list[Moved]
    findings: list[FindingChange]
    reports: list[ReportChange]
    fields: Counts | None
    accounts: list[Change]


DOCUMENTS: Final[dict[str, type[BaseModel]]] = {
    "determination": model_of(Determination),
    "provider-determination": model_of(ProviderDetermination),
    "determinations.csv": DeterminationRow,
    "findings.csv": FindingRow,
    "quarantine.csv": QuarantineRow,
    "comparison.csv": ComparisonRow,
    "screening.csv": ScreeningRow,
    "red-flags.csv": RedFlagRow,
    "summary.json": Summary,
    "manifest.json": Manifest,
    "diff": Differences,
}
"""Every output with its type; of a CSV file it is that of a row."""
