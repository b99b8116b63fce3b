"""The one extension contract: a plugin lists what it adds (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sqlmodel import SQLModel

from .pipeline.hooks import Hooks
from .pipeline.operation import Operation
from .pipeline.runtime import Middleware
from .sessions.sign_in_checks import SignInCheck
from .storage.fields import Fields
from .storage.hooks import DatabaseHooks

if TYPE_CHECKING:
    from starlette.responses import Response

    from .pipeline.context import RequestContext


class Plugin:
    """Adds to an instance. Everything has a default: a plugin names only what it adds."""

    id: ClassVar[str]
    """Unique among plugins."""
    user_fields: ClassVar[type[SQLModel] | None] = None
    """Columns on ``user``."""
    session_fields: ClassVar[type[SQLModel] | None] = None
    """Columns on ``session``."""
    tables: ClassVar[Mapping[str, type[Fields]]] = {}
    """Tables of its own, by name (snake_case)."""
    operations: ClassVar[Sequence[Operation[Any]]] = ()
    """Endpoints."""
    hooks: ClassVar[Hooks] = Hooks()
    """Request hooks, by operation."""
    database_hooks: ClassVar[DatabaseHooks] = DatabaseHooks()
    """Database hooks, by table."""
    middlewares: ClassVar[Sequence[tuple[str, Middleware]]] = ()
    """Checks by path glob, over HTTP."""
    sign_in_checks: ClassVar[Sequence[SignInCheck]] = ()
    """What may hold a sign-in back."""
    trusted_origins: ClassVar[Sequence[str]] = ()
    """Further trusted origins."""

    @property
    def options(self) -> object:
        """Its option object, found by class through ``context.auth.options``."""
        return self

    async def on_request(self, context: RequestContext) -> Response | None:  # noqa: ARG002 - for overriding
        """Look at a request before anything is read; may answer."""
        return None

    async def on_response(self, response: Response, context: RequestContext) -> Response | None:  # noqa: ARG002
        """Look at the finished response; may return another."""
        return None
