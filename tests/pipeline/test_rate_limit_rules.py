"""Which limit holds for which path, and the arithmetic of a window (security sheet §4). No requests here."""

import json
import random
from pathlib import Path
from typing import Any, Literal

import pytest
from starlette.requests import Request

from fastapi_betterauth import ConfigurationError, PathRateLimit, RateLimit, RateLimitRule
from fastapi_betterauth.clock import to_timedelta
from fastapi_betterauth.pipeline.rate_limit.counting import Entry, decide
from fastapi_betterauth.pipeline.rate_limit.rules import RuleBook, parse_limit
from fastapi_betterauth.pipeline.rate_limit.storages import MemoryCounters
from fastapi_betterauth.pipeline.rate_limit.workers import one_of_several
from tests.builders.clock import MovableClock

CONTRACT = json.loads((Path(__file__).parent.parent / "contract" / "rate-limits.json").read_text())
REQUEST = Request({"type": "http", "method": "POST", "path": "/", "headers": []})
DEFAULT = RateLimitRule(window=10, max=100)
STRICT = RateLimitRule(window=60, max=1)
LOOSE = RateLimitRule(window=1, max=1000)


def _book(custom: dict[str, Any] | None = None, plugins: Any = ()) -> RuleBook:
    return RuleBook(DEFAULT, plugins, custom or {})


async def _found(book: RuleBook, path: str) -> tuple[int, int] | None:
    rule = await book.rule_for(path, REQUEST)
    return None if rule is None else (rule.seconds, rule.max)


@pytest.mark.rule("security-ratelimit-hooks §4.3")
async def test_built_in_rules_are_those_of_the_contract() -> None:
    """Every path of the contract's core rules, and a longer one where it ends in a star, has their limit."""
    assert (DEFAULT.seconds, DEFAULT.max) == (CONTRACT["default"]["window"], CONTRACT["default"]["max"])
    assert RateLimit().default == DEFAULT
    for rule in CONTRACT["core"]:
        for path in rule["matches"]:
            examples = [path.rstrip("*")] + ([path.rstrip("*") + "/more"] if path.endswith("*") else [])
            for example in examples:
                assert await _found(_book(), example) == (rule["window"], rule["max"]), example
    assert await _found(_book(), "/get-session") == (10, 100)
    assert await _found(_book(), "/request-password-reset/callback") == (10, 100)


@pytest.mark.rule("security-ratelimit-hooks §4.3")
async def test_later_kinds_of_rule_override_earlier_ones() -> None:
    """Default, built-in, the first plugin that matches, the host's first match, in this order."""
    plugins = [
        [PathRateLimit(matches=["/sign-in/magic-link", "/magic/*"], rule=STRICT)],
        [PathRateLimit(matches=["/sign-in/magic-link", "/other"], rule=LOOSE)],
    ]
    book = _book({"/magic/verify": DEFAULT, "/magic/**": LOOSE, "/other": None}, plugins)

    assert await _found(book, "/sign-in/email") == (10, 3)
    assert await _found(book, "/sign-in/magic-link") == (60, 1)
    assert await _found(book, "/magic/verify") == (10, 100)
    assert await _found(book, "/magic/more/of/it") == (1, 1000)
    assert await _found(book, "/other") == (1, 1000)
    assert book.longest == 60_000


@pytest.mark.rule("security-ratelimit-hooks §4 customRules")
async def test_false_and_functions_decide_for_a_path() -> None:
    """False lifts the limit; a function sees request and current rule, and may leave, lift or replace it."""
    seen: list[RateLimitRule] = []

    def answering(answer: RateLimitRule | Literal[False] | None) -> Any:
        async def decide_(request: Request, current: RateLimitRule) -> RateLimitRule | Literal[False] | None:
            assert request is REQUEST
            seen.append(current)
            return answer

        return decide_

    book = _book({"/a": False, "/b": answering(False), "/c": answering(None), "/sign-in/*": answering(STRICT)})

    assert [await _found(book, path) for path in ("/a", "/b", "/c")] == [None, None, (10, 100)]
    assert await _found(book, "/sign-in/email") == (60, 1)
    assert [(rule.seconds, rule.max) for rule in seen] == [(10, 100), (10, 100), (10, 3)]


async def test_a_failing_function_lifts_no_limit(caplog: pytest.LogCaptureFixture) -> None:
    """What else holds for the path holds then; the host reads why in the log."""

    async def broken(request: Request, current: RateLimitRule) -> RateLimitRule:
        raise RuntimeError("no tenant")

    assert await _found(_book({"/sign-in/email": broken}), "/sign-in/email") == (10, 3)
    assert "custom_rules" in caplog.text


@pytest.mark.rule("security-ratelimit-hooks §4.3")
@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("/sign-in/*", "/sign-in/email", True),
        ("/sign-in/*", "/sign-in/a/b", False),
        ("/sign-in/**", "/sign-in/a/b", True),
        ("/sign-in/**", "/sign-in", True),
        ("/sign-*", "/sign-in/email", False),
        ("/a/**/c", "/a/c", True),
        ("/a/**/c", "/a/b/b/c", True),
        ("**", "/sign-in/email", True),
        ("*", "/sign-in/email", False),
        ("/callback/?*", "/callback/", False),
        ("/callback/?", "/callback/a", False),
        ("/a.c", "/abc", False),
        ("/a.*", "/abc", False),
    ],
)
async def test_globs_match_whole_paths(glob: str, path: str, matches: bool) -> None:  # noqa: FBT001 - a table
    """``*`` stays within a segment, ``**`` stands for whole ones; without a star nothing is a glob."""
    assert (await _found(_book({glob: False}), path) is None) is matches


