"""LINE: id tokens that it checks itself, and who they are about."""

import pytest

from fastapi_betterauth.social.id_tokens import GivenIdToken
from tests.builders.recording import Recording, refusal
from tests.builders.vouching import asked_with, built_in

pytestmark = pytest.mark.rule("oauth-social §9")

VERIFY = "POST https://api.line.me/oauth2/v2.1/verify"


async def test_line_asks_where_there_is_no_id_token() -> None:
    """The address is not verified, whatever is said."""
    url = "GET https://api.line.me/oauth2/v2.1/userinfo"

    person = await asked_with("line", {url: {"sub": "U1", "name": "Taro", "email_verified": True}})

    assert person is not None
    assert (person.subject, person.email_verified) == ("U1", False)


@pytest.mark.parametrize(
    ("nonce", "answer", "good"),
    [
        (None, {"aud": "client-1", "sub": "U1"}, True),
        ("n", {"aud": "client-1", "sub": "U1", "nonce": "n"}, True),
        ("n", {"aud": "client-1", "sub": "U1", "nonce": "other"}, False),
        ("n", {"aud": "client-1", "sub": "U1"}, False),
        (None, {"aud": "client-1", "sub": "U1", "nonce": "n"}, False),
        (None, {"aud": "other", "sub": "U1"}, False),
        (None, {"sub": "U1"}, False),
        (None, ["aud"], False),
        (None, refusal(400), False),
    ],
)
async def test_id_token_is_checked_by_line(nonce: str | None, answer: object, *, good: bool) -> None:
    """It must be for us, and bound to the very nonce, or to none."""
    world = Recording({VERIFY: answer})

    assert await built_in("line").verify(GivenIdToken(token="token-1", nonce=nonce), world.call()) is good
    assert world.sent() == {"id_token": "token-1", "client_id": "client-1", **({"nonce": nonce} if nonce else {})}


def test_id_tokens_can_be_refused_altogether() -> None:
    """By the option."""
    assert built_in("line").accepts_id_tokens
    assert not built_in("line", disable_id_token_sign_in=True).accepts_id_tokens
