"""The address of a client, as it is kept with a session (SC-IP)."""

from typing import Any

import pytest

from fastapi_betterauth import AdvancedOptions, IPAddressOptions
from tests.builders.world import PASSWORD, World, world
from tests.security.raw import JSON_HEADERS, raw_request

PROXY = "10.0.0.1"
FORWARDED = IPAddressOptions(ip_address_headers=["x-forwarded-for"])
BEHIND_PROXY = IPAddressOptions(ip_address_headers=["x-forwarded-for"], trusted_proxies=["10.0.0.0/8"])


async def _kept(w: World, headers: dict[str, str], peer: str | None) -> str:
    """Sign up with these headers from this peer; returns the address of the session."""
    body = b'{"name":"A","email":"ada@people.test","password":"%s"}' % PASSWORD.encode()
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await raw_request(
        w.app,
        "POST",
        "/api/auth/sign-up/email",
        headers=[*JSON_HEADERS, *pairs],
        body=body,
        peer=None if peer is None else (peer, 4000),
    )
    assert answer.status == 200, answer.body
    return str((await w.rows("session"))[0]["ip_address"])


def _with(options: IPAddressOptions) -> Any:
    return AdvancedOptions(ip_address=options)


@pytest.mark.case("SC-IP-02")
@pytest.mark.parametrize(
    "header",
    [
        "x-forwarded-for",
        "x-real-ip",
        "cf-connecting-ip",
        "true-client-ip",
        "forwarded",
        "x_forwarded_for",
        "x-client-ip",
        "fly-client-ip",
    ],
)
async def test_headers_of_a_direct_client_are_ignored(two_databases_url: str, header: str) -> None:
    """Unless a header is configured, the peer of the connection is the client."""
    value = "for=203.0.113.9" if header == "forwarded" else "203.0.113.9"
    async with world(two_databases_url) as w:
        assert await _kept(w, {header: value}, "198.51.100.7") == "198.51.100.7"


@pytest.mark.case("SC-IP-02")
async def test_only_the_configured_header_counts(two_databases_url: str) -> None:
    """Another header, and one with underscores, is no substitute for the configured one."""
    headers = {"x-real-ip": "203.0.113.9", "x_forwarded_for": "203.0.113.9", "x-forwarded-for": "198.51.100.7"}
    async with world(two_databases_url, advanced=_with(FORWARDED)) as w:
        assert await _kept(w, headers, PROXY) == "198.51.100.7"


@pytest.mark.case("SC-IP-01")
async def test_a_chain_without_known_proxies_tells_nothing(two_databases_url: str) -> None:
    """Without configured proxies a value that the client may have begun itself is not kept."""
    async with world(two_databases_url, advanced=_with(FORWARDED)) as w:
        assert await _kept(w, {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}, PROXY) == ""


@pytest.mark.case("SC-IP-01", "SC-IP-03")
@pytest.mark.parametrize("spoofed", ["203.0.113.9", "10.9.9.9", "unknown", "::1, 203.0.113.9"])
async def test_behind_known_proxies_the_rightmost_stranger_counts(two_databases_url: str, spoofed: str) -> None:
    """Whatever the client puts on the left, the address the proxies saw is kept."""
    chain = f"{spoofed}, 198.51.100.7, 10.0.0.2"
    async with world(two_databases_url, advanced=_with(BEHIND_PROXY)) as w:
        assert await _kept(w, {"x-forwarded-for": chain}, PROXY) == "198.51.100.7"


@pytest.mark.case("SC-IP-03")
async def test_a_peer_that_is_no_proxy_speaks_for_itself(two_databases_url: str) -> None:
    """Where the server has already resolved the peer, the chain is not walked again in its favour."""
    async with world(two_databases_url, advanced=_with(BEHIND_PROXY)) as w:
        assert await _kept(w, {"x-forwarded-for": "203.0.113.9"}, "198.51.100.7") == "198.51.100.7"


@pytest.mark.case("SC-IP-04")
@pytest.mark.parametrize(
    ("subnet", "kept"),
    [(64, "2001:0db8:0001:02ff:0000:0000:0000:0000"), (56, "2001:0db8:0001:0200:0000:0000:0000:0000")],
)
async def test_ipv6_is_cut_to_its_subnet(two_databases_url: str, subnet: int, kept: str) -> None:
    """All addresses of one subnet are one: the configured prefix is what remains."""
    advanced = _with(IPAddressOptions(ipv6_subnet=subnet))
    async with world(two_databases_url, advanced=advanced) as w:
        assert await _kept(w, {}, "2001:db8:1:2ff:aaaa:bbbb:cccc:dddd") == kept


@pytest.mark.case("SC-IP-05")
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2001:DB8::A", "2001:0db8:0000:0000:0000:0000:0000:0000"),
        ("2001:0db8:0:0::000a", "2001:0db8:0000:0000:0000:0000:0000:0000"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("::FFFF:c633:6407", "198.51.100.7"),
        ("0:0:0:0:0:ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", ""),
        ("[2001:db8::a]", ""),
        ("198.51.100.7:443", ""),
        ("[2001:db8::a]:443", ""),
    ],
)
async def test_one_address_has_one_spelling(two_databases_url: str, written: str, kept: str) -> None:
    """Spellings of one address are one; with zone, brackets or port it is no address."""
    async with world(two_databases_url, advanced=_with(FORWARDED)) as w:
        assert await _kept(w, {"x-forwarded-for": written}, PROXY) == kept


@pytest.mark.case("SC-IP-06")
@pytest.mark.parametrize(
    "value", ["unknown", "'; DROP TABLE session; --", "1" * 10_000, "1.2.3", "0x7f000001", "127.1", "1.2.3.4 evil", ","]
)
async def test_what_is_no_address_is_not_kept(two_databases_url: str, value: str) -> None:
    """Text in the place of an address is dropped; nothing of it reaches a row."""
    async with world(two_databases_url, advanced=_with(FORWARDED)) as w:
        assert await _kept(w, {"x-forwarded-for": value}, PROXY) == ""


@pytest.mark.case("SC-IP-07")
@pytest.mark.parametrize("peer", [None, "testclient", ""])
async def test_without_an_address_sign_up_still_works(two_databases_url: str, peer: str | None) -> None:
    """A unix socket or test client has no address: the session says so, and works."""
    async with world(two_databases_url) as w:
        assert await _kept(w, {"x-forwarded-for": "203.0.113.9"}, peer) == ""


@pytest.mark.case("SC-IP-07")
async def test_addresses_need_not_be_kept(two_databases_url: str) -> None:
    """With tracking off no address is stored, wherever it comes from."""
    options = IPAddressOptions(disable_ip_tracking=True, ip_address_headers=["x-forwarded-for"])
    async with world(two_databases_url, advanced=_with(options)) as w:
        assert await _kept(w, {"x-forwarded-for": "203.0.113.9"}, "198.51.100.7") == ""
