"""Users managed by others."""

from typing import Annotated, Any

import pytest

from fastapi_betterauth import (
    APIError,
    ConfigurationError,
    Private,
    ProvisioningSource,
    Refusal,
    ServerOnly,
    UserFields,
)
from fastapi_betterauth.client.transport import Call
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.plugins.admin import ADMIN_ROLE, Admin, role
from fastapi_betterauth.plugins.admin.schemas import UserAnswer
from tests.builders.world import PASSWORD, world

from .people import managed_world, root_and_alice, user_row

ENDPOINTS: dict[str, dict[str, Any] | None] = {
    "/admin/get-user": None,
    "/admin/list-users": None,
    "/admin/create-user": {"email": "new@people.test", "name": "New"},
    "/admin/update-user": {"userId": "x", "data": {"name": "y"}},
    "/admin/set-role": {"userId": "x", "role": "admin"},
    "/admin/set-user-password": {"userId": "x", "newPassword": PASSWORD},
    "/admin/remove-user": {"userId": "x"},
    "/admin/ban-user": {"userId": "x"},
    "/admin/unban-user": {"userId": "x"},
    "/admin/impersonate-user": {"userId": "x"},
    "/admin/list-user-sessions": {"userId": "x"},
    "/admin/revoke-user-session": {"sessionToken": "x"},
    "/admin/revoke-user-sessions": {"userId": "x"},
}
SUPPORT = role({"user": ["create", "update", "list", "get"]})


@pytest.mark.case("SC-ADMIN-01")
@pytest.mark.rule("admin §3", "admin §4")
@pytest.mark.parametrize("path", ENDPOINTS)
async def test_only_who_may_gets_in(two_databases_url: str, path: str) -> None:
    """Each endpoint refuses strangers, users, and roles that merely look like an admin's; nothing changes."""
    async with managed_world(two_databases_url) as w:
        alice = await w.sign_up("alice")
        before = await w.snapshot()
        body, query = ENDPOINTS[path], {"params": {"id": "x"}}
        ask = (lambda p: p.get(path, **query)) if body is None else (lambda p: p.post(path, body))

        stranger = await ask(w.person())
        assert (stranger.status_code, stranger.content) == (401, b"")
        for name in ("user", "Admin", " admin", "user, admin", "administrator"):
            async with w.auth.database.engine.begin() as connection:
                await connection.execute(w.auth.tables.user.table.update().values(role=name))
            refused = await ask(alice)
            assert refused.status_code == 403, name
            assert refused.json()["code"].startswith("YOU_ARE_NOT_ALLOWED_TO_")

        async with w.auth.database.engine.begin() as connection:
            await connection.execute(w.auth.tables.user.table.update().values(role=before["user"][0]["role"]))
        assert await w.snapshot() == before


@pytest.mark.rule("admin §2", "admin §7")
async def test_new_users_have_the_default_role(database_url: str) -> None:
    """Sign-up writes the default role, and shows the plugin's columns."""
    async with managed_world(database_url, Admin(default_role="member", roles={"admin": ADMIN_ROLE})) as w:
        answer = await w.person("alice").sign_up()

        shown = answer.json()["user"]
        assert (shown["role"], shown["banned"], shown["banReason"], shown["banExpires"]) == (
            "member",
            False,
            None,
            None,
        )


@pytest.mark.case("SC-PW-24")
@pytest.mark.rule("admin §2")
async def test_nobody_promotes_themselves(two_databases_url: str) -> None:
    """The columns are closed to sign-up and update-user."""
    async with managed_world(two_databases_url) as w:
        alice = await w.sign_up("alice")
        answers = [
            await w.person("eve").sign_up(role="admin"),
            await alice.post("/update-user", {"role": "admin"}),
            await alice.post("/update-user", {"banExpires": "2030-01-01T00:00:00.000Z"}),
            await alice.post("/update-session", {"impersonatedBy": "x"}),
        ]

        assert [a.json().get("code") for a in answers] == ["FIELD_NOT_ALLOWED"] * 4
        assert [row["role"] for row in await w.rows("user")] == ["user"]


@pytest.mark.rule("admin §4", "admin §5.5")
async def test_users_are_made_with_and_without_a_password(database_url: str) -> None:
    """Nobody is signed in, no mail is sent; the address is lower case, any column can be set."""
    async with managed_world(database_url) as w:
        root = await w.sign_up("root")
        body = {"email": "New@People.test", "name": "New", "password": "short", "data": {"emailVerified": True}}
        made = await root.post("/admin/create-user", body)
        bare = await root.post("/admin/create-user", {"email": "bare@people.test", "name": "Bare"})
        new = w.person("new")
        new.password = "short"

        assert made.json()["user"]["email"] == "new@people.test"
        assert (made.json()["user"]["emailVerified"], made.json()["user"]["role"]) == (True, "user")
        assert "set-cookie" not in made.headers
        assert (await w.settled()).sent == []
        assert bare.status_code == 200
        assert len(await w.rows("account")) == 2
        assert (await new.sign_in()).status_code == 200


