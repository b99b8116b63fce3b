"""The built-in providers against the table of the specification."""

import re

import pytest

from fastapi_betterauth import social
from fastapi_betterauth.social.provider import Provider
from scripts.social_providers import SpecifiedProvider, load
from tests.builders.vouching import CLASSES, built_in

pytestmark = pytest.mark.rule("oauth-social §9")

ROWS = {row.id: row for row in load()}
IN_WORDS = {
    "{domain}": "shop.auth.eu-west-1.amazoncognito.com",
    "{authority}/{tenant}": "login.microsoftonline.com/common",
    "[.sandbox]": ".sandbox",
    "login.salesforce.com (test.… sandbox, or loginUrl)": "login.salesforce.com",
    "`#wechat_redirect`": "",
    "**comma**": "comma",
}
"""What the table says in words or leaves to options, as it is for the providers that the tests build."""
ISSUERS = {"gitlab": "gitlab.com", "paybin": "idp.paybin.io"}
BY_ID_TOKEN = {"id token", "id token + Graph photo"}


def written(row: SpecifiedProvider, cell: str) -> str:
    """A cell with everything filled in."""
    for words, value in IN_WORDS.items():
        cell = cell.replace(words, value)
    return cell.replace("{issuer}", ISSUERS.get(row.id, ""))


def first_url(row: SpecifiedProvider, cell: str) -> str:
    """The first URL of a cell; what is left out in front of it is left out here."""
    found = re.search(r"…?[\w.{}/-]*/[\w./@?=,&-]*", written(row, cell))
    assert found is not None, cell
    return found.group()


def leads_to(url: str | None, told: str) -> bool:
    """Whether a URL is the one that was told, perhaps with its beginning left out."""
    plain = (url or "").removeprefix("https://")
    return plain.endswith(told.removeprefix("…")) if told.startswith("…") else plain == told


def test_providers_are_those_of_the_table() -> None:
    """None is missing, none is made up, and the public names are theirs."""
    assert sorted(CLASSES) == sorted(ROWS)
    assert len(social.__all__) == len(set(social.__all__)) == len(ROWS)
    assert all(issubclass(kind, Provider) for kind in CLASSES.values())


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_endpoints_are_those_of_the_table(row: SpecifiedProvider) -> None:
    """Where people are sent, where codes are traded, and where the profile is."""
    endpoints = built_in(row.id).endpoints()

    assert leads_to(endpoints.authorization, first_url(row, row.authorization))
    assert leads_to(endpoints.token, first_url(row, row.token))
    if row.user_info in BY_ID_TOKEN:
        assert endpoints.user_info is None
    elif row.id == "facebook":  # its cell tells a check first
        assert f"{(endpoints.user_info or '').removeprefix('https://')}?fields=" in row.user_info
    else:
        told = first_url(row, row.user_info)
        # The table shows the query of some requests whose URL is put together later.
        assert leads_to(endpoints.user_info, told) or leads_to(endpoints.user_info, told.partition("?")[0])


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_default_scopes_are_those_of_the_table(row: SpecifiedProvider) -> None:
    """In their order, and with the right separator."""
    plain = re.sub(r"\(.*\)", "", written(row, row.scopes)).strip()

    assert built_in(row.id).scopes_for() == ([] if plain in ("none", "\N{EN DASH}") else plain.split())
    assert CLASSES[row.id].scope_separator == ("," if "comma" in row.scopes else " ")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_pkce_is_as_in_the_table(row: SpecifiedProvider) -> None:
    """Asked for, required, or unknown to the provider."""
    provider = built_in(row.id)

    assert provider.uses_pkce == (not row.pkce.startswith("no"))
    assert provider.uses_verifier == (provider.uses_pkce or "verifier still sent" in row.pkce)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_is_forwarded_is_as_in_the_table(row: SpecifiedProvider) -> None:
    """Login hint and prompt go where the table says, and nowhere else."""
    kind = CLASSES[row.id]

    assert kind.forwards_login_hint == bool(re.search(r"\bhint\b", row.special))
    assert kind.forwards_prompt == bool(re.search(r"\bprompt\b", row.special))
    assert (kind.token_auth == "client_secret_basic") == bool(re.search(r"\bbasic(?! for)\b", row.special))
    assert kind.can_refresh == ("no refresh" not in row.special)
