"""The page in a real browser: nothing leaves it, nothing is complained of, and everybody can read it."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from browser import NARROW, WIDE, browser
from needs import needs
from payloads import HOSTILE, NAUGHTY
from summaries import emptiest, fullest

import kycrule
from kycrule import page

EXAMPLES = Path(__file__).parents[2] / "examples"
AXE = (Path(__file__).parents[1] / "data/axe-core/axe.min.js").read_text("utf-8")
CHROMIUM = shutil.which("chromium")
SHOWN = {"light": {}, "dark": {"dark": True}, "phone": {"width": NARROW}, "print": {"print_": True}}
"""The ways in which the page is shown."""

pytestmark = needs(CHROMIUM, "Chromium")


@pytest.fixture(scope="module")
def tab():
    """A tab of a browser."""
    with browser(str(CHROMIUM)) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of a run of the examples, of the fullest and the emptiest summary, and of one with hostile texts."""
    folder = tmp_path_factory.mktemp("pages")
    kycrule.check(
        EXAMPLES / "customers.csv",
        **{name: EXAMPLES / f"{name}.csv" for name in ("owners", "accesses", "stakes", "training")},
        providers=EXAMPLES / "providers.toml",
        as_of=date(2024, 6, 1),
        compare=["located"],
        out=folder / "run",
    )
    written = {"examples": folder / "run" / page.NAME}
    summaries = {"fullest": fullest(), "emptiest": emptiest(), "hostile": fullest((*HOSTILE, *NAUGHTY[-40:]))}
    for name, summary in summaries.items():
        written[name] = folder / f"{name}.html"
        written[name].write_text(page.html(summary), "utf-8")
    return written


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("name", ["examples", "fullest", "emptiest", "hostile"])
def test_t4_no_request_leaves_and_nothing_is_complained_of(tab, pages, name, shown):
    tab.show(pages[name], **SHOWN[shown])

    assert tab.requests() == [pages[name].as_uri()]
    assert tab.complaints() == []
    assert tab.value("getComputedStyle(document.querySelector('.tiles')).display") == "grid", (
        "the policy lets the page's own style in"
    )


def test_the_browser_would_tell_of_a_request_and_of_a_complaint(tab, tmp_path):
    wrong = tmp_path / "wrong.html"
    wrong.write_text(
        "<!DOCTYPE html><meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src file:\">"
        "<img src='other.png'><script>alert(1)</script><p style='color: red'>x",
        "utf-8",
    )
    tab.show(wrong)

    assert len(tab.requests()) == 2
    assert any("script" in told for told in tab.complaints())
    assert any("style" in told for told in tab.complaints())


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("name", ["examples", "fullest", "emptiest"])
def test_axe_finds_nothing(tab, pages, name, shown):
    tab.show(pages[name], **SHOWN[shown])
    tab.value(f"{AXE}; null")
    found = json.loads(
        tab.value("axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(found => JSON.stringify(found))")
    )

    def told(kind):
        return [(rule["id"], node["html"][:200]) for rule in found[kind] for node in rule["nodes"]]

    assert told("violations") == []
    # Axe cannot tell what lies behind a text in a chart; that it has the colour of other texts, another test sees.
    assert [(rule, html) for rule, html in told("incomplete") if not html.startswith("<text ")] == []
    assert len(found["passes"]) > 20


def test_axe_would_find_something(tab, tmp_path):
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!DOCTYPE html><html><title>x</title><img src=''><p>y", "utf-8")
    tab.show(wrong)
    tab.value(f"{AXE}; null")
    found = tab.value("axe.run().then(found => found.violations.map(rule => rule.id))")

    assert {"image-alt", "html-has-lang"} <= set(found)


@pytest.mark.parametrize("width", [320, NARROW, 600, 800, WIDE])
@pytest.mark.parametrize("name", ["examples", "fullest", "hostile"])
def test_nothing_is_wider_than_the_screen(tab, pages, name, width):
    tab.show(pages[name], width=width)

    assert tab.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert tab.value(
        "[...document.querySelectorAll('table, svg')].every(e => e.scrollWidth <= e.clientWidth + 1 || !e.clientWidth)"
    )


def test_it_is_the_same_without_script(tab, pages):
    pictures = set()
    for script in (True, False):
        tab.show(pages["examples"], script=script)
        pictures.add(tab.picture())
        assert tab.requests() == [pages["examples"].as_uri()]

    assert len(pictures) == 1


def test_labels_of_charts_stay_inside_them(tab, pages):
    tab.show(pages["fullest"])
    outside = tab.value(
        "[...document.querySelectorAll('.chart svg')].flatMap(svg => { const box = svg.getBoundingClientRect();"
        "return [...svg.querySelectorAll('text')].filter(text => { const inner = text.getBoundingClientRect();"
        "return inner.left < box.left - 1 || inner.right > box.right + 1; }).map(text => text.textContent); })"
    )

    assert outside == []


@pytest.mark.parametrize("shown", SHOWN)
def test_texts_of_charts_have_the_colour_of_other_texts(tab, pages, shown):
    tab.show(pages["examples"], **SHOWN[shown])
    colours = tab.value("[...document.querySelectorAll('.chart text')].map(text => getComputedStyle(text).fill)")

    assert len(colours) > 20
    assert set(colours) == {tab.value("getComputedStyle(document.body).color")}


def test_dark_is_dark_and_paper_is_white(tab, pages):
    def brightness():
        colour = tab.value("getComputedStyle(document.body).backgroundColor").removeprefix("rgb(").rstrip(")")
        return sum(int(part) for part in colour.split(",")) / 3

    tab.show(pages["examples"])
    light = brightness()
    tab.show(pages["examples"], dark=True)
    dark = brightness()
    tab.show(pages["examples"], dark=True, print_=True)
    paper = brightness()

    assert (light > 230, dark < 40, paper) == (True, True, 255)
    assert tab.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert tab.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"


def test_it_prints(tab, pages):
    tab.show(pages["examples"])
    printed = tab.printed()

    assert printed.startswith(b"%PDF-")
    assert 3 <= printed.count(b"/Type /Page\n") <= 12
