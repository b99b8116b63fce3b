"""Signing in by a mailed link."""

from .client import AsyncMagicLinkCalls, MagicLinkCalls
from .options import GenerateToken, MagicLinkMail, SendMagicLink
from .plugin import MagicLink

__all__ = [
    "AsyncMagicLinkCalls",
    "GenerateToken",
    "MagicLink",
    "MagicLinkCalls",
    "MagicLinkMail",
    "SendMagicLink",
]
