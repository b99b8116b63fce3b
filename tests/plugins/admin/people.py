"""Admins and the people they manage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi_betterauth import DatabaseHooks, TableHooks, UserFields
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.storage.hooks import Caller, Changes
from tests.builders.world import Person, World, world


async def _promote(user: UserFields, _caller: Caller | None) -> Changes | None:
    return {"role": "admin"} if user.name.startswith("Root") else None


@asynccontextmanager
async def managed_world(database_url: str, plugin: Admin | None = None, **options: Any) -> AsyncIterator[World]:
    """A world with the plugin, in which everybody called Root is an admin."""
    hooks = DatabaseHooks(user=TableHooks(before_create=_promote))
    plugins = [plugin or Admin()]
    async with world(database_url, plugins=plugins, database_hooks=hooks, **options) as w:
        yield w


async def root_and_alice(w: World) -> tuple[Person, Person]:
    """An admin, and somebody else."""
    return await w.sign_up("root"), await w.sign_up("alice")


async def user_row(w: World, person: Person) -> dict[str, Any]:
    """What the table says of a person."""
    return next(row for row in await w.rows("user") if row["id"] == person.user["id"])
