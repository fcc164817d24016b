"""The merge: handle maps, token agreements and similarities in, candidate record pairs out.

Never sees a cell, a filter, or what a token stands for (security.md §2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError, require
from linkage.matching.pairs import Alike, Ids, Met, alike, distinct, met
from linkage.matching.passes import Pass

Flags = NDArray[np.bool_]
RANGE = 1 << 22
"""Pairs that are written at once."""
Levels = NDArray[np.int8]

ANCHORS = ("date", "year", "village", "nik")
RECORD = "record"
"""The anchor of no parts, in whose one cell all records meet: only policies with unsafe fields have it."""
TOKEN = "token"  # noqa: S105 -- the name of a compartment, not a secret
CANDIDATES = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("dice", pa.float32()),
        ("date", pa.int8()),
        ("place", pa.int8()),
        ("nik", pa.int8()),
        ("kk", pa.int8()),
    ]
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the merge found.

    `records` int64, sorted: every record of the handle map. Beside it `nik` and `kk` int64: a code for its token, -1
    without; `dated`, `placed` bool: it has a date, a village; `bare` bool: neither NIK, date nor sex, so it is in two
    cells of its village.
    `somewhere` bool: it has a filter of any anchor.
    `candidates`: `CANDIDATES`, sorted by left, right; left < right by record id; -1 or NaN is missing. `starred`: NIK
    tokens too common to pair fully; `unpaired`: the pairs of theirs that were left out; `apart`: candidates that a
    topology left out.
    """

    records: Ids
    nik: Ids
    kk: Ids
    dated: Flags
    placed: Flags
    bare: Flags
    somewhere: Flags
    candidates: pa.Table
    starred: int
    unpaired: int = 0
    apart: int = 0

    @property
    def full(self) -> Flags:
        """Say which records have NIK, date and village."""
        return np.asarray((self.nik >= 0) & self.dated & self.placed, bool)


def compare(handle_map: pa.Table, tokens: pa.Table, passes: Mapping[str, Pass], nik_cap: int) -> Comparison:
    """Bring the passes and the token agreements together.

    `handle_map`: record int64, compartment string or dictionary, handle int64. `tokens`: handle int64, nik and kk
    fixed_size_binary(32) or null. `passes`: by anchor (the NIK anchor's made with floor 0). Raises MISSING_COLUMN,
    UNKNOWN_ANCHOR, UNKNOWN_HANDLE, HANDLE_TWICE, TOKEN_TWICE.
    """
    require(handle_map, ("record", "compartment", "handle"), "handle map")
    require(tokens, ("handle", "nik", "kk"), "tokens")
    if unknown := sorted(set(passes) - {*ANCHORS, RECORD}):
        raise MatchingError("UNKNOWN_ANCHOR", f"expected {', '.join(ANCHORS)}; got {len(unknown)} more", place="pairs")
    records = distinct(handle_map["record"].to_numpy())
    meetings, has, twice = dict[str, Met](), dict[str, Flags](), np.zeros(len(records), bool)
    # One anchor after another: what its handles take is free before the next one's.
    for name in (*ANCHORS, RECORD):
        owners = _owners(handle_map, records, name)
        meetings[name] = _meet(passes.get(name), owners, len(records), name)
        times = np.bincount(owners.records, minlength=len(records))
        has[name] = times > 0
        twice |= (times > 1) & (name == "village")
    owners = _owners(handle_map, records, TOKEN)
    nik, kk = (_codes(tokens, name, owners, len(records)) for name in ("nik", "kk"))
    same = alike(nik, nik_cap)
    bare = (nik < 0) & ~has["date"] & twice
    merged = _Merged(records, has, meetings, nik, kk, same)
    somewhere = np.logical_or.reduce(list(has.values()))
    seen = has["date"], has["village"], bare, somewhere
    return Comparison(records, nik, kk, *seen, _table(merged), same.starred, same.unpaired)


@dataclass(frozen=True, slots=True)
class _Owners:
    """Sorted `handles` of one compartment and the position of the record that each belongs to."""

    handles: Ids
    records: Ids

    def find(self, handles: Ids, place: str) -> Ids:
        at = np.minimum(np.searchsorted(self.handles, handles), len(self.handles) - 1)
        if len(handles) and (not len(self.handles) or (self.handles[at] != handles).any()):
            raise MatchingError("UNKNOWN_HANDLE", "expected every handle in the handle map", place=place)
        return self.records[at] if len(handles) else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class _Merged:
    records: Ids
    has: Mapping[str, Flags]
    meetings: Mapping[str, Met]
    nik: Ids
    kk: Ids
    same: Alike


def _owners(handle_map: pa.Table, records: Ids, compartment: str) -> _Owners:
    mine = handle_map.filter(pc.equal(handle_map["compartment"], compartment))
    handles, where = mine["handle"].to_numpy(), _positions(mine["record"].to_numpy(), records)
    order = np.argsort(handles)
    handles, where = handles[order], where[order]
    if (handles[1:] == handles[:-1]).any():
        raise MatchingError("HANDLE_TWICE", "expected each handle once in its compartment", place=compartment)
    return _Owners(handles, where)


