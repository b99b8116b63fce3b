"""Beginning a flow: where to send the browser (OAuth sheet §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi_betterauth.crypto.random import URL_SAFE, random_string
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.sessions.models import CurrentSession

from .authorization import AuthorizationRequest
from .schemas import LinkSocial, SignInSocial
from .state import Flows

if TYPE_CHECKING:
    from .provider import Provider


async def begin_flow(
    context: RequestContext,
    provider: Provider[Any],
    form: LinkSocial | None,
    *,
    link: CurrentSession | None = None,
) -> str:
    """Remember a flow and bind it to the browser.

    Args: form: what the client asked for; None: the provider sent somebody by itself. link: whose account it will be.
    Returns: the URL of the provider's page.
    """
    nonce = random_string(32, URL_SAFE) if provider.requires_nonce else None
    values = _values(context, provider, form, link, nonce)
    flow = await Flows(context).begin(values, form.additional_data if form else None)
    request = AuthorizationRequest(
        state=str(flow.oauth_state),
        redirect_uri=redirect_uri(context, provider),
        code_verifier=flow.code_verifier,
        nonce=nonce,
        scopes=tuple(form.scopes or ()) if form else (),
        login_hint=form.login_hint if form else None,
        params=(form.additional_params or {}) if form else {},
    )
    return provider.authorization_request(request)


def redirect_uri(context: RequestContext, provider: Provider[Any]) -> str:
    """Returns: where the provider sends people back to; from the configured base URL only (SC-OAUTH-12)."""
    return provider.redirect_uri or f"{context.base.url}/callback/{provider.id}"


def _values(
    context: RequestContext,
    provider: Provider[Any],
    form: LinkSocial | None,
    link: CurrentSession | None,
    nonce: str | None,
) -> dict[str, Any]:
    values = {
        "callbackURL": (form.callback_url if form else None) or context.base.origin,
        "errorURL": form.error_callback_url if form else None,
        "newUserURL": form.new_user_callback_url if isinstance(form, SignInSocial) else None,
        "requestSignUp": form.request_sign_up if form else None,
        "link": {"userId": link.user.id, "email": link.user.email} if link else None,
        "serverContext": context.flow_context or None,
        "idTokenNonce": nonce,
        "providerId": provider.id,
    }
    return {name: value for name, value in values.items() if value is not None}
