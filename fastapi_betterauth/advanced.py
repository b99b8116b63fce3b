"""Advanced options: cookies, proxies, ids, background work (core-config sheet §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .options import DatabaseOptions, IPAddressOptions
from .outbound.options import OutboundOptions
from .pipeline.background import BackgroundHandler
from .pipeline.cookies import CookieAttributesOverride, CookieOverride, CrossSubdomainCookies
from .storage.ids import GenerateId


@dataclass(frozen=True, kw_only=True, slots=True)
class AdvancedOptions:
    """What few hosts need to touch."""

    use_secure_cookies: bool | None = None
    """``Secure`` and the ``__Secure-`` prefix; None: by the base URL's scheme, else as in production."""
    cookie_prefix: str = "better-auth"
    """First part of every cookie's name."""
    cookies: Mapping[str, CookieOverride] = field(default_factory=dict)
    """Exceptions by logical name: ``session_token``, ``session_data``, ``dont_remember``."""
    default_cookie_attributes: CookieAttributesOverride = field(default_factory=CookieAttributesOverride)
    """Attributes of all cookies."""
    cross_subdomain_cookies: CrossSubdomainCookies | None = None
    """Share cookies with sub-domains."""
    disable_csrf_check: bool | None = None
    """Do not look where requests come from. Dangerous. None: as ``disable_origin_check``."""
    disable_origin_check: bool = False
    """Trust every origin and every redirect target. Dangerous."""
    ip_address: IPAddressOptions = field(default_factory=IPAddressOptions)
    """How client addresses are told."""
    trusted_proxy_headers: bool = False
    """Take host and scheme from ``X-Forwarded-Host`` and ``X-Forwarded-Proto``."""
    generate_id: GenerateId = "random"
    """How primary keys are made."""
    database: DatabaseOptions = field(default_factory=DatabaseOptions)
    """How tables are made and read."""
    background_tasks: BackgroundHandler | None = None
    """Takes over background work, such as mail; by default it runs beside the requests."""
    outbound: OutboundOptions = field(default_factory=OutboundOptions)
    """Limits of the requests that the server makes itself, to identity providers and the like."""
    skip_trailing_slashes: bool = False
    """Serve ``/ok/`` like ``/ok``."""
    max_body_size: int = 1_048_576
    """Largest request body, in bytes."""
