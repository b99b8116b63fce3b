"""Searching, filtering and paging users (admin sheet §5.10, §5.11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, true

from fastapi_betterauth.errors import APIError
from fastapi_betterauth.storage.compose import Entity, FieldSpec, plain_type
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.repository import Condition, Repository

from .schemas import ListUsersQuery

Column = ColumnElement[Any]
_MOST: Final = 10_000

_TEXT: Final[Mapping[str, Callable[[Column, str], Condition]]] = {
    "contains": lambda column, text: column.contains(text, autoescape=True),
    "starts_with": lambda column, text: column.startswith(text, autoescape=True),
    "ends_with": lambda column, text: column.endswith(text, autoescape=True),
}
_COMPARE: Final[Mapping[str, Callable[[Column, Any], Condition]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
}


class UnknownColumnError(Exception):
    """There is no such column, or nothing can be compared with it like that."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some users, and how many there are."""

    users: Sequence[UserFields]
    total: int


async def find_users(rows: Repository[UserFields], query: ListUsersQuery) -> Page:
    """Find a page of users. What cannot be asked of the table finds nobody."""
    try:
        condition = _condition(rows.entity, query)
        order = _order(rows.entity, query)
    except UnknownColumnError:
        return Page((), 0)
    users = await rows.find_many(
        condition, order=order, limit=number(query.limit) or None, offset=number(query.offset) or 0
    )
    return Page(users, await rows.count(condition))


def number(text: str | int | None) -> int:
    """Returns: a count of rows; nonsense and negative numbers are 0, the largest is ten thousand (SC-DB-14)."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0
    return int(min(value, _MOST)) if value > 0 else 0


def _condition(entity: Entity[UserFields], query: ListUsersQuery) -> Condition:
    parts: list[Condition] = [entity.table.c.id.is_not(None)]
    if query.search_value:
        parts.append(_TEXT[query.search_operator](entity.table.c[query.search_field], query.search_value))
    if query.filter_value is not None:
        parts.append(_filter(entity, query))
    return and_(true(), *parts)


def _filter(entity: Entity[UserFields], query: ListUsersQuery) -> Condition:
    spec = _spec(entity, query.filter_field)
    column, operator, given = entity.table.c[spec.name], query.filter_operator, query.filter_value
    values = given if isinstance(given, list) else [given or ""]
    if operator in _TEXT:
        if plain_type(spec.annotation) is not str or isinstance(given, list):
            raise UnknownColumnError
        return _TEXT[operator](column, values[0])
    read = [_value(spec, value) for value in values]
    if operator == "in":
        return column.in_(read)
    if operator == "not_in":
        return column.not_in(read)
    if isinstance(given, list):
        raise UnknownColumnError
    return _COMPARE[operator](column, read[0])


def _order(entity: Entity[UserFields], query: ListUsersQuery) -> Any:
    if query.sort_by is None:
        return None
    column = entity.table.c[_spec(entity, query.sort_by).name]
    return column.desc() if query.sort_direction == "desc" else column.asc()


def _spec(entity: Entity[UserFields], wire: str) -> FieldSpec:
    """Find a column by its wire name; private ones cannot be asked about, not even by comparing."""
    for spec in entity.fields:
        if spec.wire == wire and not spec.private:
            return spec
    raise UnknownColumnError


def _value(spec: FieldSpec, text: str) -> object:
    kind = plain_type(spec.annotation)
    try:
        if kind is bool:
            return {"true": True, "false": False}[text]
        if kind in (int, float):
            return kind(text)
        if kind is datetime:
            return _moment(text)
    except (KeyError, ValueError, APIError):
        raise UnknownColumnError from None
    return text


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip('"'))
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return moment
