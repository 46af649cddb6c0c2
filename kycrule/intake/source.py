"""Files as plain local bytes: standard input and archives are unpacked into the workspace first."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import sys
import zlib
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol, cast

from kycrule import faults
from kycrule.errors import InputError
from kycrule.faults import Fault
from kycrule.intake.handover import private

STANDARD_INPUT: Final = "-"

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_BLOCK: Final = 1 << 20
_MOST_TIMES: Final = 200
_AT_LEAST: Final = 1 << 28
"""A file of few bytes may well unpack to this many."""
_PARQUET: Final = b"PAR1"
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file as it was given, and where its plain bytes are.

    Attributes:
        name: what it is called in results and messages: its file name, or ``-``.
        path: its plain bytes.
        start: where its text begins: after a byte order mark.
        bytes: size as given, before it was unpacked.
        sha256: of the bytes as given, if they are not the plain ones; those are read but once.
        parquet: whether it is a Parquet file.
        state: by which a change of the plain bytes is noticed.
    """

    name: str
    path: Path
    start: int
    bytes: int
    sha256: str | None
    parquet: bool
    state: tuple[int, ...]

    def digest(self) -> str:
        """The SHA-256 of the bytes as given."""
        if self.sha256 is not None:
            return self.sha256
        with _reading(self.name), self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def unchanged(self) -> None:
        """Make sure that the bytes are still the same.

        Raises:
            InputError: the file was changed.
        """
        with _reading(self.name):
            if _state(self.path) != self.state:
                raise failed(self.name, faults.CHANGED_FILE)


def failed(name: str, fault: Fault, hint: str = "") -> InputError:
    """The error for a file that cannot be read at all."""
    return InputError(f"{name}: {fault.code} {fault.name}: {fault.says} {hint or fault.remedy}")


def prepare(given: str, workspace: Path) -> Source:
    """The plain bytes of a path, or of standard input if it is ``-``; gzip and zstd are told by their first bytes.

    Raises:
        InputError: it does not exist, may not be read, is a broken archive, or is not UTF-8 text.
    """
    # Bytes of a name that are no text are shown as their codes: the name stands in files and messages.
    name = os.fsencode(Path(given).name).decode(errors="backslashreplace")
    path = Path(given)
    with _reading(name):
        if given == STANDARD_INPUT or path.is_fifo():
            # What can be read but once is put aside.
            with nullcontext(sys.stdin.buffer) if given == STANDARD_INPUT else path.open("rb") as stream:
                path = _aside(workspace)
                with path.open("wb") as target:
                    shutil.copyfileobj(stream, target)
        state = _state(path)
        size = path.stat().st_size
        digest = None
        with path.open("rb") as stream:
            first = stream.read(4)
            if first.startswith(_GZIP) or first == _ZSTD:
                stream.seek(0)
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest is not None:
            path = _unpacked(name, path, first, workspace)
            state = _state(path)
        with path.open("rb") as stream:
            first = stream.read(4096)
        if first.startswith(_PARQUET):
            return Source(name=name, path=path, start=0, bytes=size, sha256=digest, parquet=True, state=state)
    if first.startswith(_UTF16_MARKS) or b"\x00" in first.split(b"\n", 1)[0]:
        raise failed(name, faults.WRONG_ENCODING)
    start = len(_UTF8_MARK) if first.startswith(_UTF8_MARK) else 0
    return Source(name=name, path=path, start=start, bytes=size, sha256=digest, parquet=False, state=state)


@contextmanager
def _reading(name: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            # It could be read, but what was put aside of it could not be written.
            raise
        raise failed(name, faults.UNREADABLE_FILE, f"{error.strerror or 'It cannot be read'}.") from None


def _aside(workspace: Path) -> Path:
    return private(workspace / f"{len(list(workspace.iterdir()))}.plain")


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class _Archives(Protocol):
    """What the modules gzip and zstd share."""

    def open(self, file: Path, mode: str = ...) -> IO[bytes]: ...


def _unpacked(name: str, path: Path, first: bytes, workspace: Path) -> Path:
    library, damages = _archive(first)
    target = _aside(workspace)
    try:
        # Python's own reader, not the engine's: it checks the length and the checksum.
        with library.open(path) as packed, target.open("wb") as plain:
            limit = max(_AT_LEAST, _MOST_TIMES * path.stat().st_size)
            while block := packed.read(_BLOCK):
                limit -= plain.write(block)
                if limit < 0:
                    raise failed(name, faults.ARCHIVE_BOMB)
    except damages:
        raise failed(name, faults.BROKEN_ARCHIVE) from None
    return target


def _archive(first: bytes) -> tuple[_Archives, tuple[type[Exception], ...]]:
    if first.startswith(_GZIP):
        return cast("_Archives", gzip), (gzip.BadGzipFile, EOFError, zlib.error)
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return cast("_Archives", zstd), (zstd.ZstdError, EOFError)
