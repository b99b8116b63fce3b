"""Writes docs/providers.md, the list of built-in identity providers, from their classes.

python -m scripts.providers_page [--check]
"""

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

import griffe

from fastapi_betterauth import social
from fastapi_betterauth.social.provider import Provider
from scripts.generated_files import ROOT, write_or_check

PAGE = ROOT / "docs" / "providers.md"

_HEAD = """\
# Providers

Each of these is a class in `fastapi_betterauth.social`, to be listed in `BetterAuth(social_providers=[…])`. Others can
be reached by the plugin [`GenericOAuth`](plugins/generic-oauth.md).

All take `client_id`, mostly `client_secret`, and the [options of every provider](social.md#options-of-every-provider).
The callback URL, to be entered in the provider's console, is your base URL with the path named below; `/api/auth` is
the default of `BetterAuth(base_path=…)`.

<!-- Written from the classes by `make fix`. -->
"""
_CHECKS_ID_TOKENS = ("id_token_rules", "verified_claims")
_SOURCE = re.compile(r"\((https://[^)]+)\)")


def rendered() -> str:
    """Returns: the page as it should be, by the names of the providers."""
    modules = griffe.load("fastapi_betterauth.social")["providers"]
    kinds: list[type[Provider[Any]]] = [getattr(social, name) for name in social.__all__]
    sections = ["\n".join(_section(kind, modules)) for kind in sorted(kinds, key=lambda kind: kind.label.lower())]
    return "\n".join([_HEAD, *sections])


def undescribed() -> list[str]:
    """Returns: options of providers that have no docstring."""
    modules = griffe.load("fastapi_betterauth.social")["providers"]
    kinds = [getattr(social, name) for name in social.__all__]
    return [f"{kind.__name__}.{name}" for kind in kinds for name, _, text in _options(kind, modules) if not text]


def _section(kind: type[Provider[Any]], modules: Any) -> Iterator[str]:
    module = inspect.getmodule(kind)
    link = _SOURCE.search(inspect.getdoc(module) or "")
    yield f"## {kind.label}\n"
    yield f"{_marked(inspect.getdoc(kind) or '')}\n"
    yield f"- class `{kind.__name__}`, id `{kind.id}`" + (f", [its documentation]({link[1]})" if link else "")
    yield f"- callback `/api/auth/callback/{kind.id}`"
    scopes = ", ".join(f"`{scope}`" for scope in kind.default_scopes)
    yield f"- scopes: {scopes or 'none'}"
    yield f"- PKCE: {_yes(said=kind.uses_pkce)}; new access tokens by refresh token: {_yes(said=kind.can_refresh)}"
    yield f"- client secret: {'needed' if kind.needs_secret else 'optional'}"
    if any(getattr(kind, name) is not getattr(Provider, name) for name in _CHECKS_ID_TOKENS):
        yield "- takes id tokens that apps bring along"
    yield ""
    if options := list(_options(kind, modules)):
        yield "| option | default | |"
        yield "|---|---|---|"
        yield from (f"| `{name}` | {default} | {text} |" for name, default, text in options)
        yield ""


def _options(kind: type[Provider[Any]], modules: Any) -> Iterator[tuple[str, str, str]]:
    """Yields: name, default and docstring of the options that only this provider has, or has otherwise."""
    described = modules[kind.__module__.rpartition(".")[2]][kind.__name__].members
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in (name for name in kind.__annotations__ if name in fields):
        default = fields[name].default
        shown = "needed" if default is dataclasses.MISSING else "" if default in (None, "", ()) else f"`{default!r}`"
        docstring = described[name].docstring
        yield name, shown, " ".join(_marked(docstring.value).split()) if docstring else ""


def _marked(docstring: str) -> str:
    """Returns: a docstring as Markdown."""
    return docstring.replace("``", "`")


def _yes(*, said: bool) -> str:
    return "yes" if said else "no"


if __name__ == "__main__":
    sys.exit(write_or_check([(PAGE, rendered())], sys.argv))
