"""The command line. Human text goes to stderr, what was asked for to stdout."""

from kycrule.cli.main import run

__all__ = ["run"]
