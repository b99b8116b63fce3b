"""The one extension contract: a plugin lists what it adds (DESIGN §5)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from sqlmodel import SQLModel

from .access_control import UserPermissions
from .pipeline.hooks import Hooks
from .pipeline.operation import Operation
from .pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from .pipeline.runtime import Middleware, SessionCheck, SignInCheck, VerificationSender
from .storage.fields import Fields, SessionFields
from .storage.hooks import DatabaseHooks

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.responses import Response

    from .pipeline.context import RequestContext
    from .pipeline.runtime import Runtime
    from .social.provider import Provider


C = TypeVar("C")


class Api(Generic[C]):
    """Offers a plugin's endpoints in-process, as ``auth.plugin(Kind).api``.

    Args: calls: a ServerSlice, which has a method for each.
    """

    def __init__(self, calls: Callable[[Any], C]) -> None:
        self._calls = calls

    def __get__(self, plugin: Plugin, owner: type | None = None) -> C:
        return self._calls(plugin.door)


class Plugin:
    """Adds to an instance. Everything has a default: a plugin names only what it adds."""

    id: ClassVar[str]
    """Unique among plugins."""
    user_fields: type[SQLModel] | None = None
    """Columns on ``user``."""
    session_fields: type[SQLModel] | None = None
    """Columns on ``session``."""
    tables: ClassVar[Mapping[str, type[Fields]]] = {}
    """Tables of its own, by name (snake_case)."""
    operations: Sequence[Operation[Any]] = ()
    """Endpoints."""
    hooks: Hooks = Hooks()
    """Request hooks, by operation."""
    database_hooks: DatabaseHooks = DatabaseHooks()
    """Database hooks, by table."""
    middlewares: Sequence[tuple[str, Middleware]] = ()
    """Checks by path glob, over HTTP."""
    sign_in_checks: Sequence[SignInCheck] = ()
    """What may hold a sign-in back."""
    session_checks: Sequence[SessionCheck] = ()
    """What may refuse a session, however it comes about."""
    permissions: UserPermissions | None = None
    """Answers what users may do, for ``require_permission`` and ``require_role``; one plugin at most has it."""
    rate_limits: Sequence[PathRateLimit] = ()
    """Limits for its paths; the first one that matches counts. Set on the class, or in ``__init__``."""
    account_limits: Mapping[str, RateLimitRule] = {}
    """How often one person's secret may be tried, by kind, where the host sets no limit; ``context.count_attempt``."""
    verification_sender: VerificationSender | None = None
    """Has addresses verified by something else than links, where the host sends no links itself."""
    social_providers: Sequence[Provider[Any]] = ()
    """Further identity providers; one of the host's with the same id is hidden."""
    trusted_origins: Sequence[str] = ()
    """Further trusted origins."""
    door: object = None
    """Leads ``api`` into the instance; there from ``auth.plugin(Kind)`` on."""

    def behind(self, door: object) -> Self:
        """Returns: the same plugin with a way into an instance, for it may serve several."""
        bound = copy.copy(self)
        bound.door = door
        return bound

    @property
    def options(self) -> object:
        """Its option object, found by class through ``context.auth.options``."""
        return self

    def read_token(self, auth: Runtime, headers: Headers) -> str | None:  # noqa: ARG002 - for overriding
        """Find the token of a session elsewhere than in the cookie. Returns: the bare token, or None."""
        return None

    async def password_changes(self, context: RequestContext, user_id: str) -> None:
        """Take note, within the transaction, that a user gets another password."""

    async def account_claimed(self, context: RequestContext, user_id: str) -> None:
        """Give up, within the transaction, what somebody left in an account whose address they never proved."""

    def may_renew(self, session: SessionFields) -> bool:  # noqa: ARG002 - for overriding
        """Returns: whether a session may be extended; False makes its end final."""
        return True

    async def on_request(self, context: RequestContext) -> Response | None:  # noqa: ARG002 - for overriding
        """Look at a request before anything is read; may answer."""
        return None

    async def on_response(self, response: Response, context: RequestContext) -> Response | None:  # noqa: ARG002
        """Look at the finished response; may return another."""
        return None
