"""One large cell: all pairs where that is affordable; else about as many as asked for, and an honest estimate."""

import numpy as np
import pyarrow as pa
import pytest

from linkage.engines import EngineError, bands, run_open

BITS = 1024


def cell(rows, seed=3, noise=0.03):
    """Filters of which every second one is a near copy of the one before it, some of them hardly over the floor."""
    rng = np.random.default_rng(seed)
    bits = rng.random((rows, BITS)) < 0.2
    flips = rng.random((rows // 2, BITS)) < rng.uniform(0, 2 * noise, (rows // 2, 1))
    bits[1::2] = bits[::2] ^ flips
    filters = np.packbits(bits, axis=1, bitorder="little")
    column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(BITS // 8), rows, [None, pa.py_buffer(filters.tobytes())])
    return pa.table({"handle": rng.permutation(rows).astype(np.int64), "filter": column})


def pairs(found):
    return {(row["left"], row["right"]): row["dice"] for row in found.pairs.to_pylist()}


@pytest.mark.parametrize("target", [0.8, 0.95, 0.99])
def test_bands_find_the_share_they_are_sized_for_and_nothing_below_the_floor(target):
    table = cell(6_000)
    exact = run_open(table, 0.75, target, seed=1)
    assert exact.bands is None and exact.estimate is None and exact.found.compared == 6_000 * 5_999 // 2
    opened = run_open(table, 0.75, target, seed=1, affordable=0)
    every, some = pairs(exact.found), pairs(opened.found)
    assert some.items() <= every.items() and len(every) > 2_000
    assert opened.bands.recall >= target
    # Pairs on the floor are what bands are sized for; most lie above it.
    assert len(some) / len(every) >= target - 0.01
    assert opened.found.compared < exact.found.compared / 4


def test_the_estimate_is_what_a_count_of_all_pairs_shows():
    table = cell(6_000)
    opened = run_open(table, 0.75, 0.8, seed=5, affordable=0)
    truth = len(pairs(opened.found)) / len(pairs(run_open(table, 0.75, 0.8, seed=5).found))
    # The sample is the whole here.
    assert opened.estimate.recall == pytest.approx(truth)
    assert opened.estimate.least < opened.estimate.recall


def test_a_sample_without_a_pair_says_that_nothing_is_known(monkeypatch):
    monkeypatch.setattr(bands, "SAMPLE", 1)
    estimate = run_open(cell(500), 0.75, 0.9, seed=1, affordable=0).estimate
    assert (estimate.pairs, estimate.recall, estimate.least) == (0, 0.0, 0.0)


def test_one_seed_gives_one_answer():
    table = cell(1_000)
    one, other = (run_open(table, 0.75, 0.9, seed=9, affordable=0) for _ in range(2))
    assert one.found.pairs.equals(other.found.pairs) and one.bands == other.bands


@pytest.mark.parametrize(("floor", "target", "code"), [(0.75, 1.0, "TARGET_RANGE"), (0.75, 0.0, "TARGET_RANGE")])
def test_a_recall_that_no_bands_reach_is_refused(floor, target, code):
    with pytest.raises(EngineError, match=code):
        run_open(cell(100), floor, target, seed=1, affordable=0)
