"""The pages: rendered on the server, working without JavaScript."""

from fastapi import APIRouter, Depends

from example_app.accounts import auth
from example_app.pages import (
    account,
    admin,
    challenge,
    door,
    links,
    mailbox,
    passwordless,
    second_factor,
    social,
    switcher,
)
from example_app.pages.frame import wait as wait
from example_app.settings import DEMO

router = APIRouter(include_in_schema=False, dependencies=[Depends(auth.require_trusted_origin)])
router.include_router(door.router)
router.include_router(links.router)
router.include_router(passwordless.router)
router.include_router(challenge.router)
router.include_router(social.router)
router.include_router(account.router)
router.include_router(second_factor.router)
router.include_router(switcher.router)
router.include_router(admin.router)
if DEMO:
    router.include_router(mailbox.router)
