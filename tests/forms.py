"""Texts that are, or nearly are, in the forms of cells; and what Python reads in them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from intake.test_cells import NASTY, NEAR

from kycrule import cells
from kycrule.cells import CellError, Form

_ADDRESSES = (
    *("8.8.8.8", "10.0.0.1", "100.64.0.0", "203.0.113.9", "0.0.0.1", "255.255.255.255", "192.0.0.9", "192.0.0.10"),
    *("1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "10.0.0.0/8"),
    *("::", "::1", "1::", "2001:db8::", "2001:4860:4860::8888", "2001:4860:4860:0:0:0:0:8888", "1:2:3:4:5:6:7:8"),
    *("1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", ":::"),
    *(
        ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "12345::",
        "::ffff:8.8.8.8",
        "::FFFF:10.0.0.1",
        "::ffff:808:808",
        "::8.8.8.8",
    ),
    *("64:ff9b::8.8.8.8", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1.2.3.4::", "::01.2.3.4"),
    *("2002:808:808::1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:0:0:0:0:f5ff:fffe"),
    *("2001:0:0:0:0:0:f7f7:f7f7", "3fff::1", "5f00::1", "ff02::1", "fc00::", "4000::", "2000::", "3ffe:ffff::"),
    *("2001:1::1", "2001:2::", "2001:20::1", "2001:3::", "2620:4f:8000::1", "::g", "x" * 46, "::1\n", "٣.1.1.1"),
)
FORMS: dict[str, tuple[Form, tuple[str, ...], str]] = {
    **NEAR,
    cells.ADDRESS.name: (cells.ADDRESS, _ADDRESSES, "0123456789abcdefABCDEF::::..."),
}


def texts(name: str, count: int, seed: int) -> list[str]:
    """Texts that are near a form, and some that are near none."""
    chance = random.Random(f"{name} {seed}")
    _, listed, alphabet = FORMS[name]
    found = [*listed, *NASTY]
    while len(found) < count:
        text = chance.choice(listed)
        if chance.random() < 0.3:
            text = "".join(chance.choice(alphabet) for _ in range(chance.randrange(1, 12)))
        else:
            for _ in range(chance.choice((0, 1, 1, 2))):
                place = chance.randrange(len(text) + 1)
                text = text[:place] + chance.choice(alphabet) + text[place + chance.choice((0, 1)) :]
        found.append(chance.choice(("", "", " ", "\t", "\n")) + text + chance.choice(("", "", " ", "\r\n")))
    # Not every engine has texts with a NUL, and none is asked for one here.
    return [text for text in dict.fromkeys(found) if "\x00" not in text]


def read(form: Form, text: str) -> tuple[Any, str | None]:
    """The value of a cell, and the code of what is wrong with it."""
    try:
        value = cells.read(form, text)
    except CellError as error:
        return None, error.fault.code
    return (value.timestamp() if isinstance(value, datetime) else value), None


def all_read(name: str, given: list[str]) -> Iterator[tuple[str, Any, str | None]]:
    """Each text with its value and the code of what is wrong with it."""
    form, _, _ = FORMS[name]
    for text in given:
        yield (text, *read(form, text))
