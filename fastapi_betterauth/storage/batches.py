"""Deletes many rows a few at a time, so that nobody waits for them."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select

from fastapi_betterauth.errors import TransientConflict

from .compose import Entity
from .engine import Database
from .transaction import run_alone

BATCH = 500
_ATTEMPTS = 5


async def delete_in_batches(database: Database, entity: Entity[Any], condition: ColumnElement[bool]) -> int:
    """Delete the rows that meet a condition, each batch by its keys in a transaction of its own.

    Rows that stop meeting it meanwhile stay. Hooks are not told.

    Returns: how many went. Raises: StorageError: others stood in the way of one batch several times, or worse.
    """
    table, ids = entity.table, entity.table.c.id
    gone = 0
    while True:
        found = [row[0] for row in (await run_alone(database, select(ids).where(condition).limit(BATCH))).rows]
        if found:
            gone += await _delete(database, delete(table).where(and_(ids.in_(found), condition)))
        if len(found) < BATCH:
            return gone


async def _delete(database: Database, statement: Any) -> int:
    for attempt in range(1, _ATTEMPTS):
        try:
            return (await run_alone(database, statement)).rowcount
        except TransientConflict:
            await asyncio.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311 - spreads contenders, no secret
    return (await run_alone(database, statement)).rowcount
