"""``kycrule sample``: invented accounts to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from kycrule.cli.arguments import Flag, Quiet
from kycrule.cli.telling import tell
from kycrule.errors import ExitCode


def sample(
    customers: Annotated[int, Parameter(metavar="N")],
    /,
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"], metavar="DIR")] = Path("sample"),
    seed: Annotated[int, Parameter(metavar="SEED")] = 0,
    dirty: Annotated[float, Parameter(metavar="RATE")] = 0.0,
    format: Annotated[Literal["csv", "parquet"], Parameter(metavar="FORMAT")] = "csv",  # noqa: A002 - the word for it
    force: Flag = False,
    quiet: Quiet = False,
) -> int:
    """Write a data set of N invented accounts.

    As many owners, five times as many accesses, some training transactions and stakes, and the providers; every column
    that has a table of its own is filled. The same seed gives the same bytes.

    Example: kycrule sample 1000 -o sample --dirty 0.01

    Parameters
    ----------
    customers
        How many accounts.
    out
        The folder to make; sample if not given.
    seed
        A whole number; another one gives another data set.
    dirty
        0 to 1: the part of rows in which something is wrong.
    format
        csv or parquet.
    force
        Replace an earlier sample in that folder.
    quiet
        Say nothing but errors.
    """
    from kycrule.sample import PROVIDERS, sample

    counts = sample(customers, out, seed=seed, dirty=dirty, format=format, force=force)
    if not quiet:
        tell(f"Wrote {', '.join(f'{name}.{format} ({rows:,} rows)' for name, rows in counts.items())}, {PROVIDERS}.")
        options = " ".join(f"--{name} {out / name}.{format}" for name in counts if name != "customers")
        tell(
            f"Check them: kycrule check {out}/customers.{format} {options} --providers {out / PROVIDERS} "
            "--as-of 2024-06-01 -o run"
        )
    return ExitCode.DONE
