"""Bodies and answers of the account endpoints."""

from __future__ import annotations

from fastapi_betterauth.pipeline.wire import WireModel, WireTime


class AccountOut(WireModel):
    """An account without its secrets."""

    id: str
    provider_id: str
    account_id: str
    user_id: str
    created_at: WireTime
    updated_at: WireTime
    scopes: list[str]


class AccountId(WireModel):
    """Which account: the ``id`` of a listed one."""

    account_id: str
