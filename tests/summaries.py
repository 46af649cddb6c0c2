"""Summaries for pages: as full as one can be, with texts of a user's in every place where the page shows any."""

import itertools
from datetime import date, timedelta

import pycountry

from kycrule import facts, redflags
from kycrule.expr import Fact, Flag
from kycrule.faults import FAULTS
from kycrule.findings import Disposition
from kycrule.law import SUBPART_D
from kycrule.readings import READINGS
from kycrule.summary import LATER, OVERDUE, UNDATED, UNKNOWN, WEEKS

MANY = 1_234_567_890
AS_OF = date(2024, 6, 1)
SHOWN = 15
"""How many columns without a meaning the page shows of a file."""


def fullest(texts=("plain",)):
    """A summary with all that one can hold.

    Args:
        texts: stand, each in its turn, in the places of texts that are the user's.
    """
    given = itertools.cycle(texts)
    names = [fact.name for fact in vars(facts).values() if isinstance(fact, Fact | Flag)]
    labels = [*names, *(f"owners.{name}" for name in names), *(f"provider.{name}" for name in names)]
    labels += ["owners", "accesses", "disposition", *(f"readings.{reading.name}" for reading in READINGS)]
    asked = dict.fromkeys(labels, MANY)
    countries = {country.alpha_2: MANY for country in pycountry.countries} | {UNKNOWN: 1}
    kinds = dict.fromkeys((due.kind for due in SUBPART_D.reports), MANY)
    monday = AS_OF - timedelta(days=AS_OF.weekday())
    weeks = [OVERDUE, *(str(monday + timedelta(weeks=week)) for week in range(WEEKS)), LATER, UNDATED]
    files = [
        {
            "name": next(given),
            "records": MANY,
            "used": MANY,
            "quarantined": MANY,
            "unattributed": MANY,
            "blank_lines": 0,
            "ignored_columns": [next(given) for _ in range(SHOWN + 100)],
        }
        for _ in range(5)
    ]
    return {
        "as_of": str(AS_OF),
        "rule_version": SUBPART_D.version,
        "readings": {reading.name: reading.options[-1].value for reading in READINGS},
        "providers_known": False,
        "rows": MANY * 7,
        "determined": MANY * 6,
        "quarantined": MANY,
        "dispositions": {disposition.value: MANY for disposition in Disposition},
        "foreign_customers": MANY,
        "foreign_owners": MANY,
        "foreign_resellers": MANY,
        "countries": {"foreign_customers": countries, "foreign_owners": countries},
        "findings": [
            {"code": rule.code, "name": rule.name, "violated": MANY, "undetermined": MANY, "missing": asked}
            for rule in SUBPART_D.rules
        ],
        "turns_on": asked,
        "reports_due": kinds,
        "reports_by_week": dict.fromkeys(weeks, kinds),
        "quarantine": {fault.code: MANY for fault in FAULTS},
        "ownership": {"accounts": MANY, "remarks": dict.fromkeys(("missing", "cycle", "over", "unread"), MANY)},
        "files": files,
        "comparison": [
            {
                "reading": reading.name,
                "value": option.value,
                "changed": MANY,
                "to": {disposition.value: MANY for disposition in Disposition},
            }
            for reading in READINGS
            for option in reading.options
        ],
        "screening": {
            "threshold": 90.0,
            "lists": [{"name": next(given), "entries": MANY, "names": MANY, "unread": MANY} for _ in range(2)],
            "names": MANY,
            "compared": MANY,
            "too_common": MANY,
            "possible_matches": MANY,
            "accounts": MANY,
        },
        "red_flags": {
            "flags": {flag.name: MANY for flag in redflags.FLAGS},
            "accounts": MANY,
            "countries": {"addresses": MANY, "with_country": MANY, "accounts": countries},
            "not_from_data": redflags.NOT_FROM_DATA,
        },
    }


def emptiest():
    """A summary of a run of which there is nothing to tell."""
    return {
        "as_of": str(AS_OF),
        "rule_version": SUBPART_D.version,
        "readings": {},
        "providers_known": True,
        "rows": 0,
        "determined": 0,
        "quarantined": 0,
        "dispositions": {disposition.value: 0 for disposition in Disposition},
        "foreign_customers": 0,
        "foreign_owners": 0,
        "foreign_resellers": 0,
        "countries": {"foreign_customers": {}, "foreign_owners": {}},
        "findings": [],
        "turns_on": {},
        "reports_due": {},
        "reports_by_week": {},
        "quarantine": {},
        "ownership": {"accounts": 0, "remarks": {}},
        "files": [
            {
                "name": "customers.csv",
                "records": 0,
                "used": 0,
                "quarantined": 0,
                "unattributed": 0,
                "blank_lines": 0,
                "ignored_columns": [],
            }
        ],
    }
