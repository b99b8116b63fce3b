"""The Host of a request decides about nothing that it should not (SC-HTTP-04, SC-HTTP-06..09)."""

import asyncio
from typing import Any

import pytest

from fastapi_betterauth import AdvancedOptions, DynamicBaseURL
from tests.builders.world import World, world
from tests.security.raw import RawAnswer, raw_request

JSON = (b"content-type", b"application/json")
STRANGE_HOSTS: list[list[bytes]] = [
    [b"app.test/api/auth/ok?"],
    [b"app.test/x?"],
    [b"app.test#"],
    [b"app.test", b"evil.test"],
    [b""],
    [],
    [b"["],
    [b"[::1"],
    [b"app.test:99999999999"],
    [b"app.test:x"],
    [b"a@app.test"],
    [b"app.test\\@evil.test"],
    [b"\xff\xfe"],
    [b"a" * 70_000],
    [b"javascript:alert(1)"],
]
TWO_HOSTS = DynamicBaseURL(allowed_hosts=("one.test", "two.test"), protocol="https")


async def _ask_reset(w: World, *headers: tuple[bytes, bytes], email: str = "ada@people.test") -> RawAnswer:
    """Ask for a reset mail, as curl would."""
    body = b'{"email":"%s"}' % email.encode()
    return await raw_request(w.app, "POST", "/api/auth/request-password-reset", headers=[*headers, JSON], body=body)


async def _links(w: World, email: str = "ada@people.test") -> list[str]:
    return [message.url for message in (await w.settled()).to(email, "reset")]


@pytest.mark.case("SC-HTTP-04")
@pytest.mark.parametrize("hosts", STRANGE_HOSTS, ids=lambda hosts: repr(hosts)[:30])
async def test_the_host_moves_no_request_to_another_path(sqlite_url: str, hosts: list[bytes]) -> None:
    """A disabled path is disabled and an open one open, whatever the Host would make of the URL."""
    headers = [*((b"host", host) for host in hosts), JSON]
    async with world(sqlite_url, disabled_paths=["/sign-in/email"]) as w:
        shut = await raw_request(w.app, "POST", "/api/auth/sign-in/email", headers=headers, body=b"{}")
        open_ = await raw_request(w.app, "GET", "/api/auth/ok", headers=headers)

        assert (shut.status, open_.status) == (404, 200)


@pytest.mark.case("SC-HTTP-04")
@pytest.mark.parametrize("hosts", STRANGE_HOSTS, ids=lambda hosts: repr(hosts)[:30])
async def test_without_a_base_url_strange_hosts_are_refused(sqlite_url: str, hosts: list[bytes]) -> None:
    """Where the Host names the app it must be a host: else 400. Of two, the first counts everywhere."""
    headers = [*((b"host", host) for host in hosts), JSON]
    async with world(sqlite_url, base_url=None, disabled_paths=["/sign-in/email"]) as w:
        shut = await raw_request(w.app, "POST", "/api/auth/sign-in/email", headers=headers, body=b"{}")
        open_ = await raw_request(w.app, "GET", "/api/auth/ok", headers=headers)

        assert shut.status == 404
        expected = (200, None) if len(hosts) == 2 else (400, "UNKNOWN_HOST")
        assert (open_.status, open_.code) == expected


@pytest.mark.case("SC-HTTP-06", "SC-HTTP-08")
@pytest.mark.parametrize(
    "header",
    ["host", "x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url", "x-host", "x-forwarded-server"],
)
async def test_mail_links_begin_with_the_configured_url(two_databases_url: str, header: str) -> None:
    """With a base URL no header changes where the link in a mail leads."""
    value = b"host=evil.test;proto=https" if header == "forwarded" else b"evil.test"
    async with world(two_databases_url) as w:
        await w.sign_up("ada")

        answer = await _ask_reset(w, (header.encode(), value))

        assert answer.status == 200
        assert [link.startswith("http://app.test/api/auth/reset-password/") for link in await _links(w)] == [True]


@pytest.mark.case("SC-HTTP-06")
@pytest.mark.parametrize("forwarded", [False, True])
async def test_unlisted_hosts_get_no_mail_sent(two_databases_url: str, forwarded: bool) -> None:  # noqa: FBT001 - a column of the table
    """With a list of hosts, another one is a 400: no mail goes out and no row is written."""
    headers = [(b"host", b"evil.test")]
    if forwarded:
        headers = [(b"host", b"one.test"), (b"x-forwarded-host", b"evil.test"), (b"x-forwarded-proto", b"https")]
    advanced = AdvancedOptions(trusted_proxy_headers=forwarded)
    async with world(two_databases_url, base="https://one.test", base_url=TWO_HOSTS, advanced=advanced) as w:
        await w.sign_up("ada")
        before = await w.snapshot()

        answer = await _ask_reset(w, *headers)

        assert (answer.status, answer.code) == (400, "UNKNOWN_HOST")
        assert await _links(w) == []
        assert await w.snapshot() == before


