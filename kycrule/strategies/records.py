"""Records as a user would hand them in: every field blank or in its form, nothing else assumed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from kycrule.errors import DefinitionError
from kycrule.readings import READINGS, Readings
from kycrule.records import (
    Access,
    BeneficialOwner,
    Customer,
    Provider,
    Record,
    Reseller,
    SpecialMeasure,
    Stake,
    TrainingTransaction,
)
from kycrule.strategies.forms import values

R = TypeVar("R", bound=Record)

_REQUIRED = {
    Customer: "account_id",
    TrainingTransaction: "transaction_id",
    Provider: "id",
    Reseller: "id",
    Stake: "holder",
}


def records(model: type[R], fields: dict[str, Any], *, without: Iterable[str] = ()) -> SearchStrategy[R]:
    """Records of a model.

    Args:
        model: the kind of record.
        fields: fields that are fixed, each as a value or as a strategy.
        without: fields that stay blank if they are not fixed.

    Raises:
        DefinitionError: the record has no such field.
    """
    unknown = sorted(set(fields) - set(model.model_fields))
    if unknown:
        message = f"{model.__name__} has no field {', '.join(unknown)}."
        raise DefinitionError(message)
    fixed: dict[str, SearchStrategy[Any]] = {
        name: given if isinstance(given, SearchStrategy) else st.just(given) for name, given in fields.items()
    }
    known = {column.name: values(column.form) for column in model.columns() if column.name not in {*fixed, *without}}
    required = _REQUIRED.get(cast("Any", model))
    needed = {required: known.pop(required)} if required in known else {}
    made = st.fixed_dictionaries({**needed, **fixed}, optional=known).map(model.model_validate)

    def record(draw: DrawFn) -> R:
        return draw(made)

    # What a failing test prints of where its values come from.
    record.__name__ = f"records_of_{model.__name__}"
    return st.composite(record)()


def owners(**fields: Any) -> SearchStrategy[BeneficialOwner]:
    """Beneficial owners and others with a share.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    return records(BeneficialOwner, fields, without=["account_id"])


def accesses(**fields: Any) -> SearchStrategy[Access]:
    """Accesses of an account.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    return records(Access, fields, without=["account_id"])


def stakes(**fields: Any) -> SearchStrategy[Stake]:
    """Stakes in a customer, or in those who hold a part of it; cycles and sums over 100 are among them.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    # Of few names, so that they make chains; what is held is the customer where it is blank.
    holders = st.sampled_from(["A", "B", "C"])
    return records(Stake, {"holder": holders, "held": st.none() | holders} | fields, without=["account_id"])


def customers(**fields: Any) -> SearchStrategy[Customer]:
    """Customers with their owners, accesses and stakes; any field may be blank.

    The values come from the forms that records accept; nothing is assumed of how they fit together.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it, such as ``kind="entity"``.

    >>> from hypothesis import find
    >>> find(customers(kind="entity", owners=st.lists(owners(share="25"), min_size=1).map(tuple)), bool).kind
    'entity'
    """
    inner: dict[str, Any] = {
        "owners": _few(owners(), 3, unique_by=_identity),
        "accesses": _few(accesses(), 2),
        "stakes": _few(stakes(), 2),
    }
    return records(Customer, inner | fields, without=["served_by"])


def _identity(owner: BeneficialOwner) -> str | int:
    return owner.owner_id or id(owner)


def _few(of: SearchStrategy[R], most: int, **how: Any) -> SearchStrategy[tuple[R, ...]]:
    return st.lists(of, max_size=most, **how).map(tuple)


def providers(**fields: Any) -> SearchStrategy[Provider]:
    """Providers, of which any field but ``id`` may be blank.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    return records(Provider, {"id": "provider"} | fields, without=["parent", "resells_for"])


def resellers(**fields: Any) -> SearchStrategy[Reseller]:
    """Foreign resellers of a provider, of which any field but ``id`` may be blank.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    return records(Reseller, {"id": "reseller"} | fields, without=["supplied_by", "account_id"])


def training_transactions(**fields: Any) -> SearchStrategy[TrainingTransaction]:
    """Transactions that may result in the training of a large AI model.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    return records(TrainingTransaction, fields, without=["account_id"])


def special_measures(**fields: Any) -> SearchStrategy[SpecialMeasure]:
    """Special measures, each against a jurisdiction or against a person.

    Args:
        fields: fields that are fixed, each as a value or as a strategy for it.
    """
    columns = {column.name: values(column.form) for column in SpecialMeasure.columns()}
    needed = {name: columns[name] for name in ("effect", "issued_on")}
    of_place = {"jurisdiction": columns["jurisdiction"], **needed} | fields
    of_person = {"person": columns["person"], **needed} | fields
    if "jurisdiction" in fields:
        return records(SpecialMeasure, of_place, without=["person", "accounts"])
    if "person" in fields:
        return records(SpecialMeasure, of_person, without=["jurisdiction", "region"])
    return st.one_of(
        records(SpecialMeasure, of_place, without=["person", "accounts"]),
        records(SpecialMeasure, of_person, without=["jurisdiction", "region"]),
    )


def readings() -> SearchStrategy[Readings]:
    """Choices for the open questions of the rule, the defaults first."""
    each = {reading.name: st.sampled_from([option.value for option in reading.options]) for reading in READINGS}
    return st.builds(Readings, **each)
