"""Has an instance that is bound to routes already work on other ground for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from typing import Any
from weakref import WeakSet

from fastapi_betterauth.assembly import Assembly
from fastapi_betterauth.auth import BetterAuth
from fastapi_betterauth.features.password.options import PasswordHashing
from fastapi_betterauth.pipeline.runtime import Runtime
from fastapi_betterauth.settings import Settings
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.secondary import MemoryStorage

from .clock import MovableClock
from .hashing import CheapHasher
from .outbox import Outbox

_ON_STAGE: WeakSet[BetterAuth[Any, Any]] = WeakSet()


@asynccontextmanager
async def on_stage(
    auth: BetterAuth[Any, Any],
    database: Database,
    *,
    clock: MovableClock,
    mails: Outbox,
    hasher: CheapHasher,
    deliver_mails: bool,
) -> AsyncIterator[None]:
    """Exchange everything that reaches beyond the process; afterwards the instance is as it was.

    Routes and guards hold the runtime itself, so it is its parts that are exchanged. The tables stay: they are
    registered where the host's own tables refer to them.

    Raises: RuntimeError: another kit of this instance is open.
    """
    if auth in _ON_STAGE:
        raise RuntimeError("a kit of this instance is open already: one test, one kit")
    settings = auth._settings  # noqa: SLF001 - what the host set is known nowhere else
    rehearsal = Assembly(_changed(settings, database, clock, hasher)).build(auth.runtime.ready, auth.tables)
    options = rehearsal.options.changed(lambda option: mails.captures(option, deliver=deliver_mails))
    parts = _parts(replace(rehearsal, options=options))
    kept, checked = _parts(auth.runtime), auth._schema_is_right  # noqa: SLF001
    _exchange(auth.runtime, parts)
    _ON_STAGE.add(auth)
    auth._schema_is_right = False  # noqa: SLF001 - of this database nothing is known yet
    try:
        yield
    finally:
        await auth.close()
        _exchange(auth.runtime, kept)
        _ON_STAGE.discard(auth)
        auth._schema_is_right = checked  # noqa: SLF001


def _changed(settings: Settings, database: Database, clock: MovableClock, hasher: CheapHasher) -> Settings:
    """Returns: the host's settings for a test. Hashes of its own hashers can still be read."""
    passwords = settings.email_and_password
    others = (passwords.password.hasher, *passwords.password.others)
    hashing = PasswordHashing(hasher=hasher, others=others)
    return replace(
        settings,
        database=database,
        secondary_storage=None if settings.secondary_storage is None else MemoryStorage(clock=clock),
        rate_limit=replace(settings.rate_limit, custom_storage=None),
        email_and_password=replace(passwords, password=hashing),
        advanced=replace(settings.advanced, background_tasks=None),
        environment="test",
        clock=clock,
    )


def _parts(runtime: Runtime) -> dict[str, object]:
    return {part.name: getattr(runtime, part.name) for part in fields(Runtime)}


def _exchange(runtime: Runtime, parts: dict[str, object]) -> None:
    for name, part in parts.items():
        object.__setattr__(runtime, name, part)
