"""The driver's hold on what lies in Redis: moves its dates as ``/__test/shift`` moves those of rows."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from fastapi_betterauth import RedisStorage
from fastapi_betterauth.clock import format_time

_KEPT = 3600
"""Seconds for which a moved entry is kept, although its own end may have come: a row would stay as well."""


async def shift_kept(storage: RedisStorage, model: str, field: str, by: timedelta) -> int:
    """Move a date of all sessions or verifications. Returns: how many there were."""
    moved = 0
    async for key in storage.list_keys():
        found: Any = json.loads(await storage.get(key) or "null")
        if model == "session" and key.startswith("active-sessions-"):
            if field == "expiresAt":
                found = [{**one, field: one[field] + int(by.total_seconds() * 1000)} for one in found]
                await storage.set(key, json.dumps(found), _KEPT)
            continue
        row = _row(model, key, found)
        if row is not None and row.get(field) is not None:
            row[field] = format_time(datetime.fromisoformat(row[field]) + by)
            await storage.set(key, json.dumps(found), _KEPT)
            moved += 1
    return moved


def _row(model: str, key: str, found: Any) -> dict[str, Any] | None:
    """Returns: the part of an entry that would be a row of this table."""
    if not isinstance(found, dict):
        return None
    if model == "verification":
        return found if key.startswith("verification:") else None
    session: dict[str, Any] | None = found.get(model)
    return session
