"""Id tokens that an app brings along (OAuth sheet §6; SECURITY-CASES IDT)."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import OctKey, RSAKey

from fastapi_betterauth import AccountLinking, AccountOptions
from fastapi_betterauth.crypto.digests import sha256_base64url, sha256_hex
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth
from fastapi_betterauth.social import Apple
from tests.builders.answers import said
from tests.builders.issuer import CLIENT, EC, ED, OTHER_RSA, RSA, Issuer, encoded, issuer, public
from tests.builders.peer import response
from tests.builders.world import Person, World, world


@pytest.fixture
async def theirs() -> AsyncIterator[Issuer]:
    """An issuer."""
    async with issuer() as one:
        yield one


async def _sign_in(person: Person, token: str, **body: Any) -> Any:
    return await person.post("/sign-in/social", {"provider": "issuer", "idToken": {"token": token, **body}})


@pytest.mark.rule("oauth-social §6", "oauth-social §2 sign-in/social", "oauth-social §10")
async def test_a_good_token_signs_in(database_url: str, theirs: Issuer) -> None:
    """By any of the issuer's keys; what the app brought is kept, but not its refresh token."""
    async with world(database_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        for key, algorithm in ((RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")):
            ada = w.person()
            token = theirs.token(key, algorithm)

            answer = await _sign_in(ada, token, accessToken="access", refreshToken="refresh")

            assert answer.status_code == 200, answer.text
            assert (answer.json()["redirect"], answer.json()["user"]["email"]) == (False, "ada@people.test")
            assert answer.json()["token"]
            assert await ada.session() is not None
            (account,) = await w.rows("account")
            assert (account["id_token"], account["access_token"], account["refresh_token"]) == (token, "access", None)


FORGED: dict[str, Callable[[Issuer], str]] = {
    # SC-IDT-01
    "alg none": lambda i: f"{encoded({'alg': 'none'})}.{encoded(i.claims())}.",
    "alg None": lambda i: f"{encoded({'alg': 'None', 'kid': 'rsa'})}.{encoded(i.claims())}.",
    "alg nOnE": lambda i: f"{encoded({'alg': 'nOnE', 'kid': 'rsa'})}.{encoded(i.claims())}.AAAA",
    "no signature": lambda i: i.token().rsplit(".", 1)[0] + ".",
    "no alg": lambda i: f"{encoded({'kid': 'rsa'})}.{encoded(i.claims())}.AAAA",
    # SC-IDT-02
    "HS256 with the PEM": lambda i: _symmetric(i, RSA.as_pem(private=False)),
    "HS256 with the DER": lambda i: _symmetric(i, RSA.as_der(private=False)),
    "HS256 with the JWK": lambda i: _symmetric(i, json.dumps(public(RSA)).encode()),
    "HS256 with our secret": lambda i: _symmetric(i, b"a secret"),
    "ES256 header on an RSA key": lambda i: _with_header(i.token(), alg="ES256"),
    # SC-IDT-03
    "key in the header": lambda i: i.token(OTHER_RSA, header={"jwk": public(OTHER_RSA)}),
    "key elsewhere": lambda i: i.token(OTHER_RSA, header={"jku": f"{i.name}/mine", "x5u": f"{i.name}/mine"}),
    "another key": lambda i: i.token(OTHER_RSA),
    # SC-IDT-04
    "crit": lambda i: _signed(i, {"crit": ["exp"], "exp": 1}),
    "b64 false": lambda i: _signed(i, {"b64": False, "crit": ["b64"]}),
    # SC-IDT-05
    "kid is a path": lambda i: i.token(header={"kid": "../../etc/passwd"}),
    "kid is SQL": lambda i: i.token(header={"kid": "' OR 1=1 --"}),
    "kid is large": lambda i: i.token(header={"kid": "k" * 20_000}),
    "kid is a number": lambda i: _with_header(i.token(), kid=1),
    "kid is missing among several": lambda i: i.token(header={"kid": ...}),
    # SC-IDT-09, SC-IDT-10
    "aud of another": lambda i: i.token(aud="another-client"),
    "aud is part of ours": lambda i: i.token(aud=CLIENT[:-1]),
    "aud is missing": lambda i: i.token(aud=...),
    "aud is a number": lambda i: i.token(aud=1),
    "aud is an object": lambda i: i.token(aud={CLIENT: True}),
    "several audiences": lambda i: i.token(aud=[CLIENT, "another"]),
    "azp of another": lambda i: i.token(aud=[CLIENT, "another"], azp="another"),
    "azp of another, aud ours": lambda i: i.token(azp="another"),
    # SC-IDT-11
    "iss with a slash": lambda i: i.token(iss=f"{i.name}/"),
    "iss in capitals": lambda i: i.token(iss=i.name.upper()),
    "iss continued": lambda i: i.token(iss=f"{i.name}.evil.test"),
    "iss of another": lambda i: i.token(iss="https://evil.test"),
    "iss is missing": lambda i: i.token(iss=...),
    # SC-IDT-12
    "expired": lambda i: i.token(exp=i.claims()["iat"] - 120),
    "exp is missing": lambda i: i.token(exp=...),
    "exp is text": lambda i: i.token(exp=str(i.claims()["exp"])),
    "exp is true": lambda i: i.token(exp=True),
    "exp is infinite": lambda i: i.token(exp=float("inf")),
    "exp is NaN": lambda i: i.token(exp=float("nan")),
    "exp in ten years": lambda i: i.token(exp=i.claims()["iat"] + 315_360_000),
    "iat in the future": lambda i: i.token(iat=i.claims()["iat"] + 600),
    "nbf in the future": lambda i: i.token(nbf=i.claims()["iat"] + 600),
    # SC-IDT-14
    "access token": lambda i: i.token(header={"typ": "at+jwt"}),
    "logout token": lambda i: i.token(header={"typ": "logout+jwt"}),
    # SC-IDT-15
    "wrong at_hash": lambda i: i.token(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    # SC-IDT-16
    "sub is missing": lambda i: i.token(sub=...),
    "sub is empty": lambda i: i.token(sub=""),
    "sub is a list": lambda i: i.token(sub=["ada"]),
    "sub is long": lambda i: i.token(sub="s" * 300),
    # SC-IDT-17
    "huge": lambda i: i.token(more="x" * 20_000),
    "deep": lambda i: f"{encoded({'alg': 'RS256', 'kid': 'rsa'})}.{encoded(b'[' * 9000)}.AAAA",
    # SC-IDT-18, SC-IDT-19
    "encrypted": lambda _: ".".join(
        [encoded({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 10**9}), *["AAAA"] * 4]
    ),
    "seven parts": lambda i: i.token() + ".a.b.c.d",
    "JSON": lambda i: json.dumps(dict(zip(("protected", "payload", "signature"), i.token().split("."), strict=True))),
    # SC-IDT-20
    "zero signature": lambda i: i.token(EC, "ES256").rsplit(".", 1)[0] + "." + encoded(b"\x00" * 64),
    "no token at all": lambda _: "hello",
    "empty": lambda _: "",
    "dots": lambda _: "..",
}


def _signed(theirs: Issuer, header: dict[str, object]) -> str:
    """Sign by hand what no library would."""
    signed = f"{encoded({'alg': 'RS256', 'kid': 'rsa'} | header)}.{encoded(theirs.claims())}"
    signature = RSA.private_key.sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{encoded(signature)}"


def _symmetric(theirs: Issuer, key: bytes) -> str:
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa'})}.{encoded(theirs.claims())}"
    return f"{signed}.{encoded(hmac.digest(key, signed.encode(), 'sha256'))}"


def _with_header(token: str, **changes: Any) -> str:
    head, rest = token.split(".", 1)
    return f"{encoded(json.loads(base64.urlsafe_b64decode(head + '==')) | changes)}.{rest}"


@pytest.mark.case(
    *("SC-IDT-01", "SC-IDT-02", "SC-IDT-03", "SC-IDT-04", "SC-IDT-05", "SC-IDT-09", "SC-IDT-10", "SC-IDT-11"),
    *("SC-IDT-12", "SC-IDT-14", "SC-IDT-15", "SC-IDT-16", "SC-IDT-17", "SC-IDT-18", "SC-IDT-19", "SC-IDT-20"),
)
async def test_forged_tokens_sign_nobody_in(two_databases_url: str, theirs: Issuer) -> None:
    """Whatever is wrong with it: 401 with the one code, and nothing happens."""
    async with world(two_databases_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        for kind, forge in FORGED.items():
            answer = await _sign_in(w.person(), forge(theirs), accessToken="access")
            assert (kind, said(answer)) == (kind, (401, "INVALID_TOKEN"))

        assert await w.rows("user") == []
        assert set(theirs.peer.paths()) == {"/.well-known/openid-configuration", "/jwks"}


@pytest.mark.case("SC-IDT-09", "SC-IDT-12", "SC-IDT-15", "SC-IDT-17")
async def test_odd_but_good_tokens_sign_in(sqlite_url: str, theirs: Issuer) -> None:
    """A list of one audience, an authorized party that is us, a minute of skew, a right hash."""
    half = sha256_base64url("access")
    at_hash = encoded(base64.urlsafe_b64decode(half + "=")[:16])
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        good = {
            "list of one": theirs.token(aud=[CLIENT]),
            "authorized party": theirs.token(aud=[CLIENT, "another"], azp=CLIENT),
            "skewed": theirs.token(iat=theirs.claims()["iat"] + 30),
            "just over": theirs.token(exp=theirs.claims()["iat"] - 30),
            "with a hash": theirs.token(at_hash=at_hash),
        }
        for kind, token in good.items():
            answer = await _sign_in(w.person(), token, accessToken="access")
            assert (kind, answer.status_code) == (kind, 200)


@pytest.mark.case("SC-OAUTH-09", "SC-IDT-13")
@pytest.mark.rule("oauth-social §6")
async def test_a_nonce_that_is_given_is_checked(sqlite_url: str, theirs: Issuer) -> None:
    """Another one, or none, is refused; without a nonce in the body there is nothing to check."""
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        results = [
            (await _sign_in(w.person(), theirs.token(**claim), **body)).status_code
            for claim, body in (
                ({"nonce": "mine"}, {"nonce": "mine"}),
                ({"nonce": "other"}, {"nonce": "mine"}),
                ({}, {"nonce": "mine"}),
                ({"nonce": sha256_hex("mine")}, {"nonce": "mine"}),
                ({"nonce": "mine"}, {}),
            )
        ]

        assert results == [200, 401, 401, 401, 200]


@pytest.mark.case("SC-IDT-06")
async def test_unknown_keys_do_not_flood_the_issuer(sqlite_url: str, theirs: Issuer) -> None:
    """Two hundred tokens with names of their own, fifty at a time, cause one look, and another after a while."""
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        person = w.person()
        for start in range(0, 200, 50):
            tokens = [theirs.token(header={"kid": f"unknown-{number}"}) for number in range(start, start + 50)]
            answers = await asyncio.gather(*(_sign_in(person, token) for token in tokens))
            assert {said(answer) for answer in answers} == {(401, "INVALID_TOKEN")}
        first = theirs.peer.paths().count("/jwks")
        w.clock.move(seconds=31)
        good = await _sign_in(person, theirs.token())
        await _sign_in(person, theirs.token(header={"kid": "unknown"}))

        assert (first, theirs.peer.paths().count("/jwks"), good.status_code) == (1, 2, 200)


@pytest.mark.case("SC-IDT-06", "SC-IDT-07")
async def test_keys_rotate(sqlite_url: str, theirs: Issuer) -> None:
    """A new name is looked up once; a failing look keeps the old keys; a key that was removed ends with the cache."""
    new = RSAKey.generate_key(2048, {"kid": "new"})
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        person = w.person()

        async def status(key: RSAKey) -> int:
            return (await _sign_in(person, theirs.token(key, exp=theirs.claims()["iat"] + 3000, iat=...))).status_code

        seen = [await status(RSA)]
        theirs.publish(public(new))
        w.clock.move(seconds=31)
        seen += [await status(new), await status(RSA)]
        theirs.publish(public(RSA), public(new))
        w.clock.move(seconds=31)
        seen += [await status(RSA)]
        theirs.peer.answers["/jwks"] = response(b"down", "503 Down")
        w.clock.move(seconds=31)
        seen += [await status(RSA), await status(OTHER_RSA)]
        w.clock.move(minutes=11)
        seen += [await status(RSA)]

        assert seen == [200, 200, 401, 200, 200, 401, 401]


@pytest.mark.case("SC-IDT-08")
@pytest.mark.parametrize(
    "answer",
    [
        response(b"<html>"),
        response(b"[]"),
        response(b'{"keys": {}}'),
        response(b'{"keys": [null, 1, {"kty": "RSA"}, {"kty": "oct", "k": "AAAA", "kid": "rsa"}]}'),
        response(json.dumps({"keys": [{**RSA.as_dict(private=True), "kid": "rsa"}]}).encode()),
        response(json.dumps({"keys": [{**public(RSA), "use": "enc"}]}).encode()),
        response(json.dumps({"keys": [public(RSA)] * 101}).encode()),
        response(
            json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "rsa"}]}).encode()
        ),
        response(b" " * 3_000_000),
    ],
    ids=["html", "list", "object", "symmetric", "private", "encryption", "many", "off the curve", "large"],
)
async def test_bad_key_sets_verify_nothing(sqlite_url: str, theirs: Issuer, answer: bytes) -> None:
    """They are refused or skipped; no error leaves the server."""
    theirs.peer.answers["/jwks"] = answer
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server()])]) as w:
        symmetric = theirs.token(OctKey.import_key(b"\x00\x00\x00" * 11, {"kid": "rsa"}), "HS256")

        assert said(await _sign_in(w.person(), theirs.token())) == (401, "INVALID_TOKEN")
        assert said(await _sign_in(w.person(), symmetric)) == (401, "INVALID_TOKEN")


