"""What a server says of itself, and how much of that is believed."""

import pytest

from tests.builders.generic_server import (
    AUTHORIZE,
    DOCUMENT,
    ISSUER,
    KEYS,
    TOKEN,
    USER_INFO,
    describing,
    document,
    found_server,
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


async def test_callback_must_name_the_issuer_where_the_document_says_so() -> None:
    """RFC 9207."""
    silent, naming = found_server(), found_server()
    await silent.ready(describing().call())
    await naming.ready(describing(authorization_response_iss_parameter_supported=True).call())

    assert (silent.callback_issuer, silent.names_issuer) == (ISSUER, False)
    assert (naming.callback_issuer, naming.names_issuer) == (ISSUER, True)


@pytest.mark.parametrize(
    "answer", [refusal(500), [], "text", None, b"<html>", document(issuer=None), document(issuer=7)]
)
async def test_odd_document_is_none(answer: object) -> None:
    """Whatever comes in its place, nothing breaks, and there is no provider."""
    assert not await found_server().ready(Recording({f"GET {DOCUMENT}": answer}).call())
