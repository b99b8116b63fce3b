"""Tokens of providers: handed out, renewed, kept (OAuth sheet §2)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from fastapi_betterauth import AccountOptions
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth
from tests.builders.answers import said
from tests.builders.identity_provider import NAME, IdentityProvider, sign_in_through
from tests.builders.world import Person, World, world


async def _signed_in(w: World, idp: IdentityProvider, subject: str = "ada") -> tuple[Person, str]:
    """Somebody signed in through the provider, and the id of the account there."""
    person = w.person(subject)
    assert await sign_in_through(idp, person, subject) == "/home"
    (account,) = (await person.get("/list-accounts")).json()
    return person, account["id"]


async def _forget(w: World, **values: Any) -> None:
    """Change the one account at the provider."""
    table = w.auth.tables.account.table
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(update(table).where(table.c.provider_id == NAME).values(**values))


@pytest.mark.rule("oauth-social §2 get-access-token", "oauth-social §2.1")
async def test_a_good_token_is_handed_out_as_it_is(database_url: str, idp: IdentityProvider) -> None:
    """With its end, the grant and the id token; the provider is not asked."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)

        answer = (await ada.post("/get-access-token", {"accountId": account})).json()

        (row,) = await w.rows("account")
        assert answer["accessToken"] == row["access_token"]
        assert answer["scopes"] == ["openid", "email", "profile"]
        assert answer["idToken"] == row["id_token"]
        assert set(answer) == {"accessToken", "accessTokenExpiresAt", "scopes", "idToken"}


@pytest.mark.rule("oauth-social §2.1")
@pytest.mark.parametrize(("seconds", "renewed"), [(3590, False), (3597, True)])
async def test_a_token_is_renewed_five_seconds_before_its_end(
    sqlite_url: str, idp: IdentityProvider, *, seconds: int, renewed: bool
) -> None:
    """It is kept with the new refresh token; the grant stays as it was."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)
        (before,) = await w.rows("account")
        w.clock.move(seconds=seconds)

        answer = (await ada.post("/get-access-token", {"accountId": account})).json()

        (after,) = await w.rows("account")
        assert (answer["accessToken"] != before["access_token"]) is renewed
        assert answer["accessToken"] == after["access_token"]
        assert (after["refresh_token"] != before["refresh_token"]) is renewed
        assert after["scope"] == before["scope"]


@pytest.mark.case("SC-OAUTH-32")
@pytest.mark.rule("oauth-social §2.1")
async def test_many_at_once_renew_once(database_url: str, idp: IdentityProvider) -> None:
    """Twenty requests have one answer of the provider, who revokes everything if a refresh token is used twice."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)
        w.clock.move(hours=2)

        answers = await asyncio.gather(*(ada.post("/get-access-token", {"accountId": account}) for _ in range(20)))
        again = await ada.post("/refresh-token", {"accountId": account})

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["accessToken"] for answer in answers}) == 1
        assert again.status_code == 200, "the provider has revoked the grant"
        (row,) = await w.rows("account")
        assert (row["access_token"], row["refresh_token"]) == (
            again.json()["accessToken"],
            again.json()["refreshToken"],
        )
        assert await w.rows("verification") == []


@pytest.mark.rule("oauth-social §2.1")
async def test_a_token_without_an_end_is_never_renewed(sqlite_url: str, idp: IdentityProvider) -> None:
    """Nor one without a refresh token: it is handed out as it is."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)
        (before,) = await w.rows("account")
        for lacking in ({"access_token_expires_at": None}, {"refresh_token": None}):
            await _forget(w, **lacking)
            w.clock.move(hours=2)

            answer = await ada.post("/get-access-token", {"accountId": account})

            assert answer.json()["accessToken"] == before["access_token"]


@pytest.mark.rule("oauth-social §2 refresh-token")
async def test_tokens_are_renewed_on_demand(database_url: str, idp: IdentityProvider) -> None:
    """Whatever the old ones are worth; the answer is what is stored."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)
        (before,) = await w.rows("account")

        answer = (await ada.post("/refresh-token", {"accountId": account})).json()

        (after,) = await w.rows("account")
        assert answer["accessToken"] == after["access_token"] != before["access_token"]
        assert answer["refreshToken"] == after["refresh_token"] != before["refresh_token"]
        assert (answer["providerId"], answer["accountId"], answer["scope"]) == (NAME, account, "openid,email,profile")
        assert answer["refreshTokenExpiresAt"] is None


