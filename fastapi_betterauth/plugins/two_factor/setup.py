"""What the endpoints share: the plugin as it was configured, and who may change a second factor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from fastapi_betterauth.clock import to_timedelta
from fastapi_betterauth.crypto.encryption import Cipher
from fastapi_betterauth.crypto.keeping import Keeper
from fastapi_betterauth.errors import INVALID_PASSWORD, APIError
from fastapi_betterauth.features.password.routes import passwords_of
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import issue_session_cookies
from fastapi_betterauth.pipeline.sign_in import begin_session
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.fields import UserFields

from .columns import TwoFactorFields
from .errors import OTP_NOT_CONFIGURED
from .options import SendCode, TwoFactorCodeMail, TwoFactorOptions
from .otp import SentCodes
from .records import Factors
from .totp import Totp


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The plugin's options, and what follows from them."""

    options: TwoFactorOptions
    challenge_lifetime: timedelta = field(init=False)
    trust_lifetime: timedelta = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "challenge_lifetime", to_timedelta(self.options.cookie_max_age))
        object.__setattr__(self, "trust_lifetime", to_timedelta(self.options.trust_device_max_age))


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything about second factors in one request."""

    context: RequestContext
    setup: SecondFactor
    factors: Factors
    codes: SentCodes

    @classmethod
    def of(cls, context: RequestContext) -> Desk:
        """Returns: the desk of this request."""
        setup = context.auth.options[SecondFactor]
        cipher, otp = Cipher(context.auth.keys, extra="two-factor"), setup.options.otp
        factors = Factors.of(context, cipher, setup.options)
        return cls(context, setup, factors, SentCodes(context, otp, Keeper(otp.store_otp, context.auth.keys)))

    @property
    def options(self) -> TwoFactorOptions:
        """Returns: the plugin's options."""
        return self.setup.options

    def totp_of(self, row: TwoFactorFields) -> Totp:
        """Returns: the codes of a user's app."""
        return Totp(self.factors.secret_of(row), self.options.totp)

    def uri(self, totp: Totp, user: UserFields, issuer: str | None = None) -> str:
        """Returns: what the user's app reads."""
        return totp.uri(issuer or self.options.issuer or self.context.auth.app_name, user.email)

    async def require_password(self, user: UserFields, password: str | None, *, passwordless: bool) -> None:
        """Let only the owner change the second factor; nobody learns whether there is a password (SC-TFA-23).

        Args: passwordless: who has no password need not give one.
        Raises: APIError: 400 INVALID_PASSWORD.
        """
        if passwordless:
            account = await self.context.accounts.find_credential(user.id)
            if account is None or not account.password:
                return
        if not await passwords_of(self.context).matches(user, password or ""):
            raise APIError(400, INVALID_PASSWORD)

    async def rotate(self, current: CurrentSession, user: UserFields) -> CurrentSession:
        """Replace the session by one with a new token, its additional fields kept (two-factor sheet §7.8)."""
        extra = self.context.auth.tables.session.extra_fields
        kept = {spec.name: getattr(current.session, spec.name) for spec in extra}
        renewed = await begin_session(self.context, user, values=kept)
        await self.context.sessions.end(current.session.token)
        issue_session_cookies(self.context, renewed)
        return renewed

    def send(self, user: UserFields, code: str) -> None:
        """Have a code delivered, after the response.

        Raises: APIError: 400 OTP_NOT_CONFIGURED.
        """
        send, mail = self.sender(), TwoFactorCodeMail(user, code)
        self.context.mail_afterwards("send_two_factor_otp", user.email, lambda: send(mail))

    def sender(self) -> SendCode:
        """Returns: the host's callback. Raises: APIError: 400 OTP_NOT_CONFIGURED."""
        if self.options.otp.send_otp is None:
            raise APIError(400, OTP_NOT_CONFIGURED, message="otp isn't configured")
        return self.options.otp.send_otp
