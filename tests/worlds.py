"""Records for tests: generated ones in bulk, and the answers of each engine for them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa

from kycrule.answers import _unplaced as unplaced
from kycrule.answers import determinations
from kycrule.bound import Program
from kycrule.determine import NOBODY, program
from kycrule.engines.duckdb import Engine
from kycrule.findings import Determination
from kycrule.judged import Compiled
from kycrule.literals import SQL_TYPES
from kycrule.measures import in_force
from kycrule.readings import Readings
from kycrule.records import Access, BeneficialOwner, Customer, Provider, SpecialMeasure, TrainingTransaction

AS_OF = date(2024, 6, 1)

ARROW = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "DECIMAL(15, 12)": pa.decimal128(15, 12),
    "DECIMAL(38, 0)": pa.decimal128(38, 0),
    "DECIMAL(18, 6)": pa.decimal128(18, 6),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An account with those who serve it, and whether rows of it could not be read."""

    customer: Customer
    provider: Provider = NOBODY
    upstream: Provider = NOBODY
    parent: Provider = NOBODY
    unread_owners: bool = False
    unread_accesses: bool = False
    training: tuple[TrainingTransaction, ...] = ()


def bound(readings: Readings, measures: Iterable[SpecialMeasure] = ()) -> Program:
    """The regulation as the engines get it, with the special measures that bind on the day."""
    return program(readings, in_force(measures, AS_OF))


def by_record(
    worlds: Iterable[World], readings: Readings = Readings(), measures: Iterable[SpecialMeasure] = ()
) -> list[Determination]:
    """The answers of the engine for one record."""
    compiled = Compiled(bound(readings, measures))
    return [
        compiled.determination(
            world.customer,
            (world.provider, world.upstream, world.parent),
            AS_OF,
            transactions=world.training,
            unread_owners=world.unread_owners,
            unread_accesses=world.unread_accesses,
        )
        for world in worlds
    ]


def by_duckdb(
    worlds: Sequence[World], readings: Readings = Readings(), measures: Iterable[SpecialMeasure] = ()
) -> list[Determination]:
    """The answers of DuckDB, from tables loaded as the intake would."""
    engine = Engine()
    try:
        return by_engine(engine, worlds, readings, measures)
    finally:
        engine.close()


def by_engine(
    engine: Any, worlds: Sequence[World], readings: Readings = Readings(), measures: Iterable[SpecialMeasure] = ()
) -> list[Determination]:
    """The answers of an engine for tables: DuckDB's own, or another with ``load``, ``judge`` and ``execute``."""
    load(engine, worlds)
    engine.judge(bound(readings, _placed(measures, worlds)), AS_OF)
    return [
        replace(unplaced(answer), account_id=answer.account_id.partition(":")[2])
        for answer in determinations(engine, AS_OF, readings)
    ]


def _placed(measures: Iterable[SpecialMeasure], worlds: Sequence[World]) -> list[SpecialMeasure]:
    """The measures with the Accounts that they list under the names that they have in the tables."""
    names: dict[str, list[str]] = {}
    for place, world in enumerate(worlds):
        names.setdefault(world.customer.account_id, []).append(f"{place}:{world.customer.account_id}")
    return [
        measure.model_copy(
            update={"accounts": tuple(name for account in measure.accounts or () for name in names.get(account, ()))}
        )
        for measure in measures
    ]


def load(engine: Any, worlds: Sequence[World]) -> None:
    """Make the tables that the queries read; each world is kept apart by its place."""
    _table(
        engine,
        "customers",
        Customer,
        (
            {
                **_fields(Customer, world.customer),
                "record": place,
                "account_id": f"{place}:{world.customer.account_id}",
                "served_by": f"{place}:p",
            }
            for place, world in enumerate(worlds)
        ),
        {"record": "BIGINT"},
    )
    _table(
        engine,
        "owners",
        BeneficialOwner,
        (
            {**_fields(BeneficialOwner, owner), "owner_pos": pos, "account_id": f"{place}:{world.customer.account_id}"}
            for place, world in enumerate(worlds)
            for pos, owner in enumerate(world.customer.owners, start=1)
        ),
        {"owner_pos": "BIGINT"},
    )
    _table(
        engine,
        "accesses",
        Access,
        (
            {
                **_fields(Access, access),
                "ip_reachable": access.ip_reachable,
                "account_id": f"{place}:{world.customer.account_id}",
            }
            for place, world in enumerate(worlds)
            for access in world.customer.accesses
        ),
        {"ip_reachable": "BOOLEAN"},
    )
    unread = [
        {
            "account_id": f"{place}:{world.customer.account_id}",
            "owners": world.unread_owners,
            "accesses": world.unread_accesses,
        }
        for place, world in enumerate(worlds)
        if world.unread_owners or world.unread_accesses
    ]
    _arrow(engine, "unread", unread, {"account_id": "VARCHAR", "owners": "BOOLEAN", "accesses": "BOOLEAN"})
    _table(
        engine,
        "training",
        TrainingTransaction,
        (
            {
                **_fields(TrainingTransaction, transaction),
                "row": row,
                "transaction_id": f"{place}:{transaction.transaction_id}",
                "account_id": f"{place}:{world.customer.account_id}",
            }
            for place, world in enumerate(worlds)
            for row, transaction in enumerate(world.training)
        ),
        {"row": "BIGINT"},
    )
    _table(engine, "providers", Provider, _providers(worlds), {})


