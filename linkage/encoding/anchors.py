"""Where records may meet: the anchor values of each record, and their tokens and salts. Never keeps a value.

A record that shows two birth dates or two sexes (column against NIK), or no sex, has an anchor value for each
possibility: what is doubtful must not keep a person apart from herself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding.bloom import SALT_BYTES
from linkage.encoding.keys import Secret, derive
from linkage.encoding.policy import Anchor
from linkage.encoding.qgrams import I64, U8
from linkage.encoding.tokens import TOKEN_BYTES, macs, to_arrow

SEXES = ("L", "P")
HEAPED = "-(12-31|07-01|[0-9]{2}-15)$"
NOTHING = -1
WOMEN_ADD = 40
"""A woman's NIK shows her day of birth plus 40."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """The anchor values of m (record, value) pairs: row int64[m]; token fixed_size_binary(32)[m]; salt uint8[m, 12]."""

    rows: I64
    tokens: pa.FixedSizeBinaryArray
    salts: U8


def meetings(records: pa.Table, anchor: Anchor, epoch_key: Secret) -> Meetings:
    """Return where each record meets others under `anchor`; a record that lacks a part does not appear.

    `records` has the columns of `identity.RECORD_SCHEMA`; rows without a name are left out by the caller.
    """
    alternatives = [_alternatives(records, part) for part in anchor.parts]
    if anchor.narrow_heaped and "birth_date" in anchor.parts:
        dates, regency = anchor.parts.index("birth_date"), _shown(records["regency"].combine_chunks())
        alternatives[dates] = [_narrowed(each, regency) for each in alternatives[dates]]
    rows, shown = _product(alternatives, len(records))
    tokens, salts = (
        np.frombuffer(macs(shown.values, derive(epoch_key, f"anchor/{anchor.name}/{what}/v1")), np.uint8)
        .reshape(-1, TOKEN_BYTES)
        .take(shown.codes, axis=0)
        for what in ("token", "salt")
    )
    return Meetings(rows, to_arrow(tokens), np.ascontiguousarray(salts[:, :SALT_BYTES]))


@dataclass(frozen=True, slots=True)
class _Shown:
    """What each record may show: `codes` int64[n] into `values`, string[k]; -1 where it shows nothing."""

    codes: I64
    values: pa.Array


def _shown(column: pa.Array, write: Callable[[pa.Array], pa.Array] | None = None) -> _Shown:
    """Return a column's distinct values, written as text once each."""
    encoded = column.dictionary_encode()
    values = write(encoded.dictionary) if write else encoded.dictionary
    return _Shown(pc.fill_null(encoded.indices, NOTHING).to_numpy(zero_copy_only=False).astype(np.int64), values)


def _alternatives(records: pa.Table, part: str) -> list[_Shown]:
    """Return what a part's value may be taken from."""
    if part in ("birth_date", "birth_year"):
        form = "%Y-%m-%d" if part == "birth_date" else "%Y"
        first, second = (records[column].combine_chunks() for column in ("birth_date", "nik_birth_date"))
        same = pc.equal(first, second) if part == "birth_date" else pc.equal(pc.year(first), pc.year(second))
        others = [first, _unless(same, second)]
        return [_shown(column, lambda days: pc.strftime(days, format=form)) for column in others]
    if part == "sex":
        return [_shown(column) for column in _sexes(records)]
    column = records["village" if part == "district" else part].combine_chunks()
    if part == "district":
        return [_shown(column, lambda villages: pc.utf8_slice_codeunits(villages, 0, len("18.01.01")))]
    return [_shown(column)]


def _narrowed(shown: _Shown, regency: _Shown) -> _Shown:
    """Add the regency to heaped days (31 December, 1 July, the 15th): a rule about the record, never its cell."""
    heaped = pc.match_substring_regex(shown.values, HEAPED).to_numpy(zero_copy_only=False)
    if not heaped.any():
        return shown
    places = pa.concat_arrays([pc.binary_join_element_wise("@", regency.values, ""), pa.array([""])])
    return _joined(shown, _Shown(np.where(heaped[shown.codes], regency.codes, len(places) - 1), places), "")


def _sexes(records: pa.Table) -> list[pa.Array]:
    """Return sex as shown, and the other one where the NIK says otherwise or nothing is shown."""
    shown = records["sex"].combine_chunks()
    other = pc.if_else(pc.equal(shown, SEXES[0]), SEXES[1], SEXES[0])
    day = pc.cast(pc.utf8_slice_codeunits(records["nik"].combine_chunks(), 6, 8), pa.int8())
    by_nik = pc.if_else(pc.greater(day, WOMEN_ADD), "P", "L")
    contradicted = pc.fill_null(pc.not_equal(shown, by_nik), False)
    unknown = pc.is_null(shown)
    first = pc.fill_null(shown, SEXES[0])
    second = pc.if_else(pc.or_(contradicted, unknown), pc.if_else(unknown, SEXES[1], other), None)
    return [first, second]


def _unless(same: pa.Array, second: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(same, False), None, second)


def _joined(left: _Shown, right: _Shown, separator: str) -> _Shown:
    """Join two values of each record, each distinct pair once; nothing where one of them is nothing."""
    both = (left.codes != NOTHING) & (right.codes != NOTHING)
    size = max(1, len(right.values))
    pairs = _shown(pa.array(left.codes * size + right.codes, mask=~both))
    at = np.divmod(pairs.values.to_numpy(), size)
    texts = [shown.values.take(pa.array(of)) for shown, of in zip((left, right), at, strict=True)]
    return _Shown(pairs.codes, pc.binary_join_element_wise(*texts, separator))


def _product(alternatives: list[list[_Shown]], rows: int) -> tuple[I64, _Shown]:
    """Return (rows, joined values) for every combination of the parts' alternatives in which nothing is missing."""
    combined = [_Shown(np.zeros(rows, np.int64), pa.array([""]))]
    for at, columns in enumerate(alternatives):
        some = [each for each in columns if len(each.values)]
        combined = [_joined(left, right, "|") for left in combined for right in some] if at else some
    found = [np.flatnonzero(each.codes != NOTHING) for each in combined]
    starts = np.cumsum([0, *(len(each.values) for each in combined)])
    codes = [each.codes[at] + start for each, at, start in zip(combined, found, starts[:-1], strict=True)]
    # One value may come from two alternatives: say each once.
    values = _shown(pa.concat_arrays([pa.array([], pa.string()), *(each.values for each in combined)]))
    nothing = np.empty(0, np.int64)
    return np.concatenate([nothing, *found]), _Shown(values.codes[np.concatenate([nothing, *codes])], values.values)
