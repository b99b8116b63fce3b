"""Bodies and queries as a whole: media types, shapes, sizes (SC-HTTP-12..17, SC-HTTP-22, SC-HTTP-23)."""

import json
import tracemalloc
from collections.abc import Iterator

import httpx2
import pytest

from fastapi_betterauth import AdvancedOptions
from tests.builders.bounded import bounded
from tests.builders.world import PASSWORD, Person, World, world
from tests.security.raw import JSON_HEADERS, Header, raw_request
from tests.security.surface import Endpoint, endpoints

DEEP = "[" * 100_000


async def _post_raw(
    person: Person, path: str, content: bytes, media: str | None = "application/json"
) -> httpx2.Response:
    headers = {} if media is None else {"content-type": media}
    return await person.http.post(f"/api/auth{path}", content=content, headers=headers)


def _with_body(w: World) -> list[Endpoint]:
    return [endpoint for endpoint in endpoints(w, "POST") if endpoint.body]


def _refusal(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


@pytest.mark.case("SC-HTTP-12", "SC-HTTP-23")
@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/vnd.x+json",
        "text/json",
        "*/*",
        "application/json, text/plain",
    ],
)
async def test_only_json_is_read_as_json(two_databases_url: str, media: str) -> None:
    """JSON under another media type is 415; where forms are read, JSON sent as a form lacks its fields."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before, wrong = await w.snapshot(), []

        for endpoint in (e for e in endpoints(w, "POST") if not e.takes_anything):
            content = json.dumps(endpoint.example(name="Mallory")).encode()
            refusal = _refusal(await _post_raw(ada, endpoint.path, content, media))
            reads_forms = "x-www-form" in media and endpoint.path in {"/sign-in/email", "/sign-up/email"}
            if refusal != ((400, "VALIDATION_ERROR") if reads_forms else (415, "UNSUPPORTED_MEDIA_TYPE")):
                wrong.append((endpoint.path, refusal))

        assert wrong == []
        assert await w.snapshot() == before


@pytest.mark.case("SC-HTTP-12")
async def test_a_body_without_a_type_is_not_read(two_databases_url: str) -> None:
    """Without a Content-Type what is required is missing, as on the reference: 400, nothing done."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        demanding = [endpoint for endpoint in _with_body(w) if endpoint.required]

        for endpoint in demanding:
            answer = await _post_raw(ada, endpoint.path, json.dumps(endpoint.example()).encode(), None)
            assert _refusal(answer) == (400, "VALIDATION_ERROR"), endpoint.path

        assert len(demanding) > 10
        assert await w.snapshot() == before


@pytest.mark.case("SC-HTTP-13")
@pytest.mark.parametrize("charset", ["utf-16", "evil", "utf-7", "latin-1"])
async def test_a_charset_changes_no_decoding(two_databases_url: str, charset: str) -> None:
    """JSON is UTF-8 whatever the header calls it; what is not UTF-8 is 400."""
    async with world(two_databases_url) as w:
        ada, media = await w.sign_up("ada"), f"Application/JSON; charset={charset}"

        good = await _post_raw(ada, "/update-user", '{"name":"Zoë"}'.encode(), media)
        utf16 = await _post_raw(ada, "/update-user", '{"name":"Eve"}'.encode("utf-16"), media)
        latin = await _post_raw(ada, "/update-user", '{"name":"Zoë"}'.encode("latin-1"), media)

        assert good.status_code == 200
        assert _refusal(utf16) == _refusal(latin) == (400, "BAD_REQUEST")
        assert (await w.rows("user"))[0]["name"] == "Zoë"


@pytest.mark.case("SC-HTTP-13")
async def test_of_two_content_types_the_first_counts(sqlite_url: str) -> None:
    """Two Content-Type headers are no way around the first one."""
    async with world(sqlite_url) as w:
        host, plain = (b"host", b"app.test"), (b"content-type", b"text/plain")
        body = b'{"email":"a@b.co","password":"x"}'

        answer = await raw_request(
            w.app, "POST", "/api/auth/sign-in/email", headers=[host, plain, JSON_HEADERS[1]], body=body
        )

        assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.case("SC-HTTP-14")
@pytest.mark.rule("client §9.7")
@pytest.mark.parametrize(
    "content", [b"[]", b'"x"', b"1", b"null", b"true", b"", b" ", b"{", b"{}x", b"'a'", b"\xef\xbb\xbf{}"]
)
async def test_a_body_is_an_object(two_databases_url: str, content: bytes) -> None:
    """Anything but an object is 400 with a code wherever a body is read; nothing at all may do where none is needed."""
    optional = {"/sign-out"} if not content else set()
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()

        demanding = [e for e in _with_body(w) if e.path not in optional and not e.takes_anything]
        answers = {e.path: await _post_raw(ada, e.path, content) for e in demanding}

        assert {path: a.status_code for path, a in answers.items() if a.status_code != 400} == {}
        assert {_refusal(answer)[1] for answer in answers.values()} <= {"VALIDATION_ERROR", "BAD_REQUEST"}
        assert await w.snapshot() == before


