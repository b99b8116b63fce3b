"""Mails that a host's tests read."""

import pytest

from fastapi_betterauth import (
    ResetPasswordMail,
    VerificationMail,
)
from fastapi_betterauth.plugins.email_otp import EmailOtpMail
from fastapi_betterauth.plugins.magic_link import MagicLinkMail
from fastapi_betterauth.plugins.two_factor import TwoFactorCodeMail
from fastapi_betterauth.storage.fields import SessionFields
from fastapi_betterauth.testing import AppUnderTest, AuthKit
from tests.testing import host

Kit = AuthKit[host.HostUser, SessionFields]


async def test_mails_are_there_with_the_answer(auth_kit: Kit) -> None:
    """Their links, tokens and codes can be used; nothing was sent."""
    host.delivered.clear()
    ada = await auth_kit.as_user(password="correct horse")
    address = ada.user.email

    await ada.post("/api/auth/request-password-reset", json={"email": address, "redirectTo": "/new"})
    token = auth_kit.mails.last(address, ResetPasswordMail).token
    reset = await ada.post("/api/auth/reset-password", json={"token": token, "newPassword": "another horse"})
    await ada.post("/api/auth/sign-in/magic-link", json={"email": address})
    link = auth_kit.mails.last(address, MagicLinkMail).url
    await ada.post("/api/auth/email-otp/send-verification-otp", json={"email": address, "type": "sign-in"})
    code = auth_kit.mails.last(address, EmailOtpMail).code

    assert reset.status_code == 200
    assert [sent.option for sent in auth_kit.mails.to(address)] == [
        "send_reset_password",
        "on_password_reset",
        "send",
        "send",
    ]
    assert (await ada.get(link)).status_code == 302
    answer = await auth_kit.stranger().post("/api/auth/sign-in/email-otp", json={"email": address, "otp": code})
    assert answer.status_code == 200
    assert host.delivered == []


async def test_codes_of_a_nested_option_are_captured(auth_kit: Kit) -> None:
    """The second factor's sender stands within the options of the plugin."""
    ada = await auth_kit.as_user(password="correct horse")
    await ada.post("/api/auth/two-factor/enable", json={"password": "correct horse", "method": "otp"})
    door = auth_kit.stranger()
    await door.post("/api/auth/sign-in/email", json={"email": ada.user.email, "password": "correct horse"})

    await door.post("/api/auth/two-factor/send-otp", json={})

    code = auth_kit.mails.last(ada.user.email, TwoFactorCodeMail).code
    assert (await door.post("/api/auth/two-factor/verify-otp", json={"code": code})).status_code == 200


async def test_mails_of_calls_in_process_are_waited_for(auth_kit: Kit) -> None:
    """`settled` returns once background work is done."""
    user = await auth_kit.user(email_verified=False)

    await auth_kit.auth.api.send_verification_email(email=user.email)

    assert (await auth_kit.settled()).last(user.email, VerificationMail).mail.user.id == user.id


async def test_a_missing_mail_says_what_there_is(auth_kit: Kit) -> None:
    """The error names what was sent instead."""
    ada = await auth_kit.as_user(password="correct horse")
    await ada.post("/api/auth/request-password-reset", json={"email": ada.user.email})

    with pytest.raises(LookupError, match=f"no VerificationMail to .*; sent: send_reset_password to {ada.user.email}"):
        auth_kit.mails.last(ada.user.email, VerificationMail)


async def test_mails_can_be_delivered_as_well() -> None:
    """A host that tests its own callbacks has them called."""
    host.delivered.clear()
    async with AppUnderTest(host.app, host.auth, deliver_mails=True).kit() as kit:
        user = await kit.user(password="correct horse")
        await kit.stranger().post("/api/auth/request-password-reset", json={"email": user.email})

        assert [type(mail) for mail in host.delivered] == [ResetPasswordMail]
        assert len(kit.mails.sent) == 1
