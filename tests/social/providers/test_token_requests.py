"""How codes and refresh tokens are traded: where, in which form, and who we say we are."""

from base64 import b64decode
from typing import Any

import httpx2
import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social import Apple, Cognito, Microsoft, TikTok, WeChat
from fastapi_betterauth.social.provider import Provider
from fastapi_betterauth.social.token_endpoint import CodeGrant
from fastapi_betterauth.social.tokens import Tokens
from tests.builders.recording import Recording
from tests.builders.vouching import BUILT_IN, CLASSES, CLIENT, GRANT, arrival, built_in

pytestmark = pytest.mark.rule("oauth-social §9")

WECHAT = "https://api.weixin.qq.com/sns/oauth2"
BASIC_AT_EXCHANGE = {"cloudflare", "figma", "notion", "paypal", "railway", "reddit", "twitter"}
BASIC_AT_REFRESH = BASIC_AT_EXCHANGE - {"notion"}
BY_FORM = sorted(set(CLASSES) - {"wechat"})
REFRESHABLE = sorted(set(BY_FORM) - {"vercel"})
NAMES_CLIENT = {"tiktok": "client_key"}


async def exchanged(provider: Provider[Any], grant: CodeGrant = GRANT) -> Recording:
    """A world in which a code has just been traded."""
    world = Recording({f"POST {provider.endpoints().token}": {"access_token": "a"}})
    await provider.exchange(grant, world.call())
    return world


async def refreshed(provider: Provider[Any]) -> Recording:
    """A world in which a refresh token has just been traded."""
    world = Recording({f"POST {provider.endpoints().token}": {"access_token": "a"}})
    await provider.refresh("refresh-1", world.call())
    return world


def says_who(world: Recording, name: str, *, basic: bool) -> dict[str, str]:
    """Check how we said who we are; what remains of the form is returned."""
    form = world.sent()
    if basic:
        scheme, _, pair = world.requests[0].headers["authorization"].partition(" ")
        assert (scheme, b64decode(pair)) == ("Basic", b"client-1:secret-1")
        assert not {"client_id", "client_secret"} & set(form)
        return form
    assert "authorization" not in world.requests[0].headers
    assert (form.pop(NAMES_CLIENT.get(name, "client_id")), form.pop("client_secret")) == ("client-1", "secret-1")
    return form


@pytest.mark.parametrize("name", BY_FORM)
async def test_code_is_traded_in_a_form(name: str) -> None:
    """With the way back, the verifier where there is one, and the secret where the provider wants it."""
    world = await exchanged(built_in(name))

    form = says_who(world, name, basic=name in BASIC_AT_EXCHANGE)
    assert form == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": "https://app.test/back",
        "code_verifier": "v" * 128,
    }
    assert world.requests[0].headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert world.requests[0].headers["accept"] == ("text/plain" if name == "reddit" else "application/json")


@pytest.mark.parametrize("name", REFRESHABLE)
async def test_refresh_token_is_traded_in_a_form(name: str) -> None:
    """In the same way, but for Notion, which wants the secret in the body here; Microsoft wants the scopes again."""
    world = await refreshed(built_in(name))

    form = says_who(world, name, basic=name in BASIC_AT_REFRESH)
    scopes = {"scope": "openid profile email User.Read offline_access"} if name == "microsoft" else {}
    assert form == {"grant_type": "refresh_token", "refresh_token": "refresh-1", **scopes}


@pytest.mark.parametrize("name", sorted(name for name in BY_FORM if not CLASSES[name].needs_secret))
async def test_public_client_only_says_its_name(name: str) -> None:
    """Without a secret none is sent, nor an empty one."""
    world = await exchanged(built_in(name, client_secret=None))

    assert "authorization" not in world.requests[0].headers
    assert world.sent()["client_id"] == "client-1"
    assert "client_secret" not in world.sent()


@pytest.mark.parametrize("name", sorted(name for name in CLASSES if CLASSES[name].needs_secret))
def test_provider_that_needs_a_secret_is_refused_without(name: str) -> None:
    """At start, and the message names class and option."""
    with pytest.raises(ConfigurationError, match=rf"{CLASSES[name].__name__}\(client_secret\)"):
        built_in(name, client_secret="")


@pytest.mark.parametrize("name", sorted(set(CLASSES) - {"tiktok"}))
@pytest.mark.parametrize("client_id", ["", [], ["client-1", ""]], ids=repr)
def test_provider_is_refused_without_client_id(name: str, client_id: Any) -> None:
    """None of several may be empty either."""
    with pytest.raises(ConfigurationError, match=rf"{CLASSES[name].__name__}\(client_id\)"):
        built_in(name, client_id=client_id)


def test_options_that_contradict_or_lack_something_are_refused() -> None:
    """At start, by name."""
    with pytest.raises(ConfigurationError, match=r"TikTok\(client_key\)"):
        TikTok(client_key="", client_secret="s")
    with pytest.raises(ConfigurationError, match=r"Cognito\(domain\)"):
        Cognito(**CLIENT, domain="", region="r", user_pool_id="p")
    with pytest.raises(ConfigurationError, match=r"Cognito\(client_secret\)"):
        Cognito(client_id="c", domain="d", region="r", user_pool_id="p", require_client_secret=True)
    with pytest.raises(ConfigurationError, match=r"Microsoft\(client_assertion\)"):
        Microsoft(**CLIENT, client_assertion=lambda _: _never())


async def test_secret_is_form_encoded_before_basic() -> None:
    """RFC 6749 §2.3.1: a colon in an id cannot shift the border between the two."""
    provider = built_in("figma", client_id="a:b", client_secret="c d/é")

    world = await exchanged(provider)

    pair = b64decode(world.requests[0].headers["authorization"].removeprefix("Basic "))
    assert pair == b"a%3Ab:c+d%2F%C3%A9"


async def test_cloudflare_can_be_told_the_secret_in_the_body() -> None:
    """By an option; Basic is what it takes otherwise."""
    provider = built_in("cloudflare", token_endpoint_auth_method="client_secret_post")

    assert says_who(await exchanged(provider), "cloudflare", basic=False)["code"] == "code-1"


