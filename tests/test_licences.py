"""What is installed with kycrule: each library is on the page of dependencies, under the licence that it declares."""

import re
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "dependencies.md"


def brought(name, extras, found):
    """A distribution's name and licence, and those of all that it brings, into a dictionary."""
    installed = distribution(name)
    found[canonicalize_name(name)] = installed.metadata["License-Expression"]
    for text in installed.requires or ():
        requirement = Requirement(text)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        )
        if wanted and canonicalize_name(requirement.name) not in found:
            brought(requirement.name, requirement.extras, found)
    return found


def test_every_library_that_is_brought_is_listed_under_its_licence():
    rows = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    listed = {canonicalize_name(name): licence for name, licence in rows}
    installed = {name: licence for name, licence in brought("kycrule", {"all"}, {}).items() if name != "kycrule"}

    assert {"pydantic", "duckdb", "hypothesis"} <= installed.keys()
    assert installed.keys() <= listed.keys()
    assert {name: licence for name, licence in installed.items() if licence not in {None, listed[name]}} == {}
