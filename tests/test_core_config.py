"""Where an instance finds what it is not told, and what it refuses to be told (core-config sheet)."""

from typing import Any

import pytest
from sqlalchemy import MetaData

from fastapi_betterauth import (
    AdvancedOptions,
    BetterAuth,
    ConfigurationError,
    DatabaseOptions,
    DynamicBaseURL,
    EmailAndPassword,
    ErrorPage,
    OnAPIError,
)
from tests.builders.answers import said
from tests.builders.world import SECRET, world

VARIABLES = (
    "BETTER_AUTH_URL",
    "NEXT_PUBLIC_BETTER_AUTH_URL",
    "PUBLIC_BETTER_AUTH_URL",
    "NUXT_PUBLIC_BETTER_AUTH_URL",
    "NUXT_PUBLIC_AUTH_URL",
    "BASE_URL",
)


def _auth(**options: Any) -> BetterAuth[Any, Any]:
    settings: dict[str, Any] = {
        "secret": SECRET,
        "environment": "test",
        "metadata": MetaData(),
        "email_and_password": EmailAndPassword(enabled=True),
    }
    return BetterAuth(**(settings | options))


async def _link(monkeypatch: pytest.MonkeyPatch, url: str, environ: dict[str, str], **options: Any) -> str:
    """The beginning of a mailed link, where the environment says this."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    async with world(url, **options) as w:
        ada = await w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email})
        return (await w.settled()).last(ada.email, "reset").url.partition("/reset-password/")[0]


@pytest.mark.rule("core-config §2", "core-config §1 baseURL")
@pytest.mark.parametrize(
    ("environ", "base_url", "found"),
    [
        ({}, "http://app.test", "http://app.test/api/auth"),
        ({"BETTER_AUTH_URL": "http://other.test"}, "http://app.test", "http://app.test/api/auth"),
        ({"BETTER_AUTH_URL": "http://app.test"}, None, "http://app.test/api/auth"),
        ({"BETTER_AUTH_URL": "http://app.test", "BASE_URL": "http://x.test"}, None, "http://app.test/api/auth"),
        ({"NUXT_PUBLIC_AUTH_URL": "http://app.test"}, None, "http://app.test/api/auth"),
        ({"BASE_URL": "/"}, None, "http://app.test/api/auth"),
        ({}, "http://app.test/api/auth/", "http://app.test/api/auth"),
        ({}, None, "http://app.test/api/auth"),
    ],
)
async def test_the_base_url_is_found(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], base_url: str | None, found: str
) -> None:
    """The option, then the environment in its order, then the request itself."""
    assert await _link(monkeypatch, sqlite_url, environ, base_url=base_url) == found


@pytest.mark.rule("core-config §2", "core-config §1 basePath")
@pytest.mark.parametrize(
    ("base_url", "base_path", "path"),
    [
        ("http://app.test", "/accounts", "/accounts"),
        ("http://app.test/", "accounts/", "/accounts"),
        ("http://app.test/own", "/accounts", "/own"),
        ("http://app.test", "/", ""),
        ("http://app.test", "", ""),
    ],
)
async def test_the_path_of_the_url_goes_before_the_base_path(
    sqlite_url: str, base_url: str, base_path: str, path: str
) -> None:
    """A URL with a path has said where the endpoints are."""
    async with world(sqlite_url, base_url=base_url, base_path=base_path) as w:
        assert (await w.person().http.get(f"{path}/ok")).json() == {"ok": True}


@pytest.mark.rule("core-config §1.1", "core-config §1.2")
@pytest.mark.parametrize("url", ["app.test", "ftp://app.test", "http://", "//app.test", "http://app test"])
def test_a_base_url_must_be_one(url: str) -> None:
    """Neither the option nor the environment may hold something else."""
    with pytest.raises(ConfigurationError, match="base_url"):
        _auth(base_url=url)
    with pytest.raises(ConfigurationError, match="allowed_hosts"):
        DynamicBaseURL(allowed_hosts=())


@pytest.mark.rule("core-config §1.9")
def test_a_missing_base_url_is_a_warning(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request then says where the app is."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    _auth()
    assert "base_url is not set" in caplog.text


@pytest.mark.rule("core-config §1 trustedOrigins", "core-config §4")
async def test_trusted_origins_come_from_the_environment_too(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside those of the option, spaces or not."""
    monkeypatch.setenv("BETTER_AUTH_TRUSTED_ORIGINS", "https://one.test,https://*.two.test, https://three.test")
    async with world(sqlite_url, trusted_origins=["https://own.test"]) as w:
        ada = await w.sign_up("ada")
        answers = {
            origin: (await ada.post("/update-user", {"name": "A"}, headers={"origin": origin})).status_code
            for origin in (
                "https://own.test",
                "https://one.test",
                "https://a.two.test",
                "https://three.test",
                "https://evil.test",
            )
        }
    assert answers == {
        "https://own.test": 200,
        "https://one.test": 200,
        "https://a.two.test": 200,
        "https://three.test": 200,
        "https://evil.test": 403,
    }


