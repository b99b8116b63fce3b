"""Additional fields: who may set them, who sees them, what becomes of values (database sheet §4)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, field_validator
from sqlalchemy import MetaData
from sqlmodel import SQLModel

from fastapi_betterauth import (
    BetterAuth,
    ConfigurationError,
    OnUpdate,
    Plugin,
    Private,
    ServerOnly,
    Transform,
    UserFields,
)
from tests.builders.world import SECRET, world


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value


class RichUser(UserFields):
    """One field of each kind."""

    nickname: str
    plan: Literal["free", "pro"] = "free"
    score: Annotated[int | None, ServerOnly] = 0
    rank: Annotated[int | None, ServerOnly] = None
    note: Annotated[str | None, Private] = None
    lucky: Annotated[int, AfterValidator(_even)] = 2
    tags: list[str] | None = None
    born_at: datetime | None = None
    revision: Annotated[str | None, ServerOnly, OnUpdate(lambda: "changed")] = "made"
    motto: Annotated[str | None, Transform(on_input=lambda v: str(v).upper(), on_output=lambda v: f"<{v}>")] = None

    @field_validator("nickname")
    @classmethod
    def _no_spaces(cls, value: str) -> str:
        if " " in value:
            raise ValueError("no spaces please")
        return value


RICH: dict[str, Any] = {"user": {"fields": RichUser}}


def _build(url: str, fields: type[UserFields], **options: Any) -> BetterAuth[Any, Any]:
    return BetterAuth(database=url, user=fields, secret=SECRET, environment="test", metadata=MetaData(), **options)


@pytest.mark.rule("database §4.4", "email-password §2 errors")
async def test_a_required_field_must_be_given(database_url: str) -> None:
    """A field without a default is required at sign-up, with a code of its own."""
    async with world(database_url, **RICH) as w:
        answer = await w.person("ada").sign_up()

        assert answer.status_code == 400
        assert answer.json() == {"code": "MISSING_FIELD", "message": "nickname is required"}
        assert await w.rows("user") == []


@pytest.mark.rule("database §4 type", "database §4 defaultValue")
async def test_values_are_stored_and_shown_typed(database_url: str) -> None:
    """Given values and defaults come back as their types, on every database."""
    async with world(database_url, **RICH) as w:
        ada = await w.sign_up("ada", nickname="al", tags=["a", "b"], bornAt="1815-12-10T00:00:00Z")
        user = (await ada.session() or {})["user"]

        assert (user["nickname"], user["plan"], user["tags"]) == ("al", "free", ["a", "b"])
        assert (user["score"], user["lucky"], user["bornAt"]) == (0, 2, "1815-12-10T00:00:00.000Z")


@pytest.mark.rule("database §4.3", "email-password §2 errors")
@pytest.mark.parametrize(
    ("field", "value"),
    [("nickname", "a l"), ("nickname", 5), ("plan", "gold"), ("lucky", 3), ("lucky", "4"), ("tags", "a")],
)
async def test_wrong_values_are_refused(sqlite_url: str, field: str, value: object) -> None:
    """A value that the field's type or validators refuse is a 400 that names the field, not the value."""
    async with world(sqlite_url, **RICH) as w:
        answer = await w.person("ada").sign_up(**({"nickname": "al"} | {field: value}))

        assert answer.status_code == 400
        assert answer.json()["code"] == "VALIDATION_ERROR"
        assert answer.json()["message"].startswith(field)


@pytest.mark.case("SC-PW-22")
@pytest.mark.rule("database §4.2")
async def test_server_only_fields_take_their_default(sqlite_url: str) -> None:
    """A client's value for a server-only field with a default is ignored at sign-up."""
    async with world(sqlite_url, **RICH) as w:
        ada = await w.sign_up("ada", nickname="al", score=99)

        assert ada.user["score"] == 0


@pytest.mark.rule("database §4.2", "email-password §2 errors")
async def test_server_only_fields_without_default_are_refused(sqlite_url: str) -> None:
    """A client's value for a server-only field without a default is an error; a falsy one is dropped."""
    async with world(sqlite_url, **RICH) as w:
        refused = await w.person("ada").sign_up(nickname="al", rank=1)
        dropped = await w.person("bob").sign_up(nickname="bo", rank=0)

        assert (refused.status_code, refused.json()["code"]) == (400, "FIELD_NOT_ALLOWED")
        assert dropped.json()["user"]["rank"] is None


@pytest.mark.case("SC-PW-23")
@pytest.mark.rule("database §4 returned")
async def test_private_fields_leave_the_server_in_no_answer(sqlite_url: str) -> None:
    """A private field is stored, and shown nowhere."""
    async with world(sqlite_url, **RICH) as w:
        ada = await w.sign_up("ada", nickname="al", note="marker-7361")
        texts = [(await ada.get(path)).text for path in ("/get-session", "/list-sessions", "/list-accounts")]

        assert (await w.rows("user"))[0]["note"] == "marker-7361"
        assert "note" not in ada.user
        assert not any("marker-7361" in text for text in texts)


@pytest.mark.rule("database §4.6", "database §4 onUpdate")
async def test_transforms_and_update_values_are_applied(sqlite_url: str) -> None:
    """Values change on their way in and out, and at each update."""
    async with world(sqlite_url, **RICH) as w:
        ada = await w.sign_up("ada", nickname="al", motto="onwards")
        await ada.post("/update-user", {"name": "Ada L"})
        user = (await ada.session() or {})["user"]

        assert (await w.rows("user"))[0]["motto"] == "ONWARDS"
        assert (user["motto"], user["revision"]) == ("<ONWARDS>", "changed")


@pytest.mark.rule("database §4.1")
async def test_unknown_and_core_keys_are_dropped(sqlite_url: str) -> None:
    """Keys that are no additional fields are neither stored nor echoed; core columns keep their values."""
    async with world(sqlite_url, **RICH) as w:
        ada = await w.sign_up("ada", nickname="al", shoeSize=39, emailVerified=True, id="mine")

        assert "shoeSize" not in ada.user
        assert (ada.user["emailVerified"], ada.user["id"] == "mine") == (False, False)


def test_a_table_class_is_no_mixin(sqlite_url: str) -> None:
    """A class that is a table already is refused, with the remedy."""

    class Wrong(UserFields):
        model_config = {"table": True}  # noqa: RUF012 - as a host would write it

    with pytest.raises(ConfigurationError, match="table=True"):
        _build(sqlite_url, Wrong)


def test_two_plugins_may_not_add_one_column(sqlite_url: str) -> None:
    """Two plugins that add the same column are refused, both named."""

    class PhoneA(SQLModel):
        phone: str | None = None

    class PhoneB(SQLModel):
        phone: str | None = None

    class First(Plugin):
        id = "first"
        user_fields = PhoneA

    class Second(Plugin):
        id = "second"
        user_fields = PhoneB

    with pytest.raises(ConfigurationError, match=r"PhoneB and PhoneA both add the column 'phone'"):
        _build(sqlite_url, UserFields, plugins=[First(), Second()])
