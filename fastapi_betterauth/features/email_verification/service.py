"""Verification of addresses by links (e-mail sheet §7)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi_betterauth.crypto.tokens import TokenError, TokenExpired, TokenSigner
from fastapi_betterauth.errors import (
    INVALID_TOKEN,
    INVALID_USER,
    TOKEN_EXPIRED,
    USER_NOT_FOUND,
    APIError,
    UniqueViolation,
)
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.users import Users
from fastapi_betterauth.storage.verifications import RESET_PREFIX, Verifications

from .mails import LinkPurpose
from .options import EmailVerification


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What a verification link says."""

    email: str
    update_to: str | None
    purpose: LinkPurpose | None


class EmailProofs:
    """Reads verification links and acts on them, within one unit of work."""

    def __init__(
        self, users: Users, verifications: Verifications, tokens: TokenSigner, options: EmailVerification
    ) -> None:
        self._users = users
        self._verifications = verifications
        self._tokens = tokens
        self._options = options

    @classmethod
    def of(cls, context: RequestContext) -> EmailProofs:
        """Returns: the proofs of a request."""
        options = context.auth.options[EmailVerification]
        return cls(context.users, context.verifications, context.auth.tokens, options)

    def read(self, token: str) -> LinkClaims:
        """Verify a link's token and its purpose; no other token of ours passes (SC-MAIL-02).

        Raises: APIError: 401 TOKEN_EXPIRED, INVALID_TOKEN.
        """
        try:
            claims = self._tokens.read(token)
        except TokenExpired:
            raise APIError(401, TOKEN_EXPIRED) from None
        except TokenError:
            raise APIError(401, INVALID_TOKEN) from None
        email, update_to, purpose = claims.get("email"), claims.get("updateTo"), claims.get("requestType")
        if not isinstance(email, str) or not isinstance(update_to, str | None):
            raise APIError(401, INVALID_TOKEN)
        if set(claims) - {"email", "updateTo", "requestType", "iat", "exp"}:
            raise APIError(401, INVALID_TOKEN)
        try:
            kind = None if purpose is None else LinkPurpose(str(purpose))
        except ValueError:
            raise APIError(401, INVALID_TOKEN) from None
        return LinkClaims(email, update_to, kind)

    async def user_of(self, claims: LinkClaims) -> UserFields:
        """Returns: the user whose address the link names. Raises: APIError: 401 USER_NOT_FOUND."""
        user = await self._users.find_by_email(claims.email)
        if user is None:
            raise APIError(401, USER_NOT_FOUND)
        return user

    async def verify(self, user: UserFields) -> UserFields:
        """Note that the user's address is proven; the host may object before and learns of it after."""
        await self.announce(user)
        verified = await self._users.update(user.id, {"email_verified": True})
        if verified is None:
            raise APIError(401, USER_NOT_FOUND)
        if self._options.after_email_verification is not None:
            await self._options.after_email_verification(verified)
        return verified

    async def announce(self, user: UserFields) -> None:
        """Let the host object to an address that is about to count as proven."""
        if self._options.before_email_verification is not None:
            await self._options.before_email_verification(user)

    async def move(self, user: UserFields, new_email: str, *, verified: bool) -> UserFields:
        """Change an address.

        Raises: APIError: 401 INVALID_USER: somebody else has taken the address meanwhile.
        """
        try:
            moved = await self._users.update(user.id, {"email": new_email.lower(), "email_verified": verified})
        except UniqueViolation:
            raise APIError(401, INVALID_USER) from None
        if moved is None:
            raise APIError(401, USER_NOT_FOUND)
        # A reset link in the old mailbox must not open the account any more (SC-RESET-05).
        await self._verifications.void(RESET_PREFIX, user.id)
        if verified and self._options.after_email_verification is not None:
            await self._options.after_email_verification(moved)
        return moved
