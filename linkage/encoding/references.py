"""The agency's own name for a row: a keyed reference that only the agency can lead back to its list.

`ref = HMAC(agency-local key, canonical identity fields ‖ programme ‖ period ‖ occurrence number)`: the same row keeps
its reference from file to file, and nobody without the agency's key can compute or test one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.encoding.keys import Secret, derive
from linkage.encoding.tokens import macs, to_arrow
from linkage.layering.schema import SCHEMA as AID

FIELDS = ("nik", "kk", "name", "birth_date", "sex", "village", "programme", "period")
SEPARATOR = "\x1f"


def refer(records: pa.Table, local_key: Secret) -> pa.FixedSizeBinaryArray:
    """Return each record's reference: fixed_size_binary(32)[n], distinct within the table."""
    columns = [pc.fill_null(pc.cast(records[field].combine_chunks(), pa.string()), "") for field in FIELDS]
    rows = pc.binary_join_element_wise(*columns, SEPARATOR)
    numbered = pc.binary_join_element_wise(rows, pa.array(_occurrences(rows)).cast(pa.string()), SEPARATOR)
    return to_arrow(macs(numbered, derive(local_key, "ref/v1")))


def digest(records: pa.Table, local_key: Secret) -> pa.FixedSizeBinaryArray:
    """Return a keyed digest of what each record says of person and aid, fixed_size_binary(32)[n].

    The agency keeps it beside a reference, to see whether a row has changed; without its key nobody can test one.
    """
    said = [name for name in (*FIELDS, *AID.names) if name in records.column_names]
    columns = [_text(records[name].combine_chunks()) for name in dict.fromkeys(said)]
    return to_arrow(macs(pc.binary_join_element_wise(*columns, SEPARATOR), derive(local_key, "content/v1")))


def refer_corrections(
    earlier: pa.FixedSizeBinaryArray, digests: pa.FixedSizeBinaryArray, local_key: Secret
) -> pa.FixedSizeBinaryArray:
    """Return the references of rows that replace `earlier` ones and say what `digests` are of; the same again."""
    pairs = [one + other for one, other in zip(earlier.to_pylist(), digests.to_pylist(), strict=True)]
    return to_arrow(macs(pa.array([pair.hex() for pair in pairs], pa.string()), derive(local_key, "correction/v1")))


def _text(values: pa.Array) -> pa.Array:
    words = pc.binary_join(values, ",") if pa.types.is_list(values.type) else pc.cast(values, pa.string())
    return pc.fill_null(words, "")


def _occurrences(rows: pa.Array) -> NDArray[np.int64]:
    """Return how often each row's value has come by then, itself counted."""
    codes = rows.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    lengths = np.diff(begins, append=len(codes))
    numbers = np.empty(len(codes), np.int64)
    numbers[order] = np.arange(1, len(codes) + 1) - np.repeat(begins, lengths)
    return numbers
