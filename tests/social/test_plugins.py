"""Sign-in through a provider together with plugins."""

import pytest

from fastapi_betterauth.plugins.anonymous import Anonymous, LinkedAccount
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.identity_provider import IdentityProvider, come_back, query_of, sign_in_through, start
from tests.builders.world import world
from tests.plugins.two_factor.people import enrolled


@pytest.mark.rule("anonymous §3 social", "anonymous §4.2", "anonymous §4.6")
@pytest.mark.parametrize("cookie", ["kept", "lost"])
async def test_an_anonymous_user_comes_out_of_the_flow(
    two_databases_url: str, idp: IdentityProvider, cookie: str
) -> None:
    """Whoever was anonymous at the start is linked at the end, although the callback may come without the cookie."""
    linked: list[tuple[str, str]] = []

    async def note(both: LinkedAccount) -> None:
        linked.append((both.anonymous_user.user.name, both.new_user.user.name))

    plugins = [Anonymous(on_link_account=note), GenericOAuth([idp.server()])]
    async with world(two_databases_url, plugins=plugins) as w:
        ada = w.person()
        await ada.post("/sign-in/anonymous")
        back = await idp.agree(await start(ada, additionalData={"anonymousUserId": "mine"}), "ada")
        if cookie == "lost":
            ada.http.cookies.delete("better-auth.session_token")

        assert await come_back(ada, back) == "/home"
        assert linked == [("Anonymous", "Ada")]
        assert [user["name"] for user in await w.rows("user")] == ["Ada"]


@pytest.mark.case("SC-OAUTH-31", "SC-TFA-02")
@pytest.mark.parametrize(("everywhere", "waits"), [(False, False), (True, True)])
async def test_a_second_factor_may_be_asked_for(
    two_databases_url: str, idp: IdentityProvider, *, everywhere: bool, waits: bool
) -> None:
    """By default the provider's word is enough; an option asks everybody, on the page that the flow leads to."""
    plugins = [TwoFactor(challenge_every_sign_in=everywhere), GenericOAuth([idp.server()])]
    async with world(two_databases_url, plugins=plugins) as w:
        ada = (await enrolled(w, "ada")).person
        await w.prove_address(ada)
        device = w.person()

        landed = await sign_in_through(idp, device, "ada")

        assert (query_of(landed).get("twoFactorRedirect") == "true") is waits
        assert (await device.session() is None) is waits
