"""The app under measurement: our guard, and our router before the app's own routes.

Reads DATABASE_URL, BETTER_AUTH_SECRET, NAMING (``snake_case`` or ``camelCase``) and BASE_URL.
"""

import os
from typing import Annotated, cast

from fastapi import Depends, FastAPI

from fastapi_betterauth import BetterAuth, CurrentSession, EmailAndPassword, RateLimit
from fastapi_betterauth.storage.naming import NamingStyle

auth = BetterAuth(
    app_name="Benchmark",
    base_url=os.environ.get("BASE_URL", "http://127.0.0.1:8000"),
    database=os.environ["DATABASE_URL"],
    naming=cast("NamingStyle", os.environ.get("NAMING", "snake_case")),
    email_and_password=EmailAndPassword(enabled=True),
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
