"""Who serves the accounts, through whom, and under which special measures: a TOML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from kycrule.errors import DefinitionError, RecordError
from kycrule.nearest import listed
from kycrule.records import Provider, Record, Reseller, SpecialMeasure
from kycrule.toml import read_toml

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known beside the customers.

    Attributes:
        providers: who serves them, and who stands behind those who do.
        resellers: foreign resellers of the providers' products.
        special_measures: determinations of the Secretary under § 7.307.
    """

    providers: tuple[Provider, ...] = ()
    resellers: tuple[Reseller, ...] = ()
    special_measures: tuple[SpecialMeasure, ...] = ()

    def supplied(self) -> tuple[Reseller, ...]:
        """The resellers, each with the provider that supplies it.

        Raises:
            DefinitionError: a reseller names no provider that is listed, or none although there are several.
        """
        identities = [provider.id for provider in self.providers]
        only = identities[0] if len(identities) == 1 else None
        supplied = tuple(
            reseller.model_copy(update={"supplied_by": reseller.supplied_by or only}) for reseller in self.resellers
        )
        if any(reseller.supplied_by not in identities for reseller in supplied):
            message = "supplied_by of each reseller names one of the providers; it may be blank if there is one."
            raise DefinitionError(message)
        return supplied


def load_setting(path: Path) -> Setting:
    """The providers, resellers and special measures that a TOML file lists.

    They stand under ``[[providers]]``, ``[[resellers]]`` and ``[[special_measures]]``.

    Raises:
        InputError: the file cannot be read.
        DefinitionError: it is not valid TOML, or holds something else; no value is shown.
    """
    return read_setting(read_toml(path), path.name)


def setting_of(
    providers: str | Path | Sequence[Provider] | None,
    resellers: Sequence[Reseller],
    special_measures: str | Path | Sequence[SpecialMeasure],
) -> Setting:
    """All that is known beside the customers, from files and from arguments.

    Args:
        providers: a TOML file, or the providers themselves.
        resellers: foreign resellers, beside those of the file.
        special_measures: special measures, or a TOML file of them, beside those of the first file.

    Raises:
        InputError: a file cannot be read.
        DefinitionError: it holds something else.
    """
    listed = load_setting(Path(providers)) if isinstance(providers, str | Path) else Setting()
    if isinstance(special_measures, str | Path):
        special_measures = load_setting(Path(special_measures)).special_measures
    return Setting(
        providers=listed.providers if isinstance(providers, str | Path) else tuple(providers or ()),
        resellers=(*listed.resellers, *resellers),
        special_measures=(*listed.special_measures, *special_measures),
    )


def read_setting(tables: dict[str, Any], source: str) -> Setting:
    """The setting that the tables of a TOML file describe.

    Raises:
        DefinitionError: they hold something else; no value is shown.
    """
    known = Setting.__dataclass_fields__
    unknown = sorted(set(tables) - set(known))
    if unknown:
        message = f"{source} has unknown tables: {listed(unknown, known)}. It may have: {', '.join(known)}."
        raise DefinitionError(message)
    setting = Setting(
        providers=tuple(_records(tables, "providers", Provider, source)),
        resellers=tuple(_records(tables, "resellers", Reseller, source)),
        special_measures=tuple(_records(tables, "special_measures", SpecialMeasure, source)),
    )
    for what, given in (("provider", setting.providers), ("reseller", setting.resellers)):
        if any(count > 1 for count in Counter(record.id for record in given).values()):
            message = f"{source} lists a {what} twice."
            raise DefinitionError(message)
    return setting


def _records(tables: dict[str, Any], name: str, record: type[R], source: str) -> Iterator[R]:
    listed: Any = tables.get(name, [])
    if not isinstance(listed, list):
        message = f"{source}: write each under [[{name}]]."
        raise DefinitionError(message)
    for fields in cast("list[dict[str, Any]]", listed):
        try:
            yield record.read(fields)
        except RecordError as error:
            message = f"{source}: {error}"
            raise DefinitionError(message) from None
