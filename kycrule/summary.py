"""What a run came to, as ``summary.json`` and ``manifest.json`` tell it."""

from __future__ import annotations

import platform
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

from kycrule import addresses
from kycrule.determine import dispositions_only
from kycrule.engines.duckdb import Engine
from kycrule.findings import Disposition
from kycrule.intake import Accounting
from kycrule.law import SUBPART_D
from kycrule.law.s301_definitions import foreign_beneficial_owner
from kycrule.outputs import RunFolder
from kycrule.readings import Readings
from kycrule.told import ALL_FINDINGS
from kycrule.version import __version__

ALL_DUE: Final = "SELECT * FROM due UNION ALL SELECT * FROM standing_due"

OVERDUE: Final = "overdue"
LATER: Final = "later"
UNDATED: Final = "undated"
"""What stands in the place of a week for reports due before the day of the run, after its weeks, and on no set day."""

WEEKS: Final = 53
"""How many weeks are told apart, from that of the run on: a year, in which every yearly report is due once."""

UNKNOWN: Final = "unknown"
"""What stands in the place of a country that is not known."""


def summary(
    engine: Engine, accounts: tuple[Accounting, ...], as_of: date, readings: Readings, *, known_providers: bool
) -> dict[str, Any]:
    """The content of ``summary.json``: what the tables of an engine come to, in figures.

    Its size is bounded by the rule and the list of countries, whatever the number of rows.
    """

    def counted(query: str) -> dict[str, int]:
        return dict(engine.execute(query))

    rules = dict(enumerate(SUBPART_D.rules))
    dispositions = counted("SELECT disposition, count(*) FROM determinations GROUP BY 1")
    findings = engine.execute(
        "SELECT rule, count(*) FILTER (violated), count(*) FILTER (NOT violated) FROM "
        f"({ALL_FINDINGS}) AS f GROUP BY 1 ORDER BY 1"
    )
    missing: dict[int, dict[str, int]] = {}
    for place, name, count in engine.execute(
        f"SELECT rule, name, count(*) FROM (SELECT rule, unnest(missing) AS name FROM ({ALL_FINDINGS}) AS f) AS m "
        "GROUP BY ALL ORDER BY 1, 3 DESC, 2"
    ):
        missing.setdefault(place, {})[name] = count
    remarks = counted("SELECT kind, accounts FROM stake_remarks ORDER BY kind")
    weeks = _weeks(engine, as_of)
    reports = Counter[str]()
    for kinds in weeks.values():
        reports.update(kinds)
    return {
        "as_of": as_of.isoformat(),
        "rule_version": SUBPART_D.version,
        "readings": readings.changed(),
        "providers_known": known_providers,
        "rows": accounts[0].records,
        "determined": accounts[0].good,
        "quarantined": accounts[0].quarantined,
        "dispositions": {disposition.value: dispositions.get(disposition.value, 0) for disposition in Disposition},
        "foreign_customers": engine.execute("SELECT count(*) FROM determinations WHERE foreign_customer")[0][0],
        "foreign_owners": engine.execute("SELECT count(*) FROM determinations WHERE foreign_owner")[0][0],
        "foreign_resellers": engine.execute("SELECT count(*) FROM determinations WHERE foreign_reseller")[0][0],
        "countries": {
            "foreign_customers": counted(
                _by_country("customers AS p JOIN determinations AS j USING (record)", "foreign_customer")
            ),
            "foreign_owners": counted(
                _by_country(
                    "owners AS p JOIN owner_terms AS j ON j.owner_account = p.account_id AND j.owner_pos = p.owner_pos",
                    _foreign_owner(readings),
                )
            ),
        },
        "findings": [
            {
                "code": rule.code,
                "name": rule.name,
                "violated": violated,
                "undetermined": undetermined,
                "missing": missing.get(place, {}),
            }
            for place, violated, undetermined in findings
            for rule in (rules[place],)
        ],
        "turns_on": counted(
            "SELECT name, count(DISTINCT record) FROM (SELECT record, "
            "regexp_replace(unnest(turns_on), '^owners\\[.*\\]\\.', 'owners.') AS name FROM determinations) AS t "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ),
        "reports_due": {
            kind: reports[kind] for kind in dict.fromkeys(due.kind for due in SUBPART_D.reports) if reports[kind]
        },
        "reports_by_week": weeks,
        "quarantine": counted("SELECT code, count(*) FROM quarantine GROUP BY 1 ORDER BY 1"),
        "ownership": {"accounts": remarks.pop("accounts", 0), "remarks": remarks},
        "files": [
            {
                "name": account.name,
                "records": account.records,
                "used": account.good,
                "quarantined": account.quarantined,
                "unattributed": account.unattributed,
                "blank_lines": account.blank_lines,
                "ignored_columns": list(account.ignored),
            }
            for account in accounts
        ],
    }


def _by_country(judged: str, condition: str) -> str:
    """How many of the judged are in each country: their location, or else the country of their address."""
    return (
        f"SELECT COALESCE(p.located_in, p.country, '{UNKNOWN}') AS place, count(*) FROM {judged} WHERE j.{condition} "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    )


def _foreign_owner(readings: Readings) -> str:
    """The column of ``owner_terms`` that says whether an owner is a foreign beneficial owner."""
    [key] = [term.key for term in dispositions_only(readings).terms if term.definition is foreign_beneficial_owner]
    return key


def _weeks(engine: Engine, as_of: date) -> dict[str, dict[str, int]]:
    """How many reports of each kind are due in each week, by its Monday; weeks in which none is due are left out."""
    monday = as_of - timedelta(days=as_of.weekday())
    until = monday + min(timedelta(weeks=WEEKS), date.max - monday)
    weeks: dict[str, Counter[str]] = {}
    for week, index, count in engine.execute(
        f"SELECT CASE WHEN due_on IS NULL THEN '{UNDATED}' WHEN due_on < DATE '{as_of}' THEN '{OVERDUE}' "
        f"WHEN due_on >= DATE '{until}' THEN '{LATER}' "
        "ELSE strftime(date_trunc('week', due_on), '%Y-%m-%d') END AS week, report, count(*) "
        f"FROM ({ALL_DUE}) AS d GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        weeks.setdefault(week, Counter())[SUBPART_D.reports[int(index)].kind] += count
    named = [OVERDUE, *sorted(weeks.keys() - {OVERDUE, LATER, UNDATED}), LATER, UNDATED]
    return {week: dict(weeks[week]) for week in named if week in weeks}


def manifest(
    engine: Engine,
    folder: RunFolder,
    accounts: tuple[Accounting, ...],
    summary: dict[str, Any],
    readings: Readings,
    *,
    started: datetime,
    finished: datetime,
) -> dict[str, Any]:
    """The content of ``manifest.json``: of what a run was made, and what it made; no value of a record."""
    return {
        "kycrule": __version__,
        "rule_version": SUBPART_D.version,
        "as_of": summary["as_of"],
        "readings": readings.all(),
        "inputs": [
            {"name": account.name, "bytes": account.bytes, "sha256": account.sha256, "records": account.records}
            for account in accounts
        ],
        "outputs": folder.digests(),
        "rows": {name: summary[name] for name in ("rows", "determined", "quarantined")},
        "address_registry": addresses.REGISTRY_DATE.isoformat(),
        "versions": {"python": platform.python_version(), "duckdb": engine.version},
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
    }
