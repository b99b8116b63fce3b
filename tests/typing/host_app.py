"""A host's app as the type checkers must understand it. Checked, never run."""

from typing import Annotated, assert_type

from fastapi import Depends, FastAPI

from fastapi_betterauth import BetterAuth, CurrentSession, EmailAndPassword, current_session

auth = BetterAuth(
    app_name="Acme",
    base_url="http://127.0.0.1:8000",
    secret="a-secret-of-at-least-thirty-two-characters",
    database="sqlite+aiosqlite:///./acme.db",
    email_and_password=EmailAndPassword(enabled=True),
)
app = FastAPI()
app.include_router(auth.router)


@app.get("/me")
async def me(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
    """The caller's address."""
    assert_type(current.user.email, str)
    return current.user.email
