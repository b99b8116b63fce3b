"""Endpoints of the plugin (username sheet §3)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import EMAIL_NOT_VERIFIED, FAILED_TO_CREATE_SESSION, INVALID_CALLBACK_URL, APIError
from fastapi_betterauth.features.sign_in.routes import signed_in
from fastapi_betterauth.features.sign_in.schemas import SignedIn
from fastapi_betterauth.features.sign_in.service import PasswordSignIn
from fastapi_betterauth.features.sign_in.verified import require_verified
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in

from .errors import INVALID_USERNAME, INVALID_USERNAME_OR_PASSWORD, USERNAME_TOO_LONG, USERNAME_TOO_SHORT
from .hooks import user_of_name
from .options import NameRules
from .schemas import Availability, SignInUsername, UsernameQuestion

Rules = Annotated[NameRules, Provide(lambda context: context.auth.options[NameRules])]


@post(
    "/sign-in/username",
    errors={
        401: [INVALID_USERNAME_OR_PASSWORD, FAILED_TO_CREATE_SESSION],
        403: [EMAIL_NOT_VERIFIED, INVALID_CALLBACK_URL],
        422: [USERNAME_TOO_SHORT, USERNAME_TOO_LONG, INVALID_USERNAME],
    },
)
async def sign_in_username(
    body: SignInUsername,
    rules: Rules,
    sign_in: Annotated[PasswordSignIn, Provide(PasswordSignIn.of)],
    context: RequestContext,
) -> SignedIn[UserOut]:
    """Sign in with a username and a password.

    An unknown name, an account without a password and a wrong password cost the same and read alike.
    """
    if not body.username or not body.password:
        raise APIError(401, INVALID_USERNAME_OR_PASSWORD)
    if (problem := await rules.problem_with_sign_in(body.username)) is not None:
        raise APIError(422, problem)
    name = rules.normalise(body.username)
    found = await user_of_name(context.users, name)
    await context.count_attempt("password", found.email if found is not None else name)
    user = await sign_in.prove(found, body.password)
    if user is None:
        raise APIError(401, INVALID_USERNAME_OR_PASSWORD)
    require_verified(context, user, body.callback_url)
    current = await complete_sign_in(context, user, method="username", remember=body.remember_me is not False)
    return signed_in(context, current, body.callback_url)


@post(
    "/is-username-available",
    errors={422: [INVALID_USERNAME, USERNAME_TOO_SHORT, USERNAME_TOO_LONG]},
)
async def is_username_available(body: UsernameQuestion, rules: Rules, context: RequestContext) -> Availability:
    """Tell whether a username is free.

    Anybody may ask: put the path into ``disabled_paths`` where names are nobody's business.
    """
    problem = await rules.problem_with(body.username) if body.username else INVALID_USERNAME
    if problem is not None:
        raise APIError(422, problem)
    holder = await user_of_name(context.users, rules.normalise(body.username))
    return Availability(available=holder is None)
