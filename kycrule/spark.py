"""The front door for tables of Apache Spark: the same determinations as of files, as DataFrames.

Nothing here imports pyspark: a session is handed in, and knows how to do all that is asked of it. What is asked is
one query for each result, in Spark's own SQL; no row passes through Python, and none goes to the driver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import uuid4

from kycrule import cells, told
from kycrule.cells import Form
from kycrule.config import setting_of
from kycrule.determine import DEFAULT_READINGS
from kycrule.engines.cells import KINDS
from kycrule.engines.dialects import SPARK
from kycrule.engines.sql import whole
from kycrule.engines.tables import ROW, Given
from kycrule.errors import DefinitionError, EngineError
from kycrule.intake.columns import INLINE, Matching
from kycrule.readings import Readings
from kycrule.records import Provider, Reseller, SpecialMeasure
from kycrule.views import ORDERED, QUARANTINE, asked

Session: TypeAlias = Any
"""A SparkSession, also one of Spark Connect."""
DataFrame: TypeAlias = Any
"""A DataFrame of that session."""

_RESULTS: Final = {
    "determinations": f"SELECT {told.DETERMINATIONS} FROM answers",
    "findings": f"SELECT {told.FINDINGS} FROM told",
    "quarantine": f"SELECT {QUARANTINE} FROM quarantine",
}
_ESCAPED: Final = "spark.sql.parser.escapedStringLiterals"
_TEXT: Final = re.compile(r"string\b.*|(var)?char\(\d+\).*")
_TEXTS: Final = re.compile(r"array<(string|(var)?char)\b.*>")
_WHOLE: Final = re.compile(r"tinyint|smallint|int|bigint|decimal\(\d+,0\)")
_DECIMAL: Final = re.compile(r"decimal\(\d+,\d+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is to be had of a check; Spark works out each of them when it is asked for its rows.

    Attributes:
        determinations: a row for each account that is judged: the columns of ``determinations.parquet``.
        findings: a row for each duty that is violated or undetermined: the columns of ``findings.csv``.
        quarantine: a row for each row that cannot be judged: its table, its ids and every fault.
        ignored: by table, the columns that have no meaning here.
    """

    determinations: DataFrame
    findings: DataFrame
    quarantine: DataFrame
    ignored: Mapping[str, tuple[str, ...]]


