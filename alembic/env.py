"""Runs the migrations of the example app: Alembic executes this file."""

from alembic import context
from example_app.main import auth
from fastapi_betterauth.migrations import run_migrations

run_migrations(context, auth)
