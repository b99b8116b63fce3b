"""Users without credentials, until they sign in for real."""

from .options import GenerateEmail, GenerateName, LinkedAccount, OnLinkAccount
from .plugin import Anonymous

__all__ = ["Anonymous", "GenerateEmail", "GenerateName", "LinkedAccount", "OnLinkAccount"]
