"""Digests of stored tokens (formats: hashed tokens)."""

import pytest

from fastapi_betterauth.crypto.digests import sha256_base64url
from tests.crypto.vectors import VECTORS


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.parametrize("example", VECTORS["hashedTokens"]["examples"], ids=lambda example: example["text"])
def test_digests_are_those_of_the_reference(example: dict[str, str]) -> None:
    """A token we hash is found under the digest the reference stored."""
    assert sha256_base64url(example["text"]) == example["stored"]
