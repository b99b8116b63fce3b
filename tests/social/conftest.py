"""The provider that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.builders.identity_provider import IdentityProvider, identity_provider


@pytest.fixture(scope="session")
def provider_process() -> Iterator[IdentityProvider]:
    """One provider for all tests of a worker."""
    with identity_provider() as idp:
        yield idp


@pytest.fixture
async def idp(provider_process: IdentityProvider) -> IdentityProvider:
    """The provider, with two people: ada, whose address it has verified, and eve, whose it has not."""
    await provider_process.control(
        lifetime=3600,
        people={
            "ada": {
                "email": "ada@people.test",
                "email_verified": True,
                "name": "Ada",
                "picture": "https://pictures.test/ada.png",
            },
            "eve": {"email": "eve@people.test", "email_verified": False, "name": "Eve"},
        },
    )
    return provider_process
