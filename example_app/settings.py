"""Where the app runs, from the environment."""

import os
import secrets
from pathlib import Path

DEMO = os.environ.get("DEMO") == "1"
"""Demo mode: mails at ``/dev/mail``, a secret made on the spot."""

PORT = int(os.environ.get("PORT", "8000"))
BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{PORT}")
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///./example.db")

_SECRET_FILE = Path(os.environ.get("DEMO_SECRET_FILE", "./example.secret"))


def secret() -> str | None:
    """Returns: BETTER_AUTH_SECRET; in demo mode one that is kept beside the database, so that sessions survive."""
    given = os.environ.get("BETTER_AUTH_SECRET")
    if given or not DEMO:
        return given
    if not _SECRET_FILE.exists():
        _SECRET_FILE.write_text(secrets.token_hex(32))
        _SECRET_FILE.chmod(0o600)
    return _SECRET_FILE.read_text()
