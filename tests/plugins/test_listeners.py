"""What plugins are told of users within the transaction that changes them."""

from fastapi_betterauth import Plugin, RequestContext
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.magic_link import MagicLink, MagicLinkMail
from tests.builders.world import world


class Watcher(Plugin):
    """Hears of users whose password or whose account changes hands."""

    id = "watcher"

    def __init__(self) -> None:
        self.passwords: list[str] = []
        self.claims: list[str] = []

    async def password_changes(self, _context: RequestContext, user_id: str) -> None:
        self.passwords.append(user_id)

    async def account_claimed(self, _context: RequestContext, user_id: str) -> None:
        self.claims.append(user_id)


async def test_it_hears_of_new_passwords(sqlite_url: str) -> None:
    """Changed, reset, set by an administrator; not of those that were refused, nor of the first one at sign-up."""
    watcher = Watcher()
    async with world(sqlite_url, plugins=[watcher, Admin(default_role="admin")]) as w:
        ada = await w.sign_up("ada")
        mine = str(ada.user["id"])
        change = {"currentPassword": "wrong", "newPassword": "another password"}
        assert (await ada.post("/change-password", change)).status_code == 400
        assert watcher.passwords == []
        await ada.post("/change-password", change | {"currentPassword": ada.password})
        assert watcher.passwords == [mine]
        await ada.post("/request-password-reset", {"email": ada.email})
        token = (await w.settled()).last(ada.email, "reset").token
        await w.person().post("/reset-password", {"token": token, "newPassword": "a third password"})
        assert watcher.passwords == [mine] * 2
        await ada.post("/admin/set-user-password", {"userId": mine, "newPassword": "a fourth password"})
        assert watcher.passwords == [mine] * 3
        assert watcher.claims == []


async def test_it_hears_of_claimed_accounts(sqlite_url: str) -> None:
    """Once, when somebody else proves the address; not of accounts that were proven before."""
    watcher, links = Watcher(), list[MagicLinkMail]()

    async def keep(mail: MagicLinkMail) -> None:
        links.append(mail)

    async with world(sqlite_url, plugins=[watcher, MagicLink(send_magic_link=keep)]) as w:
        ada = await w.sign_up("ada")
        for _ in range(2):
            visitor = w.person()
            await visitor.post("/sign-in/magic-link", {"email": ada.email})
            await visitor.http.get(links[-1].url)
        assert watcher.claims == [ada.user["id"]]
