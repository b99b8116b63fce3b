"""What clients may say about added fields, and what is made of it (database sheet §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from pydantic import ValidationError

from fastapi_betterauth.errors import FIELD_NOT_ALLOWED, MISSING_FIELD, VALIDATION_ERROR, APIError

from .compose import Entity, FieldSpec, plain_type
from .fields import Fields

R = TypeVar("R", bound=Fields)

_LITERAL_TYPES = frozenset({str, bool, int, float})


class FieldInput(Generic[R]):
    """Turns the added fields of a body into values for the table.

    Core columns are not its business: a client's ``id`` or ``emailVerified`` is an unknown key here.
    """

    def __init__(self, entity: Entity[R]) -> None:
        self._specs = entity.extra_fields
        self._entity = entity

    @property
    def open_fields(self) -> tuple[FieldSpec, ...]:
        """Returns: the fields clients may set."""
        return tuple(spec for spec in self._specs if not spec.server_only)

    def on_create(self, given: Mapping[str, object]) -> dict[str, object]:
        """Read the fields of a new row.

        Args: given: the body, by wire name; unknown keys are ignored.
        Raises: APIError: 400 FIELD_NOT_ALLOWED, MISSING_FIELD or VALIDATION_ERROR.
        """
        values: dict[str, object] = {}
        for spec in self._specs:
            present = spec.wire in given
            if spec.server_only:
                if present and given[spec.wire] and (spec.default is None or spec.default() is None):
                    raise _not_allowed(spec)
            elif present and not (given[spec.wire] is None and spec.required):
                values[spec.name] = self._read(spec, given[spec.wire])
            elif spec.required:
                raise APIError(400, MISSING_FIELD, message=f"{spec.wire} is required")
        return values

    def on_update(self, given: Mapping[str, object]) -> dict[str, object]:
        """Read the fields of a change; nothing is required.

        Raises: APIError: 400 FIELD_NOT_ALLOWED or VALIDATION_ERROR.
        """
        values: dict[str, object] = {}
        for spec in self._specs:
            if spec.wire not in given:
                continue
            if spec.server_only:
                if given[spec.wire]:
                    raise _not_allowed(spec)
                continue
            values[spec.name] = self._read(spec, given[spec.wire])
        return values

    def from_provider(self, given: Mapping[str, object], *, creating: bool) -> dict[str, object]:
        """Read what an identity provider says of fields that clients may set, by field name; others are ignored.

        Args: creating: for a new row, whose required fields must be there.
        Raises: APIError: 400 MISSING_FIELD or VALIDATION_ERROR.
        """
        said = {spec.wire: given[spec.name] for spec in self.open_fields if given.get(spec.name) is not None}
        return self.on_create(said) if creating else self.on_update(said)

    def shown(self, values: Mapping[str, object]) -> dict[str, object]:
        """Returns: those of the values that are fields clients may set, by wire name."""
        return {spec.wire: values[spec.name] for spec in self.open_fields if spec.name in values}

    def on_behalf(self, given: Mapping[str, object]) -> dict[str, object]:
        """Read any field but the id, core and server-only ones included: for those who manage others' rows.

        Raises: APIError: 400 VALIDATION_ERROR.
        """
        specs = (spec for spec in self._entity.fields if spec.name != "id" and spec.wire in given)
        return {spec.name: self._read(spec, given[spec.wire]) for spec in specs}

    def _read(self, spec: FieldSpec, value: object) -> object:
        """Validate as the host's class does, its constraints and field validators included.

        Plain types are taken literally; what JSON writes as text, such as dates, is parsed.
        """
        blank = self._entity.build({spec.name: None for spec in self._entity.fields})
        validator = self._entity.record.__pydantic_validator__
        literal = plain_type(spec.annotation) in _LITERAL_TYPES
        try:
            validator.validate_assignment(blank, spec.name, value, strict=literal)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False, include_context=False)[0]["msg"]
            raise APIError(400, VALIDATION_ERROR, message=f"{spec.wire}: {problem}") from None
        return getattr(blank, spec.name)


def _not_allowed(spec: FieldSpec) -> APIError:
    return APIError(400, FIELD_NOT_ALLOWED, message=f"{spec.wire} is not allowed to be set")