@pytest.mark.case("SC-HTTP-07")
@pytest.mark.parametrize(
    "rules", [None, TWO_HOSTS, DynamicBaseURL(allowed_hosts=("*.test",))], ids=["none", "two", "*"]
)
async def test_each_request_has_a_base_url_of_its_own(two_databases_url: str, rules: DynamicBaseURL | None) -> None:
    """A hostile first request leaves nothing behind; later and concurrent ones get links with their own host."""
    async with world(two_databases_url, base="https://one.test", base_url=rules) as w:
        await _ask_reset(w, (b"host", b"evil.example/x?"))
        for name in ("ada", "bob"):
            await w.sign_up(name)

        asked = [("ada", b"one.test"), ("bob", b"two.test")] * 5
        await asyncio.gather(*(_ask_reset(w, (b"host", host), email=f"{name}@people.test") for name, host in asked))

        for name, host in (("ada", "one.test"), ("bob", "two.test")):
            found = {link.split("/")[2] for link in await _links(w, f"{name}@people.test")}
            assert found == {host}


_FORWARDED: list[tuple[bytes, bytes]] = [
    (b"x-forwarded-host", b"evil.test"),
    (b"x-forwarded-proto", b"http"),
    (b"forwarded", b"host=evil.test;proto=http"),
    (b"x-original-url", b"/api/auth/ok"),
    (b"x-rewrite-url", b"/api/auth/ok"),
    (b"x-http-method-override", b"GET"),
]


async def _signed_up_with(w: World, name: str, *headers: tuple[bytes, bytes]) -> RawAnswer:
    body = b'{"name":"N","email":"%s@people.test","password":"correct horse battery"}' % name.encode()
    every = [(b"host", b"one.test"), JSON, *headers]
    return await raw_request(w.app, "POST", "/api/auth/sign-up/email", headers=every, body=body)


def _shape(answer: RawAnswer) -> tuple[int, list[str]]:
    lines = [line.partition("=")[0] + "; " + line.partition("; ")[2] for line in answer.header("set-cookie")]
    return answer.status, lines


@pytest.mark.case("SC-HTTP-08")
@pytest.mark.parametrize("base_url", ["https://one.test", None, TWO_HOSTS], ids=["static", "none", "dynamic"])
async def test_proxy_headers_change_nothing_unless_trusted(two_databases_url: str, base_url: Any) -> None:
    """Cookies and links are the same with every forwarding header as without."""
    async with world(two_databases_url, base="https://one.test", base_url=base_url) as w:
        plain = await _signed_up_with(w, "ada")
        forwarded = await _signed_up_with(w, "bob", *_FORWARDED)
        await _ask_reset(w, (b"host", b"one.test"), *_FORWARDED)

        assert _shape(forwarded) == _shape(plain)
        assert plain.status == 200
        assert [link.split("/")[2] for link in await _links(w)] == ["one.test"]


@pytest.mark.case("SC-HTTP-09")
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-proto": "http"},
        {"x-forwarded-proto": "https,http", "x-forwarded-host": "two.test"},
        {"x-forwarded-proto": "javascript", "x-forwarded-host": "two.test"},
        {"x-forwarded-host": "two.test"},
        {"x-forwarded-host": "two.test, evil.test", "x-forwarded-proto": "http"},
        {"x-forwarded-host": "two.test/x?", "x-forwarded-proto": "http"},
    ],
)
async def test_half_or_strange_proxy_headers_are_ignored(two_databases_url: str, headers: dict[str, str]) -> None:
    """With proxy trust on, a strange scheme or half a pair leaves the request's own host and scheme."""
    advanced = AdvancedOptions(trusted_proxy_headers=True)
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    async with world(two_databases_url, base="http://one.test", base_url=None, advanced=advanced) as w:
        await w.sign_up("ada")

        await _ask_reset(w, (b"host", b"one.test"), *pairs)

        assert [link.partition("/api")[0] for link in await _links(w)] == ["http://one.test"]


@pytest.mark.case("SC-HTTP-09")
async def test_a_proxy_cannot_talk_secure_cookies_down(two_databases_url: str) -> None:
    """With an https base URL cookies stay Secure, trusted proxy or not."""
    pair = (b"x-forwarded-proto", b"http"), (b"x-forwarded-host", b"one.test")
    advanced = AdvancedOptions(trusted_proxy_headers=True)
    async with world(two_databases_url, base="https://one.test", advanced=advanced) as w:
        answer = await _signed_up_with(w, "ada", *pair)

        (line,) = answer.header("set-cookie")
        assert line.startswith("__Secure-better-auth.session_token=")
        assert "; Secure;" in line
