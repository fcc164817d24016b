"""Find rows of one file that seem to say the same thing twice. Marks them for a person; never drops or joins a row.

Looks inside the file only, at the agency; nothing of it leaves. Compares rows that share a NIK, most of one, or a birth
date, within groups of at most `LARGEST_GROUP`: a larger one is a default date, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

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
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    """What is compared of a row: its place among the records, and who it is about."""

    place: int
    nik: str | None
    name: str | None
    birth: object
    aid: tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Pair:
    place: int
    other: int
    code: str


def find(records: pa.Table) -> pa.Table:
    """Return DUPLICATE_SCHEMA: a row, an earlier one of the file, and ROW_DUPLICATE, NIK_SHARED or ROW_SIMILAR."""
    joined = records.select(["nik", "name", "birth_date", "regency", "programme", "period"]).combine_chunks()
    # A slip in the digits leaves the first seven or the last seven as they are.
    for name, start, stop in (("head", 0, 7), ("tail", 9, 16)):
        joined = joined.append_column(name, pc.utf8_slice_codeunits(joined["nik"], start, stop))
    found: dict[tuple[int, int], str] = {}
    for group in _groups(joined, ["nik"]):
        found.update({(pair.place, pair.other): pair.code for pair in _share_nik(group)})
    for key in (["head", "name"], ["tail", "name"], ["birth_date", "regency"]):
        for group in _groups(joined, [*key, "programme", "period"]):
            for pair in _similar(group):
                found.setdefault((pair.place, pair.other), pair.code)
    return _table(records, [_Pair(place, other, code) for (place, other), code in sorted(found.items())])


def _groups(records: pa.Table, keys: Sequence[str]) -> Iterator[list[_Row]]:
    """Yield the rows that share values, if there are at least two and not too many; the first key is never empty."""
    texts = [pc.fill_null(pc.cast(records[key], pa.string()), "") for key in keys]
    codes = pc.binary_join_element_wise(*texts, _SEPARATOR).combine_chunks().dictionary_encode().indices.to_numpy()
    counts = np.bincount(codes)
    # Numbers are few to a person, so that a large group of them is a fault to be told as well.
    most = LARGEST_GROUP if keys[0] != "nik" else len(codes)
    known = records[keys[0]].is_valid().to_numpy()
    shared = np.flatnonzero((counts[codes] > 1) & (counts[codes] <= most) & known)
    order = shared[np.argsort(codes[shared], kind="stable")]
    rows = _rows(records, order)
    bounds = [0, *(np.flatnonzero(np.diff(codes[order])) + 1).tolist(), len(rows)]
    yield from (rows[start:end] for start, end in pairwise(bounds) if end > start)


def _rows(records: pa.Table, places: NDArray[np.int64]) -> list[_Row]:
    taken = records.take(pa.array(places))
    niks, names, births, programmes, periods = (
        taken[field].to_pylist() for field in ("nik", "name", "birth_date", "programme", "period")
    )
    aid = zip(programmes, periods, strict=True)
    return list(map(_Row, places.tolist(), niks, names, births, aid))


def _share_nik(group: Sequence[_Row]) -> Iterator[_Pair]:
    """Tell a row that comes twice from two people under one NIK."""
    first = group[0]
    seen: dict[tuple[str, str | None], _Row] = {}
    for row in group:
        if not _alike(row.name, first.name, _SAME_NAME):
            yield _Pair(row.place, first.place, "NIK_SHARED")
        elif row.aid in seen:
            yield _Pair(row.place, seen[row.aid].place, "ROW_DUPLICATE")
        seen.setdefault(row.aid, row)


def _similar(group: Sequence[_Row]) -> Iterator[_Pair]:
    for index, row in enumerate(group):
        other = next((one for one in group[:index] if _is_similar(row, one)), None)
        if other:
            yield _Pair(row.place, other.place, "ROW_SIMILAR")


def _is_similar(row: _Row, other: _Row) -> bool:
    """Ask for nearly the same name, and for NIKs one slip apart, or for a shared date and no two sound NIKs."""
    if row.name is None or other.name is None or row.name[0] != other.name[0]:
        return False
    if row.nik and other.nik:
        doubtful = row.nik != other.nik and one_slip(row.nik, other.nik)
    else:
        doubtful = row.birth is not None and row.birth == other.birth
    return doubtful and _alike(row.name, other.name, _NEAR_NAME)


def one_slip(one: str, other: str) -> bool:
    """Tell whether two numbers of equal length differ in one digit, or in two neighbours that changed places."""
    apart = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(apart) == 2 and apart[1] == apart[0] + 1:
        return one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]
    return len(apart) <= 1


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
