"""Sphinx builds the pages from plain CommonMark."""

project = "kycrule"
author = "the kycrule engineers"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "kycrule"
myst_heading_anchors = 4
exclude_patterns = ["_build"]


def setup(app):  # noqa: ANN001, ANN201 - Sphinx calls it
    """Show files in CSV as they are: Pygments has no lexer for them."""
    from pygments.lexers.special import TextLexer

    app.add_lexer("csv", TextLexer)
