"""How tables look in the document (open-api sheet §3)."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from fastapi_betterauth.pipeline.tables import Tables
from fastapi_betterauth.storage.compose import Entity, FieldSpec


def table_schemas(tables: Tables) -> dict[str, Any]:
    """Returns: a schema per table, by its name in the document."""
    counters = tables.rate_limit
    shown = (entity for entity in tables.all() if counters is None or entity.key != counters.key)
    return {_name(entity.key): _schema(entity) for entity in shown}


def _name(key: str) -> str:
    return "".join(part.capitalize() for part in key.split("_"))


def _schema(entity: Entity[Any]) -> dict[str, Any]:
    properties = {spec.wire: _field(spec) for spec in entity.fields}
    required = [spec.wire for spec in entity.fields if spec.name == "id" or (spec.required and not spec.private)]
    return {"type": "object", "properties": properties, "required": required}


def _field(spec: FieldSpec) -> dict[str, Any]:
    schema = {key: value for key, value in TypeAdapter(spec.annotation).json_schema().items() if key != "title"}
    if spec.name == "id" or spec.server_only:
        schema["readOnly"] = True
    return schema
