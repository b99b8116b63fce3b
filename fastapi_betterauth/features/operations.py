"""All operations of the core, in the order of the documentation."""

from __future__ import annotations

from typing import Any

from fastapi_betterauth.pipeline.operation import Operation
from fastapi_betterauth.social import routes as social

from .account import routes as account
from .change_email import routes as change_email
from .email_verification import routes as email_verification
from .health import routes as health
from .password import routes as password
from .session import routes as session
from .sign_in import routes as sign_in
from .sign_out import routes as sign_out
from .sign_up import routes as sign_up
from .user import routes as user

OPERATIONS: tuple[Operation[Any], ...] = (
    *sign_up.OPERATIONS,
    *sign_in.OPERATIONS,
    *sign_out.OPERATIONS,
    *session.OPERATIONS,
    *password.OPERATIONS,
    *email_verification.OPERATIONS,
    *change_email.OPERATIONS,
    *user.OPERATIONS,
    *account.OPERATIONS,
    *social.OPERATIONS,
    *health.OPERATIONS,
)
