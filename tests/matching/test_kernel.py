import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linkage.matching import compiled, kernel, lanes
from linkage.matching.errors import MatchingError
from linkage.matching.kernel import similar_pairs


def by_hand(filters, cells, floor):
    """The definition, pair by pair."""
    found = []
    for i in range(len(cells)):
        for j in range(i + 1, len(cells)):
            if cells[i] != cells[j]:
                continue
            common = sum(int(a & b).bit_count() for a, b in zip(filters[i], filters[j], strict=True))
            total = sum(int(a).bit_count() + int(b).bit_count() for a, b in zip(filters[i], filters[j], strict=True))
            dice = 2 * common / total if total else 0.0
            if dice >= floor:
                found.append((i, j, np.float32(dice)))
    return found


def as_list(pairs):
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), pairs.dice, strict=True))


SPARSE = st.sampled_from([0, 1, 3, 7, 0xFF, 0xF0F0, 2**64 - 1])


@st.composite
def tables(draw):
    sizes = draw(st.lists(st.integers(1, 7), max_size=6))
    cells = np.repeat(np.arange(len(sizes))[::-1], sizes).astype(np.int64)
    words = draw(st.integers(1, 3))
    return draw(hnp.arrays(np.uint64, (len(cells), words), elements=SPARSE)), cells


FAST = pytest.mark.parametrize(
    "fast",
    [False, pytest.param(True, marks=pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed"))],
)


@FAST
@given(table=tables(), floor=st.sampled_from([0.0, 0.3, 0.5, 2 / 3, 0.8, 1.0]))
def test_exactly_the_pairs_of_the_definition_are_found(fast, table, floor):
    filters, cells = table
    with pytest.MonkeyPatch.context() as patch:
        # Whole, or tile by tile, whatever its size.
        for listed in (kernel.LISTED, 1) if fast else (0,):
            patch.setattr(kernel, "LISTED", listed)
            assert as_list(similar_pairs(filters, cells, floor, fast=fast)) == by_hand(filters, cells, floor)


@given(tables(), st.sampled_from([(0, 4), (2, 4), (2, 100)]))
def test_squares_tiles_and_lists_find_the_same_pairs(table, shape):
    filters, cells = table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "SMALL", shape[0])
        patch.setattr(kernel, "SIDE", shape[1])
        patch.setattr(kernel, "BLOCK", 8)
        assert as_list(similar_pairs(filters, cells, 0.4, fast=False)) == by_hand(filters, cells, 0.4)


@FAST
@pytest.mark.parametrize("floor", [0.3, 0.52, 0.8])
def test_real_sizes_on_every_path_agree_with_the_definition_at_1024_bits(fast, floor):
    rng = np.random.default_rng(5)
    cells = np.repeat(np.arange(7), [1100, 300, 30, 30, 5, 5, 1]).astype(np.int64)
    bits = rng.random((len(cells), 1024)) < rng.uniform(0.1, 0.6, 1024)
    # Some rows are near-copies of others, so that every floor finds some.
    copies, of = rng.integers(0, len(cells), 200), rng.integers(0, len(cells), 200)
    bits[copies] = bits[of] ^ (rng.random((200, 1024)) < 0.05)
    filters = np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little")).view(np.uint64)
    found = similar_pairs(filters, cells, floor, fast=fast)
    shared = bits.astype(np.int64) @ bits.T.astype(np.int64)
    dice = 2 * shared / (bits.sum(1)[:, None] + bits.sum(1))
    left, right = np.nonzero(np.triu((dice >= floor) & (cells[:, None] == cells), 1))
    assert len(left) > 20
    assert found.left.tolist() == left.tolist()
    assert found.right.tolist() == right.tolist()
    assert np.array_equal(found.dice, dice[left, right].astype(np.float32))


def test_two_empty_filters_are_not_alike():
    empty = np.zeros((2, 16), np.uint64)
    cells = np.zeros(2, np.int64)
    assert as_list(similar_pairs(empty, cells, 0.0)) == [(0, 1, 0.0)]
    assert as_list(similar_pairs(empty, cells, 0.1)) == []


def test_nothing_in_nothing_out():
    assert as_list(similar_pairs(np.empty((0, 16), np.uint64), np.empty(0, np.int64), 0.5)) == []


@pytest.mark.parametrize(
    ("filters", "cells", "floor", "code"),
    [
        (np.zeros((2, 1), np.uint64), np.zeros(3, np.int64), 0.5, "FILTER_SHAPE"),
        (np.zeros((3, 1), np.uint64), np.array([1, 2, 1]), 0.5, "CELLS_NOT_GROUPED"),
        (np.zeros((2, 1), np.uint64), np.zeros(2, np.int64), 1.5, "FLOOR_RANGE"),
        (np.zeros((2, 1), np.uint64), np.zeros(2, np.int64), float("nan"), "FLOOR_RANGE"),
    ],
)
def test_unfit_input_is_refused_with_its_code(filters, cells, floor, code):
    with pytest.raises(MatchingError) as refusal:
        similar_pairs(filters, cells, floor)
    assert refusal.value.code == code


ASSEMBLY = """
import numba
from linkage.matching import compiled
words, rows = numba.uint64[:, ::1], numba.int64[::1]
ends, dice = numba.int32[::1], numba.float64[::1]
compiled.strips.compile((words, rows, rows, numba.int64, numba.float64, ends, ends, dice))
print("\\n".join(compiled.strips.inspect_asm().values()))
"""


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@pytest.mark.parametrize(
    ("processor", "counts"), [("icelake-server", True), ("znver4", True), ("znver3", False), ("x86-64", False)]
)
def test_where_a_processor_counts_the_bits_of_vectors_the_compiled_kernel_has_it_do_so(processor, counts, tmp_path):
    # Compiled for it, not run on it: this machine may be another.
    target = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ASSEMBLY], env=os.environ | target, capture_output=True, text=True, check=True
    )
    assert ("vpopcntq\t%zmm" in done.stdout or "vpopcntq\t%ymm" in done.stdout) is counts


