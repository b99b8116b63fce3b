"""What a host writes into its conftest.py, but for the plugin, which pytest takes at the root alone."""

from typing import Any

import pytest

from fastapi_betterauth.testing import AppUnderTest
from tests.testing import host


@pytest.fixture(scope="session")
def app_under_test() -> AppUnderTest[Any, Any]:
    """The host's app."""
    return AppUnderTest(host.app, host.auth)
