"""What a plugin of a host may add, and what two plugins may not both add (DESIGN, "A plugin")."""

from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BaseModel
from sqlalchemy import MetaData, and_
from sqlmodel import Field, SQLModel
from starlette.responses import PlainTextResponse, Response

from fastapi_betterauth import (
    APIError,
    BetterAuth,
    ConfigurationError,
    ErrorCode,
    HookCall,
    Hooks,
    On,
    Plugin,
    RequestContext,
    ServerOnly,
)
from fastapi_betterauth.features.sign_in.routes import sign_in_email
from fastapi_betterauth.pipeline.current import ActiveSession
from fastapi_betterauth.pipeline.operation import get, post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.sign_in_checks import SignInAttempt
from fastapi_betterauth.storage.fields import Fields
from tests.builders.world import BASE, SECRET, world

ASLEEP = ErrorCode("ASLEEP", "The notebook is closed at night")


class Locale(SQLModel):
    """A column on the user."""

    locale: str | None = Field(default="en", nullable=True)
    credit: Annotated[int, ServerOnly] = 3


class Note(Fields):
    """A table of its own."""

    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    text: str


class WriteNote(BaseModel):
    """The text of a note."""

    text: str


class RewriteNote(WriteNote):
    """A note and its new text."""

    id: str


class Written(BaseModel):
    """A note as it was written."""

    id: str
    text: str


@post("/notes/write", tag="notes", errors={401: [ASLEEP]})
async def write_note(body: WriteNote, current: ActiveSession, context: RequestContext) -> Written:
    """Write a note."""
    row = await context.rows(Note).create({"user_id": current.user.id, "text": body.text})
    if row is None or len(body.text) > context.auth.options[Notebook].longest:
        raise APIError(400, message="too long")
    return Written(id=row.id, text=row.text)


@get("/notes/list", tag="notes")
async def list_notes(current: ActiveSession, context: RequestContext) -> list[Written]:
    """List the caller's notes."""
    notes = context.rows(Note)
    rows = await notes.find_many(notes.columns.user_id == current.user.id)
    return [Written(id=row.id, text=row.text) for row in rows]


@post("/notes/rewrite", tag="notes")
async def rewrite_note(body: RewriteNote, current: ActiveSession, context: RequestContext) -> Written:
    """Change a note."""
    notes = context.rows(Note)
    mine = and_(notes.columns.id == body.id, notes.columns.user_id == current.user.id)
    row = await notes.update(mine, {"text": body.text})
    if row is None:
        raise APIError(404)
    return Written(id=row.id, text=row.text)


async def closed_at_night(context: RequestContext) -> None:
    """Refuse whoever comes with a lantern."""
    if context.headers.get("x-lantern"):
        raise APIError(401, ASLEEP)


async def not_mallory(_context: RequestContext, attempt: SignInAttempt) -> None:
    """Hold one person back."""
    if attempt.user.name == "Mallory":
        raise APIError(403, ErrorCode("BANNED", "You are banned"))


async def trim(call: HookCall) -> None:
    """Forgive a stray space."""
    call.body["email"] = call.body["email"].strip()


class Notebook(Plugin):
    """Everything a plugin can add, in one class."""

    id = "notebook"
    user_fields = Locale
    tables: ClassVar[dict[str, type[Fields]]] = {"note": Note}
    operations = (write_note, rewrite_note, list_notes)
    middlewares = (("/notes/*", closed_at_night),)
    sign_in_checks = (not_mallory,)
    trusted_origins = ("https://notes.test",)
    hooks = Hooks(before=[On.of(sign_in_email, hook=trim)])

    def __init__(self, *, longest: int = 20) -> None:
        self.longest = longest

    async def on_request(self, context: RequestContext) -> Response | None:
        return PlainTextResponse("closed", 410) if context.headers.get("x-closed") else None

    async def on_response(self, response: Response, context: RequestContext) -> Response | None:
        response.headers["x-notebook"] = context.operation.name
        return None


async def test_columns_and_tables_are_made(database_url: str) -> None:
    """A plugin's column is on the user, its table is there, and its endpoints use both."""
    async with world(database_url, plugins=[Notebook()]) as w:
        ada = await w.sign_up("ada", locale="fr")
        written = await ada.post("/notes/write", {"text": "remember"})

        assert (written.status_code, written.json()["text"]) == (200, "remember")
        assert (await ada.get("/notes/list")).json() == [written.json()]
        assert ((await w.rows("user"))[0]["locale"], ada.user["locale"]) == ("fr", "fr")
        assert (await w.rows("note"))[0]["user_id"] == ada.user["id"]


