"""Fixtures for pytest: ``pytest_plugins = ["fastapi_betterauth.testing.fixtures"]`` in your conftest.py.

Define ``app_under_test`` there. Ask for ``as_user`` or ``auth_kit`` in ``async def`` tests, which the plugin of anyio
runs (it comes with FastAPI); in others ask for ``blocking_as_user`` or ``blocking_auth_kit``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import pytest

from .blocking import BlockingAuthKit, BlockingUserClient
from .clients import UserClient
from .kit import AuthKit
from .under_test import AppUnderTest


class AsUser(Protocol):
    """Signs somebody in; ``AuthKit.as_user``."""

    async def __call__(self, user: Any = None, *, password: str | None = None, **values: object) -> UserClient[Any]:
        """Returns: a client of the app on which a user is signed in, by default a new one with these columns."""
        ...


class BlockingAsUser(Protocol):
    """Signs somebody in; ``BlockingAuthKit.as_user``."""

    def __call__(self, user: Any = None, *, password: str | None = None, **values: object) -> BlockingUserClient[Any]:
        """Returns: a client of the app on which a user is signed in, by default a new one with these columns."""
        ...


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests run on asyncio: SQLAlchemy's drivers do."""
    return "asyncio"


@pytest.fixture(scope="session")
def app_under_test() -> AppUnderTest[Any, Any]:
    """Which app is tested; to be defined in your conftest.py."""
    raise pytest.UsageError("define a fixture app_under_test in your conftest.py: return AppUnderTest(app, auth)")


@pytest.fixture
async def auth_kit(
    app_under_test: AppUnderTest[Any, Any],
    anyio_backend: object,  # noqa: ARG001 - has anyio run this fixture
) -> AsyncIterator[AuthKit[Any, Any]]:
    """The app with an empty database, for one test."""
    async with app_under_test.kit() as kit:
        yield kit


@pytest.fixture
def as_user(auth_kit: AuthKit[Any, Any]) -> AsUser:
    """Signs somebody in on a client; takes columns, such as ``role="admin"``."""
    return auth_kit.as_user


@pytest.fixture
def blocking_auth_kit(app_under_test: AppUnderTest[Any, Any]) -> Iterator[BlockingAuthKit[Any, Any]]:
    """The app with an empty database, for one test that is no coroutine."""
    with app_under_test.blocking_kit() as kit:
        yield kit


@pytest.fixture
def blocking_as_user(blocking_auth_kit: BlockingAuthKit[Any, Any]) -> BlockingAsUser:
    """Signs somebody in on a TestClient; takes columns, such as ``role="admin"``."""
    return blocking_auth_kit.as_user
