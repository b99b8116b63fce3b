"""A document of all endpoints for generators, and a page to read it."""

from .plugin import OpenApi

__all__ = ["OpenApi"]