def check(
    spark: Session,
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
    """Determine every account of a table of Spark.

    Args:
        spark: the session of the tables.
        customers: the customers, typed: see ``kycrule sql --dialect spark --create-tables``.
        owners: beneficial owners; a column ``row`` of numbers orders them, else their content does.
        accesses: accesses.
        training: training transactions; ``row`` as with owners.
        providers: TOML file, or the providers themselves; without any, nothing is known of who serves.
        resellers: foreign resellers of the providers' products, beside those of the file.
        special_measures: determinations under § 7.307, or a TOML file of them, beside those of the first file.
        as_of: the date as of which it is asked; today (UTC) if not given.
        readings: the choices for the open questions of the rule.
        mapping: names of columns in the tables, mapped to ours.

    Returns:
        DataFrames that nothing has been worked out of yet. Rows in are rows determined plus rows in quarantine.

    Raises:
        DefinitionError: a column is of a type that would have to be read, or the mapping names none of ours.
        InputError: a table lacks a column that it must have, or has one of ours twice; or a file cannot be read.
        EngineError: the session reads literals otherwise than SQL has them.
    """
    if str(spark.conf.get(_ESCAPED, "false")).lower() == "true":
        message = f"The session has {_ESCAPED} = true: texts would not be what they say. Set it to false."
        raise EngineError(message)
    given = {"customers": customers, "owners": owners, "accesses": accesses, "training": training}
    tables: dict[str, DataFrame] = {role: table for role, table in given.items() if table is not None}
    matching = Matching(mapping or {})
    chosen = {role: _chosen(role, table, matching) for role, table in tables.items()}
    matching.all_used()
    refused = [reason for each in chosen.values() for reason in each.refused]
    if refused:
        message = f"{' '.join(refused)} Cast them first, where every value stays what it is."
        raise DefinitionError(message)
    setting = setting_of(providers, resellers, special_measures)
    prefix = f"kycrule_{uuid4().hex}"
    sources = {role: Given(source=f"{prefix}_{role}", columns=each.columns) for role, each in chosen.items()}
    steps = asked(sources, setting, as_of or datetime.now(UTC).date(), readings, SPARK)
    for role, table in tables.items():
        table.selectExpr(*chosen[role].selected).createOrReplaceTempView(sources[role].source)
    try:
        results = {name: spark.sql(whole(steps, text, SPARK)) for name, text in _RESULTS.items()}
    finally:
        # A session of Spark Connect looks for the tables only when the rows are asked for.
        if not type(spark).__module__.startswith("pyspark.sql.connect"):
            for source in sources.values():
                spark.catalog.dropTempView(source.source)
    return Result(**results, ignored={role: each.ignored for role, each in chosen.items()})


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The columns of a table that are ours, as expressions; those that are not; and why some cannot be taken."""

    columns: tuple[str, ...]
    selected: tuple[str, ...]
    ignored: tuple[str, ...]
    refused: tuple[str, ...]


def _chosen(role: str, table: DataFrame, matching: Matching) -> _Chosen:
    kinds: list[tuple[str, str]] = table.dtypes
    ours, ignored = matching.match(role, role, [title for title, _ in kinds])
    columns: list[str] = []
    selected: list[str] = []
    refused: list[str] = []
    for place, column in ours.items():
        title, kind = kinds[place]
        taken = None if column is INLINE else next(_taken(column.form, _quoted(title), kind), None)
        if column is INLINE:
            refused.append(f"{role}: accesses are a table of their own here, no column {title}.")
        elif taken is None:
            wanted = SPARK.type_of(column.form)
            refused.append(f"{role}: the column {title} is {kind}, and has to be {wanted}.")
        else:
            columns.append(column.name)
            selected.append(f"{taken} AS {SPARK.named(column.name)}")
    for title, kind in kinds:
        if role in ORDERED and title.strip().lower() == ROW and _WHOLE.fullmatch(kind):
            ignored = tuple(each for each in ignored if each != title.strip())
            columns.append(ROW)
            selected.append(f"CAST({_quoted(title)} AS BIGINT) AS {SPARK.named(ROW)}")
    return _Chosen(tuple(columns), tuple(selected), ignored, tuple(refused))


def _taken(form: Form, own: str, kind: str) -> Iterator[str]:
    """A column as the steps want it; nothing if its type would have to be read."""
    if form.many:
        if _TEXTS.fullmatch(kind):
            yield f"CAST({own} AS {SPARK.list_of_texts})"
        elif _TEXT.fullmatch(kind):
            yield f"split(CAST({own} AS STRING), '{cells.SEPARATOR}')"
    elif form.name not in KINDS:
        if _TEXT.fullmatch(kind) or _WHOLE.fullmatch(kind):
            yield f"CAST({own} AS STRING)"
    elif form.name in _NUMBERS:
        if _WHOLE.fullmatch(kind) or _DECIMAL.fullmatch(kind):
            yield own
        elif kind in {"float", "double"}:
            # The fewest digits that are this number; a missing one is a NaN in some tables.
            yield f"CASE WHEN NOT isnan({own}) THEN CAST(CAST({own} AS STRING) AS DOUBLE) END"
    elif kind == _KINDS[form.name]:
        yield own


_NUMBERS: Final = {cells.SHARE.name, cells.COUNT.name, cells.MEASURE.name}
_KINDS: Final = {cells.DATE.name: "date", cells.TIME.name: "timestamp", cells.YES_NO.name: "boolean"}


def _quoted(title: str) -> str:
    return f"`{title.replace('`', '``')}`"
