"""Attacks on resetting, changing and setting passwords."""

import pytest

from fastapi_betterauth import VerificationOptions
from tests.builders.world import Person, World, world


async def _token(w: World, person: Person) -> str:
    await person.post("/request-password-reset", {"email": person.email, "redirectTo": "/new"})
    return (await w.settled()).last(person.email, "reset").token


async def _reset(w: World, token: str, password: str = "a new password") -> tuple[int, str | None]:
    answer = await w.person().post("/reset-password", {"newPassword": password, "token": token})
    return answer.status_code, answer.json().get("code")


@pytest.mark.case("SC-RESET-01")
@pytest.mark.rule("email-password §5.4")
async def test_a_token_is_worth_one_reset(database_url: str) -> None:
    """The second use of a token is refused and changes nothing."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        first = await _reset(w, token)
        before = await w.snapshot()
        second = await _reset(w, token, "somebody else's")

        assert (first, second) == ((200, None), (400, "INVALID_TOKEN"))
        assert await w.snapshot() == before


@pytest.mark.case("SC-RESET-03")
@pytest.mark.rule("email-password §5.4", "email-password §1 resetPasswordTokenExpiresIn")
async def test_an_expired_token_is_refused_and_gone(database_url: str) -> None:
    """One second past its hour a token is worth nothing, and its row is deleted."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        w.clock.move(hours=1, seconds=1)

        assert await _reset(w, token) == (400, "INVALID_TOKEN")
        assert await w.rows("verification") == []


@pytest.mark.case("SC-RESET-04")
async def test_tokens_of_another_kind_reset_nothing(sqlite_url: str) -> None:
    """A verification link, a deletion token and a session token are no reset tokens."""
    async with world(sqlite_url, delete_user={"send_delete_account_verification": None}) as w:
        ada = await w.sign_up("ada")
        await ada.post("/send-verification-email", {"email": ada.email})
        verify = (await w.settled()).last(ada.email, "verify").token

        for wrong in (verify, ada.token, ada.user["id"], "delete-account-x"):
            assert await _reset(w, wrong) == (400, "INVALID_TOKEN")


@pytest.mark.case("SC-RESET-05")
@pytest.mark.parametrize("kept", ["plain", "hashed"])
async def test_a_change_of_address_voids_open_links(database_url: str, kept: str) -> None:
    """A link in the old mailbox does not open the account after its address has changed."""
    options: VerificationOptions = VerificationOptions(store_identifier=kept)  # type: ignore[arg-type]  # a literal

    async with world(
        database_url, verification_rows=options, change_email={"update_email_without_verification": True}
    ) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        await ada.post("/change-email", {"newEmail": "elsewhere@people.test"})

        assert await _reset(w, token) == (400, "INVALID_TOKEN")


@pytest.mark.case("SC-RESET-05")
async def test_a_token_of_a_deleted_user_opens_nothing(database_url: str) -> None:
    """After deletion and a new sign-up with the same address the old link is void."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        await ada.post("/delete-user", {"password": ada.password})
        again = await w.sign_up("ada")

        assert (await _reset(w, token))[0] == 400
        assert (await again.sign_in()).status_code == 200


@pytest.mark.case("SC-RESET-06")
async def test_using_one_link_voids_the_others(database_url: str) -> None:
    """Of two open links the second is worthless once the first was used."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        first, second = await _token(w, ada), await _token(w, ada)

        assert (await _reset(w, first), await _reset(w, second)) == ((200, None), (400, "INVALID_TOKEN"))


@pytest.mark.case("SC-RESET-08")
@pytest.mark.rule("email-password §1 revokeSessionsOnPasswordReset")
@pytest.mark.parametrize("revoke", [True, False])
async def test_a_reset_ends_sessions_only_if_asked_to(database_url: str, revoke: bool) -> None:  # noqa: FBT001 - a column
    """With the option every session ends at once; without it they go on, as the contract has it."""
    async with world(database_url, password={"revoke_sessions_on_password_reset": revoke}) as w:
        ada = await w.sign_up("ada")
        await _reset(w, await _token(w, ada))

        assert (await ada.session() is None) is revoke


