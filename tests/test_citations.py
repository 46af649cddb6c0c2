"""Citations parse, print, order and contain as the regulation numbers its paragraphs."""

import pytest

from kycrule.citations import Citation
from kycrule.errors import DefinitionError


@pytest.mark.parametrize(
    "text", ["7.300", "7.301", "7.302(d)(1)(iii)(B)(1)", "7.304(a)(2)(ix)(E)", "7.308(b)(3)(i)", "7.302(d)(1)(iii)(F)"]
)
def test_a_citation_prints_as_it_was_written(text):
    assert str(Citation.parse(text)) == text


@pytest.mark.parametrize("text", ["", "302(d)", "7.302d", "7.302(d", "7.402(a)", "7.302 (d)", "§ 7.302", "7.302()"])
def test_what_is_no_citation_is_refused_with_an_example(text):
    with pytest.raises(DefinitionError, match=r"7\.302\(d\)"):
        Citation.parse(text)


def test_paragraphs_stand_in_the_order_of_the_regulation():
    ordered = [
        "7.301",
        "7.302",
        "7.302(a)",
        "7.302(d)(1)(i)",
        "7.302(d)(1)(iii)(A)(2)",
        "7.302(d)(1)(iii)(B)(1)",
        "7.302(d)(2)",
        "7.302(d)(2)(iv)",
        "7.304(a)(2)(v)",
        "7.304(a)(2)(ix)",
        "7.304(b)",
    ]
    citations = [Citation.parse(text) for text in ordered]

    assert sorted([*citations[4:], *citations[:4]]) == citations


def test_a_paragraph_contains_what_stands_within_it():
    whole, part = Citation.parse("7.302(d)"), Citation.parse("7.302(d)(1)")

    assert part in whole
    assert Citation.parse("7.302(d)") in whole
    assert whole not in part
    assert part not in Citation.parse("7.303")
