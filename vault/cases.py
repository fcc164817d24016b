"""Open a sealed reference only after two people approved that very request: the vault's control groups.

The asker never holds an answer before the approvals, and an approver approves what the vault itself shows her, never
what the asker says. Opens one reference a request; what it keeps of a request until then is sealed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from vault.ciphertext import expand
from vault.client import VaultSession
from vault.errors import VaultError
from vault.keys import WAITING
from vault.transit import encrypt_batch
from vault.wrapping import latest_version, unwrap_key

SEALED = "transit/decrypt/ref-seal"
LABEL = b"lapis/manifest/v1\x00"
USES = 2
"""How often a token of the role `release` serves."""
NOBODYS = "vault:v1:" + base64.b64encode(bytes(60)).decode()
"""A ciphertext in form alone."""
Login = Callable[[], VaultSession]
"""Logs in anew as the role `release`: each of its tokens serves twice."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that waits: approvers find it by `accessor`; `token`, a secret, opens the answer once it is approved.

    The vault opens it once, and to whoever comes first with the token and any login: a theft shows as a release that
    fails, and in the audit trail. The vault names no request id that its trail has, neither for an answer that waits
    nor for one that it opens: the accessor is what both sides know it by.
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


def text(sealed: bytes) -> str:
    """Return a stored seal as the vault reads it: what is asked for, and what a manifest names."""
    return expand(sealed)


def digest(ciphertext: str) -> bytes:
    """Return how a manifest names a ciphertext: SHA-256, 32 bytes."""
    return hashlib.sha256(ciphertext.encode()).digest()


def manifest(digests: Iterable[bytes]) -> str:
    """Return the one digest (hex) of a case's ciphertexts, in whatever order they come."""
    return hashlib.sha256(LABEL + b"".join(sorted(digests))).hexdigest()


def ask(login: Login, ciphertext: str) -> Ask:
    """Ask the vault to open one ciphertext; raises VaultError, VAULT_NOT_GATED if it would not wait for anyone."""
    session = login()
    try:
        token, accessor = session.ask(SEALED, {"ciphertext": ciphertext})
    finally:
        # Not closed: the vault opens the request under this token, once approved.
        session.leave()
    return Ask(accessor, token)


def try_gate(login: Login) -> str:
    """Ask the vault to open what nobody sealed, and return the accessor under which that waits.

    A vault that has no control groups takes the policy and drops the gate: it says at once that this cannot be
    opened, and would open the rest. Raises VaultError VAULT_NOT_GATED then.
    """
    try:
        return ask(login, NOBODYS).accessor
    except VaultError as failure:
        if failure.code not in {"VAULT_MALFORMED", "VAULT_FAILED", "VAULT_NOT_GATED"}:
            raise
        hint = "control groups: OpenBao has them, Vault in its Enterprise edition alone"
        raise VaultError("VAULT_NOT_GATED", "the vault would open without approval", place=SEALED, hint=hint) from None


def keep(login: Login, asks: Sequence[Ask]) -> list[bytes]:
    """Seal the tokens of waiting requests so that the role `release` alone opens them; in order."""
    session = login()
    try:
        version = latest_version(session, WAITING.name)
        tokens = pa.array([each.token.encode() for each in asks], pa.binary())
        return [bytes(each) for each in encrypt_batch(session, WAITING.name, version, tokens).to_pylist()]
    finally:
        session.leave()


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


def watch(login: Login, accessors: Sequence[str]) -> list[Pending]:
    """Look at requests as the role `release`, which may see who approved and approve nothing; raises as `look`."""
    found = []
    for at in range(0, len(accessors), USES):
        part = accessors[at : at + USES]
        session = login()
        try:
            found += [look(session, accessor) for accessor in part]
        finally:
            # A token that was used up is gone by itself.
            session.leave() if len(part) == USES else session.close()
    return found


def check(session: VaultSession, accessors: Collection[str], manifest: Collection[bytes]) -> list[Pending]:
    """Return what the vault holds for a case if that is what its manifest says; raises as `approve`, approves none."""
    pending = [look(session, accessor) for accessor in accessors]
    if sorted(each.digest for each in pending) != sorted(manifest):
        raise VaultError(
            "CASE_NOT_IN_MANIFEST", "what the vault would open is not what the case says", hint="refuse it"
        )
    return pending


def approve(session: VaultSession, accessors: Collection[str], manifest: Collection[bytes], by: str = "") -> int:
    """Approve a case's requests as the person logged in; return how many have all approvals now.

    Every request is read from the vault and held against the manifest, the digests that were logged when the case was
    opened, before the first is approved. Raises VaultError CASE_UNKNOWN, CASE_OTHER or CASE_NOT_IN_MANIFEST; then
    none is. What `by`, her id in the vault, has approved before is left: the vault fails on a second approval.
    """
    pending = check(session, accessors, manifest)
    done = 0
    for accessor, seen in zip(accessors, pending, strict=True):
        again = by in seen.approvers
        answer = {} if again else session.write("sys/control-group/authorize", {"accessor": accessor})
        done += bool(answer.get("approved", seen.approved))
    return done


def release(login: Login, asked: Ask) -> bytes:
    """Open an approved request, once; raises VaultError CASE_NOT_APPROVED while it waits, and after it was opened."""
    session = login()
    try:
        return _open(session, asked.token)
    finally:
        session.leave()


def release_kept(login: Login, kept: bytes) -> bytes:
    """Open an approved request whose token `keep` sealed; raises as `release`, or VAULT_UNWRAP_FAILED."""
    session = login()
    try:
        return _open(session, unwrap_key(session, WAITING.name, kept).decode())
    finally:
        session.leave()


def _open(session: VaultSession, token: str) -> bytes:
    try:
        opened = session.write("sys/wrapping/unwrap", {"token": token})
    except VaultError as failure:
        if failure.code in {"VAULT_MALFORMED", "VAULT_DENIED"}:
            raise VaultError("CASE_NOT_APPROVED", "not approved by two people, run out, or opened before") from None
        raise
    return base64.b64decode(opened["plaintext"])