async def test_rows_go_with_their_user(database_url: str) -> None:
    """A foreign key of a plugin's table cascades as it says."""
    async with world(database_url, plugins=[Notebook()]) as w:
        ada = await w.sign_up("ada")
        await ada.post("/notes/write", {"text": "remember"})
        await ada.post("/delete-user", {"password": ada.password})

        assert (await w.rows("user"), await w.rows("note")) == ([], [])


async def test_endpoints_take_the_road(sqlite_url: str) -> None:
    """A plugin's endpoint has origin check, validation, guards and one transaction like any other."""
    async with world(sqlite_url, plugins=[Notebook(longest=5)]) as w:
        ada = await w.sign_up("ada")

        foreign = await ada.post("/notes/write", {"text": "x"}, headers={"origin": "https://evil.test"})
        invalid = await ada.post("/notes/write", {"text": 7})
        unknown = await w.person().post("/notes/write", {"text": "x"})
        undone = await ada.post("/notes/write", {"text": "far too long"})

        assert [a.status_code for a in (foreign, invalid, unknown, undone)] == [403, 400, 401, 400]
        assert await w.rows("note") == []


@pytest.mark.rule("security-ratelimit-hooks §7 middlewares")
async def test_middlewares_check_by_path(sqlite_url: str) -> None:
    """A middleware sees the paths it names over HTTP, before validation, and nothing else."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        ada = await w.sign_up("ada")

        refused = await ada.post("/notes/write", {"text": 7}, headers={"x-lantern": "1"})
        other = await ada.get("/get-session", headers={"x-lantern": "1"})

        assert (refused.status_code, refused.json()["code"], other.status_code) == (401, "ASLEEP", 200)


@pytest.mark.rule("security-ratelimit-hooks §7 onRequest", "security-ratelimit-hooks §1")
async def test_on_request_may_answer(sqlite_url: str) -> None:
    """``on_request`` answers before anything is read; such an answer passes no ``on_response``."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        answer = await w.person().post("/sign-up/email", {"not": "valid"}, headers={"x-closed": "1"})

        assert (answer.status_code, answer.text) == (410, "closed")
        assert "x-notebook" not in answer.headers


@pytest.mark.rule("security-ratelimit-hooks §7 onResponse")
async def test_on_response_sees_successes_and_refusals(sqlite_url: str) -> None:
    """``on_response`` sees every response of the road, of other endpoints too."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        success = await w.person().get("/ok")
        refusal = await w.person().post("/sign-in/email", {})

        assert (success.headers["x-notebook"], refusal.headers["x-notebook"]) == ("ok", "sign_in_email")


def _replacing(name: str, text: str | None) -> Plugin:
    async def on_response(self: Plugin, response: Response, context: RequestContext) -> Response | None:
        response.headers[f"x-{name}"] = "seen"
        return (
            None if text is None else PlainTextResponse(text, headers=dict(response.headers) | {"content-length": ""})
        )

    made: Plugin = type(name, (Plugin,), {"id": name, "on_response": on_response})()
    return made


@pytest.mark.rule("security-ratelimit-hooks §1 stage 14")
async def test_the_first_replaced_response_ends_the_chain(sqlite_url: str) -> None:
    """Of several ``on_response`` the first that returns a response has the last word."""
    plugins = [_replacing("one", None), _replacing("two", "two"), _replacing("three", "three")]
    async with world(sqlite_url, plugins=plugins) as w:
        answer = await w.person().get("/ok")

        assert answer.text == "two"
        assert "x-three" not in answer.headers


async def test_a_sign_in_can_be_held_back(sqlite_url: str) -> None:
    """A check that refuses keeps the person out, whatever the password; no session is begun."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        await w.person("mallory").sign_up()
        device = w.person("mallory")
        answer = await device.sign_in()

        assert (answer.status_code, answer.json()["code"], device.cookie()) == (403, "BANNED", None)
        assert len(await w.rows("session")) == 1


