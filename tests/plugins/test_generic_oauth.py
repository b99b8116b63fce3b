"""Any OAuth 2.0 or OpenID Connect server as a provider (generic-oauth sheet)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from fastapi_betterauth import AdvancedOptions, ConfigurationError, OutboundOptions
from fastapi_betterauth.plugins.generic_oauth import (
    ClientAssertion,
    GenericOAuth,
    OAuthServer,
    TokenEndpointAuth,
    microsoft_entra_id,
)
from fastapi_betterauth.social import Google
from fastapi_betterauth.social.token_endpoint import CodeGrant
from fastapi_betterauth.social.tokens import Tokens
from tests.builders.answers import said
from tests.builders.issuer import Issuer, issuer
from tests.builders.peer import response
from tests.builders.world import Person, World, world

DOCUMENT = "/.well-known/openid-configuration"


@pytest.fixture
async def theirs() -> AsyncIterator[Issuer]:
    """An issuer whose every answer a test can change."""
    async with issuer() as one:
        yield one


def _plain(theirs: Issuer, **options: Any) -> OAuthServer:
    """A server without discovery."""
    settings: dict[str, Any] = {
        "provider_id": "plain",
        "authorization_url": f"{theirs.name}/authorize?tenant=a",
        "token_url": f"{theirs.name}/token",
        "user_info_url": f"{theirs.name}/me",
        "client_id": "c:id",
        "client_secret": "s/cret",
    }
    theirs.peer.json("/token", {"access_token": "access", "refresh_token": "refresh"})
    theirs.peer.json("/me", {"id": 7, "name": "Ada", "email": "ada@people.test", "email_verified": True})
    return OAuthServer(**(settings | options))


async def _start(person: Person, name: str = "plain", **body: Any) -> dict[str, str]:
    answer = await person.post(
        "/sign-in/social", {"provider": name, "callbackURL": "/home", "errorCallbackURL": "/oops"} | body
    )
    assert answer.status_code == 200, answer.text
    return dict(parse_qsl(urlsplit(answer.json()["url"]).query))


async def _land(person: Person, name: str = "plain", **body: Any) -> str:
    asked = await _start(person, name, **body)
    answer = await person.get(f"/callback/{name}", params={"code": "the code", "state": asked["state"]})
    return answer.headers["location"]


def _form(theirs: Issuer, path: str = "/token") -> dict[str, str]:
    """What was last posted there."""
    return dict(parse_qsl(next(one for one in reversed(theirs.peer.asked) if one.path == path).body.decode()))


def _document(theirs: Issuer, **changes: Any) -> None:
    before = theirs.peer.answers[DOCUMENT]
    assert isinstance(before, bytes)
    theirs.peer.json(DOCUMENT, json.loads(before.split(b"\r\n\r\n", 1)[1]) | changes)


async def _offered(w: World, name: str = "issuer") -> bool:
    answer = await w.person().post("/sign-in/social", {"provider": name})
    if answer.status_code != 200:
        assert said(answer) == (404, "PROVIDER_NOT_FOUND")
    return answer.status_code == 200


@pytest.mark.rule("generic-oauth §4.2", "generic-oauth §4.3")
async def test_a_plain_server_signs_in(database_url: str, theirs: Issuer) -> None:
    """The user info endpoint tells who it is; a number is an id like any other."""
    async with world(database_url, plugins=[GenericOAuth([_plain(theirs)])]) as w:
        ada = w.person()

        assert await _land(ada) == "/home"
        (account,) = await w.rows("account")
        assert (account["account_id"], account["refresh_token"]) == ("7", "refresh")
        assert theirs.peer.asked[-1].headers["authorization"] == "Bearer access"


@pytest.mark.rule("generic-oauth §4.2")
async def test_a_plain_server_needs_an_id(sqlite_url: str, theirs: Issuer) -> None:
    """``sub`` counts only where OpenID Connect is spoken, unless ``account_subject`` says so."""
    by_subject = _plain(theirs, account_subject=lambda _tokens, profile: str(profile["sub"]))
    for server, landed in ((_plain(theirs), "/oops?error=unable_to_get_user_info"), (by_subject, "/home")):
        theirs.peer.json("/me", {"sub": "ada", "email": "ada@people.test"})
        async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
            assert await _land(w.person()) == landed


@pytest.mark.rule("generic-oauth §5.1", "generic-oauth §5.2", "generic-oauth §5.3", "generic-oauth §1")
async def test_the_request_is_made_of_the_options(sqlite_url: str, theirs: Issuer) -> None:
    """Scopes of the call first; configured parameters lose to those of the call, reserved ones are dropped."""
    server = _plain(
        theirs,
        scopes=["read", "write"],
        prompt="login",
        access_type="offline",
        response_mode="query",
        pkce=False,
        authorization_url_params={"audience": "api", "display": "page", "state": "mine", "scope": "all"},
    )
    async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
        asked = await _start(
            w.person(), scopes=["more", "read"], additionalParams={"display": "popup"}, loginHint="ada"
        )

        assert asked.pop("state") not in ("mine", "")
        assert asked == {
            "tenant": "a",
            "response_type": "code",
            "client_id": "c:id",
            "scope": "more read read write",
            "redirect_uri": f"{w.base}/api/auth/callback/plain",
            "login_hint": "ada",
            "prompt": "login",
            "access_type": "offline",
            "response_mode": "query",
            "audience": "api",
            "display": "popup",
        }
        assert await _land(w.person()) == "/home"
        assert "code_verifier" not in _form(theirs)


@pytest.mark.rule("generic-oauth §5.4", "generic-oauth §1")
async def test_every_way_of_saying_who_we_are(sqlite_url: str, theirs: Issuer) -> None:
    """Post, Basic with form-encoded credentials, nothing, and an assertion that the host signs."""
    asked: list[ClientAssertion] = []

    async def sign(wanted: ClientAssertion) -> str:
        asked.append(wanted)
        return "signed"

    ways: list[tuple[dict[str, Any], dict[str, str], str | None]] = [
        ({}, {"client_id": "c:id", "client_secret": "s/cret"}, None),
        ({"authentication": "basic"}, {}, "Basic YyUzQWlkOnMlMkZjcmV0"),
        ({"client_secret": None, "token_endpoint_auth": TokenEndpointAuth(method="none")}, {"client_id": "c:id"}, None),
        (
            {
                "client_secret": None,
                "token_endpoint_auth": TokenEndpointAuth(method="private_key_jwt", get_client_assertion=sign),
            },
            {
                "client_id": "c:id",
                "client_assertion": "signed",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            },
            None,
        ),
    ]
    for options, fields, header in ways:
        async with world(sqlite_url, plugins=[GenericOAuth([_plain(theirs, **options)])]) as w:
            assert await _land(w.person()) == "/home"
            request = next(one for one in reversed(theirs.peer.asked) if one.path == "/token")
            form = _form(theirs)
            assert {name: value for name, value in form.items() if name.startswith("client_")} == fields
            assert request.headers.get("authorization") == header
            assert (form["grant_type"], form["code"]) == ("authorization_code", "the code")
    assert asked == [
        ClientAssertion(client_id="c:id", token_endpoint=f"{theirs.name}/token", grant_type="authorization_code")
    ]


@pytest.mark.rule("generic-oauth §1")
async def test_token_requests_take_more(sqlite_url: str, theirs: Issuer) -> None:
    """Fields and headers of the options, which replace none of ours; an end of its own for tokens without one."""
    made: list[str] = []

    async def further() -> Mapping[str, str]:
        made.append("x")
        return {"audience": "api", "grant_type": "mine", "refresh_token": "mine"}

    server = _plain(
        theirs,
        authorization_headers={"x-tenant": "a"},
        token_url_params={"audience": "api", "code": "mine", "grant_type": "mine"},
        refresh_token_params=further,
        access_token_expires_in=60,
    )
    async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
        ada = w.person()
        await _land(ada)
        exchanged, header = _form(theirs), theirs.peer.asked[-2].headers.get("x-tenant")
        (account,) = await w.rows("account")
        await ada.post("/refresh-token", {"accountId": account["id"]})
        refreshed = _form(theirs)

        assert (exchanged["audience"], exchanged["code"], header) == ("api", "the code", "a")
        assert exchanged["grant_type"] == "authorization_code"
        assert (refreshed["audience"], refreshed["grant_type"]) == ("api", "refresh_token")
        assert (refreshed["refresh_token"], made) == ("refresh", ["x"])
        assert account["access_token_expires_at"] is not None


@pytest.mark.rule("generic-oauth §1")
async def test_the_host_may_do_it_all(sqlite_url: str, theirs: Issuer) -> None:
    """Own exchange, own profile, own mapping: the server is not asked."""

    async def exchange(grant: CodeGrant) -> Tokens:
        return Tokens(access_token=f"for {grant.code}")

    async def profile(tokens: Tokens) -> Mapping[str, Any]:
        return {"id": tokens.access_token, "email": "Ada@People.test", "emailVerified": True, "name": "Ada"}

    server = _plain(
        theirs, get_token=exchange, get_user_info=profile, map_profile_to_user=lambda profile: {"name": profile["id"]}
    )
    async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
        assert await _land(w.person()) == "/home"
        (user,) = await w.rows("user")
        assert (user["name"], user["email"], user["email_verified"]) == ("for the code", "ada@people.test", True)
        assert theirs.peer.asked == []


@pytest.mark.rule("generic-oauth §3.2", "generic-oauth §3.3")
@pytest.mark.case("SC-SSRF-08")
@pytest.mark.parametrize(
    ("change", "options", "offered"),
    [
        ({}, {}, True),
        ({"issuer": "https://evil.test"}, {}, False),
        ({"issuer": "https://id.test"}, {"issuer": "https://id.test"}, True),
        ({"issuer": "not a URL"}, {}, False),
        ({"authorization_endpoint": None}, {}, False),
        ({"authorization_endpoint": None}, {"authorization_url": "https://id.test/authorize"}, True),
        ({"token_endpoint": None}, {}, False),
        ({"jwks_uri": None}, {}, True),
        ({"jwks_uri": None}, {"require_id_token_verification": True}, False),
    ],
)
async def test_a_document_must_say_enough(
    sqlite_url: str, theirs: Issuer, change: dict[str, Any], options: dict[str, Any], *, offered: bool
) -> None:
    """Without endpoints, or with another issuer, there is no provider; the app starts all the same."""
    _document(theirs, **change)
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server(**options)])]) as w:
        assert await _offered(w) is offered


@pytest.mark.rule("generic-oauth §3.1")
async def test_discovery_is_tried_again(sqlite_url: str, theirs: Issuer) -> None:
    """A server that is down at first is found later, and is not asked at every request meanwhile."""
    good, theirs.peer.answers[DOCUMENT] = theirs.peer.answers[DOCUMENT], response(b"down", "503 Down")
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        first = [await _offered(w) for _ in range(5)]
        asked = len(theirs.peer.asked)
        theirs.peer.answers[DOCUMENT] = good
        w.clock.move(seconds=31)
        then = [await _offered(w) for _ in range(5)]

        assert (first, then) == ([False] * 5, [True] * 5)
        assert asked < 5
        assert theirs.peer.paths().count(DOCUMENT) == asked + 1


@pytest.mark.rule("generic-oauth §3.4", "generic-oauth §3.6")
async def test_openid_connect_is_what_signs(sqlite_url: str, theirs: Issuer) -> None:
    """``openid`` is asked for, and a nonce sent where it can be checked, unless the host says no."""
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server(scopes=["email"])])]) as w:
        speaks = await _start(w.person(), "issuer")
    unbound = theirs.server(disable_id_token_nonce_binding=True)
    async with world(sqlite_url, plugins=[GenericOAuth([unbound])]) as w:
        without = await _start(w.person(), "issuer")
    _document(theirs, id_token_signing_alg_values_supported=[])
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server(scopes=["email"])])]) as w:
        plain = await _start(w.person(), "issuer")

    assert (speaks["scope"], len(speaks["nonce"])) == ("openid email", 32)
    assert "nonce" not in without
    assert plain["scope"] == "email"


@pytest.mark.case("SC-SSRF-08", "SC-SSRF-01")
async def test_a_document_leads_nowhere_private(sqlite_url: str, theirs: Issuer) -> None:
    """Endpoints at origins that the host did not name are reached only if they are public."""
    async with issuer() as inside:
        _document(theirs, token_endpoint=f"{inside.name}/token")
        async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
            assert await _land(w.person(), "issuer") == "/oops?error=invalid_code"
        assert inside.peer.asked == []


@pytest.mark.case("SC-FAULT-06")
@pytest.mark.parametrize("trouble", ["refuses", "hangs"])
async def test_a_server_in_trouble_is_an_error_page(sqlite_url: str, theirs: Issuer, trouble: str) -> None:
    """Whichever answer does not come, within the time there is: the flow is used up, and its own page says so."""

    async def hang(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    advanced = AdvancedOptions(outbound=OutboundOptions(timeout=0.3))
    for path, error in (("/token", "invalid_code"), ("/me", "unable_to_get_user_info")):
        async with world(sqlite_url, advanced=advanced, plugins=[GenericOAuth([_plain(theirs)])]) as w:
            theirs.peer.answers[path] = response(b"{}", "503 Down") if trouble == "refuses" else hang

            assert await _land(w.person()) == f"/oops?error={error}"
            assert (await w.rows("verification"), await w.rows("user")) == ([], [])


@pytest.mark.case("SC-PLUG-24")
async def test_state_cannot_be_turned_off(sqlite_url: str, theirs: Issuer) -> None:
    """PKCE is on unless the host says otherwise; state is there in any case, and demanded back."""
    servers = [_plain(theirs), _plain(theirs, provider_id="without", pkce=False)]
    async with world(sqlite_url, plugins=[GenericOAuth(servers)]) as w:
        usual, without = await _start(w.person()), await _start(w.person(), "without")
        landed = await w.person().get("/callback/without", params={"code": "c"})

        assert (usual["code_challenge_method"], "code_challenge" in without) == ("S256", False)
        assert len(usual["state"]) == len(without["state"]) == 32
        assert landed.headers["location"].endswith("error=state_not_found")


@pytest.mark.case("SC-OAUTH-35")
@pytest.mark.rule("generic-oauth §5.6")
async def test_who_is_sent_unasked_begins_anew(sqlite_url: str, theirs: Issuer) -> None:
    """With ``allow_idp_initiated`` the code is dropped and a flow of our own begun; it does not go round twice."""
    servers = [_plain(theirs, allow_idp_initiated=True), _plain(theirs, provider_id="strict")]
    async with world(sqlite_url, plugins=[GenericOAuth(servers)]) as w:
        ada = w.person()

        bounced = await ada.get("/callback/plain", params={"code": "foreign"})
        asked = dict(parse_qsl(urlsplit(bounced.headers["location"]).query))
        landed = await ada.get("/callback/plain", params={"code": "ours", "state": asked["state"]})
        refused = await ada.get("/callback/strict", params={"code": "foreign"})
        empty = await ada.get("/callback/plain", params={"code": "foreign", "state": ""})

        assert bounced.headers["location"].startswith(f"{theirs.name}/authorize")
        assert landed.headers["location"] == w.base
        assert _form(theirs)["code"] == "ours"
        assert all(a.headers["location"].endswith("error=state_not_found") for a in (refused, empty))


@pytest.mark.rule("generic-oauth §3.8", "generic-oauth §1", "generic-oauth §7")
def test_contradictions_are_named() -> None:
    """Options that cannot work together fail at construction."""
    urls = {"authorization_url": "https://id.test/a", "token_url": "https://id.test/t"}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("discovery_url", {"client_secret": "s"}),
        ("client_id", {**urls, "client_id": ""}),
        ("authentication", {**urls, "authentication": "basic"}),
        ("token_endpoint_auth", {**urls, "token_endpoint_auth": TokenEndpointAuth(method="client_secret_basic")}),
        (
            "token_endpoint_auth",
            {**urls, "client_secret": "s", "token_endpoint_auth": TokenEndpointAuth(method="none")},
        ),
        ("token_endpoint_auth", {**urls, "token_endpoint_auth": TokenEndpointAuth(method="private_key_jwt")}),
        ("require_id_token_verification", {**urls, "require_id_token_verification": True}),
    ]
    for option, options in wrong:
        with pytest.raises(ConfigurationError, match=rf"\({option}\)"):
            OAuthServer(**({"provider_id": "wrong", "client_id": "c"} | options))
    server = OAuthServer(provider_id="twice", client_id="c", **urls)
    with pytest.raises(ConfigurationError, match="twice"):
        GenericOAuth([server, server])
    with pytest.raises(ConfigurationError, match="tenant_id"):
        microsoft_entra_id(tenant_id="common", client_id="c")
    assert "s3cret" not in repr(OAuthServer(provider_id="quiet", client_id="c", client_secret="s3cret", **urls))


@pytest.mark.rule("generic-oauth §1")
async def test_a_server_may_hide_a_built_in_provider(
    sqlite_url: str, theirs: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """One of the same name goes first, and the log says so; two of the host's own are an error."""
    google = Google(client_id="g", client_secret="s")
    plugins = [GenericOAuth([_plain(theirs, provider_id="google")])]
    async with world(sqlite_url, social_providers=[google], plugins=plugins) as w:
        answer = await w.person().post("/sign-in/social", {"provider": "google"})

        assert answer.json()["url"].startswith(theirs.name)
        assert "hides that of social_providers" in caplog.text
    with pytest.raises(ConfigurationError, match="google"):
        async with world(sqlite_url, social_providers=[google, google]):
            pass
