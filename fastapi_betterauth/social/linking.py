"""Linking an account to a user who asked for it while signed in (OAuth sheet §4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from fastapi_betterauth.features.account.options import AccountOptions
from fastapi_betterauth.pipeline.context import RequestContext

from .arrivals import Arrival, Arrivals
from .tokens import merged_scopes

if TYPE_CHECKING:
    from fastapi_betterauth.storage.fields import UserFields


class Linked(Enum):
    """What came of it."""

    DONE = auto()
    NOT_ALLOWED = auto()
    OTHER_ADDRESS = auto()
    SOMEBODY_ELSES = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the account is going to be."""

    user: UserFields
    email: str
    """Their address when they asked for it."""


async def link_account(context: RequestContext, arrival: Arrival, owner: Owner) -> Linked:
    """Link an account; one that is linked already gets the new tokens, and both grants together.

    Raises: APIError: 403, the host refuses.
    """
    arrivals = Arrivals(context)
    await arrivals.ask_host(arrival, owner.user, "link-account")
    objection = await _objection(context, arrivals, arrival, owner)
    if objection is not None and not arrival.from_id_token:
        return objection
    account = await arrivals.account_of(arrival)
    if account is not None and account.user_id != owner.user.id:
        return Linked.SOMEBODY_ELSES
    if account is None and objection is not None:
        return objection
    if account is None:
        kept = await arrivals.link(arrival, owner.user.id)
    else:
        scope = merged_scopes(account.scope, arrival.tokens.scopes)
        kept = await arrivals.keep_tokens(account, arrival.tokens, scope=scope)
    if kept is None:
        return Linked.FAILED
    await arrivals.take_profile_over(arrival.person, owner.user.id)
    return Linked.DONE


async def _objection(context: RequestContext, arrivals: Arrivals, arrival: Arrival, owner: Owner) -> Linked | None:
    linking = context.auth.options[AccountOptions].account_linking
    if not linking.enabled or not (arrival.person.email_verified or await arrivals.is_trusted(arrival)):
        return Linked.NOT_ALLOWED
    if arrival.person.email != owner.email.lower() and not linking.allow_different_emails:
        return Linked.OTHER_ADDRESS
    return None
