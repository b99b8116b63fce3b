"""The admin area: who there is, and what may be done about it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from example_app.accounts import auth
from example_app.pages.account import device_name
from example_app.pages.frame import AdminVisitor, Text, go, page
from fastapi_betterauth import APIError
from fastapi_betterauth.plugins import Admin

router = APIRouter(prefix="/admin")

_PAGE = 8
_DAY = 24 * 3600

Column = Literal["name", "email", "createdAt"]
Direction = Literal["asc", "desc"]


@router.get("")
async def users(
    request: Request,
    current: AdminVisitor,
    search: str = "",
    number: int = 1,
    sort: Column = "createdAt",
    direction: Direction = "desc",
) -> Response:
    """Search, sort and page."""
    found = (
        await auth.plugin(Admin)
        .api.bind(request=request)
        .list_users(
            search_value=search or None,
            limit=_PAGE,
            offset=max(number - 1, 0) * _PAGE,
            sort_by=sort,
            sort_direction=direction,
        )
    )
    pages = max(1, -(-found.total // _PAGE))
    shown: dict[str, Any] = {"search": search, "number": number, "sort": sort, "direction": direction, "pages": pages}
    return page(request, "admin-users.html", current, users=found.users, total=found.total, **shown)


@router.get("/new")
async def new_user(request: Request, current: AdminVisitor) -> Response:
    """Ask who it is."""
    return page(request, "admin-new.html", current)


@router.post("/new")
async def create_user(
    request: Request,
    current: AdminVisitor,
    name: Text = "",
    email: Text = "",
    password: Text = "",
    role: Text = "user",
) -> Response:
    """Create a user."""
    calls = auth.plugin(Admin).api.bind(request=request)
    try:
        await calls.create_user(name=name, email=email, password=password, role=role)
    except APIError as error:
        return page(request, "admin-new.html", current, error=error, name=name, email=email)
    return go("/admin", "created")


@router.get("/users/{user_id}")
async def user(request: Request, current: AdminVisitor, user_id: str) -> Response:
    """Show one."""
    return await _page(request, current, user_id)


@router.post("/users/{user_id}/role")
async def set_role(request: Request, current: AdminVisitor, user_id: str, role: Text = "user") -> Response:
    """Give another role."""
    try:
        await auth.plugin(Admin).api.bind(request=request).set_role(user_id=user_id, role=role)
    except APIError as error:
        return await _page(request, current, user_id, error)
    return go(f"/admin/users/{user_id}", "saved")


@router.post("/users/{user_id}/ban")
async def ban(
    request: Request, current: AdminVisitor, user_id: str, reason: Text = "", *, days: Annotated[int, Form()] = 0
) -> Response:
    """Ban, for so many days or for good."""
    calls = auth.plugin(Admin).api.bind(request=request)
    try:
        await calls.ban_user(
            user_id=user_id, ban_reason=reason or None, ban_expires_in=days * _DAY if days > 0 else None
        )
    except APIError as error:
        return await _page(request, current, user_id, error)
    return go(f"/admin/users/{user_id}", "saved")


@router.post("/users/{user_id}/unban")
async def unban(request: Request, current: AdminVisitor, user_id: str) -> Response:
    """Lift a ban."""
    try:
        await auth.plugin(Admin).api.bind(request=request).unban_user(user_id=user_id)
    except APIError as error:
        return await _page(request, current, user_id, error)
    return go(f"/admin/users/{user_id}", "saved")


@router.post("/users/{user_id}/sign-out")
async def sign_out(request: Request, current: AdminVisitor, user_id: str) -> Response:
    """End all sessions of a user."""
    try:
        await auth.plugin(Admin).api.bind(request=request).revoke_user_sessions(user_id=user_id)
    except APIError as error:
        return await _page(request, current, user_id, error)
    return go(f"/admin/users/{user_id}", "saved")


@router.post("/users/{user_id}/impersonate")
async def impersonate(request: Request, current: AdminVisitor, user_id: str) -> Response:
    """Become somebody else; a banner on every page leads back."""
    response = go("/account", "impersonating")
    try:
        await auth.plugin(Admin).api.bind(request=request, response=response).impersonate_user(user_id=user_id)
    except APIError as error:
        return await _page(request, current, user_id, error)
    return response


@router.post("/stop-impersonating")
async def stop_impersonating(request: Request) -> Response:
    """Become oneself again."""
    response = go("/admin", "yourself")
    try:
        await auth.plugin(Admin).api.bind(request=request, response=response).stop_impersonating()
    except APIError:
        return go("/account")
    return response


@router.post("/users/{user_id}/delete")
async def delete(request: Request, current: AdminVisitor, user_id: str) -> Response:
    """Delete a user."""
    try:
        await auth.plugin(Admin).api.bind(request=request).remove_user(user_id=user_id)
    except APIError as error:
        return await _page(request, current, user_id, error)
    return go("/admin", "removed")


async def _page(request: Request, current: AdminVisitor, user_id: str, error: APIError | None = None) -> Response:
    calls = auth.plugin(Admin).api.bind(request=request)
    try:
        found = await calls.get_user(id=user_id)
        sessions = (await calls.list_user_sessions(user_id=user_id)).sessions
    except APIError as problem:
        return page(request, "home.html", current, error=problem)
    shown = {"user": found, "sessions": sessions, "device_name": device_name}
    return page(request, "admin-user.html", current, error=error, **shown)
