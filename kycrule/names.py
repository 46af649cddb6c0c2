"""Names of people and businesses, made alike and compared.

Two names are compared after case, accents, punctuation and the order of words are set aside. What comes out is a
number; it says that two texts are alike, not that two people are the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from kycrule.errors import DefinitionError

CONTAINED: Final = 95.0
"""The score of two names where all words of one, at least two, stand in the other."""

FEWEST_WORDS: Final = 2
"""Fewest words that a name must have to be looked for inside another: one word alone is in too many names."""

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
"""The characters that :func:`letters_sql` notes."""

_SPELT: Final = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ŧ": "t",
    "æ": "ae", "œ": "oe", "þ": "th", "&": " and ",
})  # fmt: skip
_SHORT: Final = (
    ("limited liability company", "llc"),
    ("public joint stock company", "pjsc"),
    ("joint stock company", "jsc"),
    ("company", "co"),
    ("corporation", "corp"),
    ("incorporated", "inc"),
    ("limited", "ltd"),
    ("private", "pvt"),
    ("brothers", "bros"),
    ("international", "intl"),
    ("manufacturing", "mfg"),
)
_DROPPED: Final = "'.`\u2018\u2019\u02bc\u02bb\u00b7"
_BETWEEN: Final = re.compile(r"[\W_]+")


def normalised(name: str) -> str:
    """A name in lower case, without accents and punctuation, with one space between its words.

    The commonest words for the form of a business are written short, as lists and customers write them either way.

    >>> normalised("O'Hara-Muñoz  & Cie., S.A.")
    'ohara munoz and cie sa'
    >>> normalised("ORCHID TRADING COMPANY, LIMITED")
    'orchid trading co ltd'
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_SPELT)
    kept = (
        letter
        for letter in folded
        if letter not in _DROPPED and (letter.isascii() or unicodedata.category(letter)[0] not in "MC")
    )
    padded = f" {_BETWEEN.sub(' ', ''.join(kept)).strip()} "
    for long, short in _SHORT:
        padded = padded.replace(f" {long} ", f" {short} ")
    return padded.strip()


def normalised_sql(column: str) -> str:
    """The same of a column of ASCII text, as SQL."""
    plain = f"replace(translate(lower({column}), '''.`', ''), '&', ' and ')"
    padded = f"' ' || trim(regexp_replace({plain}, '[^a-z0-9]+', ' ', 'g')) || ' '"
    for long, short in _SHORT:
        padded = f"replace({padded}, ' {long} ', ' {short} ')"
    return f"trim({padded})"


def ascii_sql(column: str) -> str:
    """Whether a column holds ASCII alone, as SQL."""
    return f"strlen({column}) = length({column})"


def letters_sql(column: str) -> str:
    """Which of :data:`LETTERS` stand in a column, as the bits of a number, in SQL."""
    return _bits(f"contains({column}, '{letter}')" for letter in LETTERS)


def repeated_sql(column: str) -> str:
    """Which of :data:`LETTERS` stand in a column twice, as the bits of a number, in SQL."""
    return _bits(f"contains(substr({column}, strpos({column}, '{letter}') + 1), '{letter}')" for letter in LETTERS)


def _bits(conditions: Iterable[str]) -> str:
    bits = (f"(CAST({condition} AS BIGINT) << {place})" for place, condition in enumerate(conditions))
    return f"({' | '.join(bits)})"


def score(left: str, right: str) -> float:
    """How much two normalised names are alike, from 0 to 100.

    The greater of two ratios of ``rapidfuzz``: of the names as they stand, and of their words in alphabetical order.
    A ratio is the share of characters that need neither be taken out nor put in to make one from the other. Where all
    words of one name stand in the other it is at least :data:`CONTAINED`.

    Args:
        left: a normalised name.
        right: another.

    Raises:
        DefinitionError: ``rapidfuzz`` is not installed.

    >>> score("hussein saddam", "saddam hussein"), score("saddam hussein", "saddam hussein al tikriti")
    (100.0, 95.0)
    >>> round(score("orchid trading", "orchyd trading"), 1), score("ali", "ali hassan") < 50
    (92.9, True)
    """
    return scorer()(left, right)


def scorer(cutoff: float = 0.0) -> Callable[[str, str], float]:
    """What gives the :func:`score` of two names, and 0 where it is below the cutoff.

    Raises:
        DefinitionError: ``rapidfuzz`` is not installed.
    """
    try:
        from rapidfuzz.fuzz import ratio, token_sort_ratio
    except ModuleNotFoundError:
        message = 'Names are compared with the extra: pip install "kycrule[batch]".'
        raise DefinitionError(message) from None

    def scored(left: str, right: str) -> float:
        best = ratio(left, right, score_cutoff=cutoff)
        if best < CONTAINED:
            best = max(best, token_sort_ratio(left, right, score_cutoff=cutoff))
            if best < CONTAINED and cutoff <= CONTAINED and _contained(left, right):
                return CONTAINED
        return best

    return scored


def _contained(left: str, right: str) -> bool:
    first, second = set(left.split()), set(right.split())
    return min(len(first), len(second)) >= FEWEST_WORDS and (first <= second or second <= first)
