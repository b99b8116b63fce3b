"""A guarded JSON API with a table of the app's own."""

from datetime import UTC, datetime
from uuid import uuid4

from fastapi import APIRouter, HTTPException
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from example_app.accounts import auth
from example_app.me import Current
from fastapi_betterauth import IdType

router = APIRouter(prefix="/api/notes", tags=["notes"], responses={401: {"description": "UNAUTHORIZED"}})


class Note(SQLModel, table=True):
    """Something a user wants to remember."""

    id: str = Field(default_factory=lambda: uuid4().hex, primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True, ondelete="CASCADE", sa_type=IdType)
    text: str = Field(max_length=500)
    made_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class NewNote(SQLModel):
    """A note to be."""

    text: str = Field(min_length=1, max_length=500)


@router.get("")
async def notes(current: Current) -> list[Note]:
    """List your notes."""
    async with AsyncSession(auth.database.engine) as session:
        found = await session.exec(select(Note).where(Note.user_id == current.user.id).order_by(col(Note.made_at)))
        return list(found.all())


@router.post("", status_code=201)
async def write(note: NewNote, current: Current) -> Note:
    """Write a note."""
    async with AsyncSession(auth.database.engine, expire_on_commit=False) as session:
        written = Note(text=note.text, user_id=current.user.id)
        session.add(written)
        await session.commit()
        return written


@router.delete("/{note_id}", status_code=204, responses={404: {"description": "No such note of yours"}})
async def remove(note_id: str, current: Current) -> None:
    """Delete one of your notes."""
    async with AsyncSession(auth.database.engine) as session:
        mine = delete(Note).where(col(Note.id) == note_id, col(Note.user_id) == current.user.id)
        gone = await session.exec(mine)
        await session.commit()
    if gone.rowcount == 0:
        raise HTTPException(404, "no such note")
