"""Request hooks: what a host may do before and after an operation (security sheet §5)."""

from typing import Any

import pytest

from fastapi_betterauth import Answer, APIError, ErrorCode, HookCall, Hooks, On, Plugin
from fastapi_betterauth.features.health.routes import ok
from fastapi_betterauth.features.session.routes import get_session
from fastapi_betterauth.features.sign_in.routes import sign_in_email
from fastapi_betterauth.features.sign_up.routes import sign_up_email
from fastapi_betterauth.pipeline.cookie_codec import CookieAttributes
from fastapi_betterauth.pipeline.cookies import CookieSpec
from tests.builders.world import world

NOT_TODAY = ErrorCode("NOT_TODAY", "Not today")
MARK = CookieSpec("mark", CookieAttributes())


def _before(hook: Any) -> Hooks:
    return Hooks(before=[On.of(sign_up_email, hook=hook)])


def _after(hook: Any) -> Hooks:
    return Hooks(after=[On.of(sign_up_email, hook=hook)])


@pytest.mark.rule("security-ratelimit-hooks §5.2")
async def test_a_before_hook_changes_the_body(sqlite_url: str) -> None:
    """What a hook writes into the body is what the operation gets, and what is validated."""

    async def shout(call: HookCall) -> None:
        call.body["name"] = call.body["name"].upper()

    async with world(sqlite_url, hooks=_before(shout)) as w:
        ada = await w.sign_up("ada")

        assert ada.user["name"] == "ADA"


@pytest.mark.rule("security-ratelimit-hooks §5.2")
async def test_a_changed_body_is_validated(sqlite_url: str) -> None:
    """A hook cannot bring an operation something that a client could not."""

    async def spoil(call: HookCall) -> None:
        call.body = {"email": 7}

    async with world(sqlite_url, hooks=_before(spoil)) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.rule("security-ratelimit-hooks §5.2")
async def test_a_before_hook_changes_the_query(sqlite_url: str) -> None:
    """The query can be changed like the body."""

    async def lead_home(call: HookCall) -> None:
        call.query["error"] = "please_call_us"

    async with world(sqlite_url, hooks=Hooks(before_all=lead_home)) as w:
        assert "please_call_us" in (await w.person().get("/error")).text


@pytest.mark.rule("security-ratelimit-hooks §5.2")
async def test_a_before_hook_answers(sqlite_url: str) -> None:
    """An Answer is the response; neither operation nor after hooks run."""
    seen: list[str] = []

    async def answer(call: HookCall) -> Answer:
        call.context.set_signed_cookie(MARK, "seen")
        return Answer({"waiting_list": True})

    async def note(call: HookCall) -> None:
        seen.append(call.operation.name)

    hooks = Hooks(before=[On.of(sign_up_email, hook=answer)], after_all=note)
    async with world(sqlite_url, hooks=hooks) as w:
        response = await w.person("ada").post("/sign-up/email", {"nothing": "valid"})

        assert (response.status_code, response.json()) == (200, {"waiting_list": True})
        assert response.cookies["mark"].startswith("seen.")
        assert (seen, await w.rows("user")) == ([], [])


@pytest.mark.rule("security-ratelimit-hooks §5.2")
async def test_a_before_hook_refuses(sqlite_url: str) -> None:
    """An APIError is the answer, with what it says; nothing is written."""

    async def refuse(call: HookCall) -> None:
        raise APIError(403, NOT_TODAY, headers=(("x-reason", "sunday"),))

    async with world(sqlite_url, hooks=_before(refuse)) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json()) == (403, {"code": "NOT_TODAY", "message": "Not today"})
        assert (answer.headers["x-reason"], await w.rows("user")) == ("sunday", [])


@pytest.mark.rule("security-ratelimit-hooks §5.3")
async def test_an_accident_in_a_hook_is_a_500(sqlite_url: str) -> None:
    """Any other exception is an empty 500, and nothing is written."""

    async def stumble(call: HookCall) -> None:
        raise LookupError("marker-1234")

    async with world(sqlite_url, hooks=_after(stumble)) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.content) == (500, b"")
        assert await w.rows("user") == []


@pytest.mark.rule("security-ratelimit-hooks §5.1")
async def test_hooks_are_attached_to_operations(sqlite_url: str) -> None:
    """``On`` names operations, however many; the general hooks see all."""
    named: list[str] = []
    general: list[str] = []

    async def note_named(call: HookCall) -> None:
        named.append(call.operation.name)

    async def note_all(call: HookCall) -> None:
        general.append(call.operation.name)

    hooks = Hooks(before_all=note_all, before=[On.of(ok, sign_in_email, hook=note_named)])
    async with world(sqlite_url, hooks=hooks) as w:
        visitor = w.person()
        for path in ("/ok", "/get-session", "/ok"):
            await visitor.get(path)

        assert (named, general) == (["ok", "ok"], ["ok", "get_session", "ok"])


@pytest.mark.rule("security-ratelimit-hooks §5.4")
async def test_an_after_hook_sees_result_and_new_session(sqlite_url: str) -> None:
    """After hooks see the typed result and the session that was begun."""
    seen: list[tuple[str, str, str | None]] = []

    async def look(call: HookCall) -> None:
        assert call.context.new_session is not None
        seen.append((call.returned.user.email, call.context.new_session.user.id, call.returned.token))  # type: ignore[attr-defined]

    async with world(sqlite_url, hooks=_after(look)) as w:
        ada = await w.sign_up("ada")

        assert seen == [(ada.email, ada.user["id"], ada.token)]


