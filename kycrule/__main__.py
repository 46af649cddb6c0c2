"""``python -m kycrule``: the command line."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line.

    Raises:
        SystemExit: always, with the exit code.
    """
    try:
        from kycrule.cli import run
    except ModuleNotFoundError as error:
        if error.name not in {"cyclopts", "rich"}:
            raise
        sys.stderr.write('kycrule: the command line needs its extra: pip install "kycrule[batch]"\n')
        raise SystemExit(2) from None
    # Whatever is written, the engine's own files too, is for its owner alone.
    os.umask(0o077)
    raise SystemExit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
