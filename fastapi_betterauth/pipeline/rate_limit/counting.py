"""Counting requests: what a storage does, and the arithmetic of one window (security sheet §4.4)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from .rules import RateLimitRule


@dataclass(frozen=True, slots=True)
class RateLimitDecision:
    """Whether a request may pass."""

    allowed: bool
    retry_after: int = 0
    """Seconds after which it is worth trying again; 0 when it was allowed."""


ALLOWED = RateLimitDecision(allowed=True)


class RateLimitStorage(Protocol):
    """Counts requests, for all workers that share it."""

    async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
        """Count a request if it may pass: atomically, so that of many at once no more pass than the rule says."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a key."""

    count: int
    last_request: int
    """When the last request was allowed, in milliseconds since 1970."""


def decide(entry: Entry | None, rule: RateLimitRule, now: int) -> tuple[Entry, RateLimitDecision]:
    """Decide about a request.

    Each allowed request begins the window anew; refused ones change nothing. A clock that was set back neither opens
    the window nor keeps it shut for longer than it lasts (SC-IP-10).

    Args: now: in milliseconds since 1970.
    Returns: what is to be kept, and the decision.
    """
    if entry is None:
        return Entry(1, now), ALLOWED
    last = min(entry.last_request, now)
    if now - last >= rule.milliseconds:
        return Entry(1, now), ALLOWED
    if entry.count >= rule.max:
        return Entry(entry.count, last), refused(last, rule, now)
    return Entry(entry.count + 1, now), ALLOWED


def refused(last_request: int, rule: RateLimitRule, now: int) -> RateLimitDecision:
    """Returns: a refusal that says when the window ends."""
    seconds = math.ceil((min(last_request, now) + rule.milliseconds - now) / 1000)
    return RateLimitDecision(allowed=False, retry_after=max(seconds, 1))
