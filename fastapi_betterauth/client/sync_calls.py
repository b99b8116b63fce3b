"""Every endpoint of the core, typed, for blocking code.

Generated from ``calls.py`` by ``make fix``; change that file instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, TypeVar

from fastapi_betterauth.features.account.schemas import AccountId, AccountOut
from fastapi_betterauth.features.change_email.schemas import ChangeEmailBody
from fastapi_betterauth.features.email_verification.schemas import EmailVerified, SendVerification
from fastapi_betterauth.features.health.schemas import Health
from fastapi_betterauth.features.password.schemas import (
    ChangePassword,
    PasswordChanged,
    RequestPasswordReset,
    ResetPassword,
    ResetRequested,
    VerifyPassword,
)
from fastapi_betterauth.features.session.schemas import RevokeSession, SessionState, SessionUpdated
from fastapi_betterauth.features.sign_in.schemas import SignedIn, SignInEmail
from fastapi_betterauth.features.sign_out.schemas import SignedOut, SignOut
from fastapi_betterauth.features.sign_up.schemas import SignedUp, SignUpEmail
from fastapi_betterauth.features.user.schemas import DeleteUserBody, UserDeleted
from fastapi_betterauth.pipeline.schemas import SessionOut, UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.social.schemas import (
    AccessToken,
    AccountChoice,
    AccountInfo,
    LinkIdToken,
    LinkSocial,
    RefreshedTokens,
    SignInIdToken,
    SignInSocial,
    SocialLink,
    SocialSignIn,
)

from .results import Redirected
from .transport import Call, Transport, body_of, query_of

T = TypeVar("T")

Session = SessionState[SessionOut, UserOut]
"""Who is signed in."""

Fields = Mapping[str, object]
"""Additional fields of yours, by their wire names."""


class Calls:
    """Every endpoint of the core."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def sign_up_email(
        self,
        *,
        name: str,
        email: str,
        password: str,
        image: str | None = None,
        callback_url: str | None = None,
        remember_me: bool | None = None,
        fields: Fields | None = None,
    ) -> SignedUp[UserOut]:
        """Sign up with an e-mail address and a password."""
        form = SignUpEmail.model_construct(
            name=name,
            email=email,
            password=password,
            image=image,
            callback_url=callback_url,
            remember_me=remember_me,
        )
        return self._post("/sign-up/email", SignedUp[UserOut], body_of(form, fields))

    def sign_in_email(
        self, *, email: str, password: str, callback_url: str | None = None, remember_me: bool | None = None
    ) -> SignedIn[UserOut]:
        """Sign in with an e-mail address and a password."""
        form = SignInEmail.model_construct(
            email=email, password=password, callback_url=callback_url, remember_me=remember_me
        )
        return self._post("/sign-in/email", SignedIn[UserOut], body_of(form))

    def sign_out(
        self, *, callback_url: str | None = None, disable_redirect: bool | None = None, state: str | None = None
    ) -> SignedOut:
        """End the session of this device. The arguments are for providers that offer a sign-out, too."""
        form = SignOut.model_construct(callback_url=callback_url, disable_redirect=disable_redirect, state=state)
        return self._post("/sign-out", SignedOut, body_of(form))

    def get_session(self, *, disable_refresh: bool = False) -> Session | None:
        """Tell who is signed in; None if nobody is."""
        query = query_of(disableRefresh=disable_refresh or None)
        return self._transport.send(Call("GET", "/get-session", Session | None, query=query))

    def refresh_session(self) -> Session | None:
        """Tell who is signed in, and extend the session if that is due; for deferred renewal."""
        return self._transport.send(Call("POST", "/get-session", Session | None))

    def list_sessions(self) -> list[SessionOut]:
        """List the devices on which the caller is signed in."""
        return self._transport.send(Call("GET", "/list-sessions", list[SessionOut]))

    def revoke_session(self, *, token: str) -> StatusAnswer:
        """Sign out one of the caller's devices."""
        return self._post("/revoke-session", StatusAnswer, body_of(RevokeSession(token=token)))

    def revoke_sessions(self) -> StatusAnswer:
        """Sign out all of the caller's devices, this one included."""
        return self._post("/revoke-sessions", StatusAnswer, {})

    def revoke_other_sessions(self) -> StatusAnswer:
        """Sign out all of the caller's devices but this one."""
        return self._post("/revoke-other-sessions", StatusAnswer, {})

    def update_session(self, *, fields: Fields) -> SessionUpdated[SessionOut]:
        """Change additional fields of the caller's session."""
        return self._post("/update-session", SessionUpdated[SessionOut], dict(fields))

    def request_password_reset(self, *, email: str, redirect_to: str | None = None) -> ResetRequested:
        """Mail a link that lets the owner of an address choose a new password."""
        form = RequestPasswordReset.model_construct(email=email, redirect_to=redirect_to)
        return self._post("/request-password-reset", ResetRequested, body_of(form))

    def request_password_reset_callback(self, *, token: str, callback_url: str) -> Redirected:
        """Look where a reset link leads."""
        call: Call[Redirected] = Call(
            "GET",
            "/reset-password/{token}",
            Redirected,
            query={"callbackURL": callback_url},
            path_params={"token": token},
            redirects=True,
        )
        return self._transport.send(call)

    def reset_password(self, *, new_password: str, token: str) -> StatusAnswer:
        """Set a new password with the token of a reset link."""
        form = ResetPassword(new_password=new_password, token=token)
        return self._post("/reset-password", StatusAnswer, body_of(form))

    def change_password(
        self, *, new_password: str, current_password: str, revoke_other_sessions: bool | None = None
    ) -> PasswordChanged[UserOut]:
        """Replace the caller's password."""
        form = ChangePassword(
            new_password=new_password,
            current_password=current_password,
            revoke_other_sessions=revoke_other_sessions,
        )
        return self._post("/change-password", PasswordChanged[UserOut], body_of(form))

    def verify_password(self, *, password: str) -> StatusAnswer:
        """Check the caller's password."""
        return self._post("/verify-password", StatusAnswer, body_of(VerifyPassword(password=password)))

    def send_verification_email(self, *, email: str, callback_url: str | None = None) -> StatusAnswer:
        """Mail a verification link."""
        form = SendVerification.model_construct(email=email, callback_url=callback_url)
        return self._post("/send-verification-email", StatusAnswer, body_of(form))

    def verify_email(self, *, token: str, callback_url: str | None = None) -> EmailVerified[UserOut] | Redirected:
        """Follow a verification link; with a callback the answer is a redirect."""
        returns = EmailVerified[UserOut]
        query = query_of(token=token, callbackURL=callback_url)
        return self._transport.send(Call("GET", "/verify-email", returns, query=query, redirects=True))

    def change_email(self, *, new_email: str, callback_url: str | None = None) -> StatusAnswer:
        """Change the caller's address, by way of a mailed link."""
        form = ChangeEmailBody.model_construct(new_email=new_email, callback_url=callback_url)
        return self._post("/change-email", StatusAnswer, body_of(form))

    def update_user(
        self,
        *,
        name: str | None = None,
        image: str | None = None,
        remove_image: bool = False,
        fields: Fields | None = None,
    ) -> StatusAnswer:
        """Change the caller's name, image and additional fields; what is None stays."""
        changes: dict[str, Any] = {**(fields or {})}
        if name is not None:
            changes["name"] = name
        if image is not None or remove_image:
            changes["image"] = None if remove_image else image
        return self._post("/update-user", StatusAnswer, changes)

    def delete_user(
        self, *, password: str | None = None, token: str | None = None, callback_url: str | None = None
    ) -> UserDeleted:
        """Delete the caller's account, or have a link mailed that does."""
        form = DeleteUserBody.model_construct(password=password, token=token, callback_url=callback_url)
        return self._post("/delete-user", UserDeleted, body_of(form))

    def delete_user_callback(self, *, token: str, callback_url: str | None = None) -> UserDeleted | Redirected:
        """Follow a deletion link; with a callback the answer is a redirect."""
        query = query_of(token=token, callbackURL=callback_url)
        return self._transport.send(Call("GET", "/delete-user/callback", UserDeleted, query=query, redirects=True))

    def list_user_accounts(self) -> list[AccountOut]:
        """List the caller's accounts."""
        return self._transport.send(Call("GET", "/list-accounts", list[AccountOut]))

    def unlink_account(self, *, account_id: str) -> StatusAnswer:
        """Remove one of the caller's accounts."""
        return self._post("/unlink-account", StatusAnswer, body_of(AccountId(account_id=account_id)))

    def get_access_token(self, *, account_id: str, user_id: str | None = None) -> AccessToken:
        """Get an access token of one of the caller's accounts. Args: user_id: whose; for the server itself only."""
        choice = AccountChoice(account_id=account_id, user_id=user_id)
        return self._post("/get-access-token", AccessToken, body_of(choice))

    def refresh_token(self, *, account_id: str, user_id: str | None = None) -> RefreshedTokens:
        """Renew the provider's tokens of one of the caller's accounts. Args: user_id: for the server itself only."""
        choice = AccountChoice(account_id=account_id, user_id=user_id)
        return self._post("/refresh-token", RefreshedTokens, body_of(choice))

    def account_info(self, *, account_id: str, user_id: str | None = None) -> AccountInfo:
        """Ask the provider about one of the caller's accounts. Args: user_id: whose; for the server itself only."""
        query = query_of(accountId=account_id, userId=user_id)
        return self._transport.send(Call("GET", "/account-info", AccountInfo, query=query))

    def sign_in_social(  # noqa: PLR0913 - each is a field of the body
        self,
        *,
        provider: str,
        callback_url: str | None = None,
        new_user_callback_url: str | None = None,
        error_callback_url: str | None = None,
        disable_redirect: bool | None = None,
        scopes: list[str] | None = None,
        request_sign_up: bool | None = None,
        login_hint: str | None = None,
        additional_params: dict[str, str] | None = None,
        additional_data: dict[str, Any] | None = None,
        id_token: SignInIdToken | None = None,
    ) -> SocialSignIn[UserOut]:
        """Start signing in through a provider, or sign in with an id token."""
        form = SignInSocial.model_construct(
            provider=provider,
            callback_url=callback_url,
            new_user_callback_url=new_user_callback_url,
            error_callback_url=error_callback_url,
            disable_redirect=disable_redirect,
            scopes=scopes,
            request_sign_up=request_sign_up,
            login_hint=login_hint,
            additional_params=additional_params,
            additional_data=additional_data,
            id_token=id_token,
        )
        return self._post("/sign-in/social", SocialSignIn[UserOut], body_of(form))

    def link_social_account(  # noqa: PLR0913 - each is a field of the body
        self,
        *,
        provider: str,
        callback_url: str | None = None,
        error_callback_url: str | None = None,
        disable_redirect: bool | None = None,
        scopes: list[str] | None = None,
        login_hint: str | None = None,
        additional_params: dict[str, str] | None = None,
        additional_data: dict[str, Any] | None = None,
        id_token: LinkIdToken | None = None,
    ) -> SocialLink:
        """Start linking an account at a provider to the caller, or link it with an id token."""
        form = LinkSocial.model_construct(
            provider=provider,
            callback_url=callback_url,
            error_callback_url=error_callback_url,
            disable_redirect=disable_redirect,
            scopes=scopes,
            login_hint=login_hint,
            additional_params=additional_params,
            additional_data=additional_data,
            id_token=id_token,
        )
        return self._post("/link-social", SocialLink, body_of(form))

    def callback_oauth(
        self,
        *,
        id: str,
        code: str | None = None,
        state: str | None = None,
        error: str | None = None,
        error_description: str | None = None,
    ) -> Redirected | None:
        """Bring back what a provider said; the answer is a redirect."""
        query = query_of(code=code, state=state, error=error, error_description=error_description)
        return self._transport.send(
            Call("GET", "/callback/{id}", NoneType, path_params={"id": id}, query=query, redirects=True)
        )

    def callback_oauth_form(self, *, id: str, code: str | None = None, state: str | None = None) -> Redirected | None:
        """Bring back what a provider posted; the answer is a redirect to ``callback_oauth``."""
        query = query_of(code=code, state=state)
        return self._transport.send(
            Call("POST", "/callback/{id}", NoneType, path_params={"id": id}, query=query, redirects=True)
        )

    def ok(self) -> Health:
        """Tell that the server is up."""
        return self._transport.send(Call("GET", "/ok", Health))

    def error(self, *, error: str | None = None, error_description: str | None = None) -> str | Redirected:
        """Get the page on which failed browser flows end."""
        query = query_of(error=error, error_description=error_description)
        return self._transport.send(Call("GET", "/error", str, query=query, redirects=True))

    def _post(self, path: str, returns: type[T], body: Mapping[str, Any]) -> T:
        return self._transport.send(Call("POST", path, returns, body=body))
