"""The app: ``make demo``, or ``uvicorn example_app.main:app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from example_app import mail, notes, pages
from example_app.accounts import auth
from example_app.settings import DEMO


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Create the table of the notes, after those of the accounts."""
    await auth.start()
    async with auth.database.engine.begin() as connection:
        await connection.run_sync(notes.Note.metadata.create_all)
    yield


app = FastAPI(title="Example", summary="Sign up below, then call the guarded routes.", lifespan=lifespan)
app.include_router(auth.router)
app.include_router(notes.router)
app.include_router(pages.router)
if DEMO:
    app.include_router(mail.router)
