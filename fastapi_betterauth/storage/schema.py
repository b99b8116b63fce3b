"""Compares the live database with the composed tables, and adds what is missing (database sheet §8)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Index, Inspector, Table, func, inspect, select
from sqlalchemy.schema import CreateColumn

from fastapi_betterauth.errors import ConfigurationError, StorageError, TransientConflict

from .compose import Entity
from .engine import Database
from .faults import translated
from .fields import Fields

_ATTEMPTS = 10

MIGRATE_COMMAND = "fastapi-betterauth migrate"


@dataclass(frozen=True, slots=True)
class SchemaGap:
    """What the database lacks, or has too much of."""

    missing_tables: tuple[Table, ...] = ()
    missing_columns: tuple[Column[object], ...] = ()
    missing_indexes: tuple[Index, ...] = ()
    blocking_columns: tuple[str, ...] = ()
    """``table.column`` that is NOT NULL without a default and unknown to us: every insert would fail."""

    @property
    def fatal(self) -> bool:
        """Whether requests would fail."""
        return bool(self.missing_tables or self.missing_columns or self.blocking_columns)

    @property
    def can_be_mended(self) -> bool:
        """Whether something can be created."""
        return bool(self.missing_tables or self.missing_columns or self.missing_indexes)

    def error(self) -> ConfigurationError:
        """Returns: the error that names everything and the way out."""
        parts = [f"table {table.name!r} is missing" for table in self.missing_tables]
        parts += [f"column {c.table.name}.{c.name} is missing" for c in self.missing_columns]
        parts += [f"column {name} is NOT NULL without a default and unknown here" for name in self.blocking_columns]
        remedy = f"Run `{MIGRATE_COMMAND}`, or pass auto_migrate=True to have them created at start-up."
        if self.blocking_columns:
            remedy += " Give foreign columns a default or allow NULL."
        return ConfigurationError("database", f"{'; '.join(parts)}.", remedy)


async def find_gap(database: Database, entities: Iterable[Entity[Fields]]) -> SchemaGap:
    """Compare the live schema with the tables of these entities.

    Returns: the difference.
    Raises: StorageError: the database does not answer, or stays locked.
    """
    tables = tuple(entity.table for entity in entities)
    for _ in range(_ATTEMPTS - 1):
        try:
            return await _look(database, tables)
        except TransientConflict:
            # The worker that turns a new SQLite file to WAL locks the others out at once, time-out or not.
            await _pause()
    return await _look(database, tables)


async def add_missing(database: Database, entities: Iterable[Entity[Fields]]) -> SchemaGap:
    """Create missing tables, columns and indexes; never drop, rename or alter.

    Several workers may start at once: whoever comes second finds the work done.

    Returns: what is still wrong afterwards.
    Raises: ConfigurationError: a required column without a default would be added to a table that has rows.
    """
    entities = tuple(entities)
    gap = await find_gap(database, entities)
    for attempt in range(1, _ATTEMPTS + 1):
        if not gap.can_be_mended:
            break
        try:
            with translated():
                async with database.engine.begin() as connection:
                    await connection.run_sync(_mend, gap)
        except StorageError:
            # Another worker may be making the same table at this moment; what it has left is tried again.
            if attempt == _ATTEMPTS:
                raise
            await _pause()
        else:
            if gap == SchemaGap(missing_tables=gap.missing_tables):
                # Only whole tables were missing: there is nothing left that could be wrong.
                return SchemaGap()
        gap = await find_gap(database, entities)
    return gap


async def _look(database: Database, tables: Sequence[Table]) -> SchemaGap:
    with translated():
        async with database.reader.connect() as connection:
            return await connection.run_sync(_compare, tables)


async def _pause() -> None:
    await asyncio.sleep(random.uniform(0.05, 0.25))  # noqa: S311 - spreads contenders


def _compare(connection: Connection, tables: Sequence[Table]) -> SchemaGap:
    inspector = inspect(connection)
    missing_tables, missing_columns, missing_indexes, blocking = [], [], [], []
    for table in tables:
        if not inspector.has_table(table.name, schema=table.schema):
            missing_tables.append(table)
            continue
        live = {column["name"]: column for column in inspector.get_columns(table.name, schema=table.schema)}
        missing_columns += [column for column in table.columns if column.name not in live]
        ours = {column.name for column in table.columns}
        blocking += [
            f"{table.name}.{name}"
            for name, column in live.items()
            if name not in ours
            and not column["nullable"]
            and column.get("default") is None
            and column.get("autoincrement") is not True
            and not column.get("computed")
        ]
        missing_indexes += _missing_indexes(inspector, table)
    return SchemaGap(tuple(missing_tables), tuple(missing_columns), tuple(missing_indexes), tuple(blocking))


def _missing_indexes(inspector: Inspector, table: Table) -> list[Index]:
    """List indexes whose columns are covered by no live index or unique constraint."""
    live = {tuple(index["column_names"]) for index in inspector.get_indexes(table.name, schema=table.schema)}
    live |= {tuple(c["column_names"]) for c in inspector.get_unique_constraints(table.name, schema=table.schema)}
    return [index for index in table.indexes if tuple(column.name for column in index.columns) not in live]


def _mend(connection: Connection, gap: SchemaGap) -> None:
    created = set(gap.missing_tables)
    if created:
        gap.missing_tables[0].metadata.create_all(connection, tables=list(gap.missing_tables), checkfirst=True)
    for column in gap.missing_columns:
        _add_column(connection, column)
    for index in gap.missing_indexes:
        if index.table not in created:
            index.create(connection, checkfirst=True)


def _add_column(connection: Connection, column: Column[object]) -> None:
    table = column.table
    populated = connection.execute(select(func.count()).select_from(select(1).select_from(table).limit(1).subquery()))
    if not column.nullable and column.server_default is None and populated.scalar_one():
        raise ConfigurationError(
            f"column {table.name}.{column.name}",
            "it is required, has no default, and the table has rows.",
            "Write a migration that fills it, give the field a default, or make it optional.",
        )
    preparer = connection.dialect.identifier_preparer
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    name = preparer.format_table(table)
    connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {definition}")
    for key in column.foreign_keys:
        if connection.dialect.name != "sqlite" and key.constraint is not None:
            target = key.column
            connection.exec_driver_sql(
                f"ALTER TABLE {name} ADD FOREIGN KEY ({preparer.quote(column.name)}) "
                f"REFERENCES {preparer.format_table(target.table)} ({preparer.quote(target.name)})"
                + (f" ON DELETE {key.ondelete}" if key.ondelete else "")
            )
