"""GitHub: which of several addresses, and whether it is verified."""

import pytest

from fastapi_betterauth.social.tokens import merged_scopes
from tests.builders.recording import refusal
from tests.builders.vouching import BUILT_IN, arrival, asked_with, built_in

pytestmark = pytest.mark.rule("oauth-social §9")

MEMBER = "GET https://api.github.com/user"
EMAILS = [
    {"email": "first@example.com", "verified": True},
    {"email": "main@example.com", "primary": True, "verified": False},
    {"email": "shown@example.com", "verified": True},
]


@pytest.mark.parametrize(
    ("shown", "emails", "expected"),
    [
        ("shown@example.com", EMAILS, ("shown@example.com", True)),
        ("gone@example.com", EMAILS, ("gone@example.com", False)),
        (None, EMAILS, ("main@example.com", False)),
        (None, EMAILS[:1], ("first@example.com", True)),
        (None, [], (None, False)),
        ("shown@example.com", refusal(), ("shown@example.com", False)),
        (None, refusal(), (None, False)),
        (None, {"message": "no"}, (None, False)),
    ],
)
async def test_github_addresses(shown: str | None, emails: object, expected: tuple[str | None, bool]) -> None:
    """The one on the profile, else the primary, else the first; verified is what the list says of that one."""
    profile = {**BUILT_IN["github"].answers[MEMBER], "email": shown}

    person = await asked_with("github", {MEMBER: profile, f"{MEMBER}/emails": emails})

    assert person is not None
    assert (person.email, person.email_verified) == expected


async def test_github_scopes_are_parted_by_commas() -> None:
    """Linking again adds none that is there already."""
    tokens, _, _ = await arrival(built_in("github"), BUILT_IN["github"])

    assert merged_scopes("read:user,user:email", tokens.scopes) == "read:user,user:email"
    assert merged_scopes("repo", tokens.scopes) == "repo,read:user,user:email"
