"""Facebook: access tokens that must be ours, and id tokens of Limited Login."""

import pytest

from fastapi_betterauth.social.id_tokens import GivenIdToken
from tests.builders.recording import Recording, refusal, unsigned_id_token
from tests.builders.vouching import BUILT_IN, arrival, built_in, person_of

pytestmark = pytest.mark.rule("oauth-social §9")


CHECK, PROFILE = BUILT_IN["facebook"].answers
GOOD = BUILT_IN["facebook"].answers[CHECK]["data"]
FOREIGN = [
    {"data": {**GOOD, "is_valid": False}},
    {"data": {**GOOD, "is_valid": "true"}},
    {"data": {**GOOD, "app_id": "another-app"}},
    {"data": {**GOOD, "user_id": "1"}},
    {"data": {**GOOD, "user_id": None}},
    {"data": []},
    {"error": {"message": "Invalid OAuth access token"}},
    refusal(400),
]


@pytest.mark.case("SC-OAUTH-37")
@pytest.mark.parametrize("check", FOREIGN)
async def test_access_token_must_be_ours(check: object) -> None:
    """One of another app, of somebody else, or that has ended, signs nobody in."""
    _, person, _ = await arrival(built_in("facebook"), BUILT_IN["facebook"], {CHECK: check})

    assert person is None


async def test_access_token_is_not_trusted_before_it_is_checked() -> None:
    """The profile is asked for after that."""
    _, _, world = await arrival(built_in("facebook"), BUILT_IN["facebook"], {CHECK: FOREIGN[2]})

    assert PROFILE not in world.asked


@pytest.mark.case("SC-OAUTH-37")
@pytest.mark.parametrize(("check", "good"), [({"data": GOOD}, True), (FOREIGN[0], False), (FOREIGN[2], False)])
async def test_app_may_bring_an_access_token(check: object, *, good: bool) -> None:
    """In place of an id token, if it is ours."""
    world = Recording({CHECK: check})

    assert await built_in("facebook").verify(GivenIdToken(token="facebook-access"), world.call()) is good


async def test_limited_login_does_not_verify_addresses() -> None:
    """Its id token says everything; nobody is asked; whatever it says of the address counts for nothing."""
    world = Recording()
    token = unsigned_id_token(
        sub="9", name="Jane", email="jane@example.com", email_verified=True, picture="https://f.test/p"
    )

    person = await person_of(built_in("facebook"), world, id_token=token)

    assert person is not None
    assert (person.subject, person.image, person.email_verified) == ("9", "https://f.test/p", False)
    assert world.requests == []


async def test_further_fields_are_asked_for() -> None:
    """They are there for the host's mapping."""
    profile = {**BUILT_IN["facebook"].answers[PROFILE], "gender": "female"}
    provider = built_in("facebook", fields=["gender"], map_profile_to_user=lambda found: {"gender": found["gender"]})

    _, person, _ = await arrival(provider, BUILT_IN["facebook"], {f"{PROFILE},gender": profile})

    assert person is not None
    assert person.further == {"gender": "female"}


async def test_several_apps_are_ours() -> None:
    """A token of any of them will do; the first one asks."""
    provider = built_in("facebook", client_id=["client-1", "client-2"])

    _, person, _ = await arrival(provider, BUILT_IN["facebook"], {CHECK: {"data": {**GOOD, "app_id": "client-2"}}})

    assert person is not None
