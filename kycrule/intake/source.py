"""Files as plain local bytes: standard input and archives are unpacked into the workspace first."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import sys
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol, cast

from kycrule import faults
from kycrule.errors import InputError
from kycrule.faults import Fault

STANDARD_INPUT: Final = "-"

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
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
        sha256: of the bytes as given.
    """

    name: str
    path: Path
    start: int
    bytes: int
    sha256: str


def failed(name: str, fault: Fault, hint: str = "") -> InputError:
    """The error for a file that cannot be read at all."""
    return InputError(f"{name}: {fault.code} {fault.name}: {fault.says} {hint or fault.remedy}")


def prepare(given: str, workspace: Path) -> Source:
    """The plain bytes of a path, or of standard input if it is ``-``; gzip and zstd are told by their first bytes.

    Raises:
        InputError: it does not exist, may not be read, is a broken archive, or is not UTF-8 text.
    """
    name = Path(given).name
    path = Path(given)
    with _reading(name):
        if given == STANDARD_INPUT:
            path = workspace / "stdin"
            with path.open("wb") as target:
                shutil.copyfileobj(sys.stdin.buffer, target)
        with path.open("rb") as stream:
            size = path.stat().st_size
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            first = stream.read(4)
        if first.startswith(_GZIP) or first == _ZSTD:
            path = _unpacked(name, path, first, workspace)
        with path.open("rb") as stream:
            first = stream.read(4096)
    if first.startswith(_UTF16_MARKS) or b"\x00" in first.split(b"\n", 1)[0]:
        raise failed(name, faults.WRONG_ENCODING)
    start = len(_UTF8_MARK) if first.startswith(_UTF8_MARK) else 0
    return Source(name=name, path=path, start=start, bytes=size, sha256=digest)


@contextmanager
def _reading(name: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise failed(name, faults.UNREADABLE_FILE, f"{error.strerror or 'It cannot be read'}.") from None


class _Archives(Protocol):
    """What the modules gzip and zstd share."""

    def open(self, file: Path, mode: str = ...) -> IO[bytes]: ...


def _unpacked(name: str, path: Path, first: bytes, workspace: Path) -> Path:
    library, damages = _archive(first)
    target = workspace / f"{len(list(workspace.iterdir()))}.plain"
    try:
        # Python's own reader, not the engine's: it checks the length and the checksum.
        with library.open(path) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
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
