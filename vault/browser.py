"""What the door does at the vault for a person at a browser: password, second factor, code, and the token's end.

It keeps neither password nor token, uses no credentials of the centre, and says of a refusal only that it was one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from vault.config import OFFICERS
from vault.errors import VaultError
from vault.logins import PROVIDER, checked_name

_SECONDS = 30
_REFUSED = frozenset({400, 401, 403, 404})


@dataclass(frozen=True, slots=True)
class Door:
    """Where the vault is, and the authority that vouches for it."""

    address: str
    ca_file: Path


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A person's token; it is good for one code, and then given back."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The vault wants a one-time code too: the waiting login, and the methods that it takes."""

    request: str
    methods: tuple[str, ...]


def begin(door: Door, name: str, password: str) -> LoggedIn | SecondFactor:
    """Log a person in by her password; raise VAULT_LOGIN_REFUSED, whatever was wrong, or VAULT_UNREACHABLE."""
    try:
        path = f"auth/{OFFICERS}/login/{checked_name(name)}"
    except VaultError:
        raise _refusal() from None
    return _granted(_post(door, path, {"password": password}))


def finish(door: Door, waiting: SecondFactor, passcode: str) -> LoggedIn:
    """Complete a login by a one-time code; raise as `begin`."""
    payload = {method: [passcode] for method in waiting.methods}
    found = _granted(_post(door, "sys/mfa/validate", {"mfa_request_id": waiting.request, "mfa_payload": payload}))
    if not isinstance(found, LoggedIn):
        raise _refusal()
    return found


def code(door: Door, person: LoggedIn, asked: Mapping[str, str]) -> str:
    """Return the provider's code for an authorisation request (OpenID Connect Core, 3.1.2.1), and revoke the token.

    Raise VAULT_LOGIN_REFUSED if the person may not enter there, or the address to come back to is not registered.
    """
    try:
        answer = _post(door, f"{PROVIDER}/authorize", asked, person.token)
    finally:
        revoke(door, person)
    found = answer.get("code")
    if not isinstance(found, str):
        raise _refusal()
    return found


def revoke(door: Door, person: LoggedIn) -> None:
    """Give a token back; it lapses by itself if the vault is away."""
    try:
        _post(door, "auth/token/revoke-self", {}, person.token)
    except VaultError:
        return


def _granted(answer: Mapping[str, Any]) -> LoggedIn | SecondFactor:
    granted = answer.get("auth")
    if not isinstance(granted, dict):
        raise _refusal()
    wanted = granted.get("mfa_requirement")
    if wanted:
        # Each constraint is met by any one of its methods.
        methods = [constraint["any"][0]["id"] for constraint in wanted["mfa_constraints"].values()]
        return SecondFactor(str(wanted["mfa_request_id"]), tuple(map(str, methods)))
    return LoggedIn(str(granted["client_token"]))


def _post(door: Door, path: str, body: Mapping[str, object], token: str | None = None) -> dict[str, Any]:
    headers = {"X-Vault-Token": token} if token else {}
    with requests.Session() as http:
        # Neither proxy nor another authority may slip in through the environment.
        http.trust_env, http.verify = False, str(door.ca_file)
        try:
            reply = http.post(
                f"{door.address}/v1/{path}", data=json.dumps(body).encode(), headers=headers, timeout=_SECONDS,
                allow_redirects=False,
            )  # fmt: skip
        except requests.exceptions.RequestException:
            raise VaultError("VAULT_UNREACHABLE", "no answer from the vault", place=door.address) from None
    if reply.status_code in _REFUSED:
        raise _refusal()
    return _content(reply)


def _content(reply: requests.Response) -> dict[str, Any]:
    try:
        content: Any = reply.json() if reply.content else {}
    except ValueError:
        content = None
    if reply.status_code >= 300 or not isinstance(content, dict):
        raise VaultError("VAULT_FAILED", "the vault could not answer")
    return content


def _refusal() -> VaultError:
    return VaultError("VAULT_LOGIN_REFUSED", "the vault did not let this person in")
