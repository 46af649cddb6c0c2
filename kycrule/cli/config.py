"""``kycrule config``: the settings, and where each comes from."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from kycrule.cli.formats import document, write
from kycrule.cli.settings import SETTINGS, given
from kycrule.cli.telling import say
from kycrule.errors import ExitCode


def config(
    *,
    format: Annotated[Literal["text", "json"], Parameter(metavar="FORMAT")] = "text",  # noqa: A002 - the option's name
) -> int:
    """Show each setting, its value, and where it comes from.

    An option comes before the environment (KYCRULE_AS_OF), that before kycrule.toml (as_of = 2024-06-01), and that
    before the table [tool.kycrule] of pyproject.toml. A file counts in its folder and in those below.

    Example: kycrule config

    Parameters
    ----------
    format
        How to write them.
    """
    found = given()
    if format == "json":
        told = {
            setting.name: {
                "value": found[setting.name].values if setting.name in found else [*filter(None, [setting.default])],
                "from": found[setting.name].source if setting.name in found else "default",
            }
            for setting in SETTINGS
        }
        write([document(told)])
        return ExitCode.DONE
    rows = [
        (setting.name, "; ".join(found[setting.name].values), found[setting.name].source)
        if setting.name in found
        else (setting.name, setting.default or "-", "default")
        for setting in SETTINGS
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, source in rows:
        say(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")
    return ExitCode.DONE
