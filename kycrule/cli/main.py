"""Running a command: how it ends, and what is said where it does not end well."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from cyclopts import CycloptsError, UnusedCliTokensError

from kycrule.cli.app import NAME, app
from kycrule.cli.telling import console, tell
from kycrule.errors import (
    EngineError,
    ExitCode,
    InputError,
    KycRuleError,
    OutputError,
    RecordError,
)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    signals = _Signals()
    app.console = console()
    try:
        result = app(list(arguments), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(ExitCode.USAGE, f"{_told(error)}\nTry: {' '.join((NAME, *(error.command_chain or ())))} --help")
    except (KeyboardInterrupt, _Terminated):
        return _ended(signals.ended or ExitCode.INTERRUPTED)
    except SystemExit:
        # Whoever reads the help has enough of it.
        return ExitCode.DONE
    except BrokenPipeError:
        # Whoever read our output has enough of it; say nothing more at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except KycRuleError as error:
        if signals.ended is not None:
            return _ended(signals.ended)
        return _fail(_code(error), str(error))
    except OSError as error:
        return _fail(ExitCode.OUTPUT, f"The output cannot be written: {error.strerror}.")
    except Exception as error:  # noqa: BLE001 - its text may hold values of a record
        if signals.ended is not None:
            # The engine tells of a signal in its own way.
            return _ended(signals.ended)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return _fail(ExitCode.INTERNAL, f"A defect of kycrule ({type(error).__name__} at {where}); please report it.")
    return int(result) if isinstance(result, int) else ExitCode.DONE


class _Terminated(BaseException):
    """SIGTERM came."""


class _Signals:
    """Ends the command on SIGINT and SIGTERM, and remembers by which.

    Attributes:
        ended: how the command ends, once a signal came.
    """

    def __init__(self) -> None:
        self.ended: ExitCode | None = None
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGTERM, self._terminate)

    def _interrupt(self, *_: object) -> NoReturn:
        self.ended = ExitCode.INTERRUPTED
        raise KeyboardInterrupt

    def _terminate(self, *_: object) -> NoReturn:
        self.ended = ExitCode.TERMINATED
        raise _Terminated


def _ended(code: ExitCode) -> ExitCode:
    word = "Interrupted" if code is ExitCode.INTERRUPTED else "Terminated"
    return _fail(code, f"{word}; nothing was written.")


def _told(error: CycloptsError) -> str:
    if isinstance(error, UnusedCliTokensError):
        return f"Too many arguments: {', '.join(error.unused_tokens or ())}."
    return str(error)


def _code(error: KycRuleError) -> ExitCode:
    match error:
        case OutputError():
            return ExitCode.OUTPUT
        case EngineError():
            return ExitCode.INTERNAL
        case InputError() | RecordError():
            return ExitCode.INPUT
        case _:
            return ExitCode.USAGE


def _fail(code: ExitCode, message: str) -> ExitCode:
    tell((f"{NAME}: ", "bold red"), message)
    return code
