"""Providers as a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

from kycrule.errors import DefinitionError, InputError, RecordError
from kycrule.records import Provider

_TABLES = ("providers",)


def load_providers(path: Path) -> tuple[Provider, ...]:
    """The providers that a TOML file lists as ``[[providers]]``.

    Raises:
        InputError: the file cannot be read.
        DefinitionError: it holds something else; no value is shown.
    """
    return read_providers(_tables(path), str(path.name))


def read_providers(tables: dict[str, Any], source: str) -> tuple[Provider, ...]:
    """The providers among the tables of a TOML file."""
    listed: Any = tables.get("providers", [])
    if not isinstance(listed, list):
        message = f"{source}: write each provider under [[providers]]."
        raise DefinitionError(message)
    unknown = sorted(set(tables) - set(_TABLES))
    if unknown:
        message = f"{source} has unknown tables: {', '.join(unknown)}. It may have: {', '.join(_TABLES)}."
        raise DefinitionError(message)
    try:
        providers = tuple(Provider.read(fields) for fields in cast("list[dict[str, Any]]", listed))
    except RecordError as error:
        message = f"{source}: {error}"
        raise DefinitionError(message) from None
    identities = [provider.id for provider in providers]
    if len(set(identities)) < len(identities):
        message = f"{source} lists a provider twice."
        raise DefinitionError(message)
    return providers


def _tables(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream, parse_float=str)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise InputError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        message = f"{path.name} is not valid TOML."
        raise DefinitionError(message) from None
