"""What differs between SQL engines: one small table for each; what they share stands in :mod:`kycrule.engines.sql`.

A dialect is data. Its templates are filled with :meth:`str.format`; the names in braces are told at each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from kycrule import cells
from kycrule.cells import Form
from kycrule.literals import literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    r"""How one engine writes what others write otherwise.

    Attributes:
        name: what the engine is called.
        quote: the mark around names of columns.
        folds_up: whether a name without that mark is one in upper case.
        escapes: what stands in a literal for a character of a text, in the order in which they are replaced.
        number: a decimal number, exactly, with ``{digits}``.
        text: the type of texts.
        list_of_texts: the type of lists of texts.
        time: the type of points in time.
        decimal: the type of decimal numbers with ``{digits}``, of which ``{places}`` stand after the point.
        is_true: whether ``{part}`` is a definite yes; itself never unknown.
        is_false: whether ``{part}`` is a definite no.
        plus_years: the date ``{date}`` after ``{count}`` whole years, clamped to the end of its month.
        plus_days: a date after days.
        texts: a list of the texts ``{items}``.
        no_texts: an empty list of texts.
        compact: the list ``{list}`` of texts without its NULL members, in order.
        concat: the lists ``{left}`` and ``{right}`` of texts, one after the other.
        overlaps: whether ``{left}`` and ``{right}`` share a member; unknown if ``{left}`` is.
        mapped: the list of ``{value}`` for each member ``m`` of the list of texts ``{list}``, in order.
        size: how many members ``{list}`` has.
        first: the first member of ``{list}``; NULL if it has none.
        part: what stands before or after the ``{mark}`` in ``{text}``: ``{place}`` 1 is what stands before the first
            one; empty where there is nothing.
        place: where ``{part}`` begins in ``{text}``, from 1; 0 if it is not there.
        trimmed: ``{text}`` without the blanks of cells at either end, NULL where nothing is left.
        whole: a pattern that only the whole of a text can match, of ``{pattern}``.
        searched: whether ``{pattern}``, a literal, matches somewhere in ``{text}``.
        replaced: ``{text}`` with ``{by}`` for each match of ``{pattern}``, both literals.
        group: what stands in ``{by}`` for what the first group has matched.
        controlled: whether a character stands in ``{text}`` that no cell may hold.
        gather: an aggregate: the list of ``{value}`` in the order of the columns ``{order}``.
        level: a select of all columns of ``{table}`` and of ``{columns}``, which are called ``{names}``.
        step: a step of a query, ``{name}``, that is the select ``{text}``.
        apart: what ends a select that an engine would else put into the next one, and work out again and again.
        numbered: a select of ``{kept}`` and, for each ``member`` of ``{list}`` in ``{table}``, its ``place``.
        candidate: a row that may stand in ``candidates``: ``{hit}`` says whether it does, and the rest are its columns.
        candidates: a select, for each row of ``{table}``, of ``{kept}`` with each of its ``{items}`` that is hit.
        listed: what stands after FROM for the rows ``{rows}``, each in brackets, with the columns ``{names}``; empty
            where each row is a select of its own.
    """

    name: str
    quote: str = '"'
    folds_up: bool = False
    escapes: tuple[tuple[str, str], ...] = (("'", "''"),)
    number: str = "{digits}"
    text: str
    list_of_texts: str
    time: str = "TIMESTAMPTZ"
    decimal: str = "DECIMAL({digits}, {places})"
    is_true: str = "({part} IS TRUE)"
    is_false: str = "({part} IS FALSE)"
    plus_years: str
    plus_days: str
    texts: str
    no_texts: str
    compact: str
    concat: str
    overlaps: str
    mapped: str
    size: str
    first: str
    part: str = "split_part({text}, {mark}, {place})"
    place: str = "strpos({text}, {part})"
    trimmed: str
    whole: str = r"^({pattern})\z"
    searched: str
    replaced: str
    group: str = r"\1"
    controlled: str
    gather: str
    level: str = "SELECT *, {columns} FROM {table} AS s"
    step: str = "{name} AS ({text})"
    apart: str = ""
    numbered: str
    candidate: str
    candidates: str
    listed: str = ""

    def named(self, column: str) -> str:
        """A column under its own name, whatever that means to the engine.

        >>> SPARK.named("at"), SNOWFLAKE.named("at")
        ('`at`', '"AT"')
        """
        return f"{self.quote}{column.upper() if self.folds_up else column}{self.quote}"

    def quoted(self, text: str) -> str:
        r"""A text as a literal.

        >>> print(DUCKDB.quoted("O'Hara"), SPARK.quoted("O'Hara"))
        'O''Hara' 'O\'Hara'
        """
        for character, escaped in self.escapes:
            text = text.replace(character, escaped)
        return f"'{text}'"

    def literal(self, value: str | bool | date | Decimal | None) -> str:  # noqa: FBT001 - one of many kinds
        """A value as a literal; None is NULL, of no type.

        >>> BIGQUERY.literal(Decimal("24.990")), BIGQUERY.literal(date(2024, 2, 29))
        ("BIGNUMERIC '24.990'", "DATE '2024-02-29'")
        """
        match value:
            case str():
                return self.quoted(value)
            case Decimal():
                return self.number.format(digits=literal(value))
            case _:
                return literal(value)

    def rows(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A select of rows of literals; the types of the first are those of all.

        >>> DUCKDB.rows(("a", "b"), [("1", "2"), ("3", "4")])
        'SELECT 1 AS a, 2 AS b UNION ALL SELECT 3, 4'
        >>> SPARK.rows(("a", "b"), [("1", "2"), ("3", "4")])
        'SELECT * FROM (VALUES (1, 2), (3, 4)) AS l(a, b)'
        """
        if self.listed:
            each = ", ".join(f"({', '.join(row)})" for row in rows)
            return f"SELECT * FROM {self.listed.format(rows=each, names=', '.join(names))}"
        first = ", ".join(f"{value} AS {name}" for name, value in zip(names, rows[0], strict=True))
        return " UNION ALL ".join(f"SELECT {row}" for row in (first, *map(", ".join, rows[1:])))

    def type_of(self, form: Form) -> str:
        """The type of a column whose cells are of a form.

        >>> DUCKDB.type_of(cells.SHARE), BIGQUERY.type_of(cells.COUNTRIES)
        ('DECIMAL(15, 12)', 'ARRAY<STRING>')
        """
        if form.many:
            return self.list_of_texts
        match form.name:
            case cells.DATE.name:
                return "DATE"
            case cells.TIME.name:
                return self.time
            case cells.YES_NO.name:
                return "BOOLEAN"
            case name if name in _DECIMALS:
                digits, places = _DECIMALS[name]
                return self.decimal.format(digits=digits, places=places)
            case _:
                return self.text

    def matched(self, text: str, pattern: str) -> str:
        """Whether the whole of a text matches a pattern that Python and RE2 understand."""
        # Not every engine knows groups that are not kept.
        whole = self.whole.format(pattern=pattern.replace("(?:", "("))
        return self.searched.format(text=text, pattern=self.quoted(whole))


