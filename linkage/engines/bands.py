"""One cell too large to compare all with all: rows that agree on some sampled bits meet, in several such bands.

Bit-sampling LSH. Two filters of m bits, w set on average, whose Dice is d differ in about 2w(1 - d) of them, so they
agree on k sampled bits with p^k, p = 1 - 2w(1 - d)/m; in L bands they meet at least once with 1 - (1 - p^k)^L. k and L
are sized for pairs on the floor, those above it are found more often. Whatever meets is compared exactly.

Never sees a record, and never says that it found all: how many it finds is estimated on a sample and told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.engines.errors import EngineError
from linkage.matching import Pass, similar_pairs
from linkage.matching.passes import once, words_of

Words = NDArray[np.uint64]

AFFORDABLE = 5_000_000_000
"""Pairs that are compared all: some seconds."""
SAMPLE = 20_000
"""Rows of the sample on which recall is estimated: 200 million pairs."""
STRANGERS = 20_000
"""Pairs that tell how often unlike filters agree on a bit."""
MOST_BITS = 62
MOST_BANDS = 400
A_ROW = 60.0
"""What a row costs in a band (sorted, moved), in compared pairs."""
SURE = 1.96


@dataclass(frozen=True, slots=True)
class Bands:
    """`count` bands of `bits` sampled bits each; pairs on the floor meet with probability `recall`."""

    bits: int
    count: int
    recall: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of `pairs` in the sample that reach the floor, which share met: `recall`, and with 97.5 % at least `least`."""

    pairs: int
    recall: float
    least: float


@dataclass(frozen=True, slots=True)
class Open:
    """What was `found`; with the `bands` it took and what they miss, or None for both where all was compared."""

    found: Pass
    bands: Bands | None
    estimate: Estimate | None


def run_open(table: pa.Table, floor: float, target: float, seed: int, affordable: int = AFFORDABLE) -> Open:
    """Pair the rows of one large cell whose filters reach the floor: all of them, or about `target` of them.

    `table`: handle int64, filter fixed_size_binary, as a pass takes them. Raises EngineError TARGET_RANGE,
    BANDS_TOO_MANY, and the kernel's errors.
    """
    handles, words = table["handle"].to_numpy(), words_of(table["filter"])
    n = len(handles)
    whole = n * (n - 1) // 2
    if whole <= affordable:
        return Open(_pass(handles, *_similar(words, np.zeros(n, np.int64), floor), whole, floor), None, None)
    random = np.random.default_rng(seed)
    bands = size(words, floor, target, random)
    places = sampled(words.shape[1] * 64, bands, random)
    left, right, dice, compared = meet(words, places, floor)
    return Open(_pass(handles, left, right, dice, compared, floor), bands, estimate(words, places, floor, random))


def size(words: Words, floor: float, target: float, random: np.random.Generator) -> Bands:
    """Choose the bits of a band so that the work is least: rows in every band, and strangers that meet."""
    if not 0.0 < target < 1.0:
        raise EngineError("TARGET_RANGE", f"expected a recall between 0 and 1, got {target}")
    n, m = len(words), words.shape[1] * 64
    some = words[random.integers(0, n, (2, STRANGERS))]
    apart = np.bitwise_count(some[0] ^ some[1]).sum(axis=1) / m
    weight = float(np.bitwise_count(some[0]).sum(axis=1).mean())
    agree = max(0.0, 1.0 - 2.0 * weight * (1.0 - floor) / m)
    best, least = None, np.inf
    for bits in range(1, MOST_BITS + 1):
        count = int(np.ceil(np.log1p(-target) / np.log1p(-min(agree**bits, 1.0 - 1e-12))))
        work = count * (A_ROW * n + n * (n - 1) / 2 * float(((1.0 - apart) ** bits).mean()))
        if count <= MOST_BANDS and work < least:
            best, least = Bands(bits, count, float(1.0 - (1.0 - agree**bits) ** count)), work
    if best is None:
        raise EngineError("BANDS_TOO_MANY", f"no {MOST_BANDS} bands reach a recall of {target}", hint="raise the floor")
    return best


def sampled(bits: int, bands: Bands, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw each band's bits, without repeating one in a band: int64[count, bits]."""
    return np.stack([random.choice(bits, bands.bits, replace=False) for _ in range(bands.count)])


def meet(
    words: Words, places: NDArray[np.int64], floor: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], int]:
    """Compare what meets in each band; rows left and right, Dice, and how many comparisons that took."""
    found, compared = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))], 0
    for band in places:
        keys = _keys(words, band)
        order = np.argsort(keys)
        ordered = keys[order]
        sizes = np.diff(np.r_[np.flatnonzero(np.diff(ordered, prepend=-1) != 0), len(ordered)])
        compared += int((sizes * (sizes - 1) // 2).sum())
        left, right, dice = _similar(words[order], ordered, floor)
        found.append((order[left], order[right], dice))
    left, right, dice = (np.concatenate(side) for side in zip(*found, strict=True))
    return left, right, dice, compared


def estimate(words: Words, places: NDArray[np.int64], floor: float, random: np.random.Generator) -> Estimate:
    """Compare a sample all with all, and see which of its pairs the bands bring together."""
    rows = words[random.choice(len(words), min(SAMPLE, len(words)), replace=False)]
    left, right, _ = _similar(rows, np.zeros(len(rows), np.int64), floor)
    met = np.zeros(len(left), bool)
    for band in places:
        keys = _keys(rows, band)
        met |= keys[left] == keys[right]
    pairs, share = len(met), float(met.mean()) if len(met) else 0.0
    return Estimate(pairs, share, _least(share, pairs))


def _least(share: float, pairs: int) -> float:
    """Return Wilson's lower bound; of no pairs, nothing is known."""
    if not pairs:
        return 0.0
    z = SURE**2 / pairs
    spread = SURE * np.sqrt(share * (1 - share) / pairs + z / (4 * pairs))
    return max(0.0, float((share + z / 2 - spread) / (1 + z)))


def _keys(words: Words, band: NDArray[np.int64]) -> NDArray[np.int64]:
    keys = np.zeros(len(words), np.uint64)
    for at, place in enumerate(band.tolist()):
        bit = words[:, place >> 6] >> np.uint64(place & 63) & np.uint64(1)
        keys |= bit << np.uint64(at)
    return keys.view(np.int64)


def _similar(
    words: Words, cells: NDArray[np.int64], floor: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    found = similar_pairs(words, cells, floor)
    return found.left.astype(np.int64), found.right.astype(np.int64), found.dice


def _pass(
    handles: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    dice: NDArray[np.float32],
    compared: int,
    floor: float,
) -> Pass:
    one, other = handles[left], handles[right]
    return Pass(once(np.minimum(one, other), np.maximum(one, other), dice), len(handles), compared, floor)
