"""The two-factor plugin: codes of an app, sent codes, backup codes, trusted devices (two-factor sheet)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import ClassVar, Literal

from fastapi_betterauth.clock import Duration
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.features.session.routes import revoke_sessions
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import resolve_session
from fastapi_betterauth.pipeline.hooks import HookCall, Hooks, On
from fastapi_betterauth.pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from fastapi_betterauth.plugin import Api, Plugin
from fastapi_betterauth.sessions.sign_in_checks import SignInAttempt, SignInHeld
from fastapi_betterauth.storage.fields import UserFields

from .challenge import open_challenge
from .client import TwoFactorServerCalls
from .columns import TwoFactorFields, TwoFactorUserFields, is_protected
from .enrolment import (
    disable_two_factor,
    enable_two_factor,
    generate_backup_codes,
    generate_totp,
    get_totp_uri,
    view_backup_codes,
)
from .options import AccountLockout, BackupCodeOptions, OtpOptions, TotpOptions, TwoFactorOptions
from .schemas import Challenge
from .setup import Desk, SecondFactor
from .trust import is_trusted, trust_nobody
from .verification import send_two_factor_otp, verify_backup_code, verify_totp, verify_two_factor_otp

_CHALLENGED = frozenset({"email-password", "username", "phone-number"})


class TwoFactor(Plugin):
    """Asks who signs in with a password for a second factor, if they have turned it on.

    Args:
        issuer: shown by authenticator apps; the app's name by default.
        skip_verification_on_enable: an app counts at once, without a first code.
        allow_passwordless: who has no password may turn the second factor on and off without one.
        two_factor_cookie_max_age: how long a sign-in waits; seconds or a timedelta.
        trust_device_max_age: how long a device is trusted; seconds or a timedelta.
        account_lockout: what many failures in a row lead to.
        totp: codes of an authenticator app.
        otp: codes that are sent.
        backup_codes: codes for the day when the phone is gone.
        challenge_every_sign_in: ask after every way of signing in, not only after passwords.

    Raises: ConfigurationError: the extra is not installed.
    """

    id: ClassVar[str] = "two-factor"
    user_fields = TwoFactorUserFields
    tables = {"two_factor": TwoFactorFields}  # noqa: RUF012 - read, never changed
    operations = (
        enable_two_factor,
        disable_two_factor,
        get_totp_uri,
        verify_totp,
        send_two_factor_otp,
        verify_two_factor_otp,
        verify_backup_code,
        generate_backup_codes,
        view_backup_codes,
        generate_totp,
    )
    api = Api(TwoFactorServerCalls)
    rate_limits = (PathRateLimit(matches=["/two-factor/*"], rule=RateLimitRule(window=10, max=3)),)

    def __init__(  # noqa: PLR0913 - options, documented above
        self,
        *,
        issuer: str | None = None,
        skip_verification_on_enable: bool = False,
        allow_passwordless: bool = False,
        two_factor_cookie_max_age: Duration = 600,
        trust_device_max_age: Duration = 30 * 24 * 3600,
        account_lockout: AccountLockout | None = None,
        totp: TotpOptions | None = None,
        otp: OtpOptions | None = None,
        backup_codes: BackupCodeOptions | None = None,
        challenge_every_sign_in: bool = False,
    ) -> None:
        if find_spec("pyotp") is None or find_spec("nacl") is None:
            raise ConfigurationError(
                "plugins", "TwoFactor needs packages.", "pip install 'fastapi-better-auth[two-factor]'"
            )
        options = TwoFactorOptions(
            issuer=issuer,
            skip_verification_on_enable=skip_verification_on_enable,
            allow_passwordless=allow_passwordless,
            cookie_max_age=two_factor_cookie_max_age,
            trust_device_max_age=trust_device_max_age,
            account_lockout=account_lockout or AccountLockout(),
            totp=totp or TotpOptions(),
            otp=otp or OtpOptions(),
            backup_codes=backup_codes or BackupCodeOptions(),
            challenge_every_sign_in=challenge_every_sign_in,
        )
        self._setup = SecondFactor(options)
        self.sign_in_checks = (self._challenge,)
        self.hooks = Hooks(after=[On.of(revoke_sessions, hook=_owner_ends_trust)])

    @property
    def options(self) -> SecondFactor:
        """Returns: the options, made ready."""
        return self._setup

    async def password_changes(self, context: RequestContext, user_id: str) -> None:
        """Forget trusted devices with the password, whoever changes it (SC-TFA-20)."""
        await trust_nobody(context, user_id)

    async def account_claimed(self, context: RequestContext, user_id: str) -> None:
        """Turn off a second factor that would keep the owner of the address out (SC-PW-32)."""
        await Desk.of(context).factors.forget(user_id)
        await context.users.update(user_id, {"two_factor_enabled": False})
        await trust_nobody(context, user_id)

    async def _challenge(self, context: RequestContext, attempt: SignInAttempt) -> None:
        """Hold a sign-in back until the second factor is shown (sheet §6)."""
        user, options = attempt.user, self._setup.options
        if not is_protected(user) or not (options.challenge_every_sign_in or attempt.method in _CHALLENGED):
            return
        if await is_trusted(context, user, self._setup.trust_lifetime):
            return
        await open_challenge(context, user, self._setup.challenge_lifetime)
        raise SignInHeld(Challenge(two_factor_methods=await self._methods(context, user)))

    async def _methods(self, context: RequestContext, user: UserFields) -> list[Literal["totp", "otp"]]:
        desk, methods = Desk.of(context), list[Literal["totp", "otp"]]()
        row = await desk.factors.of_user(user.id)
        if not desk.options.totp.disable and row is not None and row.verified is not False:
            methods.append("totp")
        if desk.options.otp.send_otp is not None:
            methods.append("otp")
        return methods


async def _owner_ends_trust(call: HookCall) -> None:
    """Forget trusted devices when the owner signs out everywhere (SC-TFA-20)."""
    current = (await resolve_session(call.context)).current
    if current is not None and not isinstance(call.returned, Exception):
        await trust_nobody(call.context, current.user.id)
