"""Signing in through a real OpenID Connect provider (OAuth sheet §3, §4)."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from fastapi_betterauth import (
    AccountLinking,
    AccountOptions,
    ProvisioningSource,
    RedisStorage,
    Refusal,
    UserFields,
)
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth
from fastapi_betterauth.social.authorization import RESERVED
from tests.builders.answers import cookies_set, said
from tests.builders.identity_provider import (
    NAME,
    IdentityProvider,
    come_back,
    query_of,
    sign_in_through,
    start,
)
from tests.builders.world import world


@pytest.mark.rule("oauth-social §4.7", "oauth-social §5.5", "oauth-social §10")
async def test_somebody_new_gets_an_account(database_url: str, idp: IdentityProvider) -> None:
    """User and account are made of the profile; the browser is signed in and sent to the page for new users."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person("ada")

        landed = await sign_in_through(idp, ada, "ada", newUserCallbackURL="/welcome")

        session = await ada.session()
        assert landed == "/welcome"
        assert session is not None
        assert {session["user"][key] for key in ("name", "email", "image")} == {
            "Ada",
            "ada@people.test",
            "https://pictures.test/ada.png",
        }
        assert session["user"]["emailVerified"] is True
        (account,) = await w.rows("account")
        assert (account["provider_id"], account["account_id"]) == (NAME, "ada")
        assert account["scope"] == "openid,email,profile"
        assert None not in (account["access_token"], account["refresh_token"], account["id_token"])


@pytest.mark.rule("oauth-social §5.2")
async def test_the_account_is_known_by_its_subject(database_url: str, idp: IdentityProvider) -> None:
    """The second time the same user is signed in, whatever the provider says of the address by then."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        await sign_in_through(idp, w.person(), "ada")
        before = await w.rows("account")
        await idp.people(ada={"email": "moved@people.test", "email_verified": True, "name": "Moved"})
        again = w.person()

        landed = await sign_in_through(idp, again, "ada", newUserCallbackURL="/welcome")

        session = await again.session()
        assert landed == "/home"
        assert session is not None
        assert (session["user"]["email"], session["user"]["name"]) == ("ada@people.test", "Ada")
        (account,) = await w.rows("account")
        assert account["access_token"] != before[0]["access_token"]
        assert account["scope"] == before[0]["scope"]


@pytest.mark.rule("oauth-social §3.1", "oauth-social §3.2", "oauth-social §3.3", "oauth-social §3.6")
@pytest.mark.case("SC-OAUTH-07")
async def test_the_request_is_bound_to_the_browser(two_databases_url: str, idp: IdentityProvider) -> None:
    """State, S256 challenge and nonce are fresh; the verifier is in no URL and no cookie."""
    async with world(two_databases_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        body = {"provider": NAME, "callbackURL": "/home", "disableRedirect": True}

        answer = await ada.post("/sign-in/social", body)

        asked = query_of(answer.json()["url"])
        (row,) = await w.rows("verification")
        assert list(asked) == [
            "response_type",
            "client_id",
            "state",
            "scope",
            "redirect_uri",
            "nonce",
            "code_challenge_method",
            "code_challenge",
        ]
        assert (len(asked["state"]), len(asked["nonce"]), asked["code_challenge_method"]) == (32, 32, "S256")
        assert row["identifier"] == asked["state"]
        cookies = cookies_set(answer)
        assert set(cookies) == {"better-auth.state"}
        verifier = row["value"].split('"codeVerifier":"')[1].split('"')[0]
        assert len(verifier) == 128
        assert verifier not in answer.text + str(cookies)


@pytest.mark.parametrize("client", ["basic", "post", "public"])
async def test_every_way_of_client_authentication(sqlite_url: str, idp: IdentityProvider, client: str) -> None:
    """Basic, post, and a public client that has only PKCE."""
    server = idp.server(client_id=client, authentication="basic" if client == "basic" else "post")
    async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
        ada = w.person()

        assert await sign_in_through(idp, ada, "ada") == "/home"
        assert await ada.session() is not None


@pytest.mark.rule("oauth-social §4.1")
@pytest.mark.case("SC-COOKIE-11")
async def test_a_posted_callback_ends_like_any_other(sqlite_url: str, idp: IdentityProvider) -> None:
    """A form from the provider's site carries no Lax cookie: it is turned into a GET that does."""
    server = idp.server(response_mode="form_post")
    async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
        ada = w.person()
        url = await start(ada)
        sent = query_of(await idp.agree(url.replace("response_mode=form_post", "response_mode=query"), "ada"))
        stranger = w.person("the form, without cookies")
        foreign = {"origin": idp.issuer, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}

        bounced = await stranger.http.post(f"/api/auth/callback/{NAME}", data=sent, headers=foreign)

        assert query_of(url)["response_mode"] == "form_post"
        assert bounced.status_code == 302
        assert cookies_set(bounced) == {}
        assert await come_back(ada, bounced.headers["location"]) == "/home"
        assert await ada.session() is not None


