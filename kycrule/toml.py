"""TOML files of bounded size: the one place that reads them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from kycrule.errors import DefinitionError, InputError

LARGEST: Final = 1024 * 1024
"""Most bytes of a file: 1 MiB is some thousand providers and resellers."""

DEEPEST: Final = 16
"""Most parts of a dotted key: ours have no more than three, and the time that a key takes grows with their square."""

# A part is bare, or in quotes of one kind or the other. No place is looked at more than twice.
_DEEP: Final = re.compile(
    rf"""(?<![\w\\.-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{DEEPEST}}}"""
)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; a number with a point is left as text, so that nothing is rounded.

    Raises:
        InputError: the file cannot be read.
        DefinitionError: it is too large, or not valid TOML; the message says where, and shows no value.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise InputError(message) from None
    if len(content) > LARGEST:
        message = f"{path.name} has more than {LARGEST:,} bytes, which no file of this kind needs. Split it."
        raise DefinitionError(message)
    try:
        text = content.decode("utf-8")
        if not _DEEP.search(text):
            return tomllib.loads(text, parse_float=str)
        message = f"{path.name} has a key of more than {DEEPEST} parts."
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{path.name} is not in UTF-8 (line {line}). Save it in UTF-8."
    except RecursionError:
        message = f"{path.name} nests its values too deeply."
    except tomllib.TOMLDecodeError as error:
        # What it says of the text are single characters and places.
        message = f"{path.name} is not valid TOML: {error}."
    except ValueError:
        message = f"{path.name} has a number or date that is out of range."
    raise DefinitionError(message) from None
