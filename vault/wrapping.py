"""Single values under transit keys: data keys, and content keys of submissions. Never in bulk."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from vault import ciphertext
from vault.client import VaultSession
from vault.errors import VaultError
from vault.keys import MOUNT


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Carry what an agency needs to wrap offline: RSA-OAEP with SHA-256 (also in MGF1), no label."""

    version: int
    pem: str


def latest_version(session: VaultSession, key: str) -> int:
    """Say which version of `key` new values should be made with."""
    return int(session.read(f"{MOUNT}/keys/{key}")["latest_version"])


def public_key(session: VaultSession, key: str, version: int | None = None) -> PublicKey:
    """Return the public half of an RSA `key`, the latest version unless told; raise VAULT_VERSION_MISSING."""
    held = session.read(f"{MOUNT}/keys/{key}")
    chosen = version or int(held["latest_version"])
    entry = held["keys"].get(str(chosen))
    if not isinstance(entry, dict) or not entry.get("public_key"):
        raise VaultError("VAULT_VERSION_MISSING", "no public key of that version", place=f"{key} version {chosen}")
    return PublicKey(chosen, entry["public_key"])


def unwrap(session: VaultSession, key: str, version: int, wrapped: bytes) -> bytes:
    """Open bytes that someone wrapped offline to `public_key`; raise VAULT_UNWRAP_FAILED, the one failure to open."""
    return _decrypt(session, key, ciphertext.words(version, wrapped))


def wrap_key(session: VaultSession, key: str, version: int, data_key: bytes) -> bytes:
    """Seal `data_key` under that version of an AES `key`; return compact bytes that carry the version."""
    body = {"plaintext": b64encode(data_key).decode(), "key_version": version}
    sealed = ciphertext.compact(str(session.write(f"{MOUNT}/encrypt/{key}", body)["ciphertext"]))
    if ciphertext.version_of(sealed) != version:
        raise VaultError("VAULT_VERSION_MISSING", "the vault used another version", place=f"{key} version {version}")
    return sealed


def unwrap_key(session: VaultSession, key: str, sealed: bytes) -> bytes:
    """Open what `wrap_key` made; raise VAULT_UNWRAP_FAILED, the one failure to open."""
    return _decrypt(session, key, ciphertext.expand(sealed))


def _decrypt(session: VaultSession, key: str, text: str) -> bytes:
    try:
        answer = session.write(f"{MOUNT}/decrypt/{key}", {"ciphertext": text})
    except VaultError as failure:
        if failure.code != "VAULT_MALFORMED":
            raise
        answer = {}
    if "plaintext" not in answer:
        raise VaultError("VAULT_UNWRAP_FAILED", "this was not sealed to that key, or was changed", place=key)
    return ciphertext.plain(answer["plaintext"])