@pytest.mark.case("SC-OAUTH-01", "SC-OAUTH-11")
@pytest.mark.rule("oauth-social §4.2")
@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("code=abc", "state_not_found"),
        ("code=abc&state=", "state_not_found"),
        ("code=abc&state=unknown", "state_mismatch"),
        ("state=a&state=b&code=abc", "invalid_callback_request"),
        ("error=access_denied&error_description=%3Cscript%3E", "state_not_found"),
        ("error=access_denied&error_description=%3Cscript%3E&state=unknown", "state_mismatch"),
        ("", "state_not_found"),
    ],
)
async def test_callbacks_of_no_flow_end_on_the_error_page(
    sqlite_url: str, idp: IdentityProvider, query: str, error: str
) -> None:
    """Nothing is asked of the provider, and nothing happens here."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        before = await w.snapshot()

        landed = await come_back(w.person(), f"{w.base}/api/auth/callback/{NAME}?{query}")

        assert landed == f"{w.base}/api/auth/error?error={error}"
        assert await w.snapshot() == before


@pytest.mark.case("SC-OAUTH-11")
async def test_a_refusal_ends_on_the_flows_own_page(two_databases_url: str, idp: IdentityProvider) -> None:
    """The provider's code and words are passed on, encoded; the state is used up."""
    async with world(two_databases_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        back = await idp.deny(await start(ada, errorCallbackURL="/oops?from=idp"))

        first, second = await come_back(ada, back), await come_back(ada, back)

        assert first == "/oops?from=idp&error=access_denied&error_description=The%20person%20said%20no"
        assert query_of(second) == {"error": "state_mismatch"}
        assert await w.rows("verification") == []


@pytest.mark.case("SC-OAUTH-02", "SC-CSRF-15")
@pytest.mark.parametrize("kept", ["database", "cookie", "redis"])
async def test_another_browser_cannot_finish_a_flow(
    two_databases_url: str, idp: IdentityProvider, redis_url: str, kept: str
) -> None:
    """Without the cookie of that very flow there is no session and no account, and the flow stays its owner's."""
    options: dict[str, Any] = {"account": AccountOptions(store_state_strategy="cookie" if kept == "cookie" else None)}
    if kept == "redis":
        options["secondary_storage"] = RedisStorage(redis_url, prefix=f"flows:{uuid4().hex}:", timeout=5)
    async with world(two_databases_url, **options, plugins=[GenericOAuth([idp.server()])]) as w:
        attacker, victim, busy = w.person("attacker"), w.person("victim"), w.person("busy")
        await start(busy)
        back = await idp.agree(await start(attacker), "eve")

        refused = [query_of(await come_back(person, back))["error"] for person in (victim, busy)]

        assert refused == ["state_mismatch", "state_mismatch"]
        assert (await victim.session(), await busy.session()) == (None, None)
        assert await w.rows("account") == []
        assert await come_back(attacker, back) == "/home"
        assert query_of(await come_back(attacker, back)) == {"error": "state_mismatch"}
        assert len(await w.rows("account")) == 1


@pytest.mark.case("SC-OAUTH-03")
async def test_a_callback_counts_once(database_url: str, idp: IdentityProvider) -> None:
    """Of twenty at once one signs in; the code is traded once, or the provider would have revoked everything."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        back = await idp.agree(await start(ada), "ada")
        twins = [w.person(f"twin {number}") for number in range(20)]
        for twin in twins:
            twin.http.cookies.update(ada.http.cookies)

        landed = await asyncio.gather(*(come_back(twin, back) for twin in twins))

        assert landed.count("/home") == 1
        assert {query_of(url)["error"] for url in landed if url != "/home"} == {"state_mismatch"}
        assert len(await w.rows("session")) == 1
        access = await twins[landed.index("/home")].post(
            "/get-access-token", {"accountId": (await w.rows("account"))[0]["id"]}
        )
        assert access.status_code == 200


@pytest.mark.case("SC-OAUTH-21")
async def test_one_identity_arrives_twice_at_once(database_url: str, idp: IdentityProvider) -> None:
    """Ten first sign-ins of one person at the same moment make one user and one account, and ten sessions."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        people = [w.person(f"device {number}") for number in range(10)]
        backs = [await idp.agree(await start(person), "ada") for person in people]

        landed = await asyncio.gather(*(come_back(p, back) for p, back in zip(people, backs, strict=True)))

        assert set(landed) == {"/home"}
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [1, 1, 10]


@pytest.mark.case("SC-OAUTH-04")
@pytest.mark.parametrize("strategy", ["database", "cookie"])
async def test_a_flow_ends_after_ten_minutes(two_databases_url: str, idp: IdentityProvider, strategy: str) -> None:
    """Whoever comes back later begins anew, from the flow's own page."""
    account = AccountOptions(store_state_strategy=strategy)  # type: ignore[arg-type]  # parametrised
    async with world(two_databases_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        back = await idp.agree(await start(ada), "ada")
        w.clock.move(minutes=11)

        assert query_of(await come_back(ada, back)) == {"error": "state_mismatch"}
        assert await w.rows("session") == []


@pytest.mark.case("SC-OAUTH-05", "SC-OAUTH-41")
async def test_the_code_of_one_provider_is_not_shown_to_another(sqlite_url: str, idp: IdentityProvider) -> None:
    """A state that was begun for one provider ends at no other one, whatever its name looks like."""
    servers = [idp.server(), idp.server(provider_id="other"), idp.server(provider_id="IDP")]
    async with world(sqlite_url, plugins=[GenericOAuth(servers)]) as w:
        for name, error in {
            "other": "state_mismatch",
            "IDP": "state_mismatch",
            "__proto__": "oauth_provider_not_found",
        }.items():
            ada = w.person()
            back = await idp.agree(await start(ada), "ada")

            assert query_of(await come_back(ada, back.replace(f"/callback/{NAME}", f"/callback/{name}"))) == {
                "error": error
            }

        for name in ("", "../x", "%2e%2e", "GOOGLE", "__proto__"):
            answer = await w.person().post("/sign-in/social", {"provider": name})
            assert said(answer) == (404, "PROVIDER_NOT_FOUND")
        assert await w.rows("account") == []


@pytest.mark.case("SC-OAUTH-06")
async def test_the_provider_must_name_itself(sqlite_url: str, idp: IdentityProvider) -> None:
    """A provider that publishes RFC 9207 is believed only with its own name, and before the code is shown to it."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        seen = []
        for change in ("&iss=", "&iss=https%3A%2F%2Fevil.test", "&iss=x&iss=y"):
            ada = w.person()
            back = await idp.agree(await start(ada), "ada")
            seen.append(query_of(await come_back(ada, back.split("&iss=")[0] + (change if len(change) > 5 else ""))))

        assert seen == [
            {"error": "issuer_missing"},
            {"error": "issuer_mismatch"},
            {"error": "invalid_callback_request"},
        ]


@pytest.mark.case("SC-OAUTH-08")
async def test_another_persons_code_is_worth_nothing(sqlite_url: str, idp: IdentityProvider) -> None:
    """The attacker's code in the victim's flow fails at the provider, for the challenge is another one."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        attacker, victim = w.person("attacker"), w.person("victim")
        stolen = query_of(await idp.agree(await start(attacker), "eve"))["code"]
        own = query_of(await start(victim))["state"]

        url = f"{w.base}/api/auth/callback/{NAME}?code={stolen}&state={own}&iss={idp.issuer}"

        assert query_of(await come_back(victim, url)) == {"error": "invalid_code"}
        assert await victim.session() is None


@pytest.mark.case("SC-OAUTH-12")
async def test_no_header_moves_the_redirect_uri(sqlite_url: str, idp: IdentityProvider) -> None:
    """It is made of the configured base URL, or of the option."""
    own = idp.server(provider_id="own", redirect_uri="https://edge.test/back")
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server(), own])]) as w:
        headers = {"host": "evil.test", "x-forwarded-host": "evil.test", "x-forwarded-proto": "https"}
        body = {"provider": NAME, "disableRedirect": True}

        answer = await w.person().post("/sign-in/social", body, headers=headers)
        moved = await w.person().post("/sign-in/social", body | {"provider": "own"}, headers=headers)

        assert query_of(answer.json()["url"])["redirect_uri"] == f"{w.base}/api/auth/callback/{NAME}"
        assert query_of(moved.json()["url"])["redirect_uri"] == "https://edge.test/back"


