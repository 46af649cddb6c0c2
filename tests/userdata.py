"""The tables of a user, generated, with rows that are wrong in every way that a table allows."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import worlds

from kycrule.records import JUDGED, Provider, Record, Reseller

PROVIDERS = tuple(
    Provider.read({"id": name, "name": "O'Hara \\ ${x} {y}", **fields})
    for name, fields in {
        "us": {
            "organized_in": "US",
            "offers_iaas": True,
            "product_us_owned": True,
            "previous_certification_on": "2024-03-01",
        },
        "ie": {"organized_in": "IE", "located_in": "IE", "us_owned": True, "parent": "us", "offers_iaas": True},
        "de": {"organized_in": "DE", "resells_for": "us", "offers_iaas": True, "product_us_owned": True},
        "-1": {},
    }.items()
)
RESELLERS = (
    Reseller.read({"id": "r1", "supplied_by": "us", "evidence_of_failure_on": "2024-05-01", "organized_in": "BR"}),
    Reseller.read({"id": "r2", "supplied_by": "ie", "has_written_cip": True}),
)
_WRONG: dict[str, tuple[Any, ...]] = {
    "country": ("ZZ", "Germany", "D\u0301E", "\u0131t"),
    "citizenships": (["DE", "ZZ"], ["Germany"]),
    "email": ("nobody", "a@b@c", "a b@c"),
    "phone": ("none", "123"),
    "name": ("x" * 1025, "bell \x07"),
    "share": (Decimal("100.5"), Decimal(-1)),
    "payment_type": ("cash",),
    "account_id": ("tab\tin it", "x" * 257, None),
    "verified_on": (date(1850, 1, 1),),
    "at": (datetime(1850, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)),
    "ip": ("1.2.3", "2001:db8::g", "10.0.0.0/8"),
    "amount_usd": (Decimal("0.0000001"),),
}


def tables(count: int, seed: int, *, wrong: float = 0.02) -> dict[str, list[dict[str, Any]]]:
    """Rows for each table, of typed values.

    Args:
        count: how many customers there are.
        seed: the same rows come of the same.
        wrong: the part of rows with a value that is wrong.
    """
    chance = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {role: [] for role in JUDGED}
    for world in worlds.generated(count, seed):
        customer = world.customer
        own = {"served_by": chance.choice(("us", "us", "ie", "de", "-1"))}
        rows["customers"].append({**_fields(customer), **own})
        inside = {"owners": customer.owners, "accesses": customer.accesses, "training": world.training}
        for role, records in inside.items():
            for record in records:
                fields = {**_fields(record), "account_id": customer.account_id}
                if role == "training":
                    fields["transaction_id"] = f"{customer.account_id} {fields['transaction_id']}"
                rows[role].append(fields)
    for role, listed in rows.items():
        listed.extend(_mixed_up(chance, role, listed, wrong))
        chance.shuffle(listed)
        for place, row in enumerate(listed):
            row["row"] = place
    return rows


def _fields(record: Record) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in type(record).columns()}


def _mixed_up(chance: random.Random, role: str, rows: list[dict[str, Any]], wrong: float) -> list[dict[str, Any]]:
    """Put wrong values into rows, and give rows that are wrong for the sake of others."""
    more: list[dict[str, Any]] = []
    for row in rows:
        for name, values in _WRONG.items():
            if name in row and chance.random() < wrong / 4:
                row[name] = chance.choice(values)
        if role == "customers" and chance.random() < wrong / 2:
            row["served_by"] = chance.choice(("nobody", None))
        if chance.random() < wrong / 2:
            more.append({**row})
        elif role != "customers" and chance.random() < wrong / 2:
            more.append({**row, "account_id": "of nobody"})
    return more


def arrow(role: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a typed table."""
    types = {column.name: worlds.ARROW[worlds.SQL_TYPES[column.form.name]] for column in JUDGED[role].columns()}
    types |= {name: pa.decimal128(24, 12) for name in ("share", "amount_usd") if name in types}
    return pa.Table.from_pylist(rows, schema=pa.schema([*types.items(), ("row", pa.int64())]))
