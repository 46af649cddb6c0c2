"""Files between Python and the engine: how one is written here, and how the engine is asked to read one."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kycrule.literals import quoted

_MOST_BYTES: Final = 1 << 22
_BETWEEN: Final = "\x1f"
_WRITTEN: Final = str.maketrans("\n\r", "\x01\x02")


def sifted_files(paths: Iterable[Path], names: Iterable[str], delimiter: str) -> str:
    """A reading of sifted files by the engine, every cell as text, in order; each file by one thread."""
    return _read_csv(paths, names, f"header = true, delim = {quoted(delimiter)}, quote = '\"', escape = '\"'")


def own_file(path: Path, names: Iterable[str]) -> str:
    """A reading by the engine of a file that was written here."""
    return _read_csv((path,), names, f"header = false, delim = {quoted(_BETWEEN)}, quote = '', escape = ''")


def _read_csv(paths: Iterable[Path], names: Iterable[str], options: str) -> str:
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    files = ", ".join(quoted(str(path)) for path in paths)
    # In parallel within a file, the engine loses rows.
    return (
        f"read_csv([{files}], columns = {{{columns}}}, auto_detect = false, {options}, parallel = false, "
        f"compression = 'none', max_line_size = {_MOST_BYTES}, buffer_size = {2 * _MOST_BYTES})"
    )


def restored(name: str) -> str:
    """A column of a file that was written here, with its line ends."""
    return f'translate("{name}", chr(1) || chr(2), chr(10) || chr(13)) AS "{name}"'


def private(path: Path) -> Path:
    """An empty file that its owner alone may read, for a writer to fill."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    return path


@contextmanager
def written(path: Path) -> Generator[Callable[[Iterable[object]], object]]:
    """A file to be read back by the engine: gives what writes a row.

    No cell holds a control character but tabs and line ends, so that others can stand between cells
    and in place of line ends: nothing needs a quote, and nothing can be misread.
    """
    with private(path).open("w", encoding="utf-8", newline="") as stream:
        write = stream.write
        yield lambda row: write(_BETWEEN.join(map(str, row)).translate(_WRITTEN) + "\n")
