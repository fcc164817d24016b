"""Names as sets of bigrams, a column at a time. Never keeps a name: only codes come out.

The q-grams of a name are the bigrams of each word, padded by one space on either side, and the bigrams of the name
without its spaces, so that NUR HAYATI and NURHAYATI share all but two. A code is `27·first + second`, space = 0, A = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkage.encoding.errors import EncodingError

U8: TypeAlias = npt.NDArray[np.uint8]
U16: TypeAlias = npt.NDArray[np.uint16]
I64: TypeAlias = npt.NDArray[np.int64]

SPACE = 32
LETTERS = 27


@dataclass(frozen=True, slots=True)
class Grams:
    """Ragged bigram codes of n names: the codes of name i are `codes[starts[i]:starts[i] + counts[i]]`."""

    codes: U16
    starts: I64
    counts: I64


def grams(names: pa.Array) -> Grams:
    """Return the bigrams of each normalised name: string[n], A–Z and single spaces, no nulls, none empty.

    Raises EncodingError NAME_NOT_NORMALISED for anything else.
    """
    if len(names) == 0:
        return Grams(np.empty(0, np.uint16), np.empty(0, np.int64), np.empty(0, np.int64))
    text, bounds = _framed(names)
    letters = np.where(text == SPACE, 0, text - 64).astype(np.uint16)
    owner = np.repeat(np.arange(len(names)), np.diff(bounds))
    inner = _bigrams(letters, owner, gap=1)
    across = _bigrams(letters, owner, gap=2)
    across_space = (letters[1:-1] == 0) & across.valid
    positions = np.concatenate([np.flatnonzero(inner.valid), np.flatnonzero(across_space)])
    codes = np.concatenate([inner.codes[inner.valid], across.codes[across_space]])
    order = np.argsort(owner[positions], kind="stable")
    counts = np.bincount(owner[positions], minlength=len(names)).astype(np.int64)
    return Grams(codes[order], np.cumsum(counts) - counts, counts)


@dataclass(frozen=True, slots=True)
class _Bigrams:
    codes: U16
    valid: npt.NDArray[np.bool_]


def _bigrams(letters: U16, owner: I64, *, gap: int) -> _Bigrams:
    first, second = letters[:-gap], letters[gap:]
    return _Bigrams(first * np.uint16(LETTERS) + second, owner[:-gap] == owner[gap:])


def _framed(names: pa.Array) -> tuple[U8, I64]:
    """Return all names as one run of bytes, each framed by spaces, and the n + 1 bounds; checks the alphabet."""
    values = names.to_pylist()
    if not all(values):
        raise EncodingError("NAME_NOT_NORMALISED", "expected names, none missing or empty")
    text = np.frombuffer("".join(f" {name} " for name in values).encode(), np.uint8)
    bounds = np.concatenate([[0], np.cumsum([len(name) + 2 for name in values])]).astype(np.int64)
    space = text == SPACE
    alphabet = space | ((text >= ord("A")) & (text <= ord("Z")))
    doubled = np.flatnonzero(space[:-1] & space[1:]) + 1
    if not alphabet.all() or not np.array_equal(doubled, bounds[1:-1]):
        raise EncodingError("NAME_NOT_NORMALISED", "expected names of A–Z and single spaces")
    return text, bounds
