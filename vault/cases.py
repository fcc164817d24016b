"""Open a sealed reference only after two people approved that very request: the vault's control groups.

The asker never holds an answer before the approvals, and an approver approves what the vault itself shows her, never
what the asker says. Opens one reference a request; keeps nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from vault.client import VaultSession
from vault.errors import VaultError

SEALED = "transit/decrypt/ref-seal"
Login = Callable[[], VaultSession]
"""Logs in anew as the role `release`: each of its tokens serves twice."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that waits: approvers find it by `accessor`; `token`, a secret, opens the answer once it is approved.

    The vault opens it once, and to whoever comes first with the token and any login: a theft shows as a release that
    fails, and in the audit trail.
    """

    accessor: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the vault says is asked: SHA-256 of the ciphertext, who asks, who approved, and whether it is enough."""

    digest: bytes
    asker: str
    approvers: tuple[str, ...]
    approved: bool


def digest(ciphertext: str) -> bytes:
    """Return how a manifest names a ciphertext: SHA-256, 32 bytes."""
    return hashlib.sha256(ciphertext.encode()).digest()


def ask(login: Login, ciphertext: str) -> Ask:
    """Ask the vault to open one ciphertext; raises VaultError, VAULT_NOT_GATED if it would not wait for anyone."""
    session = login()
    try:
        token, accessor = session.ask(SEALED, {"ciphertext": ciphertext})
    finally:
        # Not closed: the vault opens the request under this token, once approved.
        session.leave()
    return Ask(accessor, token)


def look(session: VaultSession, accessor: str) -> Pending:
    """Return what the vault holds for an accessor; raises VaultError CASE_UNKNOWN or CASE_OTHER."""
    try:
        found = session.write("sys/control-group/request", {"accessor": accessor})
    except VaultError as failure:
        if failure.code in {"VAULT_MALFORMED", "VAULT_FAILED", "VAULT_MISSING"}:
            raise VaultError("CASE_UNKNOWN", "the vault holds no such request", hint="it may have run out") from None
        raise
    asked = found["request_data"] or {}
    if (found["request_path"], found["request_operation"], set(asked)) != (SEALED, "update", {"ciphertext"}):
        raise VaultError("CASE_OTHER", "the request is not for one sealed reference", hint="refuse it")
    return Pending(
        digest=digest(str(asked["ciphertext"])),
        asker=str(found["request_entity"]["ID"]),
        approvers=tuple(each["entity_id"] for each in found["authorizations"]),
        approved=bool(found["approved"]),
    )


def approve(session: VaultSession, accessors: Collection[str], manifest: Collection[bytes]) -> int:
    """Approve a case's requests as the person logged in; return how many have all approvals now.

    Every request is read from the vault and held against the manifest, the digests that were logged when the case was
    opened, before the first is approved. Raises VaultError CASE_UNKNOWN, CASE_OTHER or CASE_NOT_IN_MANIFEST; then
    none is.
    """
    pending = [look(session, accessor) for accessor in accessors]
    if sorted(each.digest for each in pending) != sorted(manifest):
        raise VaultError(
            "CASE_NOT_IN_MANIFEST", "what the vault would open is not what the case says", hint="refuse it"
        )
    answers = [session.write("sys/control-group/authorize", {"accessor": accessor}) for accessor in accessors]
    return sum(bool(answer["approved"]) for answer in answers)


def release(login: Login, asked: Ask) -> bytes:
    """Open an approved request, once; raises VaultError CASE_NOT_APPROVED while it waits, and after it was opened."""
    session = login()
    try:
        opened = session.write("sys/wrapping/unwrap", {"token": asked.token})
    except VaultError as failure:
        if failure.code in {"VAULT_MALFORMED", "VAULT_DENIED"}:
            raise VaultError("CASE_NOT_APPROVED", "not approved by two people, run out, or opened before") from None
        raise
    finally:
        session.leave()
    return base64.b64decode(opened["plaintext"])
