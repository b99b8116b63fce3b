"""A document for generators, and a page to read it: the open-api plugin."""

import json
import re
from typing import Annotated, Any

import pytest
from fastapi.openapi.models import OpenAPI
from pydantic import BaseModel

from fastapi_betterauth import ConfigurationError, Plugin, Private, ServerOnly, UserFields
from fastapi_betterauth.pipeline.operation import get
from fastapi_betterauth.plugins.email_otp import EmailOtp, EmailOtpMail
from fastapi_betterauth.plugins.open_api import OpenApi
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.world import BASE, SECRET, World, world

SCHEMA = "/open-api/generate-schema"


class Member(UserFields):
    """With fields of every kind."""

    city: str
    score: Annotated[int | None, ServerOnly] = 0
    note: Annotated[str | None, Private] = None


async def _send(_mail: EmailOtpMail) -> None:
    pass


async def _document(w: World) -> dict[str, Any]:
    answer = await w.person().get(SCHEMA)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.rule("open-api §3", "open-api §2", "open-api §3.1", "open-api §3.2", "open-api §3.8", "open-api §3.7")
async def test_all_reachable_endpoints_are_described(sqlite_url: str) -> None:
    """Core and plugins, each under its tag; server-only and disabled ones, and the plugin's own, are not."""
    plugins = [TwoFactor(), EmailOtp(send_verification_otp=_send), OpenApi()]
    async with world(sqlite_url, plugins=plugins, disabled_paths=["/sign-up/email"]) as w:
        document = await _document(w)
        operations = [o for found in w.auth.runtime.operations.values() for o in found]

    OpenAPI.model_validate(document)
    reachable = {(o.path, m.lower()) for o in operations if not o.server_only for m in o.methods}
    reachable -= {("/sign-up/email", "post"), (SCHEMA, "get"), ("/reference", "get")}
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == reachable
    assert document["openapi"] == "3.1.1"
    assert document["info"]["title"] == "Better Auth"
    assert document["servers"] == [{"url": f"{BASE}/api/auth"}]
    assert document["security"] == [{"apiKeyCookie": [], "bearerAuth": []}]
    assert [tag["name"] for tag in document["tags"]] == ["Default"]
    shown = {
        path: (entry["tags"], entry.get("operationId"), entry["security"])
        for path, methods in document["paths"].items()
        for entry in methods.values()
    }
    bearer = [{"bearerAuth": []}]
    assert shown["/sign-in/email"] == (["Default"], "signInEmail", bearer)
    assert shown["/get-session"] == (["Default"], "getSessionPost", bearer)
    assert shown["/two-factor/enable"] == (["Two-factor"], None, bearer)
    assert shown["/sign-in/email-otp"] == (["Email-otp"], "signInWithEmailOTP", bearer)
    responses = document["paths"]["/two-factor/enable"]["post"]["responses"]
    assert {"200", "400", "401", "403", "404", "429", "500"} <= set(responses)


@pytest.mark.rule("open-api §3.3", "open-api §3.4", "open-api §3.5", "open-api §3.6", "open-api §3")
async def test_inputs_and_tables_are_described(sqlite_url: str) -> None:
    """Path and query parameters, bodies with the host's fields, and a schema per table."""
    plugins = [TwoFactor(), OpenApi(title="Shop", version="2.0")]
    async with world(sqlite_url, plugins=plugins, user={"fields": Member}) as w:
        document = await _document(w)

    paths, schemas = document["paths"], document["components"]["schemas"]
    assert (document["info"]["title"], document["info"]["version"]) == ("Shop", "2.0")
    (parameter, *_query) = paths["/reset-password/{token}"]["get"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("token", "path", True)
    body = paths["/sign-up/email"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    properties = schemas[body["$ref"].rpartition("/")[2]]["properties"]
    assert {"name", "email", "password", "city", "note"} <= set(properties)
    assert "score" not in properties
    assert paths["/revoke-sessions"]["post"]["requestBody"]["content"]["application/json"]["schema"] == {
        "type": "object",
        "properties": {},
    }
    assert {"User", "Session", "Account", "Verification", "TwoFactor"} <= set(schemas)
    user = schemas["User"]
    assert user["properties"]["id"]["readOnly"] is user["properties"]["score"]["readOnly"] is True
    assert user["properties"]["createdAt"] == {"type": "string", "format": "date-time", "readOnly": True}
    assert {"id", "email", "city"} <= set(user["required"])
    assert "note" in user["properties"]
    assert "note" not in user["required"]


@pytest.mark.case("SC-PLUG-20")
@pytest.mark.rule("open-api §2", "open-api §4.2", "open-api §1 theme", "open-api §1 nonce")
async def test_the_page_holds_the_document(sqlite_url: str) -> None:
    """Inlined so that no text of it can end its script; theme and nonce are the host's."""

    class Answer(BaseModel):
        """An answer."""

    @get("/plot", tag="plot")
    async def plot() -> Answer:
        """Close the tag: </script><script>alert(1)</script>."""
        return Answer()

    class Evil(Plugin):
        id = "evil"
        operations = (plot,)

    plugins = [Evil(), OpenApi(theme="moon", nonce='n"once')]
    async with world(sqlite_url, plugins=plugins) as w:
        answer = await w.person().get("/reference")
        document = await _document(w)

    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.count("</script>") == 2
    inlined = re.search(r'<script id="api-reference"[^>]*>(.*?)</script>', answer.text, re.DOTALL)
    assert inlined is not None
    assert json.loads(inlined[1]) == document
    assert "&quot;moon&quot;" in answer.text
    assert answer.text.count('nonce="n&quot;once"') == 2
    assert SECRET not in answer.text


@pytest.mark.case("SC-PLUG-20")
@pytest.mark.rule("open-api §1 disableDefaultReference", "open-api §1 path", "open-api §2")
async def test_the_page_can_be_elsewhere_or_nowhere(sqlite_url: str) -> None:
    """Another path; none at all, while the document stays; the document, too, by ``disabled_paths``."""
    async with world(sqlite_url, plugins=[OpenApi(path="/read/me")]) as w:
        assert (await w.person().get("/read/me")).status_code == 200
        assert (await w.person().get("/reference")).status_code == 404
    off = OpenApi(disable_default_reference=True)
    async with world(sqlite_url, plugins=[off]) as w:
        answer = await w.person().get("/reference")
        assert (answer.status_code, answer.content) == (404, b"")
        assert (await w.person().get(SCHEMA)).status_code == 200
    async with world(sqlite_url, plugins=[off], disabled_paths=[SCHEMA]) as w:
        assert (await w.person().get(SCHEMA)).status_code == 404


@pytest.mark.rule("open-api §4.1", "open-api §4.3")
async def test_each_instance_is_described_for_itself(sqlite_url: str) -> None:
    """Also where two share the plugin; in-process no headers are needed."""
    plugin = OpenApi()
    async with world(sqlite_url, plugins=[plugin]) as w, world(sqlite_url, plugins=[plugin, TwoFactor()]) as other:
        mine, theirs = [await one.auth.plugin(OpenApi).api.generate_open_api_schema() for one in (w, other)]
        again = await w.auth.plugin(OpenApi).api.generate_open_api_schema()
        assert set(theirs["paths"]) > set(mine["paths"])
        assert again == mine
        assert "<title>" in str(await w.auth.plugin(OpenApi).api.open_api_reference())


@pytest.mark.rule("open-api §1 path")
@pytest.mark.parametrize("path", ["", "/", "reference", "/{id}"])
def test_the_path_must_be_one(path: str) -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match=r"OpenApi\(path\)"):
        OpenApi(path=path)
