"""A before hook that answers itself, and what it cannot get around."""

import pytest

from fastapi_betterauth import Answer, HookCall, Hooks, On, RateLimit, RateLimitRule
from fastapi_betterauth.features.sign_in.routes import sign_in_email
from fastapi_betterauth.features.user.routes import update_user
from fastapi_betterauth.pipeline.wire import StatusAnswer
from tests.builders.answers import cookies_set, said
from tests.builders.world import PASSWORD, world


@pytest.mark.case("SC-PLUG-25")
@pytest.mark.rule("security-ratelimit-hooks §1 order")
async def test_an_early_answer_comes_after_the_checks(two_databases_url: str) -> None:
    """Origin and limits are looked at first, and no session comes of an answer that says there is one."""
    asked: list[str] = []

    async def answer(call: HookCall) -> Answer:
        asked.append(call.operation.path)
        return Answer(StatusAnswer())

    hooks = Hooks(before=[On.of(sign_in_email, update_user, hook=answer)])
    limits = RateLimit(enabled=True, custom_rules={"/sign-in/email": RateLimitRule(window=60, max=2)})
    async with world(two_databases_url, hooks=hooks, rate_limit=limits) as w:
        ada = await w.sign_up("ada")
        foreign = await ada.post("/update-user", {"name": "x"}, headers={"origin": "https://evil.test"})
        assert (said(foreign), asked) == ((403, "INVALID_ORIGIN"), [])
        early = await ada.post("/update-user", {"name": "x"})
        assert (early.json(), asked) == ({"status": True}, ["/update-user"])
        assert (await w.rows("user"))[0]["name"] == "Ada"

        eve = w.person("eve")
        body = {"email": ada.email, "password": PASSWORD}
        answers = [await eve.post("/sign-in/email", body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [cookies_set(answer) for answer in answers[:2]] == [{}, {}]
        assert await eve.session() is None
        assert len(await w.rows("session")) == 1
