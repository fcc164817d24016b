"""Signatures under the vault's ed25519 keys: whoever may ask for one never holds the key."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from vault.client import VaultSession
from vault.errors import VaultError
from vault.keys import MOUNT


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Name a version of a key and its public half: 32 bytes."""

    key: str
    version: int
    public: bytes


def signing_key(session: VaultSession, key: str) -> SigningKey:
    """Return the newest version of an ed25519 `key`; raise VAULT_VERSION_MISSING."""
    held = session.read(f"{MOUNT}/keys/{key}")
    version = int(held["latest_version"])
    entry = held["keys"].get(str(version))
    if not isinstance(entry, dict) or not entry.get("public_key"):
        raise VaultError("VAULT_VERSION_MISSING", "no public key of that version", place=f"{key} version {version}")
    return SigningKey(key, version, base64.b64decode(entry["public_key"]))


def sign(session: VaultSession, key: SigningKey, text: bytes) -> bytes:
    """Return the ed25519 signature (RFC 8032) of `text`: 64 bytes."""
    body = {"input": base64.b64encode(text).decode(), "key_version": key.version}
    answer = session.write(f"{MOUNT}/sign/{key.key}", body)
    return base64.b64decode(str(answer["signature"]).rpartition(":")[2])
