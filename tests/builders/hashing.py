"""A hasher that costs nothing: the kit's."""

from fastapi_betterauth.testing.hashing import CheapHasher

__all__ = ["CheapHasher"]
