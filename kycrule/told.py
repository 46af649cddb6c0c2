"""The results of a run in words, as SQL for any engine: determinations and findings with the columns of their files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from kycrule.engines.dialects import DUCKDB, Dialect
from kycrule.engines.sql import Query
from kycrule.judged import finding
from kycrule.law import SUBPART_D
from kycrule.provisions import Rule
from kycrule.readings import Readings

ALL_FINDINGS: Final = "SELECT * FROM findings UNION ALL SELECT * FROM standing_findings"
"""The findings about accounts, and those about providers and resellers."""

DETERMINATIONS: Final = (
    "account_id, as_of, rule_version, readings, disposition, basis, foreign_customer, foreign_owner, foreign_reseller, "
    "turns_on, findings, reports_due, retain_until"
)
"""The columns of determinations, of the table ``answers``."""

FINDINGS: Final = "account_id, subject, code, name, outcome, cites, message, missing, due"
"""The columns of findings, of the table ``told``."""


def queries(as_of: date, readings: Readings, dialect: Dialect = DUCKDB, *, key: str = "record") -> tuple[Query, ...]:
    """The steps from the results of a run to ``told``, its findings, and ``answers``, its determinations.

    Args:
        as_of: the date as of which it was asked.
        readings: the choices for the open questions of the rule.
        dialect: the engine's.
        key: the column by which an account is found: ``record``, or ``account_id`` where records have no numbers.
    """
    return (
        Query("rules", _rules(dialect)),
        Query("codes", _codes(dialect)),
        Query("kinds", _kinds(dialect)),
        Query("told", in_words(ALL_FINDINGS)),
        Query("answers", _answers(as_of, readings, dialect, key), wide=True),
    )


def _rules(dialect: Dialect) -> str:
    def row(place: int, rule: Rule) -> tuple[int | str, ...]:
        broken, unsettled = (finding(rule, "", (), violated=violated) for violated in (True, False))
        return place, rule.code, rule.name, rule.cites, broken.message, unsettled.message

    rows = (row(place, rule) for place, rule in enumerate(SUBPART_D.rules))
    return _rows(("place", "code", "name", "cites", "violated_message", "open_message"), rows, dialect)


def _codes(dialect: Dialect) -> str:
    return _rows(("place", "code"), ((place, rule.code) for place, rule in enumerate(SUBPART_D.rules)), dialect)


def _kinds(dialect: Dialect) -> str:
    return _rows(("place", "kind"), ((place, due.kind) for place, due in enumerate(SUBPART_D.reports)), dialect)


def _rows(names: tuple[str, ...], rows: Iterable[tuple[int | str, ...]], dialect: Dialect) -> str:
    """Rows as a select: not every engine takes a list of values for a table."""

    def literals(row: tuple[int | str, ...]) -> list[str]:
        return [str(value) if isinstance(value, int) else dialect.quoted(value) for value in row]

    return dialect.rows(names, [literals(row) for row in rows])


def in_words(found: str) -> str:
    """Findings in words, with the columns of ``findings.csv`` among others.

    Args:
        found: a select of findings.
    """
    return (
        "SELECT f.record, f.place, f.rule, f.account_id, f.subject, r.code, r.name, "
        "CASE WHEN violated THEN 'violated' ELSE 'undetermined' END AS outcome, r.cites, "
        "CASE WHEN violated THEN r.violated_message ELSE r.open_message END AS message, f.missing, "
        f"f.due_on AS due FROM ({found}) AS f JOIN rules AS r ON r.place = f.rule"
    )


def _answers(as_of: date, readings: Readings, dialect: Dialect, key: str) -> str:
    changed = ";".join(f"{name}={value}" for name, value in readings.changed().items())
    codes = dialect.gather.format(value="code", order="f.place, f.rule")
    day = f"COALESCE(':' || CAST(u.due_on AS {dialect.text}), '')"
    reports = dialect.gather.format(value=f"kind || {day}", order="u.place, u.report")
    return (
        f"SELECT d.record, d.account_id, {dialect.literal(as_of)} AS as_of, "
        f"{dialect.quoted(SUBPART_D.version)} AS rule_version, {dialect.quoted(changed)} AS readings, d.disposition, "
        "d.basis, d.foreign_customer, d.foreign_owner, d.foreign_reseller, d.turns_on, "
        f"COALESCE(f.codes, {dialect.no_texts}) AS findings, "
        f"COALESCE(r.reports, {dialect.no_texts}) AS reports_due, d.retain_until FROM determinations AS d "
        f"LEFT JOIN (SELECT f.{key}, {codes} AS codes FROM findings AS f JOIN codes AS c ON c.place = f.rule "
        f"GROUP BY f.{key}) AS f ON f.{key} = d.{key} "
        f"LEFT JOIN (SELECT u.{key}, {reports} AS reports FROM due AS u JOIN kinds AS k ON k.place = u.report "
        f"GROUP BY u.{key}) AS r ON r.{key} = d.{key}"
    )
