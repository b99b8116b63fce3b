"""The app that the official JavaScript client talks to; configured by the test through the environment."""

import os

from fastapi import FastAPI

from fastapi_betterauth import BetterAuth, EmailAndPassword, RateLimit

auth = BetterAuth(
    base_url=os.environ["BASE_URL"],
    secret="a-secret-for-the-javascript-tests-only",
    database=os.environ["DATABASE_URL"],
    email_and_password=EmailAndPassword(enabled=True),
    auto_migrate=True,
    rate_limit=RateLimit(enabled=False),  # two clients live through a day within seconds
)
app = FastAPI()
app.include_router(auth.router)
