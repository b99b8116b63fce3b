"""Which origins a list of patterns trusts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.pipeline.origin import TrustedOrigins, doubt_about, parse_origin
from tests.builders.world import Person, world


def trusts(pattern: str, origin: str) -> bool:
    """Whether a list with this one pattern trusts an origin."""
    return TrustedOrigins.of([pattern]).trusts_origin(origin)


@pytest.mark.case("SC-ORIG-01", "SC-ORIG-03")
@pytest.mark.parametrize("pattern", ["*.example.com", "https://*.example.com"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evilexample.com",
        "https://example.com.evil.io",
        "https://example.com@evil.io",
        "https://a.example.com@evil.io",
        "https://evil.io#.example.com",
        "https://evil.io?.example.com",
        "https://evil.io/.example.com",
        "https://evil.io\\.example.com",
        "https://evil.io%23.example.com",
        "malicious.com?.example.com",
        "evil.io#.example.com",
        "evil.io/.example.com",
        ".example.com",
        "//a.example.com",
        "https:a.example.com",
        "https:///a.example.com",
        "javascript://a.example.com/%0aalert(1)",
        "null",
        "",
    ],
)
def test_look_alikes_of_a_sub_domain_are_strangers(pattern: str, origin: str) -> None:
    """The host of the origin has to match, not some text in it."""
    assert not trusts(pattern, origin)


@pytest.mark.case("SC-ORIG-04")
@pytest.mark.rule("core-config §4")
@pytest.mark.parametrize(
    ("pattern", "origin", "trusted"),
    [
        ("*.example.com", "https://a.example.com", True),
        ("*.example.com", "http://a.example.com", True),
        ("*.example.com", "https://a.b.example.com", True),
        ("*.example.com", "https://example.com", False),
        ("*.example.com", "https://a.example.com:8443", False),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://app-?.example.com", "https://app-1.example.com", True),
        ("https://app-?.example.com", "https://app-12.example.com", False),
        ("http://localhost:*", "http://localhost:3000", True),
        ("https://example.com", "https://example.com", True),
        ("https://example.com", "https://example.com/page?x=1", True),
        ("https://example.com", "https://www.example.com", False),
        ("https://example.com/", "https://example.com", False),
    ],
)
def test_patterns_match_as_the_reference_does(pattern: str, origin: str, *, trusted: bool) -> None:
    """A star is any text, of a host too; without a scheme both are meant."""
    assert trusts(pattern, origin) is trusted


@pytest.mark.case("SC-ORIG-02")
@pytest.mark.parametrize("origin", ["http://a.example.com", "ftp://a.example.com", "httpss://a.example.com"])
def test_the_scheme_of_a_pattern_counts(origin: str) -> None:
    """A pattern for https trusts nothing else."""
    assert not trusts("https://*.example.com", origin)


@pytest.mark.case("SC-ORIG-05")
@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        ("https://example.com", "https://exampleXcom"),
        ("https://*.example.com", "https://a.exampleXcom"),
        ("https://a+.example.*", "https://aaa.example.com"),
        ("https://(a|b).example.*", "https://a.example.com"),
        ("https://\\d.example.*", "https://1.example.com"),
        ("https://[ab].example.*", "https://a.example.com"),
    ],
)
def test_no_character_is_a_regular_expression(pattern: str, origin: str) -> None:
    """All but ``*`` and ``?`` mean themselves."""
    assert not trusts(pattern, origin)


@pytest.mark.case("SC-ORIG-06")
@pytest.mark.parametrize("pattern", ["*.example.com", "**.*a*.**example.com", "https://*a*a*a*a*a*a*a*a*b"])
@pytest.mark.parametrize("origin", ["https://" + "a." * 50_000, "https://" + "*" * 100_000, "a" * 100_000])
def test_long_origins_are_refused_unread(pattern: str, origin: str) -> None:
    """No origin is longer than a few kilobytes; what is shorter is matched in one pass."""
    assert not trusts(pattern, origin)
    assert not trusts(pattern, origin[:4000])


@pytest.mark.case("SC-ORIG-07")
@pytest.mark.parametrize(
    ("pattern", "origin", "trusted"),
    [
        ("https://app.test", "https://app.test:444", False),
        ("http://localhost:3000", "http://localhost:30000", False),
        ("http://localhost:3000", "http://localhost", False),
        ("https://app.test", "https://app.test:443", True),
        ("https://app.test:443", "https://app.test", True),
        ("http://app.test", "http://app.test:80", True),
        ("https://app.test", "https://app.test:80", False),
        ("https://app.test", "https://app.test:0443", False),
        ("https://app.test", "https://app.test:", True),
        ("https://app.test", "https://app.test:443x", False),
        ("https://app.test", "https://app.test:65979", False),
    ],
)
def test_ports_count(pattern: str, origin: str, *, trusted: bool) -> None:
    """Another port is another origin; a scheme's own may be left out."""
    assert trusts(pattern, origin) is trusted


@pytest.mark.case("SC-ORIG-08", "SC-ORIG-11")
@pytest.mark.parametrize(
    ("pattern", "origin", "trusted"),
    [
        ("https://app.test", "HTTPS://APP.TEST", True),
        ("https://APP.test", "https://app.test", True),
        ("https://app.test", "https://app.test.", False),
        ("https://app.test.", "https://app.test.", True),
        ("https://bücher.test", "https://xn--bcher-kva.test", True),
        ("https://xn--bcher-kva.test", "https://bücher.test", True),
        ("https://app.test", "https://\u0430pp.test", False),
        ("https://app.test", "https://app\u200d.test", False),
        ("https://strasse.test", "https://stra\u00dfe.test", False),
    ],
)
def test_hosts_are_compared_as_browsers_do(pattern: str, origin: str, *, trusted: bool) -> None:
    """Without case, after IDNA; a dot at the end and a look-alike letter make another host."""
    assert trusts(pattern, origin) is trusted


