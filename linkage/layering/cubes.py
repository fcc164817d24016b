"""Cubes: the fixed grid of counts that may be asked for, and how its cells add up. It counts, and releases nothing.

A *cube* crosses dimensions over places; every total of it is a cell too. Cubes that share a total share its cell, so a
cell that is hidden in one is hidden in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.layering.columns import Ints
from linkage.layering.errors import LayeringError

Number = TypeVar("Number", np.int64, np.uint64)

LEVELS = ("province", "regency", "district", "village")
UNKNOWN = "?"
PROVINCE = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to divide people: its codes, and each person's position in them (int64, none missing)."""

    name: str
    codes: tuple[str, ...]
    at: Ints


@dataclass(frozen=True, slots=True)
class Cube:
    """Dimensions by name, down to a level; villages have no dimension: totals only."""

    dimensions: tuple[str, ...]
    level: str


@dataclass(frozen=True, slots=True)
class Places:
    """Places as a tree, each level's after the one above: `codes`, `parent` (itself at the top), `starts` of levels.

    `at` gives by level each person's place (int64).
    """

    codes: tuple[str, ...]
    parent: Ints
    starts: tuple[int, ...]
    at: tuple[Ints, ...]

    def depth(self, level: str) -> int:
        """Return how many places there are down to a level."""
        return (*self.starts[1:], len(self.codes))[LEVELS.index(level)]


