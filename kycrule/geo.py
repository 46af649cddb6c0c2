"""The country in which an IP address is said to be: weak evidence, from data that the user chooses.

A database of addresses says where a network was registered, or where someone thinks that it is used. Two of
them disagree about 7 of 100 addresses. A country may therefore raise a question about an Account; it never
clears or condemns anyone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Protocol, cast

from kycrule.countries import codes
from kycrule.errors import DefinitionError, InputError
from kycrule.terminal import safe_text

CARRIED: Final = "iptocc"
"""What names the registry data that the package of that name carries, instead of a file."""

DISAGREEMENT: Final = 7
"""Of 100 addresses, about how many are in another country as another source has it (measured, not official)."""

_INSTALL: Final = 'Countries of addresses need the extra: pip install "kycrule[geo]".'


class Source(Protocol):
    """Data on the countries of addresses."""

    def countries(self, addresses: Sequence[str]) -> list[str | None]:
        """The alpha-2 code of each address; None where the data has none."""
        ...

    def described(self) -> dict[str, Any]:
        """What the data is, for the manifest of a run."""
        ...

    def close(self) -> None:
        """Let go of the data."""
        ...


def open_source(named: str) -> Source:
    """The data that a user named.

    Args:
        named: the path of an MMDB file (GeoLite2, DB-IP, IPinfo and others), or ``iptocc``.

    Raises:
        DefinitionError: the library that reads it is not installed.
        InputError: the file cannot be read, or is no such database.
    """
    return _Carried() if named == CARRIED else _Database(Path(named))


class _Carried:
    """The delegations of the five registries, as the package ``iptocc`` carries them."""

    def __init__(self) -> None:
        try:
            import iptocc
        except ModuleNotFoundError:
            raise DefinitionError(_INSTALL) from None
        self._codes = iptocc.country_code

    def countries(self, addresses: Sequence[str]) -> list[str | None]:
        """The alpha-2 code of each address; None where the data has none."""
        return [codes().get(code) if code else None for code in self._codes(list(addresses))]

    def described(self) -> dict[str, Any]:
        """What the data is."""
        return {"source": CARRIED, "version": version("iptocc")}

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True, init=False)
class _Database:
    """A user's own MMDB file."""

    _name: str
    _sha256: str
    _reader: Any

    def __init__(self, path: Path) -> None:
        try:
            import maxminddb
        except ModuleNotFoundError:
            raise DefinitionError(_INSTALL) from None
        self._name = path.name
        try:
            with path.open("rb") as stream:
                self._sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            # The library's types of records are open; a record is looked into in `_country_of`.
            self._reader = cast("Any", maxminddb).open_database(path)
        except maxminddb.InvalidDatabaseError:
            raise self._damaged() from None
        except OSError as error:
            message = f"{self._name} cannot be read: {error.strerror or 'no reason is given'}."
            raise InputError(message) from None

    def countries(self, addresses: Sequence[str]) -> list[str | None]:
        """The alpha-2 code of each address; None where the data has none."""
        import maxminddb

        try:
            return [self._country(address) for address in addresses]
        except maxminddb.InvalidDatabaseError:
            raise self._damaged() from None

    def described(self) -> dict[str, Any]:
        """What the data is."""
        metadata = self._reader.metadata()
        built = datetime.fromtimestamp(metadata.build_epoch, UTC)
        return {
            "source": "mmdb",
            "name": self._name,
            "type": safe_text(metadata.database_type),
            "built": built.date().isoformat(),
            "sha256": self._sha256,
        }

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def _country(self, address: str) -> str | None:
        try:
            record = self._reader.get(address)
        except ValueError:
            # An IPv6 address, and a database of IPv4 alone.
            return None
        return _country_of(record)

    def _damaged(self) -> InputError:
        return InputError(f"{self._name} is not a whole MMDB database.")


def _country_of(record: object) -> str | None:
    """The country in a record, as the usual publishers write it."""
    if not isinstance(record, dict):
        return None
    fields = cast("dict[str, object]", record)
    for name in ("country", "country_code"):
        found = fields.get(name)
        if isinstance(found, dict):
            found = cast("dict[str, object]", found).get("iso_code")
        if isinstance(found, str) and (code := codes().get(found.upper())):
            return code
    return None