_DECIMALS: Final = {cells.SHARE.name: (15, 12), cells.COUNT.name: (38, 0), cells.MEASURE.name: (18, 6)}
"""Digits, and those of them after the point, of the numbers of each form."""

_BACKSLASHED: Final = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"))
_BLANKS: Final = "chr(32) || chr(9) || chr(13) || chr(10)"

DUCKDB: Final = Dialect(
    name="duckdb",
    text="VARCHAR",
    list_of_texts="VARCHAR[]",
    plus_years="CAST({date} + INTERVAL ({count}) YEAR AS DATE)",
    plus_days="CAST({date} + INTERVAL ({count}) DAY AS DATE)",
    texts="[{items}]",
    no_texts="CAST([] AS VARCHAR[])",
    compact="list_filter({list}, lambda x: x IS NOT NULL)",
    concat="list_concat({left}, {right})",
    overlaps="list_has_any({left}, {right})",
    mapped="list_transform({list}, lambda m: {value})",
    size="len({list})",
    first="({list})[1]",
    trimmed=f"nullif(trim({{text}}, {_BLANKS}), '')",
    searched="regexp_matches({text}, {pattern})",
    replaced="regexp_replace({text}, {pattern}, {by}, 'g')",
    controlled=f"regexp_matches({{text}}, '{cells.CONTROLS}')",
    gather="list({value} ORDER BY {order})",
    numbered="SELECT {kept}, unnest({list}) AS member, generate_subscripts({list}, 1) AS place FROM {table}",
    candidate="CASE WHEN {hit} "
    "THEN {{'rule': {rule}, 'violated': {violated}, 'missing': {missing}, 'due_on': {due_on}}} END",
    candidates="SELECT {kept}, unnest(found, recursive := true) FROM "
    "(SELECT *, list_filter([{items}], lambda x: x IS NOT NULL) AS found FROM {table}) AS f",
)

