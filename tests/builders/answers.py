"""What an answer says, in forms that tests compare."""

import httpx2

SESSION = "better-auth.session_token"
DATA = "better-auth.session_data"
FORGET = "better-auth.dont_remember"


def said(answer: httpx2.Response) -> tuple[int, str | None]:
    """Status and error code of an answer."""
    body = answer.json() if answer.content else {}
    return answer.status_code, body.get("code") if isinstance(body, dict) else None


def cookies_set(answer: httpx2.Response) -> dict[str, str]:
    """The Set-Cookie lines of an answer: name and attributes."""
    lines = [line.partition("=") for line in answer.headers.get_list("set-cookie")]
    return {name: rest.partition("; ")[2] for name, _, rest in lines}


REMEMBERED = "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
"""Attributes of a session cookie that lasts."""

UNTIL_CLOSED = "Path=/; HttpOnly; SameSite=Lax"
"""Attributes of a cookie that ends with the browser."""

EXPIRED = "Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
"""Attributes with which a cookie is deleted."""

ALL_EXPIRED = {SESSION: EXPIRED, DATA: EXPIRED, FORGET: EXPIRED}
"""How the browser is told to forget a session."""