@pytest.mark.parametrize(
    ("text", "seconds", "many"),
    [
        ("5/minute", 60, 5),
        ("100 per day", 86_400, 100),
        ("20/30 seconds", 30, 20),
        (" 1 / 2h ", 7200, 1),
        ("3/SECOND", 1, 3),
        ("7/10m", 600, 7),
    ],
)
def test_limits_are_read_as_people_write_them(text: str, seconds: int, many: int) -> None:
    """Number, slash or "per", an optional number, a unit."""
    assert (parse_limit(text).seconds, parse_limit(text).max) == (seconds, many)


@pytest.mark.parametrize("text", ["", "five/minute", "5", "5/fortnight", "5/0 minutes", "0/minute", "-1/minute"])
def test_limits_that_cannot_be_read_are_refused(text: str) -> None:
    """At construction, saying how to write them."""
    with pytest.raises(ConfigurationError, match="rate_limit"):
        parse_limit(text)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"window": 0}, "window"),
        ({"max": 0}, "max"),
        ({"storage": "redis"}, "storage"),
        ({"when_storage_fails": "open"}, "when_storage_fails"),
        ({"custom_rules": {"sign-in": False}}, "custom_rules"),
        ({"custom_rules": {"/sign-in": (10, 3)}}, "custom_rules"),
        ({"custom_rules": {"/sign-in": True}}, "custom_rules"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], named: str) -> None:
    """The message names the option."""
    with pytest.raises(ConfigurationError, match=named):
        RateLimit(**options)


@pytest.mark.rule("security-ratelimit-hooks §4.4")
def test_each_allowed_request_begins_the_window_anew() -> None:
    """Three pass, each moves the window; refused ones move nothing; after a quiet window it starts again."""
    rule = RateLimitRule(window=10, max=3)
    entry, passed = None, []
    for now in (0, 6_000, 12_000, 13_000, 21_999, 22_000):
        entry, decision = decide(entry, rule, now)
        passed.append((decision.allowed, decision.retry_after))

    assert passed == [(True, 0), (True, 0), (True, 0), (False, 9), (False, 1), (True, 0)]
    assert entry == Entry(1, 22_000)


@pytest.mark.case("SC-IP-10")
@pytest.mark.parametrize("seed", range(20))
def test_no_clock_opens_or_shuts_the_window_for_long(seed: int) -> None:
    """Whatever the clock does: a wait is never negative and never longer than the window, and after it one may pass."""
    dice, rule = random.Random(seed), RateLimitRule(window=10, max=3)
    entry, now = None, 1_000_000_000
    for _ in range(200):
        now += dice.choice([0, 1, 500, 3_000, -3_600_000, 3_600_000])
        entry, decision = decide(entry, rule, now)
        assert entry.count <= rule.max
        if not decision.allowed:
            assert 1 <= decision.retry_after <= 10
            assert decide(entry, rule, now + decision.retry_after * 1000)[1].allowed


@pytest.mark.rule("security-ratelimit-hooks §4.7")
async def test_memory_forgets_what_is_over_and_never_grows_beyond_its_limit() -> None:
    """Old keys go as new ones come; a flood of addresses does not fill the memory."""
    clock = MovableClock()
    counters, rule = MemoryCounters(clock, max_entries=100), RateLimitRule(window=10, max=1)
    for number in range(90):
        await counters.consume(f"old-{number}", rule)
    clock.move(seconds=11)
    for number in range(60):
        await counters.consume(f"new-{number}", rule)
    assert len(counters) == 60

    for number in range(1000):
        await counters.consume(f"flood-{number}", RateLimitRule(window=1000, max=1))

    assert len(counters) <= 100
    assert not (await counters.consume("flood-999", rule)).allowed


@pytest.mark.case("SC-IP-09")
@pytest.mark.parametrize(
    ("command", "concurrency", "several"),
    [
        ("uvicorn main:app", "", False),
        ("uvicorn main:app --workers 4", "", True),
        ("uvicorn main:app --workers=4", "", True),
        ("uvicorn main:app --workers 1", "4", False),
        ("gunicorn -w 4 main:app", "", True),
        ("gunicorn -w4 main:app", "", True),
        ("uvicorn main:app", "4", True),
        ("uvicorn main:app", "1", False),
        ("fastapi run main.py --workers 2", "", True),
    ],
)
def test_several_workers_show(command: str, concurrency: str, several: bool) -> None:  # noqa: FBT001 - a table
    """The command line and WEB_CONCURRENCY tell."""
    assert one_of_several(command.split(), {"WEB_CONCURRENCY": concurrency} if concurrency else {}) is several


def test_windows_are_rounded_up() -> None:
    """A window of a fraction is at least that long where only whole seconds can be counted."""
    rule = RateLimitRule(window=to_timedelta(1.5), max=1)

    assert (rule.milliseconds, rule.seconds) == (1500, 2)
