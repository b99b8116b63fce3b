"""Signing in with a username."""

import asyncio
from typing import Any

import pytest

from fastapi_betterauth import ConfigurationError, RateLimit, RateLimitRule, UserFields
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.username import Username, ValidationOrder
from fastapi_betterauth.storage.hooks import Caller, Changes, DatabaseHooks, TableHooks
from tests.builders.answers import said
from tests.builders.world import Person, World, world


def _plugin(**options: Any) -> dict[str, Any]:
    return {"plugins": [Username(**options)]}


async def _sign_in(person: Person, username: str, **extra: Any) -> Any:
    return await person.post("/sign-in/username", {"username": username, "password": person.password, **extra})


async def _names(w: World) -> list[tuple[str | None, str | None]]:
    return [(row["username"], row["display_username"]) for row in await w.rows("user")]


@pytest.mark.rule("username §3", "username §4.1", "username §4.6", "username §2")
async def test_a_name_signs_in_in_any_case(database_url: str) -> None:
    """The answer is that of a sign-in; a callback is repeated in a header."""
    async with world(database_url, **_plugin()) as w:
        ada = await w.sign_up("ada", username="Ada_L", displayUsername="Ada L.")
        assert ada.user["username"] == "ada_l"
        assert ada.user["displayUsername"] == "Ada L."

        for name in ("ada_l", "ADA_L"):
            answer = await _sign_in(w.person("ada"), name)
            assert answer.json()["redirect"] is False
            assert "url" not in answer.json()
            assert answer.json()["user"]["username"] == "ada_l"
        answer = await _sign_in(w.person("ada"), "ada_l", callbackURL="/home", rememberMe=False)
        assert (answer.status_code, answer.headers["location"]) == (200, "/home")
        assert answer.json()["url"] == "/home"
        assert "better-auth.dont_remember" in answer.headers["set-cookie"]
        assert said(await _sign_in(w.person("ada"), "Ada L."))[1] == "INVALID_USERNAME"


@pytest.mark.case("SC-PLUG-02")
@pytest.mark.rule("username §4.2")
async def test_refusals_cost_the_same_and_read_alike(two_databases_url: str) -> None:
    """Unknown names, accounts without a password and wrong passwords: one hash, one answer."""
    async with world(two_databases_url, **_plugin(), password={"require_email_verification": True}) as w:
        ada = w.person("ada")
        await ada.sign_up(username="ada_l")
        await w.settled()
        for name, password in (("ada_l", "wrong"), ("nobody_here", ada.password), ("nobody_here", "wrong")):
            before = w.hasher.calls
            answer = await w.person().post("/sign-in/username", {"username": name, "password": password})
            assert said(answer) == (401, "INVALID_USERNAME_OR_PASSWORD")
            assert w.hasher.calls - before == 1
        for body in ({"username": "", "password": "x"}, {"username": "ada_l", "password": ""}):
            answer = await w.person().post("/sign-in/username", body)
            assert said(answer) == (401, "INVALID_USERNAME_OR_PASSWORD")


@pytest.mark.rule("username §4.3")
@pytest.mark.case("SC-PLUG-02")
async def test_an_unverified_address_keeps_out(sqlite_url: str) -> None:
    """Only after the right password; another link is sent where that is wanted."""
    async with world(
        sqlite_url,
        **_plugin(),
        password={"require_email_verification": True},
        verification={"send_on_sign_in": True, "send_on_sign_up": False},
    ) as w:
        ada = w.person("ada")
        await ada.sign_up(username="ada_l")
        answer = await _sign_in(ada, "ada_l", callbackURL="/next")
        assert said(answer) == (403, "EMAIL_NOT_VERIFIED")
        mail = (await w.settled()).last(ada.email)
        assert mail.url.endswith("callbackURL=%2Fnext")


@pytest.mark.rule("username §4.5")
async def test_it_works_where_addresses_do_not(sqlite_url: str) -> None:
    """With ``email_and_password`` off, names still sign in."""
    async with world(sqlite_url, **_plugin()) as w:
        await w.sign_up("ada", username="ada_l")
    async with world(sqlite_url, **_plugin(), password={"enabled": False}) as w:
        assert (await _sign_in(w.person("ada"), "ada_l")).status_code == 200


