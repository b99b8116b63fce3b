"""The app under measurement: our guard, and our router before the app's own routes.

Reads DATABASE_URL, BETTER_AUTH_SECRET, NAMING (``snake_case`` or ``camelCase``) and BASE_URL; COOKIE_CACHE (a strategy)
and REDIS_URL (sessions live there) where they are set.
"""

import os
from typing import Annotated, cast

from fastapi import Depends, FastAPI

from fastapi_betterauth import (
    BetterAuth,
    CookieCache,
    CurrentSession,
    EmailAndPassword,
    RateLimit,
    RedisStorage,
    SessionOptions,
)
from fastapi_betterauth.sessions.cache_formats import CacheStrategy
from fastapi_betterauth.storage.naming import NamingStyle

_cache = cast("CacheStrategy | None", os.environ.get("COOKIE_CACHE"))
_redis = os.environ.get("REDIS_URL")

auth = BetterAuth(
    app_name="Benchmark",
    base_url=os.environ.get("BASE_URL", "http://127.0.0.1:8000"),
    database=os.environ["DATABASE_URL"],
    naming=cast("NamingStyle", os.environ.get("NAMING", "snake_case")),
    email_and_password=EmailAndPassword(enabled=True),
    session=SessionOptions(cookie_cache=CookieCache(enabled=_cache is not None, strategy=_cache)),
    secondary_storage=RedisStorage(_redis, prefix="benchmark:") if _redis else None,
    auto_migrate=True,
    rate_limit=RateLimit(enabled=False),  # one client asks all the time
)

app = FastAPI()
app.include_router(auth.router)


@app.get("/public")
async def public() -> dict[str, bool]:
    """Anybody may see this."""
    return {"public": True}


@app.get("/me")
async def me(current: Annotated[CurrentSession, Depends(auth.current_session)]) -> dict[str, str]:
    """Only who is signed in may see this."""
    return {"id": current.user.id, "email": current.user.email}
