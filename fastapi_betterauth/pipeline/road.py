"""The way of every request, written once (DESIGN §3, security sheet §1)."""

from __future__ import annotations

import asyncio
import fnmatch
import inspect
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response

from fastapi_betterauth.crypto.passwords import HashingOverloaded
from fastapi_betterauth.errors import (
    BAD_REQUEST,
    SERVICE_UNAVAILABLE,
    VALIDATION_ERROR,
    APIError,
    RedirectTo,
    StorageUnavailable,
    TransientConflict,
    ValueTooLong,
)
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.sessions.sign_in_checks import SignInHeld
from fastapi_betterauth.telemetry import ended

from .client_ip import resolve_client_ip
from .context import RequestContext
from .current import hand_out_copy
from .hooks import Answer, HookCall
from .json_body import MISSING, is_clean, parse_body, read_limited
from .operation import Operation
from .place import base_of_call, base_of_request, peer_of, trusted_origins_at
from .provenance import SAFE_METHODS, check_form_csrf, check_request_origin, check_target, check_targets
from .rate_limit import door
from .responses import failure, finish, redirect, success
from .runtime import Runtime
from .validation import validate

T = TypeVar("T")

logger = logging.getLogger("fastapi_betterauth")

_ATTEMPTS = 4

HostDependencies = Callable[[RequestContext, Any], Awaitable[None]]
"""Runs what the host attached to the router, such as ``include_router(dependencies=[…])``."""