BAD_NAMES = [
    ("al", "USERNAME_TOO_SHORT"),
    ("a" * 31, "USERNAME_TOO_LONG"),
    ("ada-l!", "INVALID_USERNAME"),
    ("ada@people.test", "INVALID_USERNAME"),
    ("\u0430dmin", "INVALID_USERNAME"),
    ("ad\u200bmin", "INVALID_USERNAME"),
    ("\uff41dmin", "INVALID_USERNAME"),
    ("admin\n", "INVALID_USERNAME"),
]


@pytest.mark.case("SC-PLUG-01", "SC-PLUG-03")
@pytest.mark.rule("username §1", "username §3", "username §7")
async def test_bad_names_are_refused_everywhere(sqlite_url: str) -> None:
    """422 on the plugin's own endpoints, 400 on the others."""
    async with world(sqlite_url, **_plugin()) as w:
        ada = await w.sign_up("ada")
        for name, code in BAD_NAMES:
            own = [await _sign_in(ada, name), await ada.post("/is-username-available", {"username": name})]
            others = [
                await w.person("bob").sign_up(username=name),
                await ada.post("/update-user", {"username": name}),
            ]
            assert [said(a) for a in own] == [(422, code)] * 2, name
            assert [said(a) for a in others] == [(400, code)] * 2, name
        assert await _names(w) == [(None, None)]


@pytest.mark.case("SC-PLUG-01")
@pytest.mark.rule("username §3", "username §4.7", "username §4.15")
async def test_one_name_has_one_owner(database_url: str) -> None:
    """Whatever case it is asked for in; also where sign-up hides who is there."""
    async with world(database_url, **_plugin(), password={"require_email_verification": True}) as w:
        await w.person("ada").sign_up(username="Admin")
        for name in ("admin", "ADMIN"):
            answer = await w.person("bob").sign_up(username=name)
            assert said(answer) == (400, "USERNAME_IS_ALREADY_TAKEN")
            answer = await w.person("bob").sign_up(displayUsername=name)
            assert said(answer) == (400, "USERNAME_IS_ALREADY_TAKEN")
        assert len(await w.rows("user")) == 1


@pytest.mark.rule("username §4.12")
async def test_of_two_who_want_a_name_at_once_one_gets_it(database_url: str) -> None:
    """The unique index decides; nobody sees a 500."""
    async with world(database_url, **_plugin()) as w:
        people = [w.person(f"p{n}") for n in range(8)]
        answers = await asyncio.gather(*(p.sign_up(username="wanted") for p in people))
        assert sum(a.status_code == 200 for a in answers) == 1
        assert {a.status_code for a in answers} <= {200, 400, 422}
        assert [row["username"] for row in await w.rows("user")] == ["wanted"]


@pytest.mark.rule("username §4.7")
async def test_each_name_stands_in_for_the_other(sqlite_url: str) -> None:
    """A display name that is a valid name becomes one; a name without a display name is shown as it was written."""
    async with world(sqlite_url, **_plugin()) as w:
        await w.sign_up("ada", displayUsername="Ada_L")
        await w.sign_up("bob", displayUsername="Bob the Builder")
        await w.sign_up("cid", username="Cid_K")
        assert await _names(w) == [("ada_l", "Ada_L"), (None, "Bob the Builder"), ("cid_k", "Cid_K")]


@pytest.mark.case("SC-PW-05")
async def test_a_decoy_has_names_like_a_real_user(sqlite_url: str) -> None:
    """Who signs up with a taken address reads the names in the form in which they would be kept."""
    async with world(sqlite_url, **_plugin(), password={"require_email_verification": True}) as w:
        real = await w.person("ada").sign_up(username="First_One")
        decoy = await w.person("ada").sign_up(username="Second_One")
        assert real.json()["user"]["username"] == "first_one"
        assert decoy.json()["user"]["username"] == "second_one"
        assert decoy.json()["user"]["displayUsername"] == "Second_One"


