"""A sign-in that waits for its second factor (two-factor sheet §4, §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi_betterauth.crypto.random import URL_SAFE, random_string
from fastapi_betterauth.errors import APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.cookies import CookieSpec
from fastapi_betterauth.storage.fields import UserFields

from .errors import INVALID_TWO_FACTOR_COOKIE, TOO_MANY_ATTEMPTS

_PREFIX = "2fa-"
_ATTEMPTS = "2fa-attempts-"
_MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Who has shown the first factor, in which request."""

    context: RequestContext
    identifier: str
    user: UserFields
    lifetime: timedelta

    async def take_attempt(self) -> int:
        """Take the one right to try a code; of two requests at a time one finds none.

        Returns: how many tries failed before.
        Raises: APIError: 401 INVALID_TWO_FACTOR_COOKIE, 400 TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE.
        """
        verifications = self.context.verifications
        async with verifications.rows.unit.surviving() as unit:
            taken = await verifications.within(unit).consume(_ATTEMPTS + self.identifier)
        if taken is None:
            raise APIError(401, INVALID_TWO_FACTOR_COOKIE)
        failures = int(taken.value) if taken.value.isascii() and taken.value.isdigit() else _MOST_ATTEMPTS
        if failures >= _MOST_ATTEMPTS:
            await verifications.burn(self.identifier)
            self.context.cookies.expire(_cookie(self.context, self.lifetime))
            raise APIError(400, TOO_MANY_ATTEMPTS)
        return failures

    async def give_attempt_back(self, failures: int) -> None:
        """Let the next try come; stands although the request fails."""
        verifications = self.context.verifications
        found = await verifications.find(self.identifier)
        if found is None:
            return
        async with verifications.rows.unit.surviving() as unit:
            await verifications.within(unit).create(_ATTEMPTS + self.identifier, str(failures), found.expires_at)

    async def finish(self) -> None:
        """Take the challenge itself; only one request can.

        Raises: APIError: 401 INVALID_TWO_FACTOR_COOKIE.
        """
        taken = await self.context.verifications.consume(self.identifier)
        self.context.cookies.expire(_cookie(self.context, self.lifetime))
        if taken is None or taken.value != self.user.id:
            raise APIError(401, INVALID_TWO_FACTOR_COOKIE)


async def open_challenge(context: RequestContext, user: UserFields, lifetime: timedelta) -> None:
    """Remember that this browser has shown the first factor."""
    identifier = _PREFIX + random_string(20, URL_SAFE)
    end = context.auth.clock() + lifetime
    await context.verifications.create(identifier, user.id, end)
    await context.verifications.create(_ATTEMPTS + identifier, "0", end)
    context.set_signed_cookie(_cookie(context, lifetime), identifier)


async def pending_sign_in(context: RequestContext, lifetime: timedelta) -> PendingSignIn:
    """Find the sign-in that a browser wants to complete.

    Raises: APIError: 401 INVALID_TWO_FACTOR_COOKIE.
    """
    identifier = context.signed_cookie(_cookie(context, lifetime)) or ""
    found = await context.verifications.find(identifier) if identifier.startswith(_PREFIX) else None
    if found is None or found.expires_at <= context.auth.clock():
        raise APIError(401, INVALID_TWO_FACTOR_COOKIE)
    user = await context.users.find(found.value)
    if user is None:
        raise APIError(401, INVALID_TWO_FACTOR_COOKIE)
    return PendingSignIn(context, identifier, user, lifetime)


def _cookie(context: RequestContext, lifetime: timedelta) -> CookieSpec:
    return context.cookie_spec("two_factor", max_age=int(lifetime.total_seconds()))
