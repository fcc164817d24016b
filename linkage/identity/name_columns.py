"""Normalise a column of names: each distinct word once where no rule looks beyond it. Never keeps what it read.

The result is that of `names.parse` for each cell; this file decides only which cells need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.identity import names
from linkage.identity.cells import Cell

_PLAIN = r"\A(?:[A-Z]+\.? )?[A-Z]+(?: [A-Z]+)*\z"
"""Words, the first of which may be written with a dot if others follow: too far from the end to be a degree."""


@dataclass(frozen=True, slots=True, repr=False)
class NameColumn:
    """Hold what n cells say, as `names.Name` does: `name`, `father` string[n], `mononym` bool[n], `reason` n codes."""

    name: pa.Array
    father: pa.Array
    mononym: pa.Array
    reasons: list[str | None]


def parse(cells: Sequence[Cell] | pa.Array) -> NameColumn:
    """Read each cell; as Arrow, string[n]."""
    texts = cells if isinstance(cells, pa.Array) else pa.array([_ascii(cell) for cell in cells], pa.string())
    spelled, mononym, at = _spell(pc.ascii_upper(texts))
    rest = np.setdiff1d(np.arange(len(texts)), at, assume_unique=True)
    others = (
        cells.take(pa.array(rest)).to_pylist()
        if isinstance(cells, pa.Array)
        else [cells[place] for place in rest.tolist()]
    )
    read = [names.parse(other) for other in others]
    order = pa.array(np.argsort(np.concatenate([at, rest])))
    reasons: list[str | None] = [None] * len(texts)
    for place, one in zip(rest.tolist(), read, strict=True):
        reasons[place] = one.reason
    return NameColumn(
        _both(spelled, [one.name for one in read], order),
        _both(pa.nulls(len(at), pa.string()), [one.father for one in read], order),
        _both(mononym, [one.mononym for one in read], order),
        reasons,
    )


def _ascii(cell: Cell) -> str | None:
    return cell if isinstance(cell, str) and cell.isascii() else None


def _both(first: pa.Array, then: list[object], order: pa.Array) -> pa.Array:
    return pa.concat_arrays([first, pa.array(then, first.type)]).take(order)


def _spell(texts: pa.Array) -> tuple[pa.Array, pa.Array, NDArray[np.int64]]:
    """Return the names that are words alone, normalised, whether each is one word, and the places of their cells."""
    longest = names.longest()
    short = pc.less_equal(pc.binary_length(texts), longest)
    plain = pc.fill_null(pc.and_(pc.match_substring_regex(texts, _PLAIN), short), False)
    bare = pc.replace_substring(texts.filter(plain), ". ", " ")
    # One title in front; a second one is a word that a rule may look beyond.
    words = pc.split_pattern(pc.replace_substring_regex(bare, names.title_in_front(), ""), " ")
    encoded = words.flatten().dictionary_encode()
    settled = pa.array([names.settle_word(word) for word in encoded.dictionary.to_pylist()], pa.string())
    lists = pa.ListArray.from_arrays(words.offsets, settled.take(encoded.indices))
    # A word that a rule may look beyond is null, and so is the name that holds it.
    joined = pc.binary_join(lists, " ")
    absent = pc.is_in(joined, pa.array(sorted(names.dummies())))
    sure = pc.and_(pc.invert(absent), pc.fill_null(pc.less_equal(pc.binary_length(joined), longest), False))
    at = np.flatnonzero(plain.to_numpy(zero_copy_only=False))[sure.to_numpy(zero_copy_only=False)]
    return joined.filter(sure), pc.equal(pc.list_value_length(lists), 1).filter(sure), at