def _positions(values: Ids, records: Ids) -> Ids:
    """Return where each value stands among the records: asked for in order, which a cache likes better."""
    order = np.argsort(values)
    places = np.empty(len(values), np.int64)
    places[order] = np.searchsorted(records, values[order])
    return places


def _meet(found: Pass | None, owners: _Owners, n: int, anchor: str) -> Met:
    if found is None:
        return Met(np.empty(0, np.int64), np.empty(0, np.float32))
    pairs = found.pairs
    require(pairs, ("left", "right", "dice"), anchor)
    one, other = (owners.find(pairs[side].to_numpy(), anchor) for side in ("left", "right"))
    return met(one, other, pairs["dice"].to_numpy(), n)


def _codes(tokens: pa.Table, column: str, owners: _Owners, n: int) -> Ids:
    """Write the tokens of a column as numbers by record position, -1 where there is none."""
    at = owners.find(tokens["handle"].to_numpy(), TOKEN)
    if len(distinct(at)) != len(at):
        raise MatchingError("TOKEN_TWICE", "expected one row of tokens a record", place=TOKEN)
    encoded = tokens[column].combine_chunks().dictionary_encode()
    codes = np.full(n, -1, np.int64)
    codes[at] = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return codes


def _table(merged: _Merged) -> pa.Table:
    """Write the candidates range by range, so that what a range takes beside its rows is bounded."""
    sets = [*(each.keys for each in merged.meetings.values()), merged.same.keys]
    n = max(1, len(merged.records))
    parts = max(1, sum(map(len, sets)) // RANGE)
    bounds = [n * (n * part // parts) for part in range(parts + 1)]
    edges = [np.searchsorted(each, np.array(bounds)) for each in sets]
    rows = []
    for low, high in zip(np.transpose(edges)[:-1].tolist(), np.transpose(edges)[1:].tolist(), strict=True):
        ranges = [slice(*each) for each in zip(low, high, strict=True)]
        keys = distinct(np.concatenate([each[part] for each, part in zip(sets, ranges, strict=True)]))
        met_by = zip(merged.meetings.items(), ranges, strict=False)
        dice = {name: Met(each.keys[part], each.dice[part]).look_up(keys) for (name, each), part in met_by}
        rows.append(_rows(merged, keys, dice))
    return pa.concat_tables(rows)


def _rows(merged: _Merged, keys: Ids, dice: Mapping[str, NDArray[np.float32]]) -> pa.Table:
    left, right = np.divmod(keys, max(1, len(merged.records)))
    nik = _agree(merged.nik, left, right)
    nik_name = _nik_name(dice["nik"], nik, merged.has["nik"], left, right)
    # Under its floor a pass is silent: a pair known by its NIK alone may share a date and a village all the same.
    silent = np.isnan(dice["date"]) & np.isnan(dice["year"]) & np.isnan(dice["village"])
    columns = {
        "left": merged.records[left],
        "right": merged.records[right],
        "dice": np.fmax.reduce([dice["date"], dice["year"], dice["village"], dice[RECORD], nik_name]),
        "date": _date(dice, merged.has["date"], left, right, silent),
        "place": _place(dice, merged.has["village"], left, right, silent),
        "nik": nik,
        "kk": _agree(merged.kk, left, right),
    }
    return pa.table(columns, schema=CANDIDATES)


def _agree(codes: Ids, left: Ids, right: Ids) -> Levels:
    agreed = (codes[left] == codes[right]).astype(np.int8)
    return np.where((codes[left] < 0) | (codes[right] < 0), np.int8(-1), agreed)


def _nik_name(dice: NDArray[np.float32], nik: Levels, has: Flags, left: Ids, right: Ids) -> NDArray[np.float32]:
    """Give same-NIK pairs the Dice of the NIK anchor: 0 if both have a filter there and did not reach its floor."""
    unmet = np.where(has[left] & has[right], np.float32(0.0), np.float32(np.nan))
    return np.where(nik == 1, np.where(np.isnan(dice), unmet, dice), np.float32(np.nan))


def _date(dice: Mapping[str, NDArray[np.float32]], has: Flags, left: Ids, right: Ids, silent: Flags) -> Levels:
    """Level the dates.

    2: met on a date; 1: met on a year and sex only; 0: both have dates and met on neither; -1: one lacks, or silent.
    """
    missing = silent | ~(has[left] & has[right])
    level = np.where(missing, np.int8(-1), np.int8(0))
    level[~np.isnan(dice["year"])] = 1
    level[~np.isnan(dice["date"])] = 2
    return level


def _place(dice: Mapping[str, NDArray[np.float32]], has: Flags, left: Ids, right: Ids, silent: Flags) -> Levels:
    missing = silent | ~(has[left] & has[right])
    level = np.where(missing, np.int8(-1), np.int8(0))
    level[~np.isnan(dice["village"])] = 1
    return level
