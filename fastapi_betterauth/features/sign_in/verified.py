"""Keeping out who knows the password but has not verified the address (e-mail sheet §3)."""

from __future__ import annotations

from fastapi_betterauth.errors import EMAIL_NOT_VERIFIED, APIError
from fastapi_betterauth.features.email_verification.mails import VerificationLinks
from fastapi_betterauth.features.email_verification.options import EmailVerification
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import UserFields


def require_verified(context: RequestContext, user: UserFields, callback: str | None) -> None:
    """Demand a verified address where the options do; another link may be sent, which the refusal does not await.

    Raises: APIError: 403 EMAIL_NOT_VERIFIED.
    """
    if user.email_verified or not context.auth.options[EmailAndPassword].require_email_verification:
        return
    if context.auth.options[EmailVerification].send_on_sign_in:
        links = VerificationLinks(context)
        links.send_later(links.mail(user, links.token(user.email), callback), even_if_refused=True)
    raise APIError(403, EMAIL_NOT_VERIFIED)
