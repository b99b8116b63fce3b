"""PayPal (https://developer.paypal.com/docs/log-in-with-paypal)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict, cast

from fastapi_betterauth.social.id_tokens import decode_id_token
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched
from fastapi_betterauth.social.token_endpoint import ClientAuth


class PayPalProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    user_id: str
    sub: str
    name: str
    email: str
    email_verified: bool
    picture: str


@dataclass(frozen=True, kw_only=True)
class PayPal(Provider[PayPalProfile]):
    """Sign-in with PayPal."""

    environment: Literal["sandbox", "live"] = "sandbox"
    """``live`` is the real one."""

    id: ClassVar[str] = "paypal"
    label: ClassVar[str] = "PayPal"
    needs_secret: ClassVar[bool] = True
    token_auth: ClassVar[ClientAuth] = "client_secret_basic"
    forwards_prompt: ClassVar[bool] = True

    def endpoints(self) -> Endpoints:
        """Returns: where the environment is reached."""
        within = ".sandbox" if self.environment == "sandbox" else ""
        api = f"https://api-m{within}.paypal.com/v1"
        return Endpoints(
            authorization=f"https://www{within}.paypal.com/signin/authorize",
            token=f"{api}/oauth2/token",
            user_info=f"{api}/identity/oauth2/userinfo?schema=paypalv1.1",
        )

    def scopes_for(self, asked: Sequence[str] = ()) -> list[str]:  # noqa: ARG002 - they are chosen in PayPal's console
        """Returns: none."""
        return []

    async def profile(self, vouched: Vouched, call: ProviderCall) -> PayPalProfile | None:
        """Returns: the profile, if the id token speaks of the same person (SC-OAUTH-36)."""
        if vouched.tokens.access_token is None:
            return None
        answer = await call.http.get(str(self.endpoints().user_info), bearer=vouched.tokens.access_token)
        if not isinstance(answer, dict):
            return None
        if vouched.tokens.id_token is not None:
            claims = decode_id_token(vouched.tokens.id_token) or {}
            if not claims.get("sub") or claims["sub"] != answer.get("sub", answer.get("user_id")):
                return None
        return cast("PayPalProfile", answer)

    def identify(self, profile: PayPalProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("user_id"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified") in (True, "true"),
            image=profile.get("picture"),
        )