@pytest.mark.rule("security-ratelimit-hooks §5.4")
async def test_an_after_hook_replaces_the_result(sqlite_url: str) -> None:
    """An Answer takes the result's place; later hooks see it."""
    seen: list[object] = []

    async def replace(call: HookCall) -> Answer:
        return Answer({"replaced": True})

    async def note(call: HookCall) -> None:
        seen.append(call.returned)

    hooks = Hooks(after_all=replace, after=[On.of(get_session, hook=note)])
    async with world(sqlite_url, hooks=hooks) as w:
        answer = await w.person().get("/get-session")

        assert answer.json() == {"replaced": True}
        assert seen == [{"replaced": True}]


@pytest.mark.rule("security-ratelimit-hooks §5.4")
async def test_an_after_hook_takes_a_success_back(sqlite_url: str) -> None:
    """An APIError becomes the answer; the sign-up is undone and no cookie leaves."""

    async def refuse(call: HookCall) -> None:
        raise APIError(403, NOT_TODAY)

    async with world(sqlite_url, hooks=_after(refuse)) as w:
        ada = w.person("ada")
        answer = await ada.sign_up()

        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_TODAY")
        assert (ada.cookie(), await w.rows("user"), await w.rows("session")) == (None, [], [])


@pytest.mark.rule("security-ratelimit-hooks §5.4")
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sign-in/email", {"email": "ada@people.test", "password": "wrong password"}, 401),
        ("/sign-in/email", {"email": 7}, 400),
        ("/change-password", {"currentPassword": "x", "newPassword": "a new password"}, 401),
    ],
    ids=["handler", "validation", "guard"],
)
async def test_after_hooks_see_refusals(sqlite_url: str, path: str, body: dict[str, Any], status: int) -> None:
    """The refusal of a handler, of validation or of a guard is the result that after hooks see."""
    seen: list[object] = []

    async def look(call: HookCall) -> None:
        seen.append(call.returned)

    async with world(sqlite_url, hooks=Hooks(after_all=look)) as w:
        answer = await w.person().post(path, body)

        (error,) = seen
        assert isinstance(error, APIError)
        assert (answer.status_code, error.status) == (status, status)


@pytest.mark.rule("security-ratelimit-hooks §5.4")
async def test_an_after_hook_turns_a_refusal_into_a_success(sqlite_url: str) -> None:
    """An Answer also takes a refusal's place."""

    async def forgive(call: HookCall) -> Answer | None:
        return Answer({"forgiven": True}) if isinstance(call.returned, APIError) else None

    async with world(sqlite_url, hooks=Hooks(after_all=forgive)) as w:
        answer = await w.person().post("/sign-in/email", {"email": "a@b.test", "password": "wrong password"})

        assert (answer.status_code, answer.json()) == (200, {"forgiven": True})


class First(Plugin):
    """A plugin that notes."""

    id = "first"

    def __init__(self, seen: list[str]) -> None:
        async def before(call: HookCall) -> None:
            seen.append(f"{self.id} before")

        async def after(call: HookCall) -> None:
            seen.append(f"{self.id} after")

        self.hooks = Hooks(before_all=before, after_all=after)  # type: ignore[misc]


class Second(First):
    """Another one."""

    id = "second"


@pytest.mark.rule("security-ratelimit-hooks §1 order", "security-ratelimit-hooks §5")
async def test_the_host_comes_first_then_plugins_in_order(sqlite_url: str) -> None:
    """Before and after: the host's hooks, then each plugin's as listed."""
    seen: list[str] = []

    async def before(call: HookCall) -> None:
        seen.append("host before")

    async def after(call: HookCall) -> None:
        seen.append("host after")

    hooks = Hooks(before_all=before, after=[On.of(ok, hook=after)])
    async with world(sqlite_url, hooks=hooks, plugins=[First(seen), Second(seen)]) as w:
        await w.person().get("/ok")

        order = ["host", "first", "second"]
        assert seen == [*(f"{who} before" for who in order), *(f"{who} after" for who in order)]


@pytest.mark.rule("security-ratelimit-hooks §5.5")
async def test_cookies_and_headers_of_hooks_are_kept(sqlite_url: str) -> None:
    """Cookies of hooks go next to the operation's own; headers are set."""

    async def mark(call: HookCall) -> None:
        call.context.set_signed_cookie(MARK, "seen")
        call.context.response_headers.append(("x-mark", "seen"))

    async with world(sqlite_url, hooks=_after(mark)) as w:
        answer = await w.person("ada").sign_up()

        names = [line.split("=")[0] for line in answer.headers.get_list("set-cookie")]
        assert names == ["better-auth.session_token", "mark"]
        assert answer.headers["x-mark"] == "seen"


@pytest.mark.rule("security-ratelimit-hooks §5.1")
async def test_hooks_know_the_caller(sqlite_url: str) -> None:
    """A hook finds out who calls, through the context's session."""
    seen: list[str | None] = []

    async def look(call: HookCall) -> None:
        seen.append(call.context.cookie(call.context.session_cookies.token))

    async with world(sqlite_url, hooks=Hooks(before=[On.of(ok, hook=look)])) as w:
        ada = await w.sign_up("ada")
        await ada.get("/ok")
        await w.person().get("/ok")

        assert seen[0] is not None
        assert seen[0].startswith(ada.token)
        assert seen[1] is None
