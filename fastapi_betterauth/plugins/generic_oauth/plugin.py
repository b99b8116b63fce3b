"""The generic-oauth plugin (generic-oauth sheet)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.plugin import Plugin

from .provider import OAuthServer


class GenericOAuth(Plugin):
    """Makes providers of any OAuth 2.0 or OpenID Connect servers; people reach them by the usual endpoints.

    Args: config: the servers.
    Raises: ConfigurationError: two have one id.
    """

    id: ClassVar[str] = "generic-oauth"

    def __init__(self, config: Sequence[OAuthServer]) -> None:
        names = [server.provider_id for server in config]
        for name in names:
            if names.count(name) > 1:
                raise ConfigurationError(
                    "GenericOAuth(config)", f"two servers are called {name!r}.", "Rename one of the two."
                )
        self.social_providers = tuple(config)
