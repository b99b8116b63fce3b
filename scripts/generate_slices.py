"""Writes the clients of plugins from their operations, so that the two cannot differ.

python -m scripts.generate_slices [--check]
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from starlette.responses import Response

from fastapi_betterauth import plugins
from fastapi_betterauth.client.results import Redirected
from fastapi_betterauth.pipeline.operation import Operation
from fastapi_betterauth.pipeline.wire import OpenWireModel
from fastapi_betterauth.plugin import Plugin
from scripts.generated_files import formatted, write_or_check

INDENT = "    "

_HEAD = '''"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

'''


class Source:
    """Types as source text, and the imports they need."""

    def __init__(self) -> None:
        self.imports: set[tuple[str, str]] = set()

    def name(self, thing: Any) -> str:
        """Returns: a class's name, which will be imported."""
        if thing.__module__ != "builtins":
            self.imports.add((thing.__module__, thing.__name__))
        return str(thing.__name__)

    def text(self, kind: Any) -> str:
        """Returns: a type as one writes it."""
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.text(arguments[0])
        if origin in (Union, UnionType):
            return " | ".join(self.text(part) for part in arguments)
        if origin is Literal:
            self.imports.add(("typing", "Literal"))
            return f"Literal[{', '.join(repr(value) for value in arguments)}]"
        generic = getattr(kind, "__pydantic_generic_metadata__", {})
        if origin is None and not generic.get("args"):
            return self._plain(kind)
        return f"{self.name(origin or generic['origin'])}[{', '.join(map(self.text, arguments or generic['args']))}]"

    def _plain(self, kind: Any) -> str:
        if kind in (None, NoneType):
            return "None"
        return "str" if isinstance(kind, type) and issubclass(kind, Response) else self.name(kind)


def plugin_files() -> Iterator[tuple[Path, str]]:
    """Yields: the client of each plugin that has endpoints: where it belongs, and its text."""
    for name in plugins.__all__:
        kind: type[Plugin] = getattr(plugins, name)
        target = Path(inspect.getfile(kind)).parent / "client.py"
        if kind.operations:
            yield target, formatted(_module(name, kind.operations), target)


def _module(plugin: str, operations: Iterable[Operation[Any]]) -> str:
    source = Source()
    public = [o for o in operations if not o.server_only]
    private = [o for o in operations if o.server_only]
    source.imports |= {("fastapi_betterauth.client.slices", kind) for kind in ("AsyncSlice", "Slice")}
    source.imports.add(("fastapi_betterauth.in_process", "ServerSlice"))
    classes = [
        _class(f"Async{plugin}Calls(AsyncSlice)", "Its endpoints.", public, source, waits=True),
        _class(f"{plugin}Calls(Slice)", "Its endpoints, for blocking code.", public, source, waits=False),
        _class(
            f"{plugin}ServerCalls(ServerSlice, Async{plugin}Calls)",
            "Its endpoints, in-process.",
            private,
            source,
            waits=True,
        ),
    ]
    lines = sorted(f"from {module} import {name}" for module, name in source.imports)
    return _HEAD + "\n".join(lines) + "\n\n\n" + "\n\n".join(classes)


def _class(head: str, doc: str, operations: list[Operation[Any]], source: Source, *, waits: bool) -> str:
    methods = [_method(operation, source, waits=waits) for operation in operations]
    return f'class {head}:\n{INDENT}"""{doc}"""\n\n' + "\n".join(methods)


def _method(operation: Operation[Any], source: Source, *, waits: bool) -> str:
    """Write a method: it takes what the body or the query takes, by name."""
    model = operation.body or operation.query
    returns = source.text(operation.returns)
    if operation.redirects and operation.returns is not NoneType:
        returns = f"{returns} | {source.name(Redirected)}"
    head = f"{'async ' if waits else ''}def {operation.name}(self{_parameters(model, source)}) -> {returns}:"
    summary = operation.summary if operation.summary.endswith(".") else f"{operation.summary}."
    call = _call(operation, model, source)
    value = f"{'await ' if waits else ''}{call}"
    if operation.methods[0] == "GET":
        body = f"found: {returns} = {value}\n{INDENT * 2}return found"
    else:
        body = f"return {value}"
    return f'{INDENT}{head}\n{INDENT * 2}"""{summary}"""\n{INDENT * 2}{body}\n'


def _parameters(model: type[BaseModel] | None, source: Source) -> str:
    if model is None or not (model.model_fields or _is_open(model)):
        return ""
    written = []
    for name, field in model.model_fields.items():
        kind = source.text(field.annotation)
        if field.is_required():
            written.append(f"{name}: {kind}")
        else:
            optional = kind if kind.endswith("None") else f"{kind} | None"
            written.append(f"{name}: {optional} = None")
    if _is_open(model):
        source.imports |= {("collections.abc", "Mapping")}
        written.append("fields: Mapping[str, object] | None = None")
    return f", *, {', '.join(written)}"


def _is_open(model: type[BaseModel]) -> bool:
    return issubclass(model, OpenWireModel)


def _call(operation: Operation[Any], model: type[BaseModel] | None, source: Source) -> str:
    is_get = operation.methods[0] == "GET"
    returns = source.text(operation.returns)
    built = "{}" if not is_get else None
    if model is not None and (model.model_fields or _is_open(model)):
        make = "query_from" if is_get else "body_of"
        source.imports.add(("fastapi_betterauth.client.transport", make))
        given = ", ".join(f"{name}={name}" for name in model.model_fields)
        built = f"{make}({source.name(model)}.model_construct({given}){', fields' if _is_open(model) else ''})"
    arguments = [repr(operation.path), returns, *([built] if built else [])]
    if operation.redirects:
        arguments.append("redirects=True")
    return f"self._{operation.methods[0].lower()}({', '.join(arguments)})"


if __name__ == "__main__":
    sys.exit(write_or_check(plugin_files(), sys.argv))