@pytest.mark.rule("admin §5.4", "admin §5.3")
async def test_the_role_of_a_new_user(sqlite_url: str) -> None:
    """``role`` wins over ``data.role``; several are joined; both need ``set-role``."""
    async with managed_world(sqlite_url, Admin(roles={"admin": ADMIN_ROLE, "support": SUPPORT})) as w:
        root = await w.sign_up("root")
        body = {"email": "a@people.test", "name": "A", "role": ["admin", "support"], "data": {"role": "x"}}
        both = await root.post("/admin/create-user", body)
        helper = await root.post(
            "/admin/create-user", {"email": "h@people.test", "name": "H", "password": PASSWORD, "role": "support"}
        )
        support = w.person("h")
        await support.sign_in()
        refused = [
            await support.post("/admin/create-user", {"email": "b@people.test", "name": "B", "role": "admin"}),
            await support.post(
                "/admin/create-user", {"email": "b@people.test", "name": "B", "data": {"role": "admin"}}
            ),
            await support.post("/admin/create-user", {"email": "b@people.test", "name": "B", "data": {"banned": True}}),
        ]

        assert both.json()["user"]["role"] == "admin,support"
        assert helper.json()["user"]["role"] == "support"
        assert [a.json()["code"][len("YOU_ARE_NOT_ALLOWED_TO_") :] for a in refused] == [
            "CHANGE_USERS_ROLE",
            "CHANGE_USERS_ROLE",
            "BAN_USERS",
        ]


