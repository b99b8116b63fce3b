"""The one place where driver errors become errors of ours (STYLE §5).

What a driver says may hold values of the failed statement; none of it is carried along (SC-LOG-02).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from fastapi_betterauth.errors import (
    DatabaseUnavailable,
    StorageError,
    TransientConflict,
    UniqueViolation,
    ValueTooLong,
)

_UNIQUE = frozenset({"23505", "1062", "2067", "1555"})
"""unique_violation; MySQL duplicate entry; SQLite UNIQUE and PRIMARY KEY constraints."""

_TRANSIENT = frozenset({"40001", "40P01", "55P03", "1205", "1213", "1020", "5", "6", "517"})
"""Serialization failure, deadlock, lock not available; MySQL lock wait, deadlock, changed row; SQLite busy."""

_PARENT_GONE = frozenset({"23503", "1452", "787"})
"""Foreign key violations: the row that another one is about to refer to went a moment ago."""

_TOO_LONG = frozenset({"22001", "1406"})
"""string_data_right_truncation; MySQL data too long."""

_GONE = frozenset({"57P01", "57P02", "57P03", "53300", "2003", "2006", "2013", "2055", "1040", "1053", "1927", "14"})
"""Server shutting down, starting, full; MySQL gone away; SQLite cannot open the file."""


@contextmanager
def translated() -> Iterator[None]:
    """Run statements; raise ours for what the driver raises.

    Raises: UniqueViolation, ValueTooLong, TransientConflict, DatabaseUnavailable, or StorageError for anything else.
    """
    try:
        yield
    except DBAPIError as error:
        raise _ours(error) from None
    except PoolTimeout:
        raise DatabaseUnavailable("no database connection became free in time") from None
    except OSError:
        raise DatabaseUnavailable("the database cannot be reached") from None


def _ours(error: DBAPIError) -> StorageError:
    codes = set(_codes(error))
    if isinstance(error, IntegrityError) and codes & _UNIQUE:
        return UniqueViolation("the value is taken")
    if codes & _TOO_LONG:
        return ValueTooLong("a value is longer than its column")
    if codes & (_TRANSIENT | _PARENT_GONE):
        return TransientConflict("the transaction met another one")
    broken = error.connection_invalidated or isinstance(error, InterfaceError)
    if broken or codes & _GONE or (isinstance(error, OperationalError) and not codes):
        return DatabaseUnavailable("the database does not answer")
    return StorageError(f"the database refused the statement ({type(error.orig).__name__}, {', '.join(sorted(codes))})")


def _codes(error: DBAPIError) -> Iterator[str]:
    """Yields: SQLSTATE, MySQL error number, SQLite extended and primary result code, as far as there are any."""
    seen: set[int] = set()
    cause: BaseException | None = error.orig
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        for name in ("sqlstate", "pgcode", "sqlite_errorcode"):
            if (value := getattr(cause, name, None)) is not None:
                yield str(value)
        if cause.args and isinstance(cause.args[0], int):
            yield str(cause.args[0])
        cause = cause.__cause__
