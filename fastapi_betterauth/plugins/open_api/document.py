"""The document: what FastAPI knows of the endpoints, arranged as Better Auth does (open-api sheet §3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi.openapi.utils import get_openapi

from fastapi_betterauth.pipeline.operation import Operation
from fastapi_betterauth.pipeline.route import AuthRoute
from fastapi_betterauth.pipeline.runtime import Runtime

from .options import OpenApiOptions
from .tables import table_schemas

_CORE = "Default"
_BEARER = [{"bearerAuth": list[str]()}]
_REFUSAL = {"type": "object", "properties": {"message": {"type": "string"}}}
_REFUSALS = {
    "400": "Bad Request",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not Found",
    "429": "Too Many Requests",
    "500": "Internal Server Error",
}


def build_document(auth: Runtime, options: OpenApiOptions, *, own_id: str) -> dict[str, Any]:
    """Describe all endpoints that can be reached, but for the plugin's own.

    Args: own_id: the plugin's.
    Returns: the document without ``servers``, which depend on the request.
    """
    listed = [(plugin, o) for plugin, o in _reachable(auth) if plugin != own_id]
    routes = [AuthRoute.bind(auth, o) for _, o in listed]
    base = get_openapi(title=options.title, version=options.version, routes=routes)
    found, prefix = base["paths"], auth.base_url.path
    paths: dict[str, Any] = {}
    for plugin, operation in listed:
        for method in operation.methods:
            described = found[prefix + operation.path][method.lower()]
            paths.setdefault(operation.path, {})[method.lower()] = _arranged(described, plugin, operation)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": options.title,
            "description": "API Reference for your Better Auth Instance",
            "version": options.version,
        },
        "components": {
            "securitySchemes": _schemes(),
            "schemas": base.get("components", {}).get("schemas", {}) | table_schemas(auth.tables),
        },
        "security": [{"apiKeyCookie": [], "bearerAuth": []}],
        "tags": [{"name": _CORE, "description": "The endpoints of Better Auth itself; plugins follow."}],
        "paths": paths,
    }


def _reachable(auth: Runtime) -> Iterator[tuple[str, Operation[Any]]]:
    for plugin, operations in auth.operations.items():
        for operation in operations:
            if not operation.server_only and operation.path not in auth.disabled_paths:
                yield plugin, operation


def _arranged(described: dict[str, Any], plugin: str, operation: Operation[Any]) -> dict[str, Any]:
    """Returns: an endpoint with the tag, the name and the answers that the sheet asks for."""
    out = {key: value for key, value in described.items() if key != "operationId"}
    out["tags"] = [plugin[:1].upper() + plugin[1:] if plugin else _CORE]
    out["security"] = _BEARER
    if operation.open_api_id is not None:
        out["operationId"] = operation.open_api_id
    if not plugin and "GET" not in operation.methods and "requestBody" not in out:
        out["requestBody"] = {"content": {"application/json": {"schema": {"type": "object", "properties": {}}}}}
    content = {"application/json": {"schema": _REFUSAL}}
    refusals = {status: {"description": text, "content": content} for status, text in _REFUSALS.items()}
    out["responses"] = refusals | out["responses"]
    return out


def _schemes() -> dict[str, Any]:
    return {
        "apiKeyCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "apiKeyCookie",
            "description": "The session's cookie",
        },
        "bearerAuth": {"type": "http", "scheme": "bearer", "description": "The session's token"},
    }
