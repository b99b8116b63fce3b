"""A guarded JSON API with a table of the app's own."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, WebSocket
from sqlmodel import Field, SQLModel, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from example_app.accounts import AppUser, auth
from fastapi_betterauth import CurrentSession

router = APIRouter(prefix="/api", tags=["notes"])


class Note(SQLModel, table=True):
    """Something a user wants to remember."""

    id: str = Field(default_factory=lambda: uuid4().hex, primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True, ondelete="CASCADE", max_length=255)
    text: str = Field(max_length=500)
    made_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class NewNote(SQLModel):
    """A note to be."""

    text: str = Field(min_length=1, max_length=500)


class Me(SQLModel):
    """Who is signed in."""

    id: str
    email: str
    name: str
    locale: str


Current = Annotated[CurrentSession[AppUser], Depends(auth.current_session)]


@router.get("/me", tags=["me"])
async def me(current: Current) -> Me:
    """Tell who is signed in."""
    user = current.user
    return Me(id=user.id, email=user.email, name=user.name, locale=user.locale)


@router.get("/me/secrets", dependencies=[Depends(auth.fresh_session)], tags=["me"])
async def secrets() -> list[str]:
    """Show what only a recent sign-in may see."""
    return ["the cake is in the fridge"]


@router.get("/me/newsletter", dependencies=[Depends(auth.require_verified_email)], tags=["me"])
async def newsletter() -> str:
    """Show what only a verified address may see."""
    return "Welcome to the newsletter."


@router.get("/notes")
async def notes(current: Current) -> list[Note]:
    """List your notes."""
    async with AsyncSession(auth.database.engine) as session:
        found = await session.exec(select(Note).where(Note.user_id == current.user.id).order_by("made_at"))
        return list(found.all())


@router.post("/notes", status_code=201)
async def write(note: NewNote, current: Current) -> Note:
    """Write a note."""
    async with AsyncSession(auth.database.engine, expire_on_commit=False) as session:
        written = Note(text=note.text, user_id=current.user.id)
        session.add(written)
        await session.commit()
        return written


@router.delete("/notes/{note_id}", status_code=204)
async def remove(note_id: str, current: Current) -> None:
    """Delete one of your notes."""
    async with AsyncSession(auth.database.engine) as session:
        mine = delete(Note).where(Note.id == note_id, Note.user_id == current.user.id)  # type: ignore[arg-type]  # SQLModel shows columns as their values
        gone = await session.exec(mine)
        await session.commit()
    if gone.rowcount == 0:
        raise HTTPException(404, "no such note")


@router.websocket("/echo")
async def echo(socket: WebSocket, current: Current) -> None:
    """Say everything back, with the name of who said it."""
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{current.user.name}: {text}")
