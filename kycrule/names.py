"""Names of people and businesses, made alike and compared.

Two names are compared after case, accents, punctuation and the order of words are set aside. What comes out is a
number; it says that two texts are alike, not that two people are the same.
"""

from __future__ import annotations

import re
import unicodedata
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
    return "(" + " | ".join(f"(CAST(contains({column}, '{letter}') AS BIGINT) << {place})"
                            for place, letter in enumerate(LETTERS)) + ")"  # fmt: skip


def score(left: str, right: str, cutoff: float = 0.0) -> float:
    """How much two normalised names are alike, from 0 to 100.

    The greater of two ratios of ``rapidfuzz``: of the names as they stand, and of their words in alphabetical order.
    A ratio is the share of characters that need neither be taken out nor put in to make one from the other. Where all
    words of one name stand in the other it is at least :data:`CONTAINED`.

    Args:
        left: a normalised name.
        right: another.
        cutoff: what is below may be given as 0.

    Raises:
        DefinitionError: ``rapidfuzz`` is not installed.

    >>> score("hussein saddam", "saddam hussein"), score("saddam hussein", "saddam hussein al tikriti")
    (100.0, 95.0)
    >>> round(score("orchid trading", "orchyd trading"), 1), score("ali", "ali hassan") < 50
    (92.9, True)
    """
    try:
        from rapidfuzz import fuzz
    except ModuleNotFoundError:
        message = 'Names are compared with the extra: pip install "kycrule[batch]".'
        raise DefinitionError(message) from None
    best = max(
        fuzz.ratio(left, right, score_cutoff=cutoff or None),
        fuzz.token_sort_ratio(left, right, score_cutoff=cutoff or None),
    )
    if best < CONTAINED and cutoff <= CONTAINED and _contained(left, right):
        return CONTAINED
    return best


def _contained(left: str, right: str) -> bool:
    first, second = set(left.split()), set(right.split())
    return min(len(first), len(second)) >= FEWEST_WORDS and (first <= second or second <= first)
