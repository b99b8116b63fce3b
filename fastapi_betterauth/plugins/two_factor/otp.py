"""Codes that are sent to the user (two-factor sheet §5, §6.7, §7.13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi_betterauth.crypto.keeping import Keeper
from fastapi_betterauth.crypto.random import DIGITS, random_string
from fastapi_betterauth.errors import APIError
from fastapi_betterauth.pipeline.context import RequestContext

from .errors import OTP_HAS_EXPIRED, TOO_MANY_ATTEMPTS
from .options import OtpOptions

_PREFIX = "2fa-otp-"


@dataclass(frozen=True, slots=True)
class SentCodes:
    """The codes that were sent and may come back."""

    context: RequestContext
    options: OtpOptions
    keeper: Keeper

    async def issue(self, key: str) -> str:
        """Make a code. One sent before is void; what was tried on it counts against this one (SC-TFA-21).

        Args: key: of the challenge, or of the session.
        """
        verifications = self.context.verifications
        code = random_string(self.options.digits, DIGITS)
        before = await verifications.consume(_PREFIX + key)
        tried = before.value.rpartition(":")[2] if before is not None else "0"
        end = self.context.auth.clock() + timedelta(minutes=self.options.period)
        await verifications.create(_PREFIX + key, f"{self.keeper.keep(code)}:{tried}", end)
        return code

    async def check(self, key: str, code: str) -> bool:
        """Try a code; a wrong one leaves the right one in place, with one try less.

        Raises: APIError: 400 OTP_HAS_EXPIRED, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE.
        """
        verifications = self.context.verifications
        async with verifications.rows.unit.surviving() as unit:
            kept = verifications.within(unit)
            row = await kept.consume(_PREFIX + key)
            if row is None:
                raise APIError(400, OTP_HAS_EXPIRED)
            stored, _, tried = row.value.rpartition(":")
            failures = int(tried) if tried.isascii() and tried.isdigit() else self._most
            right = failures < self._most and self.keeper.matches(stored, code)
            if not right and failures < self._most:
                await kept.create(_PREFIX + key, f"{stored}:{failures + 1}", row.expires_at)
        if failures >= self._most:
            raise APIError(400, TOO_MANY_ATTEMPTS)
        return right

    @property
    def _most(self) -> int:
        return self.options.allowed_attempts or 5
