"""Several accounts in one browser."""

from .plugin import MultiSession

__all__ = ["MultiSession"]
