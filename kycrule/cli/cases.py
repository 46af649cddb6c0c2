"""``kycrule test``: scenario files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from kycrule.cases import Answer, Case, load_cases
from kycrule.cli.telling import say
from kycrule.errors import ExitCode, InputError


def test(
    *files: Path,
    engine: Annotated[Literal["record", "duckdb", "all"], Parameter(metavar="ENGINE")] = "all",  # noqa: PT028
) -> int:
    """Run scenario files and say which cases fail.

    Example: kycrule test cases/mine.toml

    Parameters
    ----------
    files
        TOML files with [[case]] tables.
    engine
        The engine to run them on.
    """
    cases = [case for file in files for case in load_cases(file)]
    if not cases:
        message = "There is no case in these files."
        raise InputError(message)
    runs: dict[str, Callable[[], list[Answer]]] = {
        "record": lambda: [case.determine() for case in cases],
        "duckdb": lambda: _on_duckdb(cases),
    }
    failed = 0
    for name in runs if engine == "all" else [engine]:
        for case, answer in zip(cases, runs[name](), strict=True):
            complaints = case.complaints(answer)
            failed += bool(complaints)
            for complaint in complaints:
                say(f"FAILED on {name}: {case.source}: {case.name}\n    {complaint}")
    say(f"{len(cases)} cases, {failed} failed" if failed else f"{len(cases)} cases, all as expected")
    return ExitCode.FOUND if failed else ExitCode.DONE


def _on_duckdb(cases: list[Case]) -> list[Answer]:
    from kycrule.answers import determine_cases

    return determine_cases(cases)
