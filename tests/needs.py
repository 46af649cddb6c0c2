"""What some tests need of the machine: they are skipped without it, but where everything must hold they fail."""

import os

import pytest

MUST_HOLD = os.environ.get("TEST_MUST_HOLD") == "1"


def needs(there, what):
    """A mark for tests that need something; ``there`` says whether the machine has it."""
    return pytest.mark.skipif(not there and not MUST_HOLD, reason=f"needs {what}")
