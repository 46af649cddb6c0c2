"""The proposed rule on identifying foreign customers of cloud infrastructure, as code.

15 CFR 7.300-7.310 as proposed on 29 January 2024 (89 FR 5698): a proposal, never in force.
"""

import importlib as _importlib
import sys as _sys
import types as _types
import typing as _typing

from kycrule.version import __version__

if _typing.TYPE_CHECKING:
    from kycrule.check import Result, check
    from kycrule.determine import determine
    from kycrule.errors import (
        AddressError,
        DefinitionError,
        EngineError,
        ExitCode,
        InputError,
        KycRuleError,
        OutputError,
        RecordError,
        ReportError,
    )
    from kycrule.findings import Determination, Disposition, Finding, Outcome, ProviderDetermination, ReportDue
    from kycrule.law import rules
    from kycrule.provisions import Rule
    from kycrule.readings import Readings
    from kycrule.records import (
        Access,
        BeneficialOwner,
        Customer,
        Provider,
        Reseller,
        SpecialMeasure,
        Stake,
        TrainingTransaction,
    )
    from kycrule.sample import sample
    from kycrule.standing import determine_provider
    from kycrule.status import Status, status
    from kycrule.streams import Refused, determine_many

__all__ = [
    "Access",
    "AddressError",
    "BeneficialOwner",
    "Customer",
    "DefinitionError",
    "Determination",
    "Disposition",
    "EngineError",
    "ExitCode",
    "Finding",
    "InputError",
    "KycRuleError",
    "Outcome",
    "OutputError",
    "Provider",
    "ProviderDetermination",
    "Readings",
    "RecordError",
    "Refused",
    "ReportDue",
    "ReportError",
    "Reseller",
    "Result",
    "Rule",
    "SpecialMeasure",
    "Stake",
    "Status",
    "TrainingTransaction",
    "check",
    "determine",
    "determine_many",
    "determine_provider",
    "rules",
    "sample",
    "status",
]

_MODULES = {
    "check": ("Result", "check"),
    "determine": ("determine",),
    "errors": ("ExitCode", *(name for name in __all__ if name.endswith("Error"))),
    "findings": ("Determination", "Disposition", "Finding", "Outcome", "ProviderDetermination", "ReportDue"),
    "law": ("rules",),
    "provisions": ("Rule",),
    "readings": ("Readings",),
    "records": (
        *("Access", "BeneficialOwner", "Customer", "Provider", "Reseller"),
        *("SpecialMeasure", "Stake", "TrainingTransaction"),
    ),
    "sample": ("sample",),
    "standing": ("determine_provider",),
    "status": ("Status", "status"),
    "streams": ("Refused", "determine_many"),
}
_HOMES = {name: home for home, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> _typing.Any:
    # Each public name is brought in when it is first asked for: importing the package costs next to nothing.
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(_importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(_types.ModuleType):
    """The package itself. Some of its functions have the name of the module that they stand in."""

    def __setattr__(self, name: str, value: object) -> None:
        # An import binds each module to its package; the function of that name is what stands here.
        if not (name in _HOMES and isinstance(value, _types.ModuleType)):
            super().__setattr__(name, value)


_sys.modules[__name__].__class__ = _Package
