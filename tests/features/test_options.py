"""Options of passwords, links and deletion that make no sense are refused at construction (e-mail sheet §1)."""

from collections.abc import Callable

import pytest

from fastapi_betterauth import ConfigurationError, DeleteUser, EmailAndPassword, EmailVerification


@pytest.mark.rule("email-password §1 enabled", "email-password §1 autoSignIn", "email-password §1 expiresIn")
def test_defaults_are_those_of_the_reference() -> None:
    """Off until switched on; lengths, lifetimes and flags as the sheet has them."""
    password, verification, deletion = EmailAndPassword(), EmailVerification(), DeleteUser()

    assert (password.enabled, password.disable_sign_up, password.require_email_verification) == (False, False, False)
    assert (password.min_password_length, password.max_password_length, password.auto_sign_in) == (8, 128, True)
    assert (password.reset_password_token_expires_in, password.revoke_sessions_on_password_reset) == (3600, False)
    assert (verification.send_on_sign_up, verification.send_on_sign_in) == (None, False)
    assert (verification.auto_sign_in_after_verification, verification.expires_in) == (False, 3600)
    assert (deletion.enabled, deletion.delete_token_expires_in) == (False, 86400)


@pytest.mark.parametrize(
    ("options", "values", "named"),
    [
        (EmailAndPassword, {"min_password_length": 0}, "email_and_password.min_password_length"),
        (EmailAndPassword, {"min_password_length": 129}, "email_and_password.min_password_length"),
        (EmailAndPassword, {"max_password_length": 7}, "email_and_password.min_password_length"),
        (EmailAndPassword, {"max_password_length": 1025}, "email_and_password.max_password_length"),
        (
            EmailAndPassword,
            {"reset_password_token_expires_in": 0},
            "email_and_password.reset_password_token_expires_in",
        ),
        (EmailVerification, {"expires_in": -1}, "email_verification.expires_in"),
        (DeleteUser, {"delete_token_expires_in": 0}, "user.delete_user.delete_token_expires_in"),
    ],
    ids=str,
)
def test_contradictions_are_named(options: Callable[..., object], values: dict[str, int], named: str) -> None:
    """The error names the option and says what to use instead."""
    with pytest.raises(ConfigurationError, match="Use ") as caught:
        options(**values)

    assert named in str(caught.value)
