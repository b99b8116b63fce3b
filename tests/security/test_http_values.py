"""Values of fields: what no field takes is a 400 that repeats nothing (SC-HTTP-18..21, SC-HTTP-26)."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.builders.world import PASSWORD, Person, World, world
from tests.security.raw import JSON_HEADERS, raw_request
from tests.security.surface import Endpoint, endpoints

MARKER = "s3cr3t-marker-9f1c"


async def _post_raw(
    person: Person, path: str, content: bytes, media: str | None = "application/json"
) -> httpx2.Response:
    headers = {} if media is None else {"content-type": media}
    return await person.http.post(f"/api/auth{path}", content=content, headers=headers)


def _with_body(w: World) -> list[Endpoint]:
    return [endpoint for endpoint in endpoints(w, "POST") if endpoint.body and not endpoint.takes_anything]


def _refusal(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


@pytest.mark.case("SC-HTTP-18", "SC-HTTP-19")
@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff\\ud800", "\\u0000", "a\\u0000b"])
async def test_text_that_no_database_holds_is_refused(database_url: str, escape: str) -> None:
    """A lone surrogate or NUL, in any field or key of any endpoint, is 400 on every database."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        before, statuses = await w.snapshot(), set()

        for endpoint in _with_body(w):
            for name in (*endpoint.body, "further"):
                text = json.dumps(endpoint.example(**{name: "@@"})).replace("@@", escape)
                statuses.add(_refusal(await _post_raw(ada, endpoint.path, text.encode())))
        statuses.add(_refusal(await _post_raw(ada, "/update-user", f'{{"{escape}":1}}'.encode())))

        assert statuses == {(400, "BAD_REQUEST")}
        assert await w.snapshot() == before


@pytest.mark.case("SC-HTTP-18", "SC-HTTP-19")
async def test_strange_bytes_outside_the_body_do_no_harm(database_url: str) -> None:
    """NUL in query, form or path is refused, and a user agent of raw bytes is stored as text."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        form = b"email=ada%40people.test%00&password=x"

        query = await ada.get("/verify-email?token=a%00b")
        posted = await _post_raw(ada, "/sign-in/email", form, "application/x-www-form-urlencoded")
        path = await ada.get("/reset-password/a%00b?callbackURL=/")
        headers = (*JSON_HEADERS, (b"user-agent", b"\xff\xfe\x01 agent"))
        body = json.dumps({"email": ada.email, "password": PASSWORD}).encode()
        signed_in = await raw_request(w.app, "POST", "/api/auth/sign-in/email", headers=headers, body=body)

        assert [query.status_code, posted.status_code, path.status_code, signed_in.status] == [400, 400, 404, 200]


@pytest.mark.case("SC-HTTP-19")
async def test_nul_shortens_no_password(database_url: str) -> None:
    """A password followed by NUL and more is not the password."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        body = json.dumps({"email": ada.email, "password": PASSWORD + "\x00b"}).encode()

        answer = await _post_raw(ada, "/sign-in/email", body)

        assert _refusal(answer) == (400, "BAD_REQUEST")
        assert len(await w.rows("session")) == 1


def _of_other_kinds(schema: Any) -> list[object]:
    """Values of every kind but the field's own."""
    written = json.dumps(schema)
    lists = [] if '"array"' in written else [[], ["x"]]
    objects = [] if '"object"' in written else [{}, {"$ne": ""}, {"$gt": 1}]
    return [7, 1.5, *lists, *objects, *([True] if "string" in written else ["yes", "true", "", 0, 1])]


@pytest.mark.case("SC-HTTP-20")
async def test_nothing_is_coerced(two_databases_url: str) -> None:
    """A field of the wrong kind is 400 on every endpoint; nothing is made to fit."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before, wrong = await w.snapshot(), []

        for endpoint in _with_body(w):
            for name, schema in endpoint.body.items():
                for value in _of_other_kinds(schema):
                    answer = await ada.post(endpoint.path, endpoint.example(**{name: value}))
                    if answer.status_code != 400:
                        wrong.append((endpoint.path, name, value, answer.status_code))

        assert wrong == []
        assert await w.snapshot() == before


def _marked(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    for name in endpoint.body:
        yield endpoint.example(**{name: [MARKER]})
        yield endpoint.example(**{name: MARKER * 1000})
        yield endpoint.example(**{name: {MARKER: MARKER}})


@pytest.mark.case("SC-HTTP-26", "SC-LOG-01")
async def test_no_error_repeats_what_was_sent(two_databases_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Values of wrong kind or length are in no answer and no log line; the field's name is."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        with caplog.at_level(logging.DEBUG):
            texts = [
                (await ada.post(endpoint.path, body)).text
                for endpoint in _with_body(w)
                if endpoint.path != "/sign-out"
                for body in _marked(endpoint)
            ]

        refused = await ada.post("/sign-in/email", {"email": ada.email, "password": [MARKER]})
        assert refused.json()["message"] == "[body.password] Invalid input: expected string, received array"
        assert [text for text in texts if MARKER in text and '"user"' not in text] == []
        assert [record for record in caplog.records if MARKER in record.getMessage()] == []


@pytest.mark.case("SC-HTTP-21")
@pytest.mark.rule("client §9.6")
async def test_further_keys_are_neither_stored_nor_shown(two_databases_url: str) -> None:
    """Keys that an endpoint does not know leave no trace in any table or answer."""
    further = {"role": MARKER, "banned": MARKER, "__proto__": {"x": MARKER}, "constructor": MARKER, "$set": [MARKER]}
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        table = [endpoint for endpoint in _with_body(w) if endpoint.path != "/sign-out"]

        texts = [(await ada.post(endpoint.path, endpoint.example(**further))).text for endpoint in table]

        assert len(texts) > 12
        assert [text for text in texts if MARKER in text] == []
        assert MARKER not in str(await w.snapshot())


@pytest.mark.case("SC-HTTP-21")
@pytest.mark.parametrize("field", ["id", "emailVerified", "createdAt", "updatedAt", "userId", "token", "expiresAt"])
async def test_columns_of_ours_are_not_for_the_client(two_databases_url: str, field: str) -> None:
    """Own columns, sent to sign-up, update-user and update-session, keep the values the server gives them."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()

        for path in ("/update-user", "/update-session"):
            await ada.post(path, {field: True if field == "emailVerified" else "2001-01-01T00:00:00.000Z"})
        unchanged = await w.snapshot() == before
        bob = w.person("bob")
        await bob.sign_up(**{field: True if field == "emailVerified" else "chosen"})

        assert unchanged
        bobs = [user for user in await w.rows("user") if user["email"] == bob.email]
        assert all(user["id"] != "chosen" and not user["email_verified"] for user in bobs)
