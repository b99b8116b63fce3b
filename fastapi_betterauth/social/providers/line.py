"""LINE (https://developers.line.biz/en/docs/line-login/integrate-line-login)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.id_tokens import Claims, GivenIdToken
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, ProfileSource, Provider, ProviderCall

_VERIFY = "https://api.line.me/oauth2/v2.1/verify"


class LineProfile(TypedDict, total=False):
    """What the id token or the user info endpoint says."""

    sub: str
    name: str
    email: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class Line(Provider[LineProfile]):
    """Sign-in with LINE."""

    id: ClassVar[str] = "line"
    label: ClassVar[str] = "LINE"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://access.line.me/oauth2/v2.1/authorize",
        token="https://api.line.me/oauth2/v2.1/token",
        user_info="https://api.line.me/oauth2/v2.1/userinfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "email")
    forwards_login_hint: ClassVar[bool] = True
    profile_from: ClassVar[ProfileSource] = "id_token_or_user_info"

    @property
    def accepts_id_tokens(self) -> bool:
        """Whether apps may bring id tokens."""
        return not self.disable_id_token_sign_in

    async def verified_claims(self, given: GivenIdToken, call: ProviderCall) -> Claims | None:
        """Returns: the claims of a token that LINE says is good: it signs with our secret, and offers to check."""
        nonce = {"nonce": given.nonce} if given.nonce else {}
        form = {"id_token": given.token, "client_id": self.client_ids[0], **nonce}
        try:
            answer = await call.http.post(_VERIFY, form=form)
        except OutboundError:
            return None
        if not isinstance(answer, dict) or answer.get("aud") != self.client_ids[0]:
            return None
        return answer if given.nonce in (None, answer.get("nonce")) else None

    def identify(self, profile: LineProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name"),
            email=profile.get("email"),
            image=profile.get("picture"),
        )
