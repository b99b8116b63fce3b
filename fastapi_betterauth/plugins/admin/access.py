"""What the admin endpoints demand of their caller (admin sheet §3, §4)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import APIError, ErrorCode
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import resolve_session
from fastapi_betterauth.pipeline.operation import Provide
from fastapi_betterauth.sessions.models import CurrentSession

from .options import AdminOptions
from .permissions import PermissionModel


async def signed_in(context: RequestContext) -> CurrentSession:
    """Returns: the caller's session. Raises: APIError: 401 without a code."""
    current = (await resolve_session(context, from_store=True)).current
    if current is None:
        raise APIError(401)
    return current


AdminSession = Annotated[CurrentSession, Provide(signed_in, guard=True)]
"""A session read from the store, so that a demotion acts at once."""


def permission_model(context: RequestContext) -> PermissionModel:
    """Returns: the instance's permission model."""
    return context.auth.options[AdminOptions].permissions


def demand(context: RequestContext, current: CurrentSession, refusal: ErrorCode, **permissions: list[str]) -> None:
    """Let pass who may do all of this. Raises: APIError: 403 with the code given."""
    if not permission_model(context).allows(current.user, permissions):
        raise APIError(403, refusal)
