"""The container: what goes in comes out, and no cut, edit, swap or re-addressing goes unnoticed."""

import io
import os
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.encoding import EncodingError, envelope
from linkage.encoding.envelope import CHUNK, Header, SealedWriter
from linkage.encoding.keys import Secret

CONTENT_KEY = Secret(bytes(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEADER = Header("baznas", "p" * 64, "2026-1", "c" * 16, 1, b"wrapped")


def sealed(content, header=HEADER, signer=SIGNER, pieces=1):
    out = io.BytesIO()
    writer = SealedWriter(out, header, CONTENT_KEY, signer)
    step = max(1, -(-len(content) // pieces))
    for start in range(0, len(content), step):
        writer.write(content[start : start + step])
    writer.finish()
    return out.getvalue()


VERIFIER = SIGNER.public_key()


def opened(data, verify=VERIFIER):
    file = io.BytesIO(data)
    found = envelope.inspect(file)
    envelope.verify(file, found, verify)
    reader = envelope.open_(file, found, lambda wrapped: CONTENT_KEY.expose())
    reader.check_content()
    return reader


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_what_is_sealed_opens_again(size):
    content = os.urandom(size)
    assert opened(sealed(content, pieces=5)).read() == content


@settings(deadline=None)
@given(st.binary(max_size=3000), st.lists(st.tuples(st.integers(0, 3200), st.integers(0, 3200)), max_size=8))
def test_any_part_can_be_read_in_any_order(content, reads):
    reader = opened(sealed(content))
    for start, size in reads:
        reader.seek(start)
        assert reader.read(size) == content[start : start + size]
    assert reader.seek(0, io.SEEK_END) == len(content)


def test_reads_cross_chunk_borders():
    content = os.urandom(4 * CHUNK + 5)
    reader = opened(sealed(content))
    for start in (CHUNK - 3, 2 * CHUNK - 1, 4 * CHUNK - 2):
        reader.seek(start)
        assert reader.read(CHUNK) == content[start : start + CHUNK]


WHOLE = sealed(bytes(range(256)) * 600)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at, flip):
    damaged = bytearray(WHOLE)
    damaged[at] ^= flip
    with pytest.raises(EncodingError) as error:
        opened(bytes(damaged))
    assert error.value.code in {"ENVELOPE_FORMAT", "ENVELOPE_SIGNATURE"}


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(WHOLE) - 1))
def test_a_cut_file_is_found(length):
    with pytest.raises(EncodingError) as error:
        opened(WHOLE[:length])
    assert error.value.code in {"ENVELOPE_FORMAT", "ENVELOPE_SIGNATURE"}


def resigned(data, signer=SIGNER):
    """Sign a tampered file again, as a rogue agency with its own key could."""
    import hashlib

    signed = data[: -envelope.SIGNATURE]
    return signed + signer.sign(envelope.LABEL + hashlib.sha256(signed).digest())


def parts(data):
    length = struct.unpack(">I", data[8:12])[0]
    body = 12 + length
    end = len(data) - envelope.DIGEST - envelope.SIGNATURE
    step = CHUNK + envelope.TAG
    chunks = [data[at : min(at + step, end)] for at in range(body, end, step)]
    return data[:body], chunks, data[end:]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda chunks: chunks[:-1],
        lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
        lambda chunks: [*chunks, chunks[-1]],
        lambda chunks: [chunks[0], *chunks],
        lambda chunks: chunks[1:],
    ],
    ids=["last chunk cut", "chunks swapped", "last chunk twice", "first chunk twice", "first chunk cut"],
)
def test_the_seal_finds_what_a_fresh_signature_would_hide(tamper):
    head, chunks, tail = parts(sealed(os.urandom(3 * CHUNK)))
    with pytest.raises(EncodingError, match="ENVELOPE_OPEN"):
        opened(resigned(head + b"".join(tamper(chunks)) + tail))


def test_another_agency_cannot_send_a_stolen_submission_as_its_own():
    head, chunks, tail = parts(sealed(b"rows of another agency"))
    rogue = Ed25519PrivateKey.generate()
    encoded = head[12:].replace(b"baznas", b"roguez")
    stolen = resigned(head[:8] + struct.pack(">I", len(encoded)) + encoded + b"".join(chunks) + tail, rogue)
    with pytest.raises(EncodingError, match="ENVELOPE_OPEN"):
        opened(stolen, verify=rogue.public_key())


def test_a_digest_of_other_content_is_found():
    data = WHOLE[: -envelope.DIGEST - envelope.SIGNATURE] + bytes(envelope.DIGEST + envelope.SIGNATURE)
    with pytest.raises(EncodingError, match="ENVELOPE_OPEN"):
        opened(resigned(data))


@pytest.mark.parametrize(
    "header",
    [b"", b"[]", b"{}", b'{"agency": 1}', b"\xff", b'{"agency":"a","policy":"b","epoch":"c","epoch_check":"d"}',
     b'{"agency":"a","policy":"b","epoch":"c","epoch_check":"d","ingest_key":"1","wrapped_key":""}'],
)  # fmt: skip
def test_a_damaged_header_has_one_error(header):
    data = envelope.MAGIC + struct.pack(">I", len(header)) + header + bytes(200)
    with pytest.raises(EncodingError, match="ENVELOPE_FORMAT"):
        envelope.inspect(io.BytesIO(data))


def test_the_content_is_nowhere_in_the_file():
    assert b"ordinary words" not in sealed(b"ordinary words" * 100)
