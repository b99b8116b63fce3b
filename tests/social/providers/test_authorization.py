"""Where each provider's page is, and what it is told there."""

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from fastapi_betterauth.crypto.digests import sha256_base64url
from fastapi_betterauth.social.authorization import RESERVED, AuthorizationRequest
from tests.builders.vouching import CLASSES, built_in

pytestmark = pytest.mark.rule("oauth-social §3", "oauth-social §9")

BACK = "https://app.test/api/auth/callback/x"
VERIFIER = "v" * 128
ORDER = [
    "response_type",
    "client_id",
    "state",
    "scope",
    "redirect_uri",
    "duration",
    "display",
    "login_hint",
    "nonce",
    "prompt",
    "hd",
    "access_type",
    "response_mode",
    "code_challenge_method",
    "code_challenge",
    "claims",
]
CHOOSES_SCOPES_ITSELF = {"paypal", "zoom"}
NAMES_CLIENT = {"tiktok": "client_key", "wechat": "appid"}
ALONE = {
    "apple": {"response_type": "code id_token", "response_mode": "form_post"},
    "atlassian": {"audience": "api.atlassian.com"},
    "discord": {"prompt": "none"},
    "google": {"include_granted_scopes": "true"},
    "notion": {"owner": "user"},
    "roblox": {"prompt": "select_account consent"},
    "twitch": {"claims": '{"id_token":{"email":null,"email_verified":null,"preferred_username":null,"picture":null}}'},
    "wechat": {"lang": "cn"},
}
"""Parameters that only one provider is told, without any option."""


def told(name: str, *, options: dict[str, Any] | None = None, **request: Any) -> list[tuple[str, str]]:
    """The parameters of a provider's URL, in their order."""
    return parse_qsl(urlsplit(url_of(name, options=options, **request)).query, keep_blank_values=True)


def url_of(name: str, *, options: dict[str, Any] | None = None, **request: Any) -> str:
    """The URL that a provider makes of a request."""
    usual: dict[str, Any] = {"state": "state-1", "redirect_uri": BACK, "code_verifier": VERIFIER}
    return built_in(name, **(options or {})).authorization_request(AuthorizationRequest(**{**usual, **request}))


@pytest.mark.parametrize("name", CLASSES)
def test_page_is_told_exactly_this(name: str) -> None:
    """Client, state, scopes, way back and challenge, what the provider alone wants, and nothing else."""
    kind = CLASSES[name]
    expected = {
        "response_type": "code",
        NAMES_CLIENT.get(name, "client_id"): "client-1",
        "state": "state-1",
        "redirect_uri": BACK,
        **({"scope": kind.scope_separator.join(kind.default_scopes)} if kind.default_scopes else {}),
        **ALONE.get(name, {}),
    }
    if kind.uses_pkce:
        expected |= {"code_challenge_method": "S256", "code_challenge": sha256_base64url(VERIFIER)}

    assert dict(told(name)) == expected


@pytest.mark.parametrize("name", sorted(set(CLASSES) - {"cognito"}))
def test_parameters_stand_in_the_usual_order(name: str) -> None:
    """As the reference writes them, so that recorded URLs compare; what is special comes last."""
    names = [parameter for parameter, _ in told(name, login_hint="ada@example.com", params={"x": "1"})]

    places = [ORDER.index(one) if one in ORDER else len(ORDER) for one in names]
    assert all(before <= after for before, after in pairwise(places))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", sorted(set(CLASSES) - CHOOSES_SCOPES_ITSELF))
def test_scopes_are_default_then_option_then_call(name: str) -> None:
    """Discord and Slack turn the last two round; without the default ones the rest stays."""
    further = ["called", "optional"] if name in ("discord", "slack") else ["optional", "called"]
    separator = CLASSES[name].scope_separator

    scope = dict(told(name, options={"scope": ["optional"]}, scopes=("called",)))["scope"]
    bare = dict(told(name, options={"scope": ["optional"], "disable_default_scope": True}, scopes=("called",)))["scope"]

    assert scope.split(separator) == [*CLASSES[name].default_scopes, *further]
    assert bare.split(separator) == further


@pytest.mark.parametrize("name", sorted(CHOOSES_SCOPES_ITSELF))
def test_scopes_of_a_console_are_not_asked_for(name: str) -> None:
    """What the host or the call wants has been chosen in the provider's console."""
    assert "scope" not in dict(told(name, options={"scope": ["optional"]}, scopes=("called",)))


@pytest.mark.parametrize("name", CLASSES)
def test_login_hint_and_prompt_go_where_they_are_understood(name: str) -> None:
    """Elsewhere the option has no effect."""
    said = dict(told(name, options={"prompt": "consent"}, login_hint="ada@example.com"))

    assert said.get("login_hint") == ("ada@example.com" if CLASSES[name].forwards_login_hint else None)
    assert said.get("prompt") == ("consent" if CLASSES[name].forwards_prompt else None)


@pytest.mark.parametrize("name", sorted(set(CLASSES) - {"cloudflare"}))
def test_call_adds_and_replaces_parameters(name: str) -> None:
    """What a call wants is added, and goes before what the provider would say by itself."""
    said = dict(told(name, params={"prompt": "login", "access_type": "offline", "x": "a b&c"}))

    assert (said["prompt"], said["access_type"], said["x"]) == ("login", "offline", "a b&c")


