"""The page that shows the document (open-api sheet §2, §4.2)."""

from __future__ import annotations

import html
import json
from typing import Any

from starlette.responses import HTMLResponse

from .options import OpenApiOptions

_VIEWER = "https://cdn.jsdelivr.net/npm/@scalar/api-reference"


def render(document: dict[str, Any], options: OpenApiOptions) -> HTMLResponse:
    """Build the page. Nothing in the document can end the script tag that holds it (SC-PLUG-20)."""
    nonce = f' nonce="{html.escape(options.nonce)}"' if options.nonce else ""
    configuration = json.dumps({"theme": options.theme, "metaData": {"title": options.title}})
    inlined = json.dumps(document).replace("<", "\\u003c")
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(options.title)} · API reference</title>
</head>
<body>
<script id="api-reference" type="application/json" data-configuration="{html.escape(configuration)}"{nonce}>
{inlined}
</script>
<script src="{_VIEWER}"{nonce}></script>
<noscript>This page needs JavaScript.</noscript>
</body>
</html>
"""
    )
