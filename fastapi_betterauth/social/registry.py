"""The providers of one instance."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.outbound.client import Outbound, check_outbound
from fastapi_betterauth.outbound.options import OutboundOptions

if TYPE_CHECKING:
    from .provider import Provider, ProviderCall

logger = logging.getLogger("fastapi_betterauth")


class Providers:
    """Finds providers, and gives each what it needs to be asked something.

    Args:
        own: of the host, in its order.
        plugins: of plugins; one of the same id goes before the host's.
        outbound: limits of the requests.
        clock: tells the time.

    Raises: ConfigurationError: two of the host's have one id, or a library is missing.
    """

    def __init__(
        self,
        own: Sequence[Provider[Any]],
        plugins: Sequence[Provider[Any]],
        outbound: OutboundOptions,
        clock: Clock,
    ) -> None:
        self._http = Outbound(outbound)
        self._clock = clock
        self._calls: dict[str, ProviderCall] = {}
        self._all = _by_id(own, "social_providers")
        shadowing = _by_id(plugins, "plugins")
        for shadowed in sorted(set(self._all) & set(shadowing)):
            logger.warning("the provider %r of a plugin hides that of social_providers", shadowed)
        self._all = {**self._all, **shadowing}
        if self._all:
            check_outbound("social_providers")
            self._prepare()

    def _prepare(self) -> None:
        from .key_sets import KeySets  # noqa: PLC0415 - the JOSE library takes long to load
        from .provider import ProviderCall  # noqa: PLC0415

        keys = KeySets(self._clock)
        for name, provider in self._all.items():
            http = self._http.trusting(*provider.own_urls)
            self._calls[name] = ProviderCall(http=http, clock=self._clock, keys=keys)

    @property
    def configured(self) -> Mapping[str, Provider[Any]]:
        """All of them, by id."""
        return self._all

    async def find(self, name: str) -> Provider[Any] | None:
        """Returns: the provider of this id, if it can be used right now."""
        provider = self._all.get(name)
        return provider if provider is not None and await provider.ready(self._calls[name]) else None

    def call(self, provider: Provider[Any]) -> ProviderCall:
        """Returns: what the provider needs to be asked something."""
        return self._calls[provider.id]

    async def warm_up(self) -> None:
        """Have every provider get ready; what fails now is tried again when it is needed."""
        for name in self._all:
            await self.find(name)


def _by_id(providers: Sequence[Provider[Any]], option: str) -> dict[str, Provider[Any]]:
    found: dict[str, Provider[Any]] = {}
    for provider in providers:
        if not provider.enabled:
            continue
        if provider.id in found:
            raise ConfigurationError(option, f"two providers are called {provider.id!r}.", "Leave one of the two out.")
        found[provider.id] = provider
    return found
