"""The command that compares two runs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from kycrule import formulas
from kycrule.cli.arguments import File, Flag
from kycrule.cli.telling import say
from kycrule.diff import Change, Difference, State
from kycrule.errors import ExitCode
from kycrule.terminal import escaped_json

Format = Literal["text", "json", "csv"]

_SHOWN: Final = 20
"""How many accounts the text names."""

_UNKNOWN: Final = {True: "true", False: "false", None: "unknown"}


def diff(
    before: Path,
    after: Path,
    /,
    *,
    format: Annotated[Format, Parameter(metavar="FORMAT")] = "text",  # noqa: A002 - the option's name
    raw_csv: Flag = False,
    key: File = None,
) -> int:
    """Say which accounts have another answer in a second run, and why.

    Example: kycrule diff run-may run-june

    Parameters
    ----------
    before
        The folder of the first run.
    after
        The folder of the second run.
    format
        text, with counts and the first accounts; json or csv, with all of them.
    raw_csv
        Write no apostrophe before cells that a spreadsheet might run.
    key
        The file of a key, if a run is sealed.
    """
    with Difference(before, after, key) as difference:
        match format:
            case "text":
                say("\n".join(_text(difference)))
            case "json":
                _write_json(difference)
            case "csv":
                _write_csv(difference, raw=raw_csv)
    return ExitCode.DONE


# As text ------------------------------------------------------------------------------------------


def _text(difference: Difference) -> Iterator[str]:
    counts = difference.changes()
    before, after = difference.accounts
    yield (
        f"{before:,} accounts before, {after:,} after: {counts['changed']:,} with another answer, "
        f"{counts['appeared']:,} appeared, {counts['gone']:,} gone, {difference.same:,} as they were"
    )
    if difference.settings:
        yield from ("", "What the runs rest on is not the same:")
        width = max(len(setting.name) for setting in difference.settings)
        for setting in difference.settings:
            yield f"  {setting.name:<{width}}  {setting.before or 'none'} -> {setting.after or 'none'}"
    yield from _counted(
        "Dispositions", {f"{one} -> {other}": n for (one, other), n in difference.dispositions().items()}
    )
    yield from _paired("Findings", difference.findings())
    yield from _paired("Reports due", difference.reports())
    if difference.with_records:
        yield from _counted("Fields of records that changed", difference.fields())
    elif sum(counts.values()):
        yield from ("", "A run kept no records: what changed in them cannot be told.")
    total = sum(counts.values())
    if total:
        yield from ("", "Accounts")
    for place, change in enumerate(difference):
        if place == _SHOWN:
            yield f"  and {total - _SHOWN:,} more: --format csv"
            break
        yield f"  {change.account_id}  {'; '.join(_reasons(change))}"


def _counted(title: str, counts: dict[str, int]) -> Iterator[str]:
    if counts:
        yield from ("", title)
        yield from (f"  {count:>12,}  {name}" for name, count in counts.items())


def _paired(title: str, counts: dict[str, tuple[int, int]]) -> Iterator[str]:
    if counts:
        yield from ("", f"{title:<30}        gone           new")
        yield from (f"  {name:<28}{gone:>12,}  {new:>12,}" for name, (gone, new) in counts.items())


def _reasons(change: Change) -> Iterator[str]:
    """What is not the same of an account, and what changed in its records."""
    before, after = change.before, change.after
    if before is None or after is None:
        known = after or before
        yield f"{change.change}: {known.disposition if known else ''}"
        return
    if before.disposition != after.disposition:
        yield f"{before.disposition} -> {after.disposition}"
    elif before.basis != after.basis:
        yield f"{after.disposition} by {before.basis} -> {after.basis}"
    for name in ("foreign_customer", "foreign_owner", "foreign_reseller"):
        one, other = getattr(before, name), getattr(after, name)
        if one is not other:
            yield f"{name} {_UNKNOWN[one]} -> {_UNKNOWN[other]}"
    for title, gone, new in (
        ("turns on", change.turns_on_gone, change.turns_on_new),
        ("findings", change.findings_gone, change.findings_new),
        ("reports", change.reports_gone, change.reports_new),
    ):
        if gone or new:
            yield f"{title} {' '.join((*(f'-{one}' for one in gone), *(f'+{one}' for one in new)))}"
    if before.retain_until != after.retain_until:
        yield f"retain until {before.retain_until or 'not known'} -> {after.retain_until or 'not known'}"
    if change.fields is not None:
        yield f"records: {', '.join(change.fields) or 'as they were'}"


# As JSON and CSV ----------------------------------------------------------------------------------


def _write_json(difference: Difference) -> None:
    """One object; its accounts are written as they come, however many they are."""
    told = {
        "accounts_before": difference.accounts[0],
        "accounts_after": difference.accounts[1],
        "same": difference.same,
        **difference.changes(),
        "settings": [asdict(setting) for setting in difference.settings],
        "dispositions": [
            {"before": one, "after": other, "accounts": count}
            for (one, other), count in difference.dispositions().items()
        ],
        "findings": _objects("code", difference.findings()),
        "reports": _objects("kind", difference.reports()),
        "fields": difference.fields() if difference.with_records else None,
    }
    sys.stdout.write(_json(told)[:-1] + ', "accounts": [')
    for place, change in enumerate(difference):
        sys.stdout.write(f"{',' if place else ''}\n{_json(asdict(change))}")
    sys.stdout.write("]}\n")


def _objects(name: str, counts: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    return [{name: what, "gone": gone, "new": new} for what, (gone, new) in counts.items()]


def _json(value: object) -> str:
    return escaped_json(json.dumps(value, ensure_ascii=False, default=str))


_STATE: Final = ("disposition", "basis", "foreign_customer", "foreign_owner", "foreign_reseller", "retain_until")
_LISTS: Final = tuple(f"{name}_{side}" for name in ("turns_on", "findings", "reports") for side in ("gone", "new"))


def _write_csv(difference: Difference, *, raw: bool) -> None:
    write = csv.writer(sys.stdout, lineterminator="\n").writerow
    write(
        (
            "account_id",
            "change",
            *(f"{name}_{side}" for name in _STATE for side in ("before", "after")),
            *_LISTS,
            "fields",
        )
    )
    for change in difference:
        states = (_cell(side, name) for name in _STATE for side in (change.before, change.after))
        lists: Iterable[tuple[str, ...] | None] = (*(getattr(change, name) for name in _LISTS), change.fields)
        cells = (change.account_id, change.change, *states, *(";".join(members or ()) for members in lists))
        write(cells if raw else [formulas.guard(cell) for cell in cells])


def _cell(state: State | None, name: str) -> str:
    if state is None:
        return ""
    value = getattr(state, name)
    if name.startswith("foreign_"):
        return _UNKNOWN[value]
    return "" if value is None else str(value)
