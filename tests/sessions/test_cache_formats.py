"""The forms of the cookie cache: what the reference writes is read, and the reverse (sessions sheet §5)."""

import base64
import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from fastapi_betterauth import CookieCache, Private, SessionOptions, UserFields, get_cookie_cache
from fastapi_betterauth.crypto.secret import Secret, SecretKeys
from fastapi_betterauth.sessions.cache_formats import CacheStrategy, cache_format
from tests.builders.answers import DATA
from tests.builders.world import SECRET, World, world
from tests.crypto.vectors import REFERENCE_SECRET, VECTORS
from tests.databases import unavailable

STRATEGIES: list[CacheStrategy] = ["compact", "jwt", "jwe"]
RECORDED = datetime(2026, 11, 20, 21, 10, 40, tzinfo=UTC)
"""Shortly after the examples were written."""
HERE = Path(__file__).parent
PACKAGES = HERE.parent / "conformance"
KEYS = SecretKeys(current=Secret("k" * 32))
MINUTE = timedelta(minutes=1)


class Traveller(UserFields):
    """With fields that JSON writes in more than one way."""

    balance: float = 12.0
    rate: float = 0.25
    tags: list[str] | None = None
    note: Annotated[str | None, Private] = "for our eyes only"


def _value(strategy: CacheStrategy) -> str:
    return str(VECTORS["cookieCache"][strategy]["value"])


@pytest.mark.rule("sessions §5 compact", "sessions §5 jwt", "sessions §5 jwe")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_the_reference_wrote_is_read(strategy: CacheStrategy) -> None:
    """Its examples come out with session and user, accents and all."""
    headers = Headers({"cookie": f"{DATA}={_value(strategy)}"})

    found = get_cookie_cache(headers, REFERENCE_SECRET.reveal(), strategy=strategy, clock=lambda: RECORDED)

    assert found is not None
    assert (found.user.name, found.user.email, found.version) == ("Ada Lövelace", "ada@example.test", "1")
    assert found.session.user_id == found.user.id
    assert found.session.expires_at - found.session.created_at == timedelta(days=7)


@pytest.mark.rule("sessions §5 compact")
def test_the_compact_form_is_the_reference_s_to_the_byte() -> None:
    """The same content and end give the same cookie."""
    example = VECTORS["cookieCache"]["compact"]
    whole = json.loads(example["decodedText"])
    content = json.dumps(whole["session"], separators=(",", ":"), ensure_ascii=False)
    end = datetime.fromtimestamp(whole["expiresAt"] / 1000, UTC)
    format_ = cache_format("compact", SecretKeys(current=REFERENCE_SECRET), lambda: end - MINUTE)

    assert format_.write(content, expires_in=MINUTE) == example["value"]
    assert (format_.read(example["value"]) or b"").decode() == example["signedText"]


def _read_by_the_reference(requests: list[dict[str, str]]) -> list[Mapping[str, Any] | None]:
    if not (PACKAGES / "node_modules").is_dir():
        unavailable("the Node packages of tests/conformance are missing: run `make install`")
    command = ["node", str(HERE / "better_auth.mjs"), str(PACKAGES)]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Mapping[str, Any] | None] = json.loads(done.stdout)
    return found


async def _written(w: World) -> dict[str, str]:
    ada = w.person("ada")
    answer = await ada.post(
        "/sign-up/email",
        {
            "name": "Ada Lövelace \u2028 😀 \u007f \t \\",
            "email": ada.email,
            "password": ada.password,
            "tags": ['"quoted"', "<b>"],
            "balance": 7.0,
        },
    )
    assert answer.status_code == 200, answer.text
    return {"cookie": f"{DATA}={ada.cookie(DATA)}", "secret": SECRET}


@pytest.mark.rule("sessions §5 compact", "sessions §5 jwt", "sessions §5 jwe")
@pytest.mark.case("SC-CACHE-10")
async def test_what_we_write_the_reference_reads(sqlite_url: str, tmp_path: Path) -> None:
    """Its own reader accepts each form: dates, numbers, accents and odd characters; private fields are not inside."""
    requests = []
    for strategy in STRATEGIES:
        options: SessionOptions[Any] = SessionOptions(cookie_cache=CookieCache(enabled=True, strategy=strategy))
        url = f"sqlite+aiosqlite:///{tmp_path / strategy}.db"
        async with world(url, session=options, user={"fields": Traveller}) as w:
            requests.append({**await _written(w), "strategy": strategy})

    found = _read_by_the_reference([*requests, {**requests[0], "secret": "of another instance, and long enough"}])

    assert found[3] is None
    for payload in found[:3]:
        assert payload is not None
        user = payload["user"]
        assert user["name"] == "Ada Lövelace \u2028 😀 \u007f \t \\"
        assert (user["balance"], user["rate"], user["tags"]) == (7, 0.25, ['"quoted"', "<b>"])
        assert "note" not in user
        assert payload["session"]["userId"] == user["id"]
        assert payload["version"] == "1"


def _tampered(value: str) -> list[str]:
    decoded = base64.urlsafe_b64decode(value + "==").decode() if "." not in value else ""
    later = decoded.replace('"expiresAt":1795209325809', '"expiresAt":1995209325809')
    other = decoded.replace("ada@example.test", "eve@example.test")
    rewritten = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in (later, other) if text]
    return [*rewritten, value[:-4] + "AAAA", value[:-1], value + "AAAA", value[40:], value * 2, value + "=", ""]


@pytest.mark.case("SC-CACHE-04")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_changed_copy_is_worth_nothing(strategy: CacheStrategy) -> None:
    """Another end, another user, a cut or stretched value; and the same value under another secret."""
    ours = cache_format(strategy, SecretKeys(current=REFERENCE_SECRET), lambda: RECORDED)
    others = cache_format(strategy, KEYS, lambda: RECORDED)

    assert ours.read(_value(strategy)) is not None
    assert others.read(_value(strategy)) is None
    for changed in _tampered(_value(strategy)):
        assert ours.read(changed) is None, changed


@pytest.mark.case("SC-CACHE-04")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_form_is_read_as_another(strategy: CacheStrategy) -> None:
    """Whoever switches the strategy leaves the copies of the old one behind."""
    format_ = cache_format(strategy, SecretKeys(current=REFERENCE_SECRET), lambda: RECORDED)

    assert [name for name in STRATEGIES if format_.read(_value(name)) is not None] == [strategy]


@given(st.text(), st.sampled_from(STRATEGIES))
def test_no_text_is_an_error(value: str, strategy: CacheStrategy) -> None:
    """Whatever a cookie holds, the answer is that it is not ours."""
    assert cache_format(strategy, KEYS, lambda: RECORDED).read(value) is None


@pytest.mark.rule("core-config §3 secrets")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_copies_outlive_a_rotation(strategy: CacheStrategy) -> None:
    """What an older secret signed or sealed is still read."""
    written = cache_format(strategy, KEYS, lambda: RECORDED).write('{"a":1}', expires_in=MINUTE)
    rotated = SecretKeys(current=Secret("n" * 32), current_version=2, older={1: KEYS.current})

    assert cache_format(strategy, rotated, lambda: RECORDED).read(written) is not None
