"""Sign-up that does not tell who has an account (e-mail sheet §2.2, §2.3, §2.6)."""

from typing import Annotated, Any, ClassVar

import pytest
from sqlmodel import Field, SQLModel

from fastapi_betterauth import (
    Plugin,
    Private,
    ProvisioningSource,
    Refusal,
    ServerOnly,
    UserFields,
)
from tests.builders.answers import cookies_set, said
from tests.builders.world import world

HIDING = [{"require_email_verification": True}, {"auto_sign_in": False}]
OF_EACH_ITS_OWN = {"id": "", "createdAt": "", "updatedAt": ""}


class Member(UserFields):
    """A user with fields of the host, one of each kind."""

    nickname: str | None = None
    plan: str = "free"
    score: Annotated[int, ServerOnly] = 7
    note: Annotated[str | None, Private] = "secret"


class _Locale(SQLModel):
    locale: str | None = Field(default="en", nullable=True)
    verified_by: Annotated[str | None, ServerOnly] = None


class Locales(Plugin):
    """A plugin with columns on the user."""

    id: ClassVar[str] = "locales"
    user_fields: ClassVar[type[SQLModel] | None] = _Locale


@pytest.mark.rule("email-password §2.3")
@pytest.mark.parametrize("hiding", HIDING)
@pytest.mark.parametrize("extra", [{}, {"nickname": "Lady A", "plan": "pro", "locale": "fr", "image": "x.png"}])
async def test_a_decoy_is_made_like_a_row(sqlite_url: str, hiding: dict[str, bool], extra: dict[str, str]) -> None:
    """Submitted values, defaults, null for the rest, in the same order; only id and times are its own."""
    async with world(sqlite_url, password=hiding, user={"fields": Member}, plugins=[Locales()]) as w:
        real = (await w.person("ada").sign_up(**extra)).json()["user"]
        decoy = (await w.person("ada").sign_up(**extra)).json()["user"]

        assert [*(decoy | OF_EACH_ITS_OWN).items()] == [*(real | OF_EACH_ITS_OWN).items()]
        assert decoy["id"] != real["id"]
        assert decoy["createdAt"] == decoy["updatedAt"] >= real["createdAt"]
        assert (decoy["score"], decoy["locale"], decoy["emailVerified"]) == (7, extra.get("locale", "en"), False)
        assert "note" not in decoy


@pytest.mark.rule("email-password §2.3")
async def test_a_decoy_has_the_address_in_lower_case(sqlite_url: str) -> None:
    """The decoy repeats the address as a row would hold it."""
    async with world(sqlite_url, password=HIDING[0]) as w:
        ada = await w.sign_up("ada")
        answer = await w.person("ada").sign_up(email=ada.email.upper(), name="")

        assert (answer.json()["user"]["email"], answer.json()["user"]["name"]) == (ada.email, "")


@pytest.mark.rule("email-password §2.3", "email-password §1 customSyntheticUser")
async def test_a_host_completes_the_decoy(sqlite_url: str) -> None:
    """What the host's function returns is shown; real users are none of its business."""
    seen: list[UserFields] = []

    def complete(decoy: UserFields) -> UserFields:
        seen.append(decoy)
        return decoy.model_copy(update={"image": "default.png"})

    options = {**HIDING[0], "custom_synthetic_user": complete, "on_existing_user_sign_up": None}
    async with world(sqlite_url, password=options) as w:
        real = await w.person("ada").sign_up()
        seen.clear()
        decoy = await w.person("ada").sign_up()

        assert real.json()["user"]["image"] is None
        assert decoy.json()["user"]["image"] == "default.png"
        assert [user.email for user in seen] == ["ada@people.test"]


def _refusing(seen: list[tuple[UserFields, ProvisioningSource]], refusal: Refusal | Exception | None) -> Any:
    async def check(user: UserFields, source: ProvisioningSource) -> Refusal | None:
        seen.append((user, source))
        if isinstance(refusal, Exception):
            raise refusal
        return refusal

    return {"validate_user_info": check}


@pytest.mark.rule("email-password §9", "email-password §1 validateUserInfo", "email-password §2 errors")
@pytest.mark.parametrize(
    ("refusal", "body"),
    [
        (Refusal("not_invited"), {"code": "not_invited", "message": "not_invited"}),
        (Refusal("not_invited", "By invitation only"), {"code": "not_invited", "message": "By invitation only"}),
        (RuntimeError("down"), {"code": "validation_failed", "message": "The user could not be validated"}),
    ],
)
async def test_a_host_turns_people_away(sqlite_url: str, refusal: Refusal | Exception, body: dict[str, str]) -> None:
    """403 with the host's code and words; an accident of the host's counts as a no. Nothing is written."""
    seen: list[tuple[UserFields, ProvisioningSource]] = []

    async with world(sqlite_url, user=_refusing(seen, refusal), verification={"send_on_sign_up": True}) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (403, body, {})
        assert not any((await w.snapshot()).values())
        assert (await w.settled()).sent == []
        assert [(user.email, user.name, source) for user, source in seen] == [
            ("ada@people.test", "Ada", ProvisioningSource(action="create-user", method="email-password"))
        ]


@pytest.mark.rule("email-password §2.6")
@pytest.mark.parametrize("hiding", HIDING)
async def test_who_is_turned_away_is_not_told_either(database_url: str, hiding: dict[str, bool]) -> None:
    """Where sign-up hides who exists, a refused person gets the answer of everybody else, and no mail."""
    user = _refusing([], Refusal("not_invited"))

    async with world(database_url, password=hiding, user=user, verification={"send_on_sign_up": True}) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json()["token"], cookies_set(answer)) == (200, None, {})
        assert answer.json()["user"]["email"] == "ada@people.test"
        assert not any((await w.snapshot()).values())
        assert (await w.settled()).sent == []


@pytest.mark.rule("email-password §9")
async def test_a_password_sign_in_asks_no_host(sqlite_url: str) -> None:
    """The check is made before an account is; later sign-ins with the password do not ask again."""
    seen: list[tuple[UserFields, ProvisioningSource]] = []

    async with world(sqlite_url, user=_refusing(seen, None)) as w:
        ada = await w.sign_up("ada")

        assert said(await ada.sign_in()) == (200, None)
        assert len(seen) == 1