@pytest.mark.case("SC-OAUTH-13")
@pytest.mark.rule("oauth-social §3.5")
@pytest.mark.parametrize(
    "name",
    [
        "state",
        "client_id",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "scope",
    ],
)
async def test_clients_cannot_set_what_belongs_to_the_flow(sqlite_url: str, idp: IdentityProvider, name: str) -> None:
    """Reserved parameters are refused, others are added."""
    assert len(RESERVED) == 8
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = w.person()

        refused = await ada.post("/sign-in/social", {"provider": NAME, "additionalParams": {name: "mine"}})
        taken = query_of(await start(ada, additionalParams={"ui_locales": "de"}, loginHint="a&state=mine"))

        assert said(refused) == (400, "VALIDATION_ERROR")
        assert (taken["ui_locales"], taken["login_hint"]) == ("de", "a&state=mine")


@pytest.mark.case("SC-OAUTH-14")
@pytest.mark.rule("oauth-social §3.2")
async def test_data_of_the_client_is_no_state(sqlite_url: str, idp: IdentityProvider) -> None:
    """Keys of our own in ``additionalData`` are dropped; the flow links nobody and leads nowhere else."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        bob = await w.sign_up("bob")
        smuggled = {
            "link": {"userId": bob.user["id"], "email": "ada@people.test"},
            "codeVerifier": "x",
            "callbackURL": "https://evil.test",
            "errorURL": "https://evil.test",
            "serverContext": {"admin": True},
            "requestSignUp": True,
            "expiresAt": 9999999999999,
            "providerId": "other",
            "theme": "dark",
        }
        ada = w.person()

        url = await start(ada, additionalData=smuggled)
        (row,) = await w.rows("verification")
        landed = await come_back(ada, await idp.agree(url, "ada"))

        assert '"theme":"dark"' in row["value"]
        assert not any(word in row["value"] for word in ("evil", "admin", "9999999999999", bob.user["id"], "other"))
        assert landed == "/home"
        assert [a["user_id"] for a in await w.rows("account") if a["provider_id"] == NAME] != [bob.user["id"]]


@pytest.mark.rule("oauth-social §2 sign-in/social")
async def test_pages_are_checked_at_the_start(sqlite_url: str, idp: IdentityProvider) -> None:
    """No flow begins that would end on a foreign page."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        codes = {
            "callbackURL": "INVALID_CALLBACK_URL",
            "errorCallbackURL": "INVALID_ERROR_CALLBACK_URL",
            "newUserCallbackURL": "INVALID_NEW_USER_CALLBACK_URL",
        }
        for field, code in codes.items():
            answer = await w.person().post("/sign-in/social", {"provider": NAME, field: "https://evil.test"})
            assert said(answer) == (403, code)
        assert await w.rows("verification") == []


