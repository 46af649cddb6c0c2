"""The determination as views over the tables of a user's own warehouse, as the text of SQL statements.

Nothing is executed here. The tables have the columns of the records, each of the type that :func:`contract` tells; what
is wrong in them goes to a view of its own, as it goes to quarantine in a run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from kycrule import told
from kycrule.config import Setting, setting_of
from kycrule.determine import DEFAULT_READINGS, program
from kycrule.engines import sql, tables
from kycrule.engines.dialects import DIALECTS, Dialect
from kycrule.engines.sql import Query
from kycrule.engines.tables import ROW, Given
from kycrule.errors import DefinitionError
from kycrule.findings import NEVER_IN_FORCE
from kycrule.law import SUBPART_D
from kycrule.measures import in_force
from kycrule.nearest import did_you_mean
from kycrule.readings import Readings
from kycrule.records import JUDGED, NOBODY, Provider, Reseller, SpecialMeasure
from kycrule.standing import standing

_NAME: Final = re.compile(r"""[\w.$`"\[\]-]+""")
QUARANTINE: Final = "table_name, account_id, id, code, column_name, reason, faults"
"""The columns of the view of what is wrong."""
ORDERED: Final = frozenset({"owners", "training"})
"""The tables that may have a column for the order of their rows."""


def contract(dialect: str) -> str:
    """The tables that views read, as statements that would make them.

    Args:
        dialect: ``duckdb``, ``spark``, ``postgres``, ``bigquery`` or ``snowflake``.

    >>> print(contract("postgres").splitlines()[1])
      "kind" TEXT,
    """
    chosen = _dialect(dialect)

    def table(role: str) -> str:
        columns = [f"  {chosen.named(column.name)} {chosen.type_of(column.form)}" for column in JUDGED[role].columns()]
        columns += [f"  {chosen.named(ROW)} BIGINT"] * (role in ORDERED)
        return f"CREATE TABLE {role} (\n" + ",\n".join(columns) + "\n);\n"

    return "\n".join(map(table, JUDGED))


def views(
    dialect: str,
    sources: Mapping[str, str],
    *,
    columns: Mapping[str, Sequence[str]] | None = None,
    providers: str | Path | Sequence[Provider] | None = None,
    resellers: Sequence[Reseller] = (),
    special_measures: str | Path | Sequence[SpecialMeasure] = (),
    as_of: date,
    readings: Readings = DEFAULT_READINGS,
    name: str = "kycrule",
) -> str:
    """The statements that make the four views.

    They are ``kycrule_determinations``, ``kycrule_findings``, ``kycrule_provider_findings`` and ``kycrule_quarantine``.

    Args:
        dialect: ``duckdb``, ``spark``, ``postgres``, ``bigquery`` or ``snowflake``.
        sources: the user's own tables, by ours: ``customers``, and if there are any ``owners``, ``accesses`` and
            ``training``.
        columns: by ours, the columns that a table has, where it has not all of them.
        providers: TOML file, or the providers themselves; without any, nothing is known of who serves.
        resellers: foreign resellers of the providers' products, beside those of the file.
        special_measures: determinations under § 7.307, or a TOML file of them, beside those of the first file.
        as_of: the date as of which it is asked; it stands in the text.
        readings: the choices for the open questions of the rule; they stand in the text.
        name: how the names of the views begin, with that of their schema if it is another than that of the session.

    Raises:
        DefinitionError: there is no such dialect, table or column.
        InputError: the TOML file cannot be read.
    """
    chosen = _dialect(dialect)
    setting = setting_of(providers, resellers, special_measures)
    given = {role: _given(role, sources[role], (columns or {}).get(role)) for role in JUDGED if role in sources}
    strange = sorted({*sources, *(columns or {})} - set(JUDGED))
    if strange:
        message = f"There is no table {strange[0]}.{did_you_mean(strange[0], JUDGED)} There are: {', '.join(JUDGED)}."
        raise DefinitionError(message)
    if "customers" not in given:
        message = "Say which table has the customers."
        raise DefinitionError(message)
    steps = asked(given, setting, as_of, readings, chosen)
    results = {
        "determinations": f"SELECT {told.DETERMINATIONS} FROM answers",
        "findings": f"SELECT {told.FINDINGS} FROM ({told.in_words('SELECT * FROM findings')}) AS t",
        "provider_findings": f"SELECT {told.FINDINGS} FROM ({told.in_words('SELECT * FROM standing_findings')}) AS t",
        "quarantine": f"SELECT {QUARANTINE} FROM quarantine",
    }
    changed = ", ".join(f"{reading} = {value}" for reading, value in readings.changed().items())
    lines = [
        f"-- 15 CFR 7.300-7.310: {NEVER_IN_FORCE}",
        f"-- As of {as_of}, text {SUBPART_D.version}, readings: {changed or 'all defaults'}. Made by kycrule sql.",
    ]
    made = (
        f"CREATE OR REPLACE VIEW {_checked(name)}_{view} AS\n{sql.whole(steps, text, chosen)};"
        for view, text in results.items()
    )
    return "\n\n".join(["\n".join(lines), *made]) + "\n"


def asked(
    given: Mapping[str, Given], setting: Setting, as_of: date, readings: Readings, dialect: Dialect
) -> tuple[Query, ...]:
    """Every step from a user's tables to the answers in words.

    Args:
        given: the user's tables, by ours.
        setting: the providers, resellers and special measures.
        as_of: the date as of which it is asked.
        readings: the choices for the open questions of the rule.
        dialect: the engine's.
    """
    ids = [provider.id for provider in setting.providers] or None
    return (
        *tables.queries(given, ids, dialect),
        Query("providers", sql.rows(Provider, setting.providers or (NOBODY,), dialect)),
        Query("resellers", sql.rows(Reseller, setting.supplied(), dialect)),
        *sql.queries(program(readings, in_force(setting.special_measures, as_of)), as_of, dialect),
        *sql.standing_queries(standing(readings), as_of, dialect),
        *told.queries(as_of, readings, dialect, key="account_id"),
    )


def _dialect(name: str) -> Dialect:
    if name not in DIALECTS:
        message = f"There is no dialect {name}.{did_you_mean(name, DIALECTS)} There are: {', '.join(DIALECTS)}."
        raise DefinitionError(message)
    return DIALECTS[name]


def _given(role: str, source: str, names: Sequence[str] | None) -> Given:
    known = [column.name for column in JUDGED[role].columns()]
    listed = known if names is None else list(names)
    known = known + [ROW] * (role in ORDERED)
    for each in listed:
        if each not in known:
            message = f"The table {role} has no column {each}.{did_you_mean(each, known)}"
            raise DefinitionError(message)
    missing = [each for each in tables.NEEDED[role] if each not in listed]
    if missing:
        message = f"The table {role} must have {' and '.join(missing)}."
        raise DefinitionError(message)
    return Given(source=_checked(source), columns=tuple(listed))


def _checked(name: str) -> str:
    """A name that means nothing else than itself in a statement."""
    if not _NAME.fullmatch(name):
        message = "A table is named by letters, digits and the marks . _ - $ and those for quoting."
        raise DefinitionError(message)
    return name
