"""Providers that cannot work are refused where they are made, by the option's name (OAuth sheet §1)."""

from typing import Any, ClassVar

import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.social import Cognito, GitHub, Google, Microsoft, TikTok
from fastapi_betterauth.social.provider import Provider


class Nameless(Provider[Any]):
    """Never says who somebody is."""

    id: ClassVar[str] = "nameless"
    label: ClassVar[str] = "Nameless"


@pytest.mark.parametrize(
    ("kind", "options", "named"),
    [
        (GitHub, {"client_id": "", "client_secret": "s"}, r"GitHub\(client_id\)"),
        (GitHub, {"client_id": [], "client_secret": "s"}, r"GitHub\(client_id\)"),
        (Google, {"client_id": "c", "client_secret": ""}, r"Google\(client_secret\)"),
        (TikTok, {"client_key": "", "client_secret": "s"}, r"TikTok\(client_key\)"),
        (TikTok, {"client_key": "k", "client_secret": ""}, r"TikTok\(client_secret\)"),
        (
            Cognito,
            {"client_id": "c", "domain": "", "region": "eu-west-1", "user_pool_id": "p"},
            r"Cognito\(domain\)",
        ),
        (
            Microsoft,
            {"client_id": "c", "client_secret": "s", "client_assertion": lambda: "a"},
            r"Microsoft\(client_assertion\)",
        ),
        (Nameless, {"client_id": "c", "client_secret": "s"}, "identify"),
    ],
)
def test_a_provider_that_cannot_work_is_refused(kind: type[Provider[Any]], options: dict[str, Any], named: str) -> None:
    """The error names the class and the option, or the method, that is missing."""
    with pytest.raises(ConfigurationError, match=named):
        kind(**options)
