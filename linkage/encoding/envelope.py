"""The sealed, signed, streamed container of a submission. Never writes its content anywhere in clear.

    magic ‖ u32 header length ‖ header (JSON) ‖ chunks ‖ content digest (32) ‖ signature (64)

The body is AES-256-GCM in chunks of 64 KiB under a fresh content key, wrapped for the centre; a chunk's nonce is its
number and a last-chunk flag (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, 2015), its associated data the header's
digest. So a cut, reordered or re-addressed file fails. The agency signs all before the signature (ed25519, RFC 8032).
Chunks can be opened in any order, so Parquet reads what it needs and a file of any size fits in memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linkage.encoding.errors import EncodingError
from linkage.encoding.keys import Secret

MAGIC = b"LAPIS\x00\x00\x01"
LABEL = b"lapis/submission/v1\x00"
CHUNK = 64 * 1024
TAG = 16
DIGEST = 32
SIGNATURE = 64
MAX_HEADER = 16 * 1024


@dataclass(frozen=True, slots=True)
class Header:
    """What stands outside the seal: who sends, under which policy and epoch, and the wrapped content key."""

    agency: str
    policy: str
    epoch: str
    epoch_check: str
    ingest_key: int
    wrapped_key: bytes

    def encode(self) -> bytes:
        """Return canonical JSON."""
        fields = {name: getattr(self, name) for name in ("agency", "policy", "epoch", "epoch_check", "ingest_key")}
        return json.dumps({**fields, "wrapped_key": self.wrapped_key.hex()}, sort_keys=True).encode()


class SealedWriter(io.RawIOBase):
    """A write-only binary file that seals what it is given; `finish` writes digest and signature."""

    def __init__(self, out: BinaryIO, header: Header, content_key: Secret, signing_key: Ed25519PrivateKey) -> None:
        super().__init__()
        encoded = header.encode()
        self._out, self._aead, self._signing_key = out, AESGCM(content_key.expose()), signing_key
        self._aad = hashlib.sha256(encoded).digest()
        self._signed, self._content = hashlib.sha256(), hashlib.sha256()
        self._buffer, self._number = bytearray(), 0
        self._emit(MAGIC + struct.pack(">I", len(encoded)) + encoded)

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: Any) -> int:
        """Take bytes; seal every full chunk that surely is not the last."""
        view = memoryview(data).cast("B")
        self._content.update(view)
        self._buffer += view
        while len(self._buffer) > CHUNK:
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return len(view)

    def finish(self) -> str:
        """Seal the last chunk, sign, and return the content digest, hex."""
        self._seal(bytes(self._buffer), last=True)
        digest = self._content.digest()
        self._emit(digest)
        self._out.write(self._signing_key.sign(LABEL + self._signed.digest()))
        return digest.hex()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._emit(self._aead.encrypt(_nonce(self._number, last=last), chunk, self._aad))
        self._number += 1

    def _emit(self, data: bytes) -> None:
        self._signed.update(data)
        self._out.write(data)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A submission file whose form is sound: its header, content digest and where the body lies. Not yet verified."""

    header: Header
    content: str
    aad: bytes
    start: int
    end: int


def inspect(file: BinaryIO) -> Envelope:
    """Read the outside of a submission; raise EncodingError ENVELOPE_FORMAT if it is not one, or is cut."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    prefix = file.read(len(MAGIC) + 4)
    if prefix[: len(MAGIC)] != MAGIC or len(prefix) < len(MAGIC) + 4:
        raise EncodingError("ENVELOPE_FORMAT", "not a Lapis submission of version 1")
    length = struct.unpack(">I", prefix[len(MAGIC) :])[0]
    start, end = len(prefix) + length, size - DIGEST - SIGNATURE
    if length > MAX_HEADER or end - start < TAG:
        raise EncodingError("ENVELOPE_FORMAT", "the file is cut or its header is damaged")
    encoded = file.read(length)
    file.seek(end)
    return Envelope(_header(encoded), file.read(DIGEST).hex(), hashlib.sha256(encoded).digest(), start, end)


def verify(file: BinaryIO, envelope: Envelope, key: Ed25519PublicKey) -> None:
    """Check the agency's signature over the whole file; raise EncodingError ENVELOPE_SIGNATURE."""
    file.seek(0)
    signed, left = hashlib.sha256(), envelope.end + DIGEST
    while left:
        block = file.read(min(left, 1 << 20))
        if not block:
            raise EncodingError("ENVELOPE_FORMAT", "the file is cut")
        signed.update(block)
        left -= len(block)
    try:
        key.verify(file.read(SIGNATURE), LABEL + signed.digest())
    except InvalidSignature:
        raise EncodingError("ENVELOPE_SIGNATURE", "the signature is not the agency's") from None


class SealedReader(io.RawIOBase):
    """A read-only, seekable binary file over the sealed body. One opaque error: ENVELOPE_OPEN."""

    def __init__(self, file: BinaryIO, envelope: Envelope, content_key: Secret) -> None:
        super().__init__()
        self._file, self._envelope, self._aead = file, envelope, AESGCM(content_key.expose())
        body = envelope.end - envelope.start
        self._chunks = -(-body // (CHUNK + TAG))
        self._size = body - self._chunks * TAG
        self._at, self._cached, self._plain = 0, -1, b""
        self._chunk(self._chunks - 1)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move and return the position."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, target: Any) -> int:
        """Fill the target from the position on; return how many bytes."""
        view, done = memoryview(target).cast("B"), 0
        while done < len(view) and self._at < self._size:
            number, offset = divmod(self._at, CHUNK)
            piece = self._chunk(number)[offset : offset + len(view) - done]
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._at += len(piece)
        return done

    def check_content(self) -> None:
        """Open every chunk and compare the content digest; raise EncodingError ENVELOPE_OPEN."""
        digest = hashlib.sha256()
        for number in range(self._chunks):
            digest.update(self._chunk(number))
        if digest.hexdigest() != self._envelope.content:
            raise EncodingError("ENVELOPE_OPEN", "the submission does not open")

    def _chunk(self, number: int) -> bytes:
        if number != self._cached:
            self._file.seek(self._envelope.start + number * (CHUNK + TAG))
            sealed = self._file.read(min(CHUNK + TAG, self._envelope.end - self._file.tell()))
            try:
                last = number == self._chunks - 1
                self._plain = self._aead.decrypt(_nonce(number, last=last), sealed, self._envelope.aad)
            except InvalidTag:
                raise EncodingError("ENVELOPE_OPEN", "the submission does not open") from None
            self._cached = number
        return self._plain


def open_(file: BinaryIO, envelope: Envelope, unwrap: Callable[[bytes], bytes]) -> SealedReader:
    """Unwrap the content key and return the body; raises what `unwrap` raises, or EncodingError ENVELOPE_OPEN."""
    return SealedReader(file, envelope, Secret(unwrap(envelope.header.wrapped_key)))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _header(encoded: bytes) -> Header:
    try:
        fields = json.loads(encoded)
        fields["wrapped_key"] = bytes.fromhex(fields["wrapped_key"])
        header = Header(**fields)
    except (ValueError, TypeError, KeyError):
        raise EncodingError("ENVELOPE_FORMAT", "the header is damaged") from None
    texts = (header.agency, header.policy, header.epoch, header.epoch_check)
    if not all(isinstance(text, str) for text in texts) or not isinstance(header.ingest_key, int):
        raise EncodingError("ENVELOPE_FORMAT", "the header is damaged")
    return header
