"""An endpoint is one object, read by the route, the documentation, hooks, rate limits, ``auth.api`` and the client."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Generic,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel

from fastapi_betterauth.errors import ErrorCode

if TYPE_CHECKING:
    from .context import RequestContext

T = TypeVar("T")
P = TypeVar("P")

Accepts = Literal["user_on_create", "user_on_update", "session_on_update"]
"""Whose additional fields a body takes besides its own."""

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Provide(Generic[P]):
    """Says in ``Annotated`` how a handler's parameter is made from the request."""

    make: Callable[[RequestContext], Awaitable[P] | P]
    guard: bool = False
    """It demands a session: shown with a lock in the documentation."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Operation(Generic[T]):
    """One endpoint, not yet bound to an instance."""

    name: str
    """How ``auth.api`` and hooks call it."""
    methods: tuple[str, ...]
    path: str
    """Below the base path, parameters in braces."""
    handler: Callable[..., Awaitable[T]]
    summary: str
    description: str
    tag: str
    returns: Any
    body: type[BaseModel] | None = None
    body_optional: bool = False
    """A request may come without any body."""
    query: type[BaseModel] | None = None
    errors: Mapping[int, tuple[ErrorCode, ...]] = field(default_factory=dict)
    accepts: Accepts | None = None
    forms: bool = False
    """Reads forms as well as JSON."""
    form_csrf: bool = False
    """Signs somebody in: also requests without a cookie must come from a trusted origin."""
    sends_mail: bool = False
    """Reaches somebody else's mailbox: a foreign site may not ask for it, cookies or not."""
    checks_callback: bool = False
    """A GET whose ``callbackURL`` must be trusted."""
    server_only: bool = False
    """Not reachable over HTTP."""
    no_store: bool = False
    """Neither answers nor errors may be kept by caches."""
    redirects: bool = False
    """May answer 302."""
    provides: Mapping[str, Provide[Any]] = field(default_factory=dict)
    context_parameter: str | None = None
    path_parameters: tuple[str, ...] = ()
    open_api_id: str | None = None
    """What Better Auth calls it in documents for generators."""

    @property
    def guarded(self) -> bool:
        """Whether it demands a session."""
        return any(provide.guard for provide in self.provides.values())

    def __repr__(self) -> str:
        return f"<operation {self.name} {'|'.join(self.methods)} {self.path}>"


def get(path: str, **settings: Any) -> Callable[[Callable[..., Awaitable[T]]], Operation[T]]:
    """Declare a GET endpoint; settings are the fields of Operation."""
    return operation(path, ("GET",), **settings)


def post(path: str, **settings: Any) -> Callable[[Callable[..., Awaitable[T]]], Operation[T]]:
    """Declare a POST endpoint; settings are the fields of Operation."""
    return operation(path, ("POST",), **settings)


def operation(
    path: str,
    methods: Sequence[str],
    *,
    errors: Mapping[int, Sequence[ErrorCode]] | None = None,
    **settings: Any,
) -> Callable[[Callable[..., Awaitable[T]]], Operation[T]]:
    """Declare an endpoint on a module-level handler.

    The handler's parameters say what it needs: ``body``, ``query``, path parameters by name, a RequestContext, and
    anything annotated with Provide.
    """

    def declare(handler: Callable[..., Awaitable[T]]) -> Operation[T]:
        hints = get_type_hints(handler, include_extras=True)
        summary, _, rest = inspect.cleandoc(handler.__doc__ or "").partition("\n")
        parameters = tuple(_PATH_PARAMETER.findall(path))
        provides = {name: p for name, hint in hints.items() if (p := _provide_of(hint)) is not None}
        plain = {"body", "query", "return", *parameters, *provides}
        context = next((name for name in hints if name not in plain), None)
        values: dict[str, Any] = {
            "name": handler.__name__,
            "summary": summary.rstrip(".").replace("``", ""),  # shown as plain text at /docs
            "description": rest.strip(),
            "body": hints.get("body"),
            "query": hints.get("query"),
            "returns": hints["return"],
            "tag": handler.__module__.split(".")[-2].replace("_", " "),
        }
        return Operation(
            **(values | settings),
            methods=tuple(methods),
            path=path,
            handler=handler,
            errors={status: tuple(codes) for status, codes in (errors or {}).items()},
            provides=provides,
            context_parameter=context,
            path_parameters=parameters,
        )

    return declare


def _provide_of(hint: Any) -> Provide[Any] | None:
    if get_origin(hint) is not Annotated:
        return None
    return next((extra for extra in get_args(hint)[1:] if isinstance(extra, Provide)), None)