@pytest.mark.rule("oauth-social §2 account-info")
async def test_the_provider_is_asked_who_it_is(sqlite_url: str, idp: IdentityProvider) -> None:
    """User, raw profile and account."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)

        answer = (await ada.get("/account-info", params={"accountId": account})).json()

        assert answer["user"] == {
            "name": "Ada",
            "email": "ada@people.test",
            "image": "https://pictures.test/ada.png",
            "emailVerified": True,
        }
        assert answer["data"]["sub"] == "ada"
        assert answer["account"] == {"id": account, "providerId": NAME, "accountId": "ada"}


@pytest.mark.case("SC-ACCT-06", "SC-ACCT-09", "SC-ACCT-10")
@pytest.mark.rule("oauth-social §2.2")
async def test_accounts_of_others_are_unknown(two_databases_url: str, idp: IdentityProvider) -> None:
    """Another user's id is like no id, with or without naming its owner, and nothing is asked of the provider."""
    async with world(two_databases_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)
        bob = await w.sign_up("bob")
        before, owner = await w.rows("account"), (await w.rows("user"))[0]["id"]
        calls = [("POST", "/get-access-token"), ("POST", "/refresh-token"), ("GET", "/account-info")]

        for method, path in calls:
            for choice in ({"accountId": account}, {"accountId": account, "userId": owner}, {"accountId": "unknown"}):
                kind = "params" if method == "GET" else "json"
                mine = await bob.http.request(method, f"/api/auth{path}", **{kind: choice})  # type: ignore[arg-type]
                nobodys = await w.person().http.request(method, f"/api/auth{path}", **{kind: choice})  # type: ignore[arg-type]
                assert said(mine) == (400, "ACCOUNT_NOT_FOUND")
                assert (nobodys.status_code, nobodys.text) == (401, "")
        assert said(await bob.post("/unlink-account", {"accountId": account})) != (200, None)
        assert await w.rows("account") == before
        assert await ada.session() is not None


@pytest.mark.rule("oauth-social §2.2", "oauth-social §2 get-access-token")
async def test_the_server_names_whom_it_means(sqlite_url: str, idp: IdentityProvider) -> None:
    """In-process, on nobody's behalf, an account is chosen by user and id."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        _, account = await _signed_in(w, idp)
        (user,) = await w.rows("user")

        tokens = await w.auth.api.get_access_token(account_id=account, user_id=user["id"])

        assert tokens.access_token == (await w.rows("account"))[0]["access_token"]
        with pytest.raises(Exception, match="USER_ID_OR_SESSION_REQUIRED"):
            await w.auth.api.get_access_token(account_id=account)


@pytest.mark.rule("oauth-social §2 refresh-token", "oauth-social §2 account-info")
async def test_what_cannot_be_done_is_said(sqlite_url: str, idp: IdentityProvider) -> None:
    """No provider, no refresh token, a provider that says no: each has its code."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, account = await _signed_in(w, idp)
        choice = {"accountId": account}

        await _forget(w, refresh_token="worthless")
        refused = await ada.post("/refresh-token", choice)
        w.clock.move(hours=2)
        expired = await ada.post("/get-access-token", choice)
        await _forget(w, refresh_token=None)
        without = await ada.post("/refresh-token", choice)
        await _forget(w, access_token=None)
        nothing = await ada.get("/account-info", params=choice)
        await _forget(w, provider_id="gone")
        unsupported = [await ada.post(path, choice) for path in ("/get-access-token", "/refresh-token")]
        unknown = await ada.get("/account-info", params=choice)

        assert said(refused) == (400, "FAILED_TO_REFRESH_ACCESS_TOKEN")
        assert said(expired) == (400, "FAILED_TO_GET_ACCESS_TOKEN")
        assert said(without) == (400, "REFRESH_TOKEN_NOT_FOUND")
        assert said(nothing) == (400, "ACCESS_TOKEN_NOT_FOUND")
        assert [said(answer) for answer in unsupported] == [(400, "PROVIDER_NOT_SUPPORTED")] * 2
        assert unsupported[0].json()["message"] == "Provider gone is not supported."
        assert said(unknown) == (400, "PROVIDER_NOT_CONFIGURED")


