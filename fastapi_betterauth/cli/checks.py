"""What ``doctor`` looks at: each check passes, warns, or fails with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi_betterauth.auth import BetterAuth
from fastapi_betterauth.errors import StorageError
from fastapi_betterauth.features.email_verification.options import EmailVerification
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.storage.schema import find_gap

_SHORTEST_SECRET = 32


class Level(StrEnum):
    """How bad it is."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    subject: str
    level: Level
    text: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """Returns: the finding for programs."""
        return {"subject": self.subject, "level": self.level.value, "text": self.text, "remedy": self.remedy}


Check = Callable[[BetterAuth[Any, Any]], Iterator[Finding]]


def examine(auth: BetterAuth[Any, Any]) -> list[Finding]:
    """Returns: what all checks found, in their order."""
    return [finding for check in _CHECKS for finding in check(auth)]


def _environment(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    if auth.runtime.production:
        yield Finding("environment", Level.PASSED, "production: the strict rules apply")
    else:
        remedy = "Leave out environment=, or set BETTER_AUTH_ENV=production."
        yield Finding("environment", Level.FAILED, "not production: checks and limits are relaxed", remedy)


def _secret(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    secret = auth.runtime.keys.current.encode()
    if len(secret) < _SHORTEST_SECRET or len(set(secret)) < _SHORTEST_SECRET // 3:
        yield Finding("secret", Level.FAILED, "it can be guessed", "Make one with: fastapi-betterauth secret")
    else:
        yield Finding("secret", Level.PASSED, "long and irregular")


def _base_url(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    rules = auth.runtime.base_url
    if rules.static is None and rules.dynamic is None:
        remedy = "Set base_url, or BETTER_AUTH_URL: mailed links then lead where you say, whatever a request claims."
        yield Finding("base URL", Level.FAILED, "each request says where the app is", remedy)
    elif rules.static is not None and not rules.static.origin.startswith("https://"):
        yield Finding("base URL", Level.FAILED, f"{rules.static.origin} is not https", "Serve the app over https.")
    elif rules.dynamic is not None and rules.dynamic.protocol == "http":
        yield Finding("base URL", Level.FAILED, "its protocol is http", "Set protocol='https'.")
    else:
        yield Finding("base URL", Level.PASSED, rules.static.url if rules.static else "one of the allowed hosts")


def _cookies(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    cookie = auth.runtime.cookies.token
    if not cookie.attributes.secure:
        remedy = "Use an https base URL, or AdvancedOptions(use_secure_cookies=True)."
        yield Finding("cookies", Level.FAILED, f"{cookie.name} travels over plain http", remedy)
    elif cookie.attributes.same_site == "none":
        remedy = "Guard forms of your own with require_trusted_origin."
        yield Finding("cookies", Level.WARNED, "SameSite=None: other sites' requests carry them", remedy)
    else:
        yield Finding("cookies", Level.PASSED, f"{cookie.name} is Secure and HttpOnly")


def _origins(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    runtime = auth.runtime
    if not runtime.origin_check or not runtime.csrf_check:
        remedy = "Take disable_origin_check and disable_csrf_check out."
        yield Finding("origins", Level.FAILED, "foreign sites may send requests", remedy)
    elif runtime.trusted.globs:
        remedy = "Check that nobody else can have a site there."
        yield Finding("origins", Level.WARNED, f"{', '.join(runtime.trusted.globs)} trusts many sites", remedy)
    else:
        yield Finding("origins", Level.PASSED, "requests must come from your own origins")


def _limits(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    runtime = auth.runtime
    if runtime.rate_limiter is None or not runtime.limits_endpoints:
        yield Finding("rate limits", Level.FAILED, "passwords can be guessed without end", "RateLimit(enabled=True).")
    elif runtime.rate_limiter.counts_per_process:
        remedy = "With several workers: RateLimit(storage='database'), or secondary_storage=RedisStorage(...)."
        yield Finding("rate limits", Level.WARNED, "each process counts for itself", remedy)
    else:
        yield Finding("rate limits", Level.PASSED, "all processes count together")


def _addresses(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    rules = auth.runtime.client_ip
    if not rules.headers:
        remedy = "Behind a proxy set advanced.ip_address.ip_address_headers and trusted_proxies."
        yield Finding("client address", Level.WARNED, "it is that of the connection, such as your proxy's", remedy)
    else:
        yield Finding("client address", Level.PASSED, f"read from {', '.join(rules.headers)}")


def _mail(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    options = auth.runtime.options
    passwords = options[EmailAndPassword]
    if passwords.enabled and passwords.send_reset_password is None:
        remedy = "Pass EmailAndPassword(send_reset_password=...)."
        yield Finding("mail", Level.WARNED, "who forgets the password is locked out", remedy)
    if options[EmailVerification].send_verification_email is None and auth.runtime.verification_sender is None:
        remedy = "Pass EmailVerification(send_verification_email=...)."
        yield Finding("mail", Level.WARNED, "addresses are never proven", remedy)
    elif not passwords.enabled or passwords.send_reset_password is not None:
        yield Finding("mail", Level.PASSED, "links can be sent")


def _database(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    engine = auth.database.engine
    if engine.url.database in (None, "", ":memory:"):
        yield Finding("database", Level.FAILED, "everything is forgotten at the end", "Set database=.")
    elif engine.dialect.name == "sqlite":
        yield Finding("database", Level.WARNED, "SQLite serves one machine", "Use PostgreSQL or MariaDB for several.")
    else:
        yield Finding("database", Level.PASSED, engine.dialect.name)


def _schema(auth: BetterAuth[Any, Any]) -> Iterator[Finding]:
    try:
        gap = asyncio.run(_gap(auth))
    except StorageError as error:
        yield Finding("schema", Level.FAILED, str(error), "Start the database, and check its URL.")
        return
    if gap.fatal:
        yield Finding("schema", Level.FAILED, str(gap.error()), "fastapi-betterauth generate, then migrate.")
    else:
        yield Finding("schema", Level.PASSED, "all tables and columns are there")


async def _gap(auth: BetterAuth[Any, Any]) -> Any:
    try:
        return await find_gap(auth.database, auth.tables.all())
    finally:
        await auth.database.engine.dispose()


_CHECKS: tuple[Check, ...] = (
    _environment,
    _secret,
    _base_url,
    _cookies,
    _origins,
    _limits,
    _addresses,
    _mail,
    _database,
    _schema,
)
