"""Who makes primary keys, and of what kind (database sheet §3)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import DefaultClause, text
from sqlalchemy.types import TypeEngine

from fastapi_betterauth.crypto.random import random_id
from fastapi_betterauth.errors import ConfigurationError

from .types import SerialKey, UuidKey, key_text

GenerateId = Callable[[str], str] | Literal["random", "uuid", "serial", "database"]
"""``random``: 32 letters and digits. ``uuid``: version 4. ``serial``: numbers counted by the database.
``database``: the column's own default. Or a function from the table's name to a new id."""


@dataclass(frozen=True, slots=True)
class IdPolicy:
    """The kind of id all tables of one instance have.

    Raises: ConfigurationError: the option is none of the known kinds.
    """

    generate: GenerateId = "random"

    def __post_init__(self) -> None:
        if not callable(self.generate) and self.generate not in ("random", "uuid", "serial", "database"):
            raise ConfigurationError(
                "advanced.generate_id",
                f"{self.generate!r} is not known.",
                "Use 'random', 'uuid', 'serial', 'database' or a function.",
            )

    def column_type(self) -> TypeEngine[Any]:
        """Returns: the type of id columns and of foreign keys to them."""
        if self.generate == "serial":
            return SerialKey()
        return UuidKey() if self.generate == "uuid" else key_text()

    def server_default(self, dialect: str) -> DefaultClause | None:
        """Returns: the default of id columns that this dialect needs when the database makes the ids."""
        if self.generate == "uuid" and dialect == "postgresql":
            return _default("gen_random_uuid()")
        if self.generate != "database":
            return None
        return _default(
            {
                "postgresql": "replace(gen_random_uuid()::text, '-', '')",
                "sqlite": "(lower(hex(randomblob(16))))",
            }.get(dialect, "(replace(uuid(), '-', ''))")
        )

    def new_id(self, table: str, suggested: str | None = None) -> str | None:
        """Make an id.

        Args: table: the name of the table; suggested: an id the caller would like.
        Returns: the id, or None when the database makes it.
        """
        if self.generate in ("serial", "database"):
            return None
        if suggested is not None and (self.generate != "uuid" or _is_uuid(suggested)):
            return suggested
        if self.generate == "uuid":
            return str(uuid4())
        return self.generate(table) if callable(self.generate) else random_id()

    def plausible_id(self, table: str) -> str:
        """Returns: an id that looks like one of ours, also where the database makes them; for decoys."""
        made = self.new_id(table)
        if made is not None:
            return made
        return str(100 + secrets.randbelow(900_000)) if self.generate == "serial" else uuid4().hex


def _default(expression: str) -> DefaultClause:
    return DefaultClause(text(expression))


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
