"""Codes of authenticator apps, by pyotp (RFC 6238; two-factor sheet §5)."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime
from urllib.parse import quote, urlencode

from fastapi_betterauth.crypto.random import URL_SAFE, random_string

from .options import TotpOptions

_STEPS = (-1, 0, 1)


def new_secret() -> str:
    """Returns: a secret of 192 bits, as text."""
    return random_string(32, URL_SAFE)


class Totp:
    """The codes of one secret."""

    def __init__(self, secret: str, options: TotpOptions) -> None:
        from pyotp.totp import TOTP  # noqa: PLC0415 - of an extra

        self._secret = base64.b32encode(secret.encode()).decode().rstrip("=")
        self._options = options
        self._codes = TOTP(self._secret, digits=options.digits, interval=options.period)
        self._shape = re.compile(rf"[0-9]{{{options.digits}}}")

    def code_at(self, moment: datetime) -> str:
        """Returns: the code of a moment."""
        return self._codes.at(moment)

    def step_of(self, code: str, moment: datetime) -> int | None:
        """Find the time step a code belongs to, one step of clock skew allowed each way.

        Other digits than ASCII's are none (SC-TFA-11). All steps are compared, in constant time.
        Returns: the step, or None for a wrong code.
        """
        if self._shape.fullmatch(code) is None:
            return None
        now = int(moment.timestamp()) // self._options.period
        codes = {now + n: self._codes.generate_otp(now + n) for n in _STEPS}
        right = [step for step, known in codes.items() if hmac.compare_digest(known.encode(), code.encode())]
        return right[0] if right else None

    def uri(self, issuer: str, email: str) -> str:
        """Returns: what an app reads from a QR code."""
        query = urlencode(
            {
                "secret": self._secret,
                "issuer": issuer,
                "digits": self._options.digits,
                "period": self._options.period,
            }
        )
        return f"otpauth://totp/{_component(issuer)}:{_component(email)}?{query}"


def _component(text: str) -> str:
    return quote(text, safe="!'()*~")
