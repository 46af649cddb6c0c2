"""DuckDB as an engine: what it refuses, and how, and that a query can be stopped."""

import signal
import sys
import time

import pytest

from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError, EngineError


@pytest.mark.parametrize("settings", [{"threads": 0}, {"threads": -3}, {"memory": "plenty"}, {"memory": ""}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(DefinitionError, match="threads is a number"):
        Engine(**settings)


def test_without_duckdb_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(DefinitionError, match=r"kycrule\[batch\]"):
        Engine()


def test_what_the_disk_refuses_is_the_systems_own_error(tmp_path):
    engine = Engine()
    with pytest.raises(FileNotFoundError, match="No such file or directory"):
        engine.execute(f"COPY (SELECT 1) TO '{tmp_path / 'absent' / 'secret.csv'}'")
    engine.close()


class Stopped(BaseException):
    """What a signal raises in the thread that waits for the engine, as Ctrl+C does."""


ENDLESS = "SELECT count(*) FROM range(1_000_000_000) AS a, range(1_000_000_000) AS b WHERE a.range < b.range"


@pytest.fixture
def stop_soon():
    """A signal after a fifth of a second, which raises :class:`Stopped` wherever the main thread is."""

    def stop(*_):
        raise Stopped

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("stop_soon")
def test_a_signal_stops_a_long_query_at_once_and_leaves_the_engine_usable():
    engine = Engine()
    began = time.monotonic()

    with pytest.raises(Stopped):
        engine.execute(ENDLESS)

    assert time.monotonic() - began < 10
    assert engine.execute("SELECT 1") == [(1,)]
    engine.close()


def test_a_query_that_still_runs_is_stopped_when_the_engine_is_closed():
    engine = Engine()
    engine.start(ENDLESS)

    engine.close()

    with pytest.raises(EngineError):
        engine.execute("SELECT 1")


def test_a_function_of_ours_is_called_with_what_is_known_alone():
    # With one thread, the engine calls it where a measurement of coverage sees it.
    engine = Engine(threads=1)
    engine.offer("shouted", str.upper)

    assert engine.execute("SELECT shouted(word) FROM (VALUES ('a'), (NULL)) AS t(word)") == [("A",), (None,)]
    engine.close()
