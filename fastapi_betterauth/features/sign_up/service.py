"""Sign-up with e-mail and password (e-mail sheet §2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.passwords import Passwords as Hashing
from fastapi_betterauth.errors import FAILED_TO_CREATE_USER, APIError, UniqueViolation
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.features.password.policy import check_length
from fastapi_betterauth.features.provisioning import draft_user
from fastapi_betterauth.features.user_info import ProvisioningSource, ValidateUserInfo, check_user_info
from fastapi_betterauth.storage.accounts import CREDENTIAL, Accounts
from fastapi_betterauth.storage.field_input import FieldInput
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.users import Users

from .errors import EMAIL_PASSWORD_SIGN_UP_DISABLED, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL
from .schemas import SignUpEmail


@dataclass(frozen=True, slots=True)
class Registration:
    """What came of a sign-up."""

    user: UserFields
    decoy: bool
    """The address was taken; the user is made up, so that nobody can tell."""


class SignUps:
    """Makes new users, within one unit of work."""

    def __init__(
        self,
        *,
        options: EmailAndPassword,
        users: Users,
        accounts: Accounts,
        hashing: Hashing,
        fields: FieldInput[UserFields],
        validate_user_info: ValidateUserInfo | None,
        clock: Clock,
        mail_afterwards: Callable[[str, str, Callable[[], Awaitable[None]]], None],
    ) -> None:
        self._options = options
        self._users = users
        self._accounts = accounts
        self._hashing = hashing
        self._fields = fields
        self._validate_user_info = validate_user_info
        self._clock = clock
        self._mail_afterwards = mail_afterwards

    async def register(self, form: SignUpEmail) -> Registration:
        """Make a user with a password.

        Where sign-up hides existing users, a taken address costs the same work and gets the same answer.

        Raises: APIError: 400 EMAIL_PASSWORD_SIGN_UP_DISABLED, PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG,
            FIELD_NOT_ALLOWED, MISSING_FIELD, VALIDATION_ERROR, FAILED_TO_CREATE_USER;
            422 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL, FAILED_TO_CREATE_USER; 403 when the host refuses.
        """
        if not self._options.enabled or self._options.disable_sign_up:
            raise APIError(400, EMAIL_PASSWORD_SIGN_UP_DISABLED)
        check_length(form.password, self._options)
        values = {
            **self._fields.on_create(form.further),
            "name": form.name,
            "email": form.email.lower(),
            "image": form.image,
            "email_verified": False,
        }
        existing = await self._users.find_by_email(form.email)
        if existing is not None and not self._options.hides_existing_users:
            raise APIError(422, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL)
        password_hash = await self._hashing.hash(form.password)
        decoy = self._decoy(values)
        if existing is not None:
            return self._taken(existing, decoy)
        source = ProvisioningSource(action="create-user", method="email-password")
        try:
            await check_user_info(self._validate_user_info, decoy, source)
        except APIError:
            if self._options.hides_existing_users:
                return Registration(decoy, decoy=True)
            raise
        return await self._create(values, password_hash, decoy)

    async def _create(self, values: dict[str, object], password_hash: str, decoy: UserFields) -> Registration:
        try:
            user = await self._users.create(values)
        except UniqueViolation:
            await self._users.rows.unit.rollback()
            existing = await self._users.find_by_email(decoy.email)
            if existing is None:
                # Another unique value is taken, such as that of a host's field (SC-DB-09).
                raise APIError(422, FAILED_TO_CREATE_USER) from None
            # Somebody else took the address a moment ago; the answer is that of a sign-up a moment later.
            if not self._options.hides_existing_users:
                raise APIError(422, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL) from None
            return self._taken(existing, decoy)
        if user is None:
            raise APIError(400, FAILED_TO_CREATE_USER)
        account = await self._accounts.create(
            {"account_id": user.id, "provider_id": CREDENTIAL, "user_id": user.id, "password": password_hash}
        )
        if account is None:
            raise APIError(400, FAILED_TO_CREATE_USER)
        return Registration(user, decoy=False)

    def _taken(self, existing: UserFields, decoy: UserFields) -> Registration:
        if (told := self._options.on_existing_user_sign_up) is not None:
            self._mail_afterwards("on_existing_user_sign_up", existing.email, lambda: told(existing))
        return Registration(decoy, decoy=True)

    def _decoy(self, values: dict[str, object]) -> UserFields:
        """Make up a user that cannot be told from a real row (SC-PW-05)."""
        decoy = draft_user(self._users, values, self._clock)
        complete = self._options.custom_synthetic_user
        return complete(decoy) if complete is not None else decoy
