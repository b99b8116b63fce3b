"""A host's test that no route was left open by mistake."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket

from fastapi_betterauth import (
    CurrentSession,
    current_session,
    optional_session,
    require_role,
    require_trusted_origin,
    unguarded_routes,
)
from tests.builders.world import world


async def _owner(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
    return current.user.id


@pytest.mark.case("SC-CONF-04")
async def test_open_routes_are_listed(sqlite_url: str) -> None:
    """Guards count on the route, on its router, and within other dependencies; an optional session guards nothing."""
    app, team, public = FastAPI(), APIRouter(prefix="/team", dependencies=[Depends(require_role("x"))]), APIRouter()

    async def nothing() -> None: ...

    app.get("/closed", dependencies=[Depends(current_session)])(nothing)
    app.get("/owned", dependencies=[Depends(_owner)])(nothing)
    app.api_route("/open", methods=["GET", "POST"], dependencies=[Depends(require_trusted_origin)])(nothing)
    app.get("/optional", dependencies=[Depends(optional_session)])(nothing)
    team.get("/inside")(nothing)
    public.get("/about")(nothing)

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()

    app.include_router(team)
    app.include_router(public, prefix="/public")
    async with world(sqlite_url, app=app) as w:
        app.get("/bound", dependencies=[Depends(w.auth.current_user)])(nothing)

        assert unguarded_routes(app) == [
            "GET /open",
            "GET /optional",
            "GET /public/about",
            "POST /open",
            "WEBSOCKET /live",
        ]
