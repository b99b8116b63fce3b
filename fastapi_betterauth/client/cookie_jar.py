"""The session in a client's cookie jar: what it would send to one server, and how another client's is taken up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import cast
from urllib.request import Request


def header_for(jar: CookieJar, url: str) -> str:
    """Returns: the Cookie header that a request to this URL would carry."""
    request = Request(url)  # noqa: S310 - never opened
    jar.add_cookie_header(request)
    return request.get_header("Cookie") or ""


def cookies_for(jar: CookieJar, url: str) -> dict[str, str]:
    """Returns: the cookies that a request to this URL would carry."""
    pairs = (pair.partition("=") for pair in header_for(jar, url).split("; ") if pair)
    return {name: value for name, _, value in pairs}


def take_up(jar: CookieJar, url: str, cookies: Mapping[str, str]) -> None:
    """Keep cookies as if the server at this URL had set them.

    So no other server ever sees them, and the next answer of this one replaces them.
    """
    receive(jar, url, [f"{name}={value}; Path=/" for name, value in cookies.items()])


def receive(jar: CookieJar, url: str, lines: Iterable[str]) -> None:
    """Take the Set-Cookie lines of an answer from this URL."""
    received = Message()
    for line in lines:
        received["Set-Cookie"] = line
    jar.extract_cookies(cast("HTTPResponse", _Received(received)), Request(url))  # noqa: S310 - never opened


class _Received:
    """As much of a response as a cookie jar looks at."""

    def __init__(self, headers: Message) -> None:
        self._headers = headers

    def info(self) -> Message:
        return self._headers
