"""What each provider is asked about somebody, and what is made of the peculiar ones."""

from typing import Any

import pytest

from fastapi_betterauth.social.provider import Vouched
from fastapi_betterauth.social.tokens import Tokens
from tests.builders.recording import Recording, refusal, unsigned_id_token
from tests.builders.vouching import BUILT_IN, arrival, asked_with, built_in, claimed, person_of, profile_of

pytestmark = pytest.mark.rule("oauth-social §9")

ANONYMOUS = {"facebook": "debug_token", "vk": "user_info", "wechat": "sns"}
"""Who wants the access token elsewhere than in the header, and where."""
SAME_SUBJECT = {
    "huggingface": "sub",
    "linkedin": "sub",
    "slack": "sub",
    "polar": "sub",
    "vercel": "sub",
    "roblox": "sub",
}
ME = "GET https://api.x.com/2/users/me?user.fields="


@pytest.mark.parametrize("name", BUILT_IN)
async def test_access_token_goes_where_the_provider_wants_it(name: str) -> None:
    """Nearly always into the header; never any cookie; and always with a name, without which some refuse."""
    _, _, world = await arrival(built_in(name), BUILT_IN[name])

    for request in world.requests[1:]:
        if ANONYMOUS.get(name, "nowhere") in str(request.url):
            assert "authorization" not in request.headers
        else:
            assert request.headers["authorization"] == f"Bearer {name}-access"
        assert "cookie" not in request.headers
        assert request.headers["user-agent"] == "fastapi-better-auth"


@pytest.mark.parametrize("name", [name for name, recorded in BUILT_IN.items() if not recorded.id_token])
async def test_without_access_token_nobody_is_asked(name: str) -> None:
    """There is nothing to ask with."""
    world = Recording()

    assert await person_of(built_in(name), world, access_token=None) is None
    assert world.requests == []


@pytest.mark.case("SC-OAUTH-36")
@pytest.mark.parametrize(("name", "field"), SAME_SUBJECT.items())
async def test_profile_and_id_token_must_speak_of_one_person(name: str, field: str) -> None:
    """OpenID Connect Core §5.3.2."""
    url, profile = profile_of(name)
    provider = built_in(name)
    same, other = (unsigned_id_token(sub=sub, email="ada@example.com") for sub in (profile[field], "somebody-else"))

    assert await person_of(provider, Recording({url: profile}), id_token=same) is not None
    assert await person_of(provider, Recording({url: profile}), id_token=other) is None


async def test_apple_tells_the_name_once() -> None:
    """On its page; what came from there goes before the token's claim, and nothing else of it is believed."""
    token = Tokens(id_token=unsigned_id_token(**BUILT_IN["apple"].id_token, name="Claimed"))
    call = Recording().call()

    first = await built_in("apple").person(Vouched(tokens=token, given_name="Ada Lovelace"), call)
    later = await built_in("apple").person(Vouched(tokens=token), call)

    assert first is not None
    assert later is not None
    assert (first.name, later.name) == ("Ada Lovelace", "Claimed")
    assert first.profile["name"] == "Ada Lovelace"


async def test_cloudflare_wraps_the_profile() -> None:
    """What failed holds none; who has no name is called by the address."""
    url, answer = profile_of("cloudflare")
    nameless = {**answer, "result": {**answer["result"], "first_name": None, "last_name": ""}}

    person = await asked_with("cloudflare", {url: nameless})

    assert await asked_with("cloudflare", {url: {**answer, "success": False}}) is None
    assert person is not None
    assert person.name == "john@example.com"


@pytest.mark.parametrize(
    ("claims", "name"),
    [({}, "Jane Doe"), ({"name": ""}, "Jane"), ({"name": None, "given_name": None, "username": "jane1"}, "jane1")],
)
async def test_cognito_has_several_names(claims: dict[str, Any], name: str) -> None:
    """The first that is one."""
    assert (await claimed("cognito", claims)).name == name


async def test_cognito_asks_where_there_is_no_id_token() -> None:
    """Its user info endpoint writes yes as text."""
    url = "GET https://shop.auth.eu-west-1.amazoncognito.com/oauth2/userinfo"
    profile = {"sub": "s-1", "username": "jane", "email": "jane@example.com", "email_verified": "true"}

    person = await asked_with("cognito", {url: profile})

    assert person is not None
    assert (person.subject, person.name, person.email_verified) == ("s-1", "jane", True)


async def test_dropbox_is_asked_by_an_empty_post() -> None:
    """A body, even an empty object, it refuses."""
    _, _, world = await arrival(built_in("dropbox"), BUILT_IN["dropbox"])

    assert (world.requests[1].method, world.requests[1].content) == ("POST", b"")


@pytest.mark.parametrize("fields", [{"state": "blocked"}, {"state": None}, {"locked": True}])
async def test_gitlab_people_who_are_blocked(fields: dict[str, Any]) -> None:
    """They are nobody here either."""
    url, profile = profile_of("gitlab")

    assert await asked_with("gitlab", {url: {**profile, **fields}}) is None


async def test_gitlab_of_ones_own() -> None:
    """It is asked in its place, which may be a private network."""
    _, profile = profile_of("gitlab")
    provider = built_in("gitlab", issuer="https://git.acme.test/")

    person = await person_of(provider, Recording({"GET https://git.acme.test/api/v4/user": profile}))

    assert person is not None
    assert provider.own_urls == ("https://git.acme.test/",)


@pytest.mark.parametrize(
    ("wanted", "domain", "let_in"),
    [
        ("acme.test", "acme.test", True),
        ("acme.test", "evil.test", False),
        ("acme.test", None, False),
        ("*", "acme.test", True),
        ("*", None, False),
        ("*", "", False),
        (None, None, True),
    ],
)
async def test_google_domain_is_checked(wanted: str | None, domain: str | None, *, let_in: bool) -> None:
    """Who edits the URL of Google's page is still not let in."""
    assert (await claimed("google", {"hd": domain}, hd=wanted) is not None) is let_in


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"is_email_valid": False}, ("Hong Gildong", False)),
        ({"is_email_verified": False}, ("Hong Gildong", False)),
        ({"profile": {"thumbnail_image_url": "https://k.test/s"}}, ("Hong", True)),
    ],
)
async def test_kakao_accounts(account: dict[str, Any], expected: tuple[str, bool]) -> None:
    """An address must be valid as well as verified; a nickname goes before a name."""
    url, profile = profile_of("kakao")

    person = await asked_with("kakao", {url: {**profile, "kakao_account": {**profile["kakao_account"], **account}}})

    assert person is not None
    assert (person.name, person.email_verified) == expected


async def test_linear_is_asked_by_graphql() -> None:
    """In JSON."""
    _, _, world = await arrival(built_in("linear"), BUILT_IN["linear"])

    assert world.requests[1].headers["content-type"] == "application/json"
    assert b"viewer { id name email avatarUrl" in world.requests[1].content


async def test_linear_errors_are_nobody() -> None:
    """GraphQL says 200 to them."""
    url, _ = profile_of("linear")

    assert await asked_with("linear", {url: {"errors": [{"message": "denied"}], "data": None}}) is None


async def test_naver_says_whether_it_worked() -> None:
    """Another code than 00 is a refusal; a nickname stands in for a name."""
    url, profile = profile_of("naver")
    nameless = {**profile, "response": {**profile["response"], "name": ""}}

    person = await asked_with("naver", {url: nameless})

    assert await asked_with("naver", {url: {**profile, "resultcode": "024"}}) is None
    assert person is not None
    assert person.name == "nick"


async def test_notion_is_asked_in_a_version() -> None:
    """And answers with a bot, behind which the person stands."""
    _, _, world = await arrival(built_in("notion"), BUILT_IN["notion"])
    url, profile = profile_of("notion")
    workspace = {**profile, "bot": {"owner": {"type": "workspace", "workspace": True}}}

    assert world.requests[1].headers["notion-version"] == "2022-06-28"
    assert await asked_with("notion", {url: workspace}) is None


