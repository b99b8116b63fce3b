"""Links that are out, and what comes of them (magic-link sheet §3, §4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import unquote, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from fastapi_betterauth.crypto.keeping import Keeper
from fastapi_betterauth.errors import RedirectTo
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.provenance import check_target
from fastapi_betterauth.pipeline.redirects import add_query, resolve

from .options import MagicLinkOptions
from .schemas import MagicLinkQuery, SignInMagicLink


class Invitation(BaseModel):
    """What is kept under a token: who is meant."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: str
    name: str | None = None

    def stored(self) -> str:
        """Returns: the JSON to keep; without a name there is no key."""
        return json.dumps(self.model_dump(exclude_none=True), separators=(",", ":"), ensure_ascii=False)


class Links:
    """Makes links, and takes them back once."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._options = context.auth.options[MagicLinkOptions]
        self._keeper = Keeper(self._options.store_token, context.auth.keys)

    async def issue(self, form: SignInMagicLink) -> str:
        """Make a token for an address; nobody is looked up.

        Raises: ValueError: the host's own generator made a bad token, or one that is out already (SC-MAGIC-12).
        """
        token = await self._options.token_for(form.email)
        kept, verifications = self._keeper.keep(token), self._context.verifications
        if await verifications.find(kept) is not None:
            raise ValueError("MagicLink(generate_token) made a token that is out already")
        invitation = Invitation(email=form.email, name=form.name).stored()
        await verifications.create(kept, invitation, self._context.auth.clock() + self._options.lifetime)
        return token

    def url(self, token: str, form: SignInMagicLink) -> str:
        """Returns: the link that carries a token, and where it leads."""
        query = {"token": token, "callbackURL": form.callback_url or "/"}
        if form.new_user_callback_url:
            query["newUserCallbackURL"] = form.new_user_callback_url
        if form.error_callback_url:
            query["errorCallbackURL"] = form.error_callback_url
        return f"{self._context.base.url}/magic-link/verify?{urlencode(query)}"

    async def take(self, token: str) -> Invitation | None:
        """Use a token up, so that nobody else can; a key to something else of ours is left alone."""
        kept = self._keeper.keep(token)
        found = await self._context.verifications.find(kept)
        if found is None or _read(found.value) is None:
            return None
        taken = await self._context.verifications.consume(kept)
        return None if taken is None else _read(taken.value)

    async def burn(self, token: str) -> None:
        """See to it that a token stays used up although the request fails."""
        await self._context.unit.rollback()
        await self._context.verifications.burn(self._keeper.keep(token))


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a link leads, as absolute URLs."""

    done: str
    new_user: str
    error: str

    @classmethod
    def of(cls, query: MagicLinkQuery, context: RequestContext) -> Targets:
        """Read and check the pages a link names; what mail programs encoded once more is decoded (sheet §4.3).

        Raises: APIError: 403 INVALID_CALLBACK_URL.
        """
        done = _page(query.callback_url or "/", context)
        new_user = _page(query.new_user_callback_url, context) if query.new_user_callback_url else done
        error = _page(query.error_callback_url, context) if query.error_callback_url else done
        return cls(done, new_user, error)

    def refuse(self, error: str, description: str | None = None) -> RedirectTo:
        """Returns: the way to the error page."""
        said = {"error": error} | ({"error_description": description} if description else {})
        return RedirectTo(add_query(self.error, said))


def _page(given: str, context: RequestContext) -> str:
    url = unquote(given)
    check_target(context, "callbackURL", url)
    absolute = resolve(url, context.base.origin)
    return absolute if urlsplit(absolute).path or not absolute.startswith("http") else f"{absolute}/"


def _read(value: str) -> Invitation | None:
    try:
        return Invitation.model_validate_json(value)
    except ValidationError:
        return None
