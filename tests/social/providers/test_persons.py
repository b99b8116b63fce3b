"""Who comes of what each provider answers."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from tests.builders.vouching import BUILT_IN, CLASSES, arrival, built_in

pytestmark = pytest.mark.rule("oauth-social §9")

WITH_END = [name for name, recorded in BUILT_IN.items() if "expires_in" in recorded.token]


def test_every_provider_is_recorded() -> None:
    """None is left out of what follows."""
    assert set(BUILT_IN) == set(CLASSES)


@pytest.mark.parametrize("name", BUILT_IN)
async def test_person_is_read_from_what_the_provider_answers(name: str) -> None:
    """Subject, name, address, its verification, picture and further fields are those recorded."""
    _, person, _ = await arrival(built_in(name), BUILT_IN[name])

    assert person is not None
    said = asdict(person)
    assert {field: said[field] for field in ("subject", "name", "email", "email_verified", "image", "further")} == {
        "further": {},
        **BUILT_IN[name].person,
    }


@pytest.mark.parametrize("name", BUILT_IN)
async def test_every_recorded_answer_is_asked_for_once(name: str) -> None:
    """No provider asks twice, nor for more than is recorded."""
    _, _, world = await arrival(built_in(name), BUILT_IN[name])

    assert sorted(world.asked) == sorted(set(world.asked))
    assert set(BUILT_IN[name].answers) <= set(world.asked)


@pytest.mark.parametrize("name", BUILT_IN)
async def test_host_fills_fields_but_never_the_subject(name: str) -> None:
    """What the host makes of a profile replaces fields of the user; the id stays the provider's."""
    mapped = {"id": "0", "subject": "0", "sub": "0", "email": "Other@Example.com", "name": "Other", "locale": "fr"}
    provider = built_in(name, map_profile_to_user=lambda _: mapped)

    _, person, _ = await arrival(provider, BUILT_IN[name])

    assert person is not None
    assert (person.subject, person.email, person.name) == (
        BUILT_IN[name].person["subject"],
        "other@example.com",
        "Other",
    )
    assert person.further["locale"] == "fr"


@pytest.mark.parametrize("name", WITH_END)
async def test_tokens_end_when_the_provider_says(name: str) -> None:
    """The end of the access token is counted from now, also where the seconds are text."""
    lifetime = timedelta(seconds=float(BUILT_IN[name].token["expires_in"]))

    before = datetime.now(UTC)
    tokens, _, _ = await arrival(built_in(name), BUILT_IN[name])

    assert tokens.access_token_expires_at is not None
    assert before <= tokens.access_token_expires_at - lifetime <= datetime.now(UTC)
    assert tokens.access_token == f"{name}-access"


@pytest.mark.parametrize("name", BUILT_IN)
async def test_profile_of_the_host_replaces_the_request(name: str) -> None:
    """``get_user_info`` gets the tokens, and nobody else is asked."""
    _, normal, _ = await arrival(built_in(name), BUILT_IN[name])
    assert normal is not None
    seen = []

    async def get_user_info(tokens: object) -> object:
        seen.append(tokens)
        return normal.profile

    tokens, person, world = await arrival(built_in(name, get_user_info=get_user_info), BUILT_IN[name])

    assert (seen, len(world.requests)) == ([tokens], 1)
    assert person is not None
    assert person.subject == normal.subject


@pytest.mark.parametrize("name", BUILT_IN)
def test_secrets_are_in_no_repr(name: str) -> None:
    """A provider that ends up in a log tells no secret."""
    assert "secret-1" not in repr(built_in(name))