@dataclass(frozen=True, slots=True)
class Margin:
    """The cells of some dimensions over all places down to a level: ids from `first`, in C order of `shape`."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    first: int

    @property
    def ids(self) -> Ints:
        """Return the cells' ids in the shape (place, code, …)."""
        return self.first + np.arange(int(np.prod(self.shape)), dtype=np.int64).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Relation:
    """What holds between cells of two cubes by what they mean: the people of `inner` are among those of `outer`.

    Each says a code by dimension; `equal`: they are the same people, asked about in two ways.
    """

    outer: Mapping[str, str]
    inner: Mapping[str, str]
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of all cubes with their `counts` (int64), margin by margin, and what is known to hold between them."""

    places: Places
    dimensions: Mapping[str, Dimension]
    margins: Mapping[tuple[str, ...], Margin]
    counts: Ints
    relations: tuple[Relation, ...] = ()


def settle(people: pa.Table) -> Places:
    """Make the tree of the places where people (`persons.PERSONS`) live; an unknown place is one of its own."""
    regency, village = (pc.fill_null(people[name], "") for name in ("regency", "village"))
    ways = pc.binary_join_element_wise(regency, village, "|").combine_chunks().dictionary_encode()
    paths = [_path(*way.split("|")) for way in ways.dictionary.to_pylist()]
    number: dict[tuple[int, str], int] = {}
    starts = []
    for level in range(len(LEVELS)):
        starts.append(len(number))
        for code in sorted({path[level] for path in paths} or ({PROVINCE} if level == 0 else set())):
            number[level, code] = len(number)
    parent = np.zeros(len(number), np.int64)
    steps = np.array([[number[step] for step in enumerate(path)] for path in paths], dtype=np.int64)
    steps = steps.reshape(-1, len(LEVELS))
    for above, below in pairwise(range(len(LEVELS))):
        parent[steps[:, below]] = steps[:, above]
    at = steps[ways.indices.to_numpy()]
    return Places(tuple(code for _, code in number), parent, tuple(starts), tuple(at.T))


def _path(regency: str, village: str) -> tuple[str, str, str, str]:
    regency = village[:5] or regency or UNKNOWN
    district = village[:8] or f"{regency}.{UNKNOWN}"
    return PROVINCE, regency, district, village or f"{district}.{UNKNOWN}"


def count(
    places: Places, dimensions: Sequence[Dimension], cubes: Sequence[Cube], relations: Sequence[Relation] = ()
) -> Grid:
    """Count people in every cell of every cube, totals too; raises LayeringError CUBE_FINE for divided villages."""
    known = {dimension.name: dimension for dimension in dimensions}
    margins: dict[tuple[str, ...], Margin] = {}
    counts, first = [], 0
    for names, depth in sorted(_closed(places, cubes).items(), key=lambda each: (len(each[0]), each[0])):
        shape = (depth, *(len(known[name].codes) for name in names))
        margins[names] = Margin(names, shape, first)
        counts.append(_tally(places, [known[name] for name in names], shape, np.ones(len(places.at[0]), np.int64)))
        first += counts[-1].size
    return Grid(places, known, margins, np.concatenate(counts) if counts else np.zeros(0, np.int64), tuple(relations))


def _closed(places: Places, cubes: Sequence[Cube]) -> dict[tuple[str, ...], int]:
    """Return every set of dimensions that is asked for, or is a total of one, and down to which place."""
    wanted: dict[tuple[str, ...], int] = {(): places.depth("province")}
    for cube in cubes:
        if cube.level == "village" and cube.dimensions:
            raise LayeringError("CUBE_FINE", "villages have totals only", place="release policy")
        names = tuple(sorted(cube.dimensions))
        for size in range(len(names) + 1):
            for part in combinations(names, size):
                wanted[part] = max(wanted.get(part, 0), places.depth(cube.level))
    return wanted


def _tally(
    places: Places, dimensions: list[Dimension], shape: tuple[int, ...], weight: NDArray[Number]
) -> NDArray[Number]:
    """Sum a weight of people (int64, or uint64 that wraps) into the cells of a margin."""
    inner = int(np.prod(shape[1:]))
    code = np.zeros(len(weight), np.int64)
    for dimension in dimensions:
        code = code * len(dimension.codes) + dimension.at
    sums = np.zeros((shape[0], inner), weight.dtype)
    finest = int(np.searchsorted(places.starts, shape[0])) - 1
    np.add.at(sums.reshape(-1), places.at[finest] * inner + code, weight)
    for level in range(finest, 0, -1):
        below = slice(places.starts[level], places.depth(LEVELS[level]))
        np.add.at(sums, places.parent[below], sums[below])
    return sums.reshape(-1)


def weigh(grid: Grid, weight: NDArray[Number]) -> NDArray[Number]:
    """Sum a weight of people into every cell, in the order of `Grid.counts`."""
    sums = [
        _tally(grid.places, [grid.dimensions[name] for name in names], margin.shape, weight)
        for names, margin in grid.margins.items()
    ]
    return np.concatenate(sums)


@dataclass(frozen=True, slots=True)
class Lines:
    """Sums that hold between cells: `parent[n]` is the sum of `children[starts[n]:starts[n + 1]]`."""

    parent: Ints
    children: Ints
    starts: Ints


def add_up(grid: Grid) -> Lines:
    """Return every sum of the grid: over the places of a place, and over the codes of each dimension."""
    parents, children = [], []
    for parent, parts in _sums(grid):
        parents.append(parent)
        children.append(parts)
    sizes = [np.full(len(parent), parts.shape[1]) for parent, parts in zip(parents, children, strict=True)]
    starts = np.concatenate([[0], np.cumsum(np.concatenate([*sizes, np.zeros(0, np.int64)]))]).astype(np.int64)
    flat = [parts.ravel() for parts in children]
    none = np.zeros(0, np.int64)
    return Lines(np.concatenate([*parents, none]), np.concatenate([*flat, none]), starts)


def _sums(grid: Grid) -> Iterator[tuple[Ints, Ints]]:
    for names, margin in grid.margins.items():
        ids = margin.ids.reshape(margin.shape[0], -1)
        for place in range(grid.places.starts[-1]):
            inner = np.flatnonzero(grid.places.parent[: margin.shape[0]] == place)
            inner = inner[inner != place]
            if len(inner):
                yield ids[place], ids[inner].T
        for axis, name in enumerate(names, start=1):
            above = grid.margins[tuple(other for other in names if other != name)]
            whole = above.ids[: margin.shape[0]]
            yield whole.ravel(), np.moveaxis(margin.ids, axis, -1).reshape(whole.size, -1)
    for outer, inner in _related(grid, [each for each in grid.relations if each.equal]):
        yield outer, inner[:, np.newaxis]


def related(grid: Grid) -> Iterator[tuple[Ints, Ints]]:
    """Yield the pairs of cells of different cubes of which one lies within the other, as arrays (outer, inner)."""
    yield from _related(grid, grid.relations)


def _related(grid: Grid, relations: Sequence[Relation]) -> Iterator[tuple[Ints, Ints]]:
    for relation in relations:
        outer, inner = (_cells(grid, chosen) for chosen in (relation.outer, relation.inner))
        depth = min(len(outer), len(inner))
        yield outer[:depth], inner[:depth]


def _cells(grid: Grid, chosen: Mapping[str, str]) -> Ints:
    """Return the ids of some codes' cells over all places that have them; none if no cube crosses these dimensions."""
    margin = grid.margins.get(tuple(sorted(chosen)))
    if margin is None:
        return np.zeros(0, np.int64)
    found = margin.ids
    for name in margin.names:
        found = found[:, grid.dimensions[name].codes.index(chosen[name])]
    return found


def nested(grid: Grid) -> Iterator[tuple[Ints, Ints]]:
    """Yield every pair of cells of which one lies within the other, as arrays (outer, inner)."""
    for names, margin in grid.margins.items():
        for size in range(len(names) + 1):
            for part in combinations(names, size):
                outer = grid.margins[part].ids[: margin.shape[0]]
                for axis, name in enumerate(names, start=1):
                    if name not in part:
                        outer = np.expand_dims(outer, axis)
                outer = np.broadcast_to(outer, margin.shape)
                place = np.arange(margin.shape[0])
                for up in range(len(LEVELS)):
                    if up or size < len(names):
                        apart = (place != np.arange(margin.shape[0])) | (up == 0)
                        yield outer[place][apart].ravel(), margin.ids[apart].ravel()
                    place = grid.places.parent[place]
