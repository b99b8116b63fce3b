"""The three forms of the cookie cache: signed JSON, a signed token, an encrypted token (sessions sheet §5).

Content goes in as the JSON text of an object. It comes out as received, with the end of its life as one more member,
``expiresAt`` in milliseconds or ``exp`` in seconds: signatures are over text, so text is what is passed on.
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import timedelta
from typing import Literal, Protocol

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.sealing import SESSION_SALT, Sealer, with_claims
from fastapi_betterauth.crypto.secret import SecretKeys

CacheStrategy = Literal["compact", "jwt", "jwe"]
"""``compact`` is shortest, ``jwt`` is read by any JWT library, ``jwe`` can be read by nobody else."""

_COMPACT = re.compile(
    r'\{"session":(?P<content>\{.*\}),"expiresAt":(?P<end>[0-9]{1,15}),"signature":"(?P<signature>[0-9A-Za-z_-]{43})"\}',
    re.DOTALL,
)


class CacheFormat(Protocol):
    """Turns content into the text of a cookie, and back."""

    def write(self, content: str, *, expires_in: timedelta) -> str:
        """Returns: the cookie's value, which can be trusted for this long."""
        ...

    def read(self, cookie: str) -> bytes | None:
        """Returns: the content if we wrote it, else None; never an error. Whether it has ended is told inside."""
        ...


def cache_format(strategy: CacheStrategy, keys: SecretKeys, clock: Clock) -> CacheFormat:
    """Returns: the format of this name."""
    if strategy == "jwe":
        return _Sealed(keys, clock)
    return _Signed(keys, clock) if strategy == "jwt" else _Compact(keys, clock)


class _Compact:
    """Base64url of JSON that carries its own HMAC."""

    def __init__(self, keys: SecretKeys, clock: Clock) -> None:
        self._keys = tuple(key.encode() for key in keys.verification)
        self._clock = clock

    def write(self, content: str, *, expires_in: timedelta) -> str:
        end = int((self._clock() + expires_in).timestamp() * 1000)
        signature = _signature(with_claims(content, {"expiresAt": end}).encode(), self._keys[0]).decode()
        whole = f'{{"session":{content},"expiresAt":{end},"signature":"{signature}"}}'
        return _encoded(whole.encode())

    def read(self, cookie: str) -> bytes | None:
        try:
            whole = base64.b64decode(cookie + "=" * (-len(cookie) % 4), altchars=b"-_", validate=True)
            parts = _COMPACT.fullmatch(whole.decode())
        except ValueError:
            return None
        # One form is canonical, no other passes.
        if parts is None or _encoded(whole) != cookie:
            return None
        # Verified over the text received: to write them once more would be to guess how JavaScript writes numbers.
        signed = f'{parts["content"][:-1]},"expiresAt":{parts["end"]}}}'.encode()
        # All are compared, so that time does not tell which key it was.
        matches = [hmac.compare_digest(_signature(signed, key), parts["signature"].encode()) for key in self._keys]
        return signed if any(matches) else None


class _Signed:
    """An HS256 token."""

    def __init__(self, keys: SecretKeys, clock: Clock) -> None:
        from fastapi_betterauth.crypto.jose import SharedKey  # noqa: PLC0415 - 75 ms that importing shall not cost

        self._keys = tuple(SharedKey(key) for key in keys.verification)
        self._clock = clock

    def write(self, content: str, *, expires_in: timedelta) -> str:
        now = int(self._clock().timestamp())
        return self._keys[0].sign_text(with_claims(content, {"iat": now, "exp": now + int(expires_in.total_seconds())}))

    def read(self, cookie: str) -> bytes | None:
        return next((found for key in self._keys if (found := key.verify_text(cookie)) is not None), None)


class _Sealed:
    """An encrypted token."""

    def __init__(self, keys: SecretKeys, clock: Clock) -> None:
        self._sealer = Sealer(keys, salt=SESSION_SALT, clock=clock)

    def write(self, content: str, *, expires_in: timedelta) -> str:
        return self._sealer.seal(content, expires_in=expires_in)

    def read(self, cookie: str) -> bytes | None:
        return self._sealer.open(cookie)


def _encoded(whole: bytes) -> str:
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def _signature(text: bytes, key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(key, text, "sha256")).rstrip(b"=")
