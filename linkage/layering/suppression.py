"""Which cells of a grid may be told: none of few people, and none from which few people could be computed.

Primary: a cell of 1 to `threshold` - 1 people is hidden. Secondary, until nothing changes: (1) what a sum leaves unsaid
is nothing, or `threshold` people and at least two cells; (2) two cells of which one lies within the other differ by
nothing, or by `threshold` people; (3) no hidden cell follows from all that is told by any combination of sums. The
third is tried by linear algebra, as in Langsrud (2024), doi 10.1007/978-3-031-69651-0_6. A zero is told.
"""

from __future__ import annotations

import numpy as np

from linkage.layering.columns import Bools, Ints
from linkage.layering.cubes import Grid, Lines, add_up, nested

THRESHOLD = 10
_NOTHING = 1e-7
_ENDLESS = np.iinfo(np.int64).max


def primary(counts: Ints, threshold: int = THRESHOLD) -> Bools:
    """Say which cells have few people."""
    few: Bools = counts > 0
    few &= counts < threshold
    return few


def protect(grid: Grid, threshold: int = THRESHOLD) -> Bools:
    """Say which cells are told; what is hidden cannot be computed from them."""
    lines, pairs = add_up(grid), list(nested(grid))
    hidden = primary(grid.counts, threshold)
    while True:
        before = int(hidden.sum())
        _close_sums(grid.counts, lines, hidden, threshold)
        for outer, inner in pairs:
            hidden[inner[_apart_by_few(grid.counts, hidden, outer, inner, threshold)]] = True
        if int(hidden.sum()) == before:
            exposed = computable(lines, hidden)
            if not exposed.any():
                return ~hidden
            _cover(grid.counts, lines, hidden, exposed)


def _apart_by_few(counts: Ints, hidden: Bools, outer: Ints, inner: Ints, threshold: int) -> Bools:
    apart = counts[outer] - counts[inner]
    found: Bools = (apart > 0) & (apart < threshold) & ~hidden[outer] & ~hidden[inner]
    return found


def _close_sums(counts: Ints, lines: Lines, hidden: Bools, threshold: int) -> None:
    """Hide more until no sum leaves few people, or one cell, unsaid."""
    while True:
        wrong = _open_sums(counts, lines, hidden, threshold)
        if not len(wrong):
            return
        for line in wrong.tolist():
            # An earlier line of this round may have closed it.
            parent, cells = lines.parent[line], lines.children[lines.starts[line] : lines.starts[line + 1]]
            unsaid = cells[hidden[cells]]
            if not _is_open(counts, hidden, int(parent), unsaid, threshold):
                continue
            told = cells[~hidden[cells] & (counts[cells] > 0)]
            hidden[told[np.argmin(counts[told])] if len(told) else parent] = True


def _is_open(counts: Ints, hidden: Bools, parent: int, unsaid: Ints, threshold: int) -> bool:
    if hidden[parent]:
        return len(unsaid) == 0
    return len(unsaid) == 1 or 0 < counts[unsaid].sum() < threshold


def _open_sums(counts: Ints, lines: Lines, hidden: Bools, threshold: int) -> Ints:
    if not len(lines.parent):
        return lines.parent
    unsaid = hidden[lines.children]
    how_many = np.add.reduceat(unsaid.astype(np.int64), lines.starts[:-1])
    people = np.add.reduceat(np.where(unsaid, counts[lines.children], 0), lines.starts[:-1])
    whole = hidden[lines.parent]
    return np.flatnonzero(np.where(whole, how_many == 0, (how_many == 1) | ((people > 0) & (people < threshold))))


def computable(lines: Lines, hidden: Bools) -> Bools:
    """Say which hidden cells follow from what is told: their value is the same in every solution of all sums."""
    found = np.zeros(len(hidden), bool)
    for unknown, members in _components(lines, hidden):
        matrix = np.zeros((len(members), len(unknown)))
        for row, line in enumerate(members.tolist()):
            cells = lines.children[lines.starts[line] : lines.starts[line + 1]]
            inside = cells[hidden[cells]]
            matrix[row, np.searchsorted(unknown, inside)] += 1
            if hidden[lines.parent[line]]:
                matrix[row, np.searchsorted(unknown, lines.parent[line])] -= 1
        values, vectors = np.linalg.eigh(matrix.T @ matrix)
        free = vectors[:, values < _NOTHING * max(1.0, float(values[-1]))]
        found[unknown[np.sqrt((free**2).sum(axis=1)) < np.sqrt(_NOTHING)]] = True
    return found


def _components(lines: Lines, hidden: Bools) -> list[tuple[Ints, Ints]]:
    """Part the hidden cells into those that no sum joins: (cells, lines), each ascending."""
    line = np.repeat(np.arange(len(lines.parent)), np.diff(lines.starts))
    every = np.concatenate([lines.children, lines.parent])
    owner = np.concatenate([line, np.arange(len(lines.parent))])
    cells, owners = every[hidden[every]], owner[hidden[every]]
    label = np.arange(len(hidden))
    while True:
        least = np.full(len(lines.parent), _ENDLESS)
        np.minimum.at(least, owners, label[cells])
        fresh = label.copy()
        np.minimum.at(fresh, cells, least[owners])
        fresh = np.minimum(fresh, fresh[fresh])
        if np.array_equal(fresh, label):
            break
        label = fresh
    parts = []
    for root in np.unique(label[cells]).tolist():
        inside = label[cells] == root
        parts.append((np.unique(cells[inside]), np.unique(owners[inside])))
    return parts


def _cover(counts: Ints, lines: Lines, hidden: Bools, exposed: Bools) -> None:
    """Hide the smallest told cell of the exposed cells' sums, or of all if these tell nothing."""
    line = np.repeat(np.arange(len(lines.parent)), np.diff(lines.starts))
    mine = np.unique(np.concatenate([line[exposed[lines.children]], np.flatnonzero(exposed[lines.parent])]))
    near = np.unique(np.concatenate([lines.parent[mine], lines.children[np.isin(line, mine)]]))
    told = near[~hidden[near] & (counts[near] > 0)]
    if not len(told):
        told = np.flatnonzero(~hidden & (counts > 0))
    hidden[told[np.argmin(counts[told])]] = True
