"""Devices that need no second factor for a while (two-factor sheet §4, §6.2)."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta

from fastapi_betterauth.crypto.random import ALPHANUMERIC, random_string
from fastapi_betterauth.crypto.secret import Secret
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.cookies import CookieSpec
from fastapi_betterauth.storage.fields import UserFields

_PREFIX = "trust-device-"


async def trust_device(context: RequestContext, user: UserFields, lifetime: timedelta) -> None:
    """Trust this device for a while."""
    identifier = _PREFIX + random_string(32, ALPHANUMERIC)
    await context.verifications.create(identifier, user.id, context.auth.clock() + lifetime, voidable=True)
    mark = _mark(user.id, identifier, context.auth.keys.current)
    context.set_signed_cookie(_cookie(context, lifetime), f"{mark}!{identifier}")


async def is_trusted(context: RequestContext, user: UserFields, lifetime: timedelta) -> bool:
    """Tell whether this device is trusted by this user; if so, its mark is replaced by a new one.

    A mark of somebody else, a used or a revoked one is taken from the browser (SC-TFA-19).
    """
    value = context.signed_cookie(_cookie(context, lifetime))
    if value is None:
        if context.cookie(_cookie(context, lifetime)) is not None:
            context.cookies.expire(_cookie(context, lifetime))
        return False
    mark, _, identifier = value.partition("!")
    if _is_mark(context, mark, user.id, identifier):
        taken = await context.verifications.consume(identifier)
        if taken is not None and taken.value == user.id:
            await trust_device(context, user, lifetime)
            return True
    context.cookies.expire(_cookie(context, lifetime))
    return False


async def trust_nobody(context: RequestContext, user_id: str) -> None:
    """Forget all devices a user trusts (SC-TFA-20)."""
    await context.verifications.void(_PREFIX, user_id)


def forget_this_device(context: RequestContext, lifetime: timedelta) -> None:
    """Take the mark from the browser, if it has one."""
    if context.cookie(_cookie(context, lifetime)) is not None:
        context.cookies.expire(_cookie(context, lifetime))


def _is_mark(context: RequestContext, mark: str, user_id: str, identifier: str) -> bool:
    if not identifier.startswith(_PREFIX):
        return False
    keys = context.auth.keys.verification
    found = [hmac.compare_digest(mark.encode(), _mark(user_id, identifier, key).encode()) for key in keys]
    return any(found)


def _mark(user_id: str, identifier: str, key: Secret) -> str:
    digest = hmac.digest(key.encode(), f"{user_id}!{identifier}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _cookie(context: RequestContext, lifetime: timedelta) -> CookieSpec:
    return context.cookie_spec("trust_device", max_age=int(lifetime.total_seconds()))
