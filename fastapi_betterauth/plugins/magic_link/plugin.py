"""The magic-link plugin (magic-link sheet)."""

from __future__ import annotations

from typing import ClassVar, Literal

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.crypto.keeping import Hashing, check_keeping
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from fastapi_betterauth.plugin import Api, Plugin

from .client import MagicLinkServerCalls
from .options import GenerateToken, MagicLinkOptions, SendMagicLink
from .routes import magic_link_verify, sign_in_magic_link

_LIMIT = RateLimitRule(window=60, max=5)


class MagicLink(Plugin):
    """Signs in, and up, by a mailed link.

    Args:
        send_magic_link: delivers links.
        expires_in: how long a link works; seconds or a timedelta.
        disable_sign_up: unknown addresses get an error page instead of an account.
        generate_token: makes tokens; 32 letters by default.
        store_token: ``hashed`` keeps only SHA-256, so that a leaked table opens nothing; recommended.
        rate_limit: of asking for links, and of following them.

    Raises: ConfigurationError: links would live no time at all, or be kept in an unknown way.
    """

    id: ClassVar[str] = "magic-link"
    operations = (sign_in_magic_link, magic_link_verify)
    api = Api(MagicLinkServerCalls)

    def __init__(
        self,
        *,
        send_magic_link: SendMagicLink,
        expires_in: Duration = 300,
        disable_sign_up: bool = False,
        generate_token: GenerateToken | None = None,
        store_token: Literal["plain", "hashed"] | Hashing = "plain",
        rate_limit: RateLimitRule = _LIMIT,
    ) -> None:
        check_keeping("MagicLink(store_token)", store_token)
        if to_timedelta(expires_in).total_seconds() <= 0:
            raise ConfigurationError("MagicLink(expires_in)", "it is not positive.", "Use 300 seconds.")
        self._options = MagicLinkOptions(
            send=send_magic_link,
            lifetime=to_timedelta(expires_in),
            disable_sign_up=disable_sign_up,
            generate_token=generate_token,
            store_token=store_token,
        )
        self.rate_limits = (PathRateLimit(matches=["/sign-in/magic-link", "/magic-link/verify"], rule=rate_limit),)

    @property
    def options(self) -> MagicLinkOptions:
        """Returns: the options."""
        return self._options
