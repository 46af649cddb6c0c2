"""Citations of the proposed regulation: parse, order, contain, print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from kycrule.errors import DefinitionError

_SHAPE = re.compile(r"7\.(3\d\d)((?:\((?:[A-Z]|[a-z]{1,5}|\d{1,2})\))*)")
_LEVEL = re.compile(r"\(([^()]*)\)")
_ROMAN = {
    roman: number
    for number, roman in enumerate(
        ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"], start=1
    )
}
_ROMAN_LEVEL = 2


@total_ordering
@dataclass(frozen=True, slots=True)
class Citation:
    """One paragraph of 15 CFR 7.300-7.310 as proposed (89 FR 5698).

    Attributes:
        section: the section number after the point, 300 to 310.
        paragraphs: the designators in order, without parentheses.
    """

    section: int
    paragraphs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Citation:
        """The citation that a text such as ``7.302(d)(1)(iii)(B)(1)`` stands for.

        Raises:
            DefinitionError: the text is not a citation of this subpart.

        >>> Citation.parse("7.302(d)(1)").paragraphs
        ('d', '1')
        """
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            message = f"{text!r} does not cite subpart D; write it as '7.302(d)(1)(iii)(B)(1)'."
            raise DefinitionError(message)
        return cls(int(shape[1]), tuple(_LEVEL.findall(shape[2])))

    def __str__(self) -> str:
        """The citation as the regulation writes it, without the section sign.

        >>> str(Citation(302, ("d", "1")))
        '7.302(d)(1)'
        """
        return f"7.{self.section}" + "".join(f"({part})" for part in self.paragraphs)

    def __contains__(self, other: Citation) -> bool:
        """Whether another citation is this paragraph or stands within it.

        >>> Citation.parse("7.302(d)(1)(i)") in Citation.parse("7.302(d)")
        True
        """
        depth = len(self.paragraphs)
        return self.section == other.section and other.paragraphs[:depth] == self.paragraphs

    def __lt__(self, other: Citation) -> bool:
        """Whether this paragraph stands before another in the regulation.

        >>> Citation.parse("7.304(a)(2)(v)") < Citation.parse("7.304(a)(2)(ix)")
        True
        """
        return self._place() < other._place()

    def _place(self) -> tuple[tuple[int, str], ...]:
        places: list[tuple[int, str]] = [(self.section, "")]
        for depth, part in enumerate(self.paragraphs):
            # Designators go (a)(1)(i)(A)(1): the third level counts in Roman numerals.
            if part.isdigit():
                places.append((int(part), ""))
            elif depth == _ROMAN_LEVEL and part in _ROMAN:
                places.append((_ROMAN[part], ""))
            else:
                places.append((0, part))
        return tuple(places)
