"""What can go wrong, as a small tree a caller can catch apart.

```
KycRuleError
├── DefinitionError (ValueError)   a rule, reading or expression is written wrongly
│   └── ReportError                a report asked for cannot be made; names the items that it lacks
├── RecordError (ValueError)       a record handed in cannot be read; never shows its values
│   └── AddressError               an IP address is not one
├── InputError (ValueError)        a file cannot be read at all
├── OutputError (OSError)          a result cannot be written
└── EngineError (RuntimeError)     an engine failed, or rows did not add up
```
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How the command line ended."""

    DONE = 0
    FOUND = 1
    """Done, and rows are in quarantine, or findings reach ``--fail-on``, or a case failed."""
    USAGE = 2
    INPUT = 3
    OUTPUT = 4
    INTERNAL = 5
    """Row accounting or an engine failed."""
    INTERRUPTED = 130
    TERMINATED = 143


class KycRuleError(Exception):
    """Anything kycrule raises on purpose."""


class DefinitionError(KycRuleError, ValueError):
    """A rule, a reading or an expression is written wrongly."""


class ReportError(DefinitionError):
    """A report that was asked for cannot be made from this run. The message names items, never values.

    Attributes:
        missing: the items that the report must have and the records lack, each with its paragraph.
    """

    def __init__(self, message: str, missing: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing


class RecordError(KycRuleError, ValueError):
    """A record cannot be read. The message names fields and codes, never values.

    Attributes:
        faults: each field that is wrong, with the code of its fault.
    """

    def __init__(self, message: str, faults: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class AddressError(RecordError):
    """A text is not an IP address in the strict sense.

    Attributes:
        code: the kind of fault, for example ``leading-zero``.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class InputError(KycRuleError, ValueError):
    """A whole file cannot be read: no header, wrong encoding, truncated archive."""


class OutputError(KycRuleError, OSError):
    """A result cannot be written: no space, no right, or it exists already."""


class EngineError(KycRuleError, RuntimeError):
    """An engine failed, or rows in did not equal rows out."""
