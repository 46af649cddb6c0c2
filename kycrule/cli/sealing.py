"""``kycrule key`` and ``kycrule unseal``: for runs whose files are encrypted."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from kycrule.cli.arguments import Flag
from kycrule.errors import DefinitionError, ExitCode
from kycrule.nearest import did_you_mean
from kycrule.outputs import write_private
from kycrule.sealing import new_key

_STDOUT: Final = Path("-")


def key(out: Annotated[Path, Parameter(metavar="FILE")], /) -> int:
    """Make a key for sealed runs, and print its recipient.

    Example: kycrule key our.key

    Parameters
    ----------
    out
        The file to make; keep it where the runs are not.
    """
    text, recipient = new_key(datetime.now(UTC).date())
    write_private(out, text)
    sys.stdout.write(recipient + "\n")
    return ExitCode.DONE


def unseal(
    name: str,
    /,
    *,
    run: Annotated[Path, Parameter(metavar="DIR")],
    key: Annotated[Path, Parameter(metavar="FILE")],
    out: Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True, metavar="FILE")] = _STDOUT,
    force: Flag = False,
) -> int:
    """Decrypt one file of a sealed run.

    Example: kycrule unseal findings.csv --run run --key our.key

    Parameters
    ----------
    name
        The file, as it is called in a run that is not sealed.
    run
        The run folder of kycrule check.
    key
        The file of a key to it.
    out
        The file to write; - is standard output.
    force
        Replace a file that exists.
    """
    from kycrule import reports

    with reports.opened(run, key) as source:
        name = name.removesuffix(".age")
        if name not in source.files:
            message = f"The run has no {name!r}.{did_you_mean(name, source.files)}"
            raise DefinitionError(message)
        content = source.plain(name).read_bytes()
    if out == _STDOUT:
        sys.stdout.buffer.write(content)
    else:
        write_private(out, content, force=force)
    return ExitCode.DONE
