"""The built-in page for failed browser flows: escaped, script-free, not to be framed (SC-HTTP-27, SC-CSRF-17)."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from pydantic import Field
from starlette.responses import HTMLResponse

from fastapi_betterauth.pipeline.wire import WireModel

from .options import ErrorPage

_CODE = re.compile(r"[A-Za-z0-9_'-]{1,100}", re.ASCII)
_LONGEST_DESCRIPTION = 500


class ErrorPageQuery(WireModel):
    """What went wrong."""

    error: str | None = None
    error_description: str | None = Field(default=None, alias="error_description")


def shown_code(code: str | None) -> str:
    """Returns: the code, or UNKNOWN for what is not one."""
    return code if code and _CODE.fullmatch(code) else "UNKNOWN"


def render(code: str, description: str | None, app_name: str, page: ErrorPage) -> HTMLResponse:
    """Build the page."""
    style = _style(page)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    text = "" if page.disable_description else html.escape((description or "")[:_LONGEST_DESCRIPTION])
    detail = f"<p>{text}</p>" if text else ""
    name = html.escape(app_name)
    body = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Something went wrong · {name}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Something went wrong</h1>
<p class="code">{html.escape(code)}</p>
{detail}
<p><a href="/">Back to {name}</a></p>
</main>
</body>
</html>
"""
    return HTMLResponse(
        body,
        headers={
            "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        },
    )


def _style(page: ErrorPage) -> str:
    frame = "" if page.disable_card else f"background:{page.card};border:1px solid {page.border};padding:2rem;"
    return (
        f"body{{margin:0;min-height:100vh;display:grid;place-items:center;background:{page.background};"
        f"color:{page.foreground};font-family:{page.font};line-height:1.5}}"
        f"main{{{frame}border-radius:{page.radius};max-width:{page.width};margin:1rem}}"
        f"h1{{font-size:1.25rem;margin:0 0 .5rem}}p{{color:{page.muted};overflow-wrap:anywhere}}"
        f".code{{font-family:{page.mono_font};color:{page.accent}}}a{{color:inherit}}"
    )
