"""Keyed tokens of identifiers: equal inputs meet, nothing else does. Never keeps an input.

A t1 token is HMAC-SHA256 under a key derived from the epoch key, one label an identifier. It is dictionary-safe only
together with the centre's vault pepper, which makes t2 of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkage.encoding.keys import Secret, derive

TOKEN_BYTES = 32
TOKEN = pa.binary(TOKEN_BYTES)
_BLOCK_BYTES = 64
_INNER, _OUTER = (bytes(octet ^ pad for octet in range(256)) for pad in (0x36, 0x5C))


def macs(values: Iterable[str], key: Secret) -> bytes:
    """Return the HMAC-SHA256 (RFC 2104) of each value's UTF-8, 32 bytes each, joined.

    The key goes through the hash once and its two states are copied for each value (RFC 2104, section 4).
    """
    padded = key.expose().ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (hashlib.sha256(padded.translate(pad)) for pad in (_INNER, _OUTER))
    made = []
    for value in values:
        first, second = inner.copy(), outer.copy()
        first.update(value.encode())
        second.update(first.digest())
        made.append(second.digest())
    return b"".join(made)


def tokenise(values: pa.Array, epoch_key: Secret, label: str) -> pa.FixedSizeBinaryArray:
    """Return the t1 token of each string (null stays null): string[n] → fixed_size_binary(32)[n].

    `label` names the purpose, such as `nik/v1`. Each distinct value is hashed once.
    """
    encoded = values.dictionary_encode()
    tokens = to_arrow(macs(encoded.dictionary.to_pylist(), derive(epoch_key, label)))
    return tokens.take(encoded.indices)


def to_arrow(tokens: bytes | npt.NDArray[np.uint8]) -> pa.FixedSizeBinaryArray:
    """Return joined tokens as fixed_size_binary(32)[m]."""
    data = pa.py_buffer(tokens)
    return pa.Array.from_buffers(TOKEN, data.size // TOKEN_BYTES, [None, data])
