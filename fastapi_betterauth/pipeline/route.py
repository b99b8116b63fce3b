"""An operation bound to an instance, as a FastAPI route: typed at ``/docs``, served on the road."""

from __future__ import annotations

import functools
import inspect
import json
import operator
from collections.abc import Callable, Coroutine
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

from fastapi import Body, Depends, Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, WithJsonSchema, create_model
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from fastapi_betterauth.errors import (
    INVALID_CALLBACK_URL,
    INVALID_ORIGIN,
    MISSING_OR_NULL_ORIGIN,
    PAYLOAD_TOO_LARGE,
    SERVICE_UNAVAILABLE,
    UNKNOWN_HOST,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION_ERROR,
    ErrorCode,
)
from fastapi_betterauth.storage.compose import FieldSpec

from .context import RequestContext
from .json_body import MISSING
from .operation import Accepts, Operation
from .responses import too_many_requests
from .road import Road, refused_by_framework
from .runtime import Runtime
from .schemas import SessionOut, UserOut
from .security import SessionScheme

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class AuthErrorBody(BaseModel):
    """What went wrong."""

    message: str
    code: str | None = None


class AuthRoute(APIRoute):
    """A route whose requests take the road. The signature it shows FastAPI is the operation's."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        auth: Runtime,
        operation: Operation[Any],
        **rest: Any,
    ) -> None:
        self.auth = auth
        self.operation = operation
        self.road = Road(auth, operation)
        super().__init__(path, endpoint, **rest)

    @classmethod
    def bind(cls, auth: Runtime, operation: Operation[Any], *, defines: bool = True) -> AuthRoute:
        """Build the route of an operation for one instance.

        Args: defines: it brings the schema of errors into the document, which the others only refer to.
        """
        return cls(
            auth.base_url.path + operation.path,
            _signature_of(auth, operation),
            auth=auth,
            operation=operation,
            methods=list(operation.methods),
            name=f"auth_{operation.name}",
            operation_id=f"auth_{operation.name}",
            tags=[f"auth: {operation.tag}"],
            summary=operation.summary,
            description=operation.description or operation.summary,
            response_model=_bound_to(auth, operation.returns),
            responses=_documented_errors(operation, limited=auth.limits_endpoints, defines=defines),
            dependencies=[Depends(SessionScheme(auth))] if operation.guarded else [],
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """A wrong method is an unknown path: no 405 (core-config sheet §9)."""
        match, child = super().matches(scope)
        return (Match.NONE, {}) if match is Match.PARTIAL else (match, child)

    def get_route_handler(self) -> _Handler:
        """Serve on the road; FastAPI's own handler runs what the host attached to the router."""
        native = super().get_route_handler()

        async def run_host_dependencies(context: RequestContext, body: object) -> None:
            try:
                await native(_as_json_request(cast("Request", context.request), body))
            except RequestValidationError as error:
                raise refused_by_framework(error) from None

        async def handler(request: Request) -> Response:
            return await self.road.over_http(request, run_host_dependencies)

        return handler


def _as_json_request(request: Request, body: object) -> Request:
    """Show FastAPI the body as it was parsed, whatever its media type was."""
    scope = dict(request.scope)
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"content-type", b"content-length")]
    scope["headers"] = [*kept, (b"content-type", b"application/json")]
    shown = Request(scope, request.receive)
    shown._body = b"" if body is MISSING else json.dumps(body).encode()  # noqa: SLF001
    return shown


def _signature_of(auth: Runtime, operation: Operation[Any]) -> Callable[..., Any]:
    """Build an endpoint whose signature documents the operation; by the time it is called all is checked."""

    async def endpoint(**_arguments: Any) -> Response:
        return Response()

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[str, Path()])
        for name in operation.path_parameters
    ]
    if operation.query is not None:
        hint = _annotated(_built(operation.query), Query())
        parameters.append(inspect.Parameter("query", inspect.Parameter.KEYWORD_ONLY, annotation=hint))
    if operation.body is not None:
        model = _with_additional_fields(auth, _built(operation.body), operation.accepts)
        needed = not operation.body_optional
        default = inspect.Parameter.empty if needed else None
        annotation = _annotated(model if needed else operator.or_(model, None), Body())
        parameters.append(
            inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        )
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    endpoint.__name__ = operation.name
    endpoint.__doc__ = operation.description
    return endpoint


