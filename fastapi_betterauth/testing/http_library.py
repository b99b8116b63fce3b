"""The HTTP library of the clients: httpx2, or httpx where only that is installed. Nothing else here names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_betterauth.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx2 as library
else:
    try:
        import httpx2 as library
    except ModuleNotFoundError:
        try:
            import httpx as library
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                "fastapi_betterauth.testing", "httpx2 is not installed.", "Install fastapi-better-auth[testing]."
            ) from error

__all__ = ["library"]
