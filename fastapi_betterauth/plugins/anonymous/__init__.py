"""Users without credentials, until they sign in for real."""

from .client import AnonymousCalls, AsyncAnonymousCalls
from .options import GenerateEmail, GenerateName, LinkedAccount, OnLinkAccount
from .plugin import Anonymous

__all__ = [
    "Anonymous",
    "AnonymousCalls",
    "AsyncAnonymousCalls",
    "GenerateEmail",
    "GenerateName",
    "LinkedAccount",
    "OnLinkAccount",
]
