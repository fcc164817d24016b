"""The vocabulary of injected faults: one bit a fault in an int64 array, one list of names a row in the truth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from linkage.synth.randomness import Ints

FAULTS = (
    "duplicate",
    "nik_none",
    "nik_unsound",
    "nik_o_for_zero",
    "nik_zeroed",
    "nik_typo_substituted",
    "nik_typo_transposed",
    "nik_typo_length",
    "nik_typo_neighbour",
    "nik_fill_down",
    "nik_same_in_file",
    "nik_second",
    "nik_file_damaged",
    "kk_invalid",
    "birth_date_none",
    "birth_date_wrong",
    "birth_date_swapped",
    "birth_date_month_first",
    "sex_none",
    "sex_wrong",
    "name_title",
    "name_abbreviated",
    "name_old_spelling",
    "name_spacing",
    "name_dropped",
    "name_filiation",
    "name_typo",
)
_BITS = {name: 1 << position for position, name in enumerate(FAULTS)}


def flag(name: str) -> int:
    """Give the bit of a fault."""
    return _BITS[name]


def list_faults(bits: Ints) -> pa.Array:
    """Turn bits into lists of fault names (list<string>), in the order of `FAULTS`."""
    rows, columns = np.nonzero(bits[:, None] >> np.arange(len(FAULTS)) & 1)
    offsets = np.searchsorted(rows, np.arange(len(bits) + 1)).astype(np.int32)
    names = pa.array(FAULTS).take(pa.array(columns))
    return pa.ListArray.from_arrays(pa.array(offsets), names)
