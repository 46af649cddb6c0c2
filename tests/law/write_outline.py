"""The numbered outline of 15 CFR 7.300-7.310, tests/data/outline.txt, from the text of the proposed rule.

Run by hand, with the text of subpart D as its one argument; the text itself stays outside this project.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FILE = Path(__file__).parents[1] / "data" / "outline.txt"
COMMAND = "python tests/law/write_outline.py TEXT"

SECTION = re.compile(r"§ (7\.3(?:0\d|10))")
DEFINED_IN = "7.301"
TERM = re.compile(r"(?P<term>[A-Z].*?)(?: or .*?)? (?:means?\b|has the meaning\b|refers to\b)")

# One designator, "(a)"; italic ones stand as "( 1)".
DESIGNATOR = re.compile(r"\(\s*([A-Z]|[ivx]+|[a-z]|\d{1,2})\)\s*")
# A heading, which may stand between a designator and the first one below it: "(a) In general. (1) ...".
HEADING = re.compile(r"[A-Z][^().]*(?:\.| —)\s*(?=\()")

LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
DIGITS = tuple(str(number) for number in range(1, 30))
LEVELS: tuple[tuple[str, ...], ...] = (
    LETTERS,
    DIGITS,
    ROMAN,
    tuple(letter.upper() for letter in LETTERS),
    DIGITS,
    ROMAN,
)
LEVELS_OF_A_TERM = LEVELS[1:]


def outline(lines: Iterable[str]) -> Iterator[str]:
    """Each section, defined term and paragraph, in order."""
    base, levels, path = "", LEVELS, list[str]()
    for line in lines:
        if found := SECTION.match(line):
            base, levels, path = found[1], LEVELS, []
            yield base
        elif base.startswith(DEFINED_IN) and (found := TERM.match(line)):
            base, levels, path = f"{DEFINED_IN} {kebab(found['term'])}", LEVELS_OF_A_TERM, []
            yield base
        elif base:
            for designator in designators(line):
                path = placed(designator, path, levels)
                space = " " if levels is LEVELS_OF_A_TERM else ""
                yield base + space + "".join(f"({part})" for part in path)


def kebab(term: str) -> str:
    """A term in lower case, with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def designators(line: str) -> Iterator[str]:
    """The designators with which a line begins, also those after its headings."""
    at, headed = 0, False
    while True:
        if found := DESIGNATOR.match(line, at):
            yield found[1]
            at, headed = found.end(), False
        elif at and not headed and (found := HEADING.match(line, at)) and DESIGNATOR.match(line, found.end()):
            at, headed = found.end(), True
        else:
            return


def placed(designator: str, path: list[str], levels: tuple[tuple[str, ...], ...]) -> list[str]:
    """The path of a designator: the first below the paragraph before it, or the next at some level above.

    So ``(i)`` after ``(a)(1)`` is a Roman one, and after ``(h)`` the letter; the deeper place is tried first.

    Raises:
        ValueError: it is neither.
    """
    if len(path) < len(levels) and designator == levels[len(path)][0]:
        return [*path, designator]
    for depth in reversed(range(len(path))):
        order = levels[depth]
        if designator == order[order.index(path[depth]) + 1]:
            return [*path[:depth], designator]
    message = f"({designator}) does not follow {''.join(f'({part})' for part in path)}"
    raise ValueError(message)


if __name__ == "__main__":
    # The list of sections before the text names each of them without its sign, so it is passed over.
    paragraphs = list(outline(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
    FILE.write_text("\n".join(paragraphs) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE}: {len(paragraphs)} paragraphs\n")
