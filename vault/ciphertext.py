"""Transit's words (`vault:v1:<base64>`) and our compact bytes for the same. It holds no key and opens nothing.

Compact: one byte of format (1), four bytes of key version, big-endian, then what transit sealed.
"""

from __future__ import annotations

import binascii
import struct
from base64 import b64decode, b64encode

from vault.errors import VaultError

_HEAD = struct.Struct(">BI")
_FORMAT = 1


def compact(text: str) -> bytes:
    """Turn transit's words into compact bytes."""
    scheme, _, rest = text.partition(":v")
    version, _, body = rest.partition(":")
    if scheme != "vault" or not version.isdigit():
        raise VaultError("VAULT_ANSWER_UNEXPECTED", "expected vault:v<version>:<base64>")
    return _HEAD.pack(_FORMAT, int(version)) + b64decode(body)


def expand(sealed: bytes) -> str:
    """Turn compact bytes into transit's words; raise VAULT_CIPHERTEXT_DAMAGED."""
    if len(sealed) <= _HEAD.size or sealed[0] != _FORMAT:
        raise VaultError("VAULT_CIPHERTEXT_DAMAGED", "expected a sealed value of format 1")
    return words(_HEAD.unpack_from(sealed)[1], sealed[_HEAD.size :])


def words(version: int, body: bytes) -> str:
    """Write what was sealed under a key's `version` as transit reads it."""
    return f"vault:v{version}:{b64encode(body).decode()}"


def version_of(sealed: bytes) -> int:
    """Say under which version of its key a compact value is sealed."""
    expand(sealed[: _HEAD.size + 1])
    return int(_HEAD.unpack_from(sealed)[1])


def plain(text: object) -> bytes:
    """Decode the base64 that transit answers with."""
    if isinstance(text, str):
        try:
            return b64decode(text, validate=True)
        except binascii.Error:
            pass
    raise VaultError("VAULT_ANSWER_UNEXPECTED", "expected base64")
