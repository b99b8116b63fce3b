"""The account in a cookie, for tokens without a database (OAuth sheet §7, §2.2)."""

import pytest

from fastapi_betterauth import AccountOptions
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth
from tests.builders.answers import cookies_set, said
from tests.builders.identity_provider import IdentityProvider, sign_in_through, start
from tests.builders.world import world

COOKIE = "better-auth.account_data"
CHOICE = {"useAccountCookie": True}
STORED = AccountOptions(store_account_cookie=True)


@pytest.mark.rule("oauth-social §7", "oauth-social §10", "oauth-social §2 get-access-token")
async def test_tokens_come_from_the_cookie(two_databases_url: str, idp: IdentityProvider) -> None:
    """It is written at sign-in, holds the account encrypted, and is written again when tokens are renewed."""
    async with world(two_databases_url, account=STORED, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        back = await idp.agree(await start(ada), "ada")
        landed = await ada.http.get(back.removeprefix(w.base))
        (row,) = await w.rows("account")

        first = await ada.post("/get-access-token", CHOICE)
        renewed = await ada.post("/refresh-token", CHOICE)
        second = await ada.post("/get-access-token", CHOICE)
        info = await ada.get("/account-info", params={"useAccountCookie": "true"})

        cookie = cookies_set(landed)[COOKIE]
        assert "max-age=300" in str(cookie).lower()
        assert str(row["access_token"]) not in landed.headers.get("set-cookie", "")
        assert first.json()["accessToken"] == row["access_token"]
        assert COOKIE in cookies_set(renewed)
        assert second.json()["accessToken"] == renewed.json()["accessToken"] != row["access_token"]
        assert info.json()["account"]["accountId"] == "ada"


@pytest.mark.rule("oauth-social §2.2")
async def test_the_cookie_is_its_owners(two_databases_url: str, idp: IdentityProvider) -> None:
    """Not somebody else's, not a forged or late one, and none where it is off."""
    async with world(two_databases_url, account=STORED, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, bob = w.person(), await w.sign_up("bob")
        await sign_in_through(idp, ada, "ada")
        stolen = ada.cookie(COOKIE) or ""
        bob.http.cookies.set(COOKIE, stolen)
        eve = await w.sign_up("eve")
        eve.http.cookies.set(COOKIE, f"{stolen[:-4]}AAAA")
        refused = [await person.post("/get-access-token", CHOICE) for person in (bob, eve)]
        w.clock.move(seconds=301)
        refused.append(await ada.post("/get-access-token", CHOICE))
        nobody = await w.person().post("/get-access-token", CHOICE)
        both = await ada.post("/get-access-token", CHOICE | {"accountId": "x"})

        assert [said(answer) for answer in refused] == [(400, "ACCOUNT_NOT_FOUND")] * 3
        assert (nobody.status_code, said(both)) == (401, (400, "VALIDATION_ERROR"))
    async with world(two_databases_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        await sign_in_through(idp, ada, "ada")
        assert ada.cookie(COOKIE) is None
        assert said(await ada.post("/get-access-token", CHOICE)) == (400, "ACCOUNT_NOT_FOUND")


@pytest.mark.rule("oauth-social §1 account", "sessions §stateless")
async def test_nothing_is_needed_but_the_secret(idp: IdentityProvider) -> None:
    """Without a store the flow, the session and the tokens are all in cookies: another process goes on."""
    plugins = [GenericOAuth([idp.server()])]
    async with world(None, plugins=plugins) as one, world(None, plugins=plugins) as other:
        ada = one.person()
        url = await start(ada)
        elsewhere = other.person()
        elsewhere.http.cookies.update(ada.http.cookies)
        back = await idp.agree(url, "ada")
        landed = await elsewhere.http.get(back.removeprefix(other.base))
        ada.http.cookies.update(elsewhere.http.cookies)

        session = await ada.session()
        tokens = await ada.post("/get-access-token", CHOICE)
        renewed = await ada.post("/refresh-token", CHOICE)

        assert landed.headers["location"] == "/home"
        assert session is not None
        assert session["user"]["email"] == "ada@people.test"
        assert (tokens.status_code, renewed.status_code) == (200, 200)
        assert renewed.json()["accessToken"] != tokens.json()["accessToken"]
