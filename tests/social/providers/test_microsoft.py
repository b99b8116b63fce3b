"""Microsoft: the photo, the addresses, and who is whom."""

from typing import Any

import pytest

from tests.builders.recording import refusal
from tests.builders.vouching import claimed

pytestmark = pytest.mark.rule("oauth-social §9")

PHOTO = "GET https://graph.microsoft.com/v1.0/me/photos/{0}x{0}/$value"


async def test_microsoft_photo_has_the_size_that_is_wanted() -> None:
    """It becomes a data URL."""
    person = await claimed("microsoft", {}, {PHOTO.format(96): b"\xff\xd8\xff"}, profile_photo_size=96)

    assert person.image == "data:image/jpeg;base64, /9j/"


async def test_microsoft_photo_can_be_missing_or_unwanted() -> None:
    """Most people have none, and then nothing is lost but the picture."""
    without = await claimed("microsoft", {}, {PHOTO.format(48): refusal(404)})
    unwanted = await claimed("microsoft", {}, disable_profile_photo=True)

    assert without.image is None
    assert unwanted.image is None


@pytest.mark.parametrize(
    ("claims", "verified"),
    [
        ({"verified_primary_email": [], "verified_secondary_email": ["abeli@contoso.com"]}, True),
        ({"verified_primary_email": [], "verified_secondary_email": ["other@contoso.com"]}, False),
        ({"email_verified": False}, False),
        ({"email_verified": True, "verified_primary_email": []}, True),
    ],
)
async def test_microsoft_addresses(claims: dict[str, Any], *, verified: bool) -> None:
    """The claim decides where there is one, else the two lists."""
    person = await claimed("microsoft", claims, disable_profile_photo=True)

    assert person.email_verified is verified


@pytest.mark.case("SC-OAUTH-23")
async def test_microsoft_people_are_known_by_oid() -> None:
    """Neither by ``sub``, which differs between apps, nor by any name."""
    assert await claimed("microsoft", {"oid": None}, disable_profile_photo=True) is None
