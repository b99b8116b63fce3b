"""Whether a request may come from where it comes from, and lead where it wants to lead (security sheet §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from fastapi_betterauth.errors import (
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
    INVALID_CALLBACK_URL,
    INVALID_ERROR_CALLBACK_URL,
    INVALID_NEW_USER_CALLBACK_URL,
    INVALID_ORIGIN,
    INVALID_REDIRECT_URL,
    MISSING_OR_NULL_ORIGIN,
    APIError,
    ErrorCode,
)

from .base_url import BaseURL
from .context import RequestContext
from .csrf import Provenance, Verdict, check_form_login, check_origin, check_unsolicited
from .place import base_of_request, trusted_origins_at
from .runtime import Runtime

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Change nothing (RFC 9110 §9.2.1)."""

_CODES: Final = {
    code.code: code for code in (INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN, CROSS_SITE_NAVIGATION_LOGIN_BLOCKED)
}
_TARGETS: Final[Mapping[str, ErrorCode]] = {
    "callbackURL": INVALID_CALLBACK_URL,
    "redirectTo": INVALID_REDIRECT_URL,
    "errorCallbackURL": INVALID_ERROR_CALLBACK_URL,
    "newUserCallbackURL": INVALID_NEW_USER_CALLBACK_URL,
}


def check_request_origin(context: RequestContext) -> None:
    """Refuse state changes that a foreign site asks for.

    Raises: APIError: 403 INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN.
    """
    if context.auth.csrf_check and context.auth.origin_check:
        provenance = _provenance(context)
        _refuse(check_origin(provenance, context.trusted))
        if context.operation.sends_mail:
            _refuse(check_unsolicited(provenance, context.trusted))


def check_form_csrf(context: RequestContext) -> None:
    """Refuse sign-ins that a foreign site submits on a person's behalf, cookies or not.

    Raises: APIError: 403 CROSS_SITE_NAVIGATION_LOGIN_BLOCKED, INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN.
    """
    if context.auth.csrf_check:
        _refuse(check_form_login(_provenance(context), context.trusted, origin_check=context.auth.origin_check))


def check_targets(context: RequestContext, body: object, query: Mapping[str, object]) -> None:
    """Refuse redirect targets that nobody trusts, whatever the endpoint does with them.

    Raises: APIError: 403 with the field's own code; 400 when a target is no text.
    """
    if not context.auth.origin_check:
        return
    fields = body if isinstance(body, Mapping) else {}
    for name in _TARGETS:
        for source in (fields, query) if name == "callbackURL" else (fields,):
            if name in source:
                check_target(context, name, source[name])


def check_target(context: RequestContext, name: str, target: object) -> None:
    """Refuse one redirect target.

    Raises: APIError: 403 with the field's own code; 400 when the target is no text.
    """
    if target is None or target == "" or not context.auth.origin_check:
        return
    if not isinstance(target, str):
        raise APIError(400, message=f"{_TARGETS[name].message}: expected a string")
    if not context.trusted.trusts_redirect(target):
        raise APIError(403, _TARGETS[name])


async def check_visit(auth: Runtime, connection: HTTPConnection) -> None:
    """Refuse what a foreign site has a browser send to a route of the host: a form, a script's request, a WebSocket.

    Raises: APIError: 403 CROSS_SITE_NAVIGATION_LOGIN_BLOCKED, INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN; 400
        UNKNOWN_HOST.
    """
    if not auth.csrf_check:
        return
    handshake = connection.scope["type"] == "websocket"
    if handshake and "origin" not in connection.headers:
        return  # browsers always name it there
    if not handshake and connection.scope["method"] in SAFE_METHODS:
        return
    base = base_of_request(auth, connection)
    trusted = await trusted_origins_at(auth, base, connection)
    _refuse(check_form_login(_claims(connection.headers, base), trusted, origin_check=auth.origin_check))


def _provenance(context: RequestContext) -> Provenance:
    return _claims(context.headers, context.base)


def _claims(headers: Headers, base: BaseURL) -> Provenance:
    return Provenance(
        origin=headers.get("origin"),
        referer=headers.get("referer"),
        has_cookie="cookie" in headers,
        sec_fetch_site=headers.get("sec-fetch-site"),
        sec_fetch_mode=headers.get("sec-fetch-mode"),
        sec_fetch_dest=headers.get("sec-fetch-dest"),
        own_origin=base.origin,
    )


def _refuse(verdict: Verdict) -> None:
    if verdict is not Verdict.OK:
        raise APIError(403, _CODES[verdict.value])
