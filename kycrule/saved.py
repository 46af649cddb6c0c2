"""A run that was saved: its manifest compared with the files that it lists, and the files, unsealed if need be."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from kycrule.errors import InputError
from kycrule.outputs import MANIFEST, OPEN, empty_file, sha256
from kycrule.partial import make_folder, remove_leftovers
from kycrule.sealing import SUFFIX, memory, read_key


class Saved:
    """A run folder to read from. Close it.

    Args:
        path: the run folder.
        key: the file of a key, if the run is sealed.

    Attributes:
        path: the run folder.
        manifest: the content of its manifest.
        sealed: whether its files are encrypted.
        files: the names of its files, as they are when they are not sealed.
        workspace: a private folder for as long as it is open; in memory, if the run is sealed.

    Raises:
        InputError: there is no run, or a file was changed since.
        DefinitionError: the key is none, or others may read it.
    """

    def __init__(self, path: str | Path, key: str | Path | None = None) -> None:
        self.path = Path(path)
        self.manifest = _manifest(self.path)
        self._key = None if key is None else read_key(Path(key))
        self.sealed = self.manifest.get("sealed_for") is not None
        names = (str(output["name"]) for output in self.manifest["outputs"])
        self.files = frozenset(name.removesuffix(SUFFIX) if self.sealed else name for name in names)
        place = memory() if self.sealed else Path(tempfile.gettempdir())
        remove_leftovers(place)
        self._made = make_folder(place)
        self.workspace = self._made.path

    def plain(self, name: str) -> Path:
        """A file of the run as it was before it was sealed, for as long as this is open.

        Raises:
            InputError: the run is sealed, and the key to it was not given or is another one.
        """
        if not self.sealed or name in OPEN:
            return self.path / name
        if self._key is None:
            message = "This run is sealed: name the file of a key to it with --key."
            raise InputError(message)
        path = self.workspace / name
        if not path.exists():
            self._key.open(self.path / (name + SUFFIX), empty_file(self.workspace, name))
        return path

    def close(self) -> None:
        """Remove what was put aside."""
        self._made.end()


def _manifest(run: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((run / MANIFEST).read_text("utf-8"))
        for output in manifest["outputs"]:
            parts = Path(output["name"]).parts
            if not parts or ".." in parts or parts[0] == os.sep:
                message = "The manifest of the run names files outside of it; the run was changed."
                raise InputError(message)
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
