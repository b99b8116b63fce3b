"""Values longer than a cookie may be: kept whole, or split over ``name.0``, ``name.1``, … (sessions sheet §3.5)."""

from __future__ import annotations

import logging
from dataclasses import replace

from .cookie_codec import all_names, decode_value, find_cookie, serialise
from .cookies import CookieSpec, ResponseCookies

logger = logging.getLogger("fastapi_betterauth")

_LARGEST_COOKIE = 4050
"""Bytes of a cookie with its name and attributes; the smallest limit among browsers is a little above."""
_MOST_CHUNKS = 100
_LONGEST_NUMBER = 9


class ChunkedCookie:
    """One cookie that may come in pieces, as one request carries it.

    Args: spec: the cookie. header: the request's ``Cookie`` header.
    """

    def __init__(self, spec: CookieSpec, header: str | None) -> None:
        self._spec = spec
        self._header = header

    def read(self) -> str | None:
        """Find the value; a cookie that is whole goes before pieces.

        Returns: it, or None. What lost a piece comes back shorter: only a signature tells (SC-CACHE-09).
        """
        if not self._mentioned():
            return None
        whole = find_cookie(self._header, self._spec.name)
        if whole:
            return decode_value(whole)
        numbers = sorted({number for name in all_names(self._header) if (number := self._number_of(name)) is not None})
        pieces = [decode_value(find_cookie(self._header, f"{self._spec.name}.{number}") or "") for number in numbers]
        return "".join(pieces) or None

    def write(self, cookies: ResponseCookies, value: str) -> bool:
        """Set the value, and have the browser forget what of an older one is not overwritten.

        Args: value: text that a cookie carries as it stands, such as base64url.
        Returns: False when it is too long even in pieces; nothing is set then.
        """
        self._withdraw(cookies)
        pieces = self._split(value)
        for name in self._carried():
            if name not in pieces:
                cookies.expire(replace(self._spec, name=name))
        for name, piece in pieces.items():
            cookies.set(replace(self._spec, name=name), piece)
        if not pieces:
            logger.warning("the cookie %s would be too large even in pieces: it is not set", self._spec.name)
        return bool(pieces)

    def expire(self, cookies: ResponseCookies) -> None:
        """Have the browser forget the cookie and all its pieces; none that was to be set leaves the server."""
        self._withdraw(cookies)
        cookies.expire(self._spec)
        self.clean(cookies)

    def clean(self, cookies: ResponseCookies) -> None:
        """Have the browser forget what it sent, if it sent anything."""
        for name in self._carried():
            cookies.expire(replace(self._spec, name=name))

    def _split(self, value: str) -> dict[str, str]:
        """Returns: the pieces by cookie name; none if there would be too many."""
        longest = replace(self._spec, name=f"{self._spec.name}.{_MOST_CHUNKS - 1}")
        room = _LARGEST_COOKIE - len(serialise(longest.name, "", longest.attributes))
        if len(value) <= room:
            return {self._spec.name: value}
        if room < 1 or len(value) > room * _MOST_CHUNKS:
            return {}
        starts = range(0, len(value), room)
        return {f"{self._spec.name}.{number}": value[start : start + room] for number, start in enumerate(starts)}

    def _carried(self) -> list[str]:
        """Returns: the names under which the request carries the cookie or a piece of it."""
        if not self._mentioned():
            return []
        return [name for name in dict.fromkeys(all_names(self._header)) if self._is_ours(name)]

    def _withdraw(self, cookies: ResponseCookies) -> None:
        cookies.withdraw(self._is_ours)

    def _is_ours(self, name: str) -> bool:
        return name == self._spec.name or self._number_of(name) is not None

    def _number_of(self, name: str) -> int | None:
        """Returns: which piece a cookie is; only the plain form of a number counts."""
        suffix = name.removeprefix(f"{self._spec.name}.")
        if suffix == name or not suffix.isascii() or not suffix.isdigit() or len(suffix) > _LONGEST_NUMBER:
            return None
        return int(suffix) if str(int(suffix)) == suffix else None

    def _mentioned(self) -> bool:
        return self._header is not None and self._spec.name in self._header
