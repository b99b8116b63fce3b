"""A QR code for pages that are rendered on the server."""

from __future__ import annotations

import io


def qr_code_svg(uri: str, *, scale: int = 5) -> str:
    """Draw what an authenticator app reads.

    Args: uri: of `enable` or `get-totp-uri`. scale: pixels per module.
    Returns: an SVG element, to be put into a page.
    """
    import segno  # noqa: PLC0415 - of an extra

    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn, kind="svg", scale=scale, border=4, xmldecl=False, dark="#000", light="#fff", title="QR code"
    )
    return drawn.getvalue().decode()
