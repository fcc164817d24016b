"""Turn a signed identity token of the vault into a principal. It keeps public keys only, and never a token.

Every failure is the one error TOKEN_INVALID: a caller does not learn which check failed.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from api.errors import ServiceError
from linkage.errors import LapisError

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
LEEWAY = 10.0
"""Seconds that two clocks may differ."""
REFETCH = 10.0
"""Least seconds between two fetches of keys: an unknown key name must not become a way to flood the vault."""
STALE = 600.0
"""Seconds after which keys are fetched anew; while the vault is away the old ones serve."""
ROLES = frozenset({"analyst", "pmo-officer", "pmo-head", "dpo", "agency", "agency-staff", "reconciler"})
OF_AN_AGENCY = frozenset({"agency", "agency-staff"})
"""An agency's machine, and the people who see what became of its lists."""
ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Principal:
    """A party as the vault vouches for it: its entity, its roles, and its agency if it is one."""

    entity: str
    roles: frozenset[str]
    agency: str | None = None


NOBODY = Principal(ANYONE, frozenset({ANYONE}))


class Verifier:
    """Check tokens of one issuer for one audience, by keys that `fetch` returns as a JWKS and that are kept here."""

    def __init__(
        self,
        issuer: Callable[[], str],
        audiences: frozenset[str],
        fetch: Callable[[], Mapping[str, Any]],
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer, self._audiences, self._fetch, self._clock = issuer, audiences, fetch, clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._lock = threading.Lock()

    def verify(self, token: str, nonce: str | None = None) -> Principal:
        """Return who the token speaks for; raises ServiceError TOKEN_INVALID, or VaultError while no keys are known.

        `nonce`: the token must be the answer to that very sign-in.
        """
        try:
            claims = self._claims(token)
            if nonce is not None:
                _answers(claims, nonce)
            return principal_of(claims)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise ServiceError("TOKEN_INVALID", "not a valid token", hint="log in again") from None

    def _claims(self, token: str) -> dict[str, Any]:
        key = self._key(str(jwt.get_unverified_header(token)["kid"]))
        if key.algorithm_name not in ALGORITHMS:
            raise ValueError
        # The key names the one algorithm; times are checked below, by our own clock.
        options: Any = {"require": ["exp", "iat", "iss", "aud", "sub"], "verify_exp": False, "verify_iat": False,
                        "verify_nbf": False}  # fmt: skip
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=self._issuer(),
            audience=self._audiences,
            options=options,
        )
        now = self._clock().timestamp()
        if not float(claims["iat"]) - LEEWAY <= now < float(claims["exp"]):
            raise ValueError
        return dict(claims)

    def _key(self, name: str) -> jwt.PyJWK:
        with self._lock:
            age = self._clock().timestamp() - self._fetched
            if age > STALE or (name not in self._keys and age > REFETCH):
                self._renew()
            return self._keys[name]

    def _renew(self) -> None:
        try:
            found = jwt.PyJWKSet.from_dict(dict(self._fetch()))
        except LapisError:
            if not self._keys:
                raise
        else:
            self._keys = {key.key_id: key for key in found.keys if key.key_id}
        self._fetched = self._clock().timestamp()


def _answers(claims: Mapping[str, Any], nonce: str) -> None:
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise ValueError


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Return who claims that were checked speak of; raises ValueError, TypeError or KeyError."""
    roles = claims["roles"] if "roles" in claims else [claims["role"]]
    known = frozenset(roles) & ROLES
    agency = claims.get("agency") or None
    # Who is of an agency is that and nothing else.
    of_one = bool(known & OF_AN_AGENCY)
    if not known or (agency is None) == of_one or (of_one and len(known) > 1):
        raise ValueError
    return Principal(str(claims["sub"]), known, agency and str(agency))
