"""How tables and columns are called in the database, and how fields are called on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fastapi_betterauth.errors import ConfigurationError

NamingStyle = Literal["snake_case", "camelCase"]

# What every supported database takes without surprises, so that a name can never carry SQL (SC-DB-01).
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def to_wire(name: str) -> str:
    """Returns: the camelCase name that the field of this snake_case name has in JSON."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@dataclass(frozen=True, kw_only=True, slots=True)
class TableNaming:
    """Names for one table that differ from the house style."""

    table: str | None = None
    """The table's name."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column names by field name (snake_case)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """How every table is named.

    Raises: ConfigurationError: a name is not a plain identifier, or the style is unknown.
    """

    style: NamingStyle = "snake_case"
    """``camelCase`` speaks to a database that Better Auth made."""
    plural: bool = False
    """Append ``s`` to table names."""
    tables: Mapping[str, TableNaming] = field(default_factory=dict)
    """Single exceptions by table (``user``, ``session``, ``account``, ``verification``)."""

    def __post_init__(self) -> None:
        if self.style not in ("snake_case", "camelCase"):
            raise ConfigurationError("naming", f"unknown style {self.style!r}.", "Use 'snake_case' or 'camelCase'.")
        for key, names in self.tables.items():
            for name in filter(None, (names.table, *names.columns.values())):
                if not _IDENTIFIER.fullmatch(name):
                    raise ConfigurationError(
                        f"naming.tables[{key!r}]",
                        f"{name!r} is not a plain identifier.",
                        "Use letters, digits and underscores, 63 at most.",
                    )

    def table(self, key: str) -> str:
        """Returns: the physical name of the table called ``key`` (snake_case) in the code."""
        names = self.tables.get(key)
        if names and names.table:
            return names.table
        name = to_wire(key) if self.style == "camelCase" else key
        return f"{name}s" if self.plural else name

    def column(self, key: str, name: str) -> str:
        """Returns: the physical name of a field's column."""
        names = self.tables.get(key)
        if names and name in names.columns:
            return names.columns[name]
        return to_wire(name) if self.style == "camelCase" else name


def index_name(table: str, columns: tuple[str, ...], *, unique: bool) -> str:
    """Name an index as Better Auth does (database sheet §2), so that a migrated database keeps its own.

    Returns: ``<table>_<columns>_idx`` or ``_uidx``; past 63 bytes cut and ended by an 8-digit FNV-1a hash.
    """
    name = f"{table}_{'_'.join(columns)}_{'uidx' if unique else 'idx'}"
    if len(name.encode()) <= 63:  # noqa: PLR2004 - PostgreSQL's limit
        return name
    digest = 0x811C9DC5
    for byte in name.encode():
        digest = (digest ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{name[:54]}_{digest:08x}"
