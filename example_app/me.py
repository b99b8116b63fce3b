"""Guarded routes about the person who is signed in: one of each kind of guard, and a WebSocket."""

from typing import Annotated

from fastapi import APIRouter, Depends, WebSocket
from sqlmodel import SQLModel

from example_app.accounts import AppUser, auth
from fastapi_betterauth import CurrentSession

Current = Annotated[CurrentSession[AppUser], Depends(auth.current_session)]

router = APIRouter(prefix="/api", tags=["me"], responses={401: {"description": "UNAUTHORIZED"}})


class Me(SQLModel):
    """Who is signed in."""

    id: str
    email: str
    name: str
    locale: str


@router.get("/me")
async def me(current: Current) -> Me:
    """Tell who is signed in."""
    user = current.user
    return Me(id=user.id, email=user.email, name=user.name, locale=user.locale)


@router.get(
    "/me/secrets",
    dependencies=[Depends(auth.fresh_session)],
    responses={403: {"description": "SESSION_NOT_FRESH"}},
)
async def secrets() -> list[str]:
    """Show what only a recent sign-in may see."""
    return ["the cake is in the fridge"]


@router.get(
    "/me/newsletter",
    dependencies=[Depends(auth.require_verified_email)],
    responses={403: {"description": "EMAIL_NOT_VERIFIED"}},
)
async def newsletter() -> str:
    """Show what only a verified address may see."""
    return "Welcome to the newsletter."


@router.get(
    "/me/staff",
    dependencies=[Depends(auth.require_permission(user=["list"]))],
    responses={403: {"description": "FORBIDDEN"}},
)
async def staff() -> str:
    """Show what only those may see who may list users."""
    return "The key is under the mat."


@router.websocket("/echo")
async def echo(socket: WebSocket, current: Current) -> None:
    """Say everything back, with the name of who said it."""
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{current.user.name}: {text}")
