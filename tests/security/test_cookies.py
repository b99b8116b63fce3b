"""Cookies: attributes on every way out, exact names on the way in (SC-COOKIE)."""

from typing import Any
from urllib.parse import quote, unquote

import pytest

from fastapi_betterauth import (
    AdvancedOptions,
    Answer,
    APIError,
    ConfigurationError,
    CookieAttributesOverride,
    CookieOverride,
    CrossSubdomainCookies,
    Hooks,
)
from tests.builders.world import PASSWORD, Person, World, world
from tests.security.raw import JSON_HEADERS, raw_request
from tests.security.surface import endpoints

NAME = "better-auth.session_token"


async def _who(w: World, *cookie_headers: str) -> str | None:
    """The address of whom the server takes the sender of these Cookie headers for."""
    headers = [JSON_HEADERS[0], *((b"cookie", value.encode("latin-1")) for value in cookie_headers)]
    answer = await raw_request(w.app, "GET", "/api/auth/get-session", headers=headers)
    assert answer.status == 200, answer.body
    return None if answer.body == b"null" else answer.body.decode().partition('"email":"')[2].partition('"')[0]


def _name_of(w: World, key: str) -> str:
    """The name of a cookie in this world."""
    return ("__Secure-" if w.base.startswith("https") else "") + f"better-auth.{key}"


async def _life(w: World) -> list[str]:
    """Every Set-Cookie line of a user's life with all endpoints."""
    ada, lines = w.person("ada"), []
    lines += (await ada.sign_up(rememberMe=False)).headers.get_list("set-cookie")
    lines += (await ada.sign_in()).headers.get_list("set-cookie")
    ada.http.cookies.set(_name_of(w, "session_data"), "stale", domain="app.test", path="/")
    for endpoint in endpoints(w):
        w.clock.move(days=2)
        await ada.sign_in()
        answer = await ada.http.request(endpoint.method, endpoint.url, json=endpoint.example(name="Ada"))
        lines += answer.headers.get_list("set-cookie")
    return lines


@pytest.mark.case("SC-COOKIE-01")
@pytest.mark.parametrize(
    ("base", "advanced", "prefix", "ending"),
    [
        ("http://app.test", {}, "better-auth.", "Path=/; HttpOnly; SameSite=Lax"),
        ("https://app.test", {}, "__Secure-better-auth.", "Path=/; HttpOnly; Secure; SameSite=Lax"),
        (
            "https://app.test",
            {"default_cookie_attributes": CookieAttributesOverride(same_site="strict")},
            "__Secure-better-auth.",
            "Path=/; HttpOnly; Secure; SameSite=Strict",
        ),
    ],
)
async def test_every_cookie_is_well_attributed(
    two_databases_url: str, base: str, advanced: dict[str, Any], prefix: str, ending: str
) -> None:
    """Whatever endpoint sets or deletes a cookie, prefix and attributes are right, and there is no Domain."""
    async with world(two_databases_url, base=base, advanced=AdvancedOptions(**advanced)) as w:
        lines = await _life(w)

        assert len(lines) > 10
        assert [line for line in lines if not line.startswith(prefix) or not line.endswith(ending)] == []
        assert [line for line in lines if "domain" in line.lower()] == []


@pytest.mark.case("SC-COOKIE-02")
@pytest.mark.parametrize("planted", ["beside", "instead"])
async def test_a_plain_cookie_never_stands_in_for_the_secure_one(two_databases_url: str, planted: str) -> None:
    """On https a well-signed cookie without the prefix is nobody, also where the prefixed one is broken."""
    async with world(two_databases_url, base="https://app.test") as w:
        ada = await w.sign_up("ada")
        value = ada.cookie(f"__Secure-{NAME}")
        broken = f"; __Secure-{NAME}=broken.{'x' * 43}" if planted == "beside" else ""

        assert await _who(w, f"__Secure-{NAME}={value}") == ada.email
        assert await _who(w, f"{NAME}={value}{broken}") is None


