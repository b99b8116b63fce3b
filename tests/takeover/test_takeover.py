"""A database that the reference made and filled is served by us, and the other way round.

The database keeps its times in New York, so that a time zone read wrongly would show.
"""

import asyncio
from datetime import datetime

import asyncpg
import pytest
from sqlalchemy import make_url

from tests.takeover.servers import Server, ours, reference

pytestmark = pytest.mark.xdist_group("takeover")


@pytest.fixture
def shared_url(postgres_url: str) -> str:
    """An empty database whose time zone is far from UTC."""

    async def move() -> None:
        url = make_url(postgres_url).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        await connection.execute(f"alter database {url.database} set timezone to 'America/New_York'")
        await connection.close()

    asyncio.run(move())
    return postgres_url


def _expiry(server: Server, cookie: str) -> datetime:
    found = server.session(cookie)
    assert found is not None, "the session is not known here"
    return datetime.fromisoformat(found["session"]["expiresAt"])


def test_what_the_reference_wrote_works_here(shared_url: str) -> None:
    """Sessions, passwords and pending links of the reference go on working when we take over."""
    with reference(shared_url) as before:
        cookie = before.sign_up("ada")
        ends = _expiry(before, cookie)
        before.call("POST", "/send-verification-email", {"email": "ada@takeover.test"}, cookie)
        before.call("POST", "/request-password-reset", {"email": "ada@takeover.test"})
        verify, reset = before.mailed_token("ada", "verify-email"), before.mailed_token("ada", "reset-password")

    with ours(shared_url) as after:
        assert _expiry(after, cookie) == ends
        assert after.sign_in("ada") == 200
        assert after.call("GET", f"/verify-email?token={verify}", cookie=cookie).status_code == 200
        assert (after.session(cookie) or {})["user"]["emailVerified"] is True
        assert after.call("POST", "/reset-password", {"newPassword": "chosen here", "token": reset}).status_code == 200
        assert (after.sign_in("ada"), after.sign_in("ada", "chosen here")) == (401, 200)


def test_what_we_wrote_works_on_the_reference(shared_url: str) -> None:
    """Sessions, passwords and pending links of ours work when the reference is started again."""
    with reference(shared_url) as made:
        old = made.sign_up("ada")

    with ours(shared_url) as between:
        cookie = between.sign_up("bob")
        ends = _expiry(between, cookie)
        between.call("POST", "/send-verification-email", {"email": "bob@takeover.test"}, cookie)
        between.call("POST", "/request-password-reset", {"email": "bob@takeover.test"})
        verify, reset = between.mailed_token("bob", "verify-email"), between.mailed_token("bob", "reset-password")
        assert between.sign_in("ada") == 200

    with reference(shared_url) as again:
        assert again.session(old) is not None
        assert _expiry(again, cookie) == ends
        assert (again.sign_in("ada"), again.sign_in("bob")) == (200, 200)
        assert again.call("GET", f"/verify-email?token={verify}", cookie=cookie).status_code == 200
        assert (again.session(cookie) or {})["user"]["emailVerified"] is True
        assert again.call("POST", "/reset-password", {"newPassword": "chosen there", "token": reset}).status_code == 200
        assert again.sign_in("bob", "chosen there") == 200


def test_an_unverified_reset_link_is_not_born_expired(shared_url: str) -> None:
    """A row that one server writes in a database far from UTC expires at the same instant on the other."""
    with ours(shared_url) as first:
        first.sign_up("cleo")
        first.call("POST", "/request-password-reset", {"email": "cleo@takeover.test"})
        token = first.mailed_token("cleo", "reset-password")

    with reference(shared_url) as second:
        answer = second.call("POST", "/reset-password", {"newPassword": "within the hour", "token": token})

        assert answer.status_code == 200
