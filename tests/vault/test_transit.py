"""Columns and single values through a real transit engine."""

from __future__ import annotations

import json
import os
import traceback
from base64 import b64decode, b64encode

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault import (
    EmbeddedServer,
    Retry,
    VaultError,
    ciphertext,
    encrypt_batch,
    hmac_batch,
    latest_version,
    public_key,
    unwrap,
    unwrap_key,
    wrap_key,
)

ONCE = Retry(attempts=1)
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
DIGESTS = st.lists(st.binary(min_size=32, max_size=32), max_size=20)
on_the_real_server = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(values=DIGESTS, chunk=st.integers(1, 7))
@on_the_real_server
def test_a_batch_gives_what_single_requests_give_in_order(bao: EmbeddedServer, values: list[bytes], chunk: int) -> None:
    with bao.session("ingest") as ingest:
        batch = hmac_batch(ingest, "pepper", 1, pa.array(values, pa.binary(32)), chunk=chunk)
        single = [ingest.write("transit/hmac/pepper", {"input": b64encode(value).decode()})["hmac"] for value in values]
    assert batch.type == pa.binary(32)
    assert batch.to_pylist() == [b64decode(text.removeprefix("vault:v1:")) for text in single]


def test_a_slice_of_a_column_gives_the_same_as_its_copy(bao: EmbeddedServer) -> None:
    values = pa.array([os.urandom(32) for _ in range(50)], pa.binary(32))
    with bao.session("ingest") as ingest:
        whole = hmac_batch(ingest, "layer", 1, values)
        assert hmac_batch(ingest, "layer", 1, values.slice(7, 20), chunk=6).equals(whole.slice(7, 20))


def test_keys_of_other_purposes_give_other_tokens(bao: EmbeddedServer) -> None:
    value = pa.array([bytes(32)], pa.binary(32))
    with bao.session("ingest") as ingest:
        tokens = {hmac_batch(ingest, key, 1, value)[0].as_py() for key in ("pepper", "layer", "ref")}
    assert len(tokens) == 3


def test_fifty_thousand_items_pass_in_one_request(bao: EmbeddedServer) -> None:
    count = 50_000
    raw = os.urandom(32 * count)
    values = pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), count, [None, pa.py_buffer(raw)])
    with bao.session("ingest") as ingest:
        tokens = hmac_batch(ingest, "pepper", 1, values, chunk=count)
        assert len(tokens) == count
        assert tokens.slice(count - 1).equals(hmac_batch(ingest, "pepper", 1, values.slice(count - 1)))


@pytest.mark.parametrize(
    "values",
    [pa.array([b"short"]), pa.array([None], pa.binary(32)), pa.array([b"x" * 16], pa.binary(16)), pa.array(["a"])],
)
def test_a_column_of_another_type_or_with_a_null_is_refused(bao: EmbeddedServer, values: pa.Array) -> None:
    with bao.session("ingest") as ingest, pytest.raises(VaultError) as caught:
        hmac_batch(ingest, "pepper", 1, values)
    assert caught.value.code == "VAULT_BATCH_INVALID"


@pytest.mark.parametrize("version", [0, -1, 2])
def test_a_version_that_the_key_has_not_is_refused(bao: EmbeddedServer, version: int) -> None:
    values = pa.array([bytes(32)], pa.binary(32))
    with bao.session("ingest", retry=ONCE) as ingest:
        with pytest.raises(VaultError):
            hmac_batch(ingest, "pepper", version, values)
        with pytest.raises(VaultError):
            encrypt_batch(ingest, "ref-seal", version, values)
        with pytest.raises(VaultError):
            wrap_key(ingest, "handles", version or 9, b"k" * 32)


def test_sealed_values_carry_the_version_and_differ_for_equal_values(bao: EmbeddedServer) -> None:
    values = pa.array([b"", b"same", b"same", b"x" * 300], pa.binary())
    with bao.session("ingest") as ingest:
        assert latest_version(ingest, "ref-seal") == 1
        sealed = encrypt_batch(ingest, "ref-seal", 1, values, chunk=3).to_pylist()
    assert {ciphertext.version_of(one) for one in sealed} == {1}
    assert len(set(sealed)) == 4
    assert [len(one) - len(value) for one, value in zip(sealed, values.to_pylist(), strict=True)] == [33] * 4


