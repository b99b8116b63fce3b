"""What a request may cost (SC-DOS). Nothing is timed closely: work is counted, and limits are generous."""

import ast
import asyncio
import importlib
import pkgutil
import re
import threading
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

import fastapi_betterauth
from fastapi_betterauth import PasswordHashing, current_session
from fastapi_betterauth.pipeline.origin import TrustedOrigins
from tests.builders.bounded import bounded
from tests.builders.hashing import CheapHasher
from tests.builders.world import Person, world

PACKAGE = Path(fastapi_betterauth.__file__).parent
SERVER = [path for path in PACKAGE.rglob("*.py") if "client" not in path.parts]
BLOCKING = {"requests", "urllib.request", "subprocess", "sqlite3", "psycopg2", "pymysql", "redis", "smtplib", "yaml"}
HUNDRED_KB = 100_000


class _HeldHasher(CheapHasher):
    """Does not answer until it is told to, like a hasher with too much to do."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.threads: set[int] = set()

    def hash(self, password: str) -> str:
        self.threads.add(threading.get_ident())
        return super().hash(password)

    def verify(self, password: str, stored: str) -> bool:
        self.threads.add(threading.get_ident())
        self.open.wait(30)
        return super().verify(password, stored)


def _host_app() -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(current: Annotated[Any, Depends(current_session)]) -> str:
        return str(current.user.email)

    return app


async def _status(person: Person) -> int:
    answer = await person.sign_in()
    if answer.status_code == 503:
        assert answer.json()["code"] == "SERVICE_UNAVAILABLE"
        assert answer.headers["retry-after"] == "1"
    return answer.status_code


@pytest.mark.slow
@pytest.mark.case("SC-DOS-01", "SC-PW-15")
async def test_a_flood_of_sign_ins_is_bounded(two_databases_url: str) -> None:
    """Of a thousand sign-ins at once a few are worked on, a few wait, the rest is 503; guards answer meanwhile."""
    hasher = _HeldHasher()
    hashing = PasswordHashing(hasher=hasher, max_workers=2, max_waiting=6)
    async with world(two_databases_url, app=_host_app(), password={"password": hashing}) as w:
        ada, visitor = await w.sign_up("ada"), w.person("ada")

        flood = [asyncio.create_task(_status(visitor)) for _ in range(1000)]
        async with asyncio.timeout(120):
            for refused in islice(asyncio.as_completed(flood), 992):
                assert await refused == 503
        guarded = await ada.http.get("/me")
        hasher.open.set()
        statuses = Counter(await asyncio.gather(*flood))

        assert guarded.status_code == 200
        assert statuses == {200: 8, 503: 992}
        assert len(hasher.verified) == 8


@pytest.mark.case("SC-DOS-04")
@pytest.mark.rule("email-password §10")
async def test_hashing_never_runs_on_the_loop(two_databases_url: str) -> None:
    """Sign-up, sign-in, change and check of passwords all hash on other threads than the loop's."""
    hasher = _HeldHasher()
    hasher.open.set()
    async with world(two_databases_url, password={"password": PasswordHashing(hasher=hasher)}) as w:
        ada = await w.sign_up("ada")
        await ada.sign_in()
        await ada.post("/verify-password", {"password": ada.password})
        await ada.post("/change-password", {"currentPassword": ada.password, "newPassword": "another password"})
        await ada.post("/request-password-reset", {"email": ada.email})
        token = (await w.settled()).last(ada.email, "reset").token
        await ada.post("/reset-password", {"token": token, "newPassword": "a third password"})

        assert hasher.calls >= 6
        assert threading.get_ident() not in hasher.threads


@pytest.mark.case("SC-DOS-04")
def test_nothing_that_blocks_is_imported() -> None:
    """The server imports no library that waits for network, files or processes without giving way."""
    found = []
    for path in SERVER:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            found += [f"{path.name}: {name}" for name in names if name in BLOCKING]

    assert found == []


@pytest.mark.case("SC-DOS-04")
def test_nothing_that_blocks_is_awaited_in_vain() -> None:
    """No coroutine sleeps, opens files or asks for names by the ways that hold up the loop."""
    blocking = {"time.sleep", "open", "input", "socket.getaddrinfo", "socket.gethostbyname", "os.system"}
    found = [
        f"{path.name}:{call.lineno} {ast.unparse(call.func)}"
        for path in SERVER
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in blocking
    ]

    assert found == []


def _uses() -> list[tuple[str, Callable[..., object]]]:
    """Each way in which a module of the package applies an expression of its own: ``_HOST.fullmatch``, say."""
    found = {}
    for name in (module.name for module in pkgutil.walk_packages([str(PACKAGE)], "fastapi_betterauth.")):
        module = importlib.import_module(name)
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                pattern = getattr(module, node.value.id, None)
                if isinstance(pattern, re.Pattern):
                    found[f"{name}.{ast.unparse(node)}"] = getattr(pattern, node.attr)
    return [(name, use) for name, use in found.items() if callable(use)]


@pytest.mark.case("SC-DOS-02")
@pytest.mark.parametrize(
    "piece", ["a", "a.", "a-", "-", "/", "%41", "%", "http://", "[", ":", "a@", "1", " ", "\\", "ä", "*", "{a"]
)
def test_every_expression_is_linear(piece: str) -> None:
    """100 kB of any repeated piece, with and without a wrong end, passes each expression in no time."""
    texts = [(piece * HUNDRED_KB)[:HUNDRED_KB] + end for end in ("", "!", "\n", "\x00")]
    uses = _uses()

    for name, use in uses:
        with bounded():
            for text in texts:
                if name.endswith(".sub"):
                    use("", text)
                else:
                    use(text)

    assert len(uses) > 8


@pytest.mark.case("SC-DOS-02")
@pytest.mark.parametrize(
    "pattern", ["*.example.com", "https://*.example.com", "**.**.**.a", "https://*-*-*-*.b", "a?*?*?*"]
)
def test_origins_match_in_linear_time(pattern: str) -> None:
    """Long hosts against patterns with many stars are answered at once, and never trusted."""
    trusted = TrustedOrigins.of([pattern])

    with bounded():
        answers = [
            trusted.trusts_origin(scheme + text * 50_000)
            for scheme in ("https://", "x://", "")
            for text in ("a.", "*", "-a")
        ]

    assert answers == [False] * 9


@pytest.mark.case("SC-DOS-06")
@pytest.mark.parametrize(
    "name", ["a" + "\u0301" * 500_000, "Z\u0351\u036b\u0343" * 100_000, "\u202e" * 300_000, "\ufdfa" * 300_000]
)
async def test_endless_names_are_refused_alike(database_url: str, name: str) -> None:
    """A name of a megabyte is a 400 on every database, at sign-up and later, and is not stored."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")

        answers = [await ada.post("/update-user", {"name": name}), await w.person("eve").sign_up(name=name)]

        assert [answer.status_code for answer in answers] == [400, 400]
        assert [row["name"] for row in await w.rows("user")] == ["Ada"]