@pytest.mark.case("SC-OAUTH-36")
async def test_paypal_checks_that_both_speak_of_one_person() -> None:
    """By ``sub``, and where there is none by ``user_id``; an id token that cannot be read stops everything."""
    url, profile = profile_of("paypal")
    old = {field: value for field, value in profile.items() if field != "sub"}
    provider, right = built_in("paypal"), unsigned_id_token(sub=profile["sub"])

    assert await person_of(provider, Recording({url: profile}), id_token=right) is not None
    assert await person_of(provider, Recording({url: old}), id_token=right) is not None
    for token in (unsigned_id_token(sub="somebody-else"), unsigned_id_token(sub=""), "unreadable"):
        assert await person_of(provider, Recording({url: profile}), id_token=token) is None


async def test_paypal_that_is_live() -> None:
    """It is asked in another place than the sandbox."""
    _, profile = profile_of("paypal")
    url = "GET https://api-m.paypal.com/v1/identity/oauth2/userinfo?schema=paypalv1.1"

    assert await asked_with("paypal", {url: profile}, environment="live") is not None


@pytest.mark.parametrize(
    ("name", "path", "value", "field", "expected"),
    [
        ("gitlab", "name", "", "name", "john_smith"),
        ("huggingface", "name", None, "name", "jane"),
        ("polar", "public_name", None, "name", "jane"),
        ("reddit", "icon_img", "", "image", None),
        ("reddit", "icon_img", None, "image", None),
        ("roblox", "nickname", "", "name", "exampleuser"),
        ("salesforce", "photos", {"thumbnail": "https://s.test/t"}, "image", "https://s.test/t"),
        ("slack", "picture", None, "image", "https://secure.gravatar.com/avatar/krane_512.jpg"),
        ("spotify", "images", [], "image", None),
        ("vercel", "name", None, "name", "john-doe"),
    ],
)
async def test_something_else_stands_in(name: str, path: str, value: object, field: str, expected: object) -> None:
    """Where the usual name or picture is missing."""
    url, profile = profile_of(name)

    person = await asked_with(name, {url: {**profile, path: value}})

    assert getattr(person, field) == expected


@pytest.mark.parametrize("confirmed", [{"data": {"id": "2244994945"}}, {"errors": []}, refusal()])
async def test_x_address_comes_by_itself(confirmed: object) -> None:
    """Where it does not come, a placeholder stands in that is not verified."""
    shown = BUILT_IN["twitter"].answers[f"{ME}profile_image_url"]

    person = await asked_with("twitter", {f"{ME}profile_image_url": shown, f"{ME}confirmed_email": confirmed})

    assert person is not None
    assert (person.email, person.email_verified) == ("2244994945@twitter.placeholder.invalid", False)


async def test_vk_is_asked_by_a_form() -> None:
    """With the token and our name in it."""
    _, _, world = await arrival(built_in("vk"), BUILT_IN["vk"])

    assert world.sent() == {"access_token": "vk-access", "client_id": "client-1"}


async def test_vk_people_without_address() -> None:
    """They are nobody, unless the host fills one in."""
    url, profile = profile_of("vk")
    answers = {url: {"user": {**profile["user"], "email": ""}}}

    filled = await asked_with(
        "vk", answers, map_profile_to_user=lambda p: {"email": f"{p['user']['user_id']}@acme.test"}
    )

    assert await asked_with("vk", answers) is None
    assert filled is not None
    assert filled.email == "1234567890@acme.test"


async def test_wechat_people_have_two_ids() -> None:
    """The one of all apps of a company goes first; without the other nobody can be asked about."""
    plain = {"access_token": "a", "openid": "o-1"}
    url = "GET https://api.weixin.qq.com/sns/userinfo?access_token=a&openid=o-1&lang=zh_CN"
    tokens = Tokens(access_token="a", raw=plain)
    world = Recording({url: {"nickname": "Li"}})

    person = await built_in("wechat").person(Vouched(tokens=tokens), world.call())

    assert person is not None
    assert (person.subject, person.email) == ("o-1", "o-1@wechat.placeholder.invalid")
    assert await built_in("wechat").person(Vouched(tokens=Tokens(access_token="a")), Recording().call()) is None
