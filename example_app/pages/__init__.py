"""The pages: rendered on the server, working without JavaScript."""

from fastapi import APIRouter, Depends

from example_app.accounts import auth
from example_app.pages import account, door, links, mailbox
from example_app.settings import DEMO

router = APIRouter(include_in_schema=False, dependencies=[Depends(auth.require_trusted_origin)])
router.include_router(door.router)
router.include_router(links.router)
router.include_router(account.router)
if DEMO:
    router.include_router(mailbox.router)
