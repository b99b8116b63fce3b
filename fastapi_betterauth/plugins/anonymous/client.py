"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.plugins.anonymous.schemas import AnonymousUserDeleted, SignedInAnonymously


class AsyncAnonymousCalls(AsyncSlice):
    """Its endpoints."""

    async def sign_in_anonymous(self) -> SignedInAnonymously[UserOut]:
        """Make a user without credentials, and begin their session."""
        return await self._post("/sign-in/anonymous", SignedInAnonymously[UserOut], {})

    async def delete_anonymous_user(self) -> AnonymousUserDeleted:
        """Delete the caller, who is anonymous, with all sessions."""
        return await self._post("/delete-anonymous-user", AnonymousUserDeleted, {})


class AnonymousCalls(Slice):
    """Its endpoints, for blocking code."""

    def sign_in_anonymous(self) -> SignedInAnonymously[UserOut]:
        """Make a user without credentials, and begin their session."""
        return self._post("/sign-in/anonymous", SignedInAnonymously[UserOut], {})

    def delete_anonymous_user(self) -> AnonymousUserDeleted:
        """Delete the caller, who is anonymous, with all sessions."""
        return self._post("/delete-anonymous-user", AnonymousUserDeleted, {})


class AnonymousServerCalls(ServerSlice, AsyncAnonymousCalls):
    """Its endpoints, in-process."""
