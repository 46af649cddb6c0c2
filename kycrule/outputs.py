"""The run folder: the one place that writes files.

Everything is written into a private folder beside the target and renamed into place at the end, so
a run is there whole, with its manifest, or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kycrule.errors import OutputError
from kycrule.partial import Partial, make_file, make_folder, remove_leftovers
from kycrule.sealing import SUFFIX, Seal, memory

MANIFEST: Final = "manifest.json"
SUMMARY: Final = "summary.json"
OPEN: Final = frozenset({MANIFEST, SUMMARY, "report.html"})
"""The files that are never sealed: counts, and no value of a record."""


class RunFolder:
    """A run folder in the making.

    Args:
        path: where it stands.
        plain: where files stand before they are sealed; the same place if they are not.
        seal: those for whom files are sealed; None leaves them plain.

    Attributes:
        workspace: a folder for what is thrown away at the end.
    """

    def __init__(self, path: Path, plain: Path | None = None, seal: Seal | None = None) -> None:
        self.path = path
        self.workspace = (plain or path) / ".work"
        self.workspace.mkdir(mode=0o700)
        self._plain = plain or path
        self._seal = seal

    def file(self, name: str) -> Path:
        """An empty file, readable by its owner alone, for a writer to fill; its folder is made, too."""
        return empty_file(self.path if name in OPEN else self._plain, name)

    def take(self, path: Path, name: str) -> None:
        """Let a file of the workspace be a file of the run."""
        path.replace(self.file(name))

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file."""
        self.write_text(name, json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write a text file in UTF-8."""
        # A file's name may hold bytes that are no text; JSON has a way to write them, and it is this one.
        with self.file(name).open("w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())

    def digests(self) -> list[dict[str, Any]]:
        """Name, size and SHA-256 of each file written so far, those in folders of the run too; sealed, if they are."""
        if self._seal is not None:
            for plain in self._files(self._plain):
                name = plain.relative_to(self._plain).as_posix() + SUFFIX
                self._seal.close(plain, empty_file(self.path, name))
                plain.unlink()
        return [
            {"name": path.relative_to(self.path).as_posix(), "bytes": path.stat().st_size, "sha256": sha256(path)}
            for path in self._files(self.path)
        ]

    def _files(self, folder: Path) -> list[Path]:
        return [path for path in sorted(folder.rglob("*")) if path.is_file() and self.workspace not in path.parents]


def empty_file(folder: Path, name: str) -> Path:
    """An empty file in a folder or one of its folders, readable by its owner alone, for a writer to fill."""
    path = folder / name
    if path.parent != folder:
        path.parent.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    return path


@contextmanager
def run_folder(
    target: Path | None, *, force: bool = False, seal: Seal | None = None, sign: str = MANIFEST
) -> Generator[RunFolder]:
    """A run folder that takes its place at the end, if nothing went wrong.

    What runs that were killed left behind beside it is removed first.

    Args:
        target: the folder to make; None keeps nothing.
        force: whether an earlier run there may be replaced.
        seal: those for whom all files but :data:`OPEN` are encrypted; what is plain then stands in memory.
        sign: the file by which a folder of this kind is known; one without it is never replaced.

    Raises:
        OutputError: the target exists, or cannot be written.
    """
    parent = Path(os.path.abspath(target)).parent if target is not None else _temporary()  # noqa: PTH100 - keeps links
    made: list[Partial] = []
    try:
        if target is not None:
            _refuse(target, sign, force=force)
        parent.mkdir(parents=True, exist_ok=True)
        for place in (parent,) if seal is None else (parent, memory()):
            remove_leftovers(place)
            made.append(make_folder(place))
        folder = RunFolder(made[0].path, made[-1].path, seal)
        yield folder
        shutil.rmtree(folder.workspace)
        if target is not None:
            _sync(*folder.path.rglob("*"), folder.path)
            _settle(made[0], target, sign, force=force)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        message = f"The run folder cannot be written: {os.strerror(error.errno or errno.EIO)}{_space(parent)}."
        raise OutputError(message) from error
    finally:
        for each in made:
            each.end()


def write_private(target: Path, content: str | bytes, *, force: bool = False) -> None:
    """Write a file that its owner alone may read: whole under its name, or not at all.

    Args:
        target: the file to make.
        content: what it holds; a text is written in UTF-8.
        force: whether a file of that name may be replaced.

    Raises:
        OutputError: it exists, or cannot be written.
    """
    made: Partial | None = None
    try:
        remove_leftovers(target.parent)
        made = make_file(target.parent)
        with os.fdopen(os.dup(made.descriptor), "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        _unmoved(made)
        if force:
            made.path.replace(target)
        else:
            _put(made.path, target)
        _sync(target.parent)
    except FileExistsError:
        message = f"{target.name} exists; name another file, or replace it with --force."
        raise OutputError(message) from None
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        message = f"{target.name} cannot be written: {os.strerror(error.errno or errno.EIO)}{_space(target.parent)}."
        raise OutputError(message) from error
    finally:
        if made is not None:
            made.end()


def _put(partial: Path, target: Path) -> None:
    """Give a file its name, unless a file has it already."""
    try:
        # A link is never made over a file that is there, even one made just now.
        os.link(partial, target)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no links.
        if target.exists() or target.is_symlink():
            raise FileExistsError(target) from None
        partial.rename(target)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _temporary() -> Path:
    import tempfile

    return Path(tempfile.gettempdir())


def _refuse(target: Path, sign: str, *, force: bool) -> None:
    if target.is_symlink():
        message = "The run folder is a symbolic link; name a folder."
        raise OutputError(message)
    if not target.exists():
        return
    if not target.is_dir():
        message = "The run folder exists and is not a folder."
        raise OutputError(message)
    names = {path.name for path in target.iterdir()}
    if names and not force:
        message = "The run folder exists and is not empty; name another one, or replace it with --force."
        raise OutputError(message)
    if names and sign not in names:
        message = "The run folder holds something else than a run; it is not replaced."
        raise OutputError(message)


def _settle(made: Partial, target: Path, sign: str, *, force: bool) -> None:
    _refuse(target, sign, force=force)
    _unmoved(made)
    earlier = target.exists()
    replaced = made.path.with_name(made.path.name.replace("partial", "replaced"))
    if earlier:
        target.rename(replaced)
    made.path.rename(target)
    try:
        _sync(target.parent)
    except OSError:
        # It is there, but might not stay; then it was not written.
        target.rename(made.path)
        if earlier:
            replaced.rename(target)
        raise
    if earlier:
        # Under a name that is swept, if this is the moment of a kill.
        replaced.rename(made.path)
        shutil.rmtree(made.path, ignore_errors=True)


def _unmoved(made: Partial) -> None:
    """Refuse to go on if another one took the place of what was written."""
    if not made.is_there():
        message = "What was written was moved or replaced meanwhile; others can write to that folder."
        raise OutputError(message)


def _sync(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _space(folder: Path) -> str:
    try:
        return f" ({shutil.disk_usage(folder).free // 2**20} MiB free)"
    except OSError:
        return ""
