"""An app with limits, for several workers; STORAGE says where they count."""

import os
import time
from typing import Any

from fastapi import Depends, FastAPI

from fastapi_betterauth import BetterAuth, EmailAndPassword, PasswordHashing, RateLimit, RateLimitRule, RedisStorage
from tests.builders.hashing import CheapHasher

options: dict[str, Any] = {}
if os.environ["STORAGE"] == "redis":
    options["secondary_storage"] = RedisStorage(
        os.environ["TEST_REDIS_URL"], prefix=os.environ["REDIS_PREFIX"], timeout=10
    )

auth: BetterAuth[Any, Any] = BetterAuth(
    base_url=os.environ["BASE_URL"],
    secret="5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1",
    database=os.environ["DATABASE_URL"],
    email_and_password=EmailAndPassword(enabled=True, password=PasswordHashing(hasher=CheapHasher())),
    rate_limit=RateLimit(
        enabled=True,
        storage={"redis": "secondary-storage"}.get(os.environ["STORAGE"], os.environ["STORAGE"]),  # type: ignore[arg-type]  # one of the kinds
        # Long enough for a slow machine; the number is the built-in one.
        custom_rules={"/sign-in/email": RateLimitRule(window=600, max=3)},
    ),
    auto_migrate=True,
    **options,
)
app = FastAPI()
app.include_router(auth.router)


@app.get("/worker")
async def worker() -> int:
    """Tell which process answers. It is busy for a moment, so that others take the next requests."""
    time.sleep(0.01)  # noqa: ASYNC251 - blocking is the point
    return os.getpid()


@app.get("/costly", dependencies=[Depends(auth.rate_limit("3/10 minutes"))])
async def costly() -> str:
    """Do something that may be done three times."""
    return "done"
