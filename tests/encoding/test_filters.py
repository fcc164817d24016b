"""Q-grams, filters and the layer, each against a plain reference of its specification."""

import contextlib
import hashlib
import hmac

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.encoding import EncodingError, bloom, compiled, layer, qgrams
from linkage.encoding.keys import Secret, derive
from linkage.encoding.policy import Names
from linkage.encoding.submission import MAX_FILL
from linkage.encoding.tokens import macs, tokenise
from linkage.identity import second_spellings

KEY = Secret(hashlib.sha256(b"test").digest())
WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=11)
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


def plain_grams(name):
    framed = f" {name} "
    pairs = {framed[i : i + 2] for i in range(len(framed) - 1)}
    return pairs | {framed[i] + framed[i + 2] for i in range(1, len(framed) - 2) if framed[i + 1] == " "}


def code(pair):
    first, second = (0 if letter == " " else ord(letter) - 64 for letter in pair)
    return 27 * first + second


def plain_filter(name, salt, bits, hashes):
    aes = Cipher(algorithms.AES(KEY.expose()), modes.ECB()).encryptor()
    mask = 0
    for pair in plain_grams(name):
        words = b"".join(aes.update(salt + code(pair).to_bytes(3, "little") + bytes([counter])) for counter in range(4))
        for i in range(hashes):
            mask |= 1 << (int.from_bytes(words[2 * i : 2 * i + 2], "little") % bits)
    return mask.to_bytes(bits // 8, "little")


@given(st.lists(NAME, min_size=1, max_size=6))
def test_grams_are_padded_bigrams_of_words_and_those_across_spaces(names):
    found = qgrams.grams(pa.array(names))
    for at, name in enumerate(names):
        codes = found.codes[found.starts[at] : found.starts[at] + found.counts[at]]
        assert set(codes.tolist()) == {code(pair) for pair in plain_grams(name)}


@pytest.mark.parametrize("name", ["", " A", "A ", "A  B", "siti", "SITI7", "SIÂ", "علي", "🙂", None, "A\nB"])
def test_a_name_that_is_not_normalised_is_refused(name):
    with pytest.raises(EncodingError, match="NAME_NOT_NORMALISED"):
        qgrams.grams(pa.array(["SITI", name, "BUDI"], pa.string()))


def test_no_names_give_no_grams():
    assert len(qgrams.grams(pa.array([], pa.string())).codes) == 0


@settings(deadline=None)
@given(
    st.lists(NAME, min_size=1, max_size=5),
    st.sampled_from([(256, 6), (1024, 12), (1024, 15), (512, 8)]),
    st.data(),
)
def test_a_filter_is_that_of_the_specification(names, shape, data):
    bits, hashes = shape
    which = data.draw(st.lists(st.integers(0, len(names) - 1), min_size=1, max_size=6))
    salts = np.frombuffer(data.draw(st.binary(min_size=12 * len(which), max_size=12 * len(which))), np.uint8)
    grams = qgrams.grams(pa.array(names))
    made = bloom.encode(grams, np.array(which), salts.reshape(-1, 12), KEY, bits=bits, hashes=hashes)
    for row, (at, salt) in enumerate(zip(which, salts.reshape(-1, 12), strict=True)):
        assert made[row].tobytes() == plain_filter(names[at], salt.tobytes(), bits, hashes)


def test_filters_of_one_name_under_two_salts_have_nothing_in_common_beyond_chance():
    grams = qgrams.grams(pa.array(["SITI NURHAYATI"]))
    salts = np.frombuffer(hashlib.shake_256(b"salts").digest(12 * 200), np.uint8).reshape(-1, 12)
    made = bloom.encode(grams, np.zeros(200, np.int64), salts, KEY, bits=1024, hashes=12)
    fill = np.bitwise_count(made).sum(axis=1) / 1024
    shared = np.bitwise_count(made[:-1] & made[1:]).sum(axis=1) / 1024
    assert abs(shared.mean() - (fill**2).mean()) < 0.005


def test_arrow_and_numpy_hold_the_same_filters():
    made = np.arange(6 * 32, dtype=np.uint8).reshape(6, 32)
    assert np.array_equal(bloom.from_arrow(bloom.to_arrow(made).slice(2, 3)), made[2:5])


def plain_layer(x, key, majorities, bits):
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(majorities * bits * bits // 8))
    row = majorities * bits // 8
    pulls = [int.from_bytes(stream[b * row : (b + 1) * row], "little") for b in range(bits) if x >> b & 1]
    out = 0
    for i in range(bits):
        bit = 0
        for k in range(majorities):
            bit ^= 2 * sum(pull >> (k * bits + i) & 1 for pull in pulls) > len(pulls)
        out |= bit << i
    return out


@pytest.mark.parametrize("majorities", [3, 4])
def test_the_layer_is_that_of_the_specification(majorities):
    rng = np.random.default_rng(5)
    filters = rng.integers(0, 256, (3, 32), dtype=np.uint8) & rng.integers(0, 256, (3, 32), dtype=np.uint8)
    made = layer.apply(filters, KEY, majorities)
    for row, given_ in zip(made, filters, strict=True):
        expected = plain_layer(int.from_bytes(given_.tobytes(), "little"), KEY.expose(), majorities, 256)
        assert int.from_bytes(row.tobytes(), "little") == expected


def test_each_cell_has_a_layer_of_its_own_and_rows_keep_their_order():
    rng = np.random.default_rng(6)
    filters = rng.integers(0, 256, (40, 64), dtype=np.uint8) & rng.integers(0, 256, (40, 64), dtype=np.uint8)
    cells = rng.integers(0, 5, 40)
    keys = {cell: Secret(hashlib.sha256(bytes([cell])).digest()) for cell in range(5)}
    made = layer.harden(filters, cells, keys, 3)
    for row in range(40):
        assert np.array_equal(made[row], layer.apply(filters[row : row + 1], keys[int(cells[row])], 3)[0])


def test_no_filters_need_no_key():
    assert layer.harden(np.empty((0, 32), np.uint8), np.empty(0, np.int64), {}, 3).shape == (0, 32)


def test_a_cell_without_a_key_is_refused():
    with pytest.raises(EncodingError, match="LAYER_KEY_MISSING"):
        layer.harden(np.zeros((1, 32), np.uint8), np.array([7]), {}, 3)


def test_the_layer_keeps_like_names_apart_from_unlike_ones():
    names = ["MUHAMMAD RIZKI", "MUHAMAD RIZKI", "SRI WAHYUNI"]
    made = bloom.encode(
        qgrams.grams(pa.array(names)), np.arange(3), np.zeros((3, 12), np.uint8), KEY, bits=1024, hashes=12
    )
    hard = layer.apply(made, KEY, 3)

    def dice(a, b):
        return 2 * np.bitwise_count(a & b).sum() / (np.bitwise_count(a).sum() + np.bitwise_count(b).sum())

    assert dice(hard[0], hard[1]) > 0.7 > 0.56 > dice(hard[0], hard[2])


def test_tokens_are_hmacs_and_nulls_stay(epoch_key):
    made = tokenise(pa.array(["1871015708809001", None, "1871015708809001"]), epoch_key, "nik/v1").to_pylist()
    key = derive(epoch_key, "nik/v1").expose()
    assert made == [hmac.new(key, b"1871015708809001", hashlib.sha256).digest(), None, made[0]]


@given(st.lists(st.text()), st.binary(min_size=32, max_size=32))
def test_macs_are_what_the_standard_library_makes(values, key):
    made = macs(pa.array(values, pa.string()), Secret(key))
    assert made == b"".join(hmac.digest(key, value.encode(), "sha256") for value in values)


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@settings(deadline=None)
@given(st.lists(NAME, min_size=1, max_size=9), st.integers(2, 4), st.booleans(), st.booleans(), st.booleans())
def test_compiled_and_plain_grams_are_the_same(names, q, padded, joined, variants):
    how = Names(q, padded, joined, variants)
    parts = [qgrams.grams(pa.array(["A", *names]).slice(1), how, fast=fast) for fast in (True, False)]
    for field in ("codes", "starts", "counts"):
        assert np.array_equal(*(getattr(part, field) for part in parts))


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@given(st.text("AZ @[az-É", min_size=1, max_size=4))
def test_compiled_and_plain_grams_refuse_the_same_names(name):
    taken = []
    for fast in (True, False):
        with contextlib.suppress(EncodingError):
            qgrams.grams(pa.array(["SITI", name, "BUDI"]), fast=fast)
            taken.append(fast)
    assert len(taken) != 1


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@settings(deadline=None)
@given(st.lists(NAME, min_size=1, max_size=5), st.sampled_from([(256, 6), (1024, 12), (2048, 20)]), st.integers(0, 40))
def test_compiled_and_plain_filters_and_layers_have_the_same_bits(names, shape, count):
    bits, hashes = shape
    rng = np.random.default_rng(count)
    rows, salts = rng.integers(0, len(names), count), rng.integers(0, 256, (count, 12), dtype=np.uint8)
    grams = qgrams.grams(pa.array(names))
    made = [bloom.encode(grams, rows, salts, KEY, bits=bits, hashes=hashes, fast=fast) for fast in (True, False)]
    assert np.array_equal(*made)
    if bits < 2048:
        assert np.array_equal(*(layer.apply(made[0], KEY, 3, fast=fast) for fast in (True, False)))


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@pytest.mark.parametrize(
    ("processor", "adds", "register"), [("haswell", "vpxor", "ymm"), ("icelake-server", "vpternlogq", "zmm")]
)
def test_the_layer_is_compiled_to_the_widest_vectors_of_a_processor(processor, adds, register):
    import numba
    from llvmlite import binding

    # Compiled anew: what comes from the cache cannot be looked at.
    fresh = numba.njit(compiled.majorities.py_func)
    fresh(np.zeros((9, 16), np.uint64), np.zeros((1025, 48), np.uint64), np.zeros((9, 16), np.uint64))
    (code,) = fresh.inspect_llvm().values()
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple("x86_64-unknown-linux-gnu").create_target_machine(cpu=processor, opt=3)
    assembly = machine.emit_assembly(binding.parse_assembly(code))
    assert any(adds in line and register in line for line in assembly.splitlines())


@given(st.lists(NAME, min_size=1, max_size=4))
def test_a_second_spelling_adds_its_grams_and_takes_none_away(names):
    plain, both = qgrams.grams(pa.array(names)), qgrams.grams(pa.array(names), Names())
    for at, name in enumerate(names):
        mine = set(both.codes[both.starts[at] : both.starts[at] + both.counts[at]].tolist())
        expected = plain_grams(name) | (
            plain_grams(other) if (other := second_spellings(pa.array([name]))[0].as_py()) else set()
        )
        assert mine == {code(pair) for pair in expected}
        assert set(plain.codes[plain.starts[at] : plain.starts[at] + plain.counts[at]].tolist()) <= mine


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Names(2, padded=False, joined=False, variants=False), ["AB", "BC", "DE"]),
        (Names(2, padded=False, joined=True, variants=False), ["AB", "BC", "DE", "CD"]),
        (Names(2, padded=True, joined=False, variants=False), [" A", "AB", "BC", "C ", " D", "DE", "E "]),
        (Names(3, padded=False, joined=True, variants=False), ["ABC", "BCD", "CDE"]),
        (Names(3, padded=True, joined=False, variants=False), [" AB", "ABC", "BC ", "C D", " DE", "DE "]),
    ],
)
def test_padding_joining_and_length_make_the_grams_that_they_say(how, expected):
    found = qgrams.grams(pa.array(["ABC DE"]), how)

    def number(gram):
        value = 0
        for letter in gram:
            value = 27 * value + (0 if letter == " " else ord(letter) - 64)
        return value

    assert sorted(set(found.codes.tolist())) == sorted({number(gram) for gram in expected})


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ ", min_size=1, max_size=100))
def test_no_normalised_name_fills_a_filter_further_than_ingest_allows(text):
    name = " ".join(text.split()) or "A"
    found = qgrams.grams(pa.array([name]), Names())
    for bits, hashes in ((1024, 12), (512, 8)):
        made = bloom.encode(found, np.array([0]), np.zeros((1, 12), np.uint8), KEY, bits=bits, hashes=hashes)
        assert hashes // 2 <= np.bitwise_count(made).sum() <= MAX_FILL * bits


def test_a_very_long_name_is_cut_at_a_word_and_two_that_differ_beyond_are_one():
    long = "ABDURRAHMAN " * 4
    one, other = (qgrams.grams(pa.array([long + tail])) for tail in ("SATU", "DUA"))
    assert np.array_equal(one.codes, other.codes)
    assert qgrams.grams(pa.array(["A" * 300])).counts[0] == qgrams.grams(pa.array(["A" * 48])).counts[0]


@given(st.lists(st.none() | st.dates(), max_size=6))
def test_a_dates_pieces_are_its_digits_and_wholes_and_never_a_names(days):
    found = qgrams.dates(pa.array(days, pa.date32()))
    for at, day in enumerate(days):
        codes = found.codes[found.starts[at] : found.starts[at] + found.counts[at]]
        if day is None:
            assert not len(codes)
            continue
        digits = {10 * place + int(digit) for place, digit in enumerate(f"{day:%Y%m%d}".zfill(8)[::-1])}
        wholes = {100 + day.month, 200 + day.day, 300 + day.year}
        assert {int(each) - qgrams.DATE for each in codes} == digits | wholes
