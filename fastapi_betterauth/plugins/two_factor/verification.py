"""Showing the second factor: at a sign-in that waits for it, or with a session (two-factor sheet §3, §6, §7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi_betterauth.clock import to_timedelta
from fastapi_betterauth.errors import FAILED_TO_CREATE_SESSION, APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import OptionalSession, issue_session_cookies
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import begin_session
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession

from .challenge import PendingSignIn, pending_sign_in
from .columns import TwoFactorFields, is_protected
from .enrolment import set_protected
from .errors import (
    ACCOUNT_LOCKED,
    BACKUP_CODES_NOT_ENABLED,
    INVALID_BACKUP_CODE,
    INVALID_CODE,
    INVALID_TWO_FACTOR_COOKIE,
    OTP_HAS_EXPIRED,
    OTP_NOT_CONFIGURED,
    TOO_MANY_ATTEMPTS,
    TOTP_NOT_CONFIGURED,
    TOTP_NOT_ENABLED,
)
from .schemas import SendOtp, Verified, VerifyBackupCode, VerifyCode
from .setup import Desk
from .trust import trust_device

Answer = Verified[UserOut]


@post(
    "/two-factor/verify-totp",
    errors={
        400: [TOTP_NOT_CONFIGURED, TOTP_NOT_ENABLED, TOO_MANY_ATTEMPTS],
        401: [INVALID_CODE, INVALID_TWO_FACTOR_COOKIE, FAILED_TO_CREATE_SESSION],
        429: [ACCOUNT_LOCKED],
    },
)
async def verify_totp(body: VerifyCode, current: OptionalSession, context: RequestContext) -> Answer:
    """Show a code of the authenticator app; with a session the first one completes the enrolment."""
    desk = Desk.of(context)
    if desk.options.totp.disable:
        raise APIError(400, TOTP_NOT_CONFIGURED)
    if current is not None:
        return await _confirm_app(desk, current, body.code)
    pending = await pending_sign_in(context, desk.setup.challenge_lifetime)
    row = await desk.factors.of_user(pending.user.id)
    if row is None or row.verified is False:
        raise APIError(400, TOTP_NOT_ENABLED)
    await desk.factors.require_unlocked(row, context.auth.clock())

    async def right() -> bool:
        return await _spends_step(desk, row, body.code)

    await _try(desk, pending, row, right, APIError(401, INVALID_CODE))
    return await _complete(desk, pending, row, trust=bool(body.trust_device))


@post(
    "/two-factor/send-otp",
    body_optional=True,
    errors={400: [OTP_NOT_CONFIGURED], 401: [INVALID_TWO_FACTOR_COOKIE]},
)
async def send_two_factor_otp(body: SendOtp, current: OptionalSession, context: RequestContext) -> StatusAnswer:  # noqa: ARG001
    """Send a code to the user."""
    desk = Desk.of(context)
    desk.sender()
    if current is not None:
        user, key = current.user, _session_key(current)
    else:
        pending = await pending_sign_in(context, desk.setup.challenge_lifetime)
        user, key = pending.user, pending.identifier
    desk.send(user, await desk.codes.issue(key))
    return StatusAnswer()


@post(
    "/two-factor/verify-otp",
    errors={
        400: [OTP_HAS_EXPIRED, TOO_MANY_ATTEMPTS, FAILED_TO_CREATE_SESSION],
        401: [INVALID_CODE, INVALID_TWO_FACTOR_COOKIE],
        429: [ACCOUNT_LOCKED],
    },
)
async def verify_two_factor_otp(body: VerifyCode, current: OptionalSession, context: RequestContext) -> Answer:
    """Show a code that was sent; with a session the first one turns the second factor on."""
    desk = Desk.of(context)
    if current is not None:
        if not await desk.codes.check(_session_key(current), body.code):
            raise APIError(401, INVALID_CODE)
        if is_protected(current.user):
            return _answer(desk, current)
        user = await set_protected(context, current.user, on=True)
        return _answer(desk, await desk.rotate(current, user))
    pending = await pending_sign_in(context, desk.setup.challenge_lifetime)
    row = await desk.factors.of_user(pending.user.id)
    await desk.factors.require_unlocked(row, context.auth.clock())
    if not await desk.codes.check(pending.identifier, body.code):
        await desk.factors.count_failure(row, context.auth.clock())
        raise APIError(401, INVALID_CODE)
    if not is_protected(pending.user):
        raise APIError(400, FAILED_TO_CREATE_SESSION)
    return await _complete(desk, pending, row, trust=bool(body.trust_device))


@post(
    "/two-factor/verify-backup-code",
    errors={
        400: [BACKUP_CODES_NOT_ENABLED, TOO_MANY_ATTEMPTS],
        401: [INVALID_BACKUP_CODE, INVALID_TWO_FACTOR_COOKIE, FAILED_TO_CREATE_SESSION],
        429: [ACCOUNT_LOCKED],
    },
)
async def verify_backup_code(body: VerifyBackupCode, current: OptionalSession, context: RequestContext) -> Answer:
    """Show a backup code, which is used up by it."""
    desk, refusal = Desk.of(context), APIError(401, INVALID_BACKUP_CODE)
    if current is not None:
        row = _with_codes(await desk.factors.of_user(current.user.id))
        if not await desk.factors.use_code(row, body.code):
            raise refusal
        return _answer(desk, current)
    pending = await pending_sign_in(context, desk.setup.challenge_lifetime)
    row = _with_codes(await desk.factors.of_user(pending.user.id))
    await desk.factors.require_unlocked(row, context.auth.clock())

    async def right() -> bool:
        return desk.factors.knows(row, body.code)

    await _try(desk, pending, row, right, refusal)
    if not await desk.factors.use_code(row, body.code):
        raise refusal
    if body.disable_session:
        await desk.factors.clear_failures(row)
        return Verified(user=context.auth.views.user(pending.user))
    return await _complete(desk, pending, row, trust=bool(body.trust_device))


async def _confirm_app(desk: Desk, current: CurrentSession, code: str) -> Answer:
    """Check a code with a session; the answer to the first one tells what was before it (sheet §7.5)."""
    row = await desk.factors.of_user(current.user.id)
    if row is None:
        raise APIError(400, TOTP_NOT_ENABLED)
    if desk.totp_of(row).step_of(code, desk.context.auth.clock()) is None:
        raise APIError(401, INVALID_CODE)
    if not is_protected(current.user):
        await desk.rotate(current, await set_protected(desk.context, current.user, on=True))
    if row.verified is False:
        await desk.factors.confirm(row)
    return _answer(desk, current)


async def _spends_step(desk: Desk, row: TwoFactorFields, code: str) -> bool:
    """Check a code of the app; each can be used once at sign-in (RFC 6238 §5.2; SC-TFA-09)."""
    now = desk.context.auth.clock()
    step = desk.totp_of(row).step_of(code, now)
    if step is None:
        return False
    until = now + 3 * to_timedelta(desk.options.totp.period)
    return await desk.context.verifications.reserve(f"2fa-totp-{row.user_id}-{step}", row.user_id, until)


async def _try(
    desk: Desk,
    pending: PendingSignIn,
    row: TwoFactorFields,
    right: Callable[[], Awaitable[bool]],
    refusal: APIError,
) -> None:
    """Spend one of the challenge's tries; what fails by accident is given back (sheet §6.6; SC-TFA-08)."""
    failures = await pending.take_attempt()
    try:
        passed = await right()
    except Exception:
        await desk.context.unit.rollback()
        await pending.give_attempt_back(failures)
        raise
    if not passed:
        await pending.give_attempt_back(failures + 1)
        await desk.factors.count_failure(row, desk.context.auth.clock())
        raise refusal


async def _complete(desk: Desk, pending: PendingSignIn, row: TwoFactorFields | None, *, trust: bool) -> Answer:
    """Begin the session that waited (sheet §6.8)."""
    context = desk.context
    await pending.finish()
    await desk.factors.clear_failures(row)
    dont_remember = context.session_cookies.dont_remember
    remember = context.signed_cookie(dont_remember) is None
    current = await begin_session(context, pending.user, remember=remember)
    issue_session_cookies(context, current, remember=remember)
    if trust:
        await trust_device(context, pending.user, desk.setup.trust_lifetime)
        context.cookies.expire(dont_remember)
    return _answer(desk, current)


def _with_codes(row: TwoFactorFields | None) -> TwoFactorFields:
    if row is None:
        raise APIError(400, BACKUP_CODES_NOT_ENABLED)
    return row


def _answer(desk: Desk, current: CurrentSession) -> Answer:
    return Verified(token=current.session.token, user=desk.context.auth.views.user(current.user))


def _session_key(current: CurrentSession) -> str:
    return f"{current.user.id}!{current.session.id}"
