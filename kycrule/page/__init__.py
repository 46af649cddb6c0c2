"""The page of a run, ``report.html``: one file that needs no script and asks nothing of anyone.

It is made from the summary alone, so that a saved run gives the same bytes again, and it names no account.
"""

from __future__ import annotations

import base64
import hashlib
import resource
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

from kycrule.errors import InputError

NAME: Final = "report.html"

_NEEDED: Final = ("jinja2", "vl_convert")


def unavailable() -> str | None:
    """Why no page can be made here, in a sentence; None if one can."""
    if any(find_spec(name) is None for name in _NEEDED):
        return f'No {NAME}: the page needs its extra: pip install "kycrule[report]".'
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        # The engine of the charts reserves more addresses than it uses, and ends the process if it gets none.
        return f"No {NAME}: charts cannot be drawn under a limit of virtual memory (ulimit -v)."
    return None


def html(summary: Mapping[str, Any]) -> str:
    """The page.

    Args:
        summary: the content of the ``summary.json`` of a run of this version.

    Raises:
        InputError: it holds something else.
    """
    from jinja2 import Environment, StrictUndefined

    from kycrule.page.front import page

    try:
        made = page(summary)
    except (KeyError, TypeError, ValueError, AttributeError):
        message = "summary.json is not the summary of a run of this version."
        raise InputError(message) from None
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    style = _text("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment.from_string(_text("page.html.jinja"))
    return template.render(page=made, style=style, digest=digest) + "\n"


def _shown(value: object) -> object:
    """A value as the page shows it: figures in groups, and no character that would be obeyed instead of shown."""
    from markupsafe import Markup

    from kycrule.terminal import safe_text

    if isinstance(value, Markup):
        return value
    return f"{value:,}" if isinstance(value, int) else safe_text(str(value)).replace("§ ", "§\N{NO-BREAK SPACE}")


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")