@pytest.mark.case("SC-OAUTH-13")
@pytest.mark.parametrize("name", CLASSES)
def test_call_cannot_replace_what_belongs_to_the_flow(name: str) -> None:
    """Nor the name of the app, nor what the provider insists on."""
    fixed = {"atlassian": {"audience"}, "notion": {"owner"}, "tiktok": {"client_key"}, "wechat": {"appid"}}

    said = told(name, params=dict.fromkeys((*RESERVED, *fixed.get(name, ())), "evil"))

    assert sorted(said) == sorted(told(name))


def test_cloudflare_is_told_nothing_further() -> None:
    """It refuses parameters it does not know, and scopes that come twice."""
    assert told("cloudflare", params={"x": "1"}) == told("cloudflare")
    assert dict(told("cloudflare", scopes=("user-details.read", "a", "a")))["scope"] == "user-details.read a"


@pytest.mark.parametrize("name", CLASSES)
def test_another_page_can_be_named(name: str) -> None:
    """Such as that of a sandbox; the parameters are the same."""
    url = url_of(name, options={"authorization_endpoint": "https://sandbox.test/start"})

    assert url.startswith("https://sandbox.test/start?")
    assert sorted(parse_qsl(urlsplit(url).query)) == sorted(told(name))


@pytest.mark.parametrize("name", CLASSES)
def test_first_of_several_clients_is_named(name: str) -> None:
    """The others only count for id tokens; TikTok has a key of its own."""
    options = {"client_id": ["client-1", "client-2"]}

    assert dict(told(name, options=options))[NAMES_CLIENT.get(name, "client_id")] == "client-1"


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("cognito", {"identity_provider": "Google"}, {"identity_provider": "Google"}),
        ("discord", {"permissions": 8, "scope": ["bot"]}, {"permissions": "8"}),
        ("discord", {"permissions": 8}, {"permissions": None}),
        ("dropbox", {"access_type": "offline"}, {"token_access_type": "offline"}),
        ("facebook", {"config_id": "c1"}, {"config_id": "c1"}),
        ("google", {"access_type": "offline", "display": "popup"}, {"access_type": "offline", "display": "popup"}),
        ("google", {"hd": "acme.test"}, {"hd": "acme.test"}),
        ("google", {"include_granted_scopes": False}, {"include_granted_scopes": None}),
        ("reddit", {"duration": "permanent"}, {"duration": "permanent"}),
        (
            "twitch",
            {"claims": ["picture"]},
            {"claims": '{"id_token":{"email":null,"email_verified":null,"picture":null}}'},
        ),
        ("wechat", {"lang": "en"}, {"lang": "en"}),
        ("zoom", {"pkce": False}, {"code_challenge": None, "code_challenge_method": None}),
    ],
)
def test_options_of_one_provider_are_told(name: str, options: dict[str, Any], expected: dict[str, str | None]) -> None:
    """Under the name the provider knows; what is off is left out."""
    said = dict(told(name, options=options))

    assert {parameter: said.get(parameter) for parameter in expected} == expected


@pytest.mark.parametrize(
    ("name", "options", "page"),
    [
        ("cognito", {"domain": "https://login.acme.test/"}, "https://login.acme.test/oauth2/authorize"),
        ("gitlab", {"issuer": "https://git.acme.test//sub//"}, "https://git.acme.test/sub/oauth/authorize"),
        ("microsoft", {"tenant_id": "consumers"}, "https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize"),
        (
            "microsoft",
            {"authority": "https://login.microsoftonline.us/"},
            "https://login.microsoftonline.us/common/oauth2/v2.0/authorize",
        ),
        ("paybin", {"issuer": "https://idp.acme.test/"}, "https://idp.acme.test/oauth2/authorize"),
        ("paypal", {"environment": "live"}, "https://www.paypal.com/signin/authorize"),
        ("salesforce", {"environment": "sandbox"}, "https://test.salesforce.com/services/oauth2/authorize"),
        (
            "salesforce",
            {"login_url": "acme.my.salesforce.com"},
            "https://acme.my.salesforce.com/services/oauth2/authorize",
        ),
    ],
)
def test_page_follows_the_options(name: str, options: dict[str, str], page: str) -> None:
    """Own instances, tenants and environments; the token endpoint is in the same place."""
    assert url_of(name, options=options).partition("?")[0] == page
    token = built_in(name, **options).endpoints().token
    if name != "paypal":
        assert token.startswith(page.removesuffix("authorize"))
    else:
        assert token == "https://api-m.paypal.com/v1/oauth2/token"


def test_cognito_is_told_scopes_last_and_without_plus_signs() -> None:
    """It reads ``+`` as a plus sign."""
    assert url_of("cognito", params={"x": "1"}).endswith("&x=1&scope=openid%20profile%20email")


def test_wechat_is_told_where_its_page_begins() -> None:
    """The fragment makes WeChat show its code."""
    assert url_of("wechat").endswith("#wechat_redirect")


def test_google_gets_a_nonce_where_the_flow_has_one() -> None:
    """It stands among the usual parameters."""
    assert ("nonce", "n-1") in told("google", nonce="n-1")