def _providers(worlds: Iterable[World]) -> Iterator[dict[str, Any]]:
    for place, world in enumerate(worlds):
        provider = world.provider
        yield {
            **_fields(Provider, provider),
            "id": f"{place}:p",
            "resells_for": None if provider.resells_for is None else f"{place}:u",
            "parent": None if provider.parent is None else f"{place}:o",
        }
        if provider.resells_for is not None and world.upstream is not NOBODY:
            yield {**_fields(Provider, world.upstream), "id": f"{place}:u"}
        if provider.parent is not None and world.parent is not NOBODY:
            yield {**_fields(Provider, world.parent), "id": f"{place}:o"}


def _fields(model: type[Any], record: Any) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in model.columns()}


def _table(engine: Any, name: str, model: type[Any], rows: Iterable[dict[str, Any]], extra: dict[str, str]) -> None:
    types = {column.name: SQL_TYPES[column.form.name] for column in model.columns()} | extra
    _arrow(engine, name, list(rows), types)


def _arrow(engine: Any, name: str, rows: list[dict[str, Any]], types: dict[str, str]) -> None:
    schema = pa.schema([(column, ARROW[kind]) for column, kind in types.items()])
    table = pa.Table.from_pylist(rows, schema=schema)
    if not isinstance(engine, Engine):
        engine.load(name, table)
        return
    engine.connection.register("incoming", table)
    engine.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
    engine.connection.unregister("incoming")


# Generated records --------------------------------------------------------------------------------


def generated(count: int, seed: int) -> list[World]:
    """Worlds in which every fact is often blank, and every edge of a threshold is met."""
    chance = random.Random(seed)
    return [_world(chance, place) for place in range(count)]


def _world(chance: random.Random, place: int) -> World:
    provider = _provider(chance)
    return World(
        customer=_customer(chance, place),
        provider=provider,
        upstream=_provider(chance) if provider.resells_for and chance.random() < 0.7 else NOBODY,
        parent=_provider(chance) if provider.parent and chance.random() < 0.7 else NOBODY,
        unread_owners=chance.random() < 0.05,
        unread_accesses=chance.random() < 0.05,
        training=tuple(_transaction(chance, number) for number in range(chance.choice((0, 0, 0, 1, 2)))),
    )


def _transaction(chance: random.Random, number: int) -> TrainingTransaction:
    return TrainingTransaction.read(
        {
            "transaction_id": f"t{number}",
            "agreed_on": _maybe(chance, *_DATES),
            "changed_on": _maybe(chance, *_DATES, blank=0.7),
            "known_on": _maybe(chance, *_DATES),
            "for_foreign_person": _maybe(chance, True, False),
            "operations": _maybe(chance, "1e26", "100000000000000000000000001", "2e26", "5e25", blank=0.1),
            "single_datacenter": _maybe(chance, True, True, False, blank=0.1),
            "network_gbit_s": _maybe(chance, "100", "100.000001", "400", blank=0.1),
            "cluster_ops_per_s": _maybe(chance, "1e20", "99999999999999999999", "3e21", blank=0.1),
            "meets_technical_conditions": _maybe(chance, True, False, blank=0.7),
            "start_on": _maybe(chance, *_DATES),
            "end_on": _maybe(chance, *_DATES),
            "accelerator": _maybe(chance, "X100"),
            "training_practices": _maybe(chance, "described"),
            "weights_policy": _maybe(chance, "described"),
            "incidents": _maybe(chance, "none"),
            "request_location": _maybe(chance, "Paris"),
            "foreign_person": _maybe(chance, "Behind & Co"),
            "foreign_person_kind": _maybe(chance, "individual", "entity"),
            "foreign_person_address": _maybe(chance, "1 Rue, Lyon"),
            "foreign_person_military_box": _maybe(chance, "APO AE 09096"),
            "foreign_person_organized_in": _maybe(chance, "FR"),
            "foreign_person_owners": _maybe(chance, ["A", "B"]),
            "foreign_person_email": _maybe(chance, "a@b.example", blank=0.1),
            "foreign_person_phone": _maybe(chance, "+33 1 23 45 67 89", blank=0.1),
            "via_reseller": _maybe(chance, True, False, blank=0.6),
            "reported_on": _maybe(chance, *_DATES),
            "reseller_reported_on": _maybe(chance, *_DATES),
            "information_requested_on": _maybe(chance, *_DATES, blank=0.5),
            "information_furnished_on": _maybe(chance, *_DATES, blank=0.5),
            "inaccuracy_known_on": _maybe(chance, *_DATES, blank=0.5),
            "corrected_on": _maybe(chance, *_DATES, blank=0.5),
        }
    )


