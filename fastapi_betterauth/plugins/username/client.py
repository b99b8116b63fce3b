"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.client.transport import body_of
from fastapi_betterauth.features.sign_in.schemas import SignedIn
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.plugins.username.schemas import Availability, SignInUsername, UsernameQuestion


class AsyncUsernameCalls(AsyncSlice):
    """Its endpoints."""

    async def sign_in_username(
        self, *, username: str, password: str, remember_me: bool | None = None, callback_url: str | None = None
    ) -> SignedIn[UserOut]:
        """Sign in with a username and a password."""
        return await self._post(
            "/sign-in/username",
            SignedIn[UserOut],
            body_of(
                SignInUsername.model_construct(
                    username=username, password=password, remember_me=remember_me, callback_url=callback_url
                )
            ),
        )

    async def is_username_available(self, *, username: str) -> Availability:
        """Tell whether a username is free."""
        return await self._post(
            "/is-username-available", Availability, body_of(UsernameQuestion.model_construct(username=username))
        )


class UsernameCalls(Slice):
    """Its endpoints, for blocking code."""

    def sign_in_username(
        self, *, username: str, password: str, remember_me: bool | None = None, callback_url: str | None = None
    ) -> SignedIn[UserOut]:
        """Sign in with a username and a password."""
        return self._post(
            "/sign-in/username",
            SignedIn[UserOut],
            body_of(
                SignInUsername.model_construct(
                    username=username, password=password, remember_me=remember_me, callback_url=callback_url
                )
            ),
        )

    def is_username_available(self, *, username: str) -> Availability:
        """Tell whether a username is free."""
        return self._post(
            "/is-username-available", Availability, body_of(UsernameQuestion.model_construct(username=username))
        )


class UsernameServerCalls(ServerSlice, AsyncUsernameCalls):
    """Its endpoints, in-process."""
