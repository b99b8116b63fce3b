"""The endpoints of an app under test, read off its OpenAPI document so that new ones cannot be forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.builders.world import World

REDIRECT_FIELDS = {
    "callbackURL": "INVALID_CALLBACK_URL",
    "redirectTo": "INVALID_REDIRECT_URL",
    "errorCallbackURL": "INVALID_ERROR_CALLBACK_URL",
    "newUserCallbackURL": "INVALID_NEW_USER_CALLBACK_URL",
}
"""Each field that says where to go, with the code of its refusal."""

_BASE_PATH = "/api/auth"


@dataclass(frozen=True)
class Endpoint:
    """One method of one path below the base path."""

    method: str
    path: str
    body: Mapping[str, Mapping[str, Any]]
    """The properties of its JSON body."""
    required: tuple[str, ...]
    query: tuple[str, ...]
    guarded: bool
    """It is documented as demanding a session."""

    @property
    def url(self) -> str:
        """The path with something in the place of its parameters."""
        return _BASE_PATH + self.path.replace("{token}", "a-token").replace("{id}", "a-provider")

    @property
    def takes_anything(self) -> bool:
        """What a provider sends back is never refused by its shape: it ends on a page for errors."""
        return self.path.startswith("/callback/")

    @property
    def fields(self) -> tuple[str, ...]:
        """Redirect fields, of the body or the query."""
        return tuple(name for name in REDIRECT_FIELDS if name in self.body or name in self.query)

    def example(self, **more: Any) -> dict[str, Any]:
        """A body with everything that is required."""
        needed = self.required or tuple(name for name in ("accountId",) if name in self.body)
        return {name: _value_of(name, self.body[name]) for name in needed} | more


def endpoints(world: World, method: str | None = None) -> list[Endpoint]:
    """All endpoints that answer over HTTP, or those of one method."""
    document = world.app.openapi()
    found = [
        _endpoint(document, verb.upper(), path, operation)
        for path, item in document["paths"].items()
        if path.startswith(_BASE_PATH)
        for verb, operation in item.items()
    ]
    return [endpoint for endpoint in found if method in (None, endpoint.method)]


def _endpoint(document: Any, method: str, path: str, operation: Mapping[str, Any]) -> Endpoint:
    content = operation.get("requestBody", {}).get("content", {})
    schema = _resolved(document, content.get("application/json", {}).get("schema", {}))
    query = tuple(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query")
    required = tuple(schema.get("required", ()))
    return Endpoint(
        method, path.removeprefix(_BASE_PATH), schema.get("properties", {}), required, query, "security" in operation
    )


def _resolved(document: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(document, choice)
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rsplit("/", 1)[1]
    found: Mapping[str, Any] = document["components"]["schemas"][name]
    return found


def _value_of(name: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("format") == "email":
        return "somebody@people.test"
    known = {"email": "somebody@people.test", "string": f"some {name}", "boolean": True}
    return known.get(name, known.get(schema.get("type", ""), "?"))
