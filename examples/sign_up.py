"""Sign-up over HTTP with FastAPI: may this account be opened now, and if not, what is to be asked?

pip install fastapi uvicorn
uvicorn sign_up:app
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

import kycrule

PROVIDER = kycrule.Provider.read(
    {
        "id": "northwind",
        "organized_in": "US",
        "offers_iaas": True,
        "product_us_owned": True,
        "product_operated_in_us": True,
    }
)

app = FastAPI()


@app.post("/accounts")
def open_account(fields: dict[str, Any]) -> dict[str, Any]:
    """Decide on the record of a customer, before its Account is opened: § 7.302(d)(1)."""
    customer = kycrule.Customer.read(fields)
    answer = kycrule.determine(customer, provider=PROVIDER, as_of=datetime.now(UTC).date())
    # What an exemption turns on is asked first; else whatever a duty lacks.
    missing = dict.fromkeys(answer.turns_on)
    missing |= dict.fromkeys(fact for finding in answer.findings for fact in finding.missing)
    return {
        "open": not answer.findings and answer.disposition is not kycrule.Disposition.UNDETERMINED,
        "disposition": answer.disposition,
        "basis": answer.basis,
        "findings": [{"code": finding.code, "subject": finding.subject} for finding in answer.findings],
        "ask": list(missing),
    }


@app.exception_handler(kycrule.RecordError)
async def refuse_record(_: Request, error: kycrule.RecordError) -> JSONResponse:
    """Name the fields that are not in their form, and never what stood in them."""
    faults = [{"field": field, "code": code} for field, code in error.faults]
    return JSONResponse({"faults": faults}, status_code=422)


@app.exception_handler(RequestValidationError)
async def refuse_body(_: Request, error: RequestValidationError) -> JSONResponse:
    """The same for a body that is no record at all: FastAPI would send it back."""
    faults = [{"field": ".".join(map(str, one["loc"])), "code": one["type"]} for one in error.errors()]
    return JSONResponse({"faults": faults}, status_code=422)
