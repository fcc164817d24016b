"""A6: which anchor value hides behind a cell? Size, places seen beside it, files it came in, households it shares.

No key and no name is used: cells are inverted with a roster of the population, as frequency analysis of encrypted
databases does (Naveed, Kamara and Wright, "Inference attacks on property-preserving encrypted databases", CCS 2015;
Bindschaedler et al., "The tao of inference in privacy-protected databases", PVLDB 2018, on joining columns).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from linkage.attacks.bounds import Trials
from linkage.attacks.census import Census, Listing
from linkage.encoding.qgrams import I64

SMOOTHING = 0.3
"""Weight of the place's size beside the roster: what the attacker allows for the roster's errors."""
AT_ONCE = 10**7
"""Pairs of a cell and a value that are held against each other at once."""
ABOVE_NOTHING = 1e6
DENSE = 1 << 24
"""Anchor values up to which numbers may be left untaken."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """Anchor values of people, int64[n], numbered alike in census and roster; `values` is how many there are."""

    truth: I64
    roster: I64
    values: int


def anchor(census: Census, roster: Census, parts: tuple[str, ...]) -> Anchored:
    """Give every anchor value of either side a number; not every number is taken."""
    both = np.zeros((2, len(census.date)), np.int64)
    for part in parts:
        columns = np.stack([census.part(part), roster.part(part)])
        both = both * (int(columns.max()) + 1) + columns
    if both.max() >= DENSE:
        both = np.unique(both, return_inverse=True)[1].reshape(both.shape)
    return Anchored(both[0], both[1], int(both.max()) + 1)


@dataclass(frozen=True, slots=True)
class View:
    """What the cell attacks start from: anchor values, the truth, the attacker's roster, the rows at the centre.

    `tried`: how many cells are inverted by what stands beside them. `known`: the roster's counts by value and village.
    """

    anchored: Anchored
    census: Census
    roster: Census
    listing: Listing
    tried: int
    known: csr_array = field(init=False)

    def __post_init__(self) -> None:
        """Count the roster."""
        shape = (self.anchored.values, self.census.villages)
        object.__setattr__(self, "known", tally(self.anchored.roster, self.roster.village, shape))

    def people(self) -> I64:
        """Return the people who are listed, each once."""
        listed = np.zeros(len(self.census.date), bool)
        listed[self.listing.person] = True
        return np.flatnonzero(listed)

    def found(self, cells: I64, villages: I64) -> csr_array:
        """Return counts by cell and village."""
        return tally(cells, villages, (self.anchored.values, self.census.villages))


def tally(rows: I64, columns: I64, shape: tuple[int, int]) -> csr_array:
    """Count pairs: csr float64 of `shape`."""
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def alone(view: View) -> Trials:
    """Count the listed people whom a cell, once inverted, names outright: nobody else has their anchor value."""
    once, anchored = view.people(), view.anchored
    people = np.bincount(anchored.truth, minlength=anchored.values)
    return Trials(len(once), int((people[anchored.truth[once]] == 1).sum()))


def by_size(view: View) -> Trials:
    """Align cells and values by size alone: what a view sees that has cells and nothing beside them.

    Aligning two sorted sequences is the best one-to-one guess under any convex loss; heaped dates are its top.
    """
    anchored = view.anchored
    sizes = np.bincount(anchored.truth[view.people()], minlength=anchored.values)
    expected = np.bincount(anchored.roster, minlength=anchored.values)
    # Ties hide from the attacker which cell is which: break them by nothing that he could not know.
    rng = np.random.default_rng(anchored.values)
    ranked, guess = (_descending(counts, rng.permutation(anchored.values)) for counts in (sizes, expected))
    shown = np.count_nonzero(sizes)
    return Trials(int(shown), int((ranked[:shown] == guess[:shown]).sum()))


def _descending(counts: I64, ties: I64) -> I64:
    return np.asarray(ties[np.argsort(-counts[ties], kind="stable")], np.int64)


@dataclass(frozen=True, slots=True)
class Filed:
    """The files of one anchor: `chunk` int64: each listed row's file; `expected` csr[value, file]: rows of a value."""

    chunk: I64
    expected: csr_array


def filed(view: View, chunk: I64) -> Filed:
    """Say what to expect of files; the store tells which villages a file's rows name, the roster who lives there."""
    villages = view.census.villages
    mix = tally(chunk, view.census.village[view.listing.person], (int(chunk.max()) + 1, villages))
    people = np.maximum(np.bincount(view.roster.village, minlength=villages), 1)
    return Filed(chunk, csr_array(view.known @ csr_array(mix.T.multiply(1 / people[:, None]))))


