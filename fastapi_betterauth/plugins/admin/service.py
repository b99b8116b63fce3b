"""What managing a user does to the tables (admin sheet §5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi_betterauth.crypto.passwords import Passwords
from fastapi_betterauth.errors import FAILED_TO_CREATE_USER, INVALID_EMAIL, USER_NOT_FOUND, APIError, UniqueViolation
from fastapi_betterauth.features.email_address import is_email_address
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.features.password.policy import check_length
from fastapi_betterauth.features.sign_up.errors import USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL
from fastapi_betterauth.features.user.options import UserOptions
from fastapi_betterauth.features.user_info import ProvisioningSource, ValidateUserInfo, check_user_info
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.sessions.service import Sessions
from fastapi_betterauth.storage.accounts import CREDENTIAL, Accounts
from fastapi_betterauth.storage.field_input import FieldInput
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.users import Users
from fastapi_betterauth.storage.verifications import RESET_PREFIX, Verifications

from .access import permission_model
from .errors import INVALID_ROLE_TYPE, NON_EXISTENT_ROLE
from .schemas import CreateUser

_BAN = frozenset({"banned", "banReason", "banExpires"})
_EMAIL = frozenset({"email", "emailVerified"})


def manages_ban(data: Mapping[str, object]) -> bool:
    """Returns: whether values touch a ban."""
    return not _BAN.isdisjoint(data)


def manages_email(data: Mapping[str, object]) -> bool:
    """Returns: whether values touch the address."""
    return not _EMAIL.isdisjoint(data)


def read_role(context: RequestContext, given: object) -> str:
    """Read one role or several; with configured roles each must be one of them (§5.2, §5.3).

    Raises: APIError: 400 INVALID_ROLE_TYPE, YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE.
    """
    names = given if isinstance(given, list) else [given]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) != len(names):
        raise APIError(400, INVALID_ROLE_TYPE)
    if permission_model(context).unknown(texts):
        raise APIError(400, NON_EXISTENT_ROLE)
    return ",".join(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """Changes to other people's rows, within one unit of work."""

    users: Users
    accounts: Accounts
    sessions: Sessions
    verifications: Verifications
    fields: FieldInput[UserFields]
    hashing: Passwords
    passwords: EmailAndPassword
    validate_user_info: ValidateUserInfo | None
    announce_password: Callable[[str], Awaitable[None]]

    @classmethod
    def of(cls, context: RequestContext) -> Management:
        """Returns: the management of this request."""
        return cls(
            users=context.users,
            accounts=context.accounts,
            sessions=context.sessions,
            verifications=context.verifications,
            fields=context.auth.user_input,
            hashing=context.auth.passwords,
            passwords=context.auth.options[EmailAndPassword],
            validate_user_info=context.auth.options[UserOptions].validate_user_info,
            announce_password=context.announce_password,
        )

    async def create(self, form: CreateUser, data: Mapping[str, Any], *, role: str | None) -> UserFields:
        """Make a user. The form's name, address and role win over the data's; no password makes no account.

        Raises: APIError: 400 INVALID_EMAIL, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL; 403 when the host refuses;
            500 FAILED_TO_CREATE_USER.
        """
        email = await self._free_address(form.email)
        values = self.fields.on_behalf(data) | {"name": form.name, "email": email}
        if role is not None:
            values["role"] = role
        password_hash = await self.hashing.hash(form.password) if form.password else None
        try:
            user = await self.users.create(values)
        except UniqueViolation:
            raise APIError(400, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL) from None
        if user is None:
            raise APIError(500, FAILED_TO_CREATE_USER)
        source = ProvisioningSource(action="create-user", method="admin")
        await check_user_info(self.validate_user_info, user, source)
        if password_hash is not None:
            await self._add_password(user, password_hash)
        return user

    async def update(self, user_id: str, data: Mapping[str, Any]) -> UserFields:
        """Change a user. A ban ends their sessions; a new address voids open reset links, as elsewhere.

        Raises: APIError: 400 INVALID_EMAIL, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL, VALIDATION_ERROR;
            404 USER_NOT_FOUND.
        """
        values = self.fields.on_behalf(data)
        if "email" in values:
            values["email"] = await self._free_address(str(values["email"]), of=user_id)
        try:
            changed = await self.users.update(user_id, values)
        except UniqueViolation:
            raise APIError(400, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL) from None
        if changed is None:
            raise APIError(404, USER_NOT_FOUND)
        if values.get("banned") is True:
            await self.sessions.end_all(user_id)
        if "email" in values:
            await self.verifications.void(RESET_PREFIX, user_id)
        return changed

    async def set_password(self, user_id: str, password: str) -> None:
        """Set a password, with the account that holds it if there is none.

        Raises: APIError: 400 PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG; 404 USER_NOT_FOUND.
        """
        check_length(password, self.passwords)
        user = await self.users.find(user_id)
        if user is None:
            raise APIError(404, USER_NOT_FOUND)
        password_hash = await self.hashing.hash(password)
        await self.announce_password(user_id)
        account = await self.accounts.find_credential(user_id)
        if account is None:
            await self._add_password(user, password_hash)
        else:
            await self.accounts.set_password(account, password_hash)
        await self.verifications.void(RESET_PREFIX, user_id)

    async def remove(self, user: UserFields) -> None:
        """Delete a user with sessions and accounts."""
        await self.sessions.end_all(user.id)
        await self.accounts.delete_of_user(user.id)
        await self.users.delete(user.id)

    async def _add_password(self, user: UserFields, password_hash: str) -> None:
        await self.accounts.create(
            {"account_id": user.id, "provider_id": CREDENTIAL, "user_id": user.id, "password": password_hash}
        )

    async def _free_address(self, given: str, *, of: str | None = None) -> str:
        email = given.lower()
        if not is_email_address(email):
            raise APIError(400, INVALID_EMAIL)
        holder = await self.users.find_by_email(email)
        if holder is not None and holder.id != of:
            raise APIError(400, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL)
        return email