@pytest.mark.rule("admin §4")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "alice@people.test", "name": "A"}, 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
        ({"email": "ALICE@people.test", "name": "A"}, 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
        ({"email": "nonsense", "name": "A"}, 400, "INVALID_EMAIL"),
        ({"email": "b@people.test", "name": "A", "data": {"role": 5}}, 400, "INVALID_ROLE_TYPE"),
        ({"email": "b@people.test", "name": "A", "role": 5}, 400, "VALIDATION_ERROR"),
        ({"email": "b@people.test"}, 400, "VALIDATION_ERROR"),
        ({"email": "b@people.test", "name": "A", "data": {"emailVerified": "yes"}}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_users_that_cannot_be_made(sqlite_url: str, body: dict[str, Any], status: int, code: str) -> None:
    """What is wrong is told, and nothing is written."""
    async with managed_world(sqlite_url) as w:
        root, _alice = await root_and_alice(w)
        before = await w.snapshot()

        answer = await root.post("/admin/create-user", body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert await w.snapshot() == before


@pytest.mark.rule("admin §5.6")
async def test_the_server_makes_users_on_nobodys_behalf(sqlite_url: str) -> None:
    """In-process without headers there is no permission check; with headers a session is needed."""
    async with managed_world(sqlite_url) as w:
        body = {"email": "first@people.test", "name": "First", "role": "admin"}
        call: Call[Any] = Call("POST", "/admin/create-user", UserAnswer[UserOut], body=body)

        made = await w.auth.api._transport.send(call)
        with pytest.raises(APIError) as refused:
            await w.auth.api.bind(headers={"host": "app.test"})._transport.send(call)

        assert made.user.email == "first@people.test"
        assert refused.value.status == 401


@pytest.mark.case("SC-ADMIN-03")
@pytest.mark.rule("admin §5.2", "admin §5.3", "admin §5.1")
async def test_roles_must_exist_once_they_are_configured(two_databases_url: str) -> None:
    """With ``roles`` each name must be one of them, ahead of looking the user up; without, any text is stored."""
    async with managed_world(two_databases_url, Admin(roles={"admin": ADMIN_ROLE, "user": role({})})) as w:
        root, alice = await root_and_alice(w)
        ids = (alice.user["id"], "nobody")
        wrong = [await root.post("/admin/set-role", {"userId": i, "role": r}) for i in ids for r in ("x", "admin,user")]
        right = await root.post("/admin/set-role", {"userId": alice.user["id"], "role": ["admin", "user"]})
        nobody = await root.post("/admin/set-role", {"userId": "nobody", "role": "user"})

        assert {a.json()["code"] for a in wrong} == {"YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE"}
        assert right.json()["user"]["role"] == "admin,user"
        assert (nobody.status_code, nobody.json()["code"]) == (404, "USER_NOT_FOUND")


@pytest.mark.rule("admin §1")
def test_admin_roles_must_be_defined() -> None:
    """A name that no role has is a configuration error; case does not matter there."""
    Admin(admin_roles="Admin,user")
    with pytest.raises(ConfigurationError, match="emperor"):
        Admin(admin_roles=["admin", "emperor"])


@pytest.mark.rule("admin §1 adminUserIds", "admin §3.1", "admin §5.21")
async def test_some_ids_may_do_everything(sqlite_url: str) -> None:
    """``admin_user_ids`` need no role, and are admins when somebody wants to impersonate them."""
    ids: list[str] = []
    async with managed_world(sqlite_url) as w:
        ids.append((await w.sign_up("boss")).user["id"])
    async with world(sqlite_url, plugins=[Admin(admin_user_ids=ids)]) as w:
        boss = w.person("boss")
        await boss.sign_in()
        other = await w.sign_up("other")
        await boss.post("/admin/set-role", {"userId": other.user["id"], "role": "admin"})

        assert (await boss.get("/admin/list-users")).json()["total"] == 2
        refused = await other.post("/admin/impersonate-user", {"userId": ids[0]})
        assert refused.json()["code"] == "YOU_CANNOT_IMPERSONATE_ADMINS"


class Person(UserFields):
    """Columns of the host."""

    locale: str | None = "en"
    credit: Annotated[int, ServerOnly] = 0
    secret_note: Annotated[str | None, Private] = None


@pytest.mark.rule("admin §5.8", "admin §5.7", "admin §5.9")
async def test_any_column_can_be_changed(database_url: str) -> None:
    """Server-only columns too; unknown keys are dropped; the answer is the bare user without private columns."""
    async with managed_world(database_url, user={"fields": Person}) as w:
        root, alice = await root_and_alice(w)
        data = {"name": "Alicia", "credit": 7, "secretNote": "vip", "email": "Al@People.test", "nonsense": 1, "id": "x"}

        answer = await root.post("/admin/update-user", {"userId": alice.user["id"], "data": data})

        row = await user_row(w, alice)
        assert answer.json()["email"] == "al@people.test"
        assert "secretNote" not in answer.json()
        assert (row["name"], row["credit"], row["secret_note"], row["email_verified"]) == ("Alicia", 7, "vip", False)


@pytest.mark.case("SC-ADMIN-05")
@pytest.mark.rule("admin §5.7", "admin §5.1")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "NO_DATA_TO_UPDATE"),
        ({"password": PASSWORD}, "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER"),
        ({"role": 5}, "INVALID_ROLE_TYPE"),
        ({"email": "root@people.test"}, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
        ({"email": "nonsense"}, "INVALID_EMAIL"),
        ({"emailVerified": "yes"}, "VALIDATION_ERROR"),
        ({"banExpires": "tomorrow"}, "VALIDATION_ERROR"),
    ],
)
async def test_changes_that_are_refused(two_databases_url: str, data: dict[str, Any], code: str) -> None:
    """Each with its code, and nothing changes."""
    async with managed_world(two_databases_url) as w:
        root, alice = await root_and_alice(w)
        before = await w.snapshot()

        answer = await root.post("/admin/update-user", {"userId": alice.user["id"], "data": data})

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert await w.snapshot() == before


@pytest.mark.case("SC-ADMIN-03")
@pytest.mark.rule("admin §3", "admin §5.7")
@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({"role": "admin"}, "CHANGE_USERS_ROLE"),
        ({"banned": False}, "BAN_USERS"),
        ({"banReason": "x"}, "BAN_USERS"),
        ({"email": "x@people.test"}, "SET_USERS_EMAIL"),
        ({"emailVerified": True}, "SET_USERS_EMAIL"),
        ({"name": "fine"}, None),
    ],
)
async def test_some_columns_need_more_permissions(sqlite_url: str, data: dict[str, Any], missing: str | None) -> None:
    """``user:update`` alone changes neither roles, nor bans, nor addresses, one's own included."""
    async with managed_world(sqlite_url, Admin(roles={"admin": SUPPORT, "user": role({})})) as w:
        support, alice = await root_and_alice(w)
        for person in (alice, support):
            answer = await support.post("/admin/update-user", {"userId": person.user["id"], "data": data})

            told = answer.json().get("code")
            assert told == (f"YOU_ARE_NOT_ALLOWED_TO_{missing}" if missing else None)


