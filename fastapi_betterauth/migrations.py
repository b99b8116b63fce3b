"""Our tables in Alembic: the types that revisions name, and an environment that writes and runs them.

An ``env.py`` of your own needs two things: import your ``auth``, so that its tables are in the metadata, and pass
``render_item=render_item`` to ``context.configure``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from .storage.types import IdType, JsonValue, KeyText, LongText, SerialKey, Timestamp, UuidKey, key_text, long_text

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.environment import EnvironmentContext
    from sqlalchemy import Connection, MetaData

    from .auth import BetterAuth

_IMPORT = "from fastapi_betterauth import migrations as ba"

_BARE = (Timestamp, IdType, SerialKey, UuidKey, JsonValue)

__all__ = [
    "IdType",
    "JsonValue",
    "SerialKey",
    "Timestamp",
    "UuidKey",
    "key_text",
    "long_text",
    "render_item",
    "run_migrations",
]


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types, and SQLModel's, so that a revision runs as it stands. Returns: source, or False."""
    if kind != "type":
        return False
    if type(item).__module__.startswith("sqlmodel"):
        autogen.imports.add("import sqlmodel")
        return False
    written = _written(item)
    if written is None:
        return False
    autogen.imports.add(_IMPORT)
    return f"ba.{written}"


def _written(item: Any) -> str | None:
    if isinstance(item, KeyText):
        return "key_text()" if item.most == KeyText().most else f"key_text({item.most})"
    if isinstance(item, LongText):
        return "long_text()"
    return f"{type(item).__name__}()" if isinstance(item, _BARE) else None


def run_migrations(
    context: EnvironmentContext, auth: BetterAuth[Any, Any], *, metadata: MetaData | None = None, **options: Any
) -> None:
    """Run the migrations of an ``env.py``, online or offline, on the instance's own database.

    Args: metadata: the tables to compare with; by default those beside the instance's. options: further arguments of
        ``context.configure``.
    """
    database = auth.database
    settings: dict[str, Any] = {
        "target_metadata": auth.metadata if metadata is None else metadata,
        "render_item": render_item,
        "render_as_batch": database.dialect == "sqlite",
        **options,
    }
    if context.is_offline_mode():
        url = database.engine.url.render_as_string(hide_password=False)
        context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **settings)
        with context.begin_transaction():
            context.run_migrations()
        return

    def run(connection: Connection) -> None:
        context.configure(connection=connection, **settings)
        with context.begin_transaction():
            context.run_migrations()

    async def online() -> None:
        async with database.engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
        # Alembic may run this several times, each time in a loop of its own.
        await database.engine.dispose()

    asyncio.run(online())
