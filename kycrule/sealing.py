"""Encryption of the files of a run, for those who hold a key: the age format, by the library pyrage.

A run is sealed to recipients, whose names (``age1...``) are no secret: the machine that checks needs no key. What
they stand for is in a key file (``AGE-SECRET-KEY-1...``), which only those need who read. Both are files of the age
tools too, one entry a line, ``#`` before a remark. While a run is written or read, what is plain stands in memory.
"""

from __future__ import annotations

import importlib
import os
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from kycrule.errors import DefinitionError, InputError, OutputError

SUFFIX: Final = ".age"
"""What a sealed file is called after its name."""

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a file system in memory, in which only private folders are made

_LARGEST: Final = 1 << 16


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """Those for whom files are encrypted."""

    recipients: tuple[Any, ...]

    def close(self, plain: Path, sealed: Path) -> None:
        """Encrypt a file into another one, which is there and empty.

        Raises:
            OSError: it cannot be written.
        """
        with plain.open("rb") as source, sealed.open("wb") as target:
            _pyrage().encrypt_io(source, target, list(self.recipients))


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """What opens sealed files."""

    identities: tuple[Any, ...]

    def open(self, sealed: Path, plain: Path) -> None:
        """Decrypt a file into another one, which is there and empty.

        Raises:
            InputError: another key opens it, or it is damaged.
        """
        pyrage = _pyrage()
        try:
            with sealed.open("rb") as source, plain.open("wb") as target:
                pyrage.decrypt_io(source, target, list(self.identities))
        except (pyrage.DecryptError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            message = f"{sealed.name} cannot be opened with this key: it was sealed for another one, or is damaged."
            raise InputError(message) from None


def read_seal(path: Path) -> Seal:
    """The recipients that a file lists.

    Raises:
        InputError: it cannot be read.
        DefinitionError: it holds something else, or others may write to it.
    """
    pyrage = _pyrage()
    lines = _lines(path, stat.S_IWGRP | stat.S_IWOTH, "write to")
    makers = {"age1": pyrage.x25519.Recipient, "ssh-": pyrage.ssh.Recipient}
    try:
        found = tuple(makers[line[:4]].from_str(line) for line in lines)
    except (KeyError, pyrage.RecipientError):
        found = ()
    if not found:
        message = f"{path.name} is no list of recipients: one age1... or public SSH key a line."
        raise DefinitionError(message)
    return Seal(found)


def read_key(path: Path) -> Key:
    """The keys in a file that its owner alone may read.

    Raises:
        InputError: it cannot be read.
        DefinitionError: it holds something else, or others may read it.
    """
    pyrage = _pyrage()
    lines = _lines(path, stat.S_IRWXG | stat.S_IRWXO, "read")
    try:
        found = tuple(pyrage.x25519.Identity.from_str(line) for line in lines)
    except pyrage.IdentityError:
        found = ()
    if not found:
        message = f"{path.name} is no key file: one AGE-SECRET-KEY-1... a line."
        raise DefinitionError(message)
    return Key(found)


def new_key(today: date) -> tuple[str, str]:
    """A new key: the text of its file, and the recipient for whom runs are sealed."""
    identity = _pyrage().x25519.Identity.generate()
    recipient = str(identity.to_public())
    return f"# made by kycrule on {today}\n# recipient: {recipient}\n{identity}\n", recipient


def memory() -> Path:
    """The place in memory where what is sealed may stand as plain files.

    Raises:
        OutputError: this system has none.
    """
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        message = f"Sealed runs need a file system in memory at {MEMORY}, and this system has none."
        raise OutputError(message)
    return MEMORY


def _lines(path: Path, forbidden: int, what: str) -> list[str]:
    try:
        with path.open("rb") as stream:
            rights = os.fstat(stream.fileno()).st_mode & forbidden
            text = stream.read(_LARGEST).decode("ascii", errors="replace")
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise InputError(message) from None
    if rights:
        message = f"Others may {what} {path.name}: chmod 600 first, and make a new key if it may have been read."
        raise DefinitionError(message)
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _pyrage() -> Any:
    try:
        return importlib.import_module("pyrage")
    except ModuleNotFoundError:
        message = 'Encryption needs the extra: pip install "kycrule[encryption]".'
        raise DefinitionError(message) from None
