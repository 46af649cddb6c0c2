"""Sphinx builds the pages from plain CommonMark."""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "kycrule"
author = "the kycrule engineers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_use_ivar = True
autodoc_typehints = "none"
nitpick_ignore_regex = [("py:.*", ".*")]  # names of the standard library and of what is not public
html_theme = "furo"
html_title = "kycrule"
myst_heading_anchors = 4
exclude_patterns = ["_build"]


def setup(app: Sphinx) -> None:
    """Show CSV as it stands: no lexer knows it."""
    app.add_lexer("csv", TextLexer)
