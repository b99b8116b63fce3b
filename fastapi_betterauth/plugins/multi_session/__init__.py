"""Several accounts in one browser."""

from .client import AsyncMultiSessionCalls, MultiSessionCalls
from .plugin import MultiSession

__all__ = [
    "AsyncMultiSessionCalls",
    "MultiSession",
    "MultiSessionCalls",
]
