"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.client.transport import body_of
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import SessionAndUser, SessionOut, UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.plugins.multi_session.schemas import OfThisBrowser


class AsyncMultiSessionCalls(AsyncSlice):
    """Its endpoints."""

    async def list_device_sessions(self) -> list[SessionAndUser[SessionOut, UserOut]]:
        """List the accounts that are signed in in this browser, one session each."""
        found: list[SessionAndUser[SessionOut, UserOut]] = await self._get(
            "/multi-session/list-device-sessions", list[SessionAndUser[SessionOut, UserOut]]
        )
        return found

    async def set_active_session(self, *, session_token: str) -> SessionAndUser[SessionOut, UserOut]:
        """Go on as another account of this browser; the one that was active stays signed in."""
        return await self._post(
            "/multi-session/set-active",
            SessionAndUser[SessionOut, UserOut],
            body_of(OfThisBrowser.model_construct(session_token=session_token)),
        )

    async def revoke_device_session(self, *, session_token: str) -> StatusAnswer:
        """Sign one account of this browser out; if it was the active one, another takes its place."""
        return await self._post(
            "/multi-session/revoke", StatusAnswer, body_of(OfThisBrowser.model_construct(session_token=session_token))
        )


class MultiSessionCalls(Slice):
    """Its endpoints, for blocking code."""

    def list_device_sessions(self) -> list[SessionAndUser[SessionOut, UserOut]]:
        """List the accounts that are signed in in this browser, one session each."""
        found: list[SessionAndUser[SessionOut, UserOut]] = self._get(
            "/multi-session/list-device-sessions", list[SessionAndUser[SessionOut, UserOut]]
        )
        return found

    def set_active_session(self, *, session_token: str) -> SessionAndUser[SessionOut, UserOut]:
        """Go on as another account of this browser; the one that was active stays signed in."""
        return self._post(
            "/multi-session/set-active",
            SessionAndUser[SessionOut, UserOut],
            body_of(OfThisBrowser.model_construct(session_token=session_token)),
        )

    def revoke_device_session(self, *, session_token: str) -> StatusAnswer:
        """Sign one account of this browser out; if it was the active one, another takes its place."""
        return self._post(
            "/multi-session/revoke", StatusAnswer, body_of(OfThisBrowser.model_construct(session_token=session_token))
        )


class MultiSessionServerCalls(ServerSlice, AsyncMultiSessionCalls):
    """Its endpoints, in-process."""
