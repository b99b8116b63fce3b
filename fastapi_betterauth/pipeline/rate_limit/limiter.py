"""The rate limiter: who is counted, under which name, and what happens when nothing can be counted."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time

from starlette.requests import Request

from fastapi_betterauth.crypto.secret import Secret
from fastapi_betterauth.errors import StorageUnavailable

from .counting import ALLOWED, RateLimitDecision, RateLimitStorage
from .database import DatabaseCounters
from .rules import AttemptLimits, RateLimitRule, RuleBook
from .storages import MemoryCounters

logger = logging.getLogger("fastapi_betterauth")

NO_IP = "no-trusted-ip"
"""Stands for the address of everybody whose address is not known (security sheet §4.2)."""

_LONGEST_KEY = 200
_PAUSE = 5.0
"""Seconds in which a storage that failed is left alone, so that requests do not wait for it one by one."""


class RateLimiter:
    """Counts requests of clients, and mails to people.

    Args:
        rules: which limit holds where.
        counters: where requests are counted.
        local: counts in this process, where the counters cannot.
        refuses: refuse rather than count locally while the counters fail.
        mails: how many mails of one kind somebody gets; None: as many as are asked for.
        attempts: how often somebody's secret may be tried.
        secret: blinds addresses of people before they are stored.
        tracks_addresses: False: the host wants no addresses kept, so clients cannot be told apart.
    """

    def __init__(
        self,
        *,
        rules: RuleBook,
        counters: RateLimitStorage,
        local: RateLimitStorage,
        refuses: bool,
        mails: RateLimitRule | None,
        attempts: AttemptLimits,
        secret: Secret,
        tracks_addresses: bool,
    ) -> None:
        self._rules = rules
        self._counters = counters
        self._local = local
        self._refuses = refuses
        self._shares_connections = isinstance(counters, DatabaseCounters)
        self._mails = mails
        self._attempts = attempts
        self._secret = secret
        self._tracks_addresses = tracks_addresses
        self._away_until = 0.0
        self._warned = False

    @property
    def counts_per_process(self) -> bool:
        """Whether several processes do not know of each other's counts."""
        return isinstance(self._counters, MemoryCounters)

    def expect(self, rule: RateLimitRule) -> None:
        """Learn of a rule before it is used, so that what it counts is not cleaned up too early."""
        if isinstance(self._counters, DatabaseCounters):
            self._counters.expect(rule)

    async def clean_up(self) -> int:
        """Remove counters that are over from the database. Returns: how many; those elsewhere end by themselves."""
        return await self._counters.clean_up() if isinstance(self._counters, DatabaseCounters) else 0

    async def admit(self, request: Request, path: str, ip_address: str | None) -> RateLimitDecision | None:
        """Count a request to an endpoint.

        Args: path: below the base path. ip_address: as resolved, IPv6 cut to its subnet.
        Returns: the decision, or None when no limit holds.
        Raises: StorageUnavailable: nothing can be counted, and the host wants no stand-in.
        """
        who = self.name_of(ip_address)
        if who is None or (rule := await self._rules.rule_for(path, request)) is None:
            return None
        return await self.consume(f"{who}|{path}", rule)

    def name_of(self, ip_address: str | None) -> str | None:
        """Returns: the name under which a client is counted; None when it is not to be told from others."""
        if ip_address is not None:
            return ip_address
        if not self._tracks_addresses:
            return None
        if not self._warned:
            self._warned = True
            logger.warning(
                "rate_limit: the address of a client is not known; all such clients share one limit per path. "
                "Set advanced.ip_address.ip_address_headers and trusted_proxies to what your proxy sends."
            )
        return NO_IP

    async def may_mail(self, kind: str, recipient: str, *, writing: bool) -> bool:
        """Count a mail to somebody; whoever asks for it, from wherever (SC-RESET-17).

        Args: kind: what the mail is about. recipient: the address. writing: as for ``consume``.
        Returns: whether to send it.
        """
        if self._mails is None:
            return True
        if (await self.consume(f"mail|{kind}|{self._blinded(recipient)}", self._mails, writing=writing)).allowed:
            return True
        logger.warning("%s: not sent, this person got as many as rate_limit.mails allows", kind)
        return False

    async def may_try(self, kind: str, account: str, *, writing: bool) -> RateLimitDecision:
        """Count a guess at somebody's secret, whoever guesses, from wherever (SC-IP-17).

        Args: account: as it is looked up; whether it exists makes no difference. writing: as for ``consume``.
        """
        rule = self._attempts.rule_for(kind)
        if rule is None:
            return ALLOWED
        return await self.consume(f"account|{kind}|{self._blinded(account)}", rule, writing=writing)

    def _blinded(self, person: str) -> str:
        """Returns: a name that tells nothing: addresses can be guessed, so a plain digest would not do."""
        return hmac.new(self._secret.encode(), f"rate-limit:{person.lower()}".encode(), hashlib.sha256).hexdigest()

    async def consume(self, key: str, rule: RateLimitRule, *, writing: bool = False) -> RateLimitDecision:
        """Count something if it may pass.

        Args: writing: the caller holds an open transaction. Whoever then asks the same database for a second connection
            may wait for itself (SC-DB-08): such a rare request is counted in this process alone.
        Raises: StorageUnavailable: nothing can be counted, and the host wants no stand-in.
        """
        if len(key) > _LONGEST_KEY or not key.isprintable():
            key = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        if (writing and self._shares_connections) or time.monotonic() < self._away_until:
            return await self._local.consume(key, rule)
        try:
            return await self._counters.consume(key, rule)
        except StorageUnavailable as error:
            if self._refuses:
                raise
            logger.error("rate_limit: %s; each process counts for itself meanwhile", error)  # noqa: TRY400 - known
            self._away_until = time.monotonic() + _PAUSE
            return await self._local.consume(key, rule)
