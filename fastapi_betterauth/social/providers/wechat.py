"""WeChat (https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypedDict, cast
from urllib.parse import urlencode

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.placeholder import placeholder_email
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched
from fastapi_betterauth.social.token_endpoint import CodeGrant
from fastapi_betterauth.social.tokens import Tokens

_API = "https://api.weixin.qq.com/sns"


class WeChatProfile(TypedDict, total=False):
    """What ``userinfo`` answers."""

    openid: str
    unionid: str
    nickname: str
    email: str
    headimgurl: str


@dataclass(frozen=True, kw_only=True)
class WeChat(Provider[WeChatProfile]):
    """Sign-in with WeChat, which tells no address, and speaks a dialect of OAuth in which everything is a query."""

    lang: Literal["cn", "en"] = "cn"
    """Of WeChat's page."""

    id: ClassVar[str] = "wechat"
    label: ClassVar[str] = "WeChat"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://open.weixin.qq.com/connect/qrconnect",
        token=f"{_API}/oauth2/access_token",
        user_info=f"{_API}/userinfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("snsapi_login",)
    scope_separator: ClassVar[str] = ","
    uses_pkce: ClassVar[bool] = False
    needs_secret: ClassVar[bool] = True
    fixed_params: ClassVar[Mapping[str, str]] = {"client_id": ""}

    def authorization_request(self, request: AuthorizationRequest) -> str:
        """Returns: where the browser goes; nobody else may name the app."""
        kept = {name: value for name, value in request.params.items() if name != "appid"}
        params = {"lang": self.lang, **kept, "appid": self.client_ids[0]}
        return f"{super().authorization_request(request.with_params(params))}#wechat_redirect"

    async def exchange(self, grant: CodeGrant, call: ProviderCall) -> Tokens:
        """Trade a code."""
        query = {"secret": str(self.client_secret), "code": grant.code, "grant_type": "authorization_code"}
        return await self._tokens(self.urls.token, query, call)

    async def refresh(self, refresh_token: str, call: ProviderCall) -> Tokens:
        """Trade a refresh token."""
        if self.refresh_access_token is not None:
            return await self.refresh_access_token(refresh_token)
        query = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._tokens(f"{_API}/oauth2/refresh_token", query, call)

    async def profile(self, vouched: Vouched, call: ProviderCall) -> WeChatProfile | None:
        """Returns: the profile of whom the tokens were handed out for; only the code exchange says who that is."""
        openid = vouched.tokens.raw.get("openid")
        if not isinstance(openid, str) or vouched.tokens.access_token is None:
            return None
        query = {"access_token": vouched.tokens.access_token, "openid": openid, "lang": "zh_CN"}
        answer = await _ask(str(self.urls.user_info), query, call)
        return cast("WeChatProfile", {"openid": openid, **answer})

    def identify(self, profile: WeChatProfile) -> Identity:
        """Returns: who the profile is about."""
        subject = profile.get("unionid") or profile.get("openid")
        return Identity(
            subject=subject,
            name=profile.get("nickname"),
            email=profile.get("email") or placeholder_email(subject, self.id),
            image=profile.get("headimgurl"),
        )

    async def _tokens(self, url: str, query: Mapping[str, str], call: ProviderCall) -> Tokens:
        answer = await _ask(url, {"appid": self.client_ids[0], **query}, call)
        return Tokens.of({"token_type": "Bearer", **answer}, call.now, scope_separator=",")


async def _ask(url: str, query: Mapping[str, str], call: ProviderCall) -> dict[str, Any]:
    """WeChat says 200 whatever happens."""
    answer = await call.http.get(f"{url}?{urlencode(query)}")
    if not isinstance(answer, dict) or answer.get("errcode"):
        raise OutboundError("WeChat refused")
    return answer
