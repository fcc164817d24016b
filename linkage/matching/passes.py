"""One pass over one anchor: it sees handles, cells and filters, and hands on pairs of handles with a similarity.

Never sees a record, a token, a place or another anchor (security.md §2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError, require
from linkage.matching.fresh import fresh_pairs
from linkage.matching.kernel import similar_pairs

PAIRS = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("dice", pa.float32())])


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass found: `pairs` as `PAIRS`; how many `handles` it saw, and how many pairs it `compared`.

    `floor`: the Dice from which it hands a pair on; below it the pass is silent.
    """

    pairs: pa.Table
    handles: int
    compared: int
    floor: float

    @property
    def chance(self) -> float:
        """The share of all pairs of handles that share a cell."""
        return 2 * self.compared / (self.handles * (self.handles - 1)) if self.handles > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier pass found: its `pairs` of the `handles` (int64) that it compared, all with all, at a `floor`."""

    handles: NDArray[np.int64]
    pairs: pa.Table
    floor: float


def run_pass(table: pa.Table, floor: float, kept: Kept | None = None) -> Pass:
    """Pair the handles that share a cell and whose filters reach the floor.

    `table`: handle int64, cell int64, filter fixed_size_binary, none null; only handles of the records to be linked,
    for it is their share of matches that the fit takes out of chance. Pairs have left < right by handle, each once with
    its best Dice, sorted. Raises MISSING_COLUMN, FILTER_TYPE, NULL_IN_PASS and the kernel's errors.

    With what an earlier pass `kept`, only pairs with a new handle are compared, and the answer is the same: a handle's
    cell and filter never change. What was kept at another floor does not count, nor do handles that are gone.
    """
    require(table, ("handle", "cell", "filter"), "pass")
    if any(table[name].null_count for name in ("handle", "cell", "filter")):
        raise MatchingError("NULL_IN_PASS", "expected no nulls", place="pass")
    cells = table["cell"].to_numpy()
    order = np.argsort(cells, kind="stable")
    handles = table["handle"].to_numpy()[order]
    words, known = words_of(table["filter"])[order], kept if kept and kept.floor == floor else None
    if known is None:
        found = similar_pairs(words, cells[order], floor)
    else:
        found = fresh_pairs(words, cells[order], floor, ~np.isin(handles, known.handles))
    old = _still(known, handles) if known else PAIRS.empty_table()
    ends = np.stack([handles[found.left], handles[found.right]])
    sizes = np.unique(cells, return_counts=True)[1].astype(np.int64)
    left, right = (np.r_[ends.min(axis=0), old["left"]], np.r_[ends.max(axis=0), old["right"]])
    pairs = once(left, right, np.r_[found.dice, old["dice"].to_numpy()])
    return Pass(pairs, len(cells), int((sizes * (sizes - 1) // 2).sum()), floor)


def _still(kept: Kept, handles: NDArray[np.int64]) -> pa.Table:
    """Return the kept pairs of which both handles are there."""
    there = pa.array(handles)
    both = pc.and_(pc.is_in(kept.pairs["left"], there), pc.is_in(kept.pairs["right"], there))
    return kept.pairs.filter(both)


def words_of(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """View a fixed_size_binary column as uint64[n, words], padded with zero bits to whole words."""
    if not pa.types.is_fixed_size_binary(column.type):
        raise MatchingError("FILTER_TYPE", f"expected fixed_size_binary, got {column.type}", place="filter")
    width = column.type.byte_width
    array = column.combine_chunks()
    array = array if isinstance(array, pa.Array) else array.chunk(0)
    start = array.offset * width
    octets = np.frombuffer(array.buffers()[1], np.uint8)[start : start + len(array) * width].reshape(len(array), width)
    if width % 8:
        octets = np.pad(octets, ((0, 0), (0, -width % 8)))
    return np.ascontiguousarray(octets).view(np.uint64)


def once(left: NDArray[np.int64], right: NDArray[np.int64], dice: NDArray[np.float32]) -> pa.Table:
    """Return pairs as `PAIRS`, sorted, each once with its best Dice; none with itself."""
    order = np.lexsort((-dice, right, left))
    left, right, dice = left[order], right[order], dice[order]
    new = np.r_[True, (left[1:] != left[:-1]) | (right[1:] != right[:-1])] if len(left) else np.empty(0, bool)
    keep = new & (left != right)
    return pa.table([left[keep], right[keep], dice[keep]], schema=PAIRS)
