"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from typing import Any

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.in_process import ServerSlice


class AsyncOpenApiCalls(AsyncSlice):
    """Its endpoints."""

    async def generate_open_api_schema(self) -> dict[str, Any]:
        """Describe all endpoints as OpenAPI 3.1.1."""
        found: dict[str, Any] = await self._get("/open-api/generate-schema", dict[str, Any])
        return found

    async def open_api_reference(self) -> str:
        """Show all endpoints on a page, whose viewer comes from a public CDN."""
        found: str = await self._get("/reference", str)
        return found


class OpenApiCalls(Slice):
    """Its endpoints, for blocking code."""

    def generate_open_api_schema(self) -> dict[str, Any]:
        """Describe all endpoints as OpenAPI 3.1.1."""
        found: dict[str, Any] = self._get("/open-api/generate-schema", dict[str, Any])
        return found

    def open_api_reference(self) -> str:
        """Show all endpoints on a page, whose viewer comes from a public CDN."""
        found: str = self._get("/reference", str)
        return found


class OpenApiServerCalls(ServerSlice, AsyncOpenApiCalls):
    """Its endpoints, in-process."""
