"""How cookies are named and attributed (core-config sheet §8)."""

from typing import Any

import pytest

from fastapi_betterauth import (
    AdvancedOptions,
    ConfigurationError,
    CookieAttributesOverride,
    CookieOverride,
    CrossSubdomainCookies,
    DynamicBaseURL,
    SessionOptions,
)
from tests.builders.world import world


async def _set_cookie(url: str, base: str = "http://app.test", **options: Any) -> str:
    """Sign up and return the Set-Cookie header of the session."""
    async with world(url, base=base, **options) as w:
        answer = await w.person("ada").sign_up()
        assert answer.status_code == 200, answer.text
        return answer.headers["set-cookie"]


@pytest.mark.rule("sessions §3.1")
async def test_attributes_come_in_the_order_of_the_reference(sqlite_url: str) -> None:
    """Max-Age, Path, HttpOnly, SameSite: in this order, nothing more over http."""
    line = await _set_cookie(sqlite_url)

    name, _, attributes = line.partition("=")
    assert name == "better-auth.session_token"
    assert attributes.partition("; ")[2] == "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.case("SC-COOKIE-01")
@pytest.mark.rule("core-config §8 useSecureCookies")
async def test_https_makes_cookies_secure(sqlite_url: str) -> None:
    """On an https base URL cookies are Secure and say so in their name."""
    line = await _set_cookie(sqlite_url, base="https://app.test")

    assert line.startswith("__Secure-better-auth.session_token=")
    assert line.endswith("Path=/; HttpOnly; Secure; SameSite=Lax")


@pytest.mark.rule("core-config §8 useSecureCookies")
async def test_secure_cookies_can_be_forced_and_forbidden(sqlite_url: str) -> None:
    """The option wins over the scheme of the base URL."""
    forced = await _set_cookie(sqlite_url, advanced=AdvancedOptions(use_secure_cookies=True))

    assert forced.startswith("__Secure-")
    assert "; Secure;" in forced


@pytest.mark.rule("core-config §8 useSecureCookies", "core-config §2 cookies")
@pytest.mark.parametrize(("protocol", "secure"), [("https", True), ("http", False)])
async def test_a_dynamic_protocol_decides_about_secure(sqlite_url: str, protocol: str, secure: bool) -> None:  # noqa: FBT001 - a column of the table
    """With several hosts the protocol option says whether cookies are secure."""
    hosts = DynamicBaseURL(allowed_hosts=("app.test",), protocol=protocol)  # type: ignore[arg-type]  # one of the literals

    line = await _set_cookie(sqlite_url, base=f"{protocol}://app.test", base_url=hosts)

    assert line.startswith("__Secure-") is secure


@pytest.mark.rule("core-config §8 cookiePrefix")
async def test_the_prefix_is_an_option(sqlite_url: str) -> None:
    """Names begin with the configured prefix; the app's name plays no part."""
    line = await _set_cookie(sqlite_url, app_name="Acme", advanced=AdvancedOptions(cookie_prefix="acme"))

    assert line.startswith("acme.session_token=")


@pytest.mark.rule("core-config §8 cookies")
async def test_a_cookie_can_have_another_name_and_other_attributes(sqlite_url: str) -> None:
    """An override drops the prefix, and its attributes win over all others."""
    override = CookieOverride(name="sid", attributes=CookieAttributesOverride(same_site="strict", path="/app"))
    defaults = CookieAttributesOverride(same_site="none", http_only=True)

    line = await _set_cookie(
        sqlite_url,
        advanced=AdvancedOptions(cookies={"session_token": override}, default_cookie_attributes=defaults),
    )

    assert line.startswith("sid=")
    assert line.endswith("Max-Age=604800; Path=/app; HttpOnly; SameSite=Strict")


@pytest.mark.rule("core-config §8 defaultCookieAttributes")
async def test_default_attributes_apply_to_all_cookies(sqlite_url: str) -> None:
    """Defaults change every cookie, deletions included (SC-COOKIE-06)."""
    advanced = AdvancedOptions(default_cookie_attributes=CookieAttributesOverride(same_site="strict", partitioned=True))

    async with world(sqlite_url, advanced=advanced) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/sign-out")

        lines = answer.headers.get_list("set-cookie")
        assert len(lines) == 3
        assert all("Max-Age=0" in line and line.endswith("SameSite=Strict; Partitioned") for line in lines)


@pytest.mark.rule("core-config §8 crossSubDomainCookies")
async def test_sub_domains_share_cookies_on_request(sqlite_url: str) -> None:
    """With cross-subdomain cookies the domain is the base URL's host, or the one given."""
    base = "https://app.example.test"

    own = await _set_cookie(
        sqlite_url, base=base, advanced=AdvancedOptions(cross_subdomain_cookies=CrossSubdomainCookies())
    )

    assert "; Domain=app.example.test; Path=/;" in own


@pytest.mark.rule("core-config §8 crossSubDomainCookies")
async def test_the_shared_domain_can_be_the_parent(sqlite_url: str) -> None:
    """A parent domain of the base URL's host can be given."""
    shared = CrossSubdomainCookies(domain="example.test")

    line = await _set_cookie(
        sqlite_url, base="https://app.example.test", advanced=AdvancedOptions(cross_subdomain_cookies=shared)
    )

    assert "; Domain=example.test;" in line


@pytest.mark.rule("core-config §1.4")
async def test_sharing_without_a_known_domain_is_refused(sqlite_url: str) -> None:
    """Without a static base URL there is no domain to share: construction fails and says so."""
    with pytest.raises(ConfigurationError, match="no domain is known"):
        async with world(
            sqlite_url, base_url=None, advanced=AdvancedOptions(cross_subdomain_cookies=CrossSubdomainCookies())
        ):
            pass


@pytest.mark.rule("sessions §3.1")
def test_a_cookie_beyond_400_days_is_refused() -> None:
    """Browsers cut longer lives, so the option fails at construction."""
    with pytest.raises(ConfigurationError, match="400 days"):
        SessionOptions(expires_in=401 * 86400)
