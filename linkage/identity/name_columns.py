"""Normalise a column of names: each distinct word once where no rule looks beyond it. Never keeps what it read.

The result is that of `names.parse` for each cell; this file decides only which cells need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.identity import names
from linkage.identity.cells import Cell

_FATHER = "|"
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
    plain = _spell(pc.ascii_upper(texts))
    rest = np.setdiff1d(np.arange(len(texts)), plain.at, assume_unique=True)
    others = (
        cells.take(pa.array(rest)).to_pylist()
        if isinstance(cells, pa.Array)
        else [cells[place] for place in rest.tolist()]
    )
    read = [names.parse(other) for other in others]
    order = pa.array(np.argsort(np.concatenate([plain.at, rest])))
    reasons: list[str | None] = [None] * len(texts)
    for place, one in zip(rest.tolist(), read, strict=True):
        reasons[place] = one.reason
    return NameColumn(
        _both(plain.names, [one.name for one in read], order),
        _both(plain.fathers, [one.father for one in read], order),
        _both(plain.mononyms, [one.mononym for one in read], order),
        reasons,
    )


def _ascii(cell: Cell) -> str | None:
    return cell if isinstance(cell, str) and cell.isascii() else None


def _both(first: pa.Array, then: list[object], order: pa.Array) -> pa.Array:
    return pa.concat_arrays([first, pa.array(then, first.type)]).take(order)


@dataclass(frozen=True, slots=True, repr=False)
class _Plain:
    """The cells that are words alone, at places `at`: `names`, `fathers` string[m], `mononyms` bool[m]."""

    at: NDArray[np.int64]
    names: pa.Array
    fathers: pa.Array
    mononyms: pa.Array


def _spell(texts: pa.Array) -> _Plain:
    """Normalise the names that are words alone, maybe with the father's behind them."""
    longest = names.longest()
    short = pc.less_equal(pc.binary_length(texts), longest)
    plain = pc.fill_null(pc.and_(pc.match_substring_regex(texts, _PLAIN), short), False)
    bare = pc.replace_substring(texts.filter(plain), ". ", " ")
    # One title in front; a second one is a word that a rule may look beyond.
    words = pc.split_pattern(pc.replace_substring_regex(bare, names.title_in_front(), ""), " ")
    # A word that a rule may look beyond is null, and so is the name that holds it.
    whole = pc.binary_join(pa.ListArray.from_arrays(words.offsets, _settle(words)), " ")
    own, fathers = _apart(whole)
    absent = pc.is_in(own, pa.array(sorted(names.dummies())))
    sure = pc.and_(pc.invert(absent), pc.fill_null(pc.less_equal(pc.binary_length(own), longest), False))
    at = np.flatnonzero(plain.to_numpy(zero_copy_only=False))[sure.to_numpy(zero_copy_only=False)]
    own = own.filter(sure)
    return _Plain(at, own, fathers.filter(sure), pc.invert(pc.match_substring(own, " ")))


def _apart(whole: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return each name, and the father's behind it where there is one."""
    nothing = pa.nulls(len(whole), pa.string())
    two = pc.fill_null(pc.match_substring(whole, _FATHER), False)
    parts = pc.split_pattern(whole.filter(two), f" {_FATHER} ").flatten()
    own, father = (parts.take(pa.array(np.arange(first, len(parts), 2))) for first in (0, 1))
    return pc.replace_with_mask(whole, two, own), pc.replace_with_mask(nothing, two, father)


def _settle(words: pa.ListArray) -> pa.Array:
    """Spell each distinct word once; null for what a rule looks beyond, _FATHER for the one mark between two names."""
    encoded = words.flatten().dictionary_encode()
    distinct = encoded.dictionary
    touched = pc.or_(pc.is_in(distinct, _known()), pc.match_substring_regex(distinct, names.old_spelling()))
    settled = [names.settle_word(word) for word in distinct.filter(touched).to_pylist()]
    spelled = pc.replace_with_mask(distinct, touched, pa.array(settled, pa.string())).take(encoded.indices)
    marks = pc.is_in(distinct, pa.array(sorted(names.fathers()))).take(encoded.indices)
    between = _between(marks.to_numpy(zero_copy_only=False), words.offsets.to_numpy())
    return pc.if_else(pa.array(between), _FATHER, spelled)


@cache
def _known() -> pa.Array:
    return pa.array(sorted(names.ruled()))


def _between(marks: NDArray[np.bool_], offsets: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which words are the only mark of their name, with a word before and one behind."""
    at = np.flatnonzero(marks)
    name = np.searchsorted(offsets, at, side="right") - 1
    alone = np.bincount(name, minlength=1)[name] == 1
    inside = (at > offsets[name]) & (at + 1 < offsets[name + 1])
    between = np.zeros(len(marks), np.bool_)
    between[at[alone & inside]] = True
    return between
