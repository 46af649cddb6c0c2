"""The proposed rule on identifying foreign customers of cloud infrastructure, as code.

15 CFR 7.300-7.310 as proposed on 29 January 2024 (89 FR 5698): a proposal, never in force.
"""

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
from kycrule.standing import determine_provider
from kycrule.status import Status, status
from kycrule.streams import Refused, determine_many
from kycrule.version import __version__

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
    "status",
]
