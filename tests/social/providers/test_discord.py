"""Discord: pictures and names."""

from typing import Any

import pytest

from tests.builders.vouching import asked_with, profile_of

pytestmark = pytest.mark.rule("oauth-social §9")


@pytest.mark.parametrize(
    ("fields", "picture"),
    [
        ({"avatar": "a_1269e7"}, "avatars/80351110224678912/a_1269e7.gif"),
        ({"avatar": None}, "embed/avatars/5.png"),
        ({"avatar": None, "discriminator": "1337"}, "embed/avatars/2.png"),
    ],
)
async def test_discord_pictures(fields: dict[str, Any], picture: str) -> None:
    """Moving ones are GIFs; who has none gets the one that Discord shows."""
    url, profile = profile_of("discord")

    person = await asked_with("discord", {url: {**profile, **fields}})

    assert person is not None
    assert person.image == f"https://cdn.discordapp.com/{picture}"


async def test_discord_people_without_display_name() -> None:
    """They are called by their user name."""
    url, profile = profile_of("discord")

    person = await asked_with("discord", {url: {**profile, "global_name": None}})

    assert person is not None
    assert person.name == "nelly"
