"""Work that must not delay a response (security sheet §10)."""

import asyncio
from collections.abc import Awaitable

import pytest

from fastapi_betterauth import AdvancedOptions, ResetPasswordMail
from tests.builders.world import world

RESET = "/request-password-reset"


@pytest.mark.rule("security-ratelimit-hooks §10", "core-config §8 backgroundTasks")
async def test_a_handler_takes_the_work_over(sqlite_url: str) -> None:
    """With a handler nothing is sent until the handler gets to it, and once it does everything is."""
    queue: list[Awaitable[None]] = []
    async with world(sqlite_url, advanced=AdvancedOptions(background_tasks=queue.append)) as w:
        ada = await w.sign_up("ada")
        await ada.post(RESET, {"email": ada.email})

        assert (await w.settled()).to(ada.email, "reset") == []
        for work in queue:
            await work
        assert len(w.outbox.to(ada.email, "reset")) == 1


@pytest.mark.case("SC-FAULT-05")
@pytest.mark.rule("security-ratelimit-hooks §10", "email-password §5.1")
@pytest.mark.parametrize("queued", [False, True])
async def test_a_failing_mailer_fails_no_request(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, *, queued: bool
) -> None:
    """What goes wrong in the background is logged; the answer left long before."""

    async def fail(mail: ResetPasswordMail) -> None:
        raise ConnectionError("the mail server is away")

    queue: list[Awaitable[None]] = []
    advanced = AdvancedOptions(background_tasks=queue.append if queued else None)
    async with world(sqlite_url, password={"send_reset_password": fail}, advanced=advanced) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post(RESET, {"email": ada.email})
        await asyncio.gather(*queue)
        await w.settled()

        assert answer.status_code == 200
        assert "background work 'send_reset_password' failed" in caplog.text


@pytest.mark.case("SC-FAULT-05")
@pytest.mark.rule("security-ratelimit-hooks §10")
async def test_a_slow_mailer_delays_nobody(sqlite_url: str) -> None:
    """The answer does not wait for the mail."""
    gate, sent = asyncio.Event(), []

    async def slow(mail: ResetPasswordMail) -> None:
        await gate.wait()
        sent.append(mail.user.email)

    async with world(sqlite_url, password={"send_reset_password": slow}) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post(RESET, {"email": ada.email})
        before = list(sent)
        gate.set()
        await w.settled()

        assert (answer.status_code, before, sent) == (200, [], [ada.email])


@pytest.mark.case("SC-FAULT-08")
async def test_closing_waits_for_what_is_under_way(sqlite_url: str) -> None:
    """The end of the app's lifespan lets background work finish."""
    sent: list[str] = []

    async def slow(mail: ResetPasswordMail) -> None:
        await asyncio.sleep(0.05)
        sent.append(mail.user.email)

    async with world(sqlite_url, password={"send_reset_password": slow}) as w:
        ada = await w.sign_up("ada")
        await ada.post(RESET, {"email": ada.email})

    assert sent == [ada.email]