async def test_hooks_and_origins_of_plugins_count(sqlite_url: str) -> None:
    """Hooks of a plugin run, and its origins are trusted."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        await w.sign_up("ada")
        body = {"email": " ada@people.test ", "password": "correct horse battery", "callbackURL": "https://notes.test/"}

        answer = await w.person().post("/sign-in/email", body, headers={"origin": "https://notes.test"})

        assert answer.status_code == 200


async def test_a_plugin_is_found_by_its_class(sqlite_url: str) -> None:
    """``auth.plugin`` hands the plugin over, typed; an absent one is a KeyError."""
    plugin = Notebook(longest=77)
    async with world(sqlite_url, plugins=[plugin]) as w:
        assert w.auth.plugin(Notebook).longest is plugin.longest
        with pytest.raises(KeyError, match="Absent"):
            w.auth.plugin(type("Absent", (Plugin,), {"id": "absent"}))


async def test_its_endpoints_are_documented(sqlite_url: str) -> None:
    """A plugin's endpoints stand in the OpenAPI document like the core's."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        entry = w.app.openapi()["paths"]["/api/auth/notes/write"]["post"]

        assert (entry["summary"], entry["tags"], entry["security"]) == (
            "Write a note",
            ["auth: notes"],
            [{"session": []}],
        )
        assert "ASLEEP" in entry["responses"]["401"]["description"]


def _with(*plugins: Plugin, **options: Any) -> BetterAuth[Any, Any]:
    return BetterAuth(base_url=BASE, secret=SECRET, environment="test", metadata=MetaData(), plugins=plugins, **options)


def _rival(**members: Any) -> Plugin:
    made: Plugin = type("Rival", (Plugin,), {"id": "rival", **members})()
    return made


@post("/notes/write", name="write_elsewhere")
async def _same_path() -> StatusAnswer:
    """Answer."""
    return StatusAnswer()


@post("/elsewhere", name="write_note")
async def _same_name() -> StatusAnswer:
    """Answer."""
    return StatusAnswer()


@get("/ok", name="fine")
async def _core_path() -> StatusAnswer:
    """Answer."""
    return StatusAnswer()


@pytest.mark.case("SC-CONF-02")
@pytest.mark.parametrize(
    ("members", "thing", "other"),
    [
        ({"id": "notebook"}, "id 'notebook'", "Notebook"),
        ({"tables": {"note": Note}}, "table 'note'", "Notebook"),
        ({"operations": (_same_path,)}, "POST /notes/write", "Notebook"),
        ({"operations": (_same_name,)}, "operation 'write_note'", "Notebook"),
        ({"operations": (_core_path,)}, "GET /ok", "the core"),
        ({"tables": {"session": Note}}, "table 'session'", "the core"),
        (
            {"user_fields": type("Other", (SQLModel,), {"__annotations__": {"locale": str}})},
            "column 'locale'",
            "Locale",
        ),
    ],
    ids=["id", "table", "path", "name", "core path", "core table", "column"],
)
def test_conflicts_are_found_at_construction(members: dict[str, Any], thing: str, other: str) -> None:
    """Two that claim the same do not start; the message names both and what they claim."""
    with pytest.raises(ConfigurationError) as caught:
        _with(Notebook(), _rival(**members))

    message = str(caught.value)
    assert thing in message
    assert other in message
    assert "Rival" in message or "Other" in message


def test_a_plugin_without_an_id_is_refused() -> None:
    """A plugin must have an id; the message names the class."""
    with pytest.raises(ConfigurationError, match="Nameless has no id"):
        _with(type("Nameless", (Plugin,), {})())


@pytest.mark.rule("database §4.2")
async def test_server_only_columns_are_not_the_clients(sqlite_url: str) -> None:
    """A ServerOnly column of a plugin keeps its default whatever a client asks for; it is shown."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        ada = await w.sign_up("ada", credit=1000)
        update = await ada.post("/update-user", {"credit": 1000})

        assert ada.user["credit"] == 3
        assert (update.status_code, update.json()["code"]) == (400, "FIELD_NOT_ALLOWED")
        assert (await w.rows("user"))[0]["credit"] == 3


async def test_rows_of_its_table_can_be_changed(sqlite_url: str) -> None:
    """The repository of a plugin's table updates rows, whether or not the table has time stamps."""
    async with world(sqlite_url, plugins=[Notebook()]) as w:
        ada = await w.sign_up("ada")
        note = (await ada.post("/notes/write", {"text": "before"})).json()

        changed = await ada.post("/notes/rewrite", {"id": note["id"], "text": "after"})

        assert changed.json() == {"id": note["id"], "text": "after"}
