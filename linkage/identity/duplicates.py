"""Find rows of one file that seem to say the same thing twice. Marks them for a person; never drops or joins a row.

Looks inside the file only, at the agency; nothing of it leaves. Compares rows that share a NIK, most of one, or a birth
date, within groups of at most `LARGEST_GROUP`: a larger one is a default date, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LARGEST_GROUP = 50
DUPLICATE_SCHEMA = pa.schema(
    [
        pa.field("sheet", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("other_sheet", pa.string(), nullable=False),
        pa.field("other_row", pa.int32(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
    ]
)
_SAME_NAME = 0.75
_NEAR_NAME = 0.85
NOTHING = -1
NIK_DIGITS, NO_DIGIT = 16, 0

I64: TypeAlias = NDArray[np.int64]
U8: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    """What is compared of a row that shares its NIK: its place among the records, its name, and its aid."""

    place: int
    name: str | None
    aid: int


@dataclass(frozen=True, slots=True)
class _Pair:
    place: int
    other: int
    code: str


@dataclass(frozen=True, slots=True, repr=False)
class _Facts:
    """What is compared of all n rows at once; codes are int64[n], -1 for nothing.

    `niks` uint8[n, 16], zeros where there is none; the codes of `birth` and of the name's `initial`; `names` string[n].
    """

    niks: U8
    birth: I64
    initial: I64
    names: pa.Array


def find(records: pa.Table) -> pa.Table:
    """Return DUPLICATE_SCHEMA: a row, an earlier one of the file, and ROW_DUPLICATE, NIK_SHARED or ROW_SIMILAR."""
    niks, names = (records[field].combine_chunks() for field in ("nik", "name"))
    # A slip in the digits leaves the first seven or the last seven as they are.
    head, tail = (_codes(pc.utf8_slice_codeunits(niks, *cut)) for cut in ((0, 7), (9, 16)))
    others = ("name", "birth_date", "regency", "programme", "period")
    name, birth, regency, programme, period = (_codes(records[field].combine_chunks()) for field in others)
    aid = _together(programme, period)
    # Numbers are few to a person, so that a large group of them is a fault to be told as well.
    found = {(pair.place, pair.other): pair.code for pair in _share_niks(_grouped(_codes(niks), len(niks)), names, aid)}
    facts = _Facts(_digits(niks), birth, _codes(pc.utf8_slice_codeunits(names, 0, 1)), names)
    for first, then in ((head, name), (tail, name), (birth, regency)):
        codes = np.where(first == NOTHING, NOTHING, _together(_together(first, then), aid))
        for pair in _similar(_grouped(codes, LARGEST_GROUP), facts):
            found.setdefault((pair.place, pair.other), pair.code)
    return _table(records, [_Pair(place, other, code) for (place, other), code in sorted(found.items())])


def _codes(column: pa.Array) -> I64:
    """Return a number for each distinct value of a column."""
    codes = pc.fill_null(column.dictionary_encode().indices, NOTHING)
    return np.asarray(codes.to_numpy(zero_copy_only=False), np.int64)


def _together(one: I64, other: I64) -> I64:
    """Return a number for each distinct pair of codes, nothing being a value like any other."""
    return _codes(pa.array((one + 1) * (other.max(initial=0) + 2) + other + 1))


def _digits(niks: pa.Array) -> U8:
    """Return the 16 digits of each number as octets."""
    filled = pc.fill_null(niks, "\0" * NIK_DIGITS).cast(pa.binary()).cast(pa.binary(NIK_DIGITS))
    octets = np.frombuffer(filled.buffers()[1], np.uint8)
    return octets[NIK_DIGITS * filled.offset :][: NIK_DIGITS * len(niks)].reshape(-1, NIK_DIGITS)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows that share a code: their `places`, group by group and in order, and the `rank` of each in its group."""

    places: I64
    rank: I64


def _grouped(codes: I64, most: int) -> _Groups:
    """Return the groups of two rows and more, `most` at most, that share a code."""
    counts = np.bincount(codes + 1)[codes + 1]
    shared = np.flatnonzero((counts > 1) & (counts <= most) & (codes != NOTHING))
    places = shared[np.argsort(codes[shared], kind="stable")]
    begins = np.flatnonzero(np.diff(codes[places], prepend=NOTHING))
    lengths = np.diff(begins, append=len(places))
    return _Groups(places, np.arange(len(places)) - np.repeat(begins, lengths))


