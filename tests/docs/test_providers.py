"""The pages about providers tell every provider and every option."""

import dataclasses
import re
from typing import Any

import griffe

from fastapi_betterauth import social
from fastapi_betterauth.plugins import generic_oauth
from fastapi_betterauth.plugins.generic_oauth import OAuthServer
from fastapi_betterauth.social.provider import Provider
from scripts.providers_page import rendered, undescribed
from tests.docs.blocks import PAGES


def _listed(page: str, kind: str) -> list[str]:
    """The members of a class that a page shows."""
    block = re.search(rf"^::: {re.escape(kind)}\n((?:    .*\n)+)", (PAGES / page).read_text(), re.MULTILINE)
    assert block is not None
    return re.findall(r"^ +- (\w+)$", block[1], re.MULTILINE)


def _fields(kind: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def test_list_of_providers_is_written_from_their_classes() -> None:
    """Each has a section with its id and its callback, and a link to its documentation."""
    page = rendered()

    assert page == (PAGES / "providers.md").read_text()
    for name in social.__all__:
        kind = getattr(social, name)
        assert page.count(f"- class `{name}`, id `{kind.id}`, [its documentation](https://") == 1
        assert page.count(f"- callback `/api/auth/callback/{kind.id}`\n") == 1


def test_every_option_of_a_provider_is_described() -> None:
    """Those of one provider in its own docstrings, those of all in the base class's."""
    base = griffe.load("fastapi_betterauth.social.provider")["Provider"]

    assert undescribed() == []
    assert [name for name in _fields(Provider) if not base.members[name].docstring] == []


def test_page_shows_every_option_of_all_providers() -> None:
    """In their order."""
    assert _listed("social.md", "fastapi_betterauth.social.provider.Provider") == _fields(Provider)


def test_page_shows_and_describes_every_option_of_a_server() -> None:
    """Of the generic plugin, and each function that makes one."""
    own = [name for name in _fields(OAuthServer) if name not in _fields(Provider)]
    described = griffe.load("fastapi_betterauth.plugins.generic_oauth.provider")["OAuthServer"].members
    page = (PAGES / "plugins" / "generic-oauth.md").read_text()

    assert _listed("plugins/generic-oauth.md", "fastapi_betterauth.plugins.generic_oauth.OAuthServer") == own
    assert [name for name in own if not described[name].docstring] == []
    made = [name for name in generic_oauth.__all__ if name.islower()]
    assert re.findall(r"^\| `(\w+)` \| `", page, re.MULTILINE) == made
