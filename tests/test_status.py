"""Where the rule stands in law is told plainly, and nothing in it passes for law in force."""

from dataclasses import FrozenInstanceError

import pytest

from kycrule.status import status


def test_rule_is_a_proposal_and_binds_nobody():
    assert status().stage == "proposed"
    assert status().in_force is False
    assert "never in force" in status().summary


def test_text_tells_the_summary_the_history_and_that_it_is_no_advice():
    told = str(status())

    assert told.startswith(status().summary)
    for event in status().events:
        assert f"{event.on}  {event.what}" in told
    assert told.endswith(f"Looked up to {status().checked_on}. Not legal advice.")


def test_history_is_in_order_and_ends_before_it_was_looked_up():
    days = [event.on for event in status().events]

    assert days == sorted(days)
    assert days[-1] <= status().checked_on


def test_what_no_primary_source_shows_is_marked():
    uncertain = [event for event in status().events if not event.certain]

    assert uncertain
    for line in str(status()).splitlines():
        marked = line.endswith("(secondary source)")
        assert marked == any(line == f"{event.on}  {event.what} (secondary source)" for event in uncertain)


def test_proposal_itself_is_cited():
    assert "89 FR 5698" in status().citation
    assert any("89 FR 5698" in event.what for event in status().events)


def test_status_is_the_same_each_time_and_cannot_be_changed():
    assert status() == status()
    with pytest.raises(FrozenInstanceError):
        status().in_force = True
