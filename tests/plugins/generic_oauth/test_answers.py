"""What is made of the answers of any server: tokens, and people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fastapi_betterauth.errors import APIError
from fastapi_betterauth.social.provider import Vouched
from fastapi_betterauth.social.token_endpoint import CodeGrant
from fastapi_betterauth.social.tokens import Tokens
from tests.builders.generic_server import TOKEN, USER_INFO, describing, found_server, plain_server
from tests.builders.recording import Recording, unsigned_id_token
from tests.builders.vouching import GRANT, person_of

pytestmark = pytest.mark.rule("generic-oauth §4", "generic-oauth §5")

PROFILE = {"id": 7, "sub": "s-7", "name": "Ada", "email": "ada@example.com", "email_verified": True, "picture": "p"}


def answering(**answer: object) -> Recording:
    """A world with a token endpoint."""
    return Recording({f"POST {TOKEN}": {"access_token": "a", **answer}})


async def test_refresh_takes_fields_along() -> None:
    """A mapping, or what a function makes; they replace neither the grant nor the token; no headers of the exchange."""

    async def made_later() -> dict[str, str]:
        return {"scope": "later", "refresh_token": "evil", "grant_type": "evil"}

    for params, scope in (({"scope": "now"}, "now"), (lambda: {"scope": "made"}, "made"), (made_later, "later")):
        world = answering()
        made = plain_server(refresh_token_params=params, authorization_headers={"x-tenant": "acme"})
        await made.refresh("r-1", world.call())
        assert world.sent()["scope"] == scope
        assert (world.sent()["refresh_token"], world.sent()["grant_type"]) == ("r-1", "refresh_token")
        assert "x-tenant" not in world.requests[0].headers


@pytest.mark.parametrize(("answer", "lifetime"), [({}, 60), ({"expires_in": 90}, 90)])
async def test_end_of_tokens_that_is_not_told(answer: dict[str, object], lifetime: int) -> None:
    """The option says it, at exchange and at refresh; what the server says goes before."""
    made, world = plain_server(access_token_expires_in=60), answering(**answer)

    before = datetime.now(UTC)
    both = [await made.exchange(GRANT, world.call()), await made.refresh("r-1", world.call())]

    for tokens in both:
        assert tokens.access_token_expires_at is not None
        assert before <= tokens.access_token_expires_at - timedelta(seconds=lifetime) <= datetime.now(UTC)


async def test_host_trades_codes_by_itself() -> None:
    """Its function gets code, way back and verifier; no token URL is needed then."""
    seen: list[CodeGrant] = []

    async def get_token(grant: CodeGrant) -> Tokens:
        seen.append(grant)
        return Tokens(access_token="mine")

    made = plain_server(token_url=None, get_token=get_token, access_token_expires_in=60)
    tokens = await made.exchange(GRANT, Recording().call())

    assert (seen, tokens.access_token) == ([GRANT], "mine")
    assert tokens.access_token_expires_at is not None
    with pytest.raises(APIError) as refused:
        await made.refresh("r-1", Recording().call())
    assert refused.value.code == "TOKEN_URL_NOT_FOUND"


async def test_id_token_with_an_address_is_the_profile() -> None:
    """Nobody is asked then; without an address the user info endpoint is."""
    made = plain_server()
    token = unsigned_id_token(sub="s-1", email="token@example.com", email_verified=True, picture="p")
    short = unsigned_id_token(sub="s-7")
    world = Recording({f"GET {USER_INFO}": PROFILE})

    by_token = await person_of(made, world, id_token=token)
    assert world.requests == []
    by_request = await person_of(made, world, id_token=short)

    assert by_token is not None
    assert by_request is not None
    assert (by_token.subject, by_token.email, by_token.email_verified, by_token.image) == (
        "s-1",
        "token@example.com",
        True,
        "p",
    )
    assert (by_request.subject, by_request.email) == ("7", "ada@example.com")


@pytest.mark.case("SC-OAUTH-36")
async def test_user_info_of_somebody_else_is_refused() -> None:
    """It must have the id token's subject."""
    world = Recording({f"GET {USER_INFO}": PROFILE})

    assert await person_of(plain_server(), world, id_token=unsigned_id_token(sub="other")) is None


@pytest.mark.case("SC-OAUTH-23")
async def test_people_are_known_by_sub_or_id() -> None:
    """``sub`` counts where OpenID Connect is spoken, ``id`` elsewhere; neither steps in for the other."""
    oidc, plain = found_server(), plain_server()
    await oidc.ready(describing(jwks_uri=...).call())

    async def subject(made: Any, left_out: str) -> str | None:
        profile = {field: value for field, value in PROFILE.items() if field != left_out}
        person = await person_of(made, Recording({f"GET {USER_INFO}": profile}))
        return person.subject if person is not None else None

    assert [await subject(oidc, ""), await subject(oidc, "sub")] == ["s-7", None]
    assert [await subject(plain, ""), await subject(plain, "id")] == ["7", None]


async def test_host_names_the_subject() -> None:
    """From tokens and raw profile, now or later; its mapping still cannot."""

    async def later(tokens: Tokens, profile: Any) -> int:
        return int(profile["id"]) + len(str(tokens.access_token))

    world = Recording({f"GET {USER_INFO}": PROFILE})
    mapped = {"map_profile_to_user": lambda _: {"id": "1", "sub": "1"}}

    first = await person_of(plain_server(account_subject=lambda _, profile: profile["sub"], **mapped), world)
    second = await person_of(plain_server(account_subject=later), world)
    nobody = await person_of(plain_server(account_subject=lambda _, __: ""), world)

    assert first is not None
    assert second is not None
    assert (first.subject, second.subject, nobody) == ("s-7", "15", None)


async def test_no_user_info_endpoint_is_nobody() -> None:
    """Where the id token does not say enough."""
    made = plain_server(user_info_url=None)

    assert await made.person(Vouched(tokens=Tokens(access_token="a")), Recording().call()) is None
