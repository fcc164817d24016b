"""Which cells of a grid may be told: none of few people, and none from which few people could be computed.

Primary: a cell of 1 to `threshold` - 1 people is hidden. Secondary, until nothing changes: (1) what a sum leaves unsaid
is nothing, or `threshold` people and at least two cells; (2) two cells of which one lies within the other, also by what
they mean, differ by nothing, or by `threshold` people; (3) no hidden cell follows from all that is told by any
combination of sums. The third is tried by linear algebra, as in Langsrud (2024), doi 10.1007/978-3-031-69651-0_6. A
zero is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from linkage.layering.columns import Bools, Ints
from linkage.layering.cubes import Grid, Lines, add_up, nested, related
from linkage.layering.errors import LayeringError

Floats: TypeAlias = NDArray[np.float64]

THRESHOLD = 10
_AT_A_TIME = 8
_NOTHING, _FIXED, _RESIDUAL, _STEPS = 1e-8, 1e-6, 1e-22, 5_000


def primary(counts: Ints, threshold: int = THRESHOLD) -> Bools:
    """Say which cells have few people."""
    few: Bools = counts > 0
    few &= counts < threshold
    return few


def protect(grid: Grid, threshold: int = THRESHOLD) -> Bools:
    """Say which cells are told; what is hidden cannot be computed from them."""
    lines, pairs = add_up(grid), [*nested(grid), *related(grid)]
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
    """Say which hidden cells follow from what is told: their value is the same in every solution of all sums.

    A random vector is projected onto the space of what may still vary; a cell that cannot vary is zero in it. Raises
    LayeringError RELEASE_UNSURE if the projection does not come out, for then nothing may be told.
    """
    sums = _unknowns(lines, hidden)
    found = np.zeros(len(hidden), bool)
    if len(sums.cells):
        # Any direction will do, and a fixed one gives the same release again.
        free = np.random.default_rng(0).standard_normal(len(sums.cells))
        for _ in range(2):
            free, _ = _project(sums, free)
        if np.abs(sums.times(free)).max(initial=0.0) > _NOTHING:
            raise LayeringError("RELEASE_UNSURE", "what follows from the cells told could not be settled")
        found[sums.cells[np.abs(free) < _FIXED]] = True
    return found


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums in which a hidden cell occurs, as a sparse matrix: entry n is `sign` at (`line`, `at`)."""

    cells: Ints
    line: Ints
    at: Ints
    sign: Floats
    lines: int

    def times(self, values: Floats) -> Floats:
        return np.bincount(self.line, self.sign * values[self.at], self.lines).astype(np.float64)

    def back(self, values: Floats) -> Floats:
        return np.bincount(self.at, self.sign * values[self.line], len(self.cells)).astype(np.float64)


def _unknowns(lines: Lines, hidden: Bools) -> _Sums:
    cells = np.flatnonzero(hidden)
    count = len(lines.parent)
    every = np.concatenate([lines.children, lines.parent])
    line = np.concatenate([np.repeat(np.arange(count), np.diff(lines.starts)), np.arange(count)])
    sign = np.concatenate([np.ones(len(lines.children)), np.full(count, -1.0)])
    unknown = hidden[every]
    return _Sums(cells, line[unknown], np.searchsorted(cells, every[unknown]), sign[unknown], count)


def _dot(one: Floats, other: Floats) -> float:
    """Multiply without the threads of a linear-algebra library, which cost more here than they bring."""
    return float((one * other).sum())


def _project(sums: _Sums, start: Floats) -> tuple[Floats, Floats]:
    """Project onto what leaves every sum as it is, by conjugate gradients; return that and the weights of the sums."""
    residual = sums.times(start)
    size = _dot(residual, residual)
    enough = _RESIDUAL * max(size, 1.0)
    direction, weights = residual.copy(), np.zeros(sums.lines)
    for _ in range(_STEPS):
        if size <= enough:
            break
        image = sums.times(sums.back(direction))
        step = size / _dot(direction, image)
        weights += step * direction
        residual -= step * image
        fresh = _dot(residual, residual)
        direction = residual + fresh / size * direction
        size = fresh
    return start - sums.back(weights), weights


def _cover(counts: Ints, lines: Lines, hidden: Bools, exposed: Bools) -> None:
    """Hide for exposed cells, a few at a time, the smallest told cell of the sums from which each follows."""
    sums = _unknowns(lines, hidden)
    for cell in np.flatnonzero(exposed)[:_AT_A_TIME].tolist():
        start = np.zeros(len(sums.cells))
        start[np.searchsorted(sums.cells, cell)] = 1.0
        _, weights = _project(sums, start)
        share = np.repeat(weights, np.diff(lines.starts))
        use = np.bincount(lines.children, share, len(hidden)) - np.bincount(lines.parent, weights, len(hidden))
        use = np.where(hidden | (counts == 0), 0.0, np.abs(use))
        told = np.flatnonzero(use > max(_FIXED, use.max(initial=0.0) / 2))
        if len(told):
            hidden[told[np.argmin(counts[told])]] = True
        else:
            # An earlier cell of this round took them: hide one more in any case, so that this ends.
            hidden[np.flatnonzero(~hidden & (counts > 0))[:1]] = True
