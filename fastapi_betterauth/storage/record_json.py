"""Records as JSON, the way Better Auth writes rows into caches: camelCase keys, dates with three decimals and ``Z``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, create_model

from fastapi_betterauth.clock import format_time

from .compose import Entity, FieldSpec, plain_type
from .fields import Fields

R = TypeVar("R", bound=Fields)

Time = Annotated[AwareDatetime, PlainSerializer(format_time, return_type=str, when_used="json")]
"""A moment as JSON text."""
_MAYBE_TIME = Time | None


class Kept(BaseModel):
    """A record between JSON and itself. Strict: what another program left is not bent into shape (SC-SESS-20)."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True, serialize_by_alias=True)


class RecordJson(Generic[R]):
    """Writes and reads the records of one table.

    Args: private: whether fields that may not leave the server are written, too. Else a record that is read back has
        their defaults, or None.
    """

    def __init__(self, entity: Entity[R], *, private: bool) -> None:
        self._entity = entity
        self._shown = tuple(spec.name for spec in entity.fields if private or not spec.private)
        hidden = (spec for spec in entity.fields if spec.private and not private)
        self._hidden = {spec.name: spec.default for spec in hidden}
        fields: dict[str, Any] = {spec.name: _field(spec) for spec in entity.fields if spec.name in self._shown}
        self.model: type[Kept] = create_model(f"Kept{entity.record.__name__}", __base__=Kept, **fields)
        """What the JSON must look like."""

    def shown(self, record: R) -> Kept:
        """Returns: the record, ready to be written."""
        return self.model.model_construct(**{name: getattr(record, name) for name in self._shown})

    def write(self, record: R) -> Mapping[str, Any]:
        """Returns: the record as JSON values."""
        return self.shown(record).model_dump(mode="json", warnings=False)

    def build(self, found: Kept) -> R:
        """Returns: the record of JSON that has been checked."""
        values = dict(found.__dict__)
        for name, default in self._hidden.items():
            values[name] = None if default is None else default()
        return self._entity.build(values)


def _field(spec: FieldSpec) -> tuple[Any, Any]:
    """Returns: type and place of a field; what was added to the table since the JSON was written has its default."""
    is_time = plain_type(spec.annotation) is datetime
    annotation: Any = (_MAYBE_TIME if spec.nullable else Time) if is_time else spec.annotation
    if spec.default is not None:
        return annotation, Field(alias=spec.wire, default_factory=spec.default)
    return annotation, Field(alias=spec.wire, default=None) if spec.nullable else Field(alias=spec.wire)
