"""What a run came to, as ``summary.json`` and ``manifest.json`` tell it."""

from __future__ import annotations

import platform
from collections import Counter
from datetime import date, datetime
from typing import Any, Final

from kycrule import addresses
from kycrule.engines.duckdb import Engine
from kycrule.findings import Disposition
from kycrule.intake import Accounting
from kycrule.law import SUBPART_D
from kycrule.outputs import RunFolder
from kycrule.readings import Readings
from kycrule.version import __version__

ALL_FINDINGS: Final = "SELECT * FROM findings UNION ALL SELECT * FROM standing_findings"
ALL_DUE: Final = "SELECT * FROM due UNION ALL SELECT * FROM standing_due"


def summary(
    engine: Engine, accounts: tuple[Accounting, ...], as_of: date, readings: Readings, *, known_providers: bool
) -> dict[str, Any]:
    """The content of ``summary.json``: what the tables of an engine come to, in figures."""

    def counted(query: str) -> dict[str, int]:
        return dict(engine.execute(query))

    rules = dict(enumerate(SUBPART_D.rules))
    dispositions = counted("SELECT disposition, count(*) FROM determinations GROUP BY 1")
    findings = engine.execute(
        "SELECT rule, count(*) FILTER (violated), count(*) FILTER (NOT violated) FROM "
        f"({ALL_FINDINGS}) AS f GROUP BY 1 ORDER BY 1"
    )
    remarks = counted("SELECT kind, accounts FROM stake_remarks ORDER BY kind")
    reports = Counter[str]()
    for index, count in engine.execute(f"SELECT report, count(*) FROM ({ALL_DUE}) AS d GROUP BY 1 ORDER BY 1"):
        reports[SUBPART_D.reports[int(index)].kind] += count
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
        "findings": [
            {"code": rule.code, "name": rule.name, "violated": violated, "undetermined": undetermined}
            for place, violated, undetermined in findings
            for rule in (rules[place],)
        ],
        "turns_on": counted(
            "SELECT name, count(*) FROM (SELECT unnest(turns_on) AS name FROM determinations) "
            "WHERE name NOT LIKE 'owners[%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
        ),
        "reports_due": dict(reports),
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
