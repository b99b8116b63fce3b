"""The official JavaScript client against a live server."""

import os
import subprocess
from pathlib import Path

import httpx2
import pytest

from scripts.services import free_port
from tests.builders.identity_provider import identity_provider
from tests.databases import unavailable
from tests.live_server import live_server

HERE = Path(__file__).resolve().parent


@pytest.mark.rule("client §2", "client §3")
@pytest.mark.slow
def test_official_clients_live_through_a_day(sqlite_url: str) -> None:
    """Signing up, in and out, reading and changing work with the pinned and a newer client."""
    if not (HERE / "node_modules").is_dir():
        unavailable("the Node packages of tests/js are missing: run `make install`")

    with live_server("tests.js.app:app", {"DATABASE_URL": sqlite_url}) as base_url:
        _run("client.test.mjs", BASE_URL=base_url)


@pytest.mark.rule("oauth-social §2", "generic-oauth §2", "generic-oauth §6")
@pytest.mark.slow
def test_official_clients_sign_in_through_a_provider(sqlite_url: str) -> None:
    """Signing in, linking, tokens and signing out work with both, at a certified provider."""
    if not (HERE / "node_modules").is_dir():
        unavailable("the Node packages of tests/js are missing: run `make install`")

    port = free_port()
    callbacks = [f"http://127.0.0.1:{port}/api/auth/callback/{name}" for name in ("idp", "other")]
    with identity_provider(*callbacks) as idp:
        people = {
            name: {"email": f"{name}@people.test", "email_verified": True, "name": name}
            for name in ("better-auth", "better-auth-newer")
        }
        httpx2.post(f"{idp.issuer}/control", json={"people": people}).raise_for_status()
        environment = {"DATABASE_URL": sqlite_url, "OIDC_ISSUER": idp.issuer}
        with live_server("tests.js.social_app:app", environment, port=port) as base_url:
            _run("social.test.mjs", BASE_URL=base_url, OIDC_ISSUER=idp.issuer)


def _run(script: str, **environment: str) -> None:
    command = ["node", "--test", script]
    run = subprocess.run(command, cwd=HERE, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