@pytest.mark.case("SC-ACCT-08")
@pytest.mark.rule("oauth-social §1 account")
async def test_tokens_are_encrypted_at_rest(database_url: str, idp: IdentityProvider) -> None:
    """Access and refresh token are, the id token is not; what was stored before stays readable; lists tell none."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        await _signed_in(w, idp)
    account = AccountOptions(encrypt_oauth_tokens=True)
    async with world(database_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        (plain,) = await w.rows("account")
        ada = w.person("ada")
        before = await w.auth.api.get_access_token(account_id=plain["id"], user_id=plain["user_id"])
        await sign_in_through(idp, ada, "ada")
        (row,) = await w.rows("account")

        handed_out = (await ada.post("/get-access-token", {"accountId": row["id"]})).json()
        renewed = (await ada.post("/refresh-token", {"accountId": row["id"]})).json()
        (after,) = await w.rows("account")
        listed = await ada.get("/list-accounts")

        assert before.access_token == plain["access_token"]
        assert all(set(row[name]) <= set("0123456789abcdef") for name in ("access_token", "refresh_token"))
        assert row["id_token"].count(".") == 2
        assert handed_out["accessToken"] not in (row["access_token"], plain["access_token"])
        assert renewed["refreshToken"] != after["refresh_token"]
        assert not any(str(after[name]) in listed.text for name in ("access_token", "refresh_token", "id_token"))


@pytest.mark.rule("generic-oauth §6")
async def test_signing_out_leads_to_the_provider(sqlite_url: str, idp: IdentityProvider) -> None:
    """The answer names the provider's page, with the id token and the way back, as JSON and as header."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, _ = await _signed_in(w, idp)
        (row,) = await w.rows("account")

        answer = await ada.post("/sign-out", {"callbackURL": "/goodbye", "state": "mine"})

        body = answer.json()
        assert (body["success"], body["redirect"]) == (True, True)
        assert answer.headers["location"] == body["url"]
        assert body["url"].startswith(f"{idp.issuer}/session/end?id_token_hint={row['id_token']}")
        assert "post_logout_redirect_uri=http%3A%2F%2Fapp.test%2Fgoodbye&client_id=post&state=mine" in body["url"]
        assert await ada.session() is None


@pytest.mark.rule("generic-oauth §6")
async def test_signing_out_may_stay_here(sqlite_url: str, idp: IdentityProvider) -> None:
    """By option, for lack of a provider, or because the client goes there itself."""
    silent = idp.server(disable_provider_logout=True)
    async with world(sqlite_url, plugins=[GenericOAuth([silent])]) as w:
        ada, _ = await _signed_in(w, idp)
        bob = await w.sign_up("bob")
        without = [(await person.post("/sign-out")).json() for person in (ada, bob)]
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, _ = await _signed_in(w, idp)
        stays = await ada.post("/sign-out", {"disableRedirect": True})

    assert without == [{"success": True}, {"success": True}]
    assert stays.json()["redirect"] is False
    assert stays.json()["url"].startswith(idp.issuer)
    assert "location" not in stays.headers