def before_link(view: View) -> Filed:
    """Return the files that ingest writes: one a chunk."""
    return filed(view, view.listing.chunk)


def after_link(view: View) -> Filed:
    """Return the files that stand after a link: one for all."""
    return filed(view, np.zeros_like(view.listing.chunk))


def by_file(view: View, files: Filed, rng: np.random.Generator, tried: int) -> Trials:
    """Invert cells by the files that their filters lie in."""
    return _by_chunk(view, files, np.arange(len(files.chunk)), rng, tried)


def by_order(view: View, files: Filed, rng: np.random.Generator, tried: int) -> Trials:
    """Invert cells by the order of the table of cells alone: which file each was first met in. No role is needed."""
    cells = view.anchored.truth[view.listing.person]
    order = np.lexsort((files.chunk, cells))
    return _by_chunk(view, files, order[np.r_[True, cells[order][1:] != cells[order][:-1]]], rng, tried)


def _by_chunk(view: View, files: Filed, rows: I64, rng: np.random.Generator, tried: int) -> Trials:
    cells = view.anchored.truth[view.listing.person[rows]]
    found = tally(cells, files.chunk[rows], files.expected.shape)
    return by_place(found, files.expected, _some(found, tried, rng))


def by_join(view: View, rng: np.random.Generator) -> Trials:
    """Invert cells where every record's village stands beside its cell: maps, cells and content in one hand."""
    once = view.people()
    found = view.found(view.anchored.truth[once], view.census.village[once])
    return by_place(found, view.known, _some(found, view.tried, rng))


def by_pairs(view: View, components: Callable[[I64], I64], rng: np.random.Generator) -> Trials:
    """Invert cells as the merge could, which sees none, but is told of pairs.

    Unrelated people of one cell come to it as a pair when their filters reach the floor, so cells show as connected
    components, and beside each record stands its village. `components` tells which component each member of some
    cells falls into. A cell falls if its largest component, of two people or more, is given its value.
    """
    once = view.people()
    cell = view.anchored.truth[once]
    present = np.unique(cell)
    tried = np.sort(rng.choice(present, min(view.tried, len(present)), replace=False))
    members = once[np.isin(cell, tried)]
    members = members[np.argsort(view.anchored.truth[members], kind="stable")]
    cell = view.anchored.truth[members]
    part = components(cell)
    weight = np.bincount(part)[part]
    order = np.lexsort((part, -weight, cell))
    lead = part[order][np.searchsorted(cell, cell)]
    shown = (part == lead) & (weight > 1)
    found = view.found(cell[shown], view.census.village[members[shown]])
    visible = len(once) / len(view.census.date) * shown.mean()
    return by_place(found, view.known, tried, float(visible))


def _some(found: csr_array, count: int, rng: np.random.Generator) -> I64:
    """Return at most `count` of the cells that show anything."""
    present = np.flatnonzero(found.sum(axis=1))
    return np.asarray(np.sort(rng.choice(present, min(count, len(present)), replace=False)), np.int64)


def by_place(found: csr_array, known: csr_array, tried: I64, share: float = 0.0) -> Trials:
    """Invert cells by what stands beside them: found[cell, place] counts, known[value, place] expected counts.

    Naive Bayes: each member of a cell is a draw from the value's places. Cell i truly has value i. The cells `tried`
    are held against every value. `share` of a value's people are expected to show; by default as many as do over all.
    """
    total = np.asarray(known.sum(axis=1)).ravel()
    rates = np.log(np.maximum(total * (share or found.sum() / max(known.sum(), 1)), 1e-3))
    weights = _odds(known, total)
    hits = 0
    at_once = max(1, AT_ONCE // found.shape[0])
    for at in range(0, len(tried), at_once):
        rows = found[tried[at : at + at_once]]
        score = (rows @ weights).tocsr()
        size = np.repeat(np.asarray(rows.sum(axis=1)).ravel(), np.diff(score.indptr))
        score.data += size * rates[score.indices] - np.exp(rates[score.indices]) + ABOVE_NOTHING
        hits += int((score.argmax(axis=1, explicit=True) == tried[at : at + at_once]).sum())
    return Trials(len(tried), hits)


def _odds(known: csr_array, total: I64) -> csr_array:
    """Return by place and value how much likelier a member's place is than chance: log, 0 where the roster has none."""
    place = np.maximum(np.asarray(known.sum(axis=0)).ravel(), 1e-9)
    place /= place.sum()
    entries = known.tocoo()
    gain = np.log1p(entries.data / (SMOOTHING * np.maximum(total[entries.row], 1) * place[entries.col]))
    return csr_array((gain, (entries.col, entries.row)), shape=known.shape[::-1])
