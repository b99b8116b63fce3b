"""A server for the differential driver, configured as the reference is, with the same test controls.

    python -m tests.conformance.server --port 8000 [--database-url URL] [--profile core] …

Exit code 2: the profile, or a flag's feature, is not built.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from sqlalchemy import MetaData, delete, select, update

from fastapi_betterauth import (
    AdvancedOptions,
    BetterAuth,
    CookieCache,
    IPAddressOptions,
    RateLimit,
    RedisStorage,
    SessionOptions,
)
from tests.conformance.mailbox import Mailbox
from tests.conformance.profiles import BUILT, options_of
from tests.conformance.store_controls import shift_kept

BEHIND_THE_DRIVER = AdvancedOptions(ip_address=IPAddressOptions(ip_address_headers=["x-forwarded-for"]))
"""The driver names the address of each person in the header that the reference looks at by default."""


def arguments() -> argparse.Namespace:
    """Read the command line; the flags are the reference's."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.server")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--profile", default="full")
    parser.add_argument("--database-url")
    parser.add_argument("--cookie-cache", choices=["compact", "jwt", "jwe"])
    parser.add_argument("--rate-limit", action="store_true")
    parser.add_argument("--redis", help="keep sessions and verifications there, and nowhere else")
    parser.add_argument("--idp", default="http://127.0.0.1:4100/.well-known/openid-configuration")
    parser.add_argument("--stripe")
    parser.add_argument("--hasher", choices=["argon2", "scrypt"], default="argon2")
    parser.add_argument("--naming", choices=["snake_case", "camelCase"], default="snake_case")
    parser.add_argument("--keep", action="store_true", help="leave the tables alone at /__test/reset")
    return parser.parse_args()


def missing(given: argparse.Namespace) -> str | None:
    """Say what of the asked-for is not built."""
    return None if given.profile in BUILT else f"profile {given.profile!r}"


def build(given: argparse.Namespace) -> FastAPI:
    """Build the app: the auth router, and the test controls beside it."""
    mailbox = Mailbox()
    folder = tempfile.TemporaryDirectory(prefix="conformance-")
    database = given.database_url or f"sqlite+aiosqlite:///{Path(folder.name) / 'auth.db'}"
    settings = options_of(given.profile, port=given.port, mailbox=mailbox, hasher=given.hasher, idp=given.idp)
    settings["rate_limit"] = RateLimit(enabled=given.rate_limit)
    if given.rate_limit:
        settings["advanced"] = BEHIND_THE_DRIVER
    if given.cookie_cache:
        settings["session"] = SessionOptions(cookie_cache=CookieCache(enabled=True, strategy=given.cookie_cache))
    storage = RedisStorage(given.redis, prefix=f"conformance-{given.port}:", timeout=10) if given.redis else None
    settings["secondary_storage"] = storage
    auth = BetterAuth(database=database, naming=given.naming, metadata=MetaData(), auto_migrate=True, **settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        folder.cleanup()

    app = FastAPI(lifespan=lifespan)
    app.include_router(auth.router)
    add_controls(app, auth, mailbox, given, storage)
    return app


def add_controls(
    app: FastAPI, auth: BetterAuth, mailbox: Mailbox, given: argparse.Namespace, storage: RedisStorage | None
) -> None:
    """Add what the driver steers with."""

    @app.get("/__test/info")
    async def info() -> dict[str, str]:
        return {"implementation": "fastapi_betterauth", "profile": given.profile}

    @app.get("/__test/mailbox")
    async def mails(to: str | None = None) -> list[dict[str, Any]]:
        await auth.runtime.background.drain()
        return mailbox.list(to)

    @app.post("/__test/reset")
    async def reset() -> dict[str, bool]:
        await auth.start()
        mailbox.clear()
        if storage is not None:
            await storage.clear()
        if not given.keep:
            async with auth.database.engine.begin() as connection:
                for entity in reversed(auth.tables.all()):
                    await connection.execute(delete(entity.table))
        return {"ok": True}

    add_shift(app, auth, storage)


def add_shift(app: FastAPI, auth: BetterAuth, storage: RedisStorage | None) -> None:
    """Add what moves dates, in tables and in Redis."""

    @app.post("/__test/shift")
    async def shift(request: Request) -> dict[str, int]:
        body = await request.json()
        if storage is not None and body["model"] in ("session", "user", "verification"):
            moved = timedelta(seconds=body["seconds"])
            count = await shift_kept(storage, body["model"], body["field"], moved)
            if body["model"] != "user":
                return {"rows": count}
        entity = next(e for e in auth.tables.all() if e.key == body["model"])
        spec = next(s for s in entity.fields if s.wire == body["field"])
        column, by = entity.table.c[spec.name], timedelta(seconds=body["seconds"])
        async with auth.database.engine.begin() as connection:
            rows = (await connection.execute(select(entity.table.c.id, column))).all()
            for row_id, value in rows:
                if value is not None:
                    change = update(entity.table).where(entity.table.c.id == row_id)
                    await connection.execute(change.values({spec.name: value + by}))
        return {"rows": len(rows)}


def main() -> None:
    """Serve until stopped."""
    given = arguments()
    if lacking := missing(given):
        print(f"not built yet: {lacking}", file=sys.stderr)
        sys.exit(2)
    uvicorn.run(build(given), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
