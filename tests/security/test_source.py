"""What the package's own text must not contain."""

import ast
from pathlib import Path

import pytest

import fastapi_betterauth

PACKAGE = Path(fastapi_betterauth.__file__).parent
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "cloudpickle", "jsonpickle", "random2"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}


@pytest.mark.case("SC-SESS-21")
@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_that_comes_from_outside_is_executed(path: Path) -> None:
    """No module that revives objects from bytes, no function that runs text: what is stored is JSON."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not {name.name.partition(".")[0] for name in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN_MODULES
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS
