"""The servers with a function of their own: where they are, what they are asked, and who comes of it."""

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.plugins import generic_oauth
from fastapi_betterauth.plugins.generic_oauth import OAuthServer, auth0, keycloak, okta
from fastapi_betterauth.social.authorization import AuthorizationRequest
from tests.builders.recording import Recording
from tests.builders.vouching import CLIENT, Recorded, arrival, person_of

pytestmark = pytest.mark.rule("generic-oauth §7")

RECORDED = {file.stem: Recorded.read(file) for file in sorted((Path(__file__).parent / "recorded").glob("*.json"))}
PLACES = {
    "auth0": ("https://acme.eu.auth0.com/authorize", "https://acme.eu.auth0.com/oauth/token", "openid profile email"),
    "okta": (
        "https://acme.okta.com/oauth2/default/v1/authorize",
        "https://acme.okta.com/oauth2/default/v1/token",
        "openid profile email",
    ),
    "keycloak": (
        "https://id.example.com/realms/acme/protocol/openid-connect/auth",
        "https://id.example.com/realms/acme/protocol/openid-connect/token",
        "openid profile email",
    ),
    "slack": (
        "https://slack.com/openid/connect/authorize",
        "https://slack.com/api/openid.connect.token",
        "openid profile email",
    ),
    "line": (
        "https://access.line.me/oauth2/v2.1/authorize",
        "https://api.line.me/oauth2/v2.1/token",
        "openid profile email",
    ),
    "hubspot": ("https://app.hubspot.com/oauth/authorize", "https://api.hubapi.com/oauth/v1/token", "oauth"),
    "patreon": (
        "https://www.patreon.com/oauth2/authorize",
        "https://www.patreon.com/api/oauth2/token",
        "identity[email]",
    ),
    "yandex": (
        "https://oauth.yandex.com/authorize",
        "https://oauth.yandex.com/token",
        "login:info login:email login:avatar",
    ),
    "gumroad": ("https://gumroad.com/oauth/authorize", "https://api.gumroad.com/oauth/token", "view_profile"),
}
NUMBER = {
    "hubspot": ("GET https://api.hubapi.com/oauth/v1/access-tokens/access-1", "user_id"),
    "yandex": ("GET https://login.yandex.ru/info?format=json", "id"),
}


def server(name: str, **options: Any) -> OAuthServer:
    """One of the recorded servers."""
    made: OAuthServer = getattr(generic_oauth, name)(**{**CLIENT, **RECORDED[name].options, **options})
    return made


@pytest.mark.parametrize("name", RECORDED)
async def test_person_is_read_from_what_the_server_answers(name: str) -> None:
    """Subject, name, address, its verification and picture are those recorded."""
    _, person, world = await arrival(server(name), RECORDED[name])

    assert person is not None
    said = asdict(person)
    assert {field: said[field] for field in RECORDED[name].person} == RECORDED[name].person
    assert set(RECORDED[name].answers) <= set(world.asked)


@pytest.mark.parametrize("name", RECORDED)
async def test_server_is_where_it_should_be(name: str) -> None:
    """Both endpoints and the scopes are those of the server, PKCE is on, the secret is in the body."""
    made = server(name)
    _, _, world = await arrival(made, RECORDED[name])

    url, token_url, scopes = PLACES[name]
    request = AuthorizationRequest(state="s", redirect_uri="https://app.test/back", code_verifier="v" * 128)
    assert made.authorization_request(request).startswith(f"{url}?response_type=code&client_id=client-1&state=s&")
    assert " ".join(made.scopes_for()) == scopes
    exchange = next(r for r in world.requests if str(r.url) == token_url)
    sent = dict(pair.split("=") for pair in exchange.content.decode().split("&"))
    assert (sent["client_secret"], len(sent["code_verifier"]), exchange.method) == ("secret-1", 128, "POST")


@pytest.mark.parametrize("name", RECORDED)
def test_scopes_of_the_host_replace_the_usual_ones(name: str) -> None:
    """Unlike with built-in providers, the list given is the whole list."""
    assert server(name, scopes=["only"]).scopes_for() == ["only"]


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("answer", [[], "text", 7, None, {}, {"data": [], "user": "x"}], ids=json.dumps)
async def test_odd_profile_is_nobody(name: str, answer: object) -> None:
    """Whatever the server answers in place of a profile, nobody is signed in, and nothing breaks."""
    made = server(name)
    world = Recording(RECORDED[name].answers)
    await made.ready(world.call())
    odd = {url: answer for url in world.answers if "well-known" not in url}
    world.answers |= {
        **odd,
        f"GET {made.user_info_url}": answer,
        "GET https://api.hubapi.com/oauth/v1/access-tokens/access-1": answer,
    }

    with suppress(OutboundError):
        assert await person_of(made, world) is None


