"""A secret file under a passphrase: scrypt (RFC 7914) and AES-256-GCM. One opaque error for every failure to open."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from linkage.encoding.errors import EncodingError

MAGIC = b"LAPISBOX\x01"
SALT, NONCE = 16, 12
LOG_N, R, P = 16, 8, 1
MIN_PASSPHRASE = 12


def seal(content: bytes, passphrase: str, entropy: Callable[[int], bytes]) -> bytes:
    """Return magic ‖ salt ‖ nonce ‖ ciphertext. Raises EncodingError PASSPHRASE_SHORT under 12 characters."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise EncodingError("PASSPHRASE_SHORT", f"at least {MIN_PASSPHRASE} characters")
    salt, nonce = entropy(SALT), entropy(NONCE)
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, content, MAGIC)


def open_(sealed: bytes, passphrase: str) -> bytes:
    """Return the content; raises EncodingError BOX_OPEN, whatever the reason."""
    body = sealed[len(MAGIC) :]
    salt, nonce, ciphertext = body[:SALT], body[SALT : SALT + NONCE], body[SALT + NONCE :]
    refusal = EncodingError("BOX_OPEN", "the key file does not open", hint="check the passphrase")
    if sealed[: len(MAGIC)] != MAGIC or len(salt) + len(nonce) != SALT + NONCE:
        raise refusal
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, ciphertext, MAGIC)
    except InvalidTag:
        raise refusal from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << LOG_N, r=R, p=P).derive(passphrase.encode())
