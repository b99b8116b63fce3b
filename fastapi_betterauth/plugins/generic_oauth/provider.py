"""A provider made of options (generic-oauth sheet §1, §3 to §6)."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

from fastapi_betterauth.errors import APIError, ConfigurationError
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.authorization import RESERVED, AuthorizationRequest
from fastapi_betterauth.social.id_tokens import GivenIdToken, IdTokenRules, decode_id_token
from fastapi_betterauth.social.identity import Identity, Person
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched
from fastapi_betterauth.social.token_endpoint import ClientAuth, CodeGrant, TokenEndpoint
from fastapi_betterauth.social.tokens import Tokens

from .discovery import Discovered, Discovery, usable_algorithms
from .errors import INVALID_OAUTH_CONFIGURATION, TOKEN_URL_NOT_FOUND
from .options import AccountSubject, ClientAssertion, GenericTokens, Profile, TokenEndpointAuth

logger = logging.getLogger("fastapi_betterauth")

_WITHOUT_SECRET = ("private_key_jwt", "none")
_NOTHING = Discovered()


@dataclass(frozen=True, kw_only=True)
class OAuthServer(Provider[Profile]):
    """An OAuth 2.0 or OpenID Connect server.

    Raises: ConfigurationError: endpoints are missing, or secret and method of authentication contradict each other.
    """

    provider_id: str
    """Its name in URLs and tables."""
    name: str | None = None
    """Its name on buttons; by default the id."""
    discovery_url: str | None = None
    """Of its discovery document; what you set yourself wins over it."""
    discovery_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    issuer: str | None = None
    """What the document must call itself, where that differs from its URL."""
    authorization_url: str | None = None
    token_url: str | None = None
    user_info_url: str | None = None
    end_session_endpoint: str | None = None
    require_id_token_verification: bool = False
    """Do without the provider rather than with id tokens that cannot be verified."""
    disable_id_token_nonce_binding: bool = False
    """Send no nonce, and ask for none in id tokens."""
    account_subject: AccountSubject | None = None
    """Names the id of a person; by default ``sub`` of OpenID Connect, else ``id``."""
    scopes: Sequence[str] = ()
    response_type: str = "code"
    response_mode: Literal["query", "form_post"] | None = None
    access_type: str | None = None
    pkce: bool = True
    authentication: Literal["post", "basic"] = "post"
    """How the secret is sent."""
    token_endpoint_auth: TokenEndpointAuth | None = None
    """Any other way of authentication; wins over ``authentication``."""
    authorization_url_params: Mapping[str, str] = field(default_factory=dict)
    """Further parameters of the authorization request."""
    authorization_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further headers of the token request."""
    token_url_params: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further fields of the token request."""
    refresh_token_params: Mapping[str, str] | Callable[[], Mapping[str, str] | Awaitable[Mapping[str, str]]] = field(
        default_factory=dict, repr=False
    )
    """Further fields of the refresh request, or a function that makes them."""
    access_token_expires_in: float | None = None
    """Seconds that access tokens live, where the server does not say."""
    get_token: GenericTokens | None = None
    """Trades a code instead of the token endpoint."""
    override_user_info: bool = False
    """Take name, image and address over at each sign-in."""
    allow_idp_initiated: bool = False
    """Begin a flow for people whom the server sends unasked."""
    post_logout_redirect_uri: str | None = None
    """Where the server sends people after a sign-out there."""
    disable_provider_logout: bool = False
    """Sign out here alone."""

    def __post_init__(self) -> None:
        # What other providers declare on their class is an option here.
        own = {
            "id": self.provider_id,
            "label": self.name or self.provider_id,
            "uses_pkce": self.pkce,
            "override_user_info_on_sign_in": self.override_user_info or self.override_user_info_on_sign_in,
            "forwards_login_hint": True,
            "forwards_prompt": True,
            "_discovery": self._planned_discovery(),
        }
        for name, value in own.items():
            object.__setattr__(self, name, value)
        super().__post_init__()
        self._check_authentication()
        if self.discovery_url is None and not (self.authorization_url and (self.token_url or self.get_token)):
            raise self._wrong("discovery_url", "neither it nor authorization_url and token_url are set.", "Set one.")
        if self.discovery_url is None and self.require_id_token_verification:
            raise self._wrong("require_id_token_verification", "there is no discovery_url.", "Set one.")

    # What it is

    @property
    def _known(self) -> Discovered:
        discovery: Discovery | None = getattr(self, "_discovery")  # noqa: B009 - set by hand on a frozen object
        return (discovery.found if discovery is not None else None) or _NOTHING

    @property
    def _is_oidc(self) -> bool:
        return bool(self._known.algorithms)

    @property
    def callback_issuer(self) -> str | None:
        """What it names itself in callbacks."""
        return self._known.issuer

    @property
    def names_issuer(self) -> bool:
        """Whether it names itself in every callback."""
        return self._known.names_issuer and self._known.issuer is not None

    @property
    def requires_nonce(self) -> bool:
        """Whether its id tokens are bound to the flow: wherever they can be verified."""
        return self._known.signs and not self.disable_id_token_nonce_binding

    @property
    def allows_unsolicited(self) -> bool:
        """Whether a callback nobody asked for starts a flow."""
        return self.allow_idp_initiated

    @property
    def own_urls(self) -> tuple[str, ...]:
        """URLs the host itself named."""
        named = (self.discovery_url, self.issuer, self.token_url, self.user_info_url)
        return tuple(url for url in named if url)

    async def ready(self, call: ProviderCall) -> bool:
        """Returns: whether it is known where it is, and its id tokens can be verified if the host wants that."""
        discovery: Discovery | None = getattr(self, "_discovery")  # noqa: B009 - set by hand on a frozen object
        if discovery is not None:
            await discovery.look(call)
        known, endpoints = self._known, self._places()
        if self.require_id_token_verification and not known.signs:
            return False
        return bool(endpoints.authorization and (endpoints.token or self.get_token))

    def endpoints(self) -> Endpoints:
        """Returns: where it is reached. Raises: APIError: 400 INVALID_OAUTH_CONFIGURATION."""
        places = self._places()
        if not places.authorization:
            raise APIError(400, INVALID_OAUTH_CONFIGURATION)
        return places

    def _places(self) -> Endpoints:
        known = self._known
        return Endpoints(
            authorization=self.authorization_url or known.authorization or "",
            token=self.token_url or known.token or "",
            user_info=self.user_info_url or known.user_info,
        )

    # Sending people there

    def scopes_for(self, asked: Sequence[str] = ()) -> list[str]:
        """Returns: the scopes of the call, then those of the options; OpenID Connect cannot do without ``openid``."""
        scopes = [*asked, *self.scopes, *self.scope]
        return ["openid", *scopes] if self._is_oidc and "openid" not in scopes else scopes

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002 - as the base
        """Returns: the parameters that the options name."""
        named = {name: value for name, value in self.authorization_url_params.items() if name not in RESERVED}
        return {
            "response_type": self.response_type,
            "response_mode": self.response_mode,
            "access_type": self.access_type,
            **named,
        }

    # Tokens

    def token_endpoint(self) -> TokenEndpoint:
        """Returns: how tokens are asked for. Raises: APIError: 400 TOKEN_URL_NOT_FOUND."""
        url = self._places().token
        if not url:
            raise APIError(400, TOKEN_URL_NOT_FOUND)
        client = replace(self.credentials(self._method), assertion=self._assertion(url))
        return TokenEndpoint(url=url, client=client, headers=self.authorization_headers)

    @property
    def _method(self) -> ClientAuth:
        if self.token_endpoint_auth is not None:
            return self.token_endpoint_auth.method
        return "client_secret_basic" if self.authentication == "basic" else "client_secret_post"

    def _assertion(self, url: str) -> Callable[[str], Awaitable[str]] | None:
        auth = self.token_endpoint_auth
        make = auth.get_client_assertion if auth is not None and auth.method == "private_key_jwt" else None
        if make is None:
            return None
        client_id = self.client_ids[0]
        return lambda grant: make(ClientAssertion(client_id=client_id, token_endpoint=url, grant_type=grant))

    async def exchange(self, grant: CodeGrant, call: ProviderCall) -> Tokens:
        """Trade a code. Raises: OutboundError; APIError: 400 TOKEN_URL_NOT_FOUND."""
        if self.get_token is not None:
            return self._with_end(await self.get_token(grant), call)
        answer = await self.token_endpoint().redeem(call.http, grant, self.token_url_params)
        return self._with_end(Tokens.of(answer, call.now), call)

    async def refresh(self, refresh_token: str, call: ProviderCall) -> Tokens:
        """Trade a refresh token. Raises: OutboundError; APIError: 400 TOKEN_URL_NOT_FOUND."""
        if self.refresh_access_token is not None:
            return self._with_end(await self.refresh_access_token(refresh_token), call)
        params = self.refresh_token_params
        made = params() if callable(params) else params
        further = await made if inspect.isawaitable(made) else made
        endpoint = replace(self.token_endpoint(), headers={})
        answer = await endpoint.refresh(call.http, refresh_token, further)
        return self._with_end(Tokens.of(answer, call.now), call)

    def _with_end(self, tokens: Tokens, call: ProviderCall) -> Tokens:
        if tokens.access_token_expires_at is not None or self.access_token_expires_in is None:
            return tokens
        return replace(tokens, access_token_expires_at=call.now + timedelta(seconds=self.access_token_expires_in))

    # Who somebody is

    async def person(self, vouched: Vouched, call: ProviderCall) -> Person | None:
        """Find out who tokens belong to; an id token that can be verified must be good."""
        token = vouched.tokens.id_token
        if token is not None and self._known.signs:
            nonce = vouched.nonce if self.requires_nonce else None
            given = GivenIdToken(token=token, nonce=nonce, access_token=vouched.tokens.access_token)
            if await self.verified_claims(given, call) is None:
                logger.error("an id token of %s is not good", self.id)
                return None
        return await super().person(vouched, call)

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: the claims of the id token if they tell the address, else what the user info endpoint answers."""
        claims = decode_id_token(vouched.tokens.id_token)
        if claims is not None and claims.get("sub") and claims.get("email"):
            also = {
                "id": claims["sub"],
                "emailVerified": claims.get("email_verified"),
                "image": claims.get("picture"),
            }
            return {**{name: value for name, value in also.items() if value is not None}, **claims}
        url, token = self._places().user_info, vouched.tokens.access_token
        if url is None or token is None:
            return None
        answer = await call.http.get(url, bearer=token)
        if not isinstance(answer, dict):
            raise OutboundError("the user info endpoint answered no object")
        if claims is not None and "sub" in answer and claims.get("sub") != answer["sub"]:
            logger.error("the user info of %s is about somebody else than the id token", self.id)
            return None
        return {**answer, "emailVerified": answer.get("email_verified", False), "image": answer.get("picture")}

    async def identity(self, profile: Profile, vouched: Vouched) -> Identity:
        """Returns: who the profile is about, under the id that the options name."""
        identity = self.identify(profile)
        if self.account_subject is None:
            return identity
        named = self.account_subject(vouched.tokens, profile)
        return replace(identity, subject=await named if inspect.isawaitable(named) else named)

    def identify(self, profile: Profile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub") if self._is_oidc else profile.get("id"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("emailVerified"),
            image=profile.get("image"),
        )

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how id tokens are verified, where the server publishes keys."""
        known = self._known
        if known.issuer is None or known.key_set is None:
            return None
        return IdTokenRules(
            key_set=known.key_set,
            issuers=(known.issuer,),
            audiences=self.client_ids,
            algorithms=usable_algorithms(known),
        )

    # Signing out there, too

    async def end_session_url(self, id_token: str | None, return_to: str | None, state: str | None) -> str | None:
        """Returns: where the browser goes to sign out there (OpenID Connect RP-Initiated Logout §2)."""
        endpoint = self.end_session_endpoint or self._known.end_session
        if self.disable_provider_logout or endpoint is None:
            return None
        target = return_to or self.post_logout_redirect_uri
        params: dict[str, str | None] = {"id_token_hint": id_token, "post_logout_redirect_uri": target}
        if target is not None:
            params |= {"client_id": self.client_ids[0], "state": state}
        elif id_token is None:
            params["client_id"] = self.client_ids[0]
        query = urlencode({name: value for name, value in params.items() if value is not None})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    # Checks

    def _planned_discovery(self) -> Discovery | None:
        if self.discovery_url is None:
            return None
        return Discovery(self.discovery_url, self.discovery_headers, self.issuer)

    def _check_authentication(self) -> None:
        auth = self.token_endpoint_auth
        if auth is not None and auth.method in _WITHOUT_SECRET and self.client_secret:
            raise self._wrong("token_endpoint_auth", f"{auth.method} goes without client_secret.", "Leave one out.")
        if auth is not None and auth.method not in _WITHOUT_SECRET and not self.client_secret:
            raise self._wrong("token_endpoint_auth", f"{auth.method} needs a client_secret.", "Set it.")
        if auth is not None and auth.method == "private_key_jwt" and auth.get_client_assertion is None:
            raise self._wrong("token_endpoint_auth", "there is no get_client_assertion.", "Set it.")
        if auth is None and self.authentication == "basic" and not self.client_secret:
            raise self._wrong("authentication", "basic needs a client_secret.", "Set it.")

    def _wrong(self, option: str, problem: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(f"OAuthServer({option}) of {self.provider_id!r}", problem, remedy)
