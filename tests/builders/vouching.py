"""Providers with what was recorded of them: options, tokens, answers, and the person that comes of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi_betterauth import social
from fastapi_betterauth.social.identity import Person
from fastapi_betterauth.social.provider import Provider, Vouched
from fastapi_betterauth.social.token_endpoint import CodeGrant
from fastapi_betterauth.social.tokens import Tokens
from tests.builders.recording import Recording, unsigned_id_token

CLIENT: dict[str, Any] = {"client_id": "client-1", "client_secret": "secret-1"}
GRANT = CodeGrant(code="code-1", redirect_uri="https://app.test/back", code_verifier="v" * 128)
CLASSES: dict[str, type[Provider[Any]]] = {kind.id: kind for kind in (getattr(social, name) for name in social.__all__)}
"""The built-in providers, by id."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was recorded of a provider."""

    token: dict[str, Any]
    """The answer of the token endpoint."""
    answers: dict[str, Any]
    """Further answers, by method and URL."""
    person: dict[str, Any]
    """Who comes of it."""
    id_token: dict[str, Any] = field(default_factory=dict)
    """Claims of the id token that comes with the tokens."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options that the provider cannot do without."""

    @classmethod
    def read(cls, file: Path) -> "Recorded":
        """Read a file."""
        return cls(**json.loads(file.read_text()))

    @property
    def token_answer(self) -> dict[str, Any]:
        """The answer of the token endpoint, id token included."""
        return {**self.token, **({"id_token": unsigned_id_token(**self.id_token)} if self.id_token else {})}


BUILT_IN = {
    file.stem: Recorded.read(file)
    for file in sorted((Path(__file__).parent.parent / "social" / "providers" / "recorded").glob("*.json"))
}
"""What was recorded of the built-in providers, by id."""


def built_in(name: str, **options: Any) -> Provider[Any]:
    """Build a provider with what it needs."""
    return CLASSES[name](**{**CLIENT, **BUILT_IN[name].options, **options})


async def arrival(
    provider: Provider[Any], recorded: Recorded, answers: Mapping[str, object] | None = None, **token: object
) -> tuple[Tokens, Person | None, Recording]:
    """Trade a code and ask who it was for.

    Args: answers: instead of recorded ones, by method and URL. token: fields of the token answer that differ.
    Returns: tokens, person, and what was asked on the way.
    """
    world = Recording({**recorded.answers, **(answers or {})})
    await provider.ready(world.call())
    world.answers[f"POST {provider.endpoints().token}"] = {**recorded.token_answer, **token}
    tokens = await provider.exchange(GRANT, world.call())
    return tokens, await provider.person(Vouched(tokens=tokens), world.call()), world


async def person_of(provider: Provider[Any], world: Recording, **tokens: Any) -> Person | None:
    """Ask who tokens belong to."""
    vouched = Vouched(tokens=Tokens(**{"access_token": "access-1", **tokens}))
    return await provider.person(vouched, world.call())


def profile_of(name: str) -> tuple[str, dict[str, Any]]:
    """The first answer recorded of a provider, and the request it answers."""
    url, answer = next(iter(BUILT_IN[name].answers.items()))
    return url, answer


async def asked_with(name: str, answers: dict[str, Any], /, **options: Any) -> Person | None:
    """Who comes of answers, by a provider with options."""
    return await person_of(built_in(name, **options), Recording(answers))


async def claimed(name: str, claims: dict[str, Any], answers: dict[str, Any] | None = None, /, **options: Any) -> Any:
    """Who comes of an id token."""
    token = unsigned_id_token(**{**BUILT_IN[name].id_token, **claims})
    return await person_of(built_in(name, **options), Recording(answers), id_token=token)
