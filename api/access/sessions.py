"""Browsers' sessions. The cookie is in the browser alone: the store has its hash, and under it a sealed token.

A session ends after 30 quiet minutes, after 8 hours, by signing out, and within a minute after the provider says that
she is no longer what she was. While the provider is away nothing is answered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session, col, delete, or_

from api.access import oidc
from api.access.oidc import Provider
from api.access.principals import Principal
from api.centre import Centre
from api.store import WebSession
from linkage.encoding.keys import Secret, derive

COOKIE, ATTEMPT_COOKIE = "__Host-lapis", "__Host-lapis-sign-in"
QUIET, LONGEST = timedelta(minutes=30), timedelta(hours=8)
RECHECK = timedelta(minutes=1)
NONCE = 12


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the browser, and her cookie's secret."""

    principal: Principal
    secret: Secret = field(repr=False)

    @property
    def form_token(self) -> str:
        """Return what each form of hers must send back: another site cannot know it."""
        return derive(self.secret, "web-form/v1").expose().hex()

    def sent(self, token: str) -> bool:
        """Say whether a form came from a page of ours."""
        return hmac.compare_digest(self.form_token.encode(), token.encode())


def secret_of(cookie: str | None) -> Secret | None:
    """Return the secret in a cookie, nothing if it is not of its form."""
    try:
        raw = base64.urlsafe_b64decode((cookie or "").encode("ascii") + b"=")
    except (ValueError, UnicodeError):
        return None
    return Secret(raw) if len(raw) == 32 else None


def cookie_of(secret: Secret) -> str:
    """Return a secret as a cookie carries it."""
    return base64.urlsafe_b64encode(secret.expose()).decode().rstrip("=")


def open_(session: Session, centre: Centre, principal: Principal, access: str) -> Secret:
    """Begin a session under a new secret, and sweep out those that are over."""
    now, secret = centre.clock(), Secret(centre.entropy(32))
    over = or_(col(WebSession.ends_at) <= now, col(WebSession.seen_at) <= now - QUIET)
    session.exec(delete(WebSession).where(over))
    session.add(
        WebSession(
            id=_name(secret), entity=principal.entity, roles=" ".join(sorted(principal.roles)), agency=principal.agency,
            began_at=now, seen_at=now, checked_at=now, ends_at=now + LONGEST,
            sealed=_seal(secret, access, centre.entropy(NONCE)),
        )
    )  # fmt: skip
    return secret


def close(session: Session, secret: Secret) -> bool:
    """End a session; return whether there was one."""
    return session.exec(delete(WebSession).where(col(WebSession.id) == _name(secret))).rowcount > 0


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that ends now because she is no longer what she was."""

    principal: Principal


def find(centre: Centre, provider: Provider, secret: Secret, *, quietly: bool = False) -> Visitor | Ended | None:
    """Return who is at the browser; nothing if the session is over or there was none.

    `quietly`: what the page asks by itself does not keep a session alive. Raises ServiceError PROVIDER_AWAY.
    """
    now = centre.clock()
    with Session(centre.store) as session, session.begin():
        row = session.get(WebSession, _name(secret))
        if row is None:
            return None
        if row.ends_at <= now or row.seen_at <= now - QUIET:
            session.delete(row)
            return None
        held = Principal(row.entity, frozenset(row.roles.split()), row.agency)
        if row.checked_at <= now - RECHECK:
            access = _opened(secret, row.sealed)
            if access is None or oidc.still(provider, access) != held:
                session.delete(row)
                return Ended(held)
            row.checked_at = now
        if not quietly and row.seen_at <= now - RECHECK:
            row.seen_at = now
    return Visitor(held, secret)


def _name(secret: Secret) -> str:
    return hashlib.sha256(secret.expose()).hexdigest()


def _seal(secret: Secret, access: str, nonce: bytes) -> bytes:
    key = derive(secret, "web-session/v1").expose()
    return nonce + AESGCM(key).encrypt(nonce, access.encode(), None)


def _opened(secret: Secret, sealed: bytes) -> str | None:
    key = derive(secret, "web-session/v1").expose()
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()
    except InvalidTag:
        return None
