"""The public names as a type checker sees them; checked by mypy and pyright in strict mode, never run."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, assert_type

import kycrule

provider = kycrule.Provider.read({"id": "p", "organized_in": "US"})
assert_type(provider, kycrule.Provider)
assert_type(provider.id, str)
assert_type(provider.us_owned, bool | None)

customer = kycrule.Customer.read({"account_id": "a"})
assert_type(customer, kycrule.Customer)
assert_type(customer.account_id, str)
assert_type(customer.name, str | None)
assert_type(customer.citizenships, tuple[str, ...] | None)
assert_type(customer.opened_on, date | None)
assert_type(customer.kind, Literal["individual", "entity"] | None)
assert_type(customer.owners, tuple[kycrule.BeneficialOwner, ...])
assert_type(customer.owners[0].share, Decimal | None)
assert_type(customer.accesses[0].at, datetime | None)
assert_type(customer.stakes, tuple[kycrule.Stake, ...])
assert_type(customer.stakes[0].share, str | None)

transaction = kycrule.TrainingTransaction.read({"transaction_id": "t", "operations": "1e26"})
assert_type(transaction.operations, Decimal | None)

readings = kycrule.Readings(foreign_subsidiary="reseller-flowdown")
assert_type(readings, kycrule.Readings)
assert_type(readings.changed(), dict[str, str])

answer = kycrule.determine(customer, provider=provider, as_of=date(2024, 6, 1), readings=readings)
assert_type(answer, kycrule.Determination)
assert_type(answer.disposition, kycrule.Disposition)
assert_type(answer.basis, str)
assert_type(answer.foreign_customer, bool | None)
assert_type(answer.turns_on, tuple[str, ...])
assert_type(answer.findings, tuple[kycrule.Finding, ...])
assert_type(answer.findings[0].outcome, kycrule.Outcome)
assert_type(answer.findings[0].due, date | None)
assert_type(answer.reports_due, tuple[kycrule.ReportDue, ...])
assert_type(answer.retain_until, date | None)
assert_type(answer.explain(), str)
assert_type(answer.to_json(indent=2), str)
assert_type(kycrule.Determination.from_json(answer.to_json()), kycrule.Determination)
assert_type(kycrule.Finding.from_json(b"{}"), kycrule.Finding)
kycrule.determine({"account_id": "a"}, as_of=date(2024, 6, 1))

stream = kycrule.determine_many([customer, {"account_id": "b"}], provider=provider, as_of=date(2024, 6, 1))
assert_type(stream, Iterator[kycrule.Determination])
tolerant = kycrule.determine_many(
    iter([customer]), training={"a": [transaction]}, as_of=date(2024, 6, 1), errors="yield"
)
assert_type(tolerant, Iterator[kycrule.Determination | kycrule.Refused])
for told in tolerant:
    if isinstance(told, kycrule.Refused):
        assert_type(told.account_id, str | None)
        assert_type(told.error, kycrule.RecordError)

reseller = kycrule.Reseller.read({"id": "r", "supplied_by": "p"})
assert_type(reseller, kycrule.Reseller)
measure = kycrule.SpecialMeasure.read({"jurisdiction": "KP", "effect": "prohibit", "issued_on": "2024-01-10"})
assert_type(measure, kycrule.SpecialMeasure)
kycrule.determine(customer, special_measures=[measure], as_of=date(2024, 6, 1))
about = kycrule.determine_provider(provider, resellers=[reseller], as_of=date(2024, 6, 1))
assert_type(about, kycrule.ProviderDetermination)
assert_type(about.findings, tuple[kycrule.Finding, ...])
assert_type(about.reports_due[0].opens, date | None)

result = kycrule.check("customers.csv", owners=Path("owners.csv"), providers=(provider,), out="run")
assert_type(kycrule.sample(10, "sample", dirty=0.1), dict[str, int])
assert_type(result, kycrule.Result)
assert_type(result.out, Path | None)
assert_type(result.summary, dict[str, Any])
assert_type(result.quarantined, int)
assert_type(kycrule.Result.from_json(result.to_json()), kycrule.Result)

assert_type(kycrule.rules(), tuple[kycrule.Rule, ...])
assert_type(kycrule.rules()[0].code, str)
assert_type(kycrule.status(), kycrule.Status)
assert_type(kycrule.status().in_force, bool)


def caught(error: kycrule.KycRuleError) -> None:
    if isinstance(error, kycrule.RecordError):
        assert_type(error.faults, tuple[tuple[str, str], ...])
    if isinstance(error, kycrule.AddressError):
        assert_type(error.code, str)
    if isinstance(error, kycrule.ReportError):
        assert_type(error.missing, tuple[tuple[str, str], ...])


def apart() -> None:
    try:
        kycrule.check("customers.csv")
    except kycrule.InputError as unreadable:
        assert_type(unreadable, kycrule.InputError)
    except kycrule.OutputError as unwritable:
        assert_type(unwritable.errno, int | None)
    except (kycrule.DefinitionError, kycrule.EngineError) as other:
        assert_type(other, kycrule.DefinitionError | kycrule.EngineError)