@pytest.mark.rule("oauth-social §2 sign-in/social", "oauth-social §6")
async def test_id_tokens_may_not_be_accepted(sqlite_url: str, theirs: Issuer) -> None:
    """By option, or because the provider publishes no keys."""
    document = json.loads(theirs.peer.answers["/.well-known/openid-configuration"].split(b"\r\n\r\n", 1)[1])  # type: ignore[union-attr]
    for server, change in ((theirs.server(disable_id_token_sign_in=True), {}), (theirs.server(), {"jwks_uri": None})):
        theirs.peer.json("/.well-known/openid-configuration", document | change)
        async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
            assert said(await _sign_in(w.person(), theirs.token())) == (404, "ID_TOKEN_NOT_SUPPORTED")


@pytest.mark.rule("oauth-social §5.5", "oauth-social §5.6", "oauth-social §2 sign-in/social")
async def test_the_rules_are_those_of_the_callback(sqlite_url: str, theirs: Issuer) -> None:
    """Closed sign-up, unproven addresses and linking are told as JSON."""
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server(disable_sign_up=True)])]) as w:
        closed = await _sign_in(w.person(), theirs.token())
        squatter = await w.sign_up("ada")
        unlinked = await _sign_in(w.person(), theirs.token())
        without = await _sign_in(w.person(), theirs.token(email=...))
        assert await squatter.session() is not None
    async with world(sqlite_url, plugins=[GenericOAuth([theirs.server(require_email_verification=True)])]) as w:
        unproven = await _sign_in(w.person(), theirs.token(sub="eve", email="eve@people.test", email_verified=False))
        made = [account["account_id"] for account in await w.rows("account")]

    assert (said(closed), closed.json()["message"]) == ((401, "OAUTH_LINK_ERROR"), "signup disabled")
    assert (said(unlinked), unlinked.json()["message"]) == ((401, "OAUTH_LINK_ERROR"), "account not linked")
    assert said(without)[0] == 401
    assert said(unproven) == (403, "EMAIL_NOT_VERIFIED")
    assert "eve" in made


