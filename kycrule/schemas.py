"""Every schema: JSON Schema 2020-12 of records, reports and outputs, Frictionless Table Schema of input files."""

from __future__ import annotations

from typing import Any, Final

from kycrule import reports
from kycrule.documents import DOCUMENTS
from kycrule.errors import DefinitionError
from kycrule.intake.columns import TABLES
from kycrule.nearest import did_you_mean
from kycrule.reports.schemas import named
from kycrule.tableschema import table_schema

INPUTS: Final = {f"{table}.csv": table for table in TABLES}
"""The files that a run reads, each with its table."""

NAMES: Final = (*reports.MODELS, *INPUTS, *DOCUMENTS)
"""What has a schema: records and reports, input files, outputs."""


def schema(name: str) -> dict[str, Any]:
    """The schema of a record, a report, an input file or an output.

    Args:
        name: such as ``customer``, ``certification``, ``customers.csv`` or ``manifest.json``.

    Returns:
        For an input file a Table Schema of Frictionless; else a JSON Schema 2020-12. That of a CSV file which a run
        writes is for one row, whose cells are all texts.

    Raises:
        DefinitionError: nothing has that name.

    >>> schema("owners.csv")["foreignKeys"][0]["reference"]
    {'resource': 'customers', 'fields': ['account_id']}
    """
    if name not in NAMES:
        message = f"There is no schema {name!r}.{did_you_mean(name, NAMES)} There are: {', '.join(NAMES)}."
        raise DefinitionError(message)
    if name in INPUTS:
        return table_schema(INPUTS[name])
    if name in DOCUMENTS:
        return named(name, DOCUMENTS[name].model_json_schema())
    return reports.schema(name)
