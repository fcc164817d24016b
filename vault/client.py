"""A logged-in session of one role. It never logs, keeps no root token, and repeats no server text in its errors."""

from __future__ import annotations

import json
import math
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import hvac
import requests
from hvac.adapters import RawAdapter

from vault import credentials as credentials_file
from vault.credentials import Identity
from vault.errors import VaultError

_SECONDS = 120
_TRANSIENT = {"VAULT_UNREACHABLE", "VAULT_SEALED", "VAULT_BUSY", "VAULT_FAILED"}
_FAILURES = {
    400: ("VAULT_MALFORMED", "the vault refused the request as malformed", ""),
    403: ("VAULT_DENIED", "this role may not do that", "check the role's policy"),
    404: ("VAULT_MISSING", "the vault has nothing there", "run the vault's set-up"),
    413: ("VAULT_MALFORMED", "the request is larger than the vault accepts", ""),
    429: ("VAULT_BUSY", "the vault's quota is used up", "try again later"),
    # A node that is just starting points at the leader: itself.
    307: ("VAULT_SEALED", "the vault is still starting", "try again"),
    503: (
        "VAULT_SEALED",
        "the vault is sealed or still starting",
        "unseal it; the next run goes on where this stopped",
    ),
}
_FAILED = (
    "VAULT_FAILED",
    "the vault could not answer",
    "see the vault's own log; a full audit disk stops every request",
)
# How the server answers a token that it does not know; a policy's refusal is worded differently.
_UNKNOWN_TOKEN = ["permission denied"]

# RSA answers a ciphertext that it cannot open as if the server had failed; asking again would not help.
_WRONG_PADDING = "failed to RSA decrypt"


@dataclass(frozen=True, slots=True)
class Retry:
    """Say how often a request is repeated when the vault is absent, sealed or failing: pauses in seconds."""

    attempts: int = 5
    first: float = 0.1
    factor: float = 2.0

    def pauses(self) -> Iterator[float]:
        """Yield the pause before each repetition."""
        return (self.first * self.factor**turn for turn in range(self.attempts - 1))