async def _link(w: World, person: Person, token: str) -> Any:
    return await person.post("/link-social", {"provider": "issuer", "idToken": {"token": token, "refreshToken": "r"}})


@pytest.mark.rule("oauth-social §2 link-social")
async def test_an_id_token_links(sqlite_url: str, theirs: Issuer) -> None:
    """Each outcome has its code; what the app brought is kept, the refresh token, too."""
    trusting = AccountOptions(account_linking=AccountLinking(allow_different_emails=True))
    off = AccountOptions(account_linking=AccountLinking(enabled=False))
    plugins = [GenericOAuth([theirs.server()])]
    async with world(sqlite_url, plugins=plugins) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        other = await _link(w, bob, theirs.token())
        unproven = await _link(w, ada, theirs.token(email_verified=False))
        linked = await _link(w, ada, theirs.token())
        again = await _link(w, ada, theirs.token(name="Again"))
        forged = await _link(w, ada, theirs.token(OTHER_RSA))
        (account,) = [a for a in await w.rows("account") if a["provider_id"] == "issuer"]
    async with world(sqlite_url, account=trusting, plugins=plugins) as w:
        bob = w.person("bob")
        await bob.sign_in()
        taken = await _link(w, bob, theirs.token())
    async with world(sqlite_url, account=off, plugins=plugins) as w:
        bob = w.person("bob")
        await bob.sign_in()
        switched_off = await _link(w, bob, theirs.token(sub="new", email="bob@people.test"))

    assert linked.json() == again.json() == {"url": "", "redirect": False, "status": True}
    assert (account["account_id"], account["refresh_token"]) == ("ada", "r")
    assert [said(answer) for answer in (other, unproven, forged, taken, switched_off)] == [
        (401, "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED"),
        (401, "LINKING_NOT_ALLOWED"),
        (401, "INVALID_TOKEN"),
        (409, "SOCIAL_ACCOUNT_ALREADY_LINKED"),
        (401, "LINKING_NOT_ALLOWED"),
    ]


