"""Asking what is allowed (admin sheet §5.19)."""

from __future__ import annotations

from fastapi_betterauth.errors import UNAUTHORIZED, APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import OptionalSession
from fastapi_betterauth.pipeline.operation import post

from .access import permission_model
from .permissions import role_of
from .schemas import HasPermission, PermissionAnswer


@post("/admin/has-permission", errors={401: [UNAUTHORIZED]})
async def user_has_permission(
    body: HasPermission, current: OptionalSession, context: RequestContext
) -> PermissionAnswer:
    """Tell whether the caller may do all of this; the server itself may ask about a role or a user."""
    if body.permissions is None:
        raise APIError(400, message="invalid permission check. no permission(s) were passed.")
    if current is not None:
        user_id: str | None = current.user.id
        role = role_of(current.user)
    elif context.over_http:
        raise APIError(401)
    else:
        user_id, role = body.user_id, body.role
        if not user_id and not role:
            raise APIError(400, message="user id or role is required")
        if user_id and not role:
            user = await context.users.find(user_id)
            if user is None:
                raise APIError(400, message="user not found")
            role = role_of(user)
    allowed = permission_model(context).permits(user_id=user_id, role=role, request=body.permissions)
    return PermissionAnswer(success=allowed)
