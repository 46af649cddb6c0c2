"""The text for PostgreSQL, on a real server: it gives the same answers as DuckDB."""

import postgres
import pytest
import worlds
from needs import needs

from kycrule.readings import Readings

pytestmark = needs(postgres.PROGRAMS, "a PostgreSQL server")


@pytest.fixture(scope="module")
def engine():
    with postgres.cluster() as how:
        running = postgres.Engine(how)
        yield running
        running.close()


@pytest.mark.parametrize(
    "readings",
    [
        Readings(),
        Readings(
            foreign_subsidiary="product-nexus",
            us_nationals="foreign-person",
            retention_clock="earlier",
            senior_officer_is_control="yes",
            report_trigger="latest",
        ),
    ],
    ids=["default readings", "other readings"],
)
def test_postgresql_gives_the_same_determinations(engine, readings):
    records = worlds.generated(2_000, seed=20240131)

    assert worlds.by_engine(engine, records, readings) == worlds.by_duckdb(records, readings)
