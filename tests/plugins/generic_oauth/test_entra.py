"""One tenant of Microsoft Entra, by the generic plugin."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.plugins.generic_oauth import OAuthServer, microsoft_entra_id
from fastapi_betterauth.social.provider import Vouched
from fastapi_betterauth.social.tokens import Tokens
from tests.builders.recording import Recording, refusal
from tests.builders.vouching import CLIENT

pytestmark = pytest.mark.rule("generic-oauth §7")

TENANT = "9122040D-6C67-4C5B-B112-36A304B66DAD"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)


def entra(**graph: object) -> tuple[OAuthServer, Recording]:
    """A tenant, and what it and Graph answer."""
    base = f"https://login.microsoftonline.com/{TENANT.lower()}"
    document = {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    world = Recording(
        {
            f"GET {base}/v2.0/.well-known/openid-configuration": document,
            f"GET {base}/discovery/v2.0/keys": {"keys": [KEY.as_dict(private=False)]},
            "GET https://graph.microsoft.com/oidc/userinfo": graph or refusal(),
        }
    )
    return microsoft_entra_id(**CLIENT, tenant_id=TENANT), world


async def entra_person(made: OAuthServer, world: Recording, **claims: object) -> Any:
    """Who an id token of the tenant stands for."""
    call = world.call()
    now = int(call.now.timestamp())
    usual = {
        "iss": f"https://login.microsoftonline.com/{TENANT.lower()}/v2.0",
        "aud": "client-1",
        "sub": "sub-1",
        "oid": "oid-1",
        "iat": now,
        "exp": now + 600,
        "nonce": "n",
    }
    token = jwt.encode({"alg": "RS256", "kid": "one"}, {**usual, **claims}, KEY)
    assert await made.ready(call)
    return await made.person(Vouched(tokens=Tokens(access_token="access-1", id_token=token), nonce="n"), call)


async def test_entra_knows_people_by_oid() -> None:
    """Not by ``sub``, which differs from app to app; without an address a placeholder stands in."""
    person = await entra_person(*entra(), given_name="Abe", family_name="Lincoln")

    assert (person.subject, person.name) == ("oid-1", "Abe Lincoln")
    assert (person.email, person.email_verified) == ("oid-1@microsoft-entra-id.placeholder.invalid", False)


@pytest.mark.parametrize("oid", [None, "", "  ", 7])
async def test_entra_without_oid_is_nobody(oid: object) -> None:
    """``sub`` does not step in."""
    assert await entra_person(*entra(), oid=oid) is None


async def test_entra_takes_from_graph_what_the_token_does_not_say() -> None:
    """Claims win; Graph is believed about the same person only."""
    same = {"sub": "sub-1", "name": "Graph", "email": "abe@contoso.com", "picture": "https://p.test/1"}

    completed = await entra_person(*entra(**same), name="Token")
    stranger = await entra_person(*entra(**{**same, "sub": "sub-2"}), name="Token")

    assert (completed.name, completed.email, completed.image) == ("Token", "abe@contoso.com", "https://p.test/1")
    assert (stranger.email, stranger.image) == ("oid-1@microsoft-entra-id.placeholder.invalid", None)


@pytest.mark.case("SC-OAUTH-15")
async def test_entra_does_not_verify_an_address_by_another_one() -> None:
    """What Graph says of its address counts for that one alone."""
    graph = {"sub": "sub-1", "email": "abe@contoso.com", "email_verified": True}

    other = await entra_person(*entra(**graph), email="ceo@contoso.com")
    same = await entra_person(*entra(**graph), email="abe@contoso.com")

    assert (other.email, other.email_verified) == ("ceo@contoso.com", False)
    assert (same.email, same.email_verified) == ("abe@contoso.com", True)


async def test_entra_cannot_be_used_before_its_keys_are_known() -> None:
    """Without the discovery document it is left out rather than trusted."""
    made, world = entra()
    world.answers = {url: refusal() for url in world.answers}

    assert not await made.ready(world.call())


@pytest.mark.parametrize("tenant", ["common", "", "contoso.com", "9122040d"])
def test_entra_wants_the_id_of_one_tenant(tenant: str) -> None:
    """Names of tenants and of groups of them are refused at start."""
    with pytest.raises(ConfigurationError, match=r"microsoft_entra_id\(tenant_id\)"):
        microsoft_entra_id(**CLIENT, tenant_id=tenant)
