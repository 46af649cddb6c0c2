"""Sphinx builds the pages from plain CommonMark."""

project = "kycrule"
author = "the kycrule engineers"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "kycrule"
myst_heading_anchors = 4
exclude_patterns = ["_build"]