@pytest.mark.rule("username §4.8", "username §4.13")
async def test_names_are_changed_one_at_a_time(sqlite_url: str) -> None:
    """The display name stays as it was; one's own name is no clash; null takes a name away."""
    async with world(sqlite_url, **_plugin()) as w:
        ada = await w.sign_up("ada", username="Ada_L")
        for name in ("ada_two", "ADA_TWO"):
            assert (await ada.post("/update-user", {"username": name})).status_code == 200
            assert await _names(w) == [("ada_two", "Ada_L")]
        assert said(await ada.post("/update-user", {"username": ""}))[1] == "USERNAME_TOO_SHORT"
        assert (await ada.post("/update-user", {"username": 7})).status_code == 400
        assert (await ada.post("/update-user", {"username": None})).status_code == 200
        assert await _names(w) == [(None, "Ada_L")]


@pytest.mark.rule("username §4.9", "username §1")
async def test_a_name_can_be_for_life(sqlite_url: str) -> None:
    """Who has none may take one, once."""
    async with world(sqlite_url, **_plugin(immutable_username=True)) as w:
        ada = await w.sign_up("ada")
        assert (await ada.post("/update-user", {"username": "Ada_L"})).status_code == 200
        assert (await ada.post("/update-user", {"username": "ADA_l"})).status_code == 200
        answer = await ada.post("/update-user", {"username": "another"})
        assert said(answer) == (400, "USERNAME_IS_IMMUTABLE")


@pytest.mark.rule("username §1", "username §2")
async def test_the_display_name_can_be_left_out(database_url: str) -> None:
    """No column, and nothing of it in answers."""
    async with world(database_url, **_plugin(display_username=False)) as w:
        ada = await w.sign_up("ada", username="Ada_L", displayUsername="Ada L.")
        assert ada.user["username"] == "ada_l"
        assert "displayUsername" not in ada.user
        assert "display_username" not in (await w.rows("user"))[0]


@pytest.mark.rule("username §1", "username §4.4")
async def test_validators_and_forms_of_the_host(sqlite_url: str) -> None:
    """Validators may be asynchronous; what they look at is the name as given, or as it is kept."""

    async def four(name: str) -> bool:
        return len(name) == 4

    plugin = _plugin(
        username_validator=four,
        username_normalization=lambda name: name.strip().upper(),
        display_username_validator=lambda name: "x" not in name,
        display_username_normalization=str.title,
        validation_order=ValidationOrder(username="post-normalization"),
    )
    async with world(sqlite_url, **plugin) as w:
        await w.sign_up("ada", username=" abcd ", displayUsername="ada l.")
        assert await _names(w) == [("ABCD", "Ada L.")]
        assert said(await w.person("bob").sign_up(displayUsername="xx"))[1] == "INVALID_DISPLAY_USERNAME"
        assert said(await _sign_in(w.person("ada"), " abcd "))[1] == "INVALID_USERNAME"
        assert (await _sign_in(w.person("ada"), "abcd")).status_code == 200
    plugin = _plugin(
        username_normalization=str.strip,
        validation_order=ValidationOrder(username="pre-normalization", display_username="post-normalization"),
        display_username_validator=str.isupper,
        display_username_normalization=str.upper,
    )
    async with world(sqlite_url, **plugin) as w:
        assert (await _sign_in(w.person("ada"), " ABCD ")).status_code == 200
        await w.sign_up("bob", username="Bob", displayUsername="bob")
        assert ("Bob", "BOB") in await _names(w)
    async with world(sqlite_url, **_plugin(username_normalization=False)) as w:
        assert (await _sign_in(w.person("bob"), "bob")).status_code == 401
        assert (await _sign_in(w.person("bob"), "Bob")).status_code == 200


async def _promote(user: UserFields, _caller: Caller | None) -> Changes | None:
    return {"role": "admin"} if user.name == "Root" else None


