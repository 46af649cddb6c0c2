"""The example files as a run, and a small world in which every report has something to say."""

import csv
import tomllib
from datetime import date
from pathlib import Path

import kycrule
from kycrule.records import Access, BeneficialOwner, Customer, Provider, Reseller, TrainingTransaction

EXAMPLES = Path(__file__).parents[2] / "examples"
AS_OF = date(2024, 6, 1)
HOSTILE = "<script>x</script> | **Bold** [a](javascript:x) `c` www.evil.example a@b.example\u202e\x85"

PROVIDER = {
    "id": "p",
    "name": "Pine Cloud",
    "organized_in": "US",
    "located_in": "US",
    "offers_iaas": True,
    "product_us_owned": True,
    "previous_certification_on": "2023-07-01",
    "has_written_cip": True,
    "cip_requested_on": "2024-05-01",
    "cip_furnished_on": "2024-05-12",
    "employees": "120",
    "contact_name": "Ada Quill",
    "identity_verification_tools": "Passports are read.",
    "reestablishment_prevention": "A hash of the document is kept.",
}
RESELLERS = (
    {"id": "r1", "name": "Resale GmbH", "supplied_by": "p", "account_id": "A4", "cip_requested_on": "2024-05-30"},
    {"id": "r2", "name": "Exempt SA", "supplied_by": "p", "finding": "2024-01-15", "organized_in": "FR"},
    {"id": "r3", "name": "Over Ltd", "supplied_by": "p", "terminated_on": "2024-02-01"},
)
PERSON = {
    "kind": "individual",
    "name": HOSTILE,
    "citizenships": ["FR"],
    "us_permanent_resident": False,
    "country": "FR",
    "city": "Lyon",
    "street_address": "1 rue A",
    "use_locations": ["Lyon"],
    "email": "a@a.example",
    "phone": "+33 1 2345",
    "payment_type": "account",
    "payment_reference": "=1+1",
    "reseller_account": False,
    "opened_on": "2024-01-10",
    "opened_for": "customer",
    "served_by": "p",
}
FIRM = {
    **PERSON,
    "kind": "entity",
    "name": "Firm AG",
    "organized_in": "DE",
    "country": "DE",
    "owners_known": True,
    "identity_verified": True,
    "verification_method": "both",
    "verified_on": "2024-01-05",
    "verification_documents": "Register extract 17",
    "verification_results": "Called back: agreed",
    "discrepancy_resolution": "Old address explained",
}
FIRM.pop("citizenships")
FIRM.pop("us_permanent_resident")
CUSTOMERS = (
    {
        **PERSON,
        "account_id": "A1",
        "identity_verified": False,
        "verification_plan": "By 1 July",
        "deprovision_on": "2024-08-01",
    },
    {**PERSON, "account_id": "A2", "identity_verified": None},
    {**FIRM, "account_id": "A3", "closed_on": "2024-03-01", "last_accessed_on": "2024-02-01"},
    {**FIRM, "account_id": "A4", "name": "Resale GmbH", "reseller_account": True},
    {**FIRM, "account_id": "A5", "organized_in": "US", "country": "US", "us_person_verified": True},
)
OWNERS = (
    {
        "account_id": "A3",
        "owner_id": "o1",
        "name": "Eve",
        "share": "30.5",
        "citizenships": ["DE"],
        "street_address": "3 Ring",
        "country": "DE",
        "email": "eve@b.example",
        "phone": "+49 228 555 0103",
    },
    {"account_id": "A3", "owner_id": "o2", "name": "Sam", "share": "69.5", "citizenships": ["US"], "country": "US"},
    {
        "account_id": "A5",
        "owner_id": "o1",
        "name": "Li",
        "substantial_control": True,
        "country": "CN",
        "located_in": "SG",
    },
)
ACCESSES = (
    {"account_id": "A3", "ip": "192.0.2.1", "at": "2024-02-01T10:00:00+02:00", "action": "access"},
    {"account_id": "A5", "ip": "2001:db8::1", "at": "2024-02-02T10:00:00Z"},
)
WHOLE = {
    "agreed_on": "2024-05-01",
    "known_on": "2024-05-20",
    "for_foreign_person": True,
    "meets_technical_conditions": True,
    "operations": "2e26",
    "start_on": "2024-06-01",
    "end_on": "2024-09-01",
    "accelerator": "X-1",
    "training_practices": "Pre-training",
    "weights_policy": "Vaulted",
    "incidents": "none",
    "request_location": "Bonn",
}
TRAINING = (
    {**WHOLE, "transaction_id": "T1", "account_id": "A3"},
    {**WHOLE, "transaction_id": "T2", "account_id": "A3", "accelerator": None},
    {**WHOLE, "transaction_id": "T3", "account_id": "A3", "via_reseller": True, "changed_on": "2024-05-10"},
    {
        **WHOLE,
        "transaction_id": "T4",
        "account_id": "A3",
        "information_requested_on": "2024-05-28",
        "reported_on": "2024-05-25",
    },
    {
        **WHOLE,
        "transaction_id": "T5",
        "account_id": "A3",
        "inaccuracy_known_on": "2024-05-29",
        "reported_on": "2024-05-25",
    },
    {**WHOLE, "transaction_id": "T6", "account_id": "A3", "meets_technical_conditions": False},
    {**WHOLE, "transaction_id": "T7", "account_id": "A5", "foreign_person": "Behind & Co", "request_location": None},
)


def rows(name):
    """The rows of an example file."""
    with (EXAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def providers():
    """The providers of the example file."""
    return tomllib.loads((EXAMPLES / "providers.toml").read_text("utf-8"))["providers"]


def example_run(out, **options):
    """A run of the example files."""
    files = {name: EXAMPLES / f"{name}.csv" for name in ("customers", "owners", "accesses", "training")}
    return kycrule.check(**files, providers=EXAMPLES / "providers.toml", as_of=AS_OF, out=out, **options).out


def small_run(folder, *, provider=None, others=(), training=TRAINING, **options):
    """A run of the small world; ``provider`` replaces fields of its only provider, ``others`` stand beside it."""
    files = {"customers": (Customer, CUSTOMERS), "owners": (BeneficialOwner, OWNERS), "accesses": (Access, ACCESSES)}
    files["training"] = (TrainingTransaction, training)
    for name, (model, found) in files.items():
        _write(folder / f"{name}.csv", model, found)
    return kycrule.check(
        **{name: folder / f"{name}.csv" for name in files},
        providers=tuple(Provider.read({**PROVIDER, **fields}) for fields in (provider or {}, *others)),
        resellers=tuple(Reseller.read(reseller) for reseller in RESELLERS),
        as_of=AS_OF,
        out=folder / "run",
        **options,
    ).out


def _write(path, model, found):
    columns = [column.name for column in model.columns()]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in found)


def _cell(value):
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ";".join(value)
        case _:
            return value
