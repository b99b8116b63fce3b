"""A host's app with nothing behind it that outlives a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Generic

from anyio.from_thread import start_blocking_portal
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from fastapi_betterauth.auth import BetterAuth
from fastapi_betterauth.pipeline.runtime import Runtime
from fastapi_betterauth.sessions.models import S, U
from fastapi_betterauth.storage.engine import Database

from .app import SettledApp
from .blocking import BlockingAuthKit
from .clock import MovableClock
from .hashing import CheapHasher
from .kit import AuthKit
from .outbox import Outbox
from .stage import on_stage

_NOWHERE = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class AppUnderTest(Generic[U, S]):
    """An app and its instance, as they are imported; each kit gives them a database and a clock of their own.

    While a kit is open the instance works on that database, hashes cheaply, sends no mail, counts rate limits afresh,
    keeps secondary storage in memory, and takes the environment to be ``test``. Afterwards it is as it was.
    """

    app: Starlette
    """The app that includes the router."""
    auth: BetterAuth[U, S]
    """The instance."""
    database: str | URL | AsyncEngine | Database = "sqlite+aiosqlite://"
    """An empty database for each kit; in memory by default. The tables of ``auth.metadata``, the app's own among
    them, are made there, and nothing is ever dropped."""
    deliver_mails: bool = False
    """Call the app's own callbacks for mails as well."""

    @asynccontextmanager
    async def kit(self) -> AsyncIterator[AuthKit[U, S]]:
        """Start the app, lifespan included, for a test that runs on the event loop."""
        clock, mails, hasher = MovableClock(), Outbox(), CheapHasher()
        database = Database.of(self.database)
        async with on_stage(
            self.auth, database, clock=clock, mails=mails, hasher=hasher, deliver_mails=self.deliver_mails
        ):
            async with database.engine.begin() as connection:
                await connection.run_sync(self.auth.metadata.create_all)
            async with self.app.router.lifespan_context(self.app) as state:
                app = SettledApp(self.app, state or {}, self.auth.runtime.background)
                base_url = _base_url_of(self.auth.runtime)
                kit = AuthKit(self.auth, app, base_url=base_url, clock=clock, mails=mails)
                try:
                    yield kit
                finally:
                    await kit.close()

    @contextmanager
    def blocking_kit(self) -> Iterator[BlockingAuthKit[U, S]]:
        """Start the app in a thread of its own, for a test that is a plain function and uses ``TestClient``."""
        with start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(self.kit()) as kit:
            yield BlockingAuthKit(kit, portal)


def _base_url_of(auth: Runtime) -> str:
    """Returns: an origin at which the app answers."""
    rules = auth.base_url
    if rules.static is not None:
        return rules.static.origin
    if rules.dynamic is None:
        return _NOWHERE
    protocol = "https" if rules.dynamic.protocol == "https" else "http"
    named = [host.rpartition("://")[2] for host in rules.dynamic.allowed_hosts if not set("*?[") & set(host)]
    return f"{protocol}://{named[0]}" if named else rules.dynamic.fallback or _NOWHERE
