"""``kycrule test``: scenario files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from kycrule.cases import Answer, Case, load_cases
from kycrule.cli.formats import Format, Trial, annotation, document, junit, record, table, write
from kycrule.errors import ExitCode, InputError
from kycrule.terminal import safe_text


def test(
    *files: Path,
    engine: Annotated[Literal["record", "duckdb", "all"], Parameter(metavar="ENGINE")] = "all",  # noqa: PT028
    format: Annotated[Format, Parameter(metavar="FORMAT")] = "text",  # noqa: A002, PT028 - the option's name
) -> int:
    """Run scenario files and say which cases fail.

    Example: kycrule test cases/mine.toml

    Parameters
    ----------
    files
        TOML files with [[case]] tables.
    engine
        The engine to run them on.
    format
        How to write what came out.
    """
    cases = [(file, case) for file in files for case in load_cases(file)]
    if not cases:
        message = "There is no case in these files. Name TOML files with [[case]] tables."
        raise InputError(message)
    runs: dict[str, Callable[[list[Case]], list[Answer]]] = {
        "record": lambda cases: [case.determine() for case in cases],
        "duckdb": _on_duckdb,
    }
    results = [
        _Result(file=str(file), case=case, engine=name, complaints=tuple(case.complaints(answer)))
        for name in (runs if engine == "all" else [engine])
        for (file, case), answer in zip(cases, runs[name]([case for _, case in cases]), strict=True)
    ]
    write(_formatted(results, format))
    return ExitCode.FOUND if any(result.complaints for result in results) else ExitCode.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """How a case ended on an engine.

    Attributes:
        file: the path that was named.
        case: the case.
        engine: the engine.
        complaints: what is not as expected.
    """

    file: str
    case: Case
    engine: str
    complaints: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "case": self.case.source,
            "name": self.case.name,
            "engine": self.engine,
            "passed": not self.complaints,
            "complaints": self.complaints,
        }


def _on_duckdb(cases: list[Case]) -> list[Answer]:
    from kycrule.answers import determine_cases

    return determine_cases(cases)


def _formatted(results: list[_Result], format: Format) -> Iterator[str]:  # noqa: A002 - the option's name
    failed = [result for result in results if result.complaints]
    match format:
        case "text":
            for result in failed:
                told = "".join(f"\n    {complaint}" for complaint in result.complaints)
                yield safe_text(f"FAILED on {result.engine}: {result.case.source}: {result.case.name}{told}") + "\n"
            count = len({(result.file, result.case.source) for result in results})
            yield f"{count} cases, {f'{len(failed)} failed' if failed else 'all as expected'}\n"
        case "json":
            yield document([result.row() for result in results])
        case "jsonl":
            yield from (record(result.row()) for result in results)
        case "csv":
            rows = [{**result.row(), "passed": "no" if result.complaints else "yes"} for result in results]
            yield from table(rows[0], rows)
        case "github":
            for result in failed:
                told = "\n".join((f"{result.case.source}: {result.case.name}", *result.complaints))
                yield annotation("error", told, title=f"Case failed on {result.engine}", file=result.file)
        case "junit":
            yield from junit(len(results), len(failed), 0, map(_test, results))


def _test(result: _Result) -> Trial:
    return Trial(
        group=f"{result.engine}: {result.file}",
        name=f"{result.case.source}: {result.case.name}",
        outcome="failure" if result.complaints else "passed",
        message=next(iter(result.complaints), ""),
        details="\n".join(result.complaints),
    )
