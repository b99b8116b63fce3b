"""Whether a request may come from the site it comes from (security sheet §2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .origin import TrustedOrigins


class Verdict(StrEnum):
    """The answer; a refusal is the code on the wire."""

    OK = ""
    MISSING_OR_NULL_ORIGIN = "MISSING_OR_NULL_ORIGIN"
    INVALID_ORIGIN = "INVALID_ORIGIN"
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED = "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a request says about where it comes from."""

    origin: str | None
    referer: str | None
    has_cookie: bool
    sec_fetch_site: str | None
    sec_fetch_mode: str | None
    sec_fetch_dest: str | None
    own_origin: str | None
    """The request's own origin, as the base URL has it."""

    @property
    def claimed(self) -> str:
        """Returns: the origin claimed; a Referer counts only where there is no Origin at all (SC-CSRF-03)."""
        if self.origin == "null" and self.sec_fetch_site == "same-origin" and self.own_origin:
            # Some browsers send null with a strict referrer policy even for their own site.
            return self.own_origin
        return self.origin if self.origin is not None else (self.referer or "")

    @property
    def has_metadata(self) -> bool:
        """Returns: whether the browser sent Fetch Metadata."""
        return any((value or "").strip() for value in (self.sec_fetch_site, self.sec_fetch_mode, self.sec_fetch_dest))


def check_origin(provenance: Provenance, trusted: TrustedOrigins) -> Verdict:
    """Check a state change that carries a cookie; one without carries nobody's authority."""
    return _claimed_is_trusted(provenance, trusted) if provenance.has_cookie else Verdict.OK


def check_unsolicited(provenance: Provenance, trusted: TrustedOrigins) -> Verdict:
    """Check a cookieless request whose effect reaches somebody else, such as a mail (SC-CSRF-07).

    A browser that names a foreign origin is refused; what is no browser names none.
    """
    if provenance.has_cookie or provenance.claimed in ("", "null"):
        return Verdict.OK
    return _claimed_is_trusted(provenance, trusted)


def check_form_login(provenance: Provenance, trusted: TrustedOrigins, *, origin_check: bool = True) -> Verdict:
    """Check a sign-in: a foreign site must not sign its visitors in as somebody else (SC-CSRF-05, SC-CSRF-06)."""
    if not provenance.has_cookie and provenance.has_metadata:
        site, mode = provenance.sec_fetch_site, provenance.sec_fetch_mode
        if site == "cross-site" and mode == "navigate":
            return Verdict.CROSS_SITE_NAVIGATION_LOGIN_BLOCKED
    elif not provenance.has_cookie and provenance.origin is None and provenance.referer is None:
        return Verdict.OK
    return _claimed_is_trusted(provenance, trusted) if origin_check else Verdict.OK


def _claimed_is_trusted(provenance: Provenance, trusted: TrustedOrigins) -> Verdict:
    claimed = provenance.claimed
    if claimed in ("", "null"):
        return Verdict.MISSING_OR_NULL_ORIGIN
    return Verdict.OK if trusted.trusts_origin(claimed) else Verdict.INVALID_ORIGIN
