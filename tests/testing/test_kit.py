"""Users and clients of the kit, as a host's tests use them."""

import httpx
import httpx2
import pytest

from fastapi_betterauth import (
    APIError,
)
from fastapi_betterauth.storage.fields import SessionFields
from fastapi_betterauth.testing import AuthKit
from fastapi_betterauth.testing.fixtures import AsUser
from tests.testing import host

Kit = AuthKit[host.HostUser, SessionFields]


async def test_a_user_is_signed_in_in_one_line(as_user: AsUser) -> None:
    """The host's guard lets the client in, and knows the columns the test gave."""
    ada = await as_user(name="Ada", email="Ada@host.test", plan="pro")

    answer = await ada.get("/me")

    assert answer.json() == {"email": "ada@host.test", "plan": "pro", "greeting": "hello"}
    assert (ada.user.name, ada.user.email_verified) == ("Ada", True)


async def test_nobody_is_signed_in_on_a_strangers_client(auth_kit: Kit) -> None:
    """Guards refuse; asking who is signed in says nobody."""
    stranger = auth_kit.stranger()

    assert (await stranger.get("/me")).status_code == 401
    assert await auth_kit.signed_in(stranger) is None


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("user", 403)])
async def test_roles_are_columns(as_user: AsUser, role: str, status: int) -> None:
    """What a plugin keeps with a user is given like any column."""
    client = await as_user(role=role)

    assert (await client.get("/staff")).status_code == status


async def test_several_users_are_signed_in_at_once(as_user: AsUser) -> None:
    """Each has a client and an address; the host's own tables are there."""
    ada, bob = await as_user(), await as_user()
    await ada.post("/notes", params={"text": "milk"})

    assert (await ada.get("/notes")).json() == ["milk"]
    assert (await bob.get("/notes")).json() == []
    assert ada.user.email != bob.user.email


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_any_client_can_be_signed_in(auth_kit: Kit, library: object) -> None:
    """A client that the host made itself gets the cookie; the next one to sign in takes its place."""
    transport = library.ASGITransport(app=auth_kit.app)  # type: ignore[attr-defined]  # both have it
    async with library.AsyncClient(transport=transport, base_url=auth_kit.base_url) as client:  # type: ignore[attr-defined]
        for name in ("ada", "bob"):
            user = await auth_kit.user(name=name)
            session = await auth_kit.sign_in(client, user, user_agent="a phone")

            current = await auth_kit.signed_in(client)
            assert current is not None
            assert (current.user.id, current.session.id) == (user.id, session.session.id)
            assert current.session.user_agent == "a phone"
            assert len(client.cookies.jar) == 1
            assert (await client.get("/me")).json()["email"] == user.email


async def test_who_has_a_password_can_sign_in_with_it(auth_kit: Kit) -> None:
    """The form is the host's; the kit's clients name their origin."""
    user = await auth_kit.user(password="correct horse")
    client = auth_kit.stranger()

    answer = await client.post("/api/auth/sign-in/email", json={"email": user.email, "password": "correct horse"})

    assert answer.status_code == 200
    assert (await client.post("/api/auth/sign-out", json={})).status_code == 200
    assert await auth_kit.signed_in(client) is None


async def test_refusals_of_plugins_reach_the_test(auth_kit: Kit) -> None:
    """Who is banned is signed in by nobody."""
    banned = await auth_kit.user(banned=True)

    with pytest.raises(APIError, match="banned"):
        await auth_kit.as_user(banned)


async def test_unknown_columns_are_named(auth_kit: Kit) -> None:
    """A slip of the pen is an error, not a value that is lost."""
    with pytest.raises(TypeError, match=r"user has no column 'plna'; it has id, .*plan"):
        await auth_kit.user(plna="pro")
    user = await auth_kit.user()
    with pytest.raises(TypeError, match="session has no column 'plan'"):
        await auth_kit.sign_in(auth_kit.stranger(), user, plan="pro")
