"""Another reading, another answer: the comparison says exactly what a run under that reading would say."""

import csv
from datetime import date
from pathlib import Path

import pytest

import kycrule
from kycrule.errors import DefinitionError
from kycrule.readings import READINGS, named

EXAMPLES = Path(__file__).parents[1] / "examples"
FILES = {
    "owners": EXAMPLES / "owners.csv",
    "accesses": EXAMPLES / "accesses.csv",
    "providers": EXAMPLES / "providers.toml",
}


def checked(out, **options):
    return kycrule.check(EXAMPLES / "customers.csv", **FILES, as_of=date(2024, 6, 1), out=out, **options)


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_other_value_of_a_reading_is_compared(tmp_path):
    summary = checked(tmp_path / "run", compare=["all"]).summary["comparison"]
    expected = [(reading.name, option.value) for reading in READINGS for option in reading.options[1:]]
    assert [(other["reading"], other["value"]) for other in summary] == expected


def test_the_comparison_is_what_a_run_under_the_other_reading_says(tmp_path):
    checked(tmp_path / "run", compare=["foreign_subsidiary", "located"])
    usual = {row["account_id"]: row["disposition"] for row in table(tmp_path / "run" / "determinations.csv")}
    compared = table(tmp_path / "run" / "comparison.csv")
    for reading, value in {(row["reading"], row["value"]) for row in compared}:
        checked(tmp_path / value, readings=named({reading: value}))
        other = {row["account_id"]: row["disposition"] for row in table(tmp_path / value / "determinations.csv")}
        told = {
            row["account_id"]: (row["disposition"], row["would_be"])
            for row in compared
            if (row["reading"], row["value"]) == (reading, value)
        }
        assert told == {
            account: (disposition, other[account])
            for account, disposition in usual.items()
            if other[account] != disposition
        }


def test_a_comparison_leaves_the_answers_as_they_are(tmp_path):
    checked(tmp_path / "plain")
    checked(tmp_path / "compared", compare=["all"])
    for name in ("determinations.csv", "findings.csv"):
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "compared" / name).read_bytes()


def test_the_reading_in_use_is_not_compared_with_itself(tmp_path):
    readings = kycrule.Readings(foreign_subsidiary="product-nexus")
    summary = checked(tmp_path / "run", readings=readings, compare=["foreign_subsidiary"]).summary["comparison"]
    values = [other["value"] for other in summary]
    assert "product-nexus" not in values
    assert "entity-text" in values


def test_a_reading_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="no_such"):
        checked(tmp_path / "run", compare=["no_such"])
