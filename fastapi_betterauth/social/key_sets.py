"""Public keys of providers, fetched and kept (RFC 7517)."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.outbound.client import Outbound, OutboundError

logger = logging.getLogger("fastapi_betterauth")

PublicKey = RSAKey | ECKey | OKPKey

_LIFETIME = timedelta(minutes=10)
_COOL_DOWN = timedelta(seconds=30)
_MOST_KEYS = 100


class KeySet:
    """The keys at one address.

    They are fetched when they are old, and when a token names one that is not among them, but not twice within a
    cool-down, however many ask (SC-IDT-06). Keys that cannot be fetched anew stay good until they are old.
    """

    def __init__(self, url: str, http: Outbound, clock: Clock) -> None:
        self._url = url
        self._http = http
        self._clock = clock
        self._keys: tuple[PublicKey, ...] = ()
        self._good_until: datetime | None = None
        self._quiet_until: datetime | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None) -> Sequence[PublicKey]:
        """Returns: the keys that may have signed a token which names this key; none, if no key fits."""
        found = self._matching(kid)
        if found and self._are_good():
            return found
        async with self._fetching:
            if not (self._matching(kid) and self._are_good()) and not self._is_quiet():
                await self._fetch()
        return self._matching(kid) if self._are_good() else ()

    def _matching(self, kid: str | None) -> Sequence[PublicKey]:
        """Without a name only a set of one key leaves no doubt (SC-IDT-05)."""
        if kid is None:
            return self._keys if len(self._keys) == 1 else ()
        return tuple(key for key in self._keys if key.kid == kid)

    def _are_good(self) -> bool:
        return self._good_until is not None and self._clock() < self._good_until

    def _is_quiet(self) -> bool:
        return self._quiet_until is not None and self._clock() < self._quiet_until

    async def _fetch(self) -> None:
        self._quiet_until = self._clock() + _COOL_DOWN
        try:
            answer = await self._http.get(self._url)
        except OutboundError as error:
            logger.warning("keys could not be fetched: %s", error)
            return
        given = answer.get("keys") if isinstance(answer, dict) else None
        if not isinstance(given, list) or len(given) > _MOST_KEYS:
            logger.warning("keys could not be read: no key set")
            return
        self._keys = tuple(key for one in given if (key := _public_key(one)) is not None)
        self._good_until = self._clock() + _LIFETIME


class KeySets:
    """The key sets of one instance, by address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sets: dict[str, KeySet] = {}

    def at(self, url: str, http: Outbound) -> KeySet:
        """Returns: the key set at an address."""
        if url not in self._sets:
            self._sets[url] = KeySet(url, http, self._clock)
        return self._sets[url]


def _public_key(given: Any) -> PublicKey | None:
    """Returns: a key for signatures; None for symmetric, private, broken and other ones (SC-IDT-08)."""
    if not isinstance(given, dict) or given.get("use", "sig") != "sig" or "d" in given:
        return None
    try:
        with warnings.catch_warnings():
            # A weak key is refused below, not warned about.
            warnings.simplefilter("error")
            key = JWKRegistry.import_key(given)
    except (JoseError, ValueError, TypeError, KeyError, Warning, OverflowError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None