@pytest.mark.rule("oauth-social §2 sign-in/social")
async def test_the_answer_names_the_provider_as_location(sqlite_url: str, idp: IdentityProvider) -> None:
    """Status 200 with the URL, as JSON and as header, unless the client wants to go there itself."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        goes = await w.person().post("/sign-in/social", {"provider": NAME})
        stays = await w.person().post("/sign-in/social", {"provider": NAME, "disableRedirect": True})

        assert (goes.status_code, goes.json()["redirect"]) == (200, True)
        assert goes.headers["location"] == goes.json()["url"]
        assert stays.json()["redirect"] is False
        assert "location" not in stays.headers


@pytest.mark.case("SC-OAUTH-30")
async def test_who_is_banned_stays_out(two_databases_url: str, idp: IdentityProvider) -> None:
    """The ban is told on the flow's page; there is no session."""
    async with world(two_databases_url, plugins=[Admin(), GenericOAuth([idp.server()])]) as w:
        ada = w.person()
        await sign_in_through(idp, ada, "ada")
        (user,) = await w.rows("user")
        table = w.auth.tables.user.table
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(table.update().where(table.c.id == user["id"]).values(banned=True))
        again = w.person()

        landed = query_of(await sign_in_through(idp, again, "ada"))

        assert landed["error"] == "banned"
        assert await again.session() is None


