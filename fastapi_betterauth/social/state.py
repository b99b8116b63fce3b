"""What a flow remembers while the person is at the provider (OAuth sheet §3, §4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from fastapi_betterauth.crypto.encryption import Cipher, DecryptionError
from fastapi_betterauth.crypto.random import URL_SAFE, random_string
from fastapi_betterauth.errors import APIError
from fastapi_betterauth.features.account.options import AccountOptions
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.wire import WireModel

from .errors import CallbackError

_LIFETIME = timedelta(minutes=10)
_COOKIE_SECONDS = 300


class LinkTarget(WireModel):
    """Whom an account is to be linked to."""

    email: str
    user_id: str


class FlowState(WireModel):
    """One flow, from the click on the button to the callback."""

    model_config = ConfigDict(extra="allow")

    callback_url: str = Field(alias="callbackURL")
    code_verifier: str = Field(repr=False)
    error_url: str | None = Field(default=None, alias="errorURL")
    new_user_url: str | None = Field(default=None, alias="newUserURL")
    link: LinkTarget | None = None
    server_context: dict[str, Any] | None = None
    """What hooks put aside; no client can."""
    expires_at: int
    """In milliseconds since 1970."""
    request_sign_up: bool | None = None
    id_token_nonce: str | None = Field(default=None, repr=False)
    provider_id: str | None = None
    """Whose callback this is; absent in flows that another server began."""
    oauth_state: str | None = Field(default=None, repr=False)

    @property
    def additional_data(self) -> Mapping[str, Any]:
        """What the client sent along."""
        return self.model_extra or {}

    def stored(self) -> str:
        """Returns: the JSON to keep."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), separators=(",", ":"))


class StateRefused(Exception):
    """A callback does not belong to a flow of this browser."""

    def __init__(self, error: CallbackError, error_url: str | None = None) -> None:
        super().__init__(error.value)
        self.error = error
        self.error_url = error_url


class Flows:
    """Begins flows, and finds the one that a callback belongs to; once."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._options = context.auth.options[AccountOptions]
        usual = "cookie" if context.auth.stateless else "database"
        self._in_cookie = (self._options.store_state_strategy or usual) == "cookie"

    async def begin(self, values: Mapping[str, Any], additional_data: Mapping[str, Any] | None) -> FlowState:
        """Remember a flow, and bind it to this browser.

        Args: values: fields of the state, by wire name; they win over what the client sent along (SC-OAUTH-14).
        """
        state, expires_at = random_string(32, URL_SAFE), self._context.auth.clock() + _LIFETIME
        fixed = {
            **values,
            "codeVerifier": random_string(128, URL_SAFE),
            "expiresAt": int(expires_at.timestamp() * 1000),
            "oauthState": state,
        }
        free = {name: value for name, value in (additional_data or {}).items() if name not in _INTERNAL}
        flow = FlowState.model_validate({**free, **fixed})
        if self._in_cookie:
            spec = self._context.cookie_spec("oauth_state", max_age=int(_LIFETIME.total_seconds()))
            self._context.cookies.set(spec, self._cipher().encrypt(flow.stored()))
            return flow
        if await self._context.verifications.create(state, flow.stored(), expires_at) is None:
            raise APIError(500)
        self._context.set_signed_cookie(self._context.cookie_spec("state", max_age=_COOKIE_SECONDS), state)
        return flow

    async def take(self, state: str) -> FlowState:
        """Use a flow up; what was taken stays taken, whatever becomes of the request.

        Raises: StateRefused.
        """
        flow = self._from_cookie(state) if self._in_cookie else await self._from_database(state)
        if datetime.fromtimestamp(flow.expires_at / 1000, UTC) <= self._context.auth.clock():
            raise StateRefused(CallbackError.STATE_MISMATCH, flow.error_url)
        return flow

    def forget(self) -> None:
        """Have the browser forget the flow."""
        self._context.cookies.expire(self._context.cookie_spec("oauth_state" if self._in_cookie else "state"))

    def _from_cookie(self, state: str) -> FlowState:
        spec = self._context.cookie_spec("oauth_state")
        kept = self._context.cookie(spec)
        if kept is None:
            raise StateRefused(CallbackError.STATE_MISMATCH)
        try:
            flow = FlowState.model_validate_json(self._cipher().decrypt(kept))
        except (DecryptionError, ValidationError):
            raise StateRefused(CallbackError.STATE_INVALID) from None
        if flow.oauth_state != state:
            raise StateRefused(CallbackError.STATE_MISMATCH, flow.error_url)
        self.forget()
        return flow

    async def _from_database(self, state: str) -> FlowState:
        found = await self._context.verifications.find(state)
        if found is None:
            raise StateRefused(CallbackError.STATE_MISMATCH)
        flow = _read(found.value)
        if flow is None or flow.oauth_state not in (None, state):
            raise StateRefused(CallbackError.STATE_MISMATCH, flow.error_url if flow is not None else None)
        spec = self._context.cookie_spec("state")
        if not self._options.skip_state_cookie_check and self._context.signed_cookie(spec) != state:
            # Whoever holds no cookie must not be able to use the flow up for who does.
            raise StateRefused(CallbackError.STATE_MISMATCH, flow.error_url)
        self.forget()
        async with self._context.unit.surviving() as unit:
            taken = await self._context.verifications.within(unit).consume(state)
        if taken is None:
            raise StateRefused(CallbackError.STATE_MISMATCH, flow.error_url)
        return flow

    def _cipher(self) -> Cipher:
        return Cipher(self._context.auth.keys, extra="encryption")


def _read(value: str) -> FlowState | None:
    try:
        return FlowState.model_validate_json(value)
    except ValidationError:
        return None


_INTERNAL = frozenset(field.alias or name for name, field in FlowState.model_fields.items())