async def test_microsoft_takes_an_assertion_instead_of_a_secret() -> None:
    """It is made anew for each request, and told what for (RFC 7523)."""
    made: list[str] = []

    async def assertion(grant_type: str) -> str:
        made.append(grant_type)
        return f"assertion-{len(made)}"

    provider = built_in("microsoft", client_secret=None, client_assertion=assertion, scope=["Mail.Read"])
    first, second = await exchanged(provider), await refreshed(provider)

    assert made == ["authorization_code", "refresh_token"]
    assert (first.sent()["client_assertion"], second.sent()["client_assertion"]) == ("assertion-1", "assertion-2")
    assert first.sent()["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert (first.sent()["client_id"], "client_secret" in first.sent()) == ("client-1", False)
    assert second.sent()["scope"].endswith("offline_access Mail.Read")


async def test_vk_is_told_the_device() -> None:
    """Which came with the code; the others know of no such thing, but do not mind it."""
    grant = CodeGrant(code="code-1", redirect_uri="https://app.test/back", code_verifier="v", device_id="d-1")

    assert (await exchanged(built_in("vk"), grant)).sent()["device_id"] == "d-1"


async def test_wechat_trades_by_queries() -> None:
    """Everything, secrets included, stands in the URL; its scopes are parted by commas."""
    tokens, _, world = await arrival(built_in("wechat"), BUILT_IN["wechat"])
    renewed = f"GET {WECHAT}/refresh_token?appid=client-1&grant_type=refresh_token&refresh_token=refresh-1"
    world.answers[renewed] = {"access_token": "b", "expires_in": 7200, "scope": "snsapi_login", "openid": "o"}

    again = await built_in("wechat").refresh("refresh-1", world.call())

    assert (tokens.access_token, tokens.refresh_token) == ("wechat-access", "wechat-refresh")
    assert (tokens.scopes, tokens.token_type) == (("snsapi_login", "snsapi_userinfo"), "Bearer")
    assert (again.access_token, again.scopes) == ("b", ("snsapi_login",))


async def test_wechat_says_200_when_it_refuses() -> None:
    """An error code is a refusal, and the URL with the secret is in no message."""
    code = f"GET {WECHAT}/access_token?appid=client-1&secret=secret-1&code=code-1&grant_type=authorization_code"
    world = Recording({code: {"errcode": 40029, "errmsg": "invalid code"}})

    with pytest.raises(OutboundError) as refused:
        await built_in("wechat").exchange(GRANT, world.call())

    assert "secret-1" not in str(refused.value)


@pytest.mark.parametrize("name", BY_FORM)
async def test_error_in_a_good_answer_is_a_refusal(name: str) -> None:
    """GitHub, among others, says 200 to a code that is no good."""
    provider = built_in(name)
    answer = {"error": "bad_verification_code", "error_description": "code-1 is incorrect or expired"}
    world = Recording({f"POST {provider.endpoints().token}": answer})

    with pytest.raises(OutboundError) as refused:
        await provider.exchange(GRANT, world.call())

    assert "code-1" not in str(refused.value)


ODD = [[], ["access_token"], "access_token", 7, None, True, {}, {"access_token": ""}, {"access_token": None}]


@pytest.mark.parametrize("answer", ODD, ids=repr)
@pytest.mark.parametrize("name", ["github", "paypal", "notion", "tiktok"])
async def test_answer_that_is_no_token_is_a_refusal(name: str, answer: object) -> None:
    """Whatever shape it has, at exchange and at refresh."""
    provider = built_in(name)
    world = Recording({f"POST {provider.endpoints().token}": answer})

    with pytest.raises(OutboundError):
        await provider.exchange(GRANT, world.call())
    with pytest.raises(OutboundError):
        await provider.refresh("refresh-1", world.call())


@pytest.mark.parametrize("answer", ODD, ids=repr)
async def test_wechat_answer_that_is_no_token_is_a_refusal(answer: object) -> None:
    """Its dialect is no exception."""
    code = f"GET {WECHAT}/access_token?appid=client-1&secret=secret-1&code=code-1&grant_type=authorization_code"

    with pytest.raises(OutboundError):
        await built_in("wechat").exchange(GRANT, Recording({code: answer}).call())


@pytest.mark.parametrize("status", [302, 400, 401, 500])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"access_token": "a"}'])
async def test_refusal_by_status_is_a_refusal(status: int, body: bytes) -> None:
    """A token in an answer that failed is not taken."""
    provider = built_in("google")
    answer = httpx2.Response(status, content=body, headers={"location": "https://elsewhere.test"})
    world = Recording({f"POST {provider.endpoints().token}": answer})

    with pytest.raises(OutboundError):
        await provider.exchange(GRANT, world.call())
    assert len(world.requests) == 1


@pytest.mark.parametrize("name", CLASSES)
async def test_host_can_refresh_by_itself(name: str) -> None:
    """Its function gets the refresh token, and nobody is asked."""
    own = Tokens(access_token="mine")

    async def refresh(token: str) -> Tokens:
        assert token == "refresh-1"
        return own

    assert await built_in(name, refresh_access_token=refresh).refresh("refresh-1", Recording().call()) is own


def test_wechat_and_apple_need_what_they_are_told() -> None:
    """The secret of Apple is a JWT that the host signs, that of WeChat goes into URLs: both must be there."""
    for kind in (Apple, WeChat):
        with pytest.raises(ConfigurationError):
            kind(client_id="client-1")


async def _never() -> str:
    raise AssertionError