@pytest.mark.case("SC-RESET-09")
@pytest.mark.rule("email-password §5.5")
async def test_a_reset_signs_nobody_in(sqlite_url: str) -> None:
    """The reset makes no session and sets no cookie."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        answer = await w.person().post("/reset-password", {"newPassword": "a new password", "token": token})

        assert "set-cookie" not in answer.headers
        assert len(await w.rows("session")) == 1


@pytest.mark.case("SC-RESET-11", "SC-REDIR-11")
async def test_no_token_is_carried_to_an_untrusted_page(sqlite_url: str) -> None:
    """A link that was edited to lead elsewhere is refused, and the token stays good."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        edited = await w.person().get(f"/reset-password/{token}?callbackURL=https://evil.test")

        assert (edited.status_code, edited.json()["code"]) == (403, "INVALID_CALLBACK_URL")
        assert "location" not in edited.headers
        assert await _reset(w, token) == (200, None)


@pytest.mark.case("SC-RESET-12", "SC-REDIR-19")
async def test_the_redirect_tells_no_referrer(sqlite_url: str) -> None:
    """The redirect that carries the token forbids the next page to pass it on."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        answer = await w.person().get(f"/reset-password/{await _token(w, ada)}?callbackURL=/new")

        assert answer.status_code == 302
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.case("SC-PW-06")
@pytest.mark.rule("email-password §5.1")
async def test_a_reset_request_tells_nothing(database_url: str) -> None:
    """Known and unknown addresses get the same answer; only the known one gets a mail."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        known = await w.person().post("/request-password-reset", {"email": ada.email})
        unknown = await w.person().post("/request-password-reset", {"email": "nobody@people.test"})

        assert (known.status_code, known.text, sorted(known.headers)) == (
            unknown.status_code,
            unknown.text,
            sorted(unknown.headers),
        )
        assert [m.to for m in (await w.settled()).sent] == [ada.email]


@pytest.mark.case("SC-RESET-13")
@pytest.mark.rule("email-password §6 change-password")
async def test_a_wrong_current_password_changes_nothing(database_url: str) -> None:
    """Twenty guesses at the current password leave the hash as it was."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        for guess in range(20):
            answer = await ada.post(
                "/change-password", {"currentPassword": f"guess {guess}", "newPassword": "mine now, all mine"}
            )
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PASSWORD")

        assert await w.snapshot() == before


@pytest.mark.case("SC-RESET-14")
@pytest.mark.rule("email-password §6.1")
async def test_changing_a_password_can_end_all_other_sessions(database_url: str) -> None:
    """With the flag every other session and the old token end at once; this device has a new one."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        other, old = await w.another_device(ada), ada.cookie() or ""
        body = {"currentPassword": ada.password, "newPassword": "a new password", "revokeOtherSessions": True}
        answer = await ada.post("/change-password", body)

        assert answer.json()["token"] not in (None, ada.token)
        assert (await other.session(), await ada.session() is not None) == (None, True)
        replay = w.person()
        replay.http.cookies.set("better-auth.session_token", old)
        assert await replay.session() is None


@pytest.mark.case("SC-RESET-15", "SC-RESET-16", "SC-HTTP-28")
@pytest.mark.rule("email-password §6.3", "email-password §6 set-password")
async def test_a_first_password_is_set_once_and_never_over_http(database_url: str) -> None:
    """``set-password`` refuses to overwrite, and no HTTP request reaches it."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        over_http = await ada.post("/set-password", {"newPassword": "stolen session"})
        api = w.auth.api.bind(headers={"cookie": f"better-auth.session_token={ada.cookie()}"})
        with pytest.raises(Exception, match="PASSWORD_ALREADY_SET"):
            await api.set_password(new_password="stolen session")

        assert (over_http.status_code, over_http.content) == (404, b"")
        assert (await ada.sign_in()).status_code == 200


@pytest.mark.case("SC-RESET-18")
async def test_the_owner_can_be_told(sqlite_url: str) -> None:
    """A change and a reset call the host's hook once each."""
    async with world(sqlite_url) as outer:
        told = outer.outbox.password_changed
        async with world(sqlite_url, password={"on_password_changed": told}) as w:
            ada = await w.sign_up("ada")
            await ada.post("/change-password", {"currentPassword": ada.password, "newPassword": "second password"})
            await _reset(w, await _token(w, ada))
            await w.settled()

        assert len(outer.outbox.to(ada.email, "password-changed")) == 2
