"""The published vectors, against a second implementation that shares no code with the first but AES and HMAC."""

import hashlib
import hmac
import json

import pyarrow as pa
import pytest

from linkage.identity import second_spellings
from tests.encoding.make_vectors import FILE, make
from tests.encoding.test_filters import code, plain_grams, plain_layer

VECTORS = json.loads(FILE.read_text())


def hkdf(key, label):
    prk = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(prk, label.encode() + b"\x01", hashlib.sha256).digest()


def gram_positions(number, salt, key, bits, hashes):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    words = b"".join(aes.update(salt + number.to_bytes(3, "little") + bytes([counter])) for counter in range(4))
    return {int.from_bytes(words[2 * i : 2 * i + 2], "little") % bits for i in range(hashes)}


def test_the_file_is_what_the_code_makes():
    assert make() == VECTORS


def test_keys_tokens_and_salts_are_hmacs_under_hkdf_labels():
    key = bytes.fromhex(VECTORS["epoch_key"])
    anchor, nik = VECTORS["anchor"], VECTORS["nik"]

    def mac(label, value):
        return hmac.new(hkdf(key, label), value.encode(), hashlib.sha256).hexdigest()

    assert nik["t1"] == mac("nik/v1", nik["value"])
    assert anchor["token"] == mac(f"anchor/{anchor['name']}/token/v1", anchor["value"])
    assert anchor["salt"] == mac(f"anchor/{anchor['name']}/salt/v1", anchor["value"])[:24]
    assert anchor["filter_key"] == hkdf(key, f"anchor/{anchor['name']}/filter/v1").hex()
    assert VECTORS["check"]["value"] == mac("check/v1", VECTORS["check"]["epoch"])[:16]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["raw"])
def test_every_step_of_a_name(case):
    name = case["normalised"]
    pieces = plain_grams(name) | (
        plain_grams(other) if (other := second_spellings(pa.array([name]))[0].as_py()) else set()
    )
    assert case["codes"] == sorted({code(pair) for pair in pieces})
    salt, key = bytes.fromhex(VECTORS["anchor"]["salt"]), bytes.fromhex(VECTORS["anchor"]["filter_key"])
    for each in case["filters"]:
        bits, hashes = each["bits"], each["hashes"]
        found = {number: gram_positions(number, salt, key, bits, hashes) for number in case["codes"]}
        for number, where in each["positions"].items():
            assert where == sorted(found[int(number)])
        mask = sum(1 << bit for bit in set().union(*found.values()))
        assert each["filter"] == mask.to_bytes(bits // 8, "little").hex()
        if bits == 256:
            layered = plain_layer(mask, bytes.fromhex(VECTORS["layer_key"]), each["majorities"], bits)
            assert each["layered"] == layered.to_bytes(bits // 8, "little").hex()