@pytest.mark.case("SC-ADMIN-04")
@pytest.mark.rule("admin §5.17")
async def test_passwords_are_set(database_url: str) -> None:
    """The length rules hold; an account is made where there is none; sessions live on; open reset links die."""
    async with managed_world(database_url) as w:
        root, alice = await root_and_alice(w)
        bare = (await root.post("/admin/create-user", {"email": "bare@people.test", "name": "B"})).json()["user"]["id"]
        await alice.post("/request-password-reset", {"email": alice.email})
        answers = [
            await root.post("/admin/set-user-password", {"userId": who, "newPassword": word})
            for who, word in (
                (alice.user["id"], "a new password"),
                (bare, "a new password"),
                (alice.user["id"], "short"),
                (alice.user["id"], "x" * 129),
                (alice.user["id"], ""),
                ("nobody", "a new password"),
            )
        ]
        person = w.person("bare")
        person.password = alice.password = "a new password"

        codes = [a.json().get("code") for a in answers]
        assert codes == [None, None, "PASSWORD_TOO_SHORT", "PASSWORD_TOO_LONG", "VALIDATION_ERROR", "USER_NOT_FOUND"]
        assert await alice.session() is not None
        assert (await person.sign_in()).status_code == 200
        assert (await w.another_device(alice)).token
        assert await w.rows("verification") == []


@pytest.mark.case("SC-ADMIN-06", "SC-ADMIN-14")
@pytest.mark.rule("admin §5.16", "admin §5.1")
async def test_users_are_removed_with_all_that_is_theirs(database_url: str) -> None:
    """Sessions, accounts and the user go; nobody removes themselves, nor somebody twice."""
    async with managed_world(database_url) as w:
        root, alice = await root_and_alice(w)
        gone = await root.post("/admin/remove-user", {"userId": alice.user["id"]})
        again = await root.post("/admin/remove-user", {"userId": alice.user["id"]})
        himself = await root.post("/admin/remove-user", {"userId": root.user["id"]})

        assert gone.json() == {"success": True}
        assert (again.status_code, again.json()["code"]) == (404, "USER_NOT_FOUND")
        assert (himself.status_code, himself.json()["code"]) == (400, "YOU_CANNOT_REMOVE_YOURSELF")
        assert await alice.session() is None
        assert {row["user_id"] for t in ("session", "account") for row in await w.rows(t)} == {root.user["id"]}


@pytest.mark.rule("admin §4")
async def test_a_user_is_shown(sqlite_url: str) -> None:
    """Bare, not wrapped; unknown ids are 404."""
    async with managed_world(sqlite_url) as w:
        root, alice = await root_and_alice(w)

        found = await root.get("/admin/get-user", params={"id": alice.user["id"]})
        nobody = await root.get("/admin/get-user", params={"id": "nobody"})

        assert found.json()["email"] == alice.email
        assert (nobody.status_code, nobody.json()["code"]) == (404, "USER_NOT_FOUND")


@pytest.mark.rule("admin §5.19", "admin §3.2")
async def test_the_caller_asks_about_permissions(sqlite_url: str) -> None:
    """Over HTTP it is always the caller who is meant; the old key is refused, both or none are invalid."""
    async with managed_world(sqlite_url) as w:
        root, alice = await root_and_alice(w)
        listing = {"permissions": {"user": ["list"]}}

        assert (await root.post("/admin/has-permission", listing)).json() == {"error": None, "success": True}
        asked = listing | {"userId": root.user["id"], "role": "admin"}
        assert (await alice.post("/admin/has-permission", asked)).json() == {"error": None, "success": False}
        legacy = await root.post("/admin/has-permission", {"permission": {"user": ["list"]}})
        assert (legacy.status_code, legacy.json()) == (
            400,
            {"message": "invalid permission check. no permission(s) were passed."},
        )
        for wrong in ({}, listing | {"permission": {"user": ["list"]}}):
            assert (await root.post("/admin/has-permission", wrong)).json()["code"] == "VALIDATION_ERROR"
        assert (await w.person().post("/admin/has-permission", listing)).status_code == 401


@pytest.mark.case("SC-PW-35")
async def test_the_host_is_asked_about_everybody(two_databases_url: str) -> None:
    """Whom ``validate_user_info`` refuses gets an account neither by sign-up nor from an admin."""

    async def only_colleagues(user: UserFields, source: ProvisioningSource) -> Refusal | None:
        seen.append((user.email, source.method))
        return Refusal("NOT_ONE_OF_US") if "stranger" in user.email else None

    seen: list[tuple[str, str]] = []
    async with managed_world(two_databases_url, user={"validate_user_info": only_colleagues}) as w:
        root = await w.sign_up("root")
        before = await w.snapshot()
        answers = [
            await w.person("stranger").sign_up(),
            await root.post("/admin/create-user", {"email": "stranger@x.test", "name": "S", "password": PASSWORD}),
        ]

        assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "NOT_ONE_OF_US")] * 2
        assert await w.snapshot() == before
        assert [method for _, method in seen] == ["email-password", "email-password", "admin"]