@pytest.mark.rule("username §4.10", "username §4.11", "username §4.13")
async def test_names_that_others_set_follow_the_same_rules(database_url: str) -> None:
    """An admin's create and update check, normalise and complete names; an unchanged name is no clash."""
    hooks = DatabaseHooks(user=TableHooks(before_create=_promote))
    async with world(database_url, plugins=[Username(), Admin()], database_hooks=hooks) as w:
        root = await w.sign_up("root", username="Root_1")

        async def create(name: str, data: dict[str, Any]) -> Any:
            body = {"email": f"{name}@people.test", "name": name, "data": data}
            return await root.post("/admin/create-user", body)

        assert said(await create("ann", {"username": "a!"}))[1] == "USERNAME_TOO_SHORT"
        assert said(await create("ann", {"username": "ROOT_1"}))[1] == "USERNAME_IS_ALREADY_TAKEN"
        ann = (await create("ann", {"username": "Ann_B", "displayUsername": ""})).json()["user"]
        assert (ann["username"], ann["displayUsername"]) == ("ann_b", "Ann_B")

        async def update(data: dict[str, Any]) -> Any:
            return await root.post("/admin/update-user", {"userId": ann["id"], "data": data})

        assert (await update({"username": "ANN_B", "name": "Ann"})).status_code == 200
        answer = await update({"username": "root_1"})
        assert said(answer) == (400, "USERNAME_IS_ALREADY_TAKEN")
        assert said(await update({"username": "ann b"}))[1] == "INVALID_USERNAME"
        assert (await update({"username": None})).status_code == 200
        assert ("root_1", "Root_1") in await _names(w)


@pytest.mark.rule("username §3", "username §4.14")
async def test_anybody_may_ask_whether_a_name_is_free(sqlite_url: str) -> None:
    """Unless the host disables the path."""
    async with world(sqlite_url, **_plugin()) as w:
        await w.sign_up("ada", username="Ada_L")
        stranger = w.person()
        for name, free in (("ADA_L", False), ("ada_m", True)):
            answer = await stranger.post("/is-username-available", {"username": name})
            assert answer.json() == {"available": free}
        assert said(await stranger.post("/is-username-available", {"username": ""}))[1] == "INVALID_USERNAME"
    async with world(sqlite_url, **_plugin(), disabled_paths=["/is-username-available"]) as w:
        assert (await w.person().post("/is-username-available", {"username": "x"})).status_code == 404


@pytest.mark.rule("username §5")
async def test_guesses_are_limited_like_other_sign_ins(sqlite_url: str) -> None:
    """Three in ten seconds from one address."""
    async with world(sqlite_url, **_plugin(), rate_limit=RateLimit(enabled=True)) as w:
        answers = [await _sign_in(w.person(), "nobody") for _ in range(4)]
        assert [a.status_code for a in answers] == [401, 401, 401, 429]


@pytest.mark.case("SC-IP-17")
async def test_guesses_by_name_and_by_address_count_together(sqlite_url: str) -> None:
    """Whoever guesses at one account is stopped, by whichever door."""
    limits = RateLimit(
        enabled=True, custom_rules={"/sign-in/*": None}, attempts_per_account=RateLimitRule(window=60, max=3)
    )
    async with world(sqlite_url, **_plugin(), rate_limit=limits) as w:
        ada = await w.sign_up("ada", username="Ada_L")
        ada.password = "wrong"
        doors = [
            await ada.post("/sign-in/email", {"email": ada.email, "password": "wrong"}),
            await _sign_in(ada, "ada_l"),
            await _sign_in(ada, "ADA_L"),
            await _sign_in(ada, "ada_l"),
        ]
        assert [a.status_code for a in doors] == [401, 401, 401, 429]


@pytest.mark.case("SC-PW-08")
async def test_asking_for_names_is_limited(sqlite_url: str) -> None:
    """Enough for a form that asks while somebody types, too little for a dictionary."""
    async with world(sqlite_url, **_plugin(), rate_limit=RateLimit(enabled=True)) as w:
        stranger = w.person()
        answers = [await stranger.post("/is-username-available", {"username": f"name_{n}"}) for n in range(61)]
        assert [a.status_code for a in answers] == [200] * 60 + [429]


def test_lengths_that_exclude_each_other_are_a_mistake() -> None:
    """Said at construction, by the option's name."""
    with pytest.raises(ConfigurationError, match="min_username_length"):
        Username(min_username_length=31)
