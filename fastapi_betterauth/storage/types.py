"""Column types that mean the same on SQLite, PostgreSQL, MySQL and MariaDB.

Physical types follow Better Auth (database sheet §2), so that a database it made is read as it stands.
Identifiers and secrets have a binary collation: a look-up never matches another case or accent (SC-DB-10).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Dialect, Integer, String, Text, Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

_MYSQL = ("mysql", "mariadb")


class _AsCreated:
    """Tells Alembic that a live column of this type is as it should be.

    Better Auth's databases and ours differ in spelling here and there; nobody wants a revision for that.
    """

    def compare_against_backend(self, _dialect: Dialect, _live: TypeEngine[Any]) -> bool:
        """Returns: that nothing is to be altered."""
        return True


class _ExactVarchar(_AsCreated, String):
    """Equal only to itself: case, accents and trailing spaces count."""


class _ExactText(_AsCreated, Text):
    """The same without a length."""


class KeyText(_AsCreated, Text):
    """Text that is unique, indexed or compared: exact to the last bit on every database.

    Args: most: characters, where the database wants to know.
    """

    def __init__(self, most: int = 255) -> None:
        super().__init__()
        self.most = most


class LongText(_AsCreated, Text):
    """Text without a length that matters."""

    def __init__(self) -> None:
        super().__init__()


@compiles(_ExactVarchar, *_MYSQL)
@compiles(_ExactText, *_MYSQL)
def _exact(type_: _ExactVarchar | _ExactText, compiler: Any, **_settings: Any) -> str:
    # The plain binary collation ignores trailing spaces; the one that does not has another name on each server.
    collation = "utf8mb4_nopad_bin" if compiler.dialect.is_mariadb else "utf8mb4_0900_bin"
    kind = f"VARCHAR({type_.length})" if isinstance(type_, _ExactVarchar) else "MEDIUMTEXT"
    return f"{kind} CHARACTER SET utf8mb4 COLLATE {collation}"


class _Milliseconds(_AsCreated, DateTime):
    """A moment with three decimals."""


@compiles(_Milliseconds, *_MYSQL)
def _milliseconds(_type: _Milliseconds, _compiler: Any, **_settings: Any) -> str:
    return "DATETIME(3)"


def key_text(length: int = 255) -> TypeEngine[str]:
    """Returns: text that is unique, indexed or compared: exact to the last bit on every database."""
    return KeyText(length).with_variant(_ExactVarchar(length), *_MYSQL)


def long_text() -> TypeEngine[str]:
    """Returns: text without a length that matters."""
    return LongText().with_variant(_ExactText(), *_MYSQL)


class IdType(_AsCreated, TypeDecorator[str]):
    """The type of our ids, for columns of yours that refer to them: ``Field(foreign_key="user.id", sa_type=IdType)``.

    MySQL and MariaDB refuse a foreign key between columns that compare text in different ways.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the physical type."""
        return dialect.type_descriptor(_ExactVarchar(255) if dialect.name in _MYSQL else Text())


class Timestamp(_AsCreated, TypeDecorator[datetime]):
    """An aware moment in UTC with milliseconds: timestamptz, DATETIME(3), or ISO text on SQLite.

    Reads what others may have left on SQLite, too: integers of milliseconds and texts with an offset.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the physical type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(24))
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(_Milliseconds())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write UTC, cut to milliseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if dialect.name == "sqlite":
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return moment.replace(tzinfo=None) if dialect.name in _MYSQL else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read as an aware moment, whatever wrote it."""
        if value is None:
            return None
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class SerialKey(_AsCreated, TypeDecorator[str]):
    """A number in the database that is text everywhere else (database sheet §3)."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write a number; what is no number matches no row."""
        if value is None:
            return None
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1  # noqa: PLR2004

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Read text."""
        return None if value is None else str(value)


class UuidKey(_AsCreated, TypeDecorator[str]):
    """A UUID column on PostgreSQL, text elsewhere; always text in Python."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the physical type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid(as_uuid=True))
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(_ExactVarchar(36))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Write a UUID; what is none matches no row."""
        if value is None or dialect.name != "postgresql":
            return value
        try:
            return UUID(value)
        except ValueError:
            return uuid4()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Read text."""
        return None if value is None else str(value)


class JsonValue(_AsCreated, TypeDecorator[Any]):
    """JSON: jsonb on PostgreSQL, json on MySQL, text on SQLite; reads text holding JSON as well."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the physical type."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON())
        # A dialect takes 20 ms to import: only who uses PostgreSQL pays for it.
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415

        return dialect.type_descriptor(JSONB())

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read the value, also where another writer stored it as a JSON text."""
        if isinstance(value, str) and value[:1] in {"{", "["}:
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value
