"""Settings that contradict each other are refused, dangerous ones are said loudly."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from .access_control import UserPermissions
from .advanced import AdvancedOptions
from .errors import ConfigurationError
from .features.operations import OPERATIONS
from .pipeline.base_url import BaseURLRules, DynamicBaseURL
from .pipeline.origin import doubt_about
from .plugin import Plugin
from .settings import Settings

logger = logging.getLogger("fastapi_betterauth")

_CORE_TABLES = ("user", "session", "account", "verification", "rate_limit")
_NO_STORE = (
    "database is not set: users are forgotten when the process ends, and sessions live in cookies alone, where nobody "
    "can revoke them"
)


def csrf_check_is_off(advanced: AdvancedOptions) -> bool:
    """Unless said otherwise, who trusts every origin looks at none (security sheet §2)."""
    unset = advanced.disable_csrf_check is None
    return advanced.disable_origin_check if unset else bool(advanced.disable_csrf_check)


def check_plugins(plugins: Sequence[Plugin]) -> None:
    """Refuse plugins that get in each other's way (SC-CONF-02)."""
    seen = {f"{method} {o.path}": "the core" for o in OPERATIONS for method in o.methods}
    seen |= {f"operation {o.name!r}": "the core" for o in OPERATIONS}
    seen |= {f"table {table!r}": "the core" for table in _CORE_TABLES}
    for plugin in plugins:
        if not getattr(plugin, "id", ""):
            raise ConfigurationError("plugins", f"{type(plugin).__name__} has no id.", "Give the class one.")
        name = f"{plugin.id} ({type(plugin).__name__})"
        claims = [f"id {plugin.id!r}", *(f"table {table!r}" for table in plugin.tables)]
        claims += [f"{method} {o.path}" for o in plugin.operations for method in o.methods]
        claims += [f"operation {o.name!r}" for o in plugin.operations]
        for claim in claims:
            if claim in seen:
                raise ConfigurationError(
                    "plugins",
                    f"{name} and {seen[claim]} both have the {claim}.",
                    "Leave one of the two out.",
                )
            seen[claim] = name


def one_permissions(plugins: Sequence[Plugin]) -> UserPermissions | None:
    """Returns: what says what users may do, if any plugin does. Raises: ConfigurationError: two do."""
    found = [plugin for plugin in plugins if plugin.permissions is not None]
    if len(found) > 1:
        raise ConfigurationError(
            "plugins", f"{found[0].id} and {found[1].id} both say what users may do.", "Leave one of the two out."
        )
    return found[0].permissions if found else None


def check_contradictions(s: Settings) -> None:
    """Look at options that make no sense, alone or together. Raises: ConfigurationError."""
    password, verification = s.email_and_password, s.email_verification
    sends = verification.send_verification_email is not None or any(p.verification_sender for p in s.plugins)
    if password.require_email_verification and not sends:
        logger.warning(
            "email_and_password.require_email_verification is on but email_verification.send_verification_email is "
            "not set: nobody who signs up can sign in until you verify their address yourself"
        )
    if s.advanced.max_body_size < 1024:  # noqa: PLR2004
        raise ConfigurationError("advanced.max_body_size", "it is below 1024 bytes.", "Use 1 MiB.")
    for path in s.disabled_paths:
        if not path.startswith("/"):
            raise ConfigurationError(
                "disabled_paths", f"{path!r} does not start with a slash.", "Write '/sign-up/email'."
            )


def warn_of_dangers(s: Settings, base_url: BaseURLRules) -> None:
    """Say loudly what is dangerous (SC-CONF-01)."""
    if base_url.static is None and not isinstance(s.base_url, DynamicBaseURL):
        logger.warning("base_url is not set: links in mails follow each request's Host header")
    if not s.production:
        return
    if base_url.static is not None and base_url.static.origin.startswith("http://"):
        logger.warning("base_url is not https: passwords and cookies travel in clear")
    if csrf_check_is_off(s.advanced):
        logger.warning("advanced.disable_csrf_check is on: other sites can act on behalf of your users")
    if s.advanced.disable_origin_check:
        logger.warning("advanced.disable_origin_check is on: every redirect target is trusted")
    if s.advanced.use_secure_cookies is False:
        logger.warning("advanced.use_secure_cookies is off: cookies travel in clear wherever the site is not https")
    for pattern in () if callable(s.trusted_origins) else s.trusted_origins:
        if (doubt := doubt_about(pattern)) is not None:
            logger.warning("trusted_origins: %r: %s", pattern, doubt)
    if s.database is None:
        logger.warning(_NO_STORE if s.stateless else "database is not set: users are forgotten when the process ends")
