"""A browser's sign-in with an OpenID Connect provider: code with PKCE, and asking later whether it still holds.

The embedded vault and a province's own provider differ in these settings only. A password never comes by here.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from api.access.principals import Principal, Verifier, principal_of
from api.errors import ServiceError
from linkage.encoding.keys import Secret, derive

SCOPE = "openid roles"
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people sign in (`authorize`, in their browser), and where the service asks, under which authority."""

    client: str
    redirect: str
    authorize: str
    token: str
    userinfo: str
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the service needs to sign people in: the provider as it is now, and who checks its tokens."""

    provider: Callable[[], Provider]
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way. All of it comes from a seed that only the browser keeps."""

    state: str
    nonce: str
    verifier: str = field(repr=False)

    @classmethod
    def of(cls, seed: Secret) -> Attempt:
        """Derive an attempt from 32 random bytes."""
        parts = (derive(seed, f"sign-in/{name}/v1").expose() for name in ("state", "nonce", "pkce"))
        return cls(*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts))

    def address(self, provider: Provider) -> str:
        """Return where the browser goes to sign in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": provider.client, "redirect_uri": provider.redirect, "response_type": "code", "scope": SCOPE,
            "state": self.state, "nonce": self.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{provider.authorize}?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code is exchanged for: who she is, signed; and what asks later whether that still holds."""

    identity: str = field(repr=False)
    access: str = field(repr=False)


def exchange(provider: Provider, code: str, verifier: str) -> Tokens:
    """Exchange a code, once; raises ServiceError SIGN_IN_REFUSED or PROVIDER_AWAY."""
    form = {
        "grant_type": "authorization_code", "client_id": provider.client, "code": code, "code_verifier": verifier,
        "redirect_uri": provider.redirect,
    }  # fmt: skip
    status, found = _ask(provider, "POST", provider.token, form, None)
    if status != 200 or not all(isinstance(found.get(name), str) for name in ("id_token", "access_token")):
        raise ServiceError("SIGN_IN_REFUSED", "not signed in")
    return Tokens(found["id_token"], found["access_token"])


def still(provider: Provider, access: str) -> Principal | None:
    """Return who the provider says she is now, nothing if nobody; raises ServiceError PROVIDER_AWAY."""
    status, found = _ask(provider, "GET", provider.userinfo, None, access)
    try:
        return principal_of(found) if status == 200 else None
    except (ValueError, TypeError, KeyError):
        return None


def _ask(
    provider: Provider, method: str, address: str, form: Mapping[str, str] | None, token: str | None
) -> tuple[int, dict[str, Any]]:
    trust = ssl.create_default_context(cafile=provider.ca_file)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        # Neither proxy nor another authority may slip in through the environment.
        with httpx.Client(verify=trust, trust_env=False, timeout=_SECONDS) as client:
            reply = client.request(method, address, data=form, headers=headers)
            content = reply.json()
    except (httpx.HTTPError, OSError, ValueError):
        raise ServiceError("PROVIDER_AWAY", "who vouches for people does not answer", hint="try again soon") from None
    if reply.status_code >= 500 or not isinstance(content, dict):
        raise ServiceError("PROVIDER_AWAY", "who vouches for people does not answer", hint="try again soon")
    return reply.status_code, content