def _maybe(chance: random.Random, *values: Any, blank: float = 0.3) -> Any:
    return None if chance.random() < blank else chance.choice(values)


_COUNTRIES = ("US", "PR", "AS", "UM", "DE", "NA", "CN", "US")
_DATES = (
    "1999-12-31",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2024-05-31",
    "2024-06-01",
    "2024-06-02",
    "2199-12-31",
)
_ADDRESSES = ("8.8.8.8", "10.0.0.1", "2001:4860:4860::8888", "fe80::1", "::ffff:9.9.9.9", "192.0.2.7")


def _party(chance: random.Random) -> dict[str, Any]:
    return {
        "name": _maybe(chance, "Ann O'Hara", "王小明"),
        "citizenships": _maybe(chance, ["US"], ["DE"], ["DE", "US"], ["AS"], ["CN", "AS"], ["UM"]),
        "us_permanent_resident": _maybe(chance, True, False),
        "located_in": _maybe(chance, *_COUNTRIES, blank=0.6),
        "street_address": _maybe(chance, "1 Main Street"),
        "country": _maybe(chance, *_COUNTRIES),
        "military_box": _maybe(chance, "APO AE 09096", blank=0.7),
        "use_locations": _maybe(chance, ["Paris", "Lyon"]),
        "email": _maybe(chance, "a@b.example"),
        "phone": _maybe(chance, "+1 202 555 0100"),
        "payment_type": _maybe(chance, "credit_card", "other"),
        "payment_reference": _maybe(chance, "tok_1"),
        "us_person_verified": _maybe(chance, True, True, False),
        "identity_verified": _maybe(chance, True, False),
        "verification_method": _maybe(chance, "both", "documentary"),
        "verified_on": _maybe(chance, *_DATES),
    }


def _customer(chance: random.Random, place: int) -> Customer:
    owners = [
        {
            **_party(chance),
            "owner_id": _maybe(chance, f"o{number}", blank=0.1),
            "share": _maybe(chance, "24.999999999999", "25", "25.000000000001", "0", "100", "33.3"),
            "substantial_control": _maybe(chance, True, False, False),
            "senior_officer": _maybe(chance, True, False),
        }
        for number in range(chance.choice((0, 0, 1, 1, 2, 3)))
    ]
    accesses = [
        {"ip": _maybe(chance, *_ADDRESSES, blank=0.1), "at": _maybe(chance, "2024-02-29T23:59:59Z", blank=0.2)}
        for _ in range(chance.choice((0, 0, 1, 2)))
    ]
    fields = {
        **_party(chance),
        "account_id": f"account {place}",
        "kind": _maybe(chance, "individual", "entity", "entity", blank=0.1),
        "organized_in": _maybe(chance, *_COUNTRIES),
        "opened_on": _maybe(chance, *_DATES),
        "closed_on": _maybe(chance, *_DATES),
        "last_accessed_on": _maybe(chance, *_DATES),
        "opened_for": _maybe(chance, "customer", "customer", "other", blank=0.2),
        "reseller_account": _maybe(chance, True, False),
        "owners_known": _maybe(chance, True, True, False),
        "owners": owners,
        "accesses": accesses,
    }
    return Customer.read(fields)


def _provider(chance: random.Random) -> Provider:
    return Provider.read(
        {
            "id": "p",
            "organized_in": _maybe(chance, "US", "US", "IE", "DE", blank=0.1),
            "located_in": _maybe(chance, "US", "IE", blank=0.4),
            "us_owned": _maybe(chance, True, False),
            "parent": _maybe(chance, "o", blank=0.5),
            "offers_iaas": _maybe(chance, True, True, True, False, blank=0.1),
            "product_us_owned": _maybe(chance, True, True, False, blank=0.2),
            "product_operated_in_us": _maybe(chance, True, False, blank=0.2),
            "resells_for": _maybe(chance, "u", blank=0.5),
            "previous_certification_on": _maybe(chance, *_DATES),
            "deterrence_program_finding": _maybe(chance, *_DATES, blank=0.7),
            "finding_revoked_on": _maybe(chance, *_DATES, blank=0.7),
            "established_on": _maybe(chance, *_DATES, blank=0.5),
            "first_certification_on": _maybe(chance, *_DATES, blank=0.5),
        }
    )