@pytest.mark.rule("core-config §5 customizeDefaultErrorPage")
async def test_the_error_page_has_the_hosts_looks(sqlite_url: str) -> None:
    """In production, too, once it has; the default looks lead to the app's own page there."""
    looks = ErrorPage(background="#010203", disable_description=True)
    query = {"error": "OOPS", "error_description": "something"}
    production = {"environment": "production", "base": "https://app.test"}
    async with world(sqlite_url, on_api_error=OnAPIError(error_page=looks), **production) as w:
        answer = await w.person().get("/error", params=query)
        assert answer.status_code == 200
        assert "#010203" in answer.text
        assert "OOPS" in answer.text
        assert "something" not in answer.text
    async with world(sqlite_url, **production) as w:
        answer = await w.person().get("/error", params=query)
        assert (answer.status_code, answer.headers["location"]) == (302, "/?error=OOPS")
    with pytest.raises(ConfigurationError, match=r"error_page\.font"):
        ErrorPage(font="x;}</style>")


@pytest.mark.rule("core-config §8 defaultFindManyLimit")
async def test_lists_have_a_cap(sqlite_url: str) -> None:
    """What nobody limits is limited by the instance."""
    advanced = AdvancedOptions(database=DatabaseOptions(default_find_many_limit=3))
    async with world(sqlite_url, advanced=advanced) as w:
        ada = await w.sign_up("ada")
        for _ in range(4):
            await w.another_device(ada)
        assert len((await ada.get("/list-sessions")).json()) == 3


@pytest.mark.rule("core-config §3 only secret")
async def test_the_secret_comes_from_the_environment(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """BETTER_AUTH_SECRET, then AUTH_SECRET: a session begun with one is good for whoever knows it."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        cookie = {"cookie": f"better-auth.session_token={ada.cookie()}"}
    for name in ("BETTER_AUTH_SECRET", "AUTH_SECRET"):
        monkeypatch.setenv(name, SECRET)
        async with world(sqlite_url, secret=None) as w:
            assert (await w.person().get("/get-session", headers=cookie)).json()["user"]["name"] == "Ada"
        monkeypatch.delenv(name)
    async with world(sqlite_url, secret=SECRET[::-1]) as w:
        assert (await w.person().get("/get-session", headers=cookie)).json() is None


@pytest.mark.rule("core-config §1 disabledPaths")
async def test_disabled_paths_are_open_in_process(sqlite_url: str) -> None:
    """Closed over HTTP, with or without a slash behind; the server itself may still call."""
    async with world(sqlite_url, disabled_paths=["/sign-up/email/"]) as w:
        closed = await w.person("ada").sign_up()
        assert (closed.status_code, closed.text) == (404, "Not Found")
        made = await w.auth.api.sign_up_email(name="Ada", email="ada@people.test", password="correct horse battery")
        assert made.user.name == "Ada"
        assert said(await w.person("ada").sign_in()) == (200, None)
