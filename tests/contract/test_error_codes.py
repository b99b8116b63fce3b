"""The error codes in use are those of the contract; ours are few and listed."""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import fastapi_betterauth
import fastapi_betterauth.plugins
from fastapi_betterauth.errors import ErrorCode
from fastapi_betterauth.features.operations import OPERATIONS

TABLES = json.loads(Path(__file__).with_name("error-codes.json").read_text())
CONTRACT: dict[str, str] = TABLES["core"]
PLUGINS = sorted(m.name for m in pkgutil.iter_modules(fastapi_betterauth.plugins.__path__))

OUTSIDE_THE_TABLE = {
    "ACCESS_TOKEN_NOT_FOUND",
    "BAD_REQUEST",
    "EMAIL_PASSWORD_DISABLED",
    "EMAIL_PASSWORD_SIGN_UP_DISABLED",
    "FAILED_TO_GET_ACCESS_TOKEN",
    "FAILED_TO_REFRESH_ACCESS_TOKEN",
    "INTERNAL_SERVER_ERROR",
    "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED",
    "LINKING_FAILED",
    "LINKING_NOT_ALLOWED",
    "NOT_FOUND",
    "OAUTH_LINK_ERROR",
    "PROVIDER_NOT_CONFIGURED",
    "PROVIDER_NOT_SUPPORTED",
    "REFRESH_TOKEN_NOT_FOUND",
    "RESET_PASSWORD_DISABLED",
    "TOKEN_REFRESH_NOT_SUPPORTED",
    "UNAUTHORIZED",
    "USER_ID_OR_SESSION_REQUIRED",
    "UNSUPPORTED_MEDIA_TYPE",
    "validation_failed",
}
"""On the wire as well, but in no table of the reference (security sheet §9)."""

OURS = {"FORBIDDEN", "PAYLOAD_TOO_LARGE", "SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS", "UNKNOWN_HOST"}
"""Answers that the reference does not give."""

OURS_IN_PLUGINS = {"admin": {"IMPERSONATED_SESSION"}}
"""The same, by plugin."""


def _declared(plugin: str | None = None) -> dict[str, set[str]]:
    """Every code of the core, or of a plugin, with its messages."""
    found: dict[str, set[str]] = {}
    inside = f"fastapi_betterauth.plugins.{plugin}" if plugin else "fastapi_betterauth.plugins"
    for module in pkgutil.walk_packages(fastapi_betterauth.__path__, "fastapi_betterauth."):
        if module.name.startswith(inside) is not (plugin is not None):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, ErrorCode):
                found.setdefault(value.code, set()).add(value.message)
    return found


@pytest.mark.rule("security-ratelimit-hooks §9", "client §3.6")
def test_codes_are_those_of_the_contract() -> None:
    """Every code is in the reference's table, or known to be used outside of it, or listed as ours."""
    unknown = set(_declared()) - set(CONTRACT)

    assert unknown == OUTSIDE_THE_TABLE | OURS


@pytest.mark.rule("security-ratelimit-hooks §9")
def test_messages_are_those_of_the_contract() -> None:
    """A code has one message, and where the contract has the code it is the contract's."""
    for code, messages in _declared().items():
        assert messages == {CONTRACT.get(code, *messages)}, code


@pytest.mark.parametrize("plugin", PLUGINS)
def test_codes_of_plugins_are_those_of_the_contract(plugin: str) -> None:
    """A plugin's codes and messages are in its table or the core's, but for those listed as ours."""
    table = CONTRACT | TABLES["plugins"].get(plugin.replace("_", "-"), {})
    ours = OURS | OUTSIDE_THE_TABLE | OURS_IN_PLUGINS.get(plugin, set())
    for code, messages in _declared(plugin).items():
        assert messages == {table.get(code, *messages)}, code
        assert code in table or code in ours, code


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_operations_declare_known_codes(operation: Any) -> None:
    """What an operation says it may answer are declared codes, under statuses of errors."""
    codes = {code.code for codes in operation.errors.values() for code in codes}

    assert codes <= set(_declared())
    assert all(400 <= status < 600 for status in operation.errors)
