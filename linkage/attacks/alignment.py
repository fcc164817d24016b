"""Graph matching: which filter is which name, from nothing but how alike filters and names are among themselves.

Two weighted graphs are aligned by an annealed mean field: every filter holds a belief over the names, and each round
asks how well a filter's likenesses to the others fit a name's, under the beliefs so far. The graphs and the attack on
them follow Vidanage, Christen, Ranbaduge and Schnell ("A graph matching attack on privacy-preserving record linkage",
CIKM 2020) and Schäfer, Armknecht and Heng (2024, with node embeddings); the solver is softassign (Gold and Rangarajan,
"A graduated assignment algorithm for graph matching", PAMI 1996), with a last exact assignment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from linkage.attacks.victims import F32
from linkage.encoding.qgrams import I64

Bools = npt.NDArray[np.bool_]

QUANTILES = 100
HOT = 16.0
"""Temperature at the start; the field cools to 1 over `COOLING` of the rounds."""
COOLING = 0.7
DAMPING = 0.5
NEGLIGIBLE, DENSE = 0.01, 0.02
SURE = 0.995
"""When beliefs are this firm on average for two rounds, nothing moves any more."""
FORBIDDEN = np.float32(-1e4)
EXACT_UP_TO = 4_000
"""Above this many filters the last step takes each filter's best name instead of an exact assignment."""


@dataclass(frozen=True, slots=True)
class Graphs:
    """What the attacker compares. f filters, d names, likeness 0 on the diagonals.

    `found` float32[f, f]; `expected` float32[d, d]; `own` float32[d, d]: as `found`, from encodings the attacker made;
    `allowed` bool[f, d]: which name a filter may be; `together` bool[f, f] or None: which filters are comparable;
    `known` int64[f]: the name of a filter, or -1.
    """

    found: F32
    expected: F32
    own: F32
    allowed: Bools
    together: Bools | None
    known: I64


def align(graphs: Graphs, rounds: int) -> I64:
    """Return the name that each filter is taken for, int64[f]."""
    noise = max(float(np.mean((graphs.own - graphs.expected) ** 2)), 1e-5)
    bar = _bar(graphs)
    field = np.float32(0.3) * _profiles(graphs) + bar
    squared = graphs.expected**2
    together = None if graphs.together is None else graphs.together.astype(np.float32)
    project = _projector(graphs.expected)
    sure = 0.0
    for turn in range(rounds):
        heat = np.float32(max(1.0, HOT * (1 - turn / (rounds * COOLING))) * noise)
        belief = _soften(field)
        before, sure = sure, float(belief.max(axis=1).mean())
        if min(before, sure) > SURE:
            break
        gain = project(graphs.found @ belief)
        gain -= np.float32(0.5) * (_mass(belief, together) @ squared.T)
        gain /= heat
        gain += bar
        field *= np.float32(DAMPING)
        field += np.float32(1 - DAMPING) * gain
    return _settle(field)


def _bar(graphs: Graphs) -> F32:
    bar = np.where(graphs.allowed, np.float32(0), FORBIDDEN)
    seeds = np.flatnonzero(graphs.known >= 0)
    bar[:, graphs.known[seeds]] = FORBIDDEN
    bar[seeds] = FORBIDDEN
    bar[seeds, graphs.known[seeds]] = -FORBIDDEN
    return bar


def _projector(expected: F32) -> Callable[[F32], F32]:
    """Return the product with `expected` transposed; under a layer few likenesses are worth a multiplication."""
    worth = np.where(np.abs(expected) > NEGLIGIBLE, expected, np.float32(0))
    if np.count_nonzero(worth) > DENSE * worth.size:
        return lambda rows: rows @ expected.T
    sparse = csr_array(worth)
    return lambda rows: np.ascontiguousarray((sparse @ rows.T).T, np.float32)


def _mass(belief: F32, together: F32 | None) -> F32:
    """Return how much of each name lies among the filters that a filter can be compared with."""
    if together is None:
        return np.asarray(belief.sum(axis=0, keepdims=True), np.float32)
    return together @ belief


def _profiles(graphs: Graphs) -> F32:
    """Score how well sorted likenesses agree: the first guess, which needs no other; float32[f, d]."""
    found, own = _quantiles(graphs.found), _quantiles(graphs.own)
    spread = own.std(axis=0) + np.float32(1e-6)
    one, other = (found - found.mean(axis=0)) / spread, (own - own.mean(axis=0)) / spread
    score = 2 * one @ other.T - (one**2).sum(axis=1)[:, None] - (other**2).sum(axis=1)[None]
    return np.asarray(score, np.float32)


def _quantiles(likeness: F32) -> F32:
    """Return each row's largest likenesses, more of them near the top: float32[n, QUANTILES]."""
    rows = np.sort(likeness, axis=1)[:, ::-1]
    at = np.linspace(0, 1, QUANTILES) ** 2 * (rows.shape[1] - 1)
    return rows[:, at.astype(np.int64)]


def _soften(field: F32) -> F32:
    """Return beliefs whose rows and columns sum to about 1 (Sinkhorn)."""
    belief: F32 = np.exp(field - field.max(axis=1, keepdims=True))
    for _ in range(4):
        belief /= belief.sum(axis=1, keepdims=True) + np.float32(1e-30)
        belief /= np.maximum(belief.sum(axis=0, keepdims=True), np.float32(1e-30))
    belief /= belief.sum(axis=1, keepdims=True) + np.float32(1e-30)
    return belief


def _settle(field: F32) -> I64:
    if max(field.shape) > EXACT_UP_TO:
        return np.asarray(field.argmax(axis=1), np.int64)
    guess = np.full(len(field), -1, np.int64)
    rows, names = linear_sum_assignment(field, maximize=True)
    guess[rows] = names
    return guess
