"""Answers that are not what the documentation of a provider promises."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.identity import Person
from tests.builders.recording import refusal
from tests.builders.vouching import BUILT_IN, CLASSES, Recorded, arrival, built_in

ODD: tuple[object, ...] = (None, [], {}, [[]], "text", "", 7, 1.5, True, {"data": "x"}, "\ud800", "\x00")
NO_SUBJECT = [None, "", " ", "undefined", "null", "None", "NaN", 0, 1.5, True, [], {}, "a\nb", "x" * 300]
VERIFIES = ("email_verified", "verified", "is_email_verified", "is_email_valid", "verified_primary_email")
WRITES_YES = {"apple", "cognito", "paypal"}
VERIFYING = [name for name, recorded in BUILT_IN.items() if recorded.person["email_verified"] and name != "twitter"]
BY_REQUEST = [name for name, recorded in BUILT_IN.items() if not recorded.id_token]
NUMBERED = ["github", "gitlab", "kakao", "kick"]
WITHOUT_ADDRESS = {"reddit": "id", "roblox": "sub", "tiktok": "open_id", "wechat": "unionid"}


def changed(value: Any, decide: Callable[[str, Any], Any]) -> Any:
    """A copy of JSON in which every value with a name is what a function makes of it."""
    if isinstance(value, list):
        return [changed(one, decide) for one in value]
    if isinstance(value, dict):
        return {name: changed(decide(name, one), decide) for name, one in value.items()}
    return value


async def person_from(name: str, decide: Callable[[str, Any], Any]) -> Person | None:
    """Who comes of what was recorded, with some values changed."""
    recorded = BUILT_IN[name]
    other = Recorded(
        options=recorded.options,
        token=recorded.token,
        id_token=changed(recorded.id_token, decide),
        answers={url: changed(answer, decide) for url, answer in recorded.answers.items()},
        person={},
    )
    _, person, _ = await arrival(built_in(name), other)
    return person


def single_changes(value: Any) -> Iterator[Any]:
    """Copies of JSON in which one part, each in turn, is something odd."""
    yield from ODD
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ({**value, name: other} for other in single_changes(one))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in single_changes(one))


@pytest.mark.parametrize("name", BUILT_IN)
async def test_odd_answer_is_somebody_nobody_or_a_refusal(name: str) -> None:
    """Never another exception, whichever part of an answer is odd; and what comes of it can be stored."""
    recorded, provider = BUILT_IN[name], built_in(name)
    asked = [url for url in recorded.answers if "access_token?" not in url]

    for url in asked:
        for answer in single_changes(recorded.answers[url]):
            with suppress(OutboundError):
                _, person, _ = await arrival(provider, recorded, {url: answer})
                assert person is None or _is_sound(person), answer


@pytest.mark.parametrize("name", [name for name, recorded in BUILT_IN.items() if recorded.id_token])
async def test_odd_claims_are_somebody_or_nobody(name: str) -> None:
    """The same for id tokens, with odd claims, or odd themselves."""
    recorded, provider = BUILT_IN[name], built_in(name)
    # Some ask for the profile where the id token does not help.
    otherwise = {f"GET {provider.endpoints().user_info}": refusal()}

    for claims in single_changes(recorded.id_token):
        if isinstance(claims, dict):
            changed_one = Recorded(
                token=recorded.token, id_token=claims, answers=recorded.answers, person={}, options=recorded.options
            )
            with suppress(OutboundError):
                _, person, _ = await arrival(provider, changed_one, otherwise)
                assert person is None or _is_sound(person), claims
    for token in ("", "a.b", "a.b.c", "..", "e30.W10.x", "e30.ImEi.x", "x" * 20_000, 7, [], None):
        with suppress(OutboundError):
            _, person, _ = await arrival(provider, recorded, otherwise, id_token=token)
            assert person is None


def _is_sound(person: Person) -> bool:
    texts = [person.subject, person.name, person.email or "", person.image or ""]
    return all(isinstance(text, str) and "\x00" not in text and "\ud800" not in text for text in texts)


@pytest.mark.parametrize("name", BY_REQUEST)
async def test_refused_profile_is_nobody_or_a_refusal(name: str) -> None:
    """A provider that denies the profile signs nobody in."""
    recorded = BUILT_IN[name]
    denied = {url: refusal() for url in recorded.answers if "access_token?" not in url}

    with suppress(OutboundError):
        _, person, _ = await arrival(built_in(name), recorded, denied)
        assert person is None


@pytest.mark.case("SC-OAUTH-22")
@pytest.mark.parametrize("subject", NO_SUBJECT, ids=lambda subject: repr(subject)[:12])
@pytest.mark.parametrize("name", sorted(set(CLASSES) - {"wechat"}))
async def test_what_is_no_id_is_nobody(name: str, subject: object) -> None:
    """Nothing is made into an id, and no other field steps in."""
    right = BUILT_IN[name].person["subject"]

    with suppress(OutboundError):
        assert await person_from(name, lambda _, value: subject if _is(value, right) else value) is None


@pytest.mark.case("SC-OAUTH-22")
@pytest.mark.parametrize("name", sorted(CLASSES))
async def test_missing_id_is_nobody(name: str) -> None:
    """Nor is a name or an address taken for it (SC-OAUTH-23)."""
    right = BUILT_IN[name].person["subject"]
    recorded = BUILT_IN[name]
    cut = json.loads(
        json.dumps({"answers": recorded.answers, "id_token": recorded.id_token}),
        object_hook=lambda found: {
            field: value for field, value in found.items() if not _is(value, right) and field != "openid"
        },
    )
    other = Recorded(token=recorded.token, person={}, options=recorded.options, **cut)

    with suppress(OutboundError):
        _, person, _ = await arrival(built_in(name), other)
        assert person is None


@pytest.mark.case("SC-OAUTH-25")
@pytest.mark.parametrize("name", NUMBERED)
async def test_large_numbers_stay_exact(name: str) -> None:
    """Beyond 2**53, as number and as text alike."""
    right, large = BUILT_IN[name].person["subject"], 2**63 + 1

    number = await person_from(name, lambda _, value: large if _is(value, right) else value)
    text = await person_from(name, lambda _, value: str(large) if _is(value, right) else value)

    assert number is not None
    assert text is not None
    assert number.subject == text.subject == "9223372036854775809"


@pytest.mark.case("SC-OAUTH-15")
@pytest.mark.parametrize("said", ["false", "true", "True", "yes", 1, 1.0, 0, None, False, [], {}, [True]], ids=repr)
@pytest.mark.parametrize("name", VERIFYING)
async def test_only_a_plain_yes_verifies_an_address(name: str, said: object) -> None:
    """Three providers also write it as text, and Zoom as 1; nobody else's texts and numbers count."""
    person = await person_from(name, lambda field, value: said if field in VERIFIES else value)

    yes = (name in WRITES_YES and said == "true") or (name == "zoom" and said == 1)
    assert person is not None
    assert person.email_verified is yes


