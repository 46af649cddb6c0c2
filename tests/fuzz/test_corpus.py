"""The corpus of the fuzzers, replayed: what they found stays mended, without the fuzzer itself."""

from pathlib import Path

import pytest
from fuzz import targets

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("name", targets.TARGETS)
def test_every_input_that_was_kept_is_answered(name):
    kept = sorted((CORPUS / name).glob("*"))
    for path in kept:
        targets.TARGETS[name](path.read_bytes())

    assert kept
