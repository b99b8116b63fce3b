"""Composes the real tables of one instance from field mixins: the core's, the plugins', the host's.

For each table two classes come out: a *record*, the plain typed object that travels through the code, and a
*model*, the SQLModel table class that hosts join against and Alembic sees. Both have the same fields.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, Table
from sqlalchemy.orm import registry as Registry  # noqa: N812
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from fastapi_betterauth.errors import ConfigurationError

from .fields import Exact, Fields, OnUpdate, Private, ServerOnly, Sortable, Taken, Transform
from .ids import IdPolicy
from .naming import Naming, index_name, to_wire
from .types import JsonValue, Timestamp, key_text, long_text

R = TypeVar("R", bound=Fields)

_SQL_OPTIONS = ("primary_key", "nullable", "foreign_key", "ondelete", "unique", "index", "sa_type")
_SERVER_MANAGED = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What is known of one field of a table."""

    name: str
    wire: str
    annotation: Any
    core: bool
    """Belongs to the core's own mixin: never part of what clients may set generically."""
    server_only: bool
    private: bool
    sortable: bool
    nullable: bool
    default: Callable[[], object] | None
    """Makes the default, or None when the field must be given."""
    transform: Transform | None
    on_update: OnUpdate | None
    taken: Taken | None

    @property
    def required(self) -> bool:
        """Whether a value must be given at creation."""
        return self.default is None and not self.nullable