@pytest.mark.parametrize("name", NUMBER)
@pytest.mark.parametrize("subject", [None, "", "undefined", 0, 1.5, True, [], {}], ids=repr)
@pytest.mark.case("SC-OAUTH-22")
async def test_odd_subject_is_nobody(name: str, subject: object) -> None:
    """What is no id is not made into one."""
    url, field = NUMBER[name]
    recorded = next(a for u, a in RECORDED[name].answers.items() if url.rpartition("/")[0] in u)

    assert await person_of(server(name), Recording({url: {**recorded, field: subject}})) is None


async def test_hubspot_finds_the_id_in_the_signed_token() -> None:
    """Newer answers name the user only there."""
    url = "GET https://api.hubapi.com/oauth/v1/access-tokens/a%2Fb"
    answer = {"user": "jane@example.com", "signed_access_token": {"userId": 456}}

    person = await person_of(server("hubspot"), Recording({url: answer}), access_token="a/b")

    assert person is not None
    assert person.subject == "456"


async def test_yandex_is_asked_in_its_own_scheme() -> None:
    """The token goes behind the word OAuth; without an address there is nobody; the first of several will do."""
    url = "GET https://login.yandex.ru/info?format=json"
    profile = RECORDED["yandex"].answers[url]
    several = Recording({url: {**profile, "default_email": None, "is_avatar_empty": True, "display_name": ""}})

    person = await person_of(server("yandex"), several)

    assert several.requests[0].headers["authorization"] == "OAuth access-1"
    assert person is not None
    assert (person.email, person.name, person.image) == ("test@yandex.ru", "Vasya Pupkin", None)
    for emails in ([], [""], None, "a@b.test", 7):
        none = Recording({url: {**profile, "default_email": None, "emails": emails}})
        assert await person_of(server("yandex"), none) is None


async def test_gumroad_must_say_that_it_succeeded() -> None:
    """A profile in an answer that failed is none."""
    url = "GET https://api.gumroad.com/v2/user"

    assert (
        await person_of(server("gumroad"), Recording({url: {**RECORDED["gumroad"].answers[url], "success": False}}))
        is None
    )


async def test_line_has_a_name_per_country_and_asks_without_id_token() -> None:
    """Channels of several countries stand side by side; where there is no id token, the user info endpoint answers."""
    made = server("line", provider_id="line-jp")
    profile = {"sub": "U1", "name": "Taro", "email": "taro@example.com", "email_verified": True}

    person = await person_of(made, Recording({"GET https://api.line.me/oauth2/v2.1/userinfo": profile}))

    assert made.id == "line-jp"
    assert person is not None
    assert (person.subject, person.email_verified) == ("U1", False)


@pytest.mark.case("SC-OAUTH-15")
@pytest.mark.parametrize("verified", ["true", "false", 1, 0, None, []], ids=repr)
@pytest.mark.parametrize("name", ["auth0", "slack", "patreon"])
async def test_only_a_plain_yes_verifies_an_address(name: str, verified: object) -> None:
    """Texts and numbers are no yes."""
    recorded = RECORDED[name]
    written = json.dumps(recorded.answers).replace('verified": true', f'verified": {json.dumps(verified)}')

    _, person, _ = await arrival(server(name), recorded, json.loads(written))

    assert recorded.person["email_verified"]
    assert person is not None
    assert not person.email_verified


def test_places_must_be_places() -> None:
    """An empty domain or an issuer that is no URL is refused at start, by name."""
    with pytest.raises(ConfigurationError, match=r"auth0\(domain\)"):
        auth0(**CLIENT, domain="")
    with pytest.raises(ConfigurationError, match=r"okta\(issuer\)"):
        okta(**CLIENT, issuer="acme.okta.com")
    with pytest.raises(ConfigurationError, match=r"keycloak\(issuer\)"):
        keycloak(**CLIENT, issuer="")