@FAST
@pytest.mark.parametrize("words", [8, 16, 24])
@pytest.mark.parametrize("floor", [0.0, 0.45, 0.8])
def test_filters_of_whole_strips_in_cells_of_every_small_size_agree_with_the_definition(fast, words, floor):
    rng = np.random.default_rng(words)
    cells = np.repeat(np.arange(21), np.arange(21)).astype(np.int64)
    bits = rng.random((len(cells), 64 * words)) < rng.uniform(0.1, 0.5, (len(cells), 1))
    bits[1::4] = bits[:-1:4][: len(bits[1::4])] ^ (rng.random((len(bits[1::4]), 64 * words)) < 0.03)
    bits[::17] = False
    filters = np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little")).view(np.uint64)
    assert as_list(similar_pairs(filters, cells, floor, fast=fast)) == by_hand(filters, cells, floor)


def sparse(words, seed=1):
    """Return filters of few bits in cells of up to 26 rows, some near-copies and some empty, and their cells."""
    rng = np.random.default_rng(seed)
    cells = np.repeat(np.arange(27), np.arange(27)).astype(np.int64)
    bits = rng.random((len(cells), 64 * words)) < rng.uniform(0.05, 0.15, (len(cells), 1))
    bits[1::3] = bits[:-1:3][: len(bits[1::3])] ^ (rng.random((len(bits[1::3]), 64 * words)) < 0.02)
    bits[::17] = False
    return np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little")).view(np.uint64), cells


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@pytest.mark.parametrize("words", [4, 8, 12, 16])
@pytest.mark.parametrize("floor", [0.7, 0.8, 1.0])
def test_sparse_filters_in_tiny_cells_meet_by_their_folds_and_no_pair_is_lost(words, floor):
    filters, cells = sparse(words)
    assert kernel._loop(filters, 0.8) is lanes.folded
    found = as_list(similar_pairs(filters, cells, floor))
    assert found == by_hand(filters, cells, floor)
    assert found or floor == 1.0


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
@given(table=tables(), floor=st.sampled_from([0.0, 0.3, 0.5, 2 / 3, 0.8, 1.0]))
def test_folds_find_the_pairs_of_the_definition_however_full_filters_are(table, floor):
    filters, cells = table
    filters = np.ascontiguousarray(np.pad(filters, ((0, 0), (0, -filters.shape[1] % lanes.WIDTH))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_loop", lambda _filters, _floor: lanes.folded)
        assert as_list(similar_pairs(filters, cells, floor)) == by_hand(filters, cells, floor)


@pytest.mark.skipif(not compiled.AVAILABLE, reason="numba is not installed")
def test_filters_behind_the_layer_are_too_full_for_folds():
    filters = np.random.default_rng(2).integers(0, 2**63, (500, 16), np.uint64)
    assert kernel._loop(filters, 0.55) is compiled.strips
