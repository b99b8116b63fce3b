"""Codes that are out, and what comes of them (email-otp sheet §3, §5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from fastapi_betterauth.crypto.keeping import Keeper
from fastapi_betterauth.errors import APIError
from fastapi_betterauth.features.email_address import is_email_address
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import VerificationFields
from fastapi_betterauth.storage.verifications import Verifications

from .errors import INVALID_OTP, OTP_EXPIRED, TOO_MANY_ATTEMPTS
from .options import EmailOtpOptions, OtpType


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a code is for, and whose it is."""

    kind: OtpType
    email: str
    """Where it is sent."""
    instead_of: str | None = None
    """The address that gives way to it."""

    @property
    def identifier(self) -> str:
        """Returns: the name under which the code is kept (sheet §3)."""
        addresses = self.email if self.instead_of is None else _pair(self.instead_of, self.email)
        return f"{self.kind}-otp-{addresses}"


class _Verdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    EXHAUSTED = auto()


class Codes:
    """Makes codes, and checks what comes back."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._options = context.auth.options[EmailOtpOptions]
        self._keeper = Keeper(self._options.store_otp, context.auth.keys)

    async def issue(self, purpose: Purpose, *, may_reuse: bool = False) -> str:
        """Make a code, or renew the one that is out (sheet §5.6, §5.7).

        Args: may_reuse: do so where the option ``resend_strategy`` says it.
        """
        async with self._context.unit.surviving() as unit:
            verifications = self._context.verifications.within(unit)
            if may_reuse and self._options.resend_strategy == "reuse":
                same = await self._renew(verifications, purpose)
                if same is not None:
                    return same
            code = self._options.new_code(purpose.email, purpose.kind)
            await self._write(verifications, purpose, self._keeper.keep(code), failures=0)
        return code

    async def drop(self, purpose: Purpose) -> None:
        """Make a code worthless."""
        await self._context.verifications.burn(purpose.identifier)

    async def peek(self, purpose: Purpose) -> str | None:
        """Returns: the code that is out, if there is one. Raises: APIError: 400: it is kept as a hash."""
        row = await self._context.verifications.find(purpose.identifier)
        if row is None or row.expires_at <= self._context.auth.clock():
            return None
        code = self._keeper.reveal(_split(row)[0])
        if code is None:
            raise APIError(400, message="OTP is hashed, cannot return the plain text OTP")
        return code

    async def check(self, purpose: Purpose, code: str, *, keep: bool = False) -> None:
        """Try a code, which is used up when it is right; only one of several tries at a time counts (sheet §5.1).

        Args: keep: leave a right code in place.
        Raises: APIError: 400 OTP_EXPIRED, INVALID_OTP; 403 TOO_MANY_ATTEMPTS; 429 after too many guesses of a day.
        """
        await self._context.count_attempt("email-otp", purpose.email)
        found = await self._context.verifications.find(purpose.identifier)
        if found is not None and found.expires_at <= self._context.auth.clock():
            await self.drop(purpose)
            raise APIError(400, OTP_EXPIRED)
        verdict = await self._try(purpose, code, keep=keep)
        if verdict is _Verdict.EXHAUSTED:
            raise APIError(403, TOO_MANY_ATTEMPTS)
        if verdict is _Verdict.WRONG:
            raise APIError(400, INVALID_OTP)

    async def _try(self, purpose: Purpose, code: str, *, keep: bool) -> _Verdict:
        """Take the code, look at it, and put it back with one try less; all of it stays done if the request fails."""
        async with self._context.unit.surviving() as unit:
            verifications = self._context.verifications.within(unit)
            row = await verifications.consume(purpose.identifier)
            if row is None:
                return _Verdict.WRONG
            kept, failures = _split(row)
            if failures is None or failures >= self._options.allowed_attempts:
                return _Verdict.EXHAUSTED
            right = self._keeper.matches(kept, code)
            if keep or not right:
                failures += 0 if right else 1
                await verifications.create(purpose.identifier, f"{kept}:{failures}", row.expires_at)
        return _Verdict.RIGHT if right else _Verdict.WRONG

    async def _renew(self, verifications: Verifications, purpose: Purpose) -> str | None:
        """Let the code that is out live longer, its failures kept. Returns: it, or None when there is none to reuse."""
        found = await verifications.find(purpose.identifier)
        if found is None or found.expires_at <= self._context.auth.clock():
            return None
        kept, failures = _split(found)
        code = self._keeper.reveal(kept)
        if code is None or failures is None or failures >= self._options.allowed_attempts:
            return None
        if await verifications.consume(purpose.identifier) is None:
            return None
        await self._write(verifications, purpose, kept, failures=failures)
        return code

    async def _write(self, verifications: Verifications, purpose: Purpose, kept: str, *, failures: int) -> None:
        end = self._context.auth.clock() + self._options.lifetime
        await verifications.create(purpose.identifier, f"{kept}:{failures}", end)


def _split(row: VerificationFields) -> tuple[str, int | None]:
    """Returns: the code as kept, and how often it was missed; None for a count that is no count (SC-OTP-06)."""
    kept, _, tried = row.value.rpartition(":")
    return kept, int(tried) if tried.isascii() and tried.isdigit() else None


def _pair(old: str, new: str) -> str:
    """Returns: a name for two addresses. Where the hyphen between them could be another one, it says which it is.

    Else a code for ``d@y.test``, asked for by ``a@x.test-b.test``, would move ``a@x.test`` to ``b.test-d@y.test``.
    """
    joined = f"{old}-{new}"
    hyphens = (at for at, letter in enumerate(joined) if letter == "-")
    readings = sum(is_email_address(joined[:at]) and is_email_address(joined[at + 1 :]) for at in hyphens)
    return joined if readings <= 1 else f"{joined}-{len(old)}"
