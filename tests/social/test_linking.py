"""Which account belongs to whom (OAuth sheet §4.6, §5)."""

import asyncio
from typing import Any

import pytest

from fastapi_betterauth import AccountLinking, AccountOptions
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth
from fastapi_betterauth.storage.fields import UserFields
from tests.builders.answers import said
from tests.builders.identity_provider import NAME, IdentityProvider, come_back, query_of, sign_in_through, start
from tests.builders.world import Person, World, world


def _linking(**options: Any) -> AccountOptions:
    return AccountOptions(account_linking=AccountLinking(**options))


async def _user(w: World, person: Person) -> dict[str, Any]:
    return next(user for user in await w.rows("user") if user["email"] == person.email)


async def _linked(w: World) -> list[str]:
    """Whose accounts at the provider there are."""
    return [account["user_id"] for account in await w.rows("account") if account["provider_id"] == NAME]


async def _link(idp: IdentityProvider, person: Person, subject: str, **body: Any) -> str:
    return await come_back(person, await idp.agree(await start(person, "/link-social", **body), subject))


@pytest.mark.rule("oauth-social §5.3")
async def test_proven_on_both_sides_is_linked(database_url: str, idp: IdentityProvider) -> None:
    """Somebody with a password and a proven address signs in through the provider, as the same user."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = await w.sign_up("ada")
        await w.prove_address(ada)
        other = w.person()

        assert await sign_in_through(idp, other, "ada", newUserCallbackURL="/welcome") == "/home"
        session = await other.session()
        assert session is not None
        assert session["user"]["id"] == ada.user["id"]
        assert await _linked(w) == [ada.user["id"]]


@pytest.mark.case("SC-OAUTH-16")
async def test_a_squatter_gets_nobody(two_databases_url: str, idp: IdentityProvider) -> None:
    """An unproven user of the address is not linked: else whoever signed up first would own the account."""
    async with world(two_databases_url, plugins=[GenericOAuth([idp.server()])]) as w:
        squatter = await w.sign_up("ada")
        before = await w.rows("user")
        ada = w.person()

        assert query_of(await sign_in_through(idp, ada, "ada")) == {"error": "account_not_linked"}
        assert await ada.session() is None
        assert (await _linked(w), await w.rows("user")) == ([], before)
        assert await squatter.session() is not None


@pytest.mark.case("SC-OAUTH-15")
@pytest.mark.parametrize("word", [False, None, "false", "true", 0, 1, "yes"])
async def test_only_a_plain_yes_proves_an_address(sqlite_url: str, idp: IdentityProvider, word: object) -> None:
    """Whatever else the provider says, a user who has proven the address is not handed over."""
    claims = {"email": "ada@people.test", "name": "Mallory", **({} if word is None else {"email_verified": word})}
    await idp.control(people={"mallory": claims})
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = await w.sign_up("ada")
        await w.prove_address(ada)

        landed = query_of(await sign_in_through(idp, w.person(), "mallory"))

        assert landed == {"error": "account_not_linked"}
        assert await _linked(w) == []


@pytest.mark.case("SC-OAUTH-17")
@pytest.mark.rule("oauth-social §1 account", "oauth-social §5.3")
@pytest.mark.parametrize(
    ("linking", "subject", "error"),
    [
        ({"enabled": False}, "ada", "account_not_linked"),
        ({"disable_implicit_linking": True}, "ada", "account_not_linked"),
        ({"trusted_providers": [NAME]}, "mallory", None),
        ({"trusted_providers": lambda _request: [NAME]}, "mallory", None),
        ({"trusted_providers": lambda _request: ["google"]}, "mallory", "account_not_linked"),
    ],
)
async def test_linking_by_address_is_an_option(
    sqlite_url: str, idp: IdentityProvider, linking: dict[str, Any], subject: str, error: str | None
) -> None:
    """It can be turned off, and a trusted provider's word counts without proof."""
    await idp.people(
        ada={"email": "ada@people.test", "email_verified": True},
        mallory={"email": "ada@people.test", "email_verified": False},
    )
    async with world(sqlite_url, account=_linking(**linking), plugins=[GenericOAuth([idp.server()])]) as w:
        ada = await w.sign_up("ada")
        await w.prove_address(ada)

        landed = await sign_in_through(idp, w.person(), subject)

        assert query_of(landed).get("error") == error
        assert await _linked(w) == ([] if error else [ada.user["id"]])


