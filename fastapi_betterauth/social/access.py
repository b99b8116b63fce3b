"""Access tokens of accounts, renewed when they have run out (OAuth sheet §2.1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi_betterauth.crypto.encryption import DecryptionError
from fastapi_betterauth.errors import ACCOUNT_NOT_FOUND, APIError, ErrorCode
from fastapi_betterauth.features.account.options import AccountOptions
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import AccountFields

from .account_cookie import AccountCookies
from .errors import (
    FAILED_TO_GET_ACCESS_TOKEN,
    FAILED_TO_REFRESH_ACCESS_TOKEN,
    PROVIDER_NOT_SUPPORTED,
    REFRESH_TOKEN_NOT_FOUND,
    TOKEN_REFRESH_NOT_SUPPORTED,
)
from .registry import Providers
from .stored_tokens import StoredTokens
from .tokens import Tokens

if TYPE_CHECKING:
    from .provider import Provider

logger = logging.getLogger("fastapi_betterauth")

_SOON = timedelta(seconds=5)
_LEASE = timedelta(seconds=20)
_PAUSE = 0.1
_PATIENCE = 50


class ProviderTokens:
    """The tokens of one user's accounts."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._providers = context.auth.options[Providers]
        self._stored = StoredTokens(context.auth.options[AccountOptions], context.auth.keys)

    async def provider_of(self, account: AccountFields, code: ErrorCode = PROVIDER_NOT_SUPPORTED) -> Provider[Any]:
        """Returns: the provider of an account. Raises: APIError: 400 with this code."""
        provider = await self._providers.find(account.provider_id)
        if provider is None:
            named = code == PROVIDER_NOT_SUPPORTED
            message = f"Provider {account.provider_id} is not supported." if named else None
            raise APIError(400, code, message=message)
        return provider

    async def valid(self, account: AccountFields, provider: Provider[Any]) -> Tokens:
        """Returns: tokens that work right now; those about to run out are renewed first.

        Raises: APIError: 400 FAILED_TO_GET_ACCESS_TOKEN.
        """
        try:
            if self._runs_out(account) and account.refresh_token and provider.can_refresh:
                return await self._renew(account, provider, forced=False)
            return self._read(account)
        except (OutboundError, DecryptionError) as error:
            logger.warning("no access token of %s: %s", account.provider_id, _why(error))
            raise APIError(400, FAILED_TO_GET_ACCESS_TOKEN) from None

    async def renewed(self, account: AccountFields, provider: Provider[Any]) -> Tokens:
        """Returns: new tokens, whatever the old ones are worth.

        Raises: APIError: 400 TOKEN_REFRESH_NOT_SUPPORTED, REFRESH_TOKEN_NOT_FOUND, FAILED_TO_REFRESH_ACCESS_TOKEN.
        """
        if not provider.can_refresh:
            message = f"Provider {account.provider_id} does not support token refreshing."
            raise APIError(400, TOKEN_REFRESH_NOT_SUPPORTED, message=message)
        if not account.refresh_token:
            raise APIError(400, REFRESH_TOKEN_NOT_FOUND)
        try:
            return await self._renew(account, provider, forced=True)
        except (OutboundError, DecryptionError) as error:
            logger.warning("tokens of %s not renewed: %s", account.provider_id, _why(error))
            raise APIError(400, FAILED_TO_REFRESH_ACCESS_TOKEN) from None

    async def _renew(self, account: AccountFields, provider: Provider[Any], *, forced: bool) -> Tokens:
        """Trade the refresh token; of several at once one asks the provider, and all have its answer (SC-OAUTH-32)."""
        async with self._turn(account) as current:
            if current.refresh_token != account.refresh_token or not (forced or self._runs_out(current)):
                return self._read(current)
            refresh_token = self._stored.read(current.refresh_token)
            fresh = await provider.refresh(str(refresh_token), self._providers.call(provider))
            if fresh.access_token is None:
                raise OutboundError("the provider handed out no access token")
            async with self._context.unit.surviving() as unit:
                rows = self._context.accounts.rows.within(unit)
                kept = await rows.update(rows.columns.id == account.id, self._stored.columns(fresh))
        if kept is None:
            # Without a store the account is in the cookie alone.
            kept = account.model_copy(update=dict(self._stored.columns(fresh)))
        self._context.auth.options[AccountCookies].write(self._context, kept)
        return replace(self._read(kept), access_token_expires_at=fresh.access_token_expires_at)

    @asynccontextmanager
    async def _turn(self, account: AccountFields) -> AsyncIterator[AccountFields]:
        """Wait for one's turn at an account, over all workers. Yields: the account as it is by then."""
        name, verifications = f"token-refresh-{account.id}", self._context.verifications
        for _ in range(_PATIENCE):
            if await verifications.reserve(name, account.id, self._context.auth.clock() + _LEASE):
                break
            await asyncio.sleep(_PAUSE)
        else:
            raise OutboundError("another request has been renewing the tokens for too long")
        try:
            current = await self._context.accounts.rows.find(self._context.accounts.rows.columns.id == account.id)
            if current is None and not self._context.auth.stateless:
                raise APIError(400, ACCOUNT_NOT_FOUND)
            yield current or account
        finally:
            await verifications.release(name)

    def _runs_out(self, account: AccountFields) -> bool:
        end = account.access_token_expires_at
        return end is not None and end - self._context.auth.clock() < _SOON

    def _read(self, account: AccountFields) -> Tokens:
        return Tokens(
            access_token=self._stored.read(account.access_token),
            refresh_token=self._stored.read(account.refresh_token),
            id_token=account.id_token,
            access_token_expires_at=account.access_token_expires_at,
            refresh_token_expires_at=account.refresh_token_expires_at,
        )


def _why(error: OutboundError | DecryptionError) -> str:
    return str(error) if isinstance(error, OutboundError) else "it was encrypted with another secret"
