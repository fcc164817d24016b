"""The people that the name attacks are run on: synthetic names with their frequencies, and the cells they fall into.

Every identity here is synthetic; nothing reads a real list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding.qgrams import I64
from linkage.synth import generate, load_dials


@dataclass(frozen=True, slots=True)
class World:
    """`people` as `synth.PEOPLE_SCHEMA`, shuffled within; `names` string[n], normalised."""

    people: pa.Table
    names: pa.Array

    def cells(self, parts: tuple[str, ...], rows: I64) -> I64:
        """Return which cell of an anchor each of some people falls into, int64; one cell for all if it has no part."""
        cells = np.zeros(len(rows), np.int64)
        for part in parts:
            codes = self._part(part).take(pa.array(rows)).dictionary_encode()
            codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
            column = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
            cells = cells * (int(column.max(initial=0)) + 1) + column
            cells = np.unique(cells, return_inverse=True)[1].ravel().astype(np.int64)
        return cells

    def some(self, rows: I64) -> pa.Array:
        """Return the names of some people."""
        return self.names.take(pa.array(rows))

    def distinct(self, count: int, rng: np.random.Generator) -> I64:
        """Return people of `count` different names."""
        rows = rng.permutation(len(self.names))
        first = np.unique(self.names.dictionary_encode().indices.to_numpy()[rows], return_index=True)[1]
        return np.asarray(rows[rng.permutation(first)[:count]], np.int64)

    def men(self) -> I64:
        """Return the people of one sex, as every shipped anchor with a crowd in its cells separates them."""
        return np.flatnonzero(pc.equal(self.people["sex"], "L").to_numpy())

    def _part(self, part: str) -> pa.Array:
        if part == "birth_year":
            return pc.year(self.people["birth_date"])
        if part == "district":
            return pc.utf8_slice_codeunits(self.people["village"], 0, 8)
        if part == "nik":
            return pa.array(np.arange(len(self.people)))
        return self.people[part]


def found_world(people: int, seed: int) -> World:
    """Make a world of that many people."""
    table = pa.concat_tables(block.people for block in generate(people, seed, load_dials())).combine_chunks()
    return World(table, pc.utf8_upper(table["name"]).combine_chunks())
