"""A6: which anchor value hides behind a cell? Size, places seen beside it, files it came in, households it shares.

No key and no name is used: cells are inverted with a roster of the population, as frequency analysis of encrypted
databases does (Naveed, Kamara and Wright, "Inference attacks on property-preserving encrypted databases", CCS 2015;
Bindschaedler et al., "The tao of inference in privacy-protected databases", PVLDB 2018, on joining columns).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from linkage.attacks.bounds import Trials
from linkage.attacks.census import Census, Listing
from linkage.encoding.qgrams import I64

SMOOTHING = 0.3
"""Weight of the place's size beside the roster: what the attacker allows for the roster's errors."""
AT_ONCE = 500
VICTIMS = 500


@dataclass(frozen=True, slots=True)
class Anchored:
    """Anchor values of people, int64[n], numbered alike in census and roster; `values` is how many there are."""

    truth: I64
    roster: I64
    values: int


def anchor(census: Census, roster: Census, parts: tuple[str, ...]) -> Anchored:
    """Number the anchor values that either side shows."""
    both = np.zeros((2, len(census.date)), np.int64)
    for part in parts:
        columns = np.stack([census.part(part), roster.part(part)])
        both = both * (int(columns.max()) + 1) + columns
    distinct, where = np.unique(both, return_inverse=True)
    where = where.reshape(both.shape)
    return Anchored(where[0], where[1], len(distinct))


def tally(rows: I64, columns: I64, shape: tuple[int, int]) -> csr_array:
    """Count pairs: csr int→float64 of `shape`."""
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def by_size(anchored: Anchored, listing: Listing) -> Trials:
    """Align cells and values by size alone: what a view sees that has cells and nothing beside them.

    Aligning two sorted sequences is the best one-to-one guess under any convex loss; heaped dates are its top.
    """
    sizes = np.bincount(anchored.truth[np.unique(listing.person)], minlength=anchored.values)
    expected = np.bincount(anchored.roster, minlength=anchored.values)
    ranked = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    # Ties hide from the attacker which cell is which: break them by nothing that he could not know.
    shuffled = np.random.default_rng(len(ranked)).permutation(anchored.values)
    guess = shuffled[np.argsort(-expected[shuffled], kind="stable")][: len(ranked)]
    return Trials(len(ranked), int((ranked == guess).sum()))


def by_place(found: csr_array, known: csr_array, rng: np.random.Generator) -> Trials:
    """Invert cells by what stands beside them: found[cell, place] counts, known[value, place] expected counts.

    Naive Bayes: each member of a cell is a draw from the value's places. Cell i truly has value i. At most `VICTIMS`
    cells are tried, drawn at random, against every value.
    """
    present = np.flatnonzero(found.sum(axis=1))
    tried = np.sort(rng.choice(present, min(VICTIMS, len(present)), replace=False))
    place = np.maximum(known.sum(axis=0), 1e-9)
    place = place / place.sum()
    total = np.asarray(known.sum(axis=1)).ravel()
    gain = known.tocoo()
    odds = np.log1p(gain.data / (SMOOTHING * np.maximum(total[gain.row], 1) * place[gain.col]))
    weights = csr_array((odds, (gain.row, gain.col)), shape=known.shape).T.tocsr()
    hits = 0
    share = found.sum() / max(known.sum(), 1)
    rates = np.log(np.maximum(total * share, 1e-3))
    for at in range(0, len(tried), AT_ONCE):
        cells = tried[at : at + AT_ONCE]
        rows = found[cells]
        score = (rows @ weights).toarray()
        size = np.asarray(rows.sum(axis=1)).ravel()[:, None]
        score += size * rates[None] - np.exp(rates)[None]
        hits += int((score.argmax(axis=1) == cells).sum())
    return Trials(len(tried), hits)


def alone(anchored: Anchored, listing: Listing) -> Trials:
    """Count the listed people whom a cell, once inverted, names outright: nobody else has their anchor value."""
    once = np.unique(listing.person)
    people = np.bincount(anchored.truth, minlength=anchored.values)
    return Trials(len(once), int((people[anchored.truth[once]] == 1).sum()))


def by_file(
    anchored: Anchored, census: Census, roster: Census, listing: Listing, rng: np.random.Generator, *, first: bool
) -> Trials:
    """Invert cells by the files that their filters came in; the store says of each file which villages its rows name.

    `first` is the view without a pass's role: only the order of the table of cells, so the file a cell was first in.
    """
    chunks, villages = int(listing.chunk.max()) + 1, census.villages
    mix = tally(listing.chunk, census.village[listing.person], (chunks, villages))
    people = np.maximum(np.bincount(roster.village, minlength=villages), 1)
    share = csr_array(mix.T.multiply(1 / people[:, None]))
    known = tally(anchored.roster, roster.village, (anchored.values, villages)) @ share
    cells, where = anchored.truth[listing.person], listing.chunk
    if first:
        order = np.lexsort((where, cells))
        opening = order[np.r_[True, cells[order][1:] != cells[order][:-1]]]
        cells, where = cells[opening], where[opening]
    return by_place(tally(cells, where, (anchored.values, chunks)), csr_array(known), rng)


def by_join(
    anchored: Anchored, census: Census, roster: Census, listing: Listing, rng: np.random.Generator
) -> Trials:
    """Invert cells where every record's village stands beside its cell: maps, cells and content in one hand."""
    once = np.unique(listing.person)
    found = tally(anchored.truth[once], census.village[once], (anchored.values, census.villages))
    known = tally(anchored.roster, roster.village, (anchored.values, census.villages))
    return by_place(found, known, rng)


def by_pairs(
    anchored: Anchored, census: Census, roster: Census, listing: Listing, chance: float, rng: np.random.Generator
) -> Trials:
    """Invert cells as the merge could, which sees no cell: unrelated people of one cell whose filters reach the floor
    come to it as a pair, so cells show as connected components, and beside each record stands its village.

    `chance` is the share of a cell's pairs that do so. A cell falls if its largest component is given its value; a
    cell that shows no pair is not inverted.
    """  # noqa: D205, D209 — one sentence
    once = np.unique(listing.person)
    once = once[np.argsort(anchored.truth[once], kind="stable")]
    cell = anchored.truth[once]
    starts = np.searchsorted(cell, cell)
    sizes = np.bincount(cell, minlength=anchored.values)[cell]
    left = np.repeat(np.arange(len(once)), rng.poisson(chance * (sizes - 1) / 2))
    right = starts[left] + (rng.random(len(left)) * sizes[left]).astype(np.int64)
    graph = csr_array((np.ones(len(left), np.int8), (left, right)), shape=(len(once), len(once)))
    part = connected_components(graph, directed=False)[1]
    weight = np.bincount(part)[part]
    order = np.lexsort((part, -weight, cell))
    lead = part[order][np.searchsorted(cell[order], np.arange(anchored.values)).clip(max=len(once) - 1)]
    shown = (part == lead[cell]) & (weight > 1)
    found = tally(cell[shown], census.village[once[shown]], (anchored.values, census.villages))
    known = tally(anchored.roster, roster.village, (anchored.values, census.villages))
    seen = by_place(found, known, rng) if shown.any() else Trials(0, 0)
    total = int((np.bincount(cell, minlength=anchored.values) > 0).sum())
    return Trials(VICTIMS, round(VICTIMS * seen.rate * len(np.unique(cell[shown])) / total))
