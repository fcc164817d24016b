"""Columns of Arrow tables as NumPy arrays, code lists as bits, and runs of equal values. No meaning of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def ints(table: pa.Table, name: str, missing: int = -1) -> Ints:
    """Return an integer column as int64, `missing` where it is null."""
    column = table[name].cast(pa.int64())
    return np.asarray(pc.fill_null(column, missing).to_numpy(), dtype=np.int64)


def flags(table: pa.Table, name: str) -> Bools:
    """Return a boolean column; null is false."""
    return np.asarray(pc.fill_null(table[name], False).to_numpy(), dtype=bool)


def places(table: pa.Table, name: str, codes: Sequence[str]) -> Ints:
    """Return each text's position in `codes`, -1 where it is null or not among them."""
    found = pc.fill_null(pc.index_in(table[name], pa.array(codes, pa.string())), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)


def bits(table: pa.Table, name: str, codes: Sequence[str]) -> Ints:
    """Return each list of codes as bits, bit n for the n-th of `codes`; null is none."""
    lists = table[name].combine_chunks()
    at = pc.index_in(lists.flatten(), pa.array(codes, pa.string()))
    owners = pc.list_parent_indices(lists).to_numpy()
    sound = pc.is_valid(at).to_numpy(zero_copy_only=False)
    found = np.zeros(len(lists), np.int64)
    np.bitwise_or.at(found, owners[sound], 1 << at.drop_null().to_numpy().astype(np.int64))
    return found


def mask(chosen: Sequence[str], codes: Sequence[str]) -> int:
    """Return codes as bits."""
    return sum(1 << codes.index(code) for code in set(chosen))


def named(held: int, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that bits stand for."""
    return tuple(code for at, code in enumerate(codes) if held >> at & 1)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by a key: `order` sorts them, `start` is where each group begins, `keys` has each group's key, ascending."""

    order: Ints
    start: Ints
    keys: Ints

    @property
    def sizes(self) -> Ints:
        """Return how many rows each group has."""
        return np.asarray(np.diff(np.r_[self.start, len(self.order)]), dtype=np.int64)

    def any_bits(self, values: Ints) -> Ints:
        """Join the bits of each group."""
        return _reduce(np.bitwise_or, self, values)

    def total(self, values: Ints) -> Ints:
        """Sum each group."""
        return _reduce(np.add, self, values)

    def least(self, values: Ints) -> Ints:
        """Return each group's least value."""
        return _reduce(np.minimum, self, values)

    def best(self, values: Ints, rank: Ints, missing: int) -> Ints:
        """Return the value of each group's row of highest rank. Ranks differ; a row of rank -1 is passed over."""
        top = _reduce(np.maximum, self, rank)
        # Rows passed over fall into the spare last place.
        row = np.zeros(int(rank.max(initial=-1)) + 2, np.int64)
        row[rank] = np.arange(len(rank))
        return np.where(top >= 0, values[row[top]] if len(values) else values, missing)


def _reduce(how: np.ufunc, groups: Groups, values: Ints) -> Ints:
    if not len(groups.start):
        return values[:0]
    return np.asarray(how.reduceat(values[groups.order], groups.start), dtype=np.int64)


def group(keys: Ints) -> Groups:
    """Group rows by an integer key, in the order of rows within a group."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.zeros(0, np.int64)
    return Groups(order, start, ordered[start])
