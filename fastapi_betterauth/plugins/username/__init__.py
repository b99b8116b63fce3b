"""Usernames: a second name to sign in with, unique and normalised."""

from .client import AsyncUsernameCalls, UsernameCalls
from .options import DisplayUsernameValidator, Normalisation, UsernameValidator, ValidationOrder
from .plugin import Username

__all__ = [
    "AsyncUsernameCalls",
    "DisplayUsernameValidator",
    "Normalisation",
    "Username",
    "UsernameCalls",
    "UsernameValidator",
    "ValidationOrder",
]
