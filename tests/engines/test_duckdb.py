"""DuckDB as an engine: what it refuses, and how."""

import sys

import pytest

from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError


@pytest.mark.parametrize("settings", [{"threads": 0}, {"threads": -3}, {"memory": "plenty"}, {"memory": ""}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(DefinitionError, match="threads is a number"):
        Engine(**settings)


def test_without_duckdb_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(DefinitionError, match=r"kycrule\[batch\]"):
        Engine()
