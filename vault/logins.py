"""Log people and agencies in, and let the vault vouch for them with signed tokens. It decides nothing about them.

A signed token is a JWT (ES256) with `iss` (see `issuer`), `aud` = `lapis`, `sub` (the entity's id), `iat`, `exp` (ten
minutes), and `roles`, a list of group names: an officer's group, and `approvers` beside `dpo` or `pmo-head`. An
agency's has `roles` = `["agency"]` and `agency`, its name. Verify it offline against `jwks`, with the algorithm fixed.
Source: OpenBao, identity secrets engine and OIDC provider.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from vault import credentials
from vault.client import Retry, VaultSession
from vault.config import AGENCIES, OFFICERS
from vault.credentials import Credentials, Password
from vault.errors import VaultError

AUDIENCE = "lapis"
PROVIDER = "identity/oidc/provider/lapis"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}", re.ASCII)
_SECONDS = 30


def login_person(
    address: str,
    ca_file: Path,
    name: str,
    password: str,
    *,
    code: Callable[[], str] | None = None,
    retry: Retry | None = None,
) -> VaultSession:
    """Log an officer in; raise VAULT_LOGIN_REFUSED, VAULT_CODE_WANTED, VAULT_NAME_INVALID.

    `code` returns what her second device shows. The session holds the password until closed.
    """
    return VaultSession.login(address, ca_file, Password(OFFICERS, checked_name(name), password, code), retry=retry)


def login_agency(
    address: str, ca_file: Path, identity: Path | Credentials, *, retry: Retry | None = None
) -> VaultSession:
    """Log an agency in with the credentials that the steward handed it; raise VAULT_LOGIN_REFUSED."""
    held = credentials.load(identity) if isinstance(identity, Path) else identity
    return VaultSession.login(address, ca_file, Credentials(held.role_id, held.secret_id, AGENCIES), retry=retry)


def identity_token(session: VaultSession) -> str:
    """Return a signed token (JWT) of whoever is logged in; raise VAULT_DENIED for a role of the centre."""
    kind = "agency" if session.policies == ("agency",) else "person"
    return str(session.read(f"identity/oidc/token/{kind}")["token"])


def issuer(address: str) -> str:
    """Return the `iss` of what `identity_token` returns; a browser's login has `<issuer>/provider/lapis`."""
    return f"{address}/v1/identity/oidc"


def told_issuer(address: str, ca_file: Path) -> str:
    """Return what the vault at `address` calls itself in its tokens; needs no login. Raises as `jwks`."""
    return str(_public(address, ca_file, "GET", "identity/oidc/.well-known/openid-configuration", {})["issuer"])


def jwks(address: str, ca_file: Path) -> dict[str, Any]:
    """Return the public keys of signed tokens, as RFC 7517 has them; needs no login.

    Raise VAULT_UNREACHABLE or VAULT_FAILED. Ask again when a token names a `kid` that is not there, and not oftener
    than once a minute: keys rotate daily.
    """
    return _public(address, ca_file, "GET", "identity/oidc/.well-known/keys", {})


def client_id(session: VaultSession) -> str:
    """Return, to the steward, the public name of the service as the browser's logins know it."""
    return str(session.read("identity/oidc/client/lapis")["client_id"])


def authorisation_code(
    session: VaultSession, client: str, redirect_uri: str, challenge: str, state: str, nonce: str
) -> str:
    """Ask for a browser's code on behalf of whoever is logged in; `challenge` is RFC 7636's S256.

    The embedded vault has no pages: the service's own login page does this. Raise VAULT_MALFORMED for an address that
    the client does not have, VAULT_DENIED for whoever is no officer.
    """
    asked = {
        "client_id": client, "redirect_uri": redirect_uri, "response_type": "code",
        "scope": "openid roles", "state": state, "nonce": nonce,
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    answer = session.answer(f"{PROVIDER}/authorize", asked)
    if answer.get("state") != state or not answer.get("code"):
        raise VaultError("VAULT_ANSWER_UNEXPECTED", "expected a code", place="authorize")
    return str(answer["code"])


def exchange(address: str, ca_file: Path, client: str, code: str, verifier: str, redirect_uri: str) -> str:
    """Exchange a code, once, for a signed token with the officer's `roles`; raise VAULT_LOGIN_REFUSED."""
    body = {
        "grant_type": "authorization_code", "client_id": client, "code": code, "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }  # fmt: skip
    answer = _public(address, ca_file, "POST", f"{PROVIDER}/token", body)
    return str(answer["id_token"])


def challenge(verifier: str) -> str:
    """Return what a verifier's holder shows beforehand: RFC 7636, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def checked_name(name: str) -> str:
    """Return a name of an officer or agency as it is, if it is one segment of a path; raise VAULT_NAME_INVALID."""
    if not _NAME.fullmatch(name):
        raise VaultError("VAULT_NAME_INVALID", "expected 2 to 63 of a-z, 0-9 and -, beginning with a letter")
    return name


def _public(address: str, ca_file: Path, method: str, path: str, body: dict[str, str]) -> dict[str, Any]:
    """Send a request that needs no login. Neither proxy nor another authority may slip in through the environment."""
    with requests.Session() as http:
        http.trust_env, http.verify = False, str(ca_file)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            reply = http.request(
                method, f"{address}/v1/{path}", data=urlencode(body) or None, headers=headers, timeout=_SECONDS,
                allow_redirects=False,
            )  # fmt: skip
            content: Any = reply.json()
        except requests.exceptions.JSONDecodeError:
            content = None
        except requests.exceptions.RequestException:
            raise VaultError("VAULT_UNREACHABLE", "no answer from the vault", place=address, hint="start it") from None
    if reply.status_code in {400, 401}:
        raise VaultError("VAULT_LOGIN_REFUSED", "the vault refused this exchange", place=path)
    if reply.status_code != 200 or not isinstance(content, dict):
        raise VaultError("VAULT_FAILED", "the vault could not answer", place=path)
    return content
