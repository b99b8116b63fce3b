"""Where the app runs, from the environment."""

import os
import secrets
from pathlib import Path

from fastapi_betterauth import DynamicBaseURL

DEMO = os.environ.get("DEMO") == "1"
"""Demo mode: mails at ``/dev/mail``, a secret made on the spot."""

ADMIN_EMAILS = frozenset(
    os.environ.get("ADMIN_EMAILS", "admin@example.com" if DEMO else "").lower().replace(",", " ").split()
)
"""Who is an admin from sign-up on. In demo mode anybody can be: no mailbox is proven there."""

SMTP_URL = os.environ.get("SMTP_URL")
"""Where mails go outside of demo mode, such as ``smtp://user:password@mail.example:587``."""

MAIL_FROM = os.environ.get("MAIL_FROM", "Example <accounts@example.com>")

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///./example.db")

_PORT = os.environ.get("PORT", "8000")
_SECRET_FILE = Path(os.environ.get("DEMO_SECRET_FILE", "./example.secret"))


_BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{_PORT}")

ORIGINS = tuple(dict.fromkeys([_BASE_URL, _BASE_URL.replace("http://127.0.0.1:", "http://localhost:")]))
"""Where the app is reached: BASE_URL; on this machine by both of its names."""


def base_url() -> str | DynamicBaseURL:
    """Returns: BASE_URL; on this machine both of its names, so that mailed links lead back to the one in use."""
    if len(ORIGINS) == 1:
        return _BASE_URL
    hosts = tuple(origin.removeprefix("http://") for origin in ORIGINS)
    return DynamicBaseURL(allowed_hosts=hosts, fallback=_BASE_URL, protocol="http")


def secret() -> str | None:
    """Returns: BETTER_AUTH_SECRET; in demo mode one that is kept in a file, so that sessions survive a restart."""
    given = os.environ.get("BETTER_AUTH_SECRET")
    if given or not DEMO:
        return given
    if not _SECRET_FILE.exists():
        _SECRET_FILE.touch(mode=0o600)
        _SECRET_FILE.write_text(secrets.token_hex(32))
    return _SECRET_FILE.read_text()
