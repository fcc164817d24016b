"""A1: names recovered from how often equal filters occur, with a reference list of other people.

Frequency alignment as in Christen, Schnell, Vatsalan and Ranbaduge ("Efficient cryptanalysis of Bloom filters for
privacy-preserving record linkage", PAKDD 2017) and Naveed, Kamara and Wright (CCS 2015). Needs no roster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.attacks.bounds import Trials
from linkage.attacks.graphs import Distinct, distinguish
from linkage.attacks.setting import Setting
from linkage.attacks.victims import Encoded, encode
from linkage.encoding.qgrams import I64


@dataclass(frozen=True, slots=True)
class Aligned:
    """Rows whose name was found by frequency, and by guessing the commonest name for everybody."""

    attack: Trials
    blind: Trials


@dataclass(frozen=True, slots=True)
class _Reference:
    """`names` distinct, commonest first, and the share of each, float64."""

    names: pa.Array
    shares: np.ndarray[tuple[int], np.dtype[np.float64]]


def align(victims: pa.Array, cells: I64, reference: pa.Array, setting: Setting, rng: np.random.Generator) -> Aligned:
    """Attack victims string[n] in opaque cells int64[n] with a reference of disjoint people."""
    found = encode(victims, cells, setting, rng)
    distinct, ordered = distinguish(found), _order(reference)
    truth = pc.fill_null(pc.index_in(victims, ordered.names), -1).to_numpy(zero_copy_only=False)
    guesses = (_by_rank(distinct, len(ordered.names)), _by_likelihood(distinct, found, ordered))
    hits = max(int((guess[distinct.of] == truth).sum()) for guess in guesses)
    return Aligned(Trials(len(victims), hits), Trials(len(victims), int((truth == 0).sum())))


def _order(reference: pa.Array) -> _Reference:
    counted = reference.value_counts()
    counts = counted.field("counts").to_numpy()
    order = np.argsort(-counts, kind="stable")
    return _Reference(counted.field("values").take(pa.array(order)), counts[order] / counts.sum())


def _by_rank(distinct: Distinct, names: int) -> I64:
    """Give the commonest filter the commonest name, and so on; beyond the last name, the commonest again."""
    rank = np.empty(len(distinct.counts), np.int64)
    rank[np.argsort(-distinct.counts, kind="stable")] = np.arange(len(distinct.counts))
    return np.where(rank < names, rank, 0)


def _by_likelihood(distinct: Distinct, found: Encoded, reference: _Reference) -> I64:
    """Give each filter the name under which its count in its cell is likeliest: m·log p − n·p is largest."""
    cells, sizes = np.unique(found.cells, return_counts=True)
    size = sizes[np.searchsorted(cells, distinct.cells)]
    cases, of = np.unique(np.stack([distinct.counts, size]), axis=1, return_inverse=True)
    shares = reference.shares[None]
    best = (cases[0][:, None] * np.log(shares) - cases[1][:, None] * shares).argmax(axis=1)
    return np.asarray(best[of.ravel()], np.int64)
