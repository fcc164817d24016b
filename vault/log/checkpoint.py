"""Checkpoints: the log's size and root under a signature, as a signed note (C2SP tlog-checkpoint, signed-note).

The key is asked for through a callable: this room never holds one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vault.log.errors import LogError
from vault.log.merkle import HASH

Sign = Callable[[bytes], bytes]
"""Ed25519 over the note's text."""
ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: whose log, how many entries, and their root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A log's name and public key: 32 bytes."""

    name: str
    key: bytes

    def __post_init__(self) -> None:
        """Refuse a name that a note's signature line cannot carry."""
        if not _NAME.fullmatch(self.name) or len(self.key) != HASH:
            raise LogError("LOG_KEY", "expected a name without spaces or +, and 32 bytes")

    @property
    def id(self) -> bytes:
        """The key's id: four bytes (signed-note)."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def encode(self) -> str:
        """Return the verifier key as text, as Go's `note.NewVerifier` reads it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"

    @classmethod
    def decode(cls, text: str) -> Verifier:
        """Read a verifier key; raises LogError LOG_KEY."""
        parts = text.strip().split("+", 2)
        try:
            raw = base64.b64decode(parts[2], validate=True)
            found = cls(parts[0], raw[1:])
        except (IndexError, ValueError):
            raise LogError("LOG_KEY", "not a verifier key") from None
        if raw[:1] != ED25519 or found.id.hex() != parts[1]:
            raise LogError("LOG_KEY", "not an ed25519 verifier key, or its id is another's")
        return found


def sign(made: Checkpoint, verifier: Verifier, sign_: Sign) -> str:
    """Return the signed note."""
    text = made.text()
    signature = base64.b64encode(verifier.id + sign_(text.encode())).decode()
    return f"{text}\n— {verifier.name} {signature}\n"


def open_(note: str, verifier: Verifier) -> Checkpoint:
    """Return a note's checkpoint if `verifier`'s key signed it; raises LogError LOG_CHECKPOINT, for whatever fails."""
    try:
        text, signatures = note.split("\n\n", 1)
        made = _read(text + "\n")
        *lines, end = signatures.split("\n")
        for line in lines:
            mark, name, value = line.split(" ")
            raw = _signature(value, end)
            if (mark, name, raw[:4]) == ("—", verifier.name, verifier.id):
                Ed25519PublicKey.from_public_bytes(verifier.key).verify(raw[4:], made.text().encode())
                if made.origin == verifier.name:
                    return made
    except (ValueError, InvalidSignature):
        pass
    raise LogError("LOG_CHECKPOINT", "the checkpoint is not signed by the log's key")


def _signature(value: str, end: str) -> bytes:
    """Decode a signature, in its one spelling: a checkpoint that was touched in any way does not open."""
    raw = base64.b64decode(value, validate=True)
    if end or base64.b64encode(raw).decode() != value:
        raise ValueError
    return raw


def _read(text: str) -> Checkpoint:
    origin, size, root, _ = text.split("\n")
    made = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    if made.text() != text or len(made.root) != HASH:
        raise ValueError
    return made
