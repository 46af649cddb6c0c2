"""``kycrule init``: the files to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from kycrule.cli.arguments import Quiet
from kycrule.cli.telling import tell
from kycrule.errors import ExitCode, OutputError
from kycrule.intake.columns import TABLES
from kycrule.outputs import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator

DICTIONARY: Final = "data-dictionary.md"
PROVIDERS: Final = "providers.toml"


def init(
    folder: Annotated[Path, Parameter(metavar="DIR", allow_leading_hyphen=False)] = Path(),
    /,
    *,
    quiet: Quiet = False,
) -> int:
    """Write the files to fill in: tables, their dictionary, providers.

    Each table is a CSV file with every column and no row; delete the columns and files that you have no use for.
    Nothing is replaced.

    Example: kycrule init our-data

    Parameters
    ----------
    folder
        The folder to write into; made if it is not there.
    quiet
        Say nothing but errors.
    """
    files = dict(_files())
    there = [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        be = "is" if len(there) == 1 else "are"
        message = f"{', '.join(there)} {be} in that folder already; nothing was written. Name another folder."
        raise OutputError(message)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {folder.name} cannot be made: {error.strerror}."
        raise OutputError(message) from None
    for name, text in files.items():
        write_private(folder / name, text)
    if not quiet:
        tell(f"Wrote {', '.join(files)}.")
        options = " ".join(f"--{table} {table}.csv" for table in TABLES if table != "customers")
        before = "" if folder == Path() else f"cd {folder} && "
        tell(f"Fill them in, then: {before}kycrule check customers.csv {options} --providers {PROVIDERS} -o run")
    return ExitCode.DONE


def _files() -> Iterator[tuple[str, str]]:
    from kycrule import dictionary

    for table in TABLES:
        yield f"{table}.csv", dictionary.header(table) + "\n"
    yield DICTIONARY, dictionary.dictionary()
    yield PROVIDERS, dictionary.providers_file()
