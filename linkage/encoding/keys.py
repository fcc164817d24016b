"""Key material: values that do not print, and one derivation with one label a purpose. Never writes a key anywhere."""

from __future__ import annotations

import hmac
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linkage.encoding.errors import EncodingError

KEY_BYTES = 32


class Secret:
    """Hold key bytes that neither print, pickle, hash nor compare in variable time."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        if len(value) != KEY_BYTES:
            raise EncodingError("KEY_LENGTH", f"expected {KEY_BYTES} bytes, got {len(value)}")
        self._value = value

    def expose(self) -> bytes:
        """Return the bytes, for the one call that needs them."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a hash in a table would be a way to compare

    def __reduce__(self) -> NoReturn:
        raise EncodingError("KEY_PICKLED", "key material is never serialised implicitly")


def derive(key: Secret, label: str) -> Secret:
    """Derive the key of one purpose: HKDF-SHA256 (RFC 5869), no salt, info = the label, which ends in a version."""
    if not label.rpartition("/")[2].startswith("v"):
        raise EncodingError("KEY_LABEL", "a label ends in its version, such as nik/v1")
    return Secret(HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=label.encode()).derive(key.expose()))


def check_value(epoch_key: Secret, epoch: str) -> str:
    """Return 16 hex digits by which two parties see that they hold the same epoch key, without showing it."""
    return hmac.digest(derive(epoch_key, "check/v1").expose(), epoch.encode(), "sha256")[:8].hex()
