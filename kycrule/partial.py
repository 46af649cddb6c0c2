"""Files and folders in the making: under a hidden name, locked while somebody works on them.

Whoever is killed leaves such a thing behind without its lock, and the next one at work in that place removes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PREFIX: Final = ".partial-"
_NAMES: Final = re.compile(rf"{re.escape(_PREFIX)}[0-9a-f]{{24}}")


@dataclass(frozen=True, slots=True)
class Partial:
    """A file or folder in the making.

    Attributes:
        path: where it is.
        descriptor: of the thing itself, wherever its name may point.
    """

    path: Path
    descriptor: int

    def is_there(self) -> bool:
        """Whether the name still belongs to what was made, and to nothing that was put in its place."""
        try:
            return os.path.samestat(os.lstat(self.path), os.fstat(self.descriptor))
        except FileNotFoundError:
            return False

    def end(self) -> None:
        """Remove what is left of it, and let go of it."""
        if self.is_there():
            _remove(self.path)
        os.close(self.descriptor)


def make_folder(parent: Path) -> Partial:
    """An empty folder that its owner alone may enter."""

    def made(path: Path) -> int:
        path.mkdir(mode=0o700)
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    return _made(parent, made)


def make_file(parent: Path) -> Partial:
    """An empty file that its owner alone may read."""

    def made(path: Path) -> int:
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    return _made(parent, made)


def remove_leftovers(parent: Path) -> None:
    """Remove what others left in a folder who are no longer at work; what they still work on stays."""
    try:
        found = [path for path in parent.iterdir() if _NAMES.fullmatch(path.name)]
    except OSError:
        return
    for path in found:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
        except OSError:
            # Somebody works on it, or cannot say so on this file system.
            continue
        finally:
            os.close(descriptor)


def _made(parent: Path, make: Callable[[Path], int]) -> Partial:
    while True:
        path = parent / f"{_PREFIX}{secrets.token_hex(12)}"
        partial = Partial(path, make(path))
        try:
            fcntl.flock(partial.descriptor, fcntl.LOCK_EX)
        except OSError:
            # Some file systems know no locks; nobody can get one there to remove it, either.
            return partial
        if partial.is_there():
            return partial
        # Taken for a leftover between its making and its lock.
        os.close(partial.descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
