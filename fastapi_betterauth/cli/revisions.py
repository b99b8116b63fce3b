"""Writes and applies revisions, by the host's own Alembic environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script, ScriptDirectory

from alembic import command
from fastapi_betterauth.migrations import render_item


@dataclass(frozen=True, slots=True)
class Written:
    """A revision that was written."""

    script: Script
    changes: tuple[str, ...]
    """What it does, in words."""


def write(config: Config, message: str) -> Written | None:
    """Compare the app's tables with the database, and write what is missing.

    Returns: the revision, or None when nothing is to be done.
    Raises: CommandError: as Alembic does, such as when older revisions were not applied.
    """
    changes: list[str] = []

    def look(context: Any, _revision: Any, directives: list[ops.MigrationScript]) -> None:
        # An env.py that does not know of our types learns of them here.
        context.opts.setdefault("render_item", None)
        context.opts["render_item"] = context.opts["render_item"] or render_item
        upgrade = directives[0].upgrade_ops
        changes.extend(_described(upgrade))
        _leave_indexes_to_their_tables(directives[0].downgrade_ops)
        if upgrade is None or upgrade.is_empty():
            directives[:] = []

    written = command.revision(config, message=message, autogenerate=True, process_revision_directives=look)
    if not changes or not isinstance(written, Script):
        return None
    return Written(written, tuple(changes))


def apply(config: Config) -> list[str]:
    """Apply what is outstanding. Returns: the revisions, in words."""
    scripts, before = ScriptDirectory.from_config(config), set(_current(config))
    command.upgrade(config, "head")
    after = set(_current(config))
    return [_titled(script) for script in _between(scripts, before, after)] if before != after else []


def _leave_indexes_to_their_tables(downgrade: ops.DowngradeOps | None) -> None:
    """Drop no index of a table that goes anyway: MySQL refuses where a foreign key uses it."""
    if downgrade is None:
        return
    gone = {operation.table_name for operation in downgrade.ops if isinstance(operation, ops.DropTableOp)}
    needless = (ops.DropIndexOp, ops.ModifyTableOps)
    downgrade.ops[:] = [o for o in downgrade.ops if not (isinstance(o, needless) and o.table_name in gone)]


def _current(config: Config) -> tuple[str, ...]:
    """Returns: the revisions the database is at."""
    found: list[str] = []

    def look(revisions: Any, _context: Any) -> list[Any]:
        found.extend(revisions if isinstance(revisions, tuple) else [revisions] if revisions else [])
        return []

    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, scripts, fn=look):
        scripts.run_env()
    return tuple(found)


def _between(scripts: ScriptDirectory, before: set[str], after: set[str]) -> list[Script]:
    lower = tuple(before) or "base"
    walked = scripts.iterate_revisions(cast("Any", tuple(after)), cast("Any", lower))
    return [script for script in reversed(list(walked)) if script.revision not in before]


def _titled(script: Script) -> str:
    title = (script.doc or "").partition("\n")[0].rstrip(".")
    return f"{script.revision} {title}".strip()


def _described(upgrade: ops.UpgradeOps | None) -> Iterator[str]:
    """Yields: each change in words."""
    for operation in _flat(upgrade.ops if upgrade is not None else []):
        if isinstance(operation, ops.CreateTableOp):
            yield f"create table {operation.table_name}"
        elif isinstance(operation, ops.DropTableOp):
            yield f"drop table {operation.table_name}"
        elif isinstance(operation, ops.AddColumnOp):
            yield f"add column {operation.table_name}.{operation.column.name}"
        elif isinstance(operation, ops.DropColumnOp):
            yield f"drop column {operation.table_name}.{operation.column_name}"
        elif isinstance(operation, ops.CreateIndexOp):
            yield f"create index {operation.index_name}"
        elif isinstance(operation, ops.DropIndexOp):
            yield f"drop index {operation.index_name}"
        else:
            yield type(operation).__name__.removesuffix("Op")


def _flat(operations: list[Any]) -> Iterator[Any]:
    for operation in operations:
        if isinstance(operation, ops.ModifyTableOps):
            yield from _flat(operation.ops)
        else:
            yield operation
