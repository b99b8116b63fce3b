"""What a server says of itself, and how much of that is believed."""

from typing import Any

import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth, OAuthServer, TokenEndpointAuth
from tests.builders.generic_server import (
    AUTHORIZE,
    BY_HAND,
    CLIENT,
    DOCUMENT,
    ISSUER,
    KEYS,
    TOKEN,
    USER_INFO,
    describing,
    document,
    found_server,
    plain_server,
)
from tests.builders.recording import Recording, refusal

pytestmark = pytest.mark.rule("generic-oauth §3")


async def test_places_come_from_the_document() -> None:
    """Once it is there, nothing more is asked for."""
    made, world = found_server(), describing()
    call = world.call()

    assert await made.ready(call)
    assert await made.ready(call)

    places = made.endpoints()
    assert (places.authorization, places.token, places.user_info) == (AUTHORIZE, TOKEN, USER_INFO)
    assert world.asked == [f"GET {DOCUMENT}"]


async def test_options_win_over_the_document() -> None:
    """Each by itself."""
    made = found_server(token_url="https://other.test/token", end_session_endpoint="https://other.test/out")
    await made.ready(describing(end_session_endpoint=f"{ISSUER}/out").call())

    assert made.endpoints().token == "https://other.test/token"
    assert made.endpoints().authorization == AUTHORIZE
    assert await made.end_session_url(None, None, None) == "https://other.test/out?client_id=client-1"


async def test_headers_are_sent_along() -> None:
    """To the document alone."""
    made, world = found_server(discovery_headers={"x-tenant": "acme"}), describing()

    await made.ready(world.call())

    assert world.requests[0].headers["x-tenant"] == "acme"
    assert "x-tenant" not in repr(made)


@pytest.mark.parametrize("answer", [refusal(500), [], "text", None, b"<html>"])
async def test_failure_is_tried_again_but_not_at_once(answer: object) -> None:
    """A server that is down is not there, and comes back without a restart."""
    made, world = found_server(), Recording({f"GET {DOCUMENT}": answer})
    call = world.call()

    assert not await made.ready(call)
    world.answers[f"GET {DOCUMENT}"] = document()
    assert not await made.ready(call)
    call.clock.move(seconds=31)
    assert await made.ready(call)
    assert len(world.requests) == 2


@pytest.mark.case("SC-SSRF-08")
@pytest.mark.parametrize("issuer", ["https://evil.test", "not a URL", "", None, 7, "ftp://idp.test"])
async def test_document_of_another_issuer_is_refused(issuer: object) -> None:
    """Its name must fit its address."""
    assert not await found_server().ready(describing(issuer=issuer).call())


async def test_host_can_name_the_issuer() -> None:
    """Where name and address differ on purpose."""
    made, world = found_server(issuer="https://login.acme.test"), describing(issuer="https://login.acme.test")

    assert await made.ready(world.call())
    assert made.callback_issuer == "https://login.acme.test"
    assert not await found_server(issuer="https://login.acme.test").ready(describing().call())


@pytest.mark.parametrize("missing", ["authorization_endpoint", "token_endpoint"])
async def test_server_without_places_is_left_out(missing: str) -> None:
    """Unless the host fills the gap."""
    filled = {"authorization_url": AUTHORIZE, "token_url": TOKEN}

    assert not await found_server().ready(describing(**{missing: ...}).call())
    assert await found_server(**filled).ready(describing(**{missing: ...}).call())


@pytest.mark.parametrize("missing", ["jwks_uri", "issuer"])
async def test_verification_can_be_demanded(missing: str) -> None:
    """Rather no provider than one whose id tokens cannot be verified."""
    demanding = found_server(require_id_token_verification=True)

    assert not await demanding.ready(describing(**{missing: ...}).call())
    assert await found_server().ready(describing(**{missing: ...}).call())


async def test_keys_stand_relative_to_the_document() -> None:
    """As some servers write them."""
    made = found_server()
    await made.ready(describing(jwks_uri="/keys").call())

    rules = made.id_token_rules()

    assert rules is not None
    assert (rules.key_set, rules.issuers, rules.audiences) == (KEYS, (ISSUER,), ("client-1",))


@pytest.mark.parametrize(
    ("named", "used"),
    [
        (["RS256", "HS256", "none"], ("RS256",)),
        (["HS256", "none"], ()),
        (["ES256", 7, None], ("ES256",)),
    ],
)
async def test_only_asymmetric_algorithms_are_used(named: list[object], used: tuple[str, ...]) -> None:
    """Whatever the document offers besides."""
    made = found_server()
    await made.ready(describing(id_token_signing_alg_values_supported=named).call())

    rules = made.id_token_rules()

    assert rules is not None
    assert rules.algorithms == used


@pytest.mark.parametrize(
    ("fields", "options", "nonce"),
    [
        ({}, {}, True),
        ({"jwks_uri": ...}, {}, False),
        ({}, {"disable_id_token_nonce_binding": True}, False),
    ],
)
async def test_flow_is_bound_by_a_nonce(fields: dict[str, Any], options: dict[str, Any], *, nonce: bool) -> None:
    """Wherever id tokens can be verified, unless the host says no."""
    made = found_server(**options)
    await made.ready(describing(**fields).call())

    assert made.requires_nonce is nonce


async def test_callback_must_name_the_issuer_where_the_document_says_so() -> None:
    """RFC 9207."""
    silent, naming = found_server(), found_server()
    await silent.ready(describing().call())
    await naming.ready(describing(authorization_response_iss_parameter_supported=True).call())

    assert (silent.callback_issuer, silent.names_issuer) == (ISSUER, False)
    assert (naming.callback_issuer, naming.names_issuer) == (ISSUER, True)


_SIGNED = TokenEndpointAuth(method="private_key_jwt", get_client_assertion=lambda _: _never())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "discovery_url"),
        ({"authorization_url": AUTHORIZE}, "discovery_url"),
        ({**BY_HAND, "require_id_token_verification": True}, "require_id_token_verification"),
        ({**BY_HAND, "token_endpoint_auth": _SIGNED}, "token_endpoint_auth"),
        ({**BY_HAND, "token_endpoint_auth": TokenEndpointAuth(method="none")}, "token_endpoint_auth"),
        (
            {**BY_HAND, "client_secret": None, "token_endpoint_auth": TokenEndpointAuth(method="private_key_jwt")},
            "token_endpoint_auth",
        ),
        (
            {**BY_HAND, "client_secret": None, "token_endpoint_auth": TokenEndpointAuth(method="client_secret_post")},
            "token_endpoint_auth",
        ),
        ({**BY_HAND, "client_secret": None, "authentication": "basic"}, "authentication"),
    ],
)
def test_options_that_contradict_are_refused(options: dict[str, Any], named: str) -> None:
    """At start, with the option and the server in the message."""
    with pytest.raises(ConfigurationError, match=rf"OAuthServer\({named}\) of 'acme'"):
        OAuthServer(**{**CLIENT, **options})


def test_two_servers_of_one_name_are_refused() -> None:
    """Nobody could tell which is meant."""
    with pytest.raises(ConfigurationError, match="'acme'"):
        GenericOAuth([plain_server(), plain_server()])


async def _never() -> str:
    raise AssertionError
