"""Turning the second factor on and off (two-factor sheet §3, §7)."""

from __future__ import annotations

from fastapi_betterauth.errors import INVALID_PASSWORD, UNAUTHORIZED, USER_NOT_FOUND, APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import ActiveSession, SensitiveSession
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.storage.fields import UserFields

from .columns import is_protected
from .errors import (
    BACKUP_CODES_NOT_ENABLED,
    INVALID_BACKUP_CODE,
    OTP_NOT_CONFIGURED,
    TOTP_ALREADY_ENABLED,
    TOTP_NOT_CONFIGURED,
    TOTP_NOT_ENABLED,
    TWO_FACTOR_NOT_ENABLED,
)
from .schemas import (
    BackupCodes,
    Enabled,
    EnableTwoFactor,
    GenerateTotp,
    PasswordBody,
    TotpCode,
    TotpUri,
    ViewBackupCodes,
)
from .setup import Desk
from .totp import Totp, new_secret
from .trust import forget_this_device, trust_nobody


@post(
    "/two-factor/enable",
    errors={
        400: [INVALID_PASSWORD, OTP_NOT_CONFIGURED, TOTP_NOT_CONFIGURED, TOTP_ALREADY_ENABLED],
        401: [UNAUTHORIZED],
    },
)
async def enable_two_factor(body: EnableTwoFactor, current: ActiveSession, context: RequestContext) -> Enabled:
    """Turn a second factor on. An authenticator app counts from the first code that is verified."""
    desk = Desk.of(context)
    options = desk.options
    if body.method == "otp" and options.otp.send_otp is None:
        raise APIError(400, OTP_NOT_CONFIGURED)
    if body.method == "totp" and options.totp.disable:
        raise APIError(400, TOTP_NOT_CONFIGURED)
    await desk.require_password(current.user, body.password, passwordless=options.allow_passwordless)
    if body.method == "otp":
        await desk.rotate(current, await set_protected(context, current.user, on=True))
        return Enabled(method="otp")
    row = await desk.factors.of_user(current.user.id)
    if row is not None and row.verified is not False:
        raise APIError(400, TOTP_ALREADY_ENABLED)
    at_once, secret, codes = options.skip_verification_on_enable, new_secret(), desk.factors.new_codes()
    await desk.factors.enrol(current.user.id, secret, codes, verified=at_once)
    if at_once:
        await desk.rotate(current, await set_protected(context, current.user, on=True))
    uri = desk.uri(Totp(secret, options.totp), current.user, body.issuer)
    return Enabled(method="totp", totp_uri=uri, backup_codes=codes)


@post("/two-factor/disable", errors={400: [INVALID_PASSWORD], 401: [UNAUTHORIZED]})
async def disable_two_factor(body: PasswordBody, current: SensitiveSession, context: RequestContext) -> StatusAnswer:
    """Turn the second factor off; secret, backup codes and trusted devices are forgotten."""
    desk = Desk.of(context)
    await desk.require_password(current.user, body.password, passwordless=desk.options.allow_passwordless)
    user = await set_protected(context, current.user, on=False)
    await desk.factors.forget(user.id)
    await trust_nobody(context, user.id)
    await desk.rotate(current, user)
    forget_this_device(context, desk.setup.trust_lifetime)
    return StatusAnswer()


@post(
    "/two-factor/get-totp-uri",
    errors={400: [TOTP_NOT_CONFIGURED, TOTP_NOT_ENABLED, INVALID_PASSWORD], 401: [UNAUTHORIZED]},
)
async def get_totp_uri(body: PasswordBody, current: ActiveSession, context: RequestContext) -> TotpUri:
    """Show the app's secret once more, to who knows the password."""
    desk = Desk.of(context)
    if desk.options.totp.disable:
        raise APIError(400, TOTP_NOT_CONFIGURED, message="totp isn't configured")
    row = await desk.factors.of_user(current.user.id)
    if row is None:
        raise APIError(400, TOTP_NOT_ENABLED)
    passwordless = desk.options.passwordless(own=desk.options.totp.allow_passwordless)
    await desk.require_password(current.user, body.password, passwordless=passwordless)
    return TotpUri(totp_uri=desk.uri(desk.totp_of(row), current.user))


@post(
    "/two-factor/generate-backup-codes",
    errors={400: [TWO_FACTOR_NOT_ENABLED, INVALID_PASSWORD], 401: [UNAUTHORIZED]},
)
async def generate_backup_codes(body: PasswordBody, current: ActiveSession, context: RequestContext) -> BackupCodes:
    """Replace all backup codes."""
    desk = Desk.of(context)
    if not is_protected(current.user):
        raise APIError(400, TWO_FACTOR_NOT_ENABLED)
    passwordless = desk.options.passwordless(own=desk.options.backup_codes.allow_passwordless)
    await desk.require_password(current.user, body.password, passwordless=passwordless)
    row = await desk.factors.of_user(current.user.id)
    if row is None:
        raise APIError(400, TWO_FACTOR_NOT_ENABLED)
    codes = desk.factors.new_codes()
    await desk.factors.replace_codes(row, codes)
    return BackupCodes(backup_codes=codes)


@post(
    "/two-factor/view-backup-codes",
    server_only=True,
    errors={400: [BACKUP_CODES_NOT_ENABLED, INVALID_BACKUP_CODE]},
)
async def view_backup_codes(body: ViewBackupCodes, context: RequestContext) -> BackupCodes:
    """Show a user's unused backup codes; only the server itself may ask."""
    desk = Desk.of(context)
    row = await desk.factors.of_user(body.user_id)
    if row is None:
        raise APIError(400, BACKUP_CODES_NOT_ENABLED)
    return BackupCodes(backup_codes=desk.factors.codes_of(row))


@post("/totp/generate", server_only=True, errors={400: [TOTP_NOT_CONFIGURED]})
async def generate_totp(body: GenerateTotp, context: RequestContext) -> TotpCode:
    """Make the code of this moment; only the server itself may ask."""
    desk = Desk.of(context)
    if desk.options.totp.disable:
        raise APIError(400, TOTP_NOT_CONFIGURED)
    return TotpCode(code=Totp(body.secret, desk.options.totp).code_at(context.auth.clock()))


async def set_protected(context: RequestContext, user: UserFields, *, on: bool) -> UserFields:
    """Switch the second factor of a user. Raises: APIError: 404 USER_NOT_FOUND."""
    changed = await context.users.update(user.id, {"two_factor_enabled": on})
    if changed is None:
        raise APIError(404, USER_NOT_FOUND)
    return changed
