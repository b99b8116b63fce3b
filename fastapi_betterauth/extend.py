"""What plugins are made of: the names that a plugin of yours can rely on."""

from __future__ import annotations

from .client.slices import AsyncSlice, Slice
from .errors import APIError, ErrorCode, RedirectTo
from .in_process import ServerSlice
from .pipeline.context import RequestContext
from .pipeline.current import ActiveSession, FreshSession, OptionalSession, SensitiveSession, StoredSession
from .pipeline.hooks import Answer, HookCall, Hooks, On
from .pipeline.operation import Operation, Provide, get, post
from .pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from .pipeline.schemas import SessionOut, UserOut
from .pipeline.sign_in import complete_sign_in
from .pipeline.wire import StatusAnswer, WireModel
from .plugin import Api, Plugin
from .sessions.models import CurrentSession
from .sessions.sign_in_checks import SignInAttempt, SignInHeld
from .storage.fields import Fields, Private, ServerOnly, Taken
from .storage.hooks import Caller, Changes, DatabaseHooks, TableHooks
from .storage.repository import Repository

__all__ = [
    "APIError",
    "ActiveSession",
    "Answer",
    "Api",
    "AsyncSlice",
    "Caller",
    "Changes",
    "CurrentSession",
    "DatabaseHooks",
    "ErrorCode",
    "Fields",
    "FreshSession",
    "HookCall",
    "Hooks",
    "On",
    "Operation",
    "OptionalSession",
    "PathRateLimit",
    "Plugin",
    "Private",
    "Provide",
    "RateLimitRule",
    "RedirectTo",
    "Repository",
    "RequestContext",
    "SensitiveSession",
    "ServerOnly",
    "ServerSlice",
    "SessionOut",
    "SignInAttempt",
    "SignInHeld",
    "Slice",
    "StatusAnswer",
    "StoredSession",
    "TableHooks",
    "Taken",
    "UserOut",
    "WireModel",
    "complete_sign_in",
    "get",
    "post",
]
