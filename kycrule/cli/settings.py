"""Options that were given beforehand: in the environment, in kycrule.toml, or in pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

from cyclopts import App, ArgumentCollection, Token

from kycrule import cells
from kycrule.cells import CellError
from kycrule.errors import DefinitionError
from kycrule.nearest import did_you_mean
from kycrule.toml import read_toml

Form: TypeAlias = Literal["file", "text", "number", "date", "yes-no", "list", "table"]

PREFIX: Final = "KYCRULE_"
"""What the name of a variable of the environment begins with."""

FILE: Final = "kycrule.toml"
PROJECT: Final = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """An option that may be given beforehand.

    Attributes:
        name: its key, which is the name of the option with underscores.
        form: how its value is written.
        default: its value where nothing gives one, as text.
    """

    name: str
    form: Form
    default: str = ""

    @property
    def option(self) -> str:
        """The option, without its hyphens before."""
        return self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The variable of the environment that gives it."""
        return PREFIX + self.name.upper()


SETTINGS: Final = (
    Setting(name="owners", form="file"),
    Setting(name="accesses", form="file"),
    Setting(name="training", form="file"),
    Setting(name="stakes", form="file"),
    Setting(name="providers", form="file"),
    Setting(name="special_measures", form="file"),
    Setting(name="map", form="table"),
    Setting(name="delimiter", form="text", default=","),
    Setting(name="input_format", form="text"),
    Setting(name="as_of", form="date"),
    Setting(name="reading", form="table"),
    Setting(name="compare", form="list"),
    Setting(name="list", form="file"),
    Setting(name="list_threshold", form="number", default="90"),
    Setting(name="red_flags", form="yes-no", default="no"),
    Setting(name="geo", form="file"),
    Setting(name="out", form="file", default="run"),
    Setting(name="records", form="yes-no", default="yes"),
    Setting(name="raw_csv", form="yes-no", default="no"),
    Setting(name="fail_on", form="text", default="never"),
    Setting(name="threads", form="number"),
    Setting(name="memory", form="text", default="1GB"),
    Setting(name="quiet", form="yes-no", default="no"),
    Setting(name="verbose", form="yes-no", default="no"),
)
"""What may be given beforehand: what a project decides once, and nothing that names an account or replaces files."""

_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}

_LONGEST: Final = 100
"""Most characters of a key that a message shows."""

_NO_FILE: Final = {"geo": "iptocc"}
"""What may stand in place of the name of a file."""

_WRITTEN: Final[dict[Form, str]] = {
    "file": 'as text, such as "data/providers.toml"',
    "text": "as text, in quotes",
    "number": "as a number",
    "date": "as a date, such as 2024-06-01",
    "yes-no": "true or false",
    "list": 'as a list of texts, such as ["located", "us_presence"]',
    "table": 'as a table of texts, such as { located = "asserted" }',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What gives a setting its value.

    Attributes:
        values: the value, or each of several, as it would be written on the command line.
        source: the file or the variable.
    """

    values: tuple[str, ...]
    source: str


def given() -> dict[str, Given]:
    """The settings that are given, in their order: by the environment, by kycrule.toml, or by pyproject.toml.

    Raises:
        DefinitionError: there is no such setting, or its value is not in its form.
        InputError: a file cannot be read.
    """
    found: dict[str, Given] = {}
    for source in (_of_project(), _of_file(), _of_environment()):
        found |= dict(source)
    return {setting.name: found[setting.name] for setting in SETTINGS if setting.name in found}


def configure(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give a command the options that were not given on the command line."""
    del app, commands
    options = {
        argument.name.removeprefix("--").replace("-", "_"): argument
        for argument in arguments
        if argument.name.startswith("--") and not argument.tokens
    }
    if not options.keys() & _BY_NAME.keys():
        return
    for name, value in given().items():
        if name not in options:
            continue
        for place, text in enumerate(value.values):
            flag: dict[str, Any] = (
                {"implicit_value": text == "yes"} if _BY_NAME[name].form == "yes-no" else {"value": text}
            )
            options[name].append(Token(keyword=options[name].name, source=value.source, index=place, **flag))


def _of_environment() -> Iterator[tuple[str, Given]]:
    names = {setting.variable: setting for setting in SETTINGS}
    for variable, text in sorted(os.environ.items()):
        if not variable.startswith(PREFIX):
            continue
        if variable not in names:
            near = did_you_mean(variable, names)
            message = f"The environment has {variable}, which sets nothing.{near} See: kycrule config."
            raise DefinitionError(message)
        setting = names[variable]
        values = tuple(part.strip() for part in text.split(";")) if setting.form in ("list", "table") else (text,)
        if setting.form == "yes-no":
            values = (_yes_no(text, variable),)
        yield setting.name, Given(values=values, source=variable)


def _yes_no(text: str, variable: str) -> str:
    try:
        answer = cells.read(cells.YES_NO, text)
    except CellError:
        answer = None
    if answer is None:
        message = f"{variable} is yes or no."
        raise DefinitionError(message)
    return "yes" if answer else "no"


def _of_file() -> Iterator[tuple[str, Given]]:
    path = _nearest(FILE)
    if path is not None:
        yield from _of_table(read_toml(path), path, "")


def _of_project() -> Iterator[tuple[str, Given]]:
    path = _nearest(PROJECT)
    if path is not None:
        tool = read_toml(path).get("tool")
        table: Any = cast("dict[str, Any]", tool).get("kycrule", {}) if isinstance(tool, dict) else {}
        yield from _of_table(table, path, "tool.kycrule.")


def _nearest(name: str) -> Path | None:
    """The file of that name in this folder, or in the nearest of those that it is in."""
    here = Path.cwd()
    return next((folder / name for folder in (here, *here.parents) if (folder / name).is_file()), None)


def _of_table(table: Any, path: Path, prefix: str) -> Iterator[tuple[str, Given]]:
    source = os.path.relpath(path)
    if not isinstance(table, dict):
        message = f"{source}: {prefix.rstrip('.')} is a table of settings."
        raise DefinitionError(message)
    for name, value in cast("dict[str, Any]", table).items():
        if name not in _BY_NAME:
            near = did_you_mean(name, _BY_NAME)
            message = f"{source} has {prefix}{name[:_LONGEST]}, which sets nothing.{near} See: kycrule config."
            raise DefinitionError(message)
        values = _values(_BY_NAME[name], value, path.parent)
        if values is None:
            message = f"{source}: {prefix}{name} is written {_WRITTEN[_BY_NAME[name].form]}."
            raise DefinitionError(message)
        yield name, Given(values=values, source=source)


def _values(setting: Setting, value: Any, folder: Path) -> tuple[str, ...] | None:
    """A value of a TOML file as it would be written on the command line; None where it is not in its form."""
    match setting.form, value:
        case "file", str():
            return (value if value == _NO_FILE.get(setting.name) else os.path.relpath(folder / value),)
        case "text", str():
            return (value,)
        case "number", int() | str() if not isinstance(value, bool):
            return (str(value),)
        case "date", date() | str():
            return (str(value),)
        case "yes-no", bool():
            return ("yes" if value else "no",)
        case "list", list() if _are_texts(value):
            return tuple(cast("list[str]", value))
        case "table", dict() if _are_texts(value.values()):
            return tuple(f"{key}={text}" for key, text in cast("Mapping[str, str]", value).items())
        case _:
            return None


def _are_texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)
