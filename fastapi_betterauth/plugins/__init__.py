"""Plugins that come with the library, imported when somebody asks; each uses only what a plugin of yours could use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .admin import Admin
    from .anonymous import Anonymous
    from .bearer import Bearer
    from .email_otp import EmailOtp
    from .generic_oauth import GenericOAuth
    from .magic_link import MagicLink
    from .multi_session import MultiSession
    from .open_api import OpenApi
    from .two_factor import TwoFactor
    from .username import Username
else:
    _HOMES = {
        "Admin": "admin",
        "Anonymous": "anonymous",
        "Bearer": "bearer",
        "EmailOtp": "email_otp",
        "GenericOAuth": "generic_oauth",
        "MagicLink": "magic_link",
        "MultiSession": "multi_session",
        "OpenApi": "open_api",
        "TwoFactor": "two_factor",
        "Username": "username",
    }

    def __getattr__(name: str) -> object:
        """Import the plugin that is asked for, and no other."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "Admin",
    "Anonymous",
    "Bearer",
    "EmailOtp",
    "GenericOAuth",
    "MagicLink",
    "MultiSession",
    "OpenApi",
    "TwoFactor",
    "Username",
]
