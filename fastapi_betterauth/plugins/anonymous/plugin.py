"""The anonymous plugin (anonymous sheet)."""

from __future__ import annotations

from typing import ClassVar

from fastapi_betterauth.pipeline.hooks import Hooks, On
from fastapi_betterauth.plugin import Api, Plugin
from fastapi_betterauth.social.routes import sign_in_social

from .client import AnonymousServerCalls
from .columns import AnonymousUserFields
from .linking import Linking, remember
from .options import AnonymousOptions, GenerateEmail, GenerateName, OnLinkAccount
from .routes import delete_anonymous_user, sign_in_anonymous


class Anonymous(Plugin):
    """Lets people in without credentials; when they sign in for real, your callback moves what they have.

    Args:
        email_domain_name: of the made-up addresses; by default one that cannot receive mail.
        generate_random_email: makes the whole address.
        generate_name: makes the name; ``Anonymous`` by default.
        on_link_account: moves data from the anonymous user to the real one.
        disable_delete_anonymous_user: keep anonymous users after linking, and let nobody delete themselves.
    """

    id: ClassVar[str] = "anonymous"
    user_fields = AnonymousUserFields
    operations = (sign_in_anonymous, delete_anonymous_user)
    api = Api(AnonymousServerCalls)

    def __init__(
        self,
        *,
        email_domain_name: str | None = None,
        generate_random_email: GenerateEmail | None = None,
        generate_name: GenerateName | None = None,
        on_link_account: OnLinkAccount | None = None,
        disable_delete_anonymous_user: bool = False,
    ) -> None:
        self._options = AnonymousOptions(
            email_domain_name=email_domain_name,
            generate_random_email=generate_random_email,
            generate_name=generate_name,
            on_link_account=on_link_account,
            disable_delete_anonymous_user=disable_delete_anonymous_user,
        )
        self.hooks = Hooks(before=[On.of(sign_in_social, hook=remember)], after_all=Linking(self._options).after)

    @property
    def options(self) -> AnonymousOptions:
        """Returns: the options."""
        return self._options
