"""What ``info`` shows."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi_betterauth.auth import BetterAuth

_PACKAGES = ("fastapi-better-auth", "fastapi", "sqlmodel", "sqlalchemy", "pydantic", "alembic")


def facts_of(auth: BetterAuth[Any, Any]) -> dict[str, str | list[str]]:
    """Returns: facts by name; no secret is among them."""
    runtime = auth.runtime
    base = runtime.base_url
    where = base.static.url if base.static else ", ".join(base.dynamic.allowed_hosts) if base.dynamic else "by request"
    return {
        "versions": [f"{name} {found}" for name in _PACKAGES if (found := _version(name))],
        "python": platform.python_version(),
        "environment": "production" if runtime.production else "development or test",
        "base URL": where,
        "database": runtime.database.engine.url.render_as_string(hide_password=True),
        "secondary storage": type(runtime.secondary).__name__ if runtime.secondary is not None else "none",
        "plugins": [plugin for plugin in runtime.operations if plugin] or ["none"],
        "tables": [entity.table.name for entity in runtime.tables.all()],
        "endpoints": str(sum(not o.server_only for found in runtime.operations.values() for o in found)),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
