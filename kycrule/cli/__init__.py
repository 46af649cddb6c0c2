"""The command line. Human text goes to stderr, what was asked for to stdout."""

from kycrule.cli.app import run

__all__ = ["run"]
