"""How objects look on the wire: camelCase keys, dates with three decimals and ``Z``, nothing coerced."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from fastapi_betterauth.clock import format_time
from fastapi_betterauth.storage.naming import to_wire


def _parse_time(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


WireTime = Annotated[
    datetime,
    BeforeValidator(_parse_time),
    PlainSerializer(format_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment as JSON text."""


class WireModel(BaseModel):
    """A body, a query or an answer. Strict: a number is no string, ``"yes"`` is no boolean (SC-HTTP-20)."""

    model_config = ConfigDict(
        alias_generator=to_wire,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        strict=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:  # noqa: ARG003
        """Name bound generics as their origin, so that ``/docs`` reads well."""
        return cls.__name__


class OpenWireModel(WireModel):
    """A body whose further keys are additional fields of a table; they are read by the table's own rules."""

    model_config = ConfigDict(extra="allow")

    wire_kinds: ClassVar[tuple[str, ...]] = ("record",)
    """What a body of another kind is said not to be."""

    @property
    def further(self) -> dict[str, Any]:
        """Returns: the keys that are no fields of this model, as they came."""
        return self.model_extra or {}


class StatusAnswer(WireModel):
    """It is done."""

    status: bool = True
