"""Rows in, records out: the few ways in which tables are read and changed, hooks included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnClause, UnaryExpression
from sqlalchemy.sql.visitors import iterate

from fastapi_betterauth.clock import Clock, to_milliseconds
from fastapi_betterauth.errors import APIError

from .compose import Entity
from .fields import Fields
from .hooks import Abort, Changes, TableHooks
from .transaction import UnitOfWork

R = TypeVar("R", bound=Fields)

Condition = ColumnElement[bool]
Order = ColumnElement[Any] | UnaryExpression[Any]

FIND_LIMIT = 100
"""How many rows a list holds at most when nobody says otherwise (core-config sheet §8)."""


class Repository(Generic[R]):
    """All access to one table within one unit of work.

    Every condition is required, and names a column where rows are changed: there is no way to change a whole table
    by leaving one out (SC-DB-12).
    """

    def __init__(
        self,
        unit: UnitOfWork,
        entity: Entity[R],
        hooks: Sequence[TableHooks[R]],
        clock: Clock,
        find_limit: int = FIND_LIMIT,
    ) -> None:
        self.unit = unit
        self.entity = entity
        self.columns = entity.table.c
        self._hooks = hooks
        self._clock = clock
        self.find_limit = find_limit

    def within(self, unit: UnitOfWork) -> Repository[R]:
        """Returns: the same table seen through another unit of work."""
        return type(self)(unit, self.entity, self._hooks, self._clock, self.find_limit)

    async def find(self, condition: Condition, *, order: Order | None = None) -> R | None:
        """Returns: the first row that meets the condition."""
        found = await self.find_many(condition, order=order, limit=1)
        return found[0] if found else None

    async def find_many(
        self,
        condition: Condition,
        *,
        order: Order | None = None,
        limit: int | None = None,
        offset: int = 0,
        locking: bool = False,
    ) -> list[R]:
        """Find the rows that meet the condition, at most ``limit`` (by default the configured cap).

        Args: locking: read what others have committed by now, and keep them from changing it. A plain read on MySQL
            sees the database as it was at the transaction's first read (SC-DB-06).
        """
        statement = self._select().where(condition).limit(limit or self.find_limit).offset(offset)
        if order is not None:
            statement = statement.order_by(order)
        if locking:
            statement = statement.with_for_update()
        with self.unit.telemetry.database("find", self.entity.key):
            rows = await self.unit.rows(statement)
        return [self.entity.load(dict(row._mapping)) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name

    async def count(self, condition: Condition) -> int:
        """Returns: how many rows meet the condition."""
        rows = await self.unit.rows(select(func.count()).select_from(self.entity.table).where(condition))
        return int(rows[0][0])

    async def create(
        self, values: Changes, *, id_suggestion: str | None = None, forced_id: str | None = None
    ) -> R | None:
        """Write a row.

        Args: values: by field name; defaults fill the rest. id_suggestion: taken where the id policy allows.
            forced_id: the primary key whatever the policy says.
        Returns: the row as stored, or None when a hook refused it.
        Raises: UniqueViolation: a unique value is taken.
        """
        row = await self.prepare(values, id_suggestion=id_suggestion, forced_id=forced_id)
        if row is None:
            return None
        await self._refuse_taken(row.__dict__)
        with self.unit.telemetry.database("create", self.entity.key):
            return await self._insert(row)

    async def prepare(
        self, values: Changes, *, id_suggestion: str | None = None, forced_id: str | None = None
    ) -> R | None:
        """Complete a row and show it to the hooks; for what is kept elsewhere than in the table.

        Returns: the row to write, or None when a hook refused it.
        """
        now = to_milliseconds(self._clock())
        complete: dict[str, Any] = {"created_at": now, "updated_at": now}
        for spec in self.entity.fields:
            given = values.get(spec.name)
            if (given is None and spec.default is not None and not spec.nullable) or (
                spec.name not in values and spec.default is not None
            ):
                given = spec.default()
            if given is not None or spec.name not in complete:
                complete[spec.name] = given
        complete["id"] = forced_id or self._policy_id(id_suggestion)
        ordered = {spec.name: complete[spec.name] for spec in self.entity.fields}
        row = self.entity.build(ordered)
        for hooks in self._hooks:
            if hooks.before_create is not None:
                verdict = await hooks.before_create(row, self.unit.caller)
                if isinstance(verdict, Abort):
                    return None
                row = self.entity.build({**row.__dict__, **(verdict or {})})
        return row

    async def _insert(self, row: R) -> R:
        stored = self.entity.store(row.__dict__)
        if stored["id"] is None:
            del stored["id"]
            result = await self.unit.write(insert(self.entity.table).values(stored))
            made = result.inserted_primary_key
            row = self.entity.build({**row.__dict__, "id": str(made[0]) if made is not None else ""})
        else:
            await self.unit.write(insert(self.entity.table).values(stored))
        self.announce("after_create", row)
        return row

    async def update(self, condition: Condition, changes: Changes) -> R | None:
        """Change the row that meets the condition.

        Returns: the row as it now is, or None when no row met the condition or a hook refused.
        """
        _narrows(condition)
        merged = await self.merge(changes)
        row = None if merged is None else await self.find(condition)
        if merged is None or row is None:
            return None
        await self._refuse_taken(merged, but=row.id)
        statement = update(self.entity.table).where(self.columns.id == row.id, condition)
        with self.unit.telemetry.database("update", self.entity.key):
            result = await self.unit.write(statement.values(self.entity.store(merged)))
        if result.rowcount == 0:
            return None
        changed = await self.find(self.columns.id == row.id)
        if changed is not None:
            self.announce("after_update", changed)
        return changed

    async def merge(self, changes: Changes) -> dict[str, object] | None:
        """Returns: the changes with what hooks and fields add to them, or None when a hook refused."""
        merged: dict[str, object] = dict(changes)
        for hooks in self._hooks:
            if hooks.before_update is not None:
                verdict = await hooks.before_update(changes, self.unit.caller)
                if isinstance(verdict, Abort):
                    return None
                merged |= verdict or {}
        for spec in self.entity.fields:
            if spec.on_update is not None and spec.name not in merged:
                merged[spec.name] = spec.on_update.value()
        if "updated_at" in self.entity.by_name:
            merged.setdefault("updated_at", to_milliseconds(self._clock()))
        return merged

    async def update_many(self, condition: Condition, changes: Changes) -> int:
        """Change all rows that meet the condition, without reading them. Returns: how many."""
        _narrows(condition)
        result = await self.unit.write(update(self.entity.table).where(condition).values(self.entity.store(changes)))
        return result.rowcount

    async def delete(self, condition: Condition) -> int:
        """Delete all rows that meet the condition. The first hook that refuses keeps them all.

        Returns: how many rows went.
        """
        _narrows(condition)
        watched = any(hooks.before_delete or hooks.after_delete for hooks in self._hooks)
        rows = await self.find_many(condition) if watched else []
        if not await self.may_delete(rows):
            return 0
        deleted = await self.remove(condition)
        for row in rows:
            self.announce("after_delete", row)
        return deleted

    async def may_delete(self, rows: Sequence[R]) -> bool:
        """Returns: whether no hook wants to keep one of these rows."""
        for row in rows:
            for hooks in self._hooks:
                if hooks.before_delete and isinstance(await hooks.before_delete(row, self.unit.caller), Abort):
                    return False
        return True

    async def remove(self, condition: Condition) -> int:
        """Delete all rows that meet the condition, without a word to the hooks. Returns: how many went."""
        _narrows(condition)
        with self.unit.telemetry.database("delete", self.entity.key):
            return (await self.unit.write(delete(self.entity.table).where(condition))).rowcount

    async def take(self, row: R) -> bool:
        """Delete a row that was read before, so that only one of many contenders succeeds.

        The number of deleted rows decides, on every driver alike (SC-DB-03, SC-DB-05).
        Returns: whether this caller took it.
        """
        if not await self.may_delete([row]):
            return False
        with self.unit.telemetry.database("consume", self.entity.key):
            result = await self.unit.write(delete(self.entity.table).where(self.columns.id == row.id))
        if result.rowcount == 1:
            self.announce("after_delete", row)
            return True
        return False

    async def increment(
        self, condition: Condition, deltas: Mapping[str, int], changes: Changes | None = None
    ) -> R | None:
        """Add to counters of one row in SQL; the condition selects the row and guards the change (SC-DB-04).

        Returns: the row as it now is, or None when the condition held for none.
        """
        _narrows(condition)
        values: dict[str, Any] = {name: self.columns[name] + delta for name, delta in deltas.items()}
        values |= self.entity.store(changes or {})
        if not values:
            raise ValueError("increment() without deltas and changes does nothing")
        row = await self.find(condition)
        if row is None:
            return None
        statement = update(self.entity.table).where(self.columns.id == row.id, condition).values(values)
        if (await self.unit.write(statement)).rowcount == 0:
            return None
        return await self.find(self.columns.id == row.id)

    async def _refuse_taken(self, values: Changes, *, but: str | None = None) -> None:
        """Name what is taken; of two that come at the same moment the unique index stops one."""
        for spec in self.entity.fields:
            value = values.get(spec.name)
            if spec.taken is None or value is None:
                continue
            holder = await self.find(self.columns[spec.name] == value)
            if holder is not None and holder.id != but:
                raise APIError(400, spec.taken.error)

    def _select(self) -> Select[Any]:
        return select(*(self.columns[spec.name].label(spec.name) for spec in self.entity.fields))

    def _policy_id(self, suggestion: str | None) -> str | None:
        return self.entity.ids.new_id(self.entity.key, suggestion)

    def announce(self, event: str, row: R) -> None:
        """Tell the hooks once it is durable. Args: event: ``after_create``, ``after_update`` or ``after_delete``."""
        for hooks in self._hooks:
            if (hook := getattr(hooks, event)) is not None:
                self.unit.after_commit(_Later(hook, row, self.unit))


class _Later:
    """A hook call that waits for the commit."""

    def __init__(self, hook: Any, row: Fields, unit: UnitOfWork) -> None:
        self._hook, self._row, self._caller = hook, row, unit.caller

    async def __call__(self) -> None:
        await self._hook(self._row, self._caller)


def _narrows(condition: Condition) -> None:
    """Refuse a condition that every row meets.

    Raises: ValueError: it names no column.
    """
    if not any(isinstance(part, ColumnClause) for part in iterate(condition)):
        raise ValueError("a condition without a column would change the whole table")


def contains(column: ColumnElement[str], text: str) -> Condition:
    """Returns: the condition that a column holds this text, taken literally (SC-DB-02)."""
    return column.contains(text, autoescape=True)


def same_ignoring_case(column: ColumnElement[str], text: str) -> Condition:
    """Returns: the condition that a column equals this text but for case."""
    return func.lower(column) == text.lower()
