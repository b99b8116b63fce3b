"""Validates bodies and queries, and says what is wrong in the clauses that clients know.

A clause names the field and the reason, never the value that was sent (SC-HTTP-26).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fastapi_betterauth.errors import VALIDATION_ERROR, APIError

from .json_body import MISSING, Missing

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "string_type": "string",
    "bool_type": "boolean",
    "int_type": "number",
    "float_type": "number",
    "list_type": "array",
    "dict_type": "record",
    "model_type": "object",
    "model_attributes_type": "object",
}
_NAMES: dict[Any, str] = {str: "string", bool: "boolean", int: "number", float: "number"}
_QUOTED = re.compile(r"'([^']*)'")


def validate(model: type[M], value: object, where: str) -> M:
    """Build a model from a JSON value.

    Args: where: ``body`` or ``query``, for the clauses.
    Raises: APIError: 400 VALIDATION_ERROR.
    """
    if not isinstance(value, Mapping):
        kinds = getattr(model, "wire_kinds", ("object",))
        clause = "; ".join(f"[{where}] Invalid input: expected {kind}, received {_kind(value)}" for kind in kinds)
        raise APIError(400, VALIDATION_ERROR, message=clause)
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        clauses = [_clause(model, where, problem, value) for problem in error.errors(include_url=False)]
        raise APIError(400, VALIDATION_ERROR, message="; ".join(clauses)) from None


def _clause(model: type[BaseModel], where: str, problem: Any, value: Mapping[str, object]) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    kind = problem["type"]
    if kind == "missing":
        annotation = _annotation_of(model, str(problem["loc"][0])) if len(problem["loc"]) == 1 else None
        if get_origin(annotation) is Literal:
            return f"[{where}.{path}] {_choice(get_args(annotation))}"
        expected = _NAMES.get(annotation, "value")
        return f"[{where}.{path}] Invalid input: expected {expected}, received undefined"
    if kind == "literal_error":
        return f"[{where}.{path}] {_choice(_QUOTED.findall(problem['ctx']['expected']))}"
    if kind in _EXPECTED:
        return f"[{where}.{path}] Invalid input: expected {_EXPECTED[kind]}, received {_kind(_at(value, problem))}"
    if kind == "value_error":
        return f"[{where}.{path}] {problem['ctx']['error']}"
    return f"[{where}.{path}] {problem['msg']}"


def _annotation_of(model: type[BaseModel], wire: str) -> Any:
    return next((field.annotation for field in model.model_fields.values() if field.alias == wire), None)


def _choice(values: Iterable[str]) -> str:
    return "Invalid option: expected one of " + "|".join(f'"{value}"' for value in values)


def _at(value: object, problem: Any) -> object:
    for part in problem["loc"]:
        if isinstance(value, Mapping) or (isinstance(value, list) and isinstance(part, int)):
            value = value[part]
        else:
            return value
    return value


def _kind(value: object) -> str:
    """Returns: what JavaScript calls this kind of value."""
    if isinstance(value, Missing):
        return "undefined"
    if value is None:
        return "null"
    names: dict[type, str] = {bool: "boolean", str: "string", int: "number", float: "number", list: "array"}
    return names.get(type(value), "object")


__all__ = ["MISSING", "validate"]
