"""Reads request bodies without ever failing in another way than a 4xx."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi_betterauth.errors import BAD_REQUEST, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, APIError

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"

_LONGEST_NUMBER = 40
_MOST_FORM_FIELDS = 100


class Missing:
    """There is no body at all, which is not the same as ``null``."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


async def read_limited(stream: AsyncIterable[bytes], declared: str | None, limit: int) -> bytes:
    """Collect a body.

    Args: declared: the Content-Length header. limit: in bytes.
    Raises: APIError: 413 PAYLOAD_TOO_LARGE, before more than the limit is held (SC-HTTP-22).
    """
    if declared is not None and declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise APIError(413, PAYLOAD_TOO_LARGE)
    parts, size = [], 0
    async for part in stream:
        size += len(part)
        if size > limit:
            raise APIError(413, PAYLOAD_TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def parse_body(raw: bytes, content_type: str | None, *, forms: bool) -> Any:
    """Turn bytes into a JSON value.

    Args: forms: whether the endpoint reads forms as well.
    Raises: APIError: 415 UNSUPPORTED_MEDIA_TYPE, 400 BAD_REQUEST.
    """
    if not raw:
        return MISSING
    media = _media_type(content_type)
    if media == JSON:
        return parse_json(raw)
    if media == FORM and forms:
        return _parse_form(raw)
    if media is None:
        # As the reference does: an untyped body is not read, so that what is required is missing.
        return MISSING
    allowed = f"{FORM}, {JSON}" if forms else JSON
    message = f'Content-Type "{_shown(media)}" is not allowed. Allowed types: {allowed}'
    raise APIError(415, UNSUPPORTED_MEDIA_TYPE, message=message)


def parse_json(raw: bytes) -> Any:
    """Parse strict JSON: UTF-8, finite numbers, no NUL, no lone surrogate (SC-HTTP-17..19).

    Raises: APIError: 400 BAD_REQUEST.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse, parse_int=_integer, parse_float=_float)
    except (ValueError, RecursionError):
        raise APIError(400, BAD_REQUEST) from None
    if not is_clean(value):
        raise APIError(400, BAD_REQUEST)
    return value


def is_clean(value: Any) -> bool:
    """Returns: whether no text anywhere in the value holds NUL or a lone surrogate."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "\x00" in item or (not item.isascii() and any("\ud800" <= c <= "\udfff" for c in item)):
                return False
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, Mapping):
            pending.extend(item.keys())
            pending.extend(item.values())
    return True


def _parse_form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FORM_FIELDS
        )
    except ValueError:
        raise APIError(400, BAD_REQUEST) from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or not is_clean(fields):
        raise APIError(400, BAD_REQUEST)
    return fields


def _media_type(content_type: str | None) -> str | None:
    return content_type.partition(";")[0].strip().lower() if content_type and content_type.strip() else None


def _shown(media: str) -> str:
    return "".join(c for c in media[:100] if c.isascii() and c.isprintable())


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("too long")
    return int(text)


def _float(text: str) -> float:
    number = float(text) if len(text) <= 10 * _LONGEST_NUMBER else float("inf")
    if number in (float("inf"), float("-inf")):
        raise ValueError("not finite")
    return number
