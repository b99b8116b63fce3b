"""The second factor beside a cookie cache, and with everything in a secondary storage."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from fastapi_betterauth import CookieCache, MemoryStorage, RedisStorage, SecondaryStorage, SessionOptions
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.answers import DATA, EXPIRED, SESSION, cookies_set
from tests.builders.world import world
from tests.databases import required

from .people import challenged, enrolled, verify

CACHING: SessionOptions = SessionOptions(cookie_cache=CookieCache(enabled=True))


@pytest.fixture(params=["memory", "redis"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[SecondaryStorage]:
    """Each kind in turn."""
    if request.param == "memory":
        yield MemoryStorage()
        return
    redis = RedisStorage(required("TEST_REDIS_URL"), prefix=f"2fa:{uuid4().hex}:", timeout=5)
    try:
        yield redis
        await redis.clear()
    finally:
        await redis.close()


@pytest.mark.case("SC-CACHE-03", "SC-CACHE-09")
async def test_the_password_alone_brings_no_copy(sqlite_url: str) -> None:
    """No session_data leaves with the challenge; what an older session left, pieces included, is taken away."""
    async with world(sqlite_url, session=CACHING, plugins=[TwoFactor()]) as w:
        phone = await enrolled(w)
        device = w.person("ada")
        device.http.headers["cookie"] = f"{SESSION}={phone.person.cookie()}; {DATA}.0=a; {DATA}.1=b"

        answer = await device.sign_in_waits()

        assert answer.json()["twoFactorRedirect"] is True
        set_ = cookies_set(answer)
        assert {name for name in set_ if name.startswith((SESSION, DATA))} == {SESSION, DATA, f"{DATA}.0", f"{DATA}.1"}
        assert {set_[name] for name in (SESSION, DATA, f"{DATA}.0", f"{DATA}.1")} == {EXPIRED}


async def test_the_copy_knows_the_second_factor(sqlite_url: str) -> None:
    """After the code the copy is handed out; turning the factor on or off is in it at once."""
    async with world(sqlite_url, session=CACHING, plugins=[TwoFactor()]) as w:
        phone = await enrolled(w)
        told = await phone.person.session() or {}
        assert told["user"]["twoFactorEnabled"] is True
        device = await challenged(w, phone)
        assert device.cookie(DATA) is None

        answer = await verify(device, "totp", phone.code())

        assert DATA in cookies_set(answer)
        await device.post("/two-factor/disable", {"password": device.password})
        assert (await device.session() or {})["user"]["twoFactorEnabled"] is False


@pytest.mark.case("SC-TFA-09")
async def test_a_code_counts_once_in_any_store(sqlite_url: str, storage: SecondaryStorage) -> None:
    """Challenge, tries and spent codes lie in the secondary storage; of many requests with one code one gets in."""
    async with world(sqlite_url, secondary_storage=storage, plugins=[TwoFactor()]) as w:
        phone = await enrolled(w)
        devices = [await challenged(w, phone) for _ in range(5)]
        code = phone.code()

        answers = await asyncio.gather(*(verify(device, "totp", code) for device in devices))

        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


@pytest.mark.case("SC-TFA-20")
async def test_trust_ends_in_any_store(sqlite_url: str, storage: SecondaryStorage) -> None:
    """A trusted device needs no code until its owner signs out everywhere."""
    async with world(sqlite_url, secondary_storage=storage, plugins=[TwoFactor()]) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        assert (await verify(device, "totp", phone.code(), trustDevice=True)).status_code == 200
        assert (await device.sign_in()).status_code == 200

        await device.post("/revoke-sessions")

        assert (await device.sign_in_waits()).json()["twoFactorRedirect"] is True


@pytest.mark.case("SC-TFA-05")
async def test_tries_are_counted_in_any_store(sqlite_url: str, storage: SecondaryStorage) -> None:
    """Five wrong codes end the challenge; the right one is too late then."""
    async with world(sqlite_url, secondary_storage=storage, plugins=[TwoFactor()]) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)

        codes = [(await verify(device, "totp", "000000")).json()["code"] for _ in range(6)]

        assert codes == ["INVALID_CODE"] * 5 + ["TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE"]
        assert (await verify(device, "totp", phone.code())).status_code == 401
