"""Names and dates as sets of small pieces, a column at a time. Never keeps a name or a date: only codes come out.

The pieces of a name are its padded q-grams, those across its spaces (so that NUR HAYATI and NURHAYATI share all but
two), and those of a second spelling. A q-gram's code writes its letters in base 27, space = 0, A = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding import compiled
from linkage.encoding.errors import EncodingError
from linkage.encoding.policy import Names
from linkage.identity import second_spellings

U8: TypeAlias = npt.NDArray[np.uint8]
U32: TypeAlias = npt.NDArray[np.uint32]
I64: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

SPACE = 32
LETTERS = compiled.LETTERS
DATE = 1 << 16
"""Added to the codes of a date's pieces, so that none is a q-gram's."""
NAMES_AT_ONCE = 1024
"""Bounds the working memory: the letters of so many names stay in the cache."""
LONGEST = 48
"""Letters of a name that count; what is longer is cut at a word, at every agency alike."""
PLAIN = Names(variants=False)


@dataclass(frozen=True, slots=True)
class Grams:
    """Ragged codes of n values: those of value i are `codes[starts[i]:starts[i] + counts[i]]`, some maybe twice."""

    codes: U32
    starts: I64
    counts: I64


def grams(names: pa.Array, how: Names = PLAIN, *, fast: bool = compiled.AVAILABLE) -> Grams:
    """Return the q-grams of each normalised name: string[n], A–Z and single spaces, no nulls, none empty.

    `fast` changes the speed alone. Raises EncodingError NAME_NOT_NORMALISED for anything else.
    """
    if names.null_count or pc.any(pc.equal(pc.binary_length(names), 0)).as_py():
        raise EncodingError("NAME_NOT_NORMALISED", "expected names, none missing or empty")
    if fast:
        return _compiled(names, how)
    starts = range(0, max(1, len(names)), NAMES_AT_ONCE)
    parts = [_grams(names.slice(start, NAMES_AT_ONCE), how) for start in starts]
    codes, counts = (np.concatenate([getattr(part, of) for part in parts]) for of in ("codes", "counts"))
    return Grams(codes, np.cumsum(counts) - counts, counts)


def _compiled(names: pa.Array, how: Names) -> Grams:
    texts, owners = _texts(names, how)
    first = np.searchsorted(owners, np.arange(len(names) + 1))
    _, bounds, data = texts.buffers()
    offsets = np.frombuffer(bounds or bytes(4), np.int32)[texts.offset :][: len(texts) + 1]
    codes, counts = np.empty(2 * (offsets[-1] - offsets[0] + 2 * len(texts)), np.uint32), np.empty(len(names), np.int64)
    text = np.frombuffer(data or b"", np.uint8)
    total = compiled.grams(text, offsets, first, how.q, how.padded, how.joined, codes, counts)
    if total < 0:
        raise _not_normalised()
    return Grams(codes[:total], np.cumsum(counts) - counts, counts)


def _texts(names: pa.Array, how: Names) -> tuple[pa.Array, I64]:
    """Return each name and its second spelling, if it has one, one after another, and whose each is."""
    texts, owners = _within(names), np.arange(len(names))
    if not how.variants:
        return texts, owners
    others = second_spellings(texts)
    owners = np.concatenate([owners, np.flatnonzero(others.is_valid())])
    order = np.argsort(owners, kind="stable")
    return pa.concat_arrays([texts, others.drop_null()]).take(pa.array(order)), owners[order]


def _grams(names: pa.Array, how: Names) -> Grams:
    texts, owners = _texts(names, how)
    text = _framed(texts)
    pieces = [_windows(text, how.q)]
    keep = [pieces[0].whole if how.padded else pieces[0].whole & ~pieces[0].spaced]
    if how.joined:
        pieces.append(_windows(text.letters_only(), how.q))
        keep.append(pieces[1].whole & pieces[1].across)
    codes = np.concatenate([each.codes[kept] for each, kept in zip(pieces, keep, strict=True)])
    of = np.concatenate([each.owners[kept] for each, kept in zip(pieces, keep, strict=True)])
    return _ragged(codes, owners[of], len(names))


def dates(days: pa.Array) -> Grams:
    """Return the pieces of each date, date32[n], none for null: each digit in its place, and day, month, year whole."""
    ymd = [
        pc.fill_null(part(days), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        for part in (pc.year, pc.month, pc.day)
    ]
    number = ymd[0] * 10_000 + ymd[1] * 100 + ymd[2]
    digits = [10 * place + number // 10**place % 10 for place in range(8)]
    wholes = [100 + ymd[1], 200 + ymd[2], 300 + ymd[0]]
    codes = (np.stack([*digits, *wholes], axis=1) + DATE).astype(np.uint32)
    known = pc.is_valid(days).to_numpy(zero_copy_only=False)
    owner = np.repeat(np.flatnonzero(known), codes.shape[1])
    return _ragged(codes[known].ravel(), owner, len(days))


@dataclass(frozen=True, slots=True)
class _Text:
    """Letters (0 for a space) of all names in a row, each with its name and its place in the framed text."""

    letters: U32
    owners: I64
    places: I64

    def letters_only(self) -> _Text:
        """Return the text without its spaces; places stay, so a gap in them shows where one was."""
        kept = self.letters != 0
        return _Text(self.letters[kept], self.owners[kept], self.places[kept])


@dataclass(frozen=True, slots=True)
class _Windows:
    """Every run of q letters: its code, its name, and whether it lies in one name, holds a space, or crosses one."""

    codes: U32
    owners: I64
    whole: Flags
    spaced: Flags
    across: Flags


def _windows(text: _Text, q: int) -> _Windows:
    n = max(0, len(text.letters) - q + 1)
    columns = [text.letters[at : at + n] for at in range(q)]
    codes = np.zeros(n, np.uint32)
    spaced = np.zeros(n, bool)
    for column in columns:
        codes = codes * np.uint32(LETTERS) + column
        spaced |= column == 0
    first, last = slice(0, n), slice(q - 1, q - 1 + n)
    whole: Flags = text.owners[first] == text.owners[last]
    across: Flags = text.places[last] - text.places[first] > q - 1
    return _Windows(codes, text.owners[first], whole, spaced, across)


def _within(names: pa.Array) -> pa.Array:
    """Cut very long names at the last word that fits, so that no filter is fuller than a name's can be."""
    long = pc.greater(pc.binary_length(names), LONGEST)
    if not pc.any(long).as_py():
        return names
    cut = [name[: LONGEST + 1].rpartition(" ")[0] or name[:LONGEST] for name in names.filter(long).to_pylist()]
    return pc.replace_with_mask(names, long, pa.array(cut, pa.string()))


def _framed(names: pa.Array) -> _Text:
    """Write each name between two spaces; checks the alphabet."""
    framed = pc.binary_join_element_wise("", names, "", " ")
    lengths = pc.binary_length(framed).to_numpy(zero_copy_only=False)
    octets = np.frombuffer(framed.buffers()[2] or b"", np.uint8)[: lengths.sum()]
    bounds = np.cumsum(lengths)
    space = octets == SPACE
    doubled = np.flatnonzero(space[:-1] & space[1:]) + 1
    alphabet = space | ((octets >= ord("A")) & (octets <= ord("Z")))
    if not alphabet.all() or not np.array_equal(doubled, bounds[:-1]):
        raise _not_normalised()
    letters = np.where(space, 0, octets - 64).astype(np.uint32)
    return _Text(letters, np.repeat(np.arange(len(names)), lengths), np.arange(len(octets)))


def _ragged(codes: U32, owners: I64, n: int) -> Grams:
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=n).astype(np.int64)
    return Grams(codes[order], np.cumsum(counts) - counts, counts)


def _not_normalised() -> EncodingError:
    return EncodingError("NAME_NOT_NORMALISED", "expected names of A–Z and single spaces")
