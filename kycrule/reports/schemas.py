"""JSON Schema 2020-12 of the records that users hand in and of the reports that they get, and the JSON itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel

from kycrule import records
from kycrule.errors import DefinitionError
from kycrule.nearest import did_you_mean
from kycrule.records import BeneficialOwner, Record, TrainingTransaction
from kycrule.reports.account_record import AccountRecord
from kycrule.reports.certification_form import STANDARDS
from kycrule.reports.exemption import FACTORS, PROGRAM, AnnualNotice, ExemptionRequest
from kycrule.reports.furnishing_list import Furnishing
from kycrule.reports.model import Report, cited
from kycrule.reports.provider_certification import Certification
from kycrule.reports.referral import RedFlags
from kycrule.reports.reseller_forms import ResellerCertification
from kycrule.reports.training_report import TrainingReport
from kycrule.terminal import escaped_json

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

REPORTS: Final[dict[str, type[Report]]] = {
    "certification": Certification,
    "reseller-certification": ResellerCertification,
    "training": TrainingReport,
    "exemption-request": ExemptionRequest,
    "annual-notice": AnnualNotice,
    "furnishing": Furnishing,
    "red-flags": RedFlags,
    "record": AccountRecord,
}
"""Every kind of report with its model."""

CHECKLISTS: Final = {
    "Form.standards": STANDARDS,
    "ExemptionRequest.program": PROGRAM,
    "ExemptionRequest.factors": FACTORS,
}
"""The items of reports that list points for a person to find or describe."""

_CALLED: Final[dict[type[Record], str]] = {BeneficialOwner: "owner", TrainingTransaction: "training"}
_BASES: Final = {Record, records.Party, records.Certified}


def _records() -> Iterator[tuple[str, type[Record]]]:
    for found in vars(records).values():
        if isinstance(found, type) and issubclass(found, Record) and found not in _BASES:
            yield _CALLED.get(found, re.sub(r"(?<!^)(?=[A-Z])", "-", found.__name__).lower()), found


RECORDS: Final[dict[str, type[Record]]] = dict(_records())
"""Every kind of record with its model."""

MODELS: Final[dict[str, type[BaseModel]]] = {
    **RECORDS,
    # A training transaction is a record; its report has a name of its own.
    **{("training-report" if name in RECORDS else name): model for name, model in REPORTS.items()},
}
"""What has a schema."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a record or report.

    Args:
        name: such as ``customer``, ``owner``, ``certification`` or ``training-report``.

    Raises:
        DefinitionError: nothing has that name.

    >>> schema("access")["$id"]
    'urn:kycrule:schema:access'
    """
    if name not in MODELS:
        message = f"There is no schema {name!r}.{did_you_mean(name, MODELS)} There are: {', '.join(MODELS)}."
        raise DefinitionError(message)
    model = MODELS[name]
    made = model.model_json_schema()
    told = meanings(model) if issubclass(model, Record) else {}
    for field, says in told.items():
        made["properties"][field].setdefault("description", says)
    made["description"] = (model.__doc__ or "").partition("\n")[0]
    return named(name, made)


def named(name: str, made: dict[str, Any]) -> dict[str, Any]:
    """A schema with its dialect and its name."""
    return {"$schema": DIALECT, "$id": f"urn:kycrule:schema:{name}", **made}


def json_text(report: Report) -> str:
    """A report as JSON; characters that a terminal might obey are escaped."""
    return escaped_json(report.model_dump_json(indent=2)) + "\n"


def paragraphs() -> dict[str, tuple[str, ...]]:
    """The paragraphs that items of reports stand for, each with the items.

    >>> paragraphs()["7.304(a)(2)(vi)"][0]
    'Provision.customers'
    """
    found: dict[str, list[str]] = {}
    for model in dict.fromkeys(each for report in REPORTS.values() for each in models_within(report)):
        for name, field in model.model_fields.items():
            for paragraph in cited(field):
                found.setdefault(paragraph, []).append(f"{model.__name__}.{name}")
    for name, points in CHECKLISTS.items():
        for paragraph, _ in points:
            found.setdefault(paragraph, []).append(name)
    return {paragraph: tuple(items) for paragraph, items in found.items()}


def models_within(kind: Any) -> Iterator[type[BaseModel]]:
    """A model and the models of its fields."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models_within(field.annotation)
    for inner in get_args(kind):
        yield from models_within(inner)


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of a record and its bases say of each field."""
    told: dict[str, str] = {}
    for base in reversed(model.__mro__):
        name = ""
        for line in (base.__doc__ or "").partition("Attributes:\n")[2].splitlines():
            start, colon, rest = line.strip().partition(": ")
            if line.startswith("        ") and not line.startswith("         ") and colon:
                name = start
                told[name] = rest
            elif line.startswith("         ") and name:
                told[name] += " " + line.strip()
    return {field: says for field, says in told.items() if field in model.model_fields}
