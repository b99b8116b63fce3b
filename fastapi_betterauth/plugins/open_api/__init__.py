"""A document of all endpoints for generators, and a page to read it."""

from .client import AsyncOpenApiCalls, OpenApiCalls
from .plugin import OpenApi

__all__ = [
    "AsyncOpenApiCalls",
    "OpenApi",
    "OpenApiCalls",
]
