"""The manifest of a run that was saved: read, and compared with the files that it lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kycrule.errors import InputError
from kycrule.outputs import MANIFEST, sha256


def manifest_of(run: Path) -> dict[str, Any]:
    """The manifest of a run folder, each file of which is what it says.

    Raises:
        InputError: there is no run, or a file was changed since.
    """
    try:
        manifest: dict[str, Any] = json.loads((run / MANIFEST).read_text("utf-8"))
        for output in manifest["outputs"]:
            if sha256(run / output["name"]) != output["sha256"]:
                message = f"{output['name']} is not what the manifest of the run says; the run was changed."
                raise InputError(message)
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        message = f"There is no whole run in this folder: {name} is missing."
        raise InputError(message) from None
    except OSError as error:
        message = f"The run cannot be read: {error.strerror}."
        raise InputError(message) from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        message = "The manifest of the run cannot be read."
        raise InputError(message) from None
    return manifest
