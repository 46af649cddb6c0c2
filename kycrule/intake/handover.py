"""Files between Python and the engine: how one is written here, and how the engine is asked to read one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kycrule.literals import quoted

_MOST_BYTES: Final = 1 << 23
_BETWEEN: Final = "\x1f"
_WRITTEN: Final = str.maketrans("\n\r", "\x01\x02")


def regular_file(path: Path, names: Iterable[str], delimiter: str) -> str:
    """A reading of a regular file by the engine, every cell as text, in one thread and in order."""
    return _read_csv(path, names, f"header = true, delim = {quoted(delimiter)}, quote = '\"', escape = '\"'")


def own_file(path: Path, names: Iterable[str]) -> str:
    """A reading by the engine of a file that was written here."""
    return _read_csv(path, names, f"header = false, delim = {quoted(_BETWEEN)}, quote = '', escape = ''")


def _read_csv(path: Path, names: Iterable[str], options: str) -> str:
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({quoted(str(path))}, columns = {{{columns}}}, auto_detect = false, {options}, parallel = false, "
        f"compression = 'none', max_line_size = {_MOST_BYTES}, buffer_size = {4 * _MOST_BYTES})"
    )


def restored(name: str) -> str:
    """A column of a file that was written here, with its line ends."""
    return f'translate("{name}", chr(1) || chr(2), chr(10) || chr(13)) AS "{name}"'


@contextmanager
def written(path: Path) -> Generator[Callable[[Iterable[object]], object]]:
    """A file to be read back by the engine: gives what writes a row.

    No cell holds a control character but tabs and line ends, so that others can stand between cells
    and in place of line ends: nothing needs a quote, and nothing can be misread.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        write = stream.write
        yield lambda row: write(_BETWEEN.join(map(str, row)).translate(_WRITTEN) + "\n")
