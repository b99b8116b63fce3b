"""Signing in by a mailed link."""

from .options import GenerateToken, MagicLinkMail, SendMagicLink
from .plugin import MagicLink

__all__ = ["GenerateToken", "MagicLink", "MagicLinkMail", "SendMagicLink"]
