"""The built documentation in a real browser: its search finds what it should, and nothing is asked of anybody."""

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from browser import TIMEOUT, browser
from needs import needs

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
RESULTS = "[...document.querySelectorAll('#search-results li a')].map(link => link.getAttribute('href'))"

pytestmark = [needs(CHROMIUM, "Chromium"), needs(importlib.util.find_spec("sphinx"), "Sphinx")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "-b", "html", ROOT / "docs", folder]
    subprocess.run(command, check=True, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def tab():
    with browser(str(CHROMIUM)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("K302-14", "reference/rules/s302.html"),
        ("foreign subsidiary", "explanation/foreign-subsidiaries.html"),
        ("spreadsheet", "explanation/reliability.html"),
        ("determine_many", "reference/api.html"),
    ],
)
def test_a_search_finds_the_page(site, tab, words, page):
    tab.show(site / "index.html")
    tab.value(f"const box = document.querySelector('input[name=q]'); box.value = '{words}'; box.form.submit()")
    until = time.monotonic() + TIMEOUT
    found = []
    while not any(link.startswith(page) for link in found):
        assert time.monotonic() < until, found
        time.sleep(0.1)
        found = tab.value(RESULTS)


def test_no_page_asks_anything_of_a_network(site, tab):
    asked = set()
    for page in ("index.html", "search.html", "reference/api.html"):
        tab.show(site / page)
        asked |= {address for address in tab.requests() if not address.startswith(("file:", "data:"))}

    assert asked == set()