@pytest.mark.case("SC-OAUTH-15")
@pytest.mark.parametrize("name", BUILT_IN)
async def test_silence_verifies_no_address(name: str) -> None:
    """Who does not say whether an address is verified has not verified it."""
    recorded = BUILT_IN[name]
    text = json.dumps({"answers": recorded.answers, "id_token": recorded.id_token})
    silent = json.loads(
        text, object_hook=lambda found: {field: value for field, value in found.items() if field not in VERIFIES}
    )
    other = Recorded(token=recorded.token, person={}, options=recorded.options, **silent)

    _, person, _ = await arrival(built_in(name), other)

    assert person is not None
    # X tells an address only after it has been confirmed.
    assert person.email_verified is (name == "twitter")


@pytest.mark.case("SC-OAUTH-26")
@pytest.mark.parametrize("name", WITHOUT_ADDRESS)
@pytest.mark.parametrize("subject", ["a b", "ada@example.com", "<x>", "a\u0301", "x" * 250])
async def test_placeholder_never_leaves_its_domain(name: str, subject: str) -> None:
    """An id that makes no address makes none; it is never somebody's real one, and never verified."""
    person = await person_from(name, lambda field, value: subject if field == WITHOUT_ADDRESS[name] else value)

    assert person is not None
    assert (person.email, person.email_verified) == (None, False)


def _is(value: object, subject: str) -> bool:
    return not isinstance(value, bool | list | dict) and str(value) == subject