@pytest.mark.case("SC-ORIG-09")
@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("myapp://callback", True),
        ("MYAPP://CALLBACK", True),
        ("myapp://callback/deeper", True),
        ("myapp://callback?x=1", True),
        ("myapp://callback.attacker.tld", False),
        ("myapp://callback/../../evil", True),
        ("myapp://evil/callback", False),
        ("myapp:callback", False),
        ("myapp:///callback", False),
        ("myapps://callback", False),
        ("https://callback", False),
    ],
)
def test_schemes_of_apps_need_their_authority(url: str, *, trusted: bool) -> None:
    """The same scheme and authority; a path cannot lead out of it."""
    assert trusts("myapp://callback", url) is trusted


@pytest.mark.case("SC-ORIG-09")
@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("myapp://auth/done", True),
        ("myapp://auth/done/now", True),
        ("myapp://auth/donexx", False),
        ("myapp://auth/done/../evil", False),
        ("myapp://auth/done/%2e%2e/evil", False),
    ],
)
def test_a_path_in_a_pattern_counts_after_it_is_resolved(url: str, *, trusted: bool) -> None:
    """``..`` does not climb out, encoded or not."""
    assert trusts("myapp://auth/done", url) is trusted


@pytest.mark.case("SC-ORIG-10")
@pytest.mark.parametrize("empty", ["", " ", "\t", None])
def test_empty_entries_trust_nobody(empty: str | None) -> None:
    """They are dropped."""
    found = TrustedOrigins.of([empty])

    assert found == TrustedOrigins.of([])
    assert not any(found.trusts_origin(origin) for origin in ("", " ", "null", "https://app.test"))


@pytest.mark.case("SC-ORIG-10")
@pytest.mark.parametrize("pattern", ["*", "**", "https://*", "http://*", "*.*", "https://*:*", "?", "*://*"])
def test_a_pattern_for_everybody_is_refused(pattern: str) -> None:
    """It would turn the check off; there is an option for that, which says so."""
    with pytest.raises(ConfigurationError, match="trusts every site"):
        TrustedOrigins.of([pattern])


@pytest.mark.case("SC-ORIG-12")
@pytest.mark.parametrize("origin", ["http://127.1:3000", "http://0x7f000001:3000", "http://2130706433:3000"])
def test_other_ways_of_writing_an_address_are_other_hosts(origin: str) -> None:
    """Texts are compared; nothing is looked up."""
    assert not trusts("http://127.0.0.1:3000", origin)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("http://[::1", None),
        ("http://[nonsense]", None),
        ("http://a b", None),
        ("http://a%2eb", None),
        ("http://user@a", None),
        ("http://a..b", None),
        ("http://-a.b", None),
    ],
)
def test_origins_are_read_strictly(url: str, origin: str | None) -> None:
    """What browsers might read in two ways is no origin."""
    assert parse_origin(url) == origin


@given(st.text(max_size=40))
def test_no_text_is_trusted_by_accident(text: str) -> None:
    """Whatever it is, an origin that is trusted is the trusted one, written in another way at most."""
    if TrustedOrigins.of(["https://app.test"]).trusts_origin(f"https://{text}"):
        assert parse_origin(f"https://{text}") == "https://app.test"


@pytest.mark.parametrize(
    ("pattern", "doubtful"),
    [
        ("http://localhost:3000", True),
        ("http://partner.test", True),
        ("https://*.vercel.app", True),
        ("https://app.example.com", False),
        ("https://*.example.com", False),
        ("myapp://", False),
    ],
)
def test_dangerous_patterns_are_doubted(pattern: str, *, doubtful: bool) -> None:
    """For the warning at start-up in production."""
    assert (doubt_about(pattern) is not None) is doubtful


async def _asks(person: Person, origin: str) -> int:
    answer = await person.post("/update-user", {"name": "x"}, headers={"origin": origin})
    return answer.status_code


@pytest.mark.case("SC-ORIG-01", "SC-ORIG-07", "SC-ORIG-08", "SC-CSRF-10")
async def test_patterns_hold_over_http(two_databases_url: str) -> None:
    """What the matcher says is what requests meet, on every path: no path is exempt by its name."""
    patterns = ["https://*.example.com", "https://partner.test"]
    async with world(two_databases_url, trusted_origins=patterns, disabled_paths=["/public/data"]) as w:
        ada = await w.sign_up("ada")

        good = [await _asks(ada, o) for o in ("https://a.example.com", "HTTPS://PARTNER.TEST", w.base)]
        bad = [await _asks(ada, o) for o in ("https://evilexample.com", "https://partner.test:444", "https://a.b")]
        assert (good, bad) == ([200] * 3, [403] * 3)
        for path in ("/update-user", "/sign-out", "/change-password", "/revoke-sessions"):
            refused = await ada.post(path, {}, headers={"origin": "https://evil.test"})
            assert (refused.status_code, refused.json()["code"]) == (403, "INVALID_ORIGIN"), path