@pytest.mark.case("SC-OAUTH-09", "SC-OAUTH-36")
async def test_the_flow_verifies_what_it_gets(two_databases_url: str, theirs: Issuer) -> None:
    """An id token of the token endpoint is bound to the flow, and about the same person as the user info."""
    async with world(two_databases_url, plugins=[GenericOAuth([theirs.server()])]) as w:

        async def land(claims: dict[str, Any], info: dict[str, Any] | None = None, key: RSAKey = RSA) -> str:
            ada = w.person()
            body = {"provider": "issuer", "callbackURL": "/home", "errorCallbackURL": "/oops", "disableRedirect": True}
            url = (await ada.post("/sign-in/social", body)).json()["url"]
            asked = dict(part.split("=", 1) for part in url.split("?", 1)[1].split("&"))
            nonce = {"nonce": asked["nonce"]} | claims
            theirs.peer.json("/token", {"access_token": "a", "id_token": theirs.token(key, **nonce)})
            theirs.peer.json("/me", info or {})
            back = await ada.get("/callback/issuer", params={"code": "c", "state": asked["state"]})
            return back.headers["location"]

        good = await land({})
        completed = await land({"email": ...}, {"sub": "ada", "email": "ada@people.test", "email_verified": True})
        bad = [
            await land({"nonce": "another"}),
            await land({"nonce": ...}),
            await land({}, key=OTHER_RSA),
            await land({"aud": "another"}),
            await land({"email": ...}, {"sub": "eve", "email": "ada@people.test", "email_verified": True}),
        ]

        assert (good, completed) == ("/home", "/home")
        assert set(bad) == {"/oops?error=unable_to_get_user_info"}


@pytest.mark.rule("oauth-social §6")
async def test_apple_hashes_the_nonce(sqlite_url: str) -> None:
    """Apple's apps send the nonce as SHA-256; the claim may be either; the name comes from the body."""
    rules = Apple(client_id="app", client_secret="jwt").id_token_rules()
    assert rules is not None
    assert (rules.hashed_nonce, rules.max_age, rules.issuers) == (True, 3600, ("https://appleid.apple.com",))
