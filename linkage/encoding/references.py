"""The agency's own name for a row: a keyed reference that only the agency can lead back to its list.

`ref = HMAC(agency-local key, canonical identity fields ‖ programme ‖ period ‖ occurrence number)`: the same row keeps
its reference from file to file, and nobody without the agency's key can compute or test one.
"""

from __future__ import annotations

import hmac
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding.keys import Secret, derive
from linkage.encoding.tokens import TOKEN

FIELDS = ("nik", "kk", "name", "birth_date", "sex", "village", "programme", "period")
SEPARATOR = "\x1f"


def refer(records: pa.Table, local_key: Secret) -> pa.FixedSizeBinaryArray:
    """Return each record's reference: fixed_size_binary(32)[n], distinct within the table."""
    key = derive(local_key, "ref/v1").expose()
    columns = [pc.fill_null(pc.cast(records[field].combine_chunks(), pa.string()), "") for field in FIELDS]
    seen: Counter[str] = Counter()
    refs = []
    for value in pc.binary_join_element_wise(*columns, SEPARATOR).to_pylist():
        seen[value] += 1
        refs.append(hmac.digest(key, f"{value}{SEPARATOR}{seen[value]}".encode(), "sha256"))
    return pa.array(refs, TOKEN)
