"""Columns through transit in batches: HMAC and encrypt. It never decrypts, nor calls the vault once per row."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from vault import ciphertext
from vault.client import VaultSession
from vault.errors import VaultError
from vault.keys import MOUNT

DIGEST = 32
CHUNK = 25_000
_IN_FLIGHT = 2
# 32 bytes are 44 characters of base64, the last of them padding; with one zero byte behind they are 44 without.
_TEXT, _PADDED = 44, 33
_OPEN, _CLOSE = b'{"input":"', b'"},'

Made = TypeVar("Made")


def hmac_batch(
    session: VaultSession, key: str, key_version: int, values: pa.FixedSizeBinaryArray, *, chunk: int = CHUNK
) -> pa.FixedSizeBinaryArray:
    """Return HMAC-SHA256 under that version of `key` of each value, in order.

    `values`: fixed_size_binary[32] without nulls; the result likewise. Two chunks are in flight at a time.
    Raise VAULT_BATCH_INVALID for another type or a null, VAULT_MALFORMED for a version that the key has not.
    """
    if values.type != pa.binary(DIGEST):
        raise VaultError("VAULT_BATCH_INVALID", f"expected fixed_size_binary[32], got {values.type}")
    _check(values, key_version)
    prefix = f"vault:v{key_version}:".encode()

    def digest(part: pa.FixedSizeBinaryArray) -> np.ndarray[Any, np.dtype[np.uint8]]:
        answer = session.write(f"{MOUNT}/hmac/{key}", _hmac_body(part, key_version))
        return _digests(_results(answer, "hmac", len(part)), prefix)

    parts = [np.empty((0, DIGEST), np.uint8), *_in_flight(digest, _chunks(values, chunk))]
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(DIGEST), len(values), [None, pa.py_buffer(np.concatenate(parts).tobytes())]
    )


def encrypt_batch(
    session: VaultSession, key: str, key_version: int, values: pa.Array, *, chunk: int = CHUNK
) -> pa.BinaryArray:
    """Seal each value under that version of an AES `key`; the same value twice gives two ciphertexts.

    `values`: binary or fixed_size_binary without nulls; the result: binary, compact bytes (see `vault.ciphertext`)
    that carry the version. Raise as `hmac_batch`.
    """
    if not (pa.types.is_binary(values.type) or pa.types.is_fixed_size_binary(values.type)):
        raise VaultError("VAULT_BATCH_INVALID", f"expected binary, got {values.type}")
    _check(values, key_version)

    def seal(part: pa.Array) -> list[bytes]:
        # The version stands in each item: beside a batch, encrypt (unlike hmac) passes over it in silence.
        items = [{"plaintext": b64encode(value).decode(), "key_version": key_version} for value in part.to_pylist()]
        answer = session.write(f"{MOUNT}/encrypt/{key}", {"batch_input": items})
        sealed = [ciphertext.compact(text) for text in _results(answer, "ciphertext", len(part))]
        if any(ciphertext.version_of(one) != key_version for one in sealed):
            raise _wrong_version()
        return sealed

    return pa.array([one for part in _in_flight(seal, _chunks(values, chunk)) for one in part], pa.binary())


def _check(values: pa.Array, key_version: int) -> None:
    if values.null_count:
        raise VaultError("VAULT_BATCH_INVALID", f"expected no nulls, got {values.null_count}")
    if key_version < 1:
        raise VaultError("VAULT_BATCH_INVALID", f"expected a key version from 1, got {key_version}")


def _chunks(values: pa.Array, size: int) -> list[pa.Array]:
    return [values.slice(start, size) for start in range(0, len(values), size)]


def _in_flight(work: Callable[[pa.Array], Made], parts: Iterable[pa.Array]) -> list[Made]:
    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        return list(pool.map(work, parts))


def _hmac_body(part: pa.FixedSizeBinaryArray, key_version: int) -> bytes:
    start = part.offset * DIGEST
    raw = np.frombuffer(part.buffers()[1], np.uint8)[start : start + len(part) * DIGEST].reshape(-1, DIGEST)
    padded = np.zeros((len(raw), _PADDED), np.uint8)
    padded[:, :DIGEST] = raw
    items = np.empty((len(raw), len(_OPEN) + _TEXT + len(_CLOSE)), np.uint8)
    items[:, : len(_OPEN)] = np.frombuffer(_OPEN, np.uint8)
    text = items[:, len(_OPEN) : len(_OPEN) + _TEXT]
    text[:] = np.frombuffer(b64encode(padded.tobytes()), np.uint8).reshape(-1, _TEXT)
    text[:, -1] = ord("=")
    items[:, -len(_CLOSE) :] = np.frombuffer(_CLOSE, np.uint8)
    return b'{"algorithm":"sha2-256","key_version":%d,"batch_input":[%b]}' % (key_version, items.tobytes()[:-1])


def _digests(texts: list[str], prefix: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    joined = "".join(texts).encode()
    if len(joined) != len(texts) * (len(prefix) + _TEXT):
        raise _wrong_version()
    table = np.frombuffer(joined, np.uint8).reshape(len(texts), -1)
    if (table[:, : len(prefix)] != np.frombuffer(prefix, np.uint8)).any():
        raise _wrong_version()
    text = table[:, len(prefix) :].copy()
    text[:, -1] = ord("A")
    return np.frombuffer(b64decode(text.tobytes(), validate=True), np.uint8).reshape(-1, _PADDED)[:, :DIGEST]


def _results(answer: dict[str, Any], name: str, wanted: int) -> list[str]:
    results = answer.get("batch_results", [])
    texts = [result[name] for result in results if name in result]
    if len(texts) != wanted or len(results) != wanted:
        raise VaultError("VAULT_ANSWER_UNEXPECTED", f"expected {wanted} results, got {len(texts)}")
    return texts


def _wrong_version() -> VaultError:
    return VaultError("VAULT_VERSION_MISSING", "the vault answered with another key version than was named")
