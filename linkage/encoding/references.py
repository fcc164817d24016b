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

FIELDS = ("nik", "kk", "name", "birth_date", "sex", "village", "programme", "period")
SEPARATOR = "\x1f"


def refer(records: pa.Table, local_key: Secret) -> pa.FixedSizeBinaryArray:
    """Return each record's reference: fixed_size_binary(32)[n], distinct within the table."""
    columns = [pc.fill_null(pc.cast(records[field].combine_chunks(), pa.string()), "") for field in FIELDS]
    rows = pc.binary_join_element_wise(*columns, SEPARATOR)
    numbered = pc.binary_join_element_wise(rows, pa.array(_occurrences(rows)).cast(pa.string()), SEPARATOR)
    return to_arrow(macs(numbered, derive(local_key, "ref/v1")))


def _occurrences(rows: pa.Array) -> NDArray[np.int64]:
    """Return how often each row's value has come by then, itself counted."""
    codes = rows.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    lengths = np.diff(begins, append=len(codes))
    numbers = np.empty(len(codes), np.int64)
    numbers[order] = np.arange(1, len(codes) + 1) - np.repeat(begins, lengths)
    return numbers
