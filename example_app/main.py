"""The app: ``make demo``, or ``uvicorn example_app.main:app``."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from example_app import demo_provider, me, notes, pages
from example_app.accounts import auth
from example_app.mail import mails
from example_app.settings import DEMO

App: Callable[..., FastAPI] = FastAPI
with suppress(ModuleNotFoundError):  # with this package installed, /docs needs no network
    from fastapi_offline import FastAPIOffline as App


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Create the table of the notes, after those of the accounts."""
    await auth.start()
    async with auth.database.engine.begin() as connection:
        await connection.run_sync(notes.Note.metadata.create_all)
    yield
    await mails.close()


DESCRIPTION = """\
Sign up with **POST /api/auth/sign-up/email**. Your browser then keeps the session cookie and sends it by itself: the
routes with a lock answer at once, until you **POST /api/auth/sign-out**.
"""

app = App(
    title="Example",
    description=DESCRIPTION,
    lifespan=lifespan,
    swagger_ui_parameters={"persistAuthorization": True},  # lets "Authorize" take a cookie from elsewhere
)
app.include_router(auth.router)
app.include_router(me.router)
app.include_router(notes.router)
app.include_router(pages.router)
if DEMO:
    app.include_router(demo_provider.router)
app.add_exception_handler(429, pages.wait)
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
