"""Who is signed in when a provider vouches for somebody (OAuth sheet §5): the same for every way to get here."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_

from fastapi_betterauth.errors import APIError, TransientConflict, UniqueViolation
from fastapi_betterauth.features.account.options import AccountOptions
from fastapi_betterauth.features.email_verification.mails import VerificationLinks
from fastapi_betterauth.features.email_verification.options import EmailVerification
from fastapi_betterauth.features.provisioning import draft_user
from fastapi_betterauth.features.user.options import UserOptions
from fastapi_betterauth.features.user_info import OAuthSource, ProvisioningSource, check_user_info
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import AccountFields, UserFields
from fastapi_betterauth.storage.hooks import Changes

from .errors import Refused, SignInRefused
from .identity import Person
from .stored_tokens import StoredTokens
from .tokens import Tokens

if TYPE_CHECKING:
    from .provider import Provider

logger = logging.getLogger("fastapi_betterauth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody whom a provider sends us, with what was handed out for them."""

    provider: Provider[Any]
    person: Person
    tokens: Tokens
    callback_url: str | None = None
    """Where a verification mail leads to."""
    request_sign_up: bool = False
    """They asked for an account."""
    from_id_token: bool = False
    """An app brought them, not a callback."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who somebody is here, and by which account."""

    user: UserFields
    account: AccountFields
    is_new: bool = False


