"""The Python client: every endpoint typed, over HTTP or in-process."""

from importlib import import_module
from typing import TYPE_CHECKING

from .results import AuthError, RateLimited, Redirected, SignInWaits

if TYPE_CHECKING:
    from .http import AsyncAuthClient, AuthClient
else:

    def __getattr__(name: str) -> object:
        """Import what needs an HTTP library only when somebody asks for it."""
        if name not in ("AsyncAuthClient", "AuthClient"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.http"), name)


__all__ = ["AsyncAuthClient", "AuthClient", "AuthError", "RateLimited", "Redirected", "SignInWaits"]
