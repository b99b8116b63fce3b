"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from typing import Any

from fastapi_betterauth.client.results import Redirected
from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.client.transport import body_of, query_from
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import SessionOut, UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.plugins.magic_link.schemas import MagicLinkQuery, MagicLinkVerified, SignInMagicLink


class AsyncMagicLinkCalls(AsyncSlice):
    """Its endpoints."""

    async def sign_in_magic_link(
        self,
        *,
        email: str,
        name: str | None = None,
        callback_url: str | None = None,
        new_user_callback_url: str | None = None,
        error_callback_url: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> StatusAnswer:
        """Mail a link that signs its reader in, and up if need be."""
        return await self._post(
            "/sign-in/magic-link",
            StatusAnswer,
            body_of(
                SignInMagicLink.model_construct(
                    email=email,
                    name=name,
                    callback_url=callback_url,
                    new_user_callback_url=new_user_callback_url,
                    error_callback_url=error_callback_url,
                    metadata=metadata,
                )
            ),
        )

    async def magic_link_verify(
        self,
        *,
        token: str,
        callback_url: str | None = None,
        new_user_callback_url: str | None = None,
        error_callback_url: str | None = None,
    ) -> MagicLinkVerified[SessionOut, UserOut] | Redirected:
        """Sign in with the token of a mailed link, which works once."""
        found: MagicLinkVerified[SessionOut, UserOut] | Redirected = await self._get(
            "/magic-link/verify",
            MagicLinkVerified[SessionOut, UserOut],
            query_from(
                MagicLinkQuery.model_construct(
                    token=token,
                    callback_url=callback_url,
                    new_user_callback_url=new_user_callback_url,
                    error_callback_url=error_callback_url,
                )
            ),
            redirects=True,
        )
        return found


class MagicLinkCalls(Slice):
    """Its endpoints, for blocking code."""

    def sign_in_magic_link(
        self,
        *,
        email: str,
        name: str | None = None,
        callback_url: str | None = None,
        new_user_callback_url: str | None = None,
        error_callback_url: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> StatusAnswer:
        """Mail a link that signs its reader in, and up if need be."""
        return self._post(
            "/sign-in/magic-link",
            StatusAnswer,
            body_of(
                SignInMagicLink.model_construct(
                    email=email,
                    name=name,
                    callback_url=callback_url,
                    new_user_callback_url=new_user_callback_url,
                    error_callback_url=error_callback_url,
                    metadata=metadata,
                )
            ),
        )

    def magic_link_verify(
        self,
        *,
        token: str,
        callback_url: str | None = None,
        new_user_callback_url: str | None = None,
        error_callback_url: str | None = None,
    ) -> MagicLinkVerified[SessionOut, UserOut] | Redirected:
        """Sign in with the token of a mailed link, which works once."""
        found: MagicLinkVerified[SessionOut, UserOut] | Redirected = self._get(
            "/magic-link/verify",
            MagicLinkVerified[SessionOut, UserOut],
            query_from(
                MagicLinkQuery.model_construct(
                    token=token,
                    callback_url=callback_url,
                    new_user_callback_url=new_user_callback_url,
                    error_callback_url=error_callback_url,
                )
            ),
            redirects=True,
        )
        return found


class MagicLinkServerCalls(ServerSlice, AsyncMagicLinkCalls):
    """Its endpoints, in-process."""