@pytest.mark.rule("oauth-social §4.2 p")
async def test_the_host_turns_somebody_away(two_databases_url: str, idp: IdentityProvider) -> None:
    """``validate_user_info`` sees the provider and the profile; its code is told, and nobody is made."""
    asked: list[ProvisioningSource] = []

    async def check(user: UserFields, source: ProvisioningSource) -> Refusal | None:
        asked.append(source)
        return Refusal("not_invited", "Ask for an invitation") if user.email == "ada@people.test" else None

    plugins = [GenericOAuth([idp.server()])]
    async with world(two_databases_url, user={"validate_user_info": check}, plugins=plugins) as w:
        landed = query_of(await sign_in_through(idp, w.person(), "ada"))

        assert landed == {"error": "not_invited", "error_description": "Ask for an invitation"}
        assert (asked[0].action, asked[0].method) == ("create-user", "oauth")
        assert asked[0].oauth is not None
        assert (asked[0].oauth.provider_id, asked[0].oauth.profile["sub"]) == (NAME, "ada")
        assert await w.rows("user") == []


@pytest.mark.rule("oauth-social §5.5")
@pytest.mark.parametrize(
    ("options", "body", "error"),
    [
        ({"disable_sign_up": True}, {"requestSignUp": True}, "signup_disabled"),
        ({"disable_implicit_sign_up": True}, {}, "signup_disabled"),
        ({"disable_implicit_sign_up": True}, {"requestSignUp": True}, None),
    ],
)
async def test_sign_up_may_be_closed(
    sqlite_url: str, idp: IdentityProvider, options: dict[str, bool], body: dict[str, bool], error: str | None
) -> None:
    """Nobody new, or only who asks for an account."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server(**options)])]) as w:
        landed = await sign_in_through(idp, w.person(), "ada", **body)

        assert query_of(landed).get("error") == error
        assert len(await w.rows("user")) == (0 if error else 1)


@pytest.mark.rule("oauth-social §5.6")
@pytest.mark.case("SC-OAUTH-27")
async def test_an_unproven_address_may_have_to_be_proven_first(two_databases_url: str, idp: IdentityProvider) -> None:
    """The account is made and the mail sent, but there is no session before the link in it is followed."""
    server = idp.server(require_email_verification=True)
    async with world(two_databases_url, plugins=[GenericOAuth([server])]) as w:
        eve = w.person("eve")

        first = await sign_in_through(idp, eve, "eve")
        token = (await w.settled()).last("eve@people.test", "verify").token
        before = len(await w.rows("session"))
        await w.person().get("/verify-email", params={"token": token})
        second = await sign_in_through(idp, eve, "eve")

        assert query_of(first) == {"error": "email_not_verified"}
        assert (before, second) == (0, "/home")
        assert len(await w.rows("account")) == 1
        assert await eve.session() is not None


@pytest.mark.rule("oauth-social §5.4")
@pytest.mark.case("SC-OAUTH-29")
async def test_the_profile_may_win(two_databases_url: str, idp: IdentityProvider) -> None:
    """With ``override_user_info`` name and address follow the provider, but never to an address somebody else has."""
    async with world(two_databases_url, plugins=[GenericOAuth([idp.server(override_user_info=True)])]) as w:
        ada = w.person()
        await sign_in_through(idp, ada, "ada")
        await idp.people(ada={"email": "New@People.test", "email_verified": False, "name": "Ada L."})
        await sign_in_through(idp, ada, "ada")
        moved = (await w.rows("user"))[0]
        await w.sign_up("bob")
        await idp.people(ada={"email": "bob@people.test", "email_verified": True, "name": "Bob?"})
        landed = await sign_in_through(idp, ada, "ada")

        users = {user["name"]: user for user in await w.rows("user")}
        assert (moved["name"], moved["email"], moved["email_verified"]) == ("Ada L.", "new@people.test", False)
        assert landed == "/home"
        assert users["Bob?"]["email"] == "new@people.test"
        assert users["Bob"]["email_verified"] is False


@pytest.mark.rule("oauth-social §4.2 o")
async def test_somebody_without_an_address_is_told(sqlite_url: str, idp: IdentityProvider) -> None:
    """There is no user without an address, unless the host makes one up."""
    await idp.people(ada={"name": "Ada"})
    mapped = idp.server(provider_id=NAME, map_profile_to_user=lambda profile: {"email": f"{profile['sub']}@made.test"})
    for server, error in ((idp.server(), "email_not_found"), (mapped, None)):
        async with world(sqlite_url, plugins=[GenericOAuth([server])]) as w:
            assert query_of(await sign_in_through(idp, w.person(), "ada")).get("error") == error


@pytest.mark.rule("oauth-social §1 account")
async def test_tokens_may_stay_as_they_were(sqlite_url: str, idp: IdentityProvider) -> None:
    """``update_account_on_sign_in=False`` keeps those of the first time."""
    account = AccountOptions(update_account_on_sign_in=False, account_linking=AccountLinking())
    async with world(sqlite_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        await sign_in_through(idp, w.person(), "ada")
        before = await w.rows("account")
        await sign_in_through(idp, w.person(), "ada")

        assert await w.rows("account") == before


@pytest.mark.case("SC-IDT-07", "SC-IDT-12")
async def test_the_provider_changes_its_keys_and_its_clock_is_off(sqlite_url: str, idp: IdentityProvider) -> None:
    """New keys are fetched when a token names them; half a minute between the clocks does no harm, an hour does."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        landed = [await sign_in_through(idp, w.person(), "ada")]
        await idp.control(rotate=True)
        w.clock.move(seconds=31)
        landed.append(await sign_in_through(idp, w.person(), "ada"))
        w.clock.move(seconds=-60)
        landed.append(await sign_in_through(idp, w.person(), "ada"))
        w.clock.move(hours=-1)
        landed.append(await sign_in_through(idp, w.person(), "ada"))

        assert landed == ["/home", "/home", "/home", "/oops?error=unable_to_get_user_info"]


@pytest.mark.case("SC-OAUTH-34")
async def test_nothing_secret_is_logged(
    sqlite_url: str, idp: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """A code that the provider refuses leaves no code, verifier, token or secret in the log."""
    caplog.set_level("DEBUG", "fastapi_betterauth")
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server(client_secret="wrong-secret-of-ours")])]) as w:
        ada = w.person()
        url = await start(ada)
        verifier = (await w.rows("verification"))[0]["value"].split('"codeVerifier":"')[1].split('"')[0]
        back = await idp.agree(url, "ada")

        assert query_of(await come_back(ada, back)) == {"error": "invalid_code"}
        assert "invalid_client" in caplog.text
        for secret in (query_of(back)["code"], verifier, "wrong-secret-of-ours"):
            assert secret not in caplog.text
