"""The progress of a run on a terminal: bytes and rows done, rows a second, quarantined so far, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from kycrule.cli.telling import console
from kycrule.progress import Progress, Step, unseen


@contextmanager
def shown(*, quiet: bool = False) -> Generator[Progress]:
    """What shows the progress of a run on standard error while it goes on; nothing where that is no terminal."""
    # Without standard error there is none to ask.
    if quiet or not (sys.stderr and sys.stderr.isatty()):
        yield unseen
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console(stderr=True), transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("reading", total=None, told="")
        started = time.monotonic()

        def show(step: Step) -> None:
            speed = step.rows / max(time.monotonic() - started, 0.001)
            told = f"{step.rows:,} rows, {speed:,.0f} a second, {step.quarantined:,} in quarantine"
            total = step.of if step.stage == "reading" else None
            bar.update(task, description=step.stage, completed=step.bytes, total=total, told=told)

        yield show