@pytest.mark.case("SC-OAUTH-17")
async def test_trust_does_not_prove_the_local_side(sqlite_url: str, idp: IdentityProvider) -> None:
    """A trusted provider links no unproven user, unless the host gives that up as well."""
    for linking, error in (
        ({"trusted_providers": [NAME]}, "account_not_linked"),
        ({"trusted_providers": [NAME], "require_local_email_verified": False}, None),
    ):
        async with world(sqlite_url, account=_linking(**linking), plugins=[GenericOAuth([idp.server()])]) as w:
            person = w.person("ada")
            await person.sign_up()

            assert query_of(await sign_in_through(idp, w.person(), "ada")).get("error") == error


@pytest.mark.rule("oauth-social §4.6")
async def test_a_user_links_an_account(database_url: str, idp: IdentityProvider) -> None:
    """Who is signed in links an account of the same address; no session comes or goes, and the user stays as it is."""
    async with world(database_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = await w.sign_up("ada")
        user, token = await _user(w, ada), ada.cookie()

        landed = await _link(idp, ada, "ada", callbackURL="/settings")

        accounts = (await ada.get("/list-accounts")).json()
        assert landed == "/settings"
        assert [a["providerId"] for a in accounts] == ["credential", NAME]
        assert (await _user(w, ada), ada.cookie(), len(await w.rows("session"))) == (user, token, 1)


@pytest.mark.rule("oauth-social §2.3", "oauth-social §4.6")
async def test_linking_again_adds_the_new_grant(sqlite_url: str, idp: IdentityProvider) -> None:
    """The tokens are new; scopes are those of both times, the old ones first, and only linking adds any."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server(scopes=["openid", "email"])])]) as w:
        ada = await w.sign_up("ada")
        await _link(idp, ada, "ada")
        (first,) = [a for a in await w.rows("account") if a["provider_id"] == NAME]
        await _link(idp, ada, "ada", scopes=["profile"])
        (second,) = [a for a in await w.rows("account") if a["provider_id"] == NAME]
        await sign_in_through(idp, w.person(), "ada")
        (third,) = [a for a in await w.rows("account") if a["provider_id"] == NAME]

        assert first["scope"] == "openid,email"
        assert second["scope"] == third["scope"] == "openid,email,profile"
        assert first["access_token"] != second["access_token"]


@pytest.mark.case("SC-OAUTH-18")
@pytest.mark.parametrize("allowed", [False, True])
async def test_another_address_is_linked_only_if_allowed(
    two_databases_url: str, idp: IdentityProvider, *, allowed: bool
) -> None:
    """By default the addresses have to be the same."""
    account = _linking(allow_different_emails=allowed)
    async with world(two_databases_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        bob = await w.sign_up("bob")

        landed = await _link(idp, bob, "ada")

        assert query_of(landed).get("error") == (None if allowed else "email_does_not_match")
        assert await _linked(w) == ([bob.user["id"]] if allowed else [])


@pytest.mark.rule("oauth-social §4.6")
@pytest.mark.parametrize("linking", [{"enabled": False}, {}], ids=["switched off", "unverified there"])
async def test_linking_may_not_be_allowed(sqlite_url: str, idp: IdentityProvider, linking: dict[str, bool]) -> None:
    """Not at all, or not what the provider has not verified."""
    async with world(sqlite_url, account=_linking(**linking), plugins=[GenericOAuth([idp.server()])]) as w:
        eve = await w.sign_up("eve")

        assert query_of(await _link(idp, eve, "eve")) == {"error": "unable_to_link_account"}
        assert await _linked(w) == []


@pytest.mark.case("SC-OAUTH-20", "SC-OAUTH-10")
async def test_an_account_is_not_taken_over(two_databases_url: str, idp: IdentityProvider) -> None:
    """What is linked to one user is linked to nobody else, however it is asked for."""
    account = _linking(allow_different_emails=True)
    async with world(two_databases_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await _link(idp, ada, "ada")

        landed = await _link(idp, bob, "ada")

        assert query_of(landed) == {"error": "account_already_linked_to_different_user"}
        assert await _linked(w) == [ada.user["id"]]


@pytest.mark.case("SC-OAUTH-19")
async def test_nobody_links_into_another_session(two_databases_url: str, idp: IdentityProvider) -> None:
    """A link that the attacker began neither ends in the victim's browser, nor where the victim has signed in since."""
    account = _linking(allow_different_emails=True)
    async with world(two_databases_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        mallory, ada = await w.sign_up("mallory"), await w.sign_up("ada")
        back = await idp.agree(await start(mallory, "/link-social"), "eve")

        elsewhere = query_of(await come_back(ada, back))
        mallory.http.cookies.delete("better-auth.session_token")
        mallory.http.cookies.update({"better-auth.session_token": ada.cookie() or ""})
        switched = query_of(await come_back(mallory, back))

        assert elsewhere == {"error": "state_mismatch"}
        assert switched == {"error": "unable_to_link_account"}
        assert await _linked(w) == []


@pytest.mark.case("SC-OAUTH-21")
async def test_two_users_link_one_identity_at_once(database_url: str, idp: IdentityProvider) -> None:
    """One of them gets it."""
    account = _linking(allow_different_emails=True)
    async with world(database_url, account=account, plugins=[GenericOAuth([idp.server()])]) as w:
        people = [await w.sign_up("ada"), await w.sign_up("bob")]
        backs = [await idp.agree(await start(person, "/link-social"), "ada") for person in people]

        landed = await asyncio.gather(*(come_back(p, back) for p, back in zip(people, backs, strict=True)))

        assert sorted(query_of(url).get("error", "") for url in landed) == [
            "",
            "account_already_linked_to_different_user",
        ]
        assert len(await _linked(w)) == 1


@pytest.mark.case("SC-ACCT-07")
async def test_one_subject_at_two_providers_is_two_people(database_url: str, idp: IdentityProvider) -> None:
    """An account is known by provider and subject together."""
    servers = [idp.server(), idp.server(provider_id="other", redirect_uri=f"http://app.test/api/auth/callback/{NAME}")]
    account = _linking(disable_implicit_linking=True)
    async with world(database_url, account=account, plugins=[GenericOAuth(servers)]) as w:
        await sign_in_through(idp, w.person(), "ada")
        await idp.people(ada={"email": "other@people.test", "email_verified": True, "name": "Other"})
        other = w.person()
        back = await idp.agree(await start(other, provider="other"), "ada")

        landed = await come_back(other, back.replace(f"/callback/{NAME}", "/callback/other"))

        assert landed == "/home"
        assert sorted((a["provider_id"], a["account_id"]) for a in await w.rows("account")) == [
            (NAME, "ada"),
            ("other", "ada"),
        ]
        assert len({a["user_id"] for a in await w.rows("account")}) == 2


@pytest.mark.case("SC-OAUTH-24")
async def test_subjects_are_compared_letter_by_letter(database_url: str, idp: IdentityProvider) -> None:
    """Case, trailing spaces and accents make another person, on every database."""
    subjects = ["ada", "Ada", "ada ", "âda"]
    await idp.people(
        **{name: {"email": f"p{n}@people.test", "email_verified": True} for n, name in enumerate(subjects)}
    )
    subject_of_claim = idp.server(account_subject=lambda _tokens, profile: str(profile["name"]))
    people = {
        f"s{n}": {"email": f"s{n}@people.test", "email_verified": True, "name": s} for n, s in enumerate(subjects)
    }
    await idp.control(people=people)
    async with world(database_url, plugins=[GenericOAuth([subject_of_claim])]) as w:
        for number in range(len(subjects)):
            assert await sign_in_through(idp, w.person(), f"s{number}") == "/home"

        assert sorted(account["account_id"] for account in await w.rows("account")) == sorted(subjects)


@pytest.mark.rule("oauth-social §1 account")
@pytest.mark.case("SC-OAUTH-28")
async def test_a_link_may_bring_the_profile(sqlite_url: str, idp: IdentityProvider) -> None:
    """With ``update_user_info_on_link`` name and picture are taken over, the address and its state never."""

    class Member(UserFields):
        nickname: str | None = None

    server = idp.server(
        map_profile_to_user=lambda profile: {
            "nickname": profile["sub"],
            "id": "mine",
            "role": "admin",
            "email_verified": False,
        }
    )
    account = _linking(update_user_info_on_link=True, trusted_providers=[NAME])
    plugins = [GenericOAuth([server])]
    async with world(sqlite_url, account=account, user={"fields": Member}, plugins=plugins) as w:
        ada = await w.sign_up("ada")
        await _link(idp, ada, "ada")

        user = await _user(w, ada)
        assert (user["name"], user["image"]) == ("Ada", "https://pictures.test/ada.png")
        assert (user["nickname"], user["id"], user["email_verified"]) == ("ada", ada.user["id"], False)


@pytest.mark.rule("oauth-social §2 link-social")
async def test_linking_needs_a_session_and_a_provider(sqlite_url: str, idp: IdentityProvider) -> None:
    """Nobody signed in, or nobody to link to."""
    async with world(sqlite_url, plugins=[GenericOAuth([idp.server()])]) as w:
        ada = await w.sign_up("ada")

        assert said(await w.person().post("/link-social", {"provider": NAME})) == (401, "UNAUTHORIZED")
        assert said(await ada.post("/link-social", {"provider": "google"})) == (404, "PROVIDER_NOT_FOUND")
