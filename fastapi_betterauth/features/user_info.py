"""The host's say on who may get an account (e-mail sheet §9)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from fastapi_betterauth.errors import APIError, ErrorCode
from fastapi_betterauth.storage.fields import UserFields

logger = logging.getLogger("fastapi_betterauth")

VALIDATION_FAILED = ErrorCode("validation_failed", "The user could not be validated")


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSource:
    """Which provider vouches for somebody, and what it says."""

    provider_id: str
    profile: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As the provider answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningSource:
    """How somebody came to the door."""

    action: Literal["create-user", "link-account", "sign-in"]
    """What is about to happen."""
    method: str
    """``email-password``, ``oauth``, ``magic-link``, …"""
    oauth: OAuthSource | None = None
    """Where the method is ``oauth``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Turns a person away with a code of the host's own."""

    error: str
    description: str | None = None


class ValidateUserInfo(Protocol):
    """Looks at a person before an account is made or linked."""

    async def __call__(self, user: UserFields, source: ProvisioningSource, /) -> Refusal | None:
        """Returns: a refusal, or None to let the person in."""


async def check_user_info(check: ValidateUserInfo | None, user: UserFields, source: ProvisioningSource) -> None:
    """Ask the host; what goes wrong while it decides counts as a no.

    Raises: APIError: 403 with the host's code, or ``validation_failed``.
    """
    if check is None:
        return
    try:
        refusal = await check(user, source)
    except Exception:
        logger.exception("validate_user_info failed")
        raise APIError(403, VALIDATION_FAILED) from None
    if refusal is not None:
        raise APIError(403, ErrorCode(refusal.error, refusal.description or refusal.error))
