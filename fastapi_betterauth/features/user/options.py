"""What users may do with their own account (e-mail sheet §1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol

from typing_extensions import TypeVar

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.features.change_email.options import ChangeEmail
from fastapi_betterauth.features.user_info import ValidateUserInfo
from fastapi_betterauth.storage.fields import UserFields

U = TypeVar("U", bound=UserFields, default=UserFields)


@dataclass(frozen=True, slots=True)
class DeleteAccountMail:
    """A mail whose link deletes the account."""

    user: UserFields
    url: str = field(repr=False)
    """The link to put into the mail."""
    token: str = field(repr=False)


class SendDeleteAccountVerification(Protocol):
    """Delivers a deletion link; awaited after the response has left."""

    async def __call__(self, mail: DeleteAccountMail, /) -> None:
        """Send the mail."""


class OnDelete(Protocol):
    """Told about a user who is about to be, or has just been, deleted."""

    async def __call__(self, user: UserFields, /) -> None:
        """Take note; before the deletion an APIError stops it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteUser:
    """Deletion of one's own account.

    Raises: ConfigurationError: links would live no time at all.
    """

    enabled: bool = False
    """Off: the endpoints answer 404."""
    send_delete_account_verification: SendDeleteAccountVerification | None = None
    """Delivers a link that confirms the deletion; without it a password or a recent sign-in is enough."""
    before_delete: OnDelete | None = None
    """Awaited first; may raise APIError to stop."""
    after_delete: OnDelete | None = None
    """Awaited once the user is gone."""
    delete_token_expires_in: Duration = 86400
    """How long a deletion link can be used."""

    def __post_init__(self) -> None:
        if to_timedelta(self.delete_token_expires_in).total_seconds() <= 0:
            raise ConfigurationError(
                "user.delete_user.delete_token_expires_in", "it is not positive.", "Use seconds above 0."
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class UserOptions(Generic[U]):
    """Users."""

    fields: type[U] | None = None
    """Your subclass of ``UserFields`` with additional fields."""
    change_email: ChangeEmail = field(default_factory=ChangeEmail)
    """Changing one's address."""
    delete_user: DeleteUser = field(default_factory=DeleteUser)
    """Deleting one's account."""
    validate_user_info: ValidateUserInfo | None = None
    """Says who may get an account, whatever way they come."""
