"""``fastapi-betterauth``: what one does with an app from a terminal; needs the extra ``cli``."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command line."""
    missing = [name for name in ("typer", "rich", "alembic") if find_spec(name) is None]
    if missing:
        sys.exit(f"{', '.join(missing)} is missing: pip install 'fastapi-better-auth[cli]'")
    from .commands import app  # noqa: PLC0415 - of an extra

    app()
