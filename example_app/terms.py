"""A plugin of this app: people accept its terms, and a table remembers which and when."""

from datetime import datetime
from typing import Annotated, ClassVar

from sqlmodel import Field, SQLModel

from fastapi_betterauth.extend import ActiveSession, Fields, Plugin, RequestContext, ServerOnly, WireModel, get, post


class TermsUserFields(SQLModel):
    """A column on ``user`` that clients see, and cannot set."""

    accepted_terms: Annotated[str | None, ServerOnly] = None


class AcceptanceFields(Fields):
    """A table."""

    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    version: str = Field(max_length=20)
    created_at: datetime


class TermsState(WireModel):
    """Which terms hold, and whether the caller has accepted them."""

    version: str
    accepted: bool


@get("/terms", tag="terms")
async def read_terms(current: ActiveSession, context: RequestContext) -> TermsState:
    """Tell which terms hold."""
    version, rows = context.auth.options[Terms].version, context.rows(AcceptanceFields)
    found = await rows.find((rows.columns.user_id == current.user.id) & (rows.columns.version == version))
    return TermsState(version=version, accepted=found is not None)


@post("/terms/accept", tag="terms")
async def accept_terms(current: ActiveSession, context: RequestContext) -> TermsState:
    """Accept the terms that hold."""
    state = await read_terms.handler(current, context)
    if not state.accepted:
        await context.rows(AcceptanceFields).create({"user_id": current.user.id, "version": state.version})
        await context.users.update(current.user.id, {"accepted_terms": state.version})
    return TermsState(version=state.version, accepted=True)


class Terms(Plugin):
    """Has people accept terms."""

    id = "terms"
    user_fields = TermsUserFields
    tables: ClassVar[dict[str, type[Fields]]] = {"acceptance": AcceptanceFields}
    operations = (read_terms, accept_terms)

    def __init__(self, version: str) -> None:
        self.version = version
