"""Redirect targets: which relative ones are safe, and how parameters are added to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ENCODED_SEPARATOR = re.compile(r"%2f|%5c", re.IGNORECASE)
# What the reference accepts of a relative path and its query; ASCII on purpose (SC-REDIR-04).
_RELATIVE = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(?:\?[\x21-\x22\x24-\x7e]*)?(?:#[\x21-\x7e]*)?")


def is_safe_relative(url: str) -> bool:
    """Returns: whether a text is a path on this site and nothing that a browser could take for another one.

    Source: core-config sheet §4.1; SC-REDIR-01..04.
    """
    if not url.startswith("/") or url.startswith("//") or "\\" in url or _CONTROL.search(url):
        return False
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    return not _ENCODED_SEPARATOR.search(path) and _RELATIVE.fullmatch(url) is not None


def add_query(url: str, params: Mapping[str, str]) -> str:
    """Add parameters to a URL; those of the same name are replaced, the fragment stays last (SC-REDIR-15)."""
    rest, hash_mark, fragment = url.partition("#")
    base, _, query = rest.partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in params]
    added = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params.items()]
    return header_safe(f"{base}?{'&'.join([*kept, *added])}{hash_mark}{fragment}")


def resolve(url: str, base_origin: str) -> str:
    """Returns: the URL, absolute on this origin if it was a path."""
    return base_origin + url if url.startswith("/") else url


def header_safe(url: str) -> str:
    """Returns: the URL with everything percent-encoded that a header must not carry (SC-HTTP-24, SC-HTTP-25)."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")
