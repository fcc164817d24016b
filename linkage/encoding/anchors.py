"""Where records may meet: the anchor values of each record, and their tokens and salts. Never keeps a value.

A record that shows two birth dates or two sexes (column against NIK), or no sex, has an anchor value for each
possibility: what is doubtful must not keep a person apart from herself.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding.bloom import SALT_BYTES
from linkage.encoding.keys import Secret, derive
from linkage.encoding.policy import Anchor
from linkage.encoding.qgrams import I64, U8
from linkage.encoding.tokens import TOKEN, TOKEN_BYTES

SEXES = ("L", "P")
HEAPED = "-(12-31|07-01|[0-9]{2}-15)$"
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
        dates = anchor.parts.index("birth_date")
        alternatives[dates] = [_narrowed(shown, records["regency"].combine_chunks()) for shown in alternatives[dates]]
    rows, values = _product(alternatives, len(records))
    encoded = values.dictionary_encode()
    distinct = [value.encode() for value in encoded.dictionary.to_pylist()]
    token_key = derive(epoch_key, f"anchor/{anchor.name}/token/v1").expose()
    salt_key = derive(epoch_key, f"anchor/{anchor.name}/salt/v1").expose()
    tokens = b"".join(hmac.digest(token_key, value, "sha256") for value in distinct)
    salts = b"".join(hmac.digest(salt_key, value, "sha256")[:SALT_BYTES] for value in distinct)
    index = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    token_bytes = np.frombuffer(tokens, np.uint8).reshape(-1, TOKEN_BYTES)[index]
    return Meetings(
        rows=rows,
        tokens=pa.Array.from_buffers(TOKEN, len(rows), [None, pa.py_buffer(np.ascontiguousarray(token_bytes))]),
        salts=np.frombuffer(salts, np.uint8).reshape(-1, SALT_BYTES)[index],
    )


def _alternatives(records: pa.Table, part: str) -> list[pa.Array]:
    """Return the columns (string[n], null where there is none) that a part's value may be taken from."""
    if part in ("birth_date", "birth_year"):
        form = "%Y-%m-%d" if part == "birth_date" else "%Y"
        dates = [records["birth_date"], records["nik_birth_date"]]
        shown = [pc.strftime(column.combine_chunks(), format=form) for column in dates]
        return [shown[0], _unless_equal(shown[1], shown[0])]
    if part == "sex":
        return _sexes(records)
    if part == "district":
        return [pc.utf8_slice_codeunits(records["village"].combine_chunks(), 0, len("18.01.01"))]
    return [records[part].combine_chunks()]


def _narrowed(shown: pa.Array, regency: pa.Array) -> pa.Array:
    """Add the regency to heaped days (31 December, 1 July, the 15th): a rule about the record, never its cell."""
    heaped = pc.match_substring_regex(shown, HEAPED)
    return pc.if_else(heaped, pc.binary_join_element_wise(shown, regency, "@"), shown)


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


def _unless_equal(second: pa.Array, first: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(pc.equal(second, first), False), None, second)


def _product(alternatives: list[list[pa.Array]], rows: int) -> tuple[I64, pa.Array]:
    """Return (rows, joined values) for every combination of the parts' alternatives without a null."""
    if not alternatives:
        return np.arange(rows, dtype=np.int64), pa.array([""] * rows, pa.string())
    combined = [pc.cast(alternatives[0][i], pa.string()) for i in range(len(alternatives[0]))]
    for columns in alternatives[1:]:
        combined = [pc.binary_join_element_wise(left, right, "|") for left in combined for right in columns]
    at = [np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False)) for column in combined]
    values = pa.chunked_array([column.drop_null() for column in combined], pa.string()).combine_chunks()
    return np.concatenate(at).astype(np.int64), values