SPARK: Final = Dialect(
    name="spark",
    quote="`",
    # A dollar sign may begin the name of a variable, which Spark fills in before it reads the text.
    escapes=(*_BACKSLASHED, ("$", "\\u0024")),
    text="STRING",
    list_of_texts="ARRAY<STRING>",
    time="TIMESTAMP",
    plus_years="add_months({date}, 12 * ({count}))",
    plus_days="date_add({date}, {count})",
    texts="array({items})",
    no_texts="CAST(array() AS ARRAY<STRING>)",
    compact="array_compact({list})",
    concat="concat({left}, {right})",
    overlaps="arrays_overlap({left}, {right})",
    mapped="transform({list}, m -> {value})",
    size="size({list})",
    first="get({list}, 0)",
    place="instr({text}, {part})",
    trimmed="nullif(trim(BOTH ' \\t\\r\\n' FROM {text}), '')",
    searched="({text} RLIKE {pattern})",
    replaced="regexp_replace({text}, {pattern}, {by})",
    group="$1",
    controlled=f"({{text}} RLIKE r'{cells.CONTROLS}')",
    gather="transform(array_sort(collect_list(struct({order}, {value} AS told))), s -> s.told)",
    # Spark puts selects into each other, and would write out again and again what the inner ones work out.
    level="SELECT * FROM {table} AS s LATERAL VIEW inline(array(struct({columns}))) l AS {names}",
    numbered="SELECT {kept}, member, place FROM {table} LATERAL VIEW posexplode({list}) m AS place, member",
    candidate="CASE WHEN {hit} THEN named_struct("
    "'rule', {rule}, 'violated', {violated}, 'missing', {missing}, 'due_on', {due_on}) END",
    candidates="SELECT {kept}, rule, violated, missing, due_on FROM {table} AS f "
    "LATERAL VIEW inline(array({items})) e AS rule, violated, missing, due_on WHERE rule IS NOT NULL",
    # A task for each of many selects would cost more than all that they give.
    listed="(VALUES {rows}) AS l({names})",
)

POSTGRES: Final = Dialect(
    name="postgres",
    text="TEXT",
    list_of_texts="TEXT[]",
    plus_years="CAST({date} + make_interval(years => {count}) AS DATE)",
    plus_days="({date} + ({count}))",
    texts="CAST(ARRAY[{items}] AS TEXT[])",
    no_texts="CAST(ARRAY[] AS TEXT[])",
    compact="array_remove({list}, NULL)",
    concat="array_cat({left}, {right})",
    overlaps="({left} && {right})",
    mapped="ARRAY(SELECT {value} FROM unnest({list}) WITH ORDINALITY AS u(m, p) ORDER BY u.p)",
    size="cardinality({list})",
    first="({list})[1]",
    trimmed=f"nullif(btrim({{text}}, {_BLANKS}), '')",
    whole="^({pattern})$",
    searched="({text} ~ {pattern})",
    replaced="regexp_replace({text}, {pattern}, {by}, 'g')",
    # No text of PostgreSQL holds a NUL.
    controlled="({text} ~ '" + cells.CONTROLS.replace("x00", "x01") + "')",
    gather="array_agg({value} ORDER BY {order})",
    level="SELECT *, {columns} FROM {table} AS s OFFSET 0",
    step="{name} AS MATERIALIZED ({text})",
    apart=" OFFSET 0",
    numbered="SELECT {kept}, m.member, m.place FROM {table} "
    "CROSS JOIN LATERAL unnest({list}) WITH ORDINALITY AS m(member, place)",
    candidate="({hit}, {rule}, {violated}, {missing}, {due_on})",
    candidates="SELECT {kept}, e.rule, e.violated, e.missing, e.due_on FROM {table} AS f "
    "CROSS JOIN LATERAL (VALUES {items}) AS e(hit, rule, violated, missing, due_on) WHERE e.hit",
)

