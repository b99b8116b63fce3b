"""What a provider is: a few declarations, and methods where it differs from the rest (OAuth sheet §1, §9)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.outbound.client import Outbound

from .authorization import RESERVED, AuthorizationRequest, authorization_url
from .id_tokens import Claims, GivenIdToken, IdTokenRules, decode_id_token, verify_id_token
from .identity import Identity, JsonObject, Person, person_of
from .key_sets import KeySets
from .token_endpoint import ClientAuth, ClientCredentials, CodeGrant, TokenEndpoint
from .tokens import Tokens

P = TypeVar("P", bound=Mapping[str, Any])

MappedUser = Mapping[str, object]
"""Fields of the user by name, such as ``{"name": …, "locale": …}``."""

ProfileSource = Literal["user_info", "id_token", "id_token_or_user_info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a provider is reached."""

    authorization: str
    token: str
    user_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCall:
    """What a provider needs to be asked something."""

    http: Outbound
    clock: Clock
    keys: KeySets

    @property
    def now(self) -> datetime:
        """The time."""
        return self.clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Tokens of somebody, and what else came with them."""

    tokens: Tokens
    nonce: str | None = None
    """What an id token must be bound to."""
    given_name: str | None = None
    """The name that Apple's page sent along, once."""


@dataclass(frozen=True, kw_only=True)
class Provider(Generic[P]):
    """An identity provider. The fields are options of every provider; a class adds its own.

    Raises: ConfigurationError: the client id is missing.
    """

    client_id: str | Sequence[str]
    """From the provider's console. Of several the first one is used; id tokens for any of them are accepted."""
    client_secret: str | None = field(default=None, repr=False)
    """From the provider's console; without one we are a public client."""
    scope: Sequence[str] = ()
    """Asked for besides the default ones."""
    disable_default_scope: bool = False
    """Ask only for what ``scope`` says."""
    redirect_uri: str | None = None
    """Where the provider sends people back to; by default ``<base URL>/callback/<id>``."""
    authorization_endpoint: str | None = None
    """Another page to send people to, such as one of a sandbox."""
    prompt: str | None = None
    """What the provider asks people, such as ``select_account``; not every provider knows it."""
    disable_id_token_sign_in: bool = False
    """Accept no id tokens that apps bring along."""
    verify_id_token: Callable[[str, str | None], Awaitable[bool]] | None = None
    """Checks an id token and its nonce instead of the provider's own rules."""
    get_user_info: Callable[[Tokens], Awaitable[P | None]] | None = None
    """Fetches the profile instead of the provider's own way."""
    refresh_access_token: Callable[[str], Awaitable[Tokens]] | None = None
    """Trades a refresh token instead of the provider's own way."""
    map_profile_to_user: Callable[[P], MappedUser | Awaitable[MappedUser]] | None = None
    """Fills fields of the user from the profile: name, email, email_verified, image and your own; never the subject."""
    disable_sign_up: bool = False
    """Nobody gets an account this way."""
    disable_implicit_sign_up: bool = False
    """Only who asks for it (``requestSignUp``) gets an account."""
    override_user_info_on_sign_in: bool = False
    """Take name, image and address over at each sign-in."""
    require_email_verification: bool = False
    """Begin no session before the address is verified."""
    enabled: bool = True
    """False takes the provider away."""

    id: ClassVar[str]
    """Its name in URLs and tables."""
    label: ClassVar[str]
    """Its name on buttons."""
    urls: ClassVar[Endpoints]
    default_scopes: ClassVar[tuple[str, ...]] = ()
    scope_separator: ClassVar[str] = " "
    call_scopes_first: ClassVar[bool] = False
    """Scopes of a call go before those of the options."""
    uses_pkce: ClassVar[bool] = True
    sends_verifier: ClassVar[bool] = False
    """Redeems codes with a verifier even without PKCE."""
    token_auth: ClassVar[ClientAuth] = "client_secret_post"
    """How a secret is sent."""
    needs_secret: ClassVar[bool] = False
    forwards_login_hint: ClassVar[bool] = False
    forwards_prompt: ClassVar[bool] = False
    default_prompt: ClassVar[str | None] = None
    fixed_params: ClassVar[Mapping[str, str]] = {}
    """Parameters of the authorization request that no client can change."""
    profile_from: ClassVar[ProfileSource] = "user_info"
    can_refresh: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if type(self).identify is Provider.identify and type(self).identity is Provider.identity:
            raise ConfigurationError(
                type(self).__name__, "it says of nobody who they are.", "Give it identify() or identity()."
            )
        if not all(self.client_ids):
            raise ConfigurationError(
                f"{type(self).__name__}(client_id)", "it is empty.", f"Copy it from the console of {self.label}."
            )
        if self.needs_secret and not self.client_secret:
            raise ConfigurationError(
                f"{type(self).__name__}(client_secret)", "it is empty.", f"Copy it from the console of {self.label}."
            )

    # What it is

    @property
    def client_ids(self) -> tuple[str, ...]:
        """All client ids, at least one."""
        given = self.client_id
        return (given,) if isinstance(given, str) else tuple(given) or ("",)

    @property
    def callback_issuer(self) -> str | None:
        """What it names itself in callbacks (RFC 9207), where it does."""
        return None

    @property
    def names_issuer(self) -> bool:
        """Whether it names itself in every callback, so that one without is not its own."""
        return False

    @property
    def requires_nonce(self) -> bool:
        """Whether its id tokens are bound to the flow."""
        return False

    @property
    def allows_unsolicited(self) -> bool:
        """Whether a callback nobody asked for starts a flow (IdP-initiated sign-in)."""
        return False

    @property
    def own_urls(self) -> tuple[str, ...]:
        """URLs the host itself named; their origins may be private."""
        return ()

    async def ready(self, call: ProviderCall) -> bool:  # noqa: ARG002 - for overriding
        """Returns: whether it can be used right now."""
        return True

    def endpoints(self) -> Endpoints:
        """Returns: where it is reached."""
        return self.urls

    # Sending people there

    def authorization_request(self, request: AuthorizationRequest) -> str:
        """Returns: where the browser goes to begin a flow."""
        params: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_ids[0],
            "state": request.state,
            "scope": self.scope_separator.join(self.scopes_for(request.scopes)),
            "redirect_uri": request.redirect_uri,
            "login_hint": request.login_hint if self.forwards_login_hint else None,
            "nonce": request.nonce,
            "prompt": (self.prompt if self.forwards_prompt else None) or self.default_prompt,
        }
        if self.uses_pkce:
            params |= {"code_challenge_method": "S256", "code_challenge": request.code_challenge}
        params |= self.parameters(request)
        params |= {name: value for name, value in request.params.items() if name not in RESERVED}
        params |= self.fixed_params
        return authorization_url(self.authorization_endpoint or self.endpoints().authorization, params)

    def scopes_for(self, asked: Sequence[str] = ()) -> list[str]:
        """Returns: the scopes to ask for. Args: asked: by the call."""
        default = [] if self.disable_default_scope else self.default_scopes
        further = [*asked, *self.scope] if self.call_scopes_first else [*self.scope, *asked]
        return [*default, *further]

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002 - for overriding
        """Returns: parameters of the authorization request that only this provider has; a client may replace them."""
        return {}

    # Tokens

    def token_endpoint(self) -> TokenEndpoint:
        """Returns: how tokens are asked for."""
        return TokenEndpoint(url=self.endpoints().token, client=self.credentials(self.token_auth))

    def credentials(self, method: ClientAuth) -> ClientCredentials:
        """Returns: who we are there; without a secret only an id."""
        return ClientCredentials(
            client_id=self.client_ids[0],
            client_secret=self.client_secret,
            method=method if self.client_secret or method == "private_key_jwt" else "none",
        )

    @property
    def uses_verifier(self) -> bool:
        """Whether codes are redeemed with a verifier."""
        return self.uses_pkce or self.sends_verifier

    async def exchange(self, grant: CodeGrant, call: ProviderCall) -> Tokens:
        """Trade a code. Raises: OutboundError."""
        answer = await self.token_endpoint().redeem(call.http, grant, {})
        return Tokens.of(answer, call.now)

    async def refresh(self, refresh_token: str, call: ProviderCall) -> Tokens:
        """Trade a refresh token. Raises: OutboundError."""
        if self.refresh_access_token is not None:
            return await self.refresh_access_token(refresh_token)
        answer = await self.token_endpoint().refresh(call.http, refresh_token, self.refresh_params())
        return Tokens.of(answer, call.now)

    def refresh_params(self) -> Mapping[str, str]:
        """Returns: further fields of refresh requests."""
        return {}

    # Who somebody is

    async def person(self, vouched: Vouched, call: ProviderCall) -> Person | None:
        """Find out who tokens belong to.

        Returns: the person, or None when the provider does not say.
        Raises: OutboundError.
        """
        if self.get_user_info is not None:
            profile = await self.get_user_info(vouched.tokens)
        else:
            profile = await self.profile(vouched, call)
        if profile is None:
            return None
        identity = await self.identity(profile, vouched)
        mapped = self.map_profile_to_user(profile) if self.map_profile_to_user is not None else {}
        mapped = await mapped if inspect.isawaitable(mapped) else mapped
        return person_of(identity, mapped, profile)

    async def profile(self, vouched: Vouched, call: ProviderCall) -> P | None:
        """Returns: the profile, from the id token or the user info endpoint. Raises: OutboundError."""
        claims = decode_id_token(vouched.tokens.id_token)
        if self.profile_from == "id_token" or (claims is not None and self.profile_from == "id_token_or_user_info"):
            return cast("P | None", claims)
        url, token = self.endpoints().user_info, vouched.tokens.access_token
        if url is None or token is None:
            return None
        answer = await call.http.get(url, bearer=token)
        # Both must speak of the same person (OpenID Connect Core §5.3.2; SC-OAUTH-36).
        if not isinstance(answer, dict) or (claims and "sub" in answer and answer["sub"] != claims.get("sub")):
            return None
        return self.unwrap(answer)

    def unwrap(self, answer: JsonObject) -> P | None:
        """Returns: the profile within the answer of the user info endpoint."""
        return cast("P", answer)

    async def identity(self, profile: P, vouched: Vouched) -> Identity:  # noqa: ARG002 - for overriding
        """Returns: who the profile is about, where that takes more than the profile."""
        return self.identify(profile)

    def identify(self, profile: P) -> Identity:
        """Returns: who the profile is about."""
        raise NotImplementedError

    # Id tokens that apps bring along

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how an id token is verified; None: none is accepted."""
        return None

    @property
    def accepts_id_tokens(self) -> bool:
        """Whether apps may sign people in by an id token they got themselves."""
        if self.disable_id_token_sign_in:
            return False
        return self.verify_id_token is not None or self.id_token_rules() is not None

    async def verify(self, given: GivenIdToken, call: ProviderCall) -> bool:
        """Returns: whether an id token that an app brought is good (OAuth sheet §6)."""
        if self.verify_id_token is not None:
            return await self.verify_id_token(given.token, given.nonce)
        return await self.verified_claims(given, call) is not None

    async def verified_claims(self, given: GivenIdToken, call: ProviderCall) -> Claims | None:
        """Returns: the claims of a token that the provider signed for us, else None."""
        rules = self.id_token_rules()
        if rules is None:
            return None
        keys = call.keys.at(rules.key_set, call.http)
        return await verify_id_token(given, rules, keys, now=call.now)

    # Signing out there, too

    async def end_session_url(self, id_token: str | None, return_to: str | None, state: str | None) -> str | None:  # noqa: ARG002
        """Returns: where the browser goes to sign out at the provider, if it offers that."""
        return None
