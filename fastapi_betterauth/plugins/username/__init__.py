"""Usernames: a second name to sign in with, unique and normalised."""

from .options import DisplayUsernameValidator, Normalisation, UsernameValidator, ValidationOrder
from .plugin import Username

__all__ = ["DisplayUsernameValidator", "Normalisation", "Username", "UsernameValidator", "ValidationOrder"]
