"""The front door for Apache Spark: DataFrames in, DataFrames of determinations, findings and quarantine out.

For tables that one machine does not hold. What :func:`kycrule.check` does, but for the folder of a run: nothing is
written and no row comes to the driver. ``pip install "kycrule[spark]"``, where a cluster does not bring Spark itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kycrule import told
from kycrule.cells import DATE
from kycrule.config import setting_of
from kycrule.determine import DEFAULT_READINGS, program
from kycrule.engines import sql, tables
from kycrule.engines.cells import Kind, kind_of
from kycrule.engines.dialects import SPARK
from kycrule.engines.spark import Engine
from kycrule.engines.tables import Given
from kycrule.intake.columns import Matching
from kycrule.measures import in_force
from kycrule.readings import Readings
from kycrule.records import NOBODY, Provider, Reseller, SpecialMeasure
from kycrule.standing import standing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_KINDS: Final = {
    "string": Kind.TEXT,
    "array<string>": Kind.TEXTS,
    "date": Kind.DATE,
    "timestamp": Kind.TIME,
    "boolean": Kind.YES_NO,
    "tinyint": Kind.NUMBER,
    "smallint": Kind.NUMBER,
    "int": Kind.NUMBER,
    "bigint": Kind.NUMBER,
}
"""What the values of a column are, by its type in Spark; decimals are numbers, all else is read as it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run comes to; nothing is worked out before it is written or looked at.

    Attributes:
        determinations: a row for each account that is judged, with the columns of ``determinations.parquet``.
        findings: a row for each duty violated or undetermined, with the columns of ``findings.csv``.
        quarantine: a row for each row that could not be judged: ``table_name``, its ids, ``code``, ``column_name`` and
            ``reason`` of its first fault, a list of all ``faults``, and the row itself in ``raw``.
        accounting: of each table, how many ``rows`` it has, how many are ``used``, and how many in ``quarantined``.
    """

    determinations: DataFrame
    findings: DataFrame
    quarantine: DataFrame
    accounting: DataFrame
    _engine: Engine

    def close(self) -> None:
        """Let go of the rows that Spark keeps for all of these; call it once they are written."""
        self._engine.close()


def check(
    spark: SparkSession,
    *,
    customers: DataFrame,
    owners: DataFrame | None = None,
    accesses: DataFrame | None = None,
    training: DataFrame | None = None,
    providers: str | Path | Sequence[Provider] | None = None,
    resellers: Sequence[Reseller] = (),
    special_measures: str | Path | Sequence[SpecialMeasure] = (),
    as_of: date | None = None,
    readings: Readings = DEFAULT_READINGS,
    mapping: Mapping[str, str] | None = None,
) -> Result:
    """Determine every account of a DataFrame.

    The columns are those of the records. Their values may be of a type of their own, or texts in the forms of cells.
    ``owners`` and ``training`` may have a column ``row`` of numbers: the order in which rows of an account are told,
    and by which an owner without an id is called; without it their content orders them.

    Args:
        spark: the session of the DataFrames.
        customers: one row for each account.
        owners: beneficial owners.
        accesses: accesses.
        training: training transactions.
        providers: TOML file, or the providers themselves; without any, nothing is known of who serves.
        resellers: foreign resellers of the providers' products, beside those of the file.
        special_measures: determinations under § 7.307, or a TOML file of them, beside those of the first file.
        as_of: the date as of which it is asked; today (UTC) if not given.
        readings: the choices for the open questions of the rule.
        mapping: names of columns in the DataFrames, mapped to ours.

    Returns:
        The DataFrames. The rows of ``accounts``, of which they are made, Spark keeps until ``close``.

    Raises:
        DefinitionError: a mapping means nothing.
        InputError: a DataFrame has not the columns that it must have, or the TOML file cannot be read.
    """
    as_of = as_of or datetime.now(UTC).date()
    setting = setting_of(providers, resellers, special_measures)
    frames = {"customers": customers, "owners": owners, "accesses": accesses, "training": training}
    matching = Matching(mapping or {})
    engine = Engine(spark)
    given: dict[str, Given] = {}
    for role, frame in frames.items():
        if frame is not None:
            given[role], engine.tables[f"given_{role}"] = _given(role, frame, matching)
    matching.all_used()
    ids = [provider.id for provider in setting.providers] or None
    engine.make(tables.queries(given, ids, SPARK))
    engine.make(
        [
            sql.Query("providers", sql.rows(Provider, setting.providers or (NOBODY,), SPARK)),
            sql.Query("resellers", sql.rows(Reseller, setting.supplied(), SPARK)),
        ]
    )
    engine.judge(program(readings, in_force(setting.special_measures, as_of)), as_of)
    engine.judge_standing(standing(readings), as_of)
    engine.make(told.queries(as_of, readings, SPARK, key="account_id"))
    return Result(
        determinations=engine.query(f"SELECT {told.DETERMINATIONS} FROM answers"),
        findings=engine.query(f"SELECT {told.FINDINGS} FROM told"),
        quarantine=engine.query("SELECT * FROM quarantine"),
        accounting=engine.query(tables.accounting(given)),
        _engine=engine,
    )


def _given(role: str, frame: DataFrame, matching: Matching) -> tuple[Given, DataFrame]:
    """A DataFrame under our names, and what its columns are."""
    types = [kind for _, kind in frame.dtypes]
    places, _ = matching.match(role, role, frame.columns)
    kinds: dict[str, Kind] = {}
    selected: list[str] = []
    for place, column in places.items():
        theirs = "`" + frame.columns[place].replace("`", "``") + "`"
        kind = _kind(types[place])
        if kind not in {kind_of(column.form), Kind.TEXT}:
            theirs, kind = _written(theirs, types[place], midnight=column.form is DATE), Kind.TEXT
        kinds[column.name] = kind
        selected.append(f"{theirs} AS {SPARK.named(column.name)}")
    if tables.ROW in frame.columns:
        kinds[tables.ROW] = Kind.NUMBER
        selected.append(f"CAST({tables.ROW} AS BIGINT) AS {SPARK.named(tables.ROW)}")
    selected.append("to_json(struct(*)) AS given_raw")
    return Given(source=f"given_{role}", columns=kinds, raw="given_raw"), frame.selectExpr(*selected)


def _kind(name: str) -> Kind | None:
    return Kind.NUMBER if name.startswith("decimal") else _KINDS.get(name)


def _written(column: str, kind: str, *, midnight: bool) -> str:
    """A value as the text that a cell would hold."""
    text = f"CAST({column} AS STRING)"
    if kind in {"float", "double"}:
        # A whole number is written without a point; a missing one is a NaN in some tables.
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        digits = f"CAST(CAST({column} AS BIGINT) AS STRING)"
        return f"CASE WHEN isnan({column}) THEN NULL WHEN {whole} THEN {digits} ELSE {text} END"
    if kind.startswith("timestamp") and midnight:
        day = f"CAST(CAST({column} AS DATE) AS STRING)"
        return f"CASE WHEN {column} = date_trunc('DAY', {column}) THEN {day} ELSE {text} END"
    if kind.startswith("array"):
        return f"array_join(CAST({column} AS ARRAY<STRING>), ';')"
    return text
