"""What ``/docs`` shows of every endpoint; nothing may be less documented than it was."""

import warnings
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from sqlalchemy import MetaData

from fastapi_betterauth import BetterAuth, UserFields
from fastapi_betterauth.features.operations import OPERATIONS
from tests.builders.world import BASE, SECRET

PUBLIC = [o for o in OPERATIONS if not o.server_only]
WITHOUT_TYPED_200 = {"callback_oauth", "callback_oauth_form", "error", "request_password_reset_callback"}
"""One answers a page, the others only redirect."""


class LocalUser(UserFields):
    """A user with an additional field."""

    locale: str = "en"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document of a host that extends the user; warnings are errors while it is made."""
    auth = BetterAuth(base_url=BASE, secret=SECRET, environment="test", metadata=MetaData(), user=LocalUser)
    app = FastAPI()
    app.include_router(auth.router)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return app.openapi()


def _entry(document: dict[str, Any], operation: Any) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/api/auth{operation.path}"][operation.methods[0].lower()]
    return found


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    """The document meets OpenAPI's own schema."""
    schemathesis.openapi.from_dict(document).validate()


def test_it_lists_each_endpoint_once_and_nothing_else(document: dict[str, Any]) -> None:
    """Every public operation is there under its method; ids are unique."""
    listed = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    ids = [entry["operationId"] for item in document["paths"].values() for entry in item.values()]

    assert listed == {(method, f"/api/auth{o.path}") for o in PUBLIC for method in o.methods}
    assert sorted(ids) == sorted(f"auth_{o.name}" for o in PUBLIC)


def test_each_says_what_it_does(document: dict[str, Any]) -> None:
    """Summary, description and exactly one tag."""
    for operation in PUBLIC:
        entry = _entry(document, operation)

        assert entry["summary"], operation.name
        assert entry["description"], operation.name
        assert len(entry["tags"]) == 1, operation.name


def test_bodies_are_typed(document: dict[str, Any]) -> None:
    """A body is a named object with properties, and only where the operation takes one."""
    for operation in PUBLIC:
        body = _entry(document, operation).get("requestBody")

        assert (body is not None) is (operation.body is not None), operation.name
        if body is not None:
            schema = body["content"]["application/json"]["schema"]
            options = [_resolved(document, option) for option in schema.get("anyOf", [schema])]
            assert any(option.get("type") == "object" and "title" in option for option in options), operation.name


def test_successes_are_typed(document: dict[str, Any]) -> None:
    """A 200 has a schema that says something, but where there is no JSON."""
    for operation in PUBLIC:
        content = _entry(document, operation)["responses"]["200"].get("content", {})
        schema = _resolved(document, content.get("application/json", {}).get("schema", {}))

        typed = bool({"properties", "items", "anyOf"} & set(schema))
        assert typed is (operation.name not in WITHOUT_TYPED_200), operation.name


def test_every_error_code_is_named(document: dict[str, Any]) -> None:
    """Each declared code stands at its status, as an example with its message."""
    for operation in PUBLIC:
        responses = _entry(document, operation)["responses"]

        for status, codes in operation.errors.items():
            examples = responses[str(status)]["content"]["application/json"].get("examples", {})
            shown = {example["value"]["code"] for example in examples.values()}
            assert {code.code for code in codes} <= shown, (operation.name, status)


def test_guarded_endpoints_have_the_lock(document: dict[str, Any]) -> None:
    """Whoever demands a session names the scheme, a cookie; nobody else does."""
    scheme = document["components"]["securitySchemes"]["session"]

    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "cookie", "better-auth.session_token")
    for operation in PUBLIC:
        assert (_entry(document, operation).get("security") == [{"session": []}]) is operation.guarded, operation.name


def test_additional_fields_are_shown(document: dict[str, Any]) -> None:
    """A host's column is in the body of the sign-up and in the user that comes back."""
    sign_up = next(o for o in PUBLIC if o.name == "sign_up_email")
    entry = _entry(document, sign_up)
    body = _resolved(document, entry["requestBody"]["content"]["application/json"]["schema"])
    answer = _resolved(document, entry["responses"]["200"]["content"]["application/json"]["schema"])
    user = _resolved(document, answer["properties"]["user"])

    assert body["properties"]["locale"]["type"] == "string"
    assert user["properties"]["locale"]["type"] == "string"


@pytest.mark.rule("client §9.7")
def test_the_frameworks_own_422_is_not_announced(document: dict[str, Any]) -> None:
    """Validation answers 400 here; the framework's own error body is not shown."""
    assert "HTTPValidationError" not in document["components"]["schemas"]
