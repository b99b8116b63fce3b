"""Signing out at the provider, too (OpenID Connect RP-Initiated Logout; generic-oauth sheet §6)."""

from __future__ import annotations

import logging

from fastapi_betterauth.errors import StorageError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.redirects import resolve
from fastapi_betterauth.pipeline.runtime import ProviderSignOutCall

from .registry import Providers

logger = logging.getLogger("fastapi_betterauth")


async def sign_out_at_provider(context: RequestContext, user_id: str, call: ProviderSignOutCall) -> str | None:
    """Ask the providers of a user's accounts, those used last first, where the browser goes to sign out there.

    Returns: the first URL; None where no provider offers it. The sign-out here never fails for that.
    """
    providers = context.auth.options[Providers]
    return_to = resolve(call.return_to, context.base.origin) if call.return_to else None
    try:
        accounts = await context.accounts.of_user(user_id)
        for account in sorted(accounts, key=lambda account: account.updated_at, reverse=True):
            provider = await providers.find(account.provider_id)
            if provider is None:
                continue
            if url := await provider.end_session_url(account.id_token, return_to, call.state):
                return url
    except StorageError:
        logger.exception("the provider's sign-out is left out")
    return None
