"""The same app by hand: one SQL join on a raw asyncpg pool, an HMAC cookie, no router of ours."""

import base64
import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

import asyncpg
from fastapi import Depends, FastAPI, HTTPException, Request

_KEY = os.environ["BETTER_AUTH_SECRET"].encode()
_URL = os.environ["DATABASE_URL"].replace("+asyncpg", "")
_CAMEL = os.environ.get("NAMING") == "camelCase"
_EXPIRES, _USER = ('"expiresAt"', '"userId"') if _CAMEL else ("expires_at", "user_id")
_SQL = f'select s.{_EXPIRES} as ends, u.id, u.email from session s join "user" u on u.id = s.{_USER} where s.token = $1'


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(_URL, min_size=10, max_size=10) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)


async def guard(request: Request) -> Any:
    """Check the signature, look the session up, check its expiry."""
    raw = request.cookies.get("better-auth.session_token")
    if raw is None:
        raise HTTPException(401)
    token, _, signature = unquote(raw).rpartition(".")
    expected = base64.b64encode(hmac.new(_KEY, token.encode(), hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(expected, signature):
        raise HTTPException(401)
    row = await request.app.state.pool.fetchrow(_SQL, token)
    if row is None or row["ends"] < datetime.now(UTC):
        raise HTTPException(401)
    return row


@app.get("/public")
async def public() -> dict[str, bool]:
    """Anybody may see this."""
    return {"public": True}


@app.get("/me")
async def me(row: Annotated[Any, Depends(guard)]) -> dict[str, str]:
    """Only who is signed in may see this."""
    return {"id": row["id"], "email": row["email"]}
