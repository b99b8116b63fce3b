"""Sessions without cookies: ``Authorization: Bearer`` (bearer sheet)."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.responses import Response

from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.cookie_codec import decode_value
from fastapi_betterauth.pipeline.runtime import Runtime
from fastapi_betterauth.plugin import Plugin

_HEADER = "set-auth-token"
_EXPOSE = "access-control-expose-headers"


class Bearer(Plugin):
    """Takes the session's token from the ``Authorization`` header, and hands it out in ``set-auth-token``.

    Args:
        require_signature: take signed tokens only, not the bare ones of JSON answers.
    """

    id: ClassVar[str] = "bearer"

    def __init__(self, *, require_signature: bool = False) -> None:
        self._require_signature = require_signature

    def read_token(self, auth: Runtime, headers: Headers) -> str | None:
        """Read the header (bearer sheet §3); what is no token of ours is as good as absent."""
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        text = rest.strip()
        if scheme.lower() != "bearer" or not text:
            return None
        if "." not in text:
            return None if self._require_signature else text
        return auth.signer.unsign(_decoded(text))

    async def on_response(self, response: Response, context: RequestContext) -> Response | None:
        """Repeat the cookie of a session that begins or goes on in a header (bearer sheet §4)."""
        prefix = f"{context.session_cookies.token.name}=".encode()
        for name, line in response.raw_headers:
            if name == b"set-cookie" and line.startswith(prefix) and b"Max-Age=0" not in line:
                value = line[len(prefix) :].partition(b";")[0].decode("latin-1")
                response.headers[_HEADER] = decode_value(value)
                _expose(response)
        return None


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _expose(response: Response) -> None:
    exposed = [part.strip() for part in response.headers.get(_EXPOSE, "").split(",") if part.strip()]
    if _HEADER not in exposed:
        response.headers[_EXPOSE] = ", ".join([*exposed, _HEADER])
