"""Two engines, one answer: whatever the record, they agree field by field."""

import pytest
import worlds

from kycrule.readings import READINGS, Readings, named

EVERY_READING = [named({reading.name: option.value}) for reading in READINGS for option in reading.options]


@pytest.mark.parametrize("readings", [Readings()], ids=["default readings"])
def test_engines_agree_on_ten_thousand_generated_records(readings):
    records = worlds.generated(10_000, seed=20240129)

    differing = [
        (one, other)
        for one, other in zip(worlds.by_record(records, readings), worlds.by_duckdb(records, readings), strict=True)
        if one != other
    ]

    assert differing == []


@pytest.mark.parametrize("readings", EVERY_READING, ids=lambda readings: ",".join(readings.changed().values()) or "-")
def test_engines_agree_under_every_reading(readings):
    records = worlds.generated(400, seed=20240430)

    assert worlds.by_record(records, readings) == worlds.by_duckdb(records, readings)