@given(data_key=st.binary(min_size=1, max_size=64))
@on_the_real_server
def test_ingest_wraps_what_the_merge_alone_unwraps(bao: EmbeddedServer, data_key: bytes) -> None:
    with bao.session("ingest", retry=ONCE) as ingest, bao.session("merge", retry=ONCE) as merge:
        sealed = wrap_key(ingest, "handles", 1, data_key)
        assert unwrap_key(merge, "handles", sealed) == data_key
        with pytest.raises(VaultError) as caught:
            unwrap_key(ingest, "handles", sealed)
    assert caught.value.code == "VAULT_DENIED"


@pytest.mark.parametrize("at", [0, 4, 5, 20, -1])
def test_a_changed_wrapping_has_one_failure(bao: EmbeddedServer, at: int) -> None:
    with bao.session("ingest", retry=ONCE) as ingest, bao.session("merge", retry=ONCE) as merge:
        sealed = bytearray(wrap_key(ingest, "handles", 1, b"k" * 32))
        sealed[at] ^= 2
        with pytest.raises(VaultError) as caught:
            unwrap_key(merge, "handles", bytes(sealed))
    assert caught.value.code == ("VAULT_CIPHERTEXT_DAMAGED" if at == 0 else "VAULT_UNWRAP_FAILED")


def test_what_an_agency_wraps_offline_is_opened_by_the_ingest_key(bao: EmbeddedServer) -> None:
    content_key = os.urandom(32)
    with bao.session("ingest") as ingest:
        key = public_key(ingest, "ingest")
        public = load_pem_public_key(key.pem.encode())
        assert isinstance(public, rsa.RSAPublicKey)
        assert public.key_size == 4096
        assert unwrap(ingest, "ingest", key.version, public.encrypt(content_key, OAEP)) == content_key


def test_what_was_not_wrapped_to_the_ingest_key_has_one_failure_without_data(bao: EmbeddedServer) -> None:
    foreign = b"canary" * 80
    with bao.session("ingest", retry=ONCE) as ingest:
        for wrapped in (foreign, b"", b"x", bytes(512), bytes(513)):
            with pytest.raises(VaultError) as caught:
                unwrap(ingest, "ingest", 1, wrapped)
            assert caught.value.code == "VAULT_UNWRAP_FAILED"
            assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_a_key_without_a_public_half_is_refused(bao: EmbeddedServer) -> None:
    with bao.session("ingest") as ingest:
        for key, version in (("handles", None), ("ingest", 7)):
            with pytest.raises(VaultError) as caught:
                public_key(ingest, key, version)
            assert caught.value.code == "VAULT_VERSION_MISSING"


def test_the_audit_trail_names_every_batch_and_holds_no_token_in_the_clear(bao: EmbeddedServer) -> None:
    values = pa.array([os.urandom(32) for _ in range(3)], pa.binary(32))
    before = bao.layout.audit.stat().st_size
    with bao.session("ingest") as ingest:
        tokens = hmac_batch(ingest, "pepper", 1, values)
        session_token = str(ingest._adapter.token)
    with bao.layout.audit.open("rb") as file:
        file.seek(before)
        trail = file.read()
    entries = [json.loads(line) for line in trail.splitlines()]
    batch = [entry for entry in entries if entry["request"]["path"] == "transit/hmac/pepper"]
    assert [entry["type"] for entry in batch] == ["request", "response"]
    assert batch[0]["auth"]["metadata"]["role_name"] == "ingest"
    for value in values.to_pylist() + tokens.to_pylist():
        for form in (value, value.hex().encode(), b64encode(value), b64encode(value)[:40]):
            assert form not in trail
    assert session_token.encode() not in trail


@given(version=st.integers(1, 2**32 - 1), body=st.binary(min_size=1, max_size=80))
def test_compact_bytes_and_transits_words_say_the_same(version: int, body: bytes) -> None:
    text = ciphertext.words(version, body)
    sealed = ciphertext.compact(text)
    assert ciphertext.expand(sealed) == text
    assert ciphertext.version_of(sealed) == version


@given(st.binary(max_size=60))
def test_bytes_that_are_no_sealed_value_are_refused_with_one_code(junk: bytes) -> None:
    try:
        text = ciphertext.expand(junk)
    except VaultError as failure:
        assert failure.code == "VAULT_CIPHERTEXT_DAMAGED"
    else:
        assert ciphertext.compact(text) == junk
