"""A3 and A3b: names recovered from how alike encodings are. A4: the same, with some names known.

A3 knows neither cells nor who is in them; A3b works inside one known cell, with the exact roster of its people.
Sources: see `alignment`. Equal names in one cell have equal filters, so a name's frequency in the roster counts too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from linkage.attacks.alignment import Graphs, align
from linkage.attacks.bounds import Trials
from linkage.attacks.likeness import cosine, dice, expected, layered, observed
from linkage.attacks.setting import Setting
from linkage.attacks.victims import F32, Encoded, encode, harden, salt
from linkage.encoding.qgrams import I64, U8

ROUNDS, BRIEF = 40, 12
"""Rounds inside a cell; and where the graph is firm (no layer) or has next to no edges (cells unknown)."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct filters of a dump: `filters`, `cells` and `counts` of each; `of` int64[n]: which one a row has."""

    filters: U8
    cells: I64
    counts: I64
    of: I64


def distinguish(found: Encoded) -> Distinct:
    """Gather equal filters of equal cells."""
    keyed = np.concatenate([found.cells.astype("<i8").view(np.uint8).reshape(-1, 8), found.filters], axis=1)
    rows, of, counts = np.unique(keyed, axis=0, return_inverse=True, return_counts=True)
    cells = np.ascontiguousarray(rows[:, :8]).view("<i8").ravel()
    return Distinct(np.ascontiguousarray(rows[:, 8:]), cells, counts.astype(np.int64), of.ravel())


def across_cells(
    victims: pa.Array, cells: I64, roster: pa.Array, setting: Setting, rng: np.random.Generator, known: int = 0
) -> Trials:
    """A3: match distinct victims string[n], in opaque cells int64[n], with a roster of distinct names.

    The first `known` victims are known to the attacker (A4 across cells). Tried are victims that the roster holds and
    that are not known.
    """
    return across(encode(victims, cells, setting, rng), victims, roster, setting, rng, known)


def across(
    found: Encoded, victims: pa.Array, roster: pa.Array, setting: Setting, rng: np.random.Generator, known: int = 0
) -> Trials:
    """Do as `across_cells` with filters that somebody else made, of which the attacker knows the `setting` alone."""
    truth = _positions(victims, roster)
    seeds = np.where(np.arange(len(victims)) < known, truth, -1)
    likeness = _hollow(observed(found.filters, found.filters, setting))
    together = found.cells[:, None] == found.cells[None, :] if setting.salted else None
    if together is not None:
        likeness = np.where(together, likeness, np.float32(0))
    allowed = np.ones((len(victims), len(roster)), bool)
    graphs = Graphs(likeness, *_expected(roster, setting, rng), allowed, together, seeds)
    tried = (truth >= 0) & (seeds < 0)
    rounds = ROUNDS if setting.layered and not setting.salted else BRIEF
    return Trials(int(tried.sum()), int((align(graphs, rounds) == truth)[tried].sum()))


def inside_cell(names: pa.Array, setting: Setting, rng: np.random.Generator, known: int = 0) -> Trials:
    """A3b: match the filters of one known cell with its exact roster; equal names occur as they do.

    The names of the first `known` rows are known to the attacker (A4 in one cell); tried are rows whose name is not.
    """
    found = encode(names, np.zeros(len(names), np.int64), setting, rng)
    roster = _shuffled(names, rng)
    return _match(found, names, roster, _expected(roster, setting, rng), setting, known)


def blind(names: pa.Array) -> Trials:
    """Count the rows that how often names occur gives up alone, in a known cell with its exact roster.

    Equal names have equal filters, so each filter is one of the names that occur as often as it; among those a random
    one-to-one guess is right once, on average, whatever their number.
    """
    counts = names.value_counts().field("counts").to_numpy()
    return Trials(len(names), int(np.unique(counts).sum()))


def inside_cell_with_key(names: pa.Array, setting: Setting, rng: np.random.Generator) -> Trials:
    """A5 inside a known cell: the epoch key is known, so the roster's filters before the layer are known exactly."""
    cell = np.zeros(len(names), np.int64)
    roster = _shuffled(names, rng)
    both = pa.chunked_array([names, roster]).combine_chunks()
    filters = salt(both, np.zeros(len(both), np.int64), setting, rng)
    mine = filters[len(names) :]
    likeness = cosine(mine, mine)
    likeness = layered(likeness, setting.majorities) if setting.layered else likeness
    own = harden(mine, np.zeros(len(roster), np.int64), setting, rng)
    known = (_hollow(likeness), _hollow(observed(own, own, setting)))
    return _match(Encoded(harden(filters[: len(names)], cell, setting, rng), cell), names, roster, known, setting, 0)


def _match(
    found: Encoded, names: pa.Array, roster: pa.Array, known: tuple[F32, F32], setting: Setting, seeds: int
) -> Trials:
    """Align the distinct filters of one cell with the roster, and count the rows whose name is right."""
    distinct = distinguish(found)
    truth = _positions(names, roster)
    counts = np.bincount(truth, minlength=len(roster))
    known_names = np.full(len(distinct.counts), -1, np.int64)
    known_names[distinct.of[:seeds]] = truth[:seeds]
    likeness = _hollow(observed(distinct.filters, distinct.filters, setting))
    allowed = distinct.counts[:, None] == counts[None, :]
    guess = align(Graphs(likeness, *known, allowed, None, known_names), ROUNDS if setting.layered else BRIEF)
    tried = known_names[distinct.of] < 0
    return Trials(int(tried.sum()), int((guess[distinct.of] == truth)[tried].sum()))


def _expected(roster: pa.Array, setting: Setting, rng: np.random.Generator) -> tuple[F32, F32]:
    """Return what likenesses the attacker expects, and what encodings of his own show."""
    own = encode(roster, np.zeros(len(roster), np.int64), setting, rng).filters
    return _hollow(expected(roster, roster, setting, rng)), _hollow(observed(own, own, setting))


def _hollow(likeness: F32) -> F32:
    np.fill_diagonal(likeness, 0)
    return likeness


def _shuffled(names: pa.Array, rng: np.random.Generator) -> pa.Array:
    """Return the distinct names in an order that says nothing."""
    distinct = names.unique()
    return distinct.take(pa.array(rng.permutation(len(distinct))))


def _positions(names: pa.Array, roster: pa.Array) -> I64:
    found = pc.fill_null(pc.index_in(names, roster), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def components(names: pa.Array, cells: I64, setting: Setting, floor: float, rng: np.random.Generator) -> I64:
    """Return which connected component each of some people falls into, int64[n], when a pass pairs filters at `floor`.

    `cells` int64[n], equal ones side by side.
    """
    filters = encode(names, cells, setting, rng).filters
    part = np.empty(len(cells), np.int64)
    first = 0
    for rows in np.split(np.arange(len(cells)), np.flatnonzero(np.diff(cells)) + 1):
        count, labels = connected_components(csr_array(dice(filters[rows]) >= floor), directed=False)
        part[rows] = first + labels
        first += count
    return part
