"""Runs a bound regulation on Apache Spark, for tables that one machine does not hold.

The same steps as on DuckDB, in Spark's dialect. Nothing is brought to the driver, and nothing of a user's session is
touched: a query is given its tables as DataFrames, not as views that have a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final

from kycrule.bound import Program, Standing
from kycrule.engines import sql
from kycrule.engines.dialects import SPARK
from kycrule.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

KEPT: Final = frozenset({"accounts"})
"""The steps of which several results are made: Spark keeps their rows, and does not work them out again."""


class Engine:
    """The tables of a run on a Spark session, of which none is worked out before its rows are asked for.

    Args:
        session: classic, or of Spark Connect.

    Attributes:
        tables: those that were loaded, and those whose rows Spark keeps, by name.
    """

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._steps: dict[str, sql.Query] = {}
        self.tables: dict[str, DataFrame] = {}

    def make(self, steps: Iterable[sql.Query]) -> None:
        """Make tables of queries, in their order."""
        for step in steps:
            # A table that is made anew stands after those that it needs.
            self._steps.pop(step.name, None)
            known = self.tables.pop(step.name, None)
            if known is not None:
                known.unpersist()
            self._steps[step.name] = step
            if step.name in KEPT:
                self.tables[step.name] = self.query(f"SELECT * FROM {step.name}").persist()

    def query(self, text: str) -> DataFrame:
        """The rows of a select over the tables.

        Raises:
            EngineError: Spark refused it; the message names the kind of error, never a value.
        """
        from pyspark.errors import PySparkException

        # Spark fills in DataFrames for names in braces: no other braces may stand in the text.
        given = [sql.Query(name, f"SELECT * FROM {{{name}}}") for name in self.tables]
        made = [sql.Query(name, _plain(step.text)) for name, step in self._steps.items() if name not in self.tables]
        whole = sql.whole([*given, *made], _plain(text), SPARK)
        frames = {name: self.tables[name] for name in re.findall(r"\(SELECT \* FROM \{(\w+)\}\)", whole)}
        try:
            return self._session.sql(whole, args=None, **frames)
        except PySparkException as error:
            message = f"Spark failed: {error.getCondition() or type(error).__name__}."
            # What the engine says may hold values of a record.
            raise EngineError(message) from None

    def judge(self, program: Program, as_of: date) -> None:
        """Make the result tables ``determinations``, ``findings`` and ``due`` from the loaded tables."""
        self.make(sql.queries(program, as_of, SPARK))

    def judge_standing(self, standing: Standing, as_of: date) -> None:
        """Make ``standing_findings`` and ``standing_due`` of the tables ``providers`` and ``resellers``."""
        self.make(sql.standing_queries(standing, as_of, SPARK))

    def close(self) -> None:
        """Let go of the rows that Spark keeps; the session stays as it is."""
        for name in KEPT & self.tables.keys():
            self.tables.pop(name).unpersist()


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