class Road:
    """Takes calls of one operation from the door to the answer."""

    def __init__(self, auth: Runtime, operation: Operation[Any]) -> None:
        self._auth = auth
        self._operation = operation
        self._before = auth.hooks.before(operation)
        self._after = auth.hooks.after(operation)
        self._middlewares = tuple(m for glob, m in auth.middlewares if fnmatch.fnmatchcase(operation.path, glob))

    async def over_http(self, request: Request, dependencies: HostDependencies) -> Response:
        """Answer an HTTP request."""
        with self._auth.telemetry.request(request.method, self._operation.path, self._operation.name) as span:
            response = await self._answer(request, dependencies)
            ended(span, response.status_code)
            return response

    async def in_process(
        self,
        *,
        body: object,
        query: Mapping[str, Any],
        path_params: Mapping[str, str],
        headers: Headers,
        session: CurrentSession | None,
        origin: HTTPConnection | None = None,
    ) -> tuple[object, RequestContext]:
        """Run the operation for server code: no origin check, no rate limit, hooks included (security sheet §8).

        Args: origin: the request on whose behalf the server calls; it tells scheme and client address.
        Returns: the handler's result, and the context with the cookies it asked for.
        Raises: APIError, RedirectTo: as the operation does.
        """
        await self._auth.ready()
        base = base_of_call(self._auth, headers, origin)
        context = RequestContext(
            self._auth,
            self._operation,
            headers=headers,
            base=base,
            trusted=self._auth.trusted,
            ip_address=resolve_client_ip(headers.getlist, peer_of(origin), self._auth.client_ip),
            request=None,
            session=session,
        )
        context.path_params = dict(path_params)
        context.query = query
        result = await self._attempts(context, body, dict(query), _no_dependencies)
        return result, context

    async def _answer(self, request: Request, dependencies: HostDependencies) -> Response:
        if self._operation.path in self._auth.disabled_paths:
            return PlainTextResponse("Not Found", status_code=404)
        try:
            context = await self._open(request)
        except APIError as error:
            return failure(error)
        limiter = self._auth.rate_limiter if self._auth.limits_endpoints else None
        if limiter is not None and (refusal := await door.count(limiter, context, request)) is not None:
            return refusal
        for hook in self._auth.on_request:
            if (early := await hook(context)) is not None:
                return early
        response = await self._guarded(context, request, dependencies)
        return await self._on_response(response, context)

    async def _guarded(self, context: RequestContext, request: Request, dependencies: HostDependencies) -> Response:
        """Serve a request, and turn whatever goes wrong into a response."""
        try:
            await self._auth.ready()
            return finish(await self._serve(context, request, dependencies), context, failed=False)
        except RedirectTo as target:
            return finish(redirect(target), context, failed=False)
        except APIError as error:
            if self._auth.errors.raise_errors:
                raise
            return finish(failure(await self._report(error, context)), context, failed=True)
        except StorageUnavailable as error:
            logger.error("%s: %s", self._operation.name, error)  # noqa: TRY400 - the trace says nothing more
            return finish(failure(_unavailable()), context, failed=True)
        except HTTPException:
            raise
        except Exception:
            incident = uuid4().hex
            logger.exception("%s failed (incident %s)", self._operation.name, incident)
            context.cookies.clear()
            return finish(Response(status_code=500, headers={"x-error-id": incident}), context, failed=True)

    async def _open(self, request: Request) -> RequestContext:
        auth, headers = self._auth, request.headers
        base = base_of_request(auth, request)
        context = RequestContext(
            auth,
            self._operation,
            headers=headers,
            base=base,
            trusted=await trusted_origins_at(auth, base, request),
            ip_address=resolve_client_ip(headers.getlist, peer_of(request), auth.client_ip),
            request=request,
        )
        context.path_params = {name: str(value) for name, value in request.path_params.items()}
        return context

    async def _serve(self, context: RequestContext, request: Request, dependencies: HostDependencies) -> Response:
        query = context.query = _query_of(request)
        raw = b""
        if request.method not in SAFE_METHODS:
            raw = await read_limited(request.stream(), request.headers.get("content-length"), self._auth.max_body_size)
        body = parse_body(raw, request.headers.get("content-type"), forms=self._operation.forms)
        if request.method not in SAFE_METHODS:
            check_request_origin(context)
            check_targets(context, body, query)
        for middleware in self._middlewares:
            with self._auth.telemetry.part(f"middleware {self._operation.path}"):
                await middleware(context)
        result = await self._attempts(context, body, query, dependencies)
        return success(result)

    async def _attempts(
        self, context: RequestContext, body: object, query: dict[str, Any], dependencies: HostDependencies
    ) -> object:
        """Run the whole unit; when another transaction stood in the way, once more from the start (SC-DB-07)."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._attempt(context, body, query, dependencies)
            except TransientConflict:
                if attempt == _ATTEMPTS:
                    raise _unavailable() from None
                await asyncio.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311 - spreads contenders, no secret
            except HashingOverloaded:
                raise _unavailable() from None
            except ValueTooLong:
                raise APIError(400, VALIDATION_ERROR, message="A value is too long") from None
            context.restart()
        raise AssertionError("unreachable")

    async def _attempt(
        self, context: RequestContext, body: object, query: dict[str, Any], dependencies: HostDependencies
    ) -> object:
        call = HookCall(self._operation, context, body, dict(query))
        try:
            for before in self._before:
                with self._auth.telemetry.part(f"hook before {self._operation.path}", hook_type="before"):
                    answer = await before(call)
                if answer is not None:
                    await hand_out_copy(context)
                    await context.unit.commit()
                    return answer.value
            result = await self._with_after_hooks(call, dependencies)
            await hand_out_copy(context)
            await context.unit.commit()
        except APIError:
            context.start_background_work(refused=True)
            raise
        finally:
            await asyncio.shield(context.unit.rollback())
        context.start_background_work()
        if isinstance(result, RedirectTo):
            raise result
        return result

    async def _with_after_hooks(self, call: HookCall, dependencies: HostDependencies) -> object:
        """Run validation, guards and handler, then show the result to the after hooks."""
        try:
            call.returned = await self._handle(call, dependencies)
        except (APIError, RedirectTo) as outcome:
            call.returned = outcome
        except SignInHeld as held:
            call.context.sign_in_held = True
            call.returned = held.answer
        for hook in self._after:
            try:
                with self._auth.telemetry.part(f"hook after {self._operation.path}", hook_type="after"):
                    answer = await hook(call)
            except (APIError, RedirectTo) as outcome:
                call.returned = outcome
                continue
            if isinstance(answer, Answer):
                call.returned = answer.value
        if isinstance(call.returned, APIError):
            raise call.returned
        return call.returned

    async def _handle(self, call: HookCall, dependencies: HostDependencies) -> object:
        operation, context = self._operation, call.context
        arguments: dict[str, Any] = dict(context.path_params)
        if operation.body is not None:
            given = {} if operation.body_optional and call.body is MISSING else call.body
            arguments["body"] = validate(operation.body, given, "body")
        if operation.query is not None:
            arguments["query"] = validate(operation.query, call.query, "query")
        if context.over_http:
            if operation.form_csrf:
                check_form_csrf(context)
            if operation.checks_callback:
                check_target(context, "callbackURL", call.query.get("callbackURL"))
            await dependencies(context, call.body)
        if operation.context_parameter is not None:
            arguments[operation.context_parameter] = context
        for name, provide in operation.provides.items():
            made = provide.make(context)
            arguments[name] = await made if inspect.isawaitable(made) else made
        with self._auth.telemetry.part(f"handler {operation.path}"):
            return await operation.handler(**arguments)

    async def _report(self, error: APIError, context: RequestContext) -> APIError:
        """Show an error to the host; an APIError that its handler raises becomes the answer."""
        on_error = self._auth.errors.on_error
        if on_error is None:
            if error.status == 500:  # noqa: PLR2004
                # Quoted: what a client sent may be in it, and must not begin a line of its own (SC-LOG-05).
                logger.error("%s: %r", self._operation.name, str(error))
            return error
        try:
            await on_error(error, context)
        except APIError as replacement:
            return replacement
        return error

    async def _on_response(self, response: Response, context: RequestContext) -> Response:
        for hook in self._auth.on_response:
            if (other := await hook(response, context)) is not None:
                return other
        return response


async def _no_dependencies(_context: RequestContext, _body: object) -> None:
    return None


def _query_of(request: Request) -> dict[str, Any]:
    """Read the query; repeated keys become lists (core-config sheet §9)."""
    query: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name not in query:
            query[name] = value
        elif isinstance(query[name], list):
            query[name].append(value)
        else:
            query[name] = [query[name], value]
    if not is_clean(query):
        raise APIError(400, BAD_REQUEST, message="Invalid characters in query")
    return query


def _unavailable() -> APIError:
    return APIError(503, SERVICE_UNAVAILABLE, headers=(("retry-after", "1"),))


def refused_by_framework(error: RequestValidationError) -> APIError:
    """Returns: our 400 for what the framework's own validation refused (a host's dependency, say)."""
    names = "; ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
    return APIError(400, VALIDATION_ERROR, message=f"Invalid input: {names}")
