"""Better Auth for FastAPI: authentication that feels native and speaks the wire format of Better Auth."""

from .advanced import AdvancedOptions
from .auth import BetterAuth
from .cached_sessions import CachedSession, get_cookie_cache, get_session_cookie
from .client.results import AuthError, RateLimited, Redirected, SignInWaits
from .crypto.hashers import Argon2Hasher, PasswordHasher, ScryptHasher
from .crypto.keeping import Encryption, Hashing
from .crypto.secret import VersionedSecret
from .errors import APIError, ConfigurationError, ErrorCode
from .features.account.options import AccountLinking, AccountOptions
from .features.change_email.options import ChangeEmail, ChangeEmailMail
from .features.email_verification.options import EmailVerification, VerificationMail
from .features.health.options import ErrorPage
from .features.password.options import EmailAndPassword, PasswordHashing, ResetPasswordMail
from .features.user.options import DeleteAccountMail, DeleteUser, UserOptions
from .features.user_info import OAuthSource, ProvisioningSource, Refusal
from .guards import (
    current_session,
    current_user,
    fresh_session,
    optional_session,
    require_permission,
    require_role,
    require_trusted_origin,
    require_verified_email,
)
from .on_api_error import OnAPIError
from .options import DatabaseOptions, IPAddressOptions, LoggerOptions, OpenTelemetryOptions
from .outbound.options import OutboundOptions
from .pipeline.base_url import DynamicBaseURL
from .pipeline.context import RequestContext
from .pipeline.cookies import CookieAttributesOverride, CookieOverride, CrossSubdomainCookies
from .pipeline.hooks import Answer, HookCall, Hooks, On
from .pipeline.rate_limit.counting import RateLimitDecision, RateLimitStorage
from .pipeline.rate_limit.options import RateLimit
from .pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from .plugin import Plugin
from .sessions.cache_options import CacheVersion, CookieCache, RefreshCache
from .sessions.models import CurrentSession
from .sessions.options import SessionOptions
from .storage.engine import Database
from .storage.fields import (
    AccountFields,
    OnUpdate,
    Private,
    ServerOnly,
    SessionFields,
    Sortable,
    Taken,
    Transform,
    UserFields,
    VerificationFields,
)
from .storage.hooks import ABORT, Caller, DatabaseHooks, TableHooks
from .storage.naming import Naming, TableNaming
from .storage.redis import RedisStorage
from .storage.secondary import MemoryStorage, SecondaryStorage
from .storage.types import IdType
from .storage.verifications import VerificationOptions
from .unguarded import unguarded_routes

__all__ = [
    "ABORT",
    "APIError",
    "AccountFields",
    "AccountLinking",
    "AccountOptions",
    "AdvancedOptions",
    "Answer",
    "Argon2Hasher",
    "AuthError",
    "BetterAuth",
    "CacheVersion",
    "CachedSession",
    "Caller",
    "ChangeEmail",
    "ChangeEmailMail",
    "ConfigurationError",
    "CookieAttributesOverride",
    "CookieCache",
    "CookieOverride",
    "CrossSubdomainCookies",
    "CurrentSession",
    "Database",
    "DatabaseHooks",
    "DatabaseOptions",
    "DeleteAccountMail",
    "DeleteUser",
    "DynamicBaseURL",
    "EmailAndPassword",
    "EmailVerification",
    "Encryption",
    "ErrorCode",
    "ErrorPage",
    "Hashing",
    "HookCall",
    "Hooks",
    "IPAddressOptions",
    "IdType",
    "LoggerOptions",
    "MemoryStorage",
    "Naming",
    "OAuthSource",
    "On",
    "OnAPIError",
    "OnUpdate",
    "OpenTelemetryOptions",
    "OutboundOptions",
    "PasswordHasher",
    "PasswordHashing",
    "PathRateLimit",
    "Plugin",
    "Private",
    "ProvisioningSource",
    "RateLimit",
    "RateLimitDecision",
    "RateLimitRule",
    "RateLimitStorage",
    "RateLimited",
    "Redirected",
    "RedisStorage",
    "RefreshCache",
    "Refusal",
    "RequestContext",
    "ResetPasswordMail",
    "ScryptHasher",
    "SecondaryStorage",
    "ServerOnly",
    "SessionFields",
    "SessionOptions",
    "SignInWaits",
    "Sortable",
    "TableHooks",
    "TableNaming",
    "Taken",
    "Transform",
    "UserFields",
    "UserOptions",
    "VerificationFields",
    "VerificationMail",
    "VerificationOptions",
    "VersionedSecret",
    "current_session",
    "current_user",
    "fresh_session",
    "get_cookie_cache",
    "get_session_cookie",
    "optional_session",
    "require_permission",
    "require_role",
    "require_trusted_origin",
    "require_verified_email",
    "unguarded_routes",
]