class VaultSession:
    """Speak for one role, agency or person, with a service token that is renewed by logging in again.

    Every failure is a `VaultError`: VAULT_UNREACHABLE, VAULT_UNTRUSTED (the certificate is not from the expected
    authority), VAULT_SEALED, VAULT_BUSY, VAULT_FAILED, VAULT_LOGIN_REFUSED, VAULT_CODE_WANTED (a second factor),
    VAULT_DENIED, VAULT_MISSING, VAULT_MALFORMED. Safe to share between threads.
    """

    def __init__(
        self, address: str, ca_file: Path, identity: Identity | None, retry: Retry, clock: Callable[[], float]
    ):
        http = requests.Session()
        # Neither a proxy nor another authority may slip in through the environment.
        http.trust_env = False
        http.verify = str(ca_file)
        client = hvac.Client(
            url=address, token="", session=http, adapter=RawAdapter, allow_redirects=False, timeout=_SECONDS
        )
        self._adapter = client.adapter
        self._address = address
        self._ca_file = ca_file
        self._identity = identity
        self._retry = retry
        self._clock = clock
        self._expires = 0.0
        self._lock = threading.Lock()
        self.policies: tuple[str, ...] = ()
        self.entity = ""

    @classmethod
    def login(
        cls,
        address: str,
        ca_file: Path,
        credentials: Path | Identity,
        *,
        retry: Retry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Log in at `address` (https), trusting only the authority in `ca_file`, with a credentials file or value."""
        _check(address, ca_file)
        identity = credentials_file.load(credentials) if isinstance(credentials, Path) else credentials
        session = cls(address, ca_file, identity, retry or Retry(), clock)
        session._renew(session._adapter.token)
        return session

    @classmethod
    def borrow(cls, address: str, ca_file: Path, token: str, *, retry: Retry | None = None) -> Self:
        """Speak with a token that somebody else made and takes back: it is neither renewed nor revoked here."""
        _check(address, ca_file)
        session = cls(address, ca_file, None, retry or Retry(), time.monotonic)
        session._adapter.token, session._expires = token, math.inf
        return session

    def beside(self, credentials: Path | Identity, retry: Retry | None = None) -> VaultSession:
        """Log in at the same vault with other credentials."""
        return VaultSession.login(self._address, self._ca_file, credentials, retry=retry, clock=self._clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Revoke the token and close the connections; an absent vault is no reason to fail here."""
        with self._lock:
            if self._adapter.token and self._identity is not None:
                self._once("POST", "auth/token/revoke-self", b"{}")
            self._adapter.token, self._expires = "", 0.0
            self._adapter.close()

    def prolong(self) -> bool:
        """Let the token live on without another login, up to its longest life; return whether it does."""
        with self._lock:
            answer = self._once("POST", "auth/token/renew-self", b"{}")
            if isinstance(answer, VaultError):
                return False
            self._expires = self._clock() + 0.9 * answer["auth"]["lease_duration"]
            return True

    def read(self, path: str) -> dict[str, Any]:
        """Return the `data` at `path`."""
        return self._data(self._send("GET", path, None))

    def write(self, path: str, body: Mapping[str, object] | bytes = b"{}") -> dict[str, Any]:
        """Send `body` (a mapping, or JSON already encoded) to `path`; return the answer's `data`, empty if none."""
        return self._data(self._send("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode()))

    def ask(self, path: str, body: Mapping[str, object]) -> tuple[str, str]:
        """Send what the vault answers only after others approve; return the waiting answer's token and accessor.

        Raise VAULT_NOT_GATED, and drop the answer, if the vault answers at once: the gate is gone.
        """
        answer = self._send("POST", path, json.dumps(body).encode())
        waiting = answer.get("wrap_info")
        if not waiting or answer.get("data"):
            raise VaultError("VAULT_NOT_GATED", "the vault would answer without approval", place=path)
        return str(waiting["token"]), str(waiting["accessor"])

    def leave(self) -> None:
        """Forget the token without revoking it, and close the connections."""
        with self._lock:
            self._adapter.token, self._expires = "", 0.0
            self._adapter.close()

    def answer(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Send `body` to a path whose answer stands by itself, not under `data`: the OIDC provider's."""
        return self._send("POST", path, json.dumps(body).encode())

    def names(self, path: str) -> list[str]:
        """List what is under `path`, empty if nothing."""
        try:
            found = self._data(self._send("LIST", path, None))
        except VaultError as failure:
            if failure.code != "VAULT_MISSING":
                raise
            found = {}
        return [str(name) for name in found.get("keys", ())]

    def delete(self, path: str) -> None:
        """Delete what is at `path`."""
        self._send("DELETE", path, None)

    def _send(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        token = self._fresh_token()
        answer = self._patient(method, path, body)
        for _ in range(self._retry.attempts):
            if not isinstance(answer, _TokenUnknownError):
                break
            self._renew(token)
            token = str(self._adapter.token)
            answer = self._patient(method, path, body)
        # Raised here, outside any except block: no cause or context with a request's content hangs on it.
        if isinstance(answer, VaultError):
            raise answer
        return answer

    def _patient(self, method: str, path: str, body: bytes | None) -> dict[str, Any] | VaultError:
        answer = self._once(method, path, body)
        for pause in self._retry.pauses():
            if not (isinstance(answer, VaultError) and answer.code in _TRANSIENT):
                break
            time.sleep(pause)
            answer = self._once(method, path, body)
        return answer

    def _fresh_token(self) -> str:
        token = str(self._adapter.token)
        if self._clock() >= self._expires:
            self._renew(token)
        return str(self._adapter.token)

    def _renew(self, old: str) -> None:
        with self._lock:
            if self._adapter.token != old:  # another thread was faster
                return
            if self._identity is None:
                raise _refused(self._address)
            self._adapter.token = ""
            answer = self._patient("POST", self._identity.path, json.dumps(self._identity.body()).encode())
            if not isinstance(answer, VaultError) and answer["auth"].get("mfa_requirement"):
                answer = self._second(answer["auth"]["mfa_requirement"])
            if not isinstance(answer, VaultError):
                granted = answer["auth"]
                self._adapter.token = granted["client_token"]
                self._expires = self._clock() + 0.9 * granted["lease_duration"]
                self.policies = tuple(granted["policies"])
                self.entity = str(granted.get("entity_id", ""))
                return
        if answer.code in {"VAULT_MALFORMED", "VAULT_DENIED"}:
            raise _refused(self._address)
        raise answer

    def _second(self, wanted: Mapping[str, Any]) -> dict[str, Any] | VaultError:
        """Complete a login by a one-time code: once, for a code that was tried is spent."""
        code = self._identity.passcode() if self._identity else None
        if code is None:
            hint = "give the code that your device shows"
            return VaultError("VAULT_CODE_WANTED", "the vault wants a second factor", place=self._address, hint=hint)
        # Each constraint is met by any one of its methods.
        methods = [constraint["any"][0]["id"] for constraint in wanted["mfa_constraints"].values()]
        body = {"mfa_request_id": wanted["mfa_request_id"], "mfa_payload": {method: [code] for method in methods}}
        return self._once("POST", "sys/mfa/validate", json.dumps(body).encode())

    def _once(self, method: str, path: str, body: bytes | None) -> dict[str, Any] | VaultError:
        try:
            reply = self._adapter.request(method, f"/v1/{path}", raise_exception=False, data=body)
            content: Any = reply.json() if reply.content else {}
        except requests.exceptions.SSLError as error:
            if not _cut_off(error):
                return VaultError("VAULT_UNTRUSTED", "the vault's certificate is not trusted", place=self._address)
            return VaultError("VAULT_UNREACHABLE", "the vault broke off", place=self._address, hint="start it")
        except requests.exceptions.RequestException:
            return VaultError("VAULT_UNREACHABLE", "no answer from the vault", place=self._address, hint="start it")
        except ValueError:
            content = None
        if reply.status_code < 300 and isinstance(content, dict) and (content or reply.status_code == 204):
            return content
        return _failure(reply.status_code, content, f"{method} {path}")

    @staticmethod
    def _data(answer: dict[str, Any]) -> dict[str, Any]:
        return answer.get("data") or {}


def _check(address: str, ca_file: Path) -> None:
    if not address.startswith("https://"):
        raise VaultError("VAULT_UNTRUSTED", "expected an https address", place=address)
    if not ca_file.is_file():
        raise VaultError("VAULT_UNTRUSTED", "no certificate authority file", place=str(ca_file))


def _refused(address: str) -> VaultError:
    return VaultError("VAULT_LOGIN_REFUSED", "the vault does not know these credentials", place=address, hint="set up")


class _TokenUnknownError(VaultError):
    """The server does not know the token: it was revoked, or ran out early."""


def _cut_off(error: BaseException) -> bool:
    """Say whether the other side went away in the middle, as a vault that stops does: no certificate was judged."""
    cause: object = error
    while isinstance(cause, BaseException):
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return True
        cause = getattr(cause, "reason", None) or next(iter(cause.args), None)
        if isinstance(cause, str):
            return False
    return False


def _failure(status: int, content: Any, place: str) -> VaultError:
    code, message, hint = _FAILURES.get(status, _FAILED)
    errors = content.get("errors") if isinstance(content, dict) else None
    if status == 500 and _WRONG_PADDING in str(errors):
        code, message, hint = _FAILURES[400]
    kind = _TokenUnknownError if status == 403 and errors == _UNKNOWN_TOKEN else VaultError
    return kind(code, message, place=place, hint=hint)