def _built(model: type[BaseModel]) -> type[BaseModel]:
    """Build a model now that it has a use: FastAPI's adapter would else do it at the first request, and warn."""
    model.model_config["defer_build"] = False
    model.model_rebuild()
    return model


def _annotated(kind: object, extra: object) -> Any:
    return operator.getitem(cast("Any", Annotated), (kind, extra))


def _with_additional_fields(auth: Runtime, body: type[BaseModel], accepts: Accepts | None) -> type[BaseModel]:
    """Show the additional fields a body takes. They validate by the table's own rules, so not here."""
    if accepts is None:
        return body
    source = auth.session_input if accepts == "session_on_update" else auth.user_input
    fields: dict[str, Any] = {}
    for spec in source.open_fields:
        shown = Annotated[Any, WithJsonSchema(_schema_of(spec))]
        # Whether one is missing is for the table's rules to say, with a code of its own.
        fields[spec.name] = (shown, Field(default=None, alias=spec.wire))
    if not fields:
        return body
    return create_model(body.__name__, __base__=body, __module__=body.__module__, __doc__=body.__doc__, **fields)


def _schema_of(spec: FieldSpec) -> dict[str, Any]:
    holder = create_model("Holder", value=(spec.annotation, ...))
    _, schema = models_json_schema([(holder, "validation")])
    shown = next(iter(schema["$defs"].values()))["properties"]["value"]
    return {key: value for key, value in shown.items() if key != "title"}


def _bound_to(auth: Runtime, returns: Any) -> Any:
    """Put the instance's user and session models in the place of the general ones."""
    models: dict[Any, Any] = {UserOut: auth.views.user_model, SessionOut: auth.views.session_model}
    if isinstance(returns, type) and issubclass(returns, Response):
        return None
    generic = getattr(returns, "__pydantic_generic_metadata__", {})
    origin, arguments = generic.get("origin") or get_origin(returns), generic.get("args") or get_args(returns)
    if not arguments:
        return models.get(returns, returns)
    bound = tuple(_bound_to(auth, argument) for argument in arguments)
    return functools.reduce(operator.or_, bound) if origin in (Union, UnionType) else cast("Any", origin)[bound]


# FastAPI builds a validator for each model of each response: naming it on one route is enough to have it listed.
_ERROR = {"$ref": f"#/components/schemas/{AuthErrorBody.__name__}"}

_TOO_MANY: dict[str, Any] = {
    "description": "Too many requests",
    "content": {"text/plain": {"schema": {"type": "string"}, "example": bytes(too_many_requests(1).body).decode()}},
    "headers": {"X-Retry-After": {"description": "Seconds until it is worth trying", "schema": {"type": "integer"}}},
}


def _documented_errors(operation: Operation[Any], *, limited: bool, defines: bool) -> dict[int | str, dict[str, Any]]:
    """List each status with its codes; the ones every endpoint may answer come last."""
    codes: dict[int, list[ErrorCode]] = {status: list(found) for status, found in operation.errors.items()}
    codes.setdefault(400, []).extend([VALIDATION_ERROR, UNKNOWN_HOST])
    codes.setdefault(503, []).append(SERVICE_UNAVAILABLE)
    if "GET" not in operation.methods:
        codes.setdefault(403, []).extend([INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN, INVALID_CALLBACK_URL])
        codes[413], codes[415] = [PAYLOAD_TOO_LARGE], [UNSUPPORTED_MEDIA_TYPE]
    out: dict[int | str, dict[str, Any]] = {}
    for status, found in sorted(codes.items()):
        names = list(dict.fromkeys(code.code for code in found))
        examples = {code.code: {"value": {"code": code.code, "message": code.message}} for code in found}
        out[status] = {
            "description": " · ".join(names) or "Error",
            "content": {"application/json": {"schema": _ERROR, "examples": examples}},
        }
    if limited:
        out[429] = _TOO_MANY
    # Given so that FastAPI does not announce its own 422, which no endpoint of ours answers.
    out["default"] = {
        "description": "Any other refusal, such as one of your own hooks",
        **({"model": AuthErrorBody} if defines else {"content": {"application/json": {"schema": _ERROR}}}),
    }
    if operation.path_parameters:
        out[404] = {"description": "The path hides a slash, a dot or the like"}
    if operation.redirects:
        out[302] = {"description": "Redirect to the callback URL"}
    return out
