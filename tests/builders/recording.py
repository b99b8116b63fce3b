"""Other servers, answering from what was recorded of them."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from fastapi_betterauth.outbound.client import Outbound
from fastapi_betterauth.outbound.options import OutboundOptions
from fastapi_betterauth.social.key_sets import KeySets
from fastapi_betterauth.social.provider import ProviderCall
from tests.builders.clock import MovableClock


class Recording(Outbound):
    """Answers requests from a table, and keeps them.

    Args: answers: by method and URL, such as ``GET https://idp.test/me``: JSON, bytes, or a response as it is.
    """

    def __init__(self, answers: Mapping[str, object] | None = None) -> None:
        super().__init__(OutboundOptions())
        self.answers = dict(answers or {})
        self.requests: list[httpx2.Request] = []

    def _transport(self) -> Any:
        return httpx2.MockTransport(self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        asked = f"{request.method} {request.url}"
        if asked not in self.answers:
            # No failure of a request may hide this.
            raise AssertionError(f"nothing is recorded for {asked}")
        answer = self.answers[asked]
        if isinstance(answer, httpx2.Response):
            return answer
        return httpx2.Response(200, content=answer if isinstance(answer, bytes) else json.dumps(answer))

    @property
    def asked(self) -> list[str]:
        """What was asked for, by method and URL, in order."""
        return [f"{request.method} {request.url}" for request in self.requests]

    def sent(self, number: int = -1) -> dict[str, str]:
        """The form of a request."""
        return dict(parse_qsl(self.requests[number].content.decode(), keep_blank_values=True))

    def call(self) -> ProviderCall:
        """What a provider needs to be asked something, with this for the rest of the world."""
        clock = MovableClock()
        return ProviderCall(http=self, clock=clock, keys=KeySets(clock))


def refusal(status: int = 403) -> httpx2.Response:
    """An answer that helps nobody."""
    return httpx2.Response(status, json={"error": "denied"})


def unsigned_id_token(**claims: object) -> str:
    """An id token as a token endpoint hands it out; nobody looks at this one's signature."""
    parts = ({"alg": "RS256", "kid": "one"}, claims)
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.c2lnbmVk"
