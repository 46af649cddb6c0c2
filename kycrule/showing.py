"""How answers show themselves: as JSON and back, as a table in a notebook, as one line in a debugger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from typing import Any, Final, Self, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import to_json

from kycrule.errors import RecordError
from kycrule.terminal import safe_text

MOST: Final = 20
"""How many rows of a table a notebook shows; the values themselves have all of them."""

_A = TypeVar("_A", bound="Shown")


class Shown:
    """The base of all that kycrule answers: frozen dataclasses that turn into JSON and back without loss.

    What stands in a field whose name begins with an underscore belongs to this process: it is neither
    compared, nor written, nor pickled.
    """

    __slots__ = ()

    def to_json(self, *, indent: int | None = None) -> str:
        """This answer as JSON: dates as ``YYYY-MM-DD``, unknown as ``null``.

        Args:
            indent: spaces for each level; None keeps it on one line.
        """
        return to_json(_told(self), indent=indent).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The answer that :meth:`to_json` wrote.

        Raises:
            RecordError: the text is no such answer; the message names places, never values.
        """
        model = model_of(cls)
        try:
            read = model.model_validate_json(text)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False, include_context=False)
            faults = tuple((".".join(map(str, one["loc"])) or "text", one["type"]) for one in wrong)
            lines = "".join(f"\n  {place}: {code}" for place, code in faults)
            message = f"This is no {cls.__name__} that to_json wrote:{lines}"
            raise RecordError(message, faults) from None
        return cls(**{name: getattr(read, name) for name in model.model_fields})

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), _told(self))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self


def _told(answer: Shown) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in _names(type(answer))}


def _rebuilt(kind: type[_A], told: dict[str, Any]) -> _A:
    return kind(**told)


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if not field.name.startswith("_"))


_MODELS: Final[dict[type[Any], type[BaseModel]]] = {}
"""Made once for each kind of answer, when the first is read."""


def model_of(kind: type[Any]) -> type[BaseModel]:
    """The model of an answer as it is written in JSON."""
    if kind not in _MODELS:
        hints = get_type_hints(kind)
        told: dict[str, Any] = {name: (hints[name], ...) for name in _names(kind)}
        _MODELS[kind] = create_model(kind.__name__, __config__=ConfigDict(strict=True, extra="forbid"), **told)
    return _MODELS[kind]


# In a notebook ------------------------------------------------------------------------------------


def html(title: str, facts: Iterable[tuple[str, str]], *tables: str) -> str:
    """A small piece of HTML without script or style: a title, what is known, tables.

    Args:
        title: one line.
        facts: names with what they come to; those that come to nothing are left out.
        tables: what :func:`table` gave.
    """
    known = [(name, told) for name, told in facts if told]
    rows = "".join(f"<tr><th>{_safe(name)}</th><td>{_safe(told)}</td></tr>" for name, told in known)
    return (
        f"<div><p><strong>{_safe(title)}</strong></p>{f'<table>{rows}</table>' if rows else ''}{''.join(tables)}</div>"
    )


def table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for :func:`html`, of at most :data:`MOST` rows; nothing if there are none."""
    if not rows:
        return ""
    head = "".join(f"<th>{_safe(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows[:MOST])
    more = f"<p>and {len(rows) - MOST} more</p>" if len(rows) > MOST else ""
    titled = f"<caption>{_safe(caption)} ({len(rows)})</caption>"
    return f"<table>{titled}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _safe(text: str) -> str:
    return escape(safe_text(text))
