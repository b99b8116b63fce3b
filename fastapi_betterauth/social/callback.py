"""What comes back from a provider: whose flow it ends, and whom it brings (OAuth sheet §4)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from fastapi_betterauth.errors import APIError, RedirectTo
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.redirects import add_query

from .arrivals import Arrival
from .errors import CallbackError
from .identity import Person
from .registry import Providers
from .schemas import GivenUser
from .start import begin_flow, redirect_uri
from .state import Flows, FlowState, StateRefused
from .tokens import Tokens

if TYPE_CHECKING:
    from .provider import Provider

logger = logging.getLogger("fastapi_betterauth")


@dataclass(frozen=True, slots=True)
class Landed:
    """A flow that has come to its end, and whom it brought."""

    flow: FlowState
    arrival: Arrival


class Callback:
    """One callback of one provider."""

    def __init__(self, context: RequestContext, provider_id: str, said: Mapping[str, str]) -> None:
        self._context = context
        self._provider_id = provider_id
        self._said = said
        self._providers = context.auth.options[Providers]

    async def land(self) -> Landed:
        """Check what came back, in the order of the sheet, and find out who it is about.

        Raises: RedirectTo: to a page for errors, or back to the provider.
        """
        state = self._said.get("state")
        if "state" not in self._said and "code" in self._said:
            await self._bounce()
        if not state:
            self.fail(CallbackError.STATE_NOT_FOUND)
        try:
            flow = await Flows(self._context).take(state)
        except StateRefused as refused:
            self.fail(refused.error, at=refused.error_url)
        if error := self._said.get("error"):
            self.fail(error, self._said.get("error_description"), at=flow.error_url)
        if not self._said.get("code"):
            self.fail(CallbackError.NO_CODE, at=flow.error_url)
        provider = await self._provider(flow)
        tokens = await self._tokens(provider, flow)
        person = await self._person(provider, tokens, flow)
        arrival = Arrival(
            provider=provider,
            person=person,
            tokens=tokens,
            callback_url=flow.callback_url,
            request_sign_up=flow.request_sign_up is True,
        )
        return Landed(flow, arrival)

    def fail(self, error: str, description: str | None = None, *, at: str | None = None) -> NoReturn:
        """Send the browser to a page that says what is wrong. Args: at: the flow's own page, if it is known.

        Raises: RedirectTo.
        """
        page = at or self._context.auth.errors.error_url or f"{self._context.base.url}/error"
        # Quoted: the provider's words may hold line breaks (SC-LOG-05).
        logger.info("a callback of %r ended with %r", self._provider_id, str(error))
        told = {"error": error, "error_description": description}
        raise RedirectTo(add_query(page, {name: text for name, text in told.items() if text}))

    async def _bounce(self) -> None:
        """Begin a flow of our own for somebody sent unasked; the code they bring is not used (SC-OAUTH-35)."""
        provider = await self._providers.find(self._provider_id)
        if provider is not None and provider.allows_unsolicited:
            raise RedirectTo(await begin_flow(self._context, provider, None))

    async def _provider(self, flow: FlowState) -> Provider[Any]:
        provider = await self._providers.find(self._provider_id)
        if provider is None:
            self.fail(CallbackError.PROVIDER_NOT_FOUND, at=flow.error_url)
        if flow.provider_id not in (None, provider.id):
            # The code of one provider must not be shown to another one (SC-OAUTH-05).
            self.fail(CallbackError.STATE_MISMATCH, at=flow.error_url)
        issuer, named = provider.callback_issuer, self._said.get("iss")
        if named is None and provider.names_issuer:
            self.fail(CallbackError.ISSUER_MISSING, at=flow.error_url)
        if named is not None and issuer not in (None, named):
            self.fail(CallbackError.ISSUER_MISMATCH, at=flow.error_url)
        if provider.requires_nonce and not flow.id_token_nonce:
            self.fail(CallbackError.NONCE_BINDING_MISSING, at=flow.error_url)
        return provider

    async def _tokens(self, provider: Provider[Any], flow: FlowState) -> Tokens:
        from .token_endpoint import CodeGrant  # noqa: PLC0415

        grant = CodeGrant(
            code=self._said["code"],
            redirect_uri=redirect_uri(self._context, provider),
            code_verifier=flow.code_verifier if provider.uses_verifier else None,
            device_id=self._said.get("device_id"),
        )
        try:
            return await provider.exchange(grant, self._providers.call(provider))
        except (OutboundError, APIError) as error:
            logger.warning("the code of %s was not accepted: %s", provider.id, error)
            self.fail(CallbackError.INVALID_CODE, at=flow.error_url)

    async def _person(self, provider: Provider[Any], tokens: Tokens, flow: FlowState) -> Person:
        from .provider import Vouched  # noqa: PLC0415

        vouched = Vouched(tokens=tokens, nonce=flow.id_token_nonce, given_name=_given_name(self._said.get("user")))
        try:
            person = await provider.person(vouched, self._providers.call(provider))
        except OutboundError as error:
            logger.warning("%s did not say who it is: %s", provider.id, error)
            person = None
        if person is None:
            self.fail(CallbackError.UNABLE_TO_GET_USER_INFO, at=flow.error_url)
        return person


def _given_name(user: str | None) -> str | None:
    """Returns: the name that Apple posts the first time; whatever cannot be read is no name."""
    try:
        return GivenUser.model_validate(json.loads(user)).full_name if user else None
    except (ValueError, RecursionError):
        return None