class Arrivals:
    """Finds, links or makes the user of an arrival, within one unit of work."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._options = context.auth.options[AccountOptions]
        self._stored = StoredTokens(self._options, context.auth.keys)

    async def receive(self, arrival: Arrival) -> Known:
        """Find out who may be signed in.

        Raises: SignInRefused: nobody may; APIError: 403, the host refuses.
        """
        account = await self.account_of(arrival)
        if account is not None:
            known = await self._returning(arrival, account)
        elif (user := await self._context.users.find_by_email(str(arrival.person.email))) is not None:
            known = await self._implicitly_linked(arrival, user)
        else:
            known = await self._signed_up(arrival)
        if arrival.provider.override_user_info_on_sign_in and not known.is_new:
            known = replace(known, user=await self._overridden(arrival.person, known.user))
        self._demand_verified_address(arrival, known)
        return known

    async def account_of(self, arrival: Arrival) -> AccountFields | None:
        """Returns: the account of this identity, whose ever it is.

        Raises: RuntimeError: there are several, so that nobody can tell who is meant.
        """
        c = self._context.accounts.rows.columns
        mine = and_(c.provider_id == arrival.provider.id, c.account_id == arrival.person.subject)
        found = await self._context.accounts.rows.find_many(mine, limit=2)
        if len(found) > 1:
            raise RuntimeError(f"two accounts share one identity at {arrival.provider.id}: delete one of them")
        return found[0] if found else None

    async def ask_host(self, arrival: Arrival, user: UserFields, action: Any) -> None:
        """Let the host refuse the person. Raises: APIError: 403."""
        source = ProvisioningSource(
            action=action,
            method="oauth",
            oauth=OAuthSource(provider_id=arrival.provider.id, profile=arrival.person.profile),
        )
        await check_user_info(self._context.auth.options[UserOptions].validate_user_info, user, source)

    async def link(self, arrival: Arrival, user_id: str) -> AccountFields | None:
        """Store an account of somebody who is known. Returns: it, or None when a hook refused.

        Raises: TransientConflict: the identity was linked a moment ago, so the request starts again.
        """
        try:
            return await self._context.accounts.create({**self._columns(arrival), "user_id": user_id})
        except UniqueViolation:
            raise TransientConflict("the identity was linked a moment ago") from None

    async def keep_tokens(
        self, account: AccountFields, tokens: Tokens, *, scope: str | None = None
    ) -> AccountFields | None:
        """Store new tokens of an account. Args: scope: the whole grant, where it changes."""
        changes: Changes = self._stored.columns(tokens)
        if scope is not None:
            changes = {**changes, "scope": scope}
        if not changes:
            return account
        rows = self._context.accounts.rows
        return await rows.update(rows.columns.id == account.id, changes)

    async def take_profile_over(self, person: Person, user_id: str) -> UserFields | None:
        """Copy name, image and mapped fields to a user, if the options say so; a link never fails for that."""
        if not self._options.account_linking.update_user_info_on_link:
            return None
        try:
            return await self._context.users.update(user_id, self._profile_columns(person))
        except (APIError, UniqueViolation):
            logger.warning("the profile of a linked account could not be taken over")
            return None

    # The three cases

    async def _returning(self, arrival: Arrival, account: AccountFields) -> Known:
        user = await self._context.users.find(account.user_id)
        if user is None:
            raise SignInRefused(Refused.UNABLE_TO_LINK_ACCOUNT)
        await self.ask_host(arrival, user, "sign-in")
        if self._options.update_account_on_sign_in:
            kept = await self.keep_tokens(account, arrival.tokens)
            if kept is None:
                raise SignInRefused(Refused.UNABLE_TO_UPDATE_ACCOUNT)
            account = kept
        return Known(await self._with_proven_address(arrival.person, user), account)

    async def _implicitly_linked(self, arrival: Arrival, user: UserFields) -> Known:
        if not await self._may_link_implicitly(arrival, user):
            raise SignInRefused(Refused.ACCOUNT_NOT_LINKED)
        await self.ask_host(arrival, user, "link-account")
        account = await self.link(arrival, user.id)
        if account is None:
            raise SignInRefused(Refused.UNABLE_TO_LINK_ACCOUNT)
        proven = await self._with_proven_address(arrival.person, user)
        return Known(await self.take_profile_over(arrival.person, user.id) or proven, account)

    async def _may_link_implicitly(self, arrival: Arrival, user: UserFields) -> bool:
        """Both sides must have proven the address, else one of them takes the other's account (SC-OAUTH-15, 16)."""
        linking = self._options.account_linking
        if not linking.enabled or linking.disable_implicit_linking:
            return False
        if linking.require_local_email_verified and not user.email_verified:
            return False
        return arrival.person.email_verified or await self.is_trusted(arrival)

    async def is_trusted(self, arrival: Arrival) -> bool:
        """Returns: whether the host takes the provider's word on addresses."""
        return await self._options.account_linking.trusts(arrival.provider.id, self._context.request)

    async def _signed_up(self, arrival: Arrival) -> Known:
        provider, person = arrival.provider, arrival.person
        if provider.disable_sign_up or (provider.disable_implicit_sign_up and not arrival.request_sign_up):
            raise SignInRefused(Refused.SIGN_UP_DISABLED)
        context = self._context
        try:
            further = context.auth.user_input.from_provider(person.further, creating=True)
        except APIError:
            raise SignInRefused(Refused.UNABLE_TO_CREATE_USER) from None
        values: Changes = {
            **further,
            "name": person.name,
            "image": person.image,
            "email": person.email,
            "email_verified": person.email_verified,
        }
        await self.ask_host(arrival, draft_user(context.users, values, context.auth.clock), "create-user")
        try:
            user = await context.users.create(values)
            account = await self.link(arrival, user.id) if user is not None else None
            if user is None or account is None:
                raise SignInRefused(Refused.UNABLE_TO_CREATE_USER)
        except UniqueViolation:
            await context.unit.rollback()
            if await context.users.find_by_email(str(person.email)) is not None:
                raise TransientConflict("the address was taken a moment ago") from None
            raise SignInRefused(Refused.UNABLE_TO_CREATE_USER) from None
        return Known(user, account, is_new=True)

    # What follows from them

    async def _with_proven_address(self, person: Person, user: UserFields) -> UserFields:
        if user.email_verified or not person.email_verified or person.email != user.email:
            return user
        return await self._context.users.update(user.id, {"email_verified": True}) or user

    async def _overridden(self, person: Person, user: UserFields) -> UserFields:
        """Take the whole profile over; an address that somebody else has stays theirs (SC-OAUTH-29)."""
        changes = dict(self._profile_columns(person))
        if person.email is not None:
            other = await self._context.users.find_by_email(person.email)
            if other is None or other.id == user.id:
                same = person.email == user.email
                changes["email"] = person.email
                changes["email_verified"] = person.email_verified or (same and user.email_verified)
        return await self._context.users.update(user.id, changes) or user

    def _demand_verified_address(self, arrival: Arrival, known: Known) -> None:
        """Raises: SignInRefused: the provider's option wants a proven address, and there is none."""
        if known.user.email_verified:
            return
        options = self._context.auth.options[EmailVerification]
        demanded = arrival.provider.require_email_verification
        on_sign_up = options.send_on_sign_up if options.send_on_sign_up is not None else demanded
        if on_sign_up if known.is_new else (demanded and options.send_on_sign_in):
            links = VerificationLinks(self._context)
            if links.can_send:
                token = links.token(known.user.email)
                links.send_later(links.mail(known.user, token, arrival.callback_url), even_if_refused=True)
        if demanded:
            raise SignInRefused(Refused.EMAIL_NOT_VERIFIED)

    def _columns(self, arrival: Arrival) -> Changes:
        return {
            "provider_id": arrival.provider.id,
            "account_id": arrival.person.subject,
            "scope": ",".join(arrival.tokens.scopes) or None,
            **self._stored.columns(arrival.tokens),
        }

    def _profile_columns(self, person: Person) -> Changes:
        shown = {"name": person.name or None, "image": person.image}
        further = self._context.auth.user_input.from_provider(person.further, creating=False)
        return {**further, **{name: value for name, value in shown.items() if value is not None}}
