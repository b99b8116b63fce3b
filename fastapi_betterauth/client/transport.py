"""How calls travel: what a call is, and who can carry one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

T = TypeVar("T")

QueryFields = Mapping[str, str | list[str]]
"""A query; a list is a field that comes several times."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call of one endpoint."""

    method: str
    path: str
    """Template below the base path."""
    returns: Any
    """Type of a successful answer."""
    body: Mapping[str, Any] | None = None
    query: QueryFields = field(default_factory=dict)
    path_params: Mapping[str, str] = field(default_factory=dict)
    redirects: bool = False
    """May be answered by a redirect."""


class AsyncTransport(Protocol):
    """Carries calls."""

    async def send(self, call: Call[T]) -> T:
        """Returns: the answer. Raises: AuthError or APIError: the server refused."""
        ...


class Transport(Protocol):
    """Carries calls, blocking."""

    def send(self, call: Call[T]) -> T:
        """Returns: the answer. Raises: AuthError: the server refused."""
        ...


def body_of(model: BaseModel, further: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Returns: the JSON body of a schema, without keys that were not given."""
    given = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {**given, **(further or {})}


def query_of(**values: str | bool | None) -> dict[str, str]:
    """Returns: a query string's fields, without those that were not given."""
    written = {name: ("true" if value is True else value) for name, value in values.items()}
    return {name: value for name, value in written.items() if isinstance(value, str)}


def query_from(model: BaseModel) -> QueryFields:
    """Returns: the query of a schema, without fields that were not given."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
