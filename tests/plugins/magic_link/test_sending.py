"""Asking for a link."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest

from fastapi_betterauth import ConfigurationError, Hashing, RateLimit, RateLimitRule
from fastapi_betterauth.plugins.magic_link import MagicLink, MagicLinkMail
from tests.builders.answers import said
from tests.plugins.magic_link.links import ASK, VERIFY, Letters, follow, linked_world, query_of, use


@pytest.mark.case("SC-MAGIC-09")
@pytest.mark.rule("magic-link §4.1", "magic-link §4.2", "magic-link §4.7", "magic-link §3", "magic-link §2 send")
async def test_the_answer_is_the_same_for_everybody(database_url: str) -> None:
    """Known, unknown, and asked twice: one row and one mail each, nobody looked up."""
    async with linked_world(database_url) as post:
        await post.w.sign_up("ada")
        known = await post.ask(name="Ada L.")
        again, unknown = await post.ask(), await post.ask("Nobody@people.test")

        rows = {row["identifier"]: json.loads(row["value"]) for row in await post.w.rows("verification")}
        assert rows == {
            known.token: {"email": "ada@people.test", "name": "Ada L."},
            again.token: {"email": "ada@people.test"},
            unknown.token: {"email": "Nobody@people.test"},
        }
        assert len(known.token) == 32
        assert known.token.isalpha()
        assert known.url == f"http://app.test/api/auth{VERIFY}?token={known.token}&callbackURL=%2F"


@pytest.mark.rule("magic-link §4.2", "magic-link §4.13", "magic-link §4.12")
async def test_the_link_carries_the_pages(sqlite_url: str) -> None:
    """All three pages; metadata goes to the mail only, and what nobody asked for goes nowhere."""
    pages = {"callbackURL": "/in?x=1&y=2", "newUserCallbackURL": "/hello", "errorCallbackURL": "/sorry"}
    async with linked_world(sqlite_url) as post:
        mail = await post.ask(**pages, metadata={"theme": ["dark"]}, role="admin")

        assert query_of(mail.url) == {"token": mail.token, **pages}
        assert mail.metadata == {"theme": ["dark"]}
        assert mail.token not in repr(mail)
        assert [json.loads(row["value"]) for row in await post.w.rows("verification")] == [{"email": mail.email}]


@pytest.mark.case("SC-MAGIC-06", "SC-CSRF-07", "SC-MAGIC-11")
@pytest.mark.rule("magic-link §4.3", "magic-link §2 send")
@pytest.mark.parametrize(
    ("body", "headers", "answer"),
    [
        ({"email": "nobody"}, {}, (400, "VALIDATION_ERROR")),
        ({}, {}, (400, "VALIDATION_ERROR")),
        ({"email": "a@b.test", "metadata": "x"}, {}, (400, "VALIDATION_ERROR")),
        ({"email": "a@b.test", "name": "x" * 2000}, {}, (400, "VALIDATION_ERROR")),
        ({"email": "a@b.test", "callbackURL": "https://evil.test"}, {}, (403, "INVALID_CALLBACK_URL")),
        ({"email": "a@b.test", "newUserCallbackURL": "//evil.test"}, {}, (403, "INVALID_NEW_USER_CALLBACK_URL")),
        ({"email": "a@b.test", "errorCallbackURL": "/\\evil.test"}, {}, (403, "INVALID_ERROR_CALLBACK_URL")),
        ({"email": "a@b.test"}, {"origin": "https://evil.test"}, (403, "INVALID_ORIGIN")),
        (
            {"email": "a@b.test"},
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
        ),
    ],
)
async def test_bad_requests_send_nothing(
    sqlite_url: str, body: dict[str, Any], headers: dict[str, str], answer: tuple[int, str]
) -> None:
    """Addresses, pages and origins are checked before there is a token."""
    async with linked_world(sqlite_url) as post:
        assert said(await post.w.person().post(ASK, body, headers=headers)) == answer
        assert (post.letters.sent, await post.w.rows("verification")) == ([], [])


def _upside_down(token: str) -> str:
    return token[::-1]


@pytest.mark.case("SC-MAGIC-05")
@pytest.mark.rule("magic-link §1 storeToken", "magic-link §4.15", "magic-link §3")
@pytest.mark.parametrize("custom", [None, _upside_down], ids=["hashed", "custom"])
async def test_the_table_need_not_hold_tokens(two_databases_url: str, custom: Callable[[str], str] | None) -> None:
    """Kept as SHA-256, or as the host likes: the row opens nothing, the link does."""
    way: Any = "hashed" if custom is None else Hashing(custom)
    async with linked_world(two_databases_url, store_token=way) as post:
        mail = await post.ask()
        digest = urlsafe_b64encode(hashlib.sha256(mail.token.encode()).digest()).decode().rstrip("=")
        kept = digest if custom is None else custom(mail.token)

        assert [row["identifier"] for row in await post.w.rows("verification")] == [kept]
        assert query_of((await use(post.w.person(), kept)).headers["location"]) == {"error": "INVALID_TOKEN"}
        assert (await use(post.w.person(), mail.token)).status_code == 200


@pytest.mark.rule("magic-link §1 sendMagicLink")
async def test_a_failing_mailer_fails_the_request(sqlite_url: str) -> None:
    """It is awaited: who asked learns of it; by then the link works."""

    async def broken(mail: MagicLinkMail) -> None:
        letters.sent.append(mail)
        raise ConnectionError("no mail server")

    letters = Letters()
    async with linked_world(sqlite_url, send_magic_link=broken) as post:
        assert (await post.w.person().post(ASK, {"email": "ada@people.test"})).status_code == 500
        assert (await use(post.w.person(), letters.sent[0].token)).status_code == 200


@pytest.mark.case("SC-MAGIC-12")
@pytest.mark.rule("magic-link §1 generateToken")
async def test_the_host_may_make_tokens(sqlite_url: str) -> None:
    """Plain and async functions; what could be guessed, or is out already, is refused and takes nothing over."""
    made: list[str] = ["a token for {}, long enough", "short", "a token for {}, long enough", ""]

    async def generate(email: str) -> str:
        return made.pop(0).format(email)

    async with linked_world(sqlite_url, generate_token=generate) as post:
        mail = await post.ask()
        assert mail.token == "a token for ada@people.test, long enough"
        for _ in range(3):
            assert (await post.w.person().post(ASK, {"email": mail.email})).status_code == 500
        assert len(await post.w.rows("verification")) == 1
        assert (await follow(mail, post.w.person())).headers["location"] == "http://app.test/"
    async with linked_world(sqlite_url, generate_token=lambda _email: "x" * 16) as post:
        assert (await post.ask()).token == "x" * 16


@pytest.mark.case("SC-MAGIC-10")
@pytest.mark.rule("magic-link §5")
async def test_requests_and_mails_are_limited(sqlite_url: str) -> None:
    """Five a minute from one client, on each path; one person gets so many mails, whoever asks."""
    limits = RateLimit(enabled=True, mails=RateLimitRule(window=600, max=7))
    async with linked_world(sqlite_url, of_world={"rate_limit": limits}) as post:
        ada = post.w.person("ada")
        answers = [(await ada.post(ASK, {"email": ada.email})).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
        assert [(await use(ada, "x")).status_code for _ in range(6)] == [302] * 5 + [429]

        post.w.clock.move(seconds=61)
        assert [(await ada.post(ASK, {"email": ada.email})).status_code for _ in range(4)] == [200] * 4
        assert len(post.letters.sent) == len(await post.w.rows("verification")) == 7
    async with linked_world(
        sqlite_url, of_world={"rate_limit": limits}, rate_limit=RateLimitRule(window=60, max=1)
    ) as post:
        bob = post.w.person("bob")
        assert [(await bob.post(ASK, {"email": bob.email})).status_code for _ in range(2)] == [200, 429]


@pytest.mark.rule("magic-link §1 expiresIn")
@pytest.mark.parametrize("wrong", [{"expires_in": 0}, {"store_token": "rot13"}])
def test_wrong_options_fail_at_construction(wrong: dict[str, Any]) -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match=f"MagicLink\\({next(iter(wrong))}\\)"):
        MagicLink(send_magic_link=Letters(), **wrong)