def _share_niks(groups: _Groups, names: pa.Array, aid: I64) -> Iterator[_Pair]:
    places = groups.places
    rows = list(map(_Row, places.tolist(), names.take(pa.array(places)).to_pylist(), aid[places].tolist()))
    bounds = [*np.flatnonzero(groups.rank == 0).tolist(), len(rows)]
    for start, end in pairwise(bounds):
        yield from _share_nik(rows[start:end])


def _share_nik(group: Sequence[_Row]) -> Iterator[_Pair]:
    """Tell a row that comes twice from two people under one NIK."""
    first = group[0]
    seen: dict[int, _Row] = {}
    for row in group:
        if not _alike(row.name, first.name, _SAME_NAME):
            yield _Pair(row.place, first.place, "NIK_SHARED")
        elif row.aid in seen:
            yield _Pair(row.place, seen[row.aid].place, "ROW_DUPLICATE")
        seen.setdefault(row.aid, row)


def _similar(groups: _Groups, facts: _Facts) -> Iterator[_Pair]:
    """Pair each row with the first before it in its group that seems to be the same person's."""
    some = [_doubtful(groups.places[lag:][far], groups.places[:-lag][far], facts) for lag, far in _lags(groups)]
    pairs = np.concatenate([np.empty((2, 0), np.int64), *some], axis=1)
    pairs = pairs[:, np.lexsort(pairs[::-1])]
    texts = [facts.names.take(pa.array(side)).to_pylist() for side in pairs]
    told = -1
    for place, other, own, others in zip(*pairs.tolist(), *texts, strict=True):
        if place != told and _alike(own, others, _NEAR_NAME):
            told = place
            yield _Pair(place, other, "ROW_SIMILAR")


def _lags(groups: _Groups) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield each distance at which two rows of a group stand, and which rows have another so far before them."""
    for lag in range(1, int(groups.rank.max(initial=0)) + 1):
        yield lag, groups.rank[lag:] >= lag


def _doubtful(places: I64, others: I64, facts: _Facts) -> I64:
    """Keep pairs that begin alike, and whose NIKs are one slip apart or whose date is one, without two sound NIKs."""
    initial = facts.initial[places]
    alike = (initial == facts.initial[others]) & (initial != NOTHING)
    places, others = places[alike], others[alike]
    one, two = facts.niks[places], facts.niks[others]
    both = (one[:, 0] != NO_DIGIT) & (two[:, 0] != NO_DIGIT)
    born = facts.birth[places]
    dated = (born != NOTHING) & (born == facts.birth[others])
    kept = np.where(both, _one_slip(one, two), dated)
    return np.stack([places[kept], others[kept]])


def _one_slip(one: U8, two: U8) -> NDArray[np.bool_]:
    """Tell which numbers, uint8[n, 16], differ in one digit, or in two neighbours that changed places."""
    apart = one != two
    count = apart.sum(axis=1)
    swapped = apart[:, :-1] & apart[:, 1:] & (one[:, :-1] == two[:, 1:]) & (one[:, 1:] == two[:, :-1])
    return np.asarray((count == 1) | ((count == 2) & swapped.any(axis=1)))


def one_slip(one: str, other: str) -> bool:
    """Tell whether two numbers of 16 digits are one slip apart; the same number is."""
    octets = (np.frombuffer(each.encode(), np.uint8).reshape(1, -1) for each in (one, other))
    return one == other or bool(_one_slip(*octets)[0])


def _alike(one: str | None, other: str | None, least: float) -> bool:
    """Compare names without their spaces; one may also be a part of the other. A missing name denies nothing."""
    if one is None or other is None or one == other:
        return True
    if set(one.split()) <= set(other.split()) or set(other.split()) <= set(one.split()):
        return True
    return SequenceMatcher(None, one.replace(" ", ""), other.replace(" ", ""), autojunk=False).ratio() >= least


def _table(records: pa.Table, pairs: Sequence[_Pair]) -> pa.Table:
    here = pa.array([pair.place for pair in pairs], pa.int64())
    there = pa.array([pair.other for pair in pairs], pa.int64())
    places = [records[field].take(at) for at in (here, there) for field in ("sheet", "row")]
    columns = [*places, pa.chunked_array([pa.array([pair.code for pair in pairs], pa.string())])]
    return pa.Table.from_arrays(columns, schema=DUPLICATE_SCHEMA)