@pytest.mark.case("SC-COOKIE-03")
@pytest.mark.parametrize("separate", [False, True])
async def test_of_two_cookies_the_first_is_the_only_one(two_databases_url: str, separate: bool) -> None:  # noqa: FBT001 - a column of the table
    """With two of a name, in one header or in two, the first decides alone, as on the reference."""
    async with world(two_databases_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        pairs = {
            name: f"{NAME}={cookie}" for name, cookie in (("ada", ada.cookie()), ("bob", bob.cookie()), ("x", "x"))
        }

        found = {}
        for first, second in (("ada", "bob"), ("bob", "ada"), ("ada", "x"), ("x", "ada")):
            two = (pairs[first], pairs[second])
            found[first, second] = await _who(w, *(two if separate else ["; ".join(two)]))

        assert found == {
            ("ada", "bob"): ada.email,
            ("bob", "ada"): bob.email,
            ("ada", "x"): ada.email,
            ("x", "ada"): None,
        }


@pytest.mark.case("SC-COOKIE-03")
async def test_two_cookies_never_mix_two_people(two_databases_url: str) -> None:
    """A change made with two session cookies is the first one's, from guard to row."""
    async with world(two_databases_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        cookie = f"{NAME}={ada.cookie()}; {NAME}={bob.cookie()}"
        headers = [*JSON_HEADERS, (b"cookie", cookie.encode()), (b"origin", b"http://app.test")]

        answer = await raw_request(w.app, "POST", "/api/auth/update-user", headers=headers, body=b'{"name":"New"}')

        assert answer.header("set-cookie")[0].startswith(f"{NAME}={ada.cookie()};")
        assert {row["email"]: row["name"] for row in await w.rows("user")} == {ada.email: "New", bob.email: "Bob"}


@pytest.mark.case("SC-COOKIE-04")
@pytest.mark.parametrize(
    "form",
    [
        "Better-Auth.session_token={}",
        "__Secure-better-auth.session_token={}",
        "__secure-better-auth.session_token={}",
        "__Host-better-auth.session_token={}",
        "xbetter-auth.session_token={}",
        "better-auth.session_tokenx={}",
        "=better-auth.session_token={}",
        "better-auth.session_token\xa0={}",
        "\xa0better-auth.session_token={}",
        "\x85better-auth.session_token={}",
        "\x1fbetter-auth.session_token={}",
        "a=b, better-auth.session_token={}",
        "better-auth.session_token.0={}",
        "={}",
        "{}",
    ],
)
async def test_only_the_exact_name_counts(two_databases_url: str, form: str) -> None:
    """Another case, prefix or neighbour of the name is another cookie."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        assert await _who(w, form.format(ada.cookie())) is None
        assert await _who(w, f"x=y; {NAME}={ada.cookie()}") == ada.email


@pytest.mark.case("SC-COOKIE-05")
@pytest.mark.rule("client §7.2")
async def test_values_are_decoded_once(two_databases_url: str) -> None:
    """Quotes around a value are dropped and percent signs decoded once; nothing else is read into it."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        cookie = ada.cookie() or ""
        plain = unquote(cookie)

        same = [cookie, plain, f'"{cookie}"', f" {cookie} ", quote(plain, safe="")]
        others = [quote(cookie), f'"{cookie}', f"\\{cookie}", f"{cookie},{cookie}", f"{cookie}\xff", f"%00{cookie}"]

        assert [await _who(w, f"{NAME}={value}") for value in same] == [ada.email] * len(same)
        assert [await _who(w, f"{NAME}={value}") for value in others] == [None] * len(others)


@pytest.mark.case("SC-COOKIE-06")
async def test_a_cookie_is_deleted_where_it_was_set(two_databases_url: str) -> None:
    """Sign-out repeats name, path, domain and the other attributes, so that browsers delete the right cookie."""
    attributes = CookieAttributesOverride(path="/api", same_site="none", partitioned=True, secure=True)
    advanced = AdvancedOptions(
        cookies={"session_token": CookieOverride(name="sid", attributes=attributes)},
        cross_subdomain_cookies=CrossSubdomainCookies(domain="app.test"),
    )
    async with world(two_databases_url, base="https://app.test", advanced=advanced) as w:
        set_, deleted = (await w.person("ada").sign_up()).headers["set-cookie"], ""
        device = await w.another_device(w.person("ada"))
        for line in (await device.post("/sign-out")).headers.get_list("set-cookie"):
            deleted = line if line.startswith("__Secure-sid=") else deleted

        expected = "Domain=app.test; Path=/api; HttpOnly; Secure; SameSite=None; Partitioned"
        assert set_.partition("; ")[2] == f"Max-Age=604800; {expected}"
        assert deleted == f"__Secure-sid=; Max-Age=0; {expected}"


class _SetsAgain:
    """A hook that sets the session cookie once more."""

    async def __call__(self, call: Any) -> Answer | None:
        context = call.context
        if context.new_session is not None:
            context.set_signed_cookie(context.session_cookies.token, context.new_session.session.token)
        return None


@pytest.mark.case("SC-COOKIE-08")
async def test_one_answer_sets_a_cookie_once(two_databases_url: str) -> None:
    """Renewal, a new session and a hook together still send one Set-Cookie per name: the newest."""
    async with world(two_databases_url, hooks=Hooks(after_all=_SetsAgain())) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)

        body = {"currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": True}
        answer = await ada.post("/change-password", body)

        lines = answer.headers.get_list("set-cookie")
        names = [line.partition("=")[0] for line in lines]
        assert sorted(set(names)) == sorted(names)
        (line,) = [line for line in lines if line.startswith(NAME)]
        assert unquote(line).startswith(f"{NAME}={answer.json()['token']}.")


class _Refuses:
    """A hook that refuses what an operation has just done."""

    async def __call__(self, call: Any) -> Answer | None:
        if call.operation.name in {"sign_in_email", "sign_out"}:
            raise APIError(418, message="No")
        return None


@pytest.mark.case("SC-COOKIE-09")
async def test_no_session_leaves_with_an_error(two_databases_url: str) -> None:
    """A sign-in that a hook refuses in the end sets no cookie and leaves no session."""
    async with world(two_databases_url, hooks=Hooks(after_all=_Refuses())) as w:
        ada = await w.sign_up("ada")

        refused = await w.person("ada").sign_in()

        assert (refused.status_code, refused.headers.get_list("set-cookie")) == (418, [])
        assert [row["token"] for row in await w.rows("session")] == [ada.token]


@pytest.mark.case("SC-COOKIE-09")
@pytest.mark.rule("email-password §4 cookies")
async def test_cookies_are_deleted_in_spite_of_an_error(two_databases_url: str) -> None:
    """A sign-out that ends in an error has the browser forget the session all the same."""
    async with world(two_databases_url, hooks=Hooks(after_all=_Refuses())) as w:
        ada = await w.sign_up("ada")

        refused = await ada.post("/sign-out")

        assert refused.status_code == 418
        assert {line.partition(";")[0] for line in refused.headers.get_list("set-cookie")} >= {f"{NAME}="}
        assert ada.cookie() is None


@pytest.mark.case("SC-COOKIE-10")
@pytest.mark.parametrize(
    "domain",
    [
        "com",
        "co.uk",
        "github.io",
        "127.0.0.1",
        "[::1]",
        "::1",
        ".localhost",
        "localhost",
        "other.test",
        "sub.app.example.test",
    ],
)
async def test_a_domain_that_is_not_ours_is_refused(sqlite_url: str, domain: str) -> None:
    """A public suffix, an address, localhost or another site as cookie domain stops the app from starting."""
    advanced = AdvancedOptions(cross_subdomain_cookies=CrossSubdomainCookies(domain=domain))

    with pytest.raises(ConfigurationError, match="cross_subdomain_cookies"):
        async with world(sqlite_url, base="https://app.example.test", advanced=advanced):
            pass


async def _cookie_sizes(person: Person) -> list[int]:
    answer = await person.sign_up(name="N" * 1000, image="https://app.test/" + "i" * 8000, rememberMe=False)
    return [len(line) for line in answer.headers.get_list("set-cookie")]


@pytest.mark.case("SC-COOKIE-07")
async def test_no_cookie_grows_with_the_user(two_databases_url: str) -> None:
    """Session cookies hold a token, not the user: they stay far below what browsers keep, and sign-in works."""
    async with world(two_databases_url) as w:
        ada = w.person("ada")

        sizes = await _cookie_sizes(ada)

        assert len(sizes) == 2
        assert max(sizes) < 300
        assert await ada.session() is not None