@dataclass(frozen=True, slots=True, eq=False)
class Entity(Generic[R]):
    """One table of one instance, with everything that knows about it."""

    key: str
    record: type[R]
    model: type[SQLModel]
    table: Table
    fields: tuple[FieldSpec, ...]
    by_name: Mapping[str, FieldSpec] = field(repr=False)
    ids: IdPolicy

    @property
    def extra_fields(self) -> tuple[FieldSpec, ...]:
        """Fields that plugins and the host added."""
        return tuple(spec for spec in self.fields if not spec.core)

    def build(self, values: dict[str, Any]) -> R:
        """Returns: a record around values that the database has just vouched for; nothing is validated."""
        record: R = self.record.__new__(self.record)
        object.__setattr__(record, "__dict__", values)
        object.__setattr__(record, "__pydantic_fields_set__", set(values))
        object.__setattr__(record, "__pydantic_extra__", None)
        object.__setattr__(record, "__pydantic_private__", None)
        return record

    def load(self, values: dict[Any, Any]) -> R:
        """Returns: the record of a row whose keys are field names, after output transforms."""
        for spec in self.fields:
            if spec.transform and spec.transform.on_output:
                values[spec.name] = spec.transform.on_output(values[spec.name])
        return self.build(values)

    def store(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Returns: values as they go to the database, after input transforms. Unknown names are refused."""
        out: dict[str, object] = {}
        for name, value in changes.items():
            transform = self.by_name[name].transform
            out[name] = transform.on_input(value) if transform and transform.on_input else value
        return out


def merged(entity: Entity[R], record: R, changes: Mapping[str, object]) -> R:
    """Returns: a record with other values, for what has no row."""
    return entity.build({**record.__dict__, **changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What is the same for all tables of an instance."""

    naming: Naming
    ids: IdPolicy
    metadata: MetaData
    dialect: str


class Composer:
    """Builds entities one after another, so that later tables can refer to earlier ones."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._tables: dict[str, Table] = {}
        self._base = _declarative_base(blueprint.metadata)

    def compose(
        self,
        key: str,
        core: type[R],
        additions: Sequence[type[SQLModel]] = (),
        *,
        unique_together: Sequence[tuple[str, ...]] = (),
        apart: bool = False,
    ) -> Entity[R]:
        """Build one table.

        Args: key: what the code calls it; core: the mixin every instance has, or the host's subclass of it;
            additions: mixins of plugins; apart: the database has no such table: nobody's metadata shall know it.
        Raises: ConfigurationError: two mixins define one column, a table class was given instead of a mixin,
            or the metadata already has a table of that name.
        """
        if apart:
            other = Composer(replace(self._blueprint, metadata=MetaData()))
            other._tables.update(self._tables)
            return other.compose(key, core, additions, unique_together=unique_together)
        name = self._blueprint.naming.table(key)
        if name in self._blueprint.metadata.tables:
            raise ConfigurationError(
                "metadata",
                f"it already has a table called {name!r}.",
                "Give each BetterAuth instance its own MetaData(), or another table name through naming=.",
            )
        base = _core_base(core)
        specs = _collect(key, base, core, additions)
        title = "".join(part.capitalize() for part in key.split("_"))
        record = cast("type[R]", _new_class(title, (core, *additions), {"__module__": core.__module__}))
        columns = {spec.name: self._column(key, record.model_fields[spec.name], spec) for spec in specs}
        namespace: dict[str, Any] = {
            "__module__": core.__module__,
            "__tablename__": name,
            "__table_args__": {"mysql_charset": "utf8mb4", "mysql_engine": "InnoDB"},
            "__annotations__": {spec.name: spec.annotation for spec in specs},
        }
        namespace |= {spec.name: _field_of(record.model_fields[spec.name], columns[spec.name]) for spec in specs}
        model = cast("type[SQLModel]", _new_class(title, (record, *self._base), namespace, table=True))
        table = cast("Table", model.__table__)  # type: ignore[attr-defined]
        _add_indexes(table, record, specs, unique_together)
        self._tables[key] = table
        return Entity(key, record, model, table, specs, {spec.name: spec for spec in specs}, self._blueprint.ids)

    def _column(self, key: str, info: FieldInfo, spec: FieldSpec) -> Column[Any]:
        """Build the column; everything about its physical form is decided here."""
        ids, options = self._blueprint.ids, _sql_options(info)
        name = self._blueprint.naming.column(key, spec.name)
        if options.get("primary_key"):
            return Column(
                name,
                ids.column_type(),
                key=spec.name,
                primary_key=True,
                autoincrement=ids.generate == "serial",
                server_default=ids.server_default(self._blueprint.dialect),
            )
        arguments: list[Any] = []
        kind = _column_type(info, spec, options)
        if target := options.get("foreign_key"):
            table, _, column = str(target).rpartition(".")
            own = self._tables.get(table)
            arguments.append(
                ForeignKey(own.c[column] if own is not None else str(target), ondelete=options.get("ondelete"))
            )
            if own is not None and column == "id":
                kind = ids.column_type()
        nullable = bool(options.get("nullable", spec.nullable))
        return Column(name, kind, *arguments, key=spec.name, nullable=nullable)


def _new_class(name: str, bases: tuple[type, ...], namespace: dict[str, Any], **settings: Any) -> type:
    """Make an SQLModel class at run time, as a ``class`` statement would."""
    return types.new_class(name, bases, settings, lambda body: body.update(namespace))


def _declarative_base(metadata: MetaData) -> tuple[type[SQLModel], ...]:
    """Returns: a private declarative base for metadata other than SQLModel's own."""
    if metadata is SQLModel.metadata:
        return ()
    base = _new_class("Base", (SQLModel,), {"__module__": __name__}, registry=Registry(metadata=metadata))
    return (cast("type[SQLModel]", base),)


def _core_base(core: type[Fields]) -> type[Fields]:
    """Returns: the core's own mixin among the ancestors of the host's class; else the class, a plugin's own table."""
    if core.model_config.get("table"):
        raise ConfigurationError(
            core.__name__,
            "this is a table class already.",
            "Leave out table=True: subclass the field mixin and let BetterAuth compose the table.",
        )
    ours = (c for c in core.__mro__ if c.__module__.startswith("fastapi_betterauth.") and c is not Fields)
    return next((c for c in ours if issubclass(c, Fields)), core)


def _collect(
    key: str, base: type[Fields], core: type[Fields], additions: Sequence[type[SQLModel]]
) -> tuple[FieldSpec, ...]:
    """List the fields: the core's, then each plugin's, then the host's (database sheet §1)."""
    specs = {name: _spec(name, info, core=True) for name, info in base.model_fields.items()}
    origin = dict.fromkeys(specs, base.__name__)
    for mixin in (*additions, core):
        for name, info in mixin.model_fields.items():
            if name in specs:
                if mixin is not core and origin[name] != base.__name__:
                    raise ConfigurationError(
                        "plugins",
                        f"{mixin.__name__} and {origin[name]} both add the column {name!r} to table {key!r}.",
                        "Leave one of the two out.",
                    )
                if mixin is core and origin[name] not in (base.__name__, mixin.__name__):
                    specs[name] = _spec(name, info, core=False)
                continue
            specs[name], origin[name] = _spec(name, info, core=False), mixin.__name__
    return tuple(specs.values())


def _spec(name: str, info: FieldInfo, *, core: bool) -> FieldSpec:
    markers = info.metadata
    nullable = info.annotation is not None and type(None) in get_args(info.annotation)
    default: Callable[[], object] | None = None
    if info.default_factory is not None:
        default = cast("Callable[[], object]", info.default_factory)
    elif info.default is not PydanticUndefined:
        default = _constant(info.default)
    wire = info.alias if isinstance(info.alias, str) else to_wire(name)
    return FieldSpec(
        name=name,
        wire=wire,
        annotation=info.annotation,
        core=core,
        server_only=ServerOnly in markers or name in _SERVER_MANAGED,
        private=Private in markers,
        sortable=Sortable in markers,
        nullable=nullable,
        default=default,
        transform=next((m for m in markers if isinstance(m, Transform)), None),
        on_update=next((m for m in markers if isinstance(m, OnUpdate)), None),
        taken=next((m for m in markers if isinstance(m, Taken)), None),
    )


def _constant(value: object) -> Callable[[], object]:
    return lambda: value


def _sql_options(info: FieldInfo) -> dict[str, Any]:
    """Gather what SQLModel's Field() was told about the column."""
    found: dict[str, Any] = {}
    for holder in (info, *info.metadata):
        for option in _SQL_OPTIONS:
            value = getattr(holder, option, PydanticUndefined)
            if value is not PydanticUndefined and value is not None and not callable(getattr(value, "bind", None)):
                found.setdefault(option, value)
    return found


def _column_type(info: FieldInfo, spec: FieldSpec, options: Mapping[str, Any]) -> TypeEngine[Any]:
    """Returns: the physical type of a field (database sheet §2)."""
    if chosen := options.get("sa_type"):
        kind_of: TypeEngine[Any] = chosen() if isinstance(chosen, type) else chosen
        return kind_of
    short = options.get("unique") or options.get("index") or options.get("foreign_key")
    text = key_text() if short or spec.sortable or Exact in info.metadata else long_text()
    kind = plain_type(info.annotation)
    known: dict[Any, TypeEngine[Any]] = {
        str: text,
        bool: Boolean(),
        int: BigInteger().with_variant(Integer(), "sqlite"),
        float: Double(),
        datetime: Timestamp(),
    }
    if kind in known:
        return known[kind]
    return text if get_origin(kind) is Literal else JsonValue()


def plain_type(annotation: Any) -> Any:
    """Returns: the annotation without ``| None``."""
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _field_of(info: FieldInfo, column: Column[Any]) -> Any:
    if info.default_factory is not None:
        return Field(default_factory=cast("Callable[[], Any]", info.default_factory), sa_column=column)
    return Field(default=info.default, sa_column=column)


def _add_indexes(
    table: Table,
    record: type[SQLModel],
    specs: Sequence[FieldSpec],
    unique_together: Sequence[tuple[str, ...]],
) -> None:
    for spec in specs:
        options = _sql_options(record.model_fields[spec.name])
        unique = bool(options.get("unique"))
        if unique or options.get("index"):
            Index(
                index_name(table.name, (table.c[spec.name].name,), unique=unique),
                table.c[spec.name],
                unique=unique,
            )
    for names in unique_together:
        columns = [table.c[name] for name in names]
        Index(index_name(table.name, tuple(c.name for c in columns), unique=True), *columns, unique=True)
