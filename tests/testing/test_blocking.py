"""The kit for tests that are plain functions: everything again, through Starlette's TestClient."""

import pytest
from fastapi.testclient import TestClient

from fastapi_betterauth import ResetPasswordMail
from fastapi_betterauth.storage.fields import SessionFields
from fastapi_betterauth.testing import BlockingAuthKit
from fastapi_betterauth.testing.fixtures import BlockingAsUser
from tests.testing import host

Kit = BlockingAuthKit[host.HostUser, SessionFields]


def test_a_user_is_signed_in_in_one_line(blocking_as_user: BlockingAsUser) -> None:
    """The host's guard lets the client in, and knows the columns the test gave."""
    ada = blocking_as_user(name="Ada", plan="pro")

    assert ada.get("/me").json() == {"email": ada.user.email, "plan": "pro", "greeting": "hello"}


def test_several_users_share_the_app(blocking_as_user: BlockingAsUser) -> None:
    """Their clients run in one thread, on one database."""
    ada, bob = blocking_as_user(), blocking_as_user()
    ada.post("/notes", params={"text": "milk"})

    assert (ada.get("/notes").json(), bob.get("/notes").json()) == (["milk"], [])


def test_websockets_know_who_speaks(blocking_as_user: BlockingAsUser) -> None:
    """The guard of a WebSocket reads the same cookie."""
    ada = blocking_as_user(name="Ada")

    with ada.websocket_connect("/echo") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "Ada: hello"


def test_a_client_of_the_hosts_own_can_be_signed_in(blocking_auth_kit: Kit) -> None:
    """It is asked who is signed in there."""
    client = blocking_auth_kit.stranger()
    assert blocking_auth_kit.signed_in(client) is None

    user = blocking_auth_kit.user()
    begun = blocking_auth_kit.sign_in(client, user)

    current = blocking_auth_kit.signed_in(client)
    assert current is not None
    assert (current.user.id, current.session.id) == (user.id, begun.session.id)


def test_mails_and_clock_are_the_tests(blocking_auth_kit: Kit) -> None:
    """A link that has grown old is refused."""
    user = blocking_auth_kit.user(password="correct horse")
    client = blocking_auth_kit.stranger()
    client.post("/api/auth/request-password-reset", json={"email": user.email})
    token = blocking_auth_kit.mails.last(user.email, ResetPasswordMail).token

    blocking_auth_kit.clock.move(hours=2)
    answer = client.post("/api/auth/reset-password", json={"token": token, "newPassword": "another horse"})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_TOKEN")


def test_what_is_asynchronous_runs_where_the_app_runs(blocking_auth_kit: Kit) -> None:
    """The in-process API is a call away."""
    api = blocking_auth_kit.auth.api

    signed_up = blocking_auth_kit.run(api.sign_up_email, name="Ada", email="ada@host.test", password="correct horse")

    assert signed_up.user.email == "ada@host.test"


def test_exceptions_of_the_app_reach_the_test(blocking_auth_kit: Kit) -> None:
    """As with any TestClient."""
    assert isinstance(blocking_auth_kit.stranger(), TestClient)
    with pytest.raises(TypeError, match="no column"):
        blocking_auth_kit.user(nothing=1)