BIGQUERY: Final = Dialect(
    name="bigquery",
    quote="`",
    escapes=_BACKSLASHED,
    # A number with a point is a binary float there, and a long one no number at all.
    number="BIGNUMERIC '{digits}'",
    text="STRING",
    list_of_texts="ARRAY<STRING>",
    time="TIMESTAMP",
    decimal="BIGNUMERIC",
    plus_years="DATE_ADD({date}, INTERVAL {count} YEAR)",
    plus_days="DATE_ADD({date}, INTERVAL {count} DAY)",
    texts="[{items}]",
    no_texts="ARRAY<STRING>[]",
    compact="ARRAY(SELECT c FROM UNNEST({list}) AS c WITH OFFSET AS o WHERE c IS NOT NULL ORDER BY o)",
    concat="ARRAY_CONCAT({left}, {right})",
    overlaps="CASE WHEN {left} IS NOT NULL "
    "THEN EXISTS(SELECT 1 FROM UNNEST({left}) AS m WHERE m IN UNNEST({right})) END",
    mapped="ARRAY(SELECT {value} FROM UNNEST({list}) AS m WITH OFFSET AS p ORDER BY p)",
    size="ARRAY_LENGTH({list})",
    first="({list})[SAFE_OFFSET(0)]",
    part="COALESCE(SPLIT({text}, {mark})[SAFE_ORDINAL({place})], '')",
    trimmed="NULLIF(TRIM({text}, ' \\t\\r\\n'), '')",
    searched="REGEXP_CONTAINS({text}, {pattern})",
    replaced="REGEXP_REPLACE({text}, {pattern}, {by})",
    controlled=f"REGEXP_CONTAINS({{text}}, r'{cells.CONTROLS}')",
    gather="ARRAY_AGG({value} ORDER BY {order})",
    numbered="SELECT {kept}, member, place FROM {table} CROSS JOIN UNNEST({list}) AS member WITH OFFSET AS place",
    candidate="STRUCT({hit} AS hit, {rule} AS rule, {violated} AS violated, {missing} AS missing, {due_on} AS due_on)",
    candidates="SELECT {kept}, e.rule, e.violated, e.missing, e.due_on FROM {table} AS f "
    "CROSS JOIN UNNEST([{items}]) AS e WHERE e.hit",
)

SNOWFLAKE: Final = Dialect(
    name="snowflake",
    folds_up=True,
    escapes=_BACKSLASHED,
    text="VARCHAR",
    list_of_texts="ARRAY",
    time="TIMESTAMP_TZ",
    # Whether it knows IS TRUE, its manual does not say.
    is_true="COALESCE({part}, FALSE)",
    is_false="COALESCE(NOT {part}, FALSE)",
    plus_years="DATEADD(year, {count}, {date})",
    plus_days="DATEADD(day, {count}, {date})",
    texts="ARRAY_CONSTRUCT({items})",
    no_texts="ARRAY_CONSTRUCT()",
    compact="ARRAY_COMPACT({list})",
    concat="ARRAY_CAT({left}, {right})",
    overlaps="ARRAYS_OVERLAP({left}, {right})",
    mapped="TRANSFORM({list}, m VARCHAR -> {value})",
    size="ARRAY_SIZE({list})",
    first="CAST(GET({list}, 0) AS VARCHAR)",
    place="POSITION({part}, {text})",
    trimmed="NULLIF(TRIM({text}, ' \\t\\r\\n'), '')",
    whole="^({pattern})$",
    searched="(REGEXP_INSTR({text}, {pattern}) > 0)",
    replaced="REGEXP_REPLACE({text}, {pattern}, {by})",
    controlled="(REGEXP_INSTR({text}, '[" + cells.CONTROLS[1:-1].replace("x00", "x01") + "]') > 0)",
    gather="ARRAY_AGG({value}) WITHIN GROUP (ORDER BY {order})",
    numbered="SELECT {kept}, CAST(m.value AS VARCHAR) AS member, m.index AS place "
    "FROM {table}, LATERAL FLATTEN(input => {list}) AS m",
    candidate="CASE WHEN {hit} THEN OBJECT_CONSTRUCT_KEEP_NULL("
    "'rule', {rule}, 'violated', {violated}, 'missing', {missing}, 'due_on', {due_on}) END",
    candidates="SELECT {kept}, CAST(e.value:rule AS INTEGER) AS rule, CAST(e.value:violated AS BOOLEAN) AS violated, "
    "CAST(e.value:missing AS ARRAY) AS missing, CAST(e.value:due_on AS DATE) AS due_on FROM {table} AS f, "
    "LATERAL FLATTEN(input => ARRAY_COMPACT(ARRAY_CONSTRUCT({items}))) AS e",
)

DIALECTS: Final = {dialect.name: dialect for dialect in (DUCKDB, SPARK, POSTGRES, BIGQUERY, SNOWFLAKE)}
"""Every dialect, by its name."""
