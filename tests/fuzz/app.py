"""The app that is fuzzed: everything switched on, hashing cheap, one session that nothing ends."""

import os

from fastapi import FastAPI

from fastapi_betterauth import (
    ABORT,
    BetterAuth,
    Caller,
    ChangeEmail,
    DatabaseHooks,
    DeleteUser,
    EmailAndPassword,
    EmailVerification,
    PasswordHashing,
    RateLimit,
    SessionOptions,
    TableHooks,
    UserOptions,
)
from fastapi_betterauth.storage.hooks import Abort
from tests.builders.hashing import CheapHasher
from tests.builders.outbox import Outbox

outbox = Outbox()


async def keep(_row: object, _caller: Caller | None) -> Abort:
    """Let nothing end the session that the fuzzing runs on."""
    return ABORT


auth = BetterAuth(
    base_url=os.environ["BASE_URL"],
    secret="5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1",
    database=os.environ["DATABASE_URL"],
    email_and_password=EmailAndPassword(
        enabled=True, send_reset_password=outbox.reset, password=PasswordHashing(hasher=CheapHasher())
    ),
    email_verification=EmailVerification(send_verification_email=outbox.verify),
    user=UserOptions(change_email=ChangeEmail(enabled=True), delete_user=DeleteUser(enabled=True)),
    session=SessionOptions(defer_session_refresh=True),
    database_hooks=DatabaseHooks(session=TableHooks(before_delete=keep), user=TableHooks(before_delete=keep)),
    auto_migrate=True,
    rate_limit=RateLimit(enabled=False),  # one address asks for everything
)
app = FastAPI()
app.include_router(auth.router)
