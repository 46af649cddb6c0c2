"""Table Schema (Frictionless) of the CSV files that a run reads, from the records and the forms of their cells."""

from __future__ import annotations

from typing import Any, Final

from kycrule import cells
from kycrule.cells import Form
from kycrule.dictionary import TITLES, meaning
from kycrule.intake.columns import REQUIRED, columns_of
from kycrule.records import Column

PROFILE: Final = "https://specs.frictionlessdata.io/schemas/table-schema.json"

KEYS: Final = {"customers": ["account_id"], "training": ["transaction_id"]}
"""The tables in which a column names a row, each with that column."""

_NUMBERS: Final = {cells.SHARE.name, cells.COUNT.name, cells.MEASURE.name}


def table_schema(table: str) -> dict[str, Any]:
    """The Table Schema of a CSV file that a run reads.

    Args:
        table: ``customers``, ``owners``, ``accesses``, ``stakes`` or ``training``.

    >>> table_schema("accesses")["fields"][0]["constraints"]["required"]
    True
    """
    made: dict[str, Any] = {
        "$schema": PROFILE,
        "title": TITLES[table],
        "fields": [_field(table, column) for column in columns_of(table)],
        "missingValues": [""],
    }
    if table in KEYS:
        made["primaryKey"] = KEYS[table]
    if table != "customers":
        made["foreignKeys"] = [
            {"fields": ["account_id"], "reference": {"resource": "customers", "fields": ["account_id"]}}
        ]
    return made


def _field(table: str, column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "description": meaning(table, column),
        **_type(column.form),
        "constraints": {**_constraints(column.form), **({"required": True} if column.name in REQUIRED else {})},
    }


_WORDS: Final = (cells.YES, cells.NO)


def _type(form: Form) -> dict[str, Any]:
    if form is cells.YES_NO:
        spelt = [tuple(f(word) for word in words for f in (str.lower, str.title, str.upper)) for words in _WORDS]
        yes, no = (list(dict.fromkeys(words)) for words in spelt)
        return {"type": "boolean", "trueValues": yes, "falseValues": no}
    if form is cells.DATE:
        return {"type": "date", "format": "default"}
    return {"type": "number" if form.name in _NUMBERS else "string"}


def _constraints(form: Form) -> dict[str, Any]:
    # A pattern is for texts alone.
    if form is cells.YES_NO:
        return {}
    if form is cells.DATE:
        return {"minimum": "1900-01-01", "maximum": "2199-12-31"}
    if form.name in _NUMBERS:
        return {"minimum": 0, **({"maximum": 100} if form is cells.SHARE else {})}
    if form.choices:
        return {"enum": list(form.choices)}
    if form.many:
        member = form.pattern or "[^;]*"
        return {"pattern": f" *(?:{member})? *(?:; *(?:{member})? *)*"}
    return {"maxLength": form.longest, **({"pattern": form.pattern} if form.pattern else {})}
