"""Secondary storages for the tests of sessions."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from fastapi_betterauth import MemoryStorage, RedisStorage, SecondaryStorage
from tests.databases import required


@pytest.fixture(params=["memory", "redis"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[SecondaryStorage]:
    """Each kind in turn; Redis under a prefix of its own, emptied afterwards."""
    if request.param == "memory":
        yield MemoryStorage()
        return
    redis = RedisStorage(required("TEST_REDIS_URL"), prefix=f"sessions:{uuid4().hex}:", timeout=5)
    try:
        yield redis
        await redis.clear()
    finally:
        await redis.close()
