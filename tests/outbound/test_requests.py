"""Requests that the server makes itself: where they may go, and how much they may bring (SECURITY-CASES SSRF)."""

import asyncio
import gzip
import json
from collections.abc import Sequence

import pytest

from fastapi_betterauth import AdvancedOptions, ConfigurationError, OutboundOptions
from fastapi_betterauth.outbound.addresses import is_public
from fastapi_betterauth.outbound.client import Outbound, OutboundError
from tests.builders.peer import peer, response


@pytest.mark.case("SC-SSRF-01", "SC-SSRF-02")
@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.31.0.1"),
        *("192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
        *("224.0.0.1", "239.1.1.1", "255.255.255.255", "::", "::1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::", "2001:db8::1", "fc00::1", "fe80::1"),
        *("fe80::1%eth0", "fec0::1", "ff02::1", "100::1", "3fff::1", "nonsense", ""),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    """Private, special and hidden ones, and what is no address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "172.32.0.1"])
def test_addresses_that_are_public(address: str) -> None:
    """The rest of the internet."""
    assert is_public(address)


@pytest.mark.case("SC-SSRF-01", "SC-SSRF-03")
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"),
        *("0177.0.0.1", "[::ffff:127.0.0.1]", "①②⑦.⓪.⓪.①"),
    ],
)
async def test_no_spelling_leads_home(host: str) -> None:
    """However this machine is written, nothing is asked of it."""
    async with peer() as home:
        home.json("/", {"secret": "of the house"})
        port = home.url.rsplit(":", 1)[1]

        for scheme in ("https", "http"):
            with pytest.raises(OutboundError):
                await Outbound(OutboundOptions(timeout=2)).get(f"{scheme}://{host}:{port}/")

        assert home.asked == []


@pytest.mark.case("SC-SSRF-04")
@pytest.mark.parametrize("answers", [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["2606:4700::1111", "::1"], []])
async def test_every_address_of_a_name_is_looked_at(answers: Sequence[str]) -> None:
    """One private answer among public ones refuses the name."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return answers

    with pytest.raises(OutboundError, match="private address" if answers else "ConnectError"):
        await Outbound(OutboundOptions(timeout=2), resolve=resolve).get("https://idp.test/")


@pytest.mark.case("SC-SSRF-04")
async def test_the_address_that_was_looked_at_is_called() -> None:
    """The name is looked up once per request; the host's own name goes along."""
    looked_up: list[str] = []
    async with peer() as home:
        home.json("/keys", {"keys": []})
        port = home.url.rsplit(":", 1)[1]

        async def resolve(host: str, _port: int) -> Sequence[str]:
            looked_up.append(host)
            return ["127.0.0.1"] if len(looked_up) == 1 else ["10.0.0.1"]

        origin = f"http://idp.test:{port}"
        found = await Outbound(OutboundOptions(timeout=2), [origin], resolve=resolve).get(f"{origin}/keys")

        assert (found, looked_up) == ({"keys": []}, ["idp.test"])
        assert home.asked[0].headers["host"] == f"idp.test:{port}"


@pytest.mark.case("SC-SSRF-05")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_no_redirect_is_followed(status: str) -> None:
    """Not even to the same server, and not when it brings a body along."""
    async with peer() as home:
        home.json("/", {"access_token": "x"}, status, location=f"{home.url}/inside")
        home.json("/inside", {"secret": 1})

        with pytest.raises(OutboundError):
            await Outbound(OutboundOptions(timeout=2), [home.url]).get(f"{home.url}/")

        assert home.paths() == ["/"]


@pytest.mark.case("SC-SSRF-06")
@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://idp.test/", "gopher://idp.test/", "unix:///tmp/x", "http://idp.test/"),
        *("https://me:secret@idp.test/", "https://idp.test:25/", "https://idp.test:22/", "https://idp.test:99999/"),
        *("https:///path", "//idp.test/", "idp.test", "", "https://[::1", "https://idp.test\\@evil.test/"),
    ],
)
async def test_only_plain_https_is_called(url: str) -> None:
    """Other schemes, credentials and the ports of other services are refused before a name is looked up."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("nothing may be looked up")

    with pytest.raises(OutboundError) as refused:
        await Outbound(OutboundOptions(timeout=2), resolve=resolve).get(url)
    assert "secret" not in str(refused.value)


@pytest.mark.case("SC-SSRF-09", "SC-OAUTH-33")
async def test_an_answer_has_its_limits() -> None:
    """Too large, too slow, or compressed: the request ends."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    async def dripping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with peer() as home:
        bomb = gzip.compress(b" " * 10_000_000)
        home.answers = {"/endless": endless, "/drip": dripping, "/bomb": response(bomb, content_encoding="gzip")}
        home.answers["/headers"] = response(b"{}", x="y" * 500_000)
        http = Outbound(OutboundOptions(timeout=0.5, max_size=100_000), [home.url])

        for path in home.answers:
            with pytest.raises(OutboundError):
                await http.get(home.url + path)

        assert home.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.case("SC-SSRF-10", "SC-OAUTH-33")
@pytest.mark.parametrize(
    "answer",
    [
        response(b"<html>secret of the house</html>"),
        response(b'{"secret of the house": ', "200 OK"),
        response(b"secret of the house", "500 Oops"),
        response(b"[" * 100_000, "200 OK"),
        b"secret of the house",
        b"",
    ],
)
async def test_an_error_tells_nothing_of_the_answer(answer: bytes) -> None:
    """It names the origin and the kind of failure."""
    async with peer() as home:
        home.answers["/"] = answer

        with pytest.raises(OutboundError) as refused:
            await Outbound(OutboundOptions(timeout=2), [home.url]).get(f"{home.url}/?code=abc")

        assert "secret" not in str(refused.value)
        assert "abc" not in str(refused.value)


@pytest.mark.case("SC-SSRF-11")
async def test_nothing_of_the_surroundings_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the environment, no cookie from one call to the next."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with peer() as home:
        home.json("/", {}, set_cookie="a=b; Path=/")
        http = Outbound(OutboundOptions(timeout=2), [home.url])

        await http.get(f"{home.url}/")
        await http.post(f"{home.url}/", form={"a": "b"})

        assert [("cookie" in one.headers, "authorization" in one.headers) for one in home.asked] == [(False, False)] * 2


async def test_a_proxy_of_the_host_is_used() -> None:
    """Everything goes through it."""
    async with peer() as proxy:
        proxy.answers["http://idp.test:8000/keys"] = response(json.dumps({"keys": []}).encode())
        options = OutboundOptions(timeout=2, proxy=proxy.url, trusted_origins=["http://idp.test:8000"])

        assert await Outbound(options).get("http://idp.test:8000/keys") == {"keys": []}
        assert proxy.paths() == ["http://idp.test:8000/keys"]


def test_wrong_options_are_named() -> None:
    """Limits are positive, and an origin is an origin."""
    for option, value in (("timeout", 0), ("max_size", -1), ("trusted_origins", ["https://idp.test/path"])):
        with pytest.raises(ConfigurationError, match=f"advanced.outbound.{option}"):
            AdvancedOptions(outbound=OutboundOptions(**{option: value}))  # type: ignore[arg-type]  # wrong on purpose
