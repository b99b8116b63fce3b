"""The email-otp plugin (email-otp sheet)."""

from __future__ import annotations

from typing import ClassVar

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.crypto.keeping import Keeping, check_keeping
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.features.sign_up.routes import sign_up_email
from fastapi_betterauth.pipeline.hooks import Hooks, On
from fastapi_betterauth.pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from fastapi_betterauth.plugin import Api, Plugin

from .changing import change_email_email_otp, request_email_change_email_otp, reset_password_email_otp
from .client import EmailOtpServerCalls
from .options import ChangeEmailOtp, EmailOtpOptions, GenerateOtp, ResendStrategy, SendVerificationOtp
from .sending import (
    create_verification_otp,
    forget_password_email_otp,
    get_verification_otp,
    request_password_reset_email_otp,
    send_at_sign_up,
    send_instead_of_link,
    send_verification_otp,
)
from .signing_in import check_verification_otp, sign_in_email_otp, verify_email_otp

_LIMIT = RateLimitRule(window=60, max=3)
_SHORTEST = 6
"""Digits, as NIST 800-63B asks for; with fewer the limits on guesses are not enough (SC-OTP-02)."""


class EmailOtp(Plugin):
    """Signs in, verifies addresses and resets passwords by codes that are mailed.

    Args:
        send_verification_otp: delivers codes.
        otp_length: digits of a code.
        expires_in: how long a code works; seconds or a timedelta.
        generate_otp: makes codes; digits by default.
        allowed_attempts: how often a code may be missed.
        store_otp: how codes are kept; ``hashed`` or ``encrypted`` is recommended.
        resend_strategy: ``reuse`` sends the same code again where it can still be read.
        send_verification_on_sign_up: mail a code that verifies the address with every sign-up.
        disable_sign_up: unknown addresses cannot sign in with a code.
        override_default_email_verification: the core sends codes instead of verification links.
        change_email: change of address by codes.
        rate_limit: of each of the plugin's paths.

    Raises: ConfigurationError: codes that live no time, can be guessed, or are kept in an unknown way.
    """

    id: ClassVar[str] = "email-otp"
    account_limits = {"email-otp": RateLimitRule(window=24 * 3600, max=90)}  # noqa: RUF012 - read, never changed
    """Of a million codes 90 guesses a day leave less than one chance in ten thousand (SC-OTP-02)."""
    operations = (
        send_verification_otp,
        check_verification_otp,
        verify_email_otp,
        sign_in_email_otp,
        request_password_reset_email_otp,
        forget_password_email_otp,
        reset_password_email_otp,
        request_email_change_email_otp,
        change_email_email_otp,
        create_verification_otp,
        get_verification_otp,
    )
    api = Api(EmailOtpServerCalls)

    def __init__(  # noqa: PLR0913 - options, documented above
        self,
        *,
        send_verification_otp: SendVerificationOtp,
        otp_length: int = _SHORTEST,
        expires_in: Duration = 300,
        generate_otp: GenerateOtp | None = None,
        allowed_attempts: int = 3,
        store_otp: Keeping = "plain",
        resend_strategy: ResendStrategy = "rotate",
        send_verification_on_sign_up: bool = False,
        disable_sign_up: bool = False,
        override_default_email_verification: bool = False,
        change_email: ChangeEmailOtp | None = None,
        rate_limit: RateLimitRule = _LIMIT,
    ) -> None:
        check_keeping("EmailOtp(store_otp)", store_otp)
        self._options = EmailOtpOptions(
            send=send_verification_otp,
            length=otp_length,
            lifetime=to_timedelta(expires_in),
            generate_otp=generate_otp,
            allowed_attempts=allowed_attempts,
            store_otp=store_otp,
            resend_strategy=resend_strategy,
            disable_sign_up=disable_sign_up,
            change_email=change_email or ChangeEmailOtp(),
        )
        _check(self._options)
        if override_default_email_verification:
            self.verification_sender = send_instead_of_link
        elif send_verification_on_sign_up:
            self.hooks = Hooks(after=[On.of(sign_up_email, hook=send_at_sign_up)])
        paths = [operation.path for operation in self.operations if not operation.server_only]
        self.rate_limits = (PathRateLimit(matches=paths, rule=rate_limit),)

    @property
    def options(self) -> EmailOtpOptions:
        """Returns: the options."""
        return self._options


def _check(options: EmailOtpOptions) -> None:
    if options.lifetime.total_seconds() <= 0:
        raise ConfigurationError("EmailOtp(expires_in)", "it is not positive.", "Use 300 seconds.")
    if options.length < _SHORTEST:
        raise ConfigurationError("EmailOtp(otp_length)", f"fewer than {_SHORTEST} digits can be guessed.", "Use 6.")
    if options.allowed_attempts < 1:
        raise ConfigurationError("EmailOtp(allowed_attempts)", "nobody could use a code.", "Use 3.")
    if options.resend_strategy not in ("rotate", "reuse"):
        raise ConfigurationError(
            "EmailOtp(resend_strategy)", f"{options.resend_strategy!r} is not known.", "Use 'rotate' or 'reuse'."
        )
