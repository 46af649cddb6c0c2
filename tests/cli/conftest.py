"""What tests of the command line have in common."""

import io
import signal
import sys
from datetime import UTC, datetime

import pytest

from kycrule.cli import run

PROVIDERS = '[[providers]]\nid = "p"\norganized_in = "US"\noffers_iaas = true\nproduct_us_owned = true\n'
PROVIDERS += f"has_written_cip = true\nprevious_certification_on = {datetime.now(UTC).date()}\n"


class Ended:
    """How a command ended, and what it said."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = int(code), out, err


@pytest.fixture(autouse=True)
def _signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def cli(capfd, monkeypatch, tmp_path):
    """Runs the command line in a folder of its own, with what it reads from standard input."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run([str(argument) for argument in arguments])
        told = capfd.readouterr()
        return Ended(code, told.out, told.err)

    return command


@pytest.fixture
def providers(tmp_path):
    """A file of one provider, which is bound."""
    path = tmp_path / "providers.toml"
    path.write_text(PROVIDERS, encoding="utf-8")
    return path


@pytest.fixture
def customers(tmp_path, providers):  # noqa: ARG001 - it stands beside
    """A file of two customers, beside that of their provider."""
    path = tmp_path / "customers.csv"
    path.write_text(
        "account_id,kind,citizenships,country\nA1,individual,FR,FR\nA2,individual,US,US\n", encoding="utf-8"
    )
    return path