@pytest.mark.case("SC-HTTP-15")
@pytest.mark.parametrize("form", [False, True])
async def test_everybody_reads_the_same_of_two_values(two_databases_url: str, form: bool) -> None:  # noqa: FBT001 - a column of the table
    """Of two keys in JSON the last counts, for the target check as for the handler; in a form they are refused."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        pairs = [("email", "x@y.co"), ("password", PASSWORD), ("email", ada.email)]
        as_form = "&".join(f"{key}={value}" for key, value in pairs).encode()
        as_json = ("{" + ",".join(f'"{key}":"{value}"' for key, value in pairs) + "}").encode()
        media = "application/x-www-form-urlencoded" if form else "application/json"

        answer = await _post_raw(ada, "/sign-in/email", as_form if form else as_json, media)
        target = b'{"name":"M","callbackURL":"/ok","callbackURL":"https://evil.test"}'
        hidden = await _post_raw(ada, "/update-user", target)

        assert answer.status_code == (400 if form else 200)
        assert _refusal(hidden) == (403, "INVALID_CALLBACK_URL")


@pytest.mark.case("SC-HTTP-16")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("token=a&callbackURL=/ok&callbackURL=https://evil.test", 400),
        ("token=a&callbackURL=https://evil.test&callbackURL=/ok", 400),
        ("token=a&token=b", 400),
        ("token=a&callbackURL[]=https://evil.test", 401),
        ("token=a&callbackURL=https://evil.test", 403),
    ],
)
async def test_repeated_parameters_are_refused(two_databases_url: str, query: str, status: int) -> None:
    """A repeated token or target is 400; a name with brackets is another name."""
    async with world(two_databases_url) as w:
        answer = await w.person().get(f"/verify-email?{query}")

        assert answer.status_code == status
        assert "location" not in answer.headers


@pytest.mark.case("SC-HTTP-16")
async def test_what_was_checked_is_what_is_used(two_databases_url: str) -> None:
    """With a target in the body and another in the query both are checked, and the body's is used."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        url = "/api/auth/sign-in/email?callbackURL="
        body = {"email": ada.email, "password": PASSWORD, "callbackURL": "/body"}

        good = await ada.http.post(url + "/query", json=body)
        bad = await ada.http.post(url + "https://evil.test", json=body)

        assert good.headers["location"] == good.json()["url"] == "/body"
        assert _refusal(bad) == (403, "INVALID_CALLBACK_URL")


@pytest.mark.case("SC-HTTP-17")
@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 4000, DEEP, '{"a":' * 50_000]
)
async def test_strange_numbers_and_depths_are_refused(two_databases_url: str, text: str) -> None:
    """Numbers that are none, huge integers and endless brackets are 400 in the time of a moment."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        with bounded():
            answers = [await _post_raw(ada, e.path, b'{"name":%s}' % text.encode()) for e in _with_body(w)]

        assert {_refusal(answer) for answer in answers} == {(400, "BAD_REQUEST")}
        assert await ada.session() is not None


@pytest.mark.case("SC-HTTP-17")
@pytest.mark.parametrize("text", ["-0", "-0.0", "1e308"])
async def test_odd_but_finite_numbers_are_numbers(sqlite_url: str, text: str) -> None:
    """Minus zero and very large numbers are no text: the field says so."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")

        assert _refusal(await _post_raw(ada, "/update-user", b'{"name":%s}' % text.encode())) == (
            400,
            "VALIDATION_ERROR",
        )


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 65_536


@pytest.mark.case("SC-HTTP-22")
@pytest.mark.parametrize("declared", [None, b"52428800", b"1", b"-1", b"9" * 5000, b"x"])
async def test_a_body_without_end_is_cut_off(two_databases_url: str, declared: bytes | None) -> None:
    """However long the body says it is, 413 comes once the limit is passed, and little memory is used."""
    length: list[Header] = [] if declared is None else [(b"content-length", declared)]
    async with world(two_databases_url) as w:
        tracemalloc.start()

        answer = await raw_request(
            w.app, "POST", "/api/auth/sign-in/email", headers=[*JSON_HEADERS, *length], body=_endless()
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")
        assert peak < 8 * 1_048_576


@pytest.mark.case("SC-HTTP-22")
async def test_the_largest_body_is_an_option(sqlite_url: str) -> None:
    """A body just within the limit is read, one byte more is 413."""
    async with world(sqlite_url, advanced=AdvancedOptions(max_body_size=2048)) as w:
        ada = await w.sign_up("ada")
        fitting = b'{"name":"Ada"}'.ljust(2048)

        assert (await _post_raw(ada, "/update-user", fitting)).status_code == 200
        assert _refusal(await _post_raw(ada, "/update-user", fitting + b" ")) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.case("SC-HTTP-22")
async def test_a_form_has_a_limited_number_of_fields(sqlite_url: str) -> None:
    """Thousands of form fields are 400 before they become a dictionary."""
    async with world(sqlite_url) as w:
        content = b"&".join(b"f%d=1" % number for number in range(50_000))

        answer = await _post_raw(w.person(), "/sign-in/email", content, "application/x-www-form-urlencoded")

        assert _refusal(answer) == (400, "BAD_REQUEST")


@pytest.mark.case("SC-HTTP-23")
@pytest.mark.parametrize(
    "options", ["; boundary=" + "x" * 60_000, ";" * 60_000, '; a="' + "\\" * 60_000, "; a=b" * 9_000]
)
async def test_multipart_is_never_parsed(sqlite_url: str, options: str) -> None:
    """Multipart is refused by its name, however odd its options and however many its parts."""
    async with world(sqlite_url) as w:
        body = b"--x\r\na: b\r\n" * 20_000
        with bounded():
            answer = await _post_raw(w.person(), "/sign-in/email", body, f"multipart/form-data{options}")

        assert _refusal(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")
