"""Records whose truth is known, in the columns that an agency would encode. Synthetic or published data, never a list.

No NIK and no KK is in them: what is evaluated is the linkage of those who have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.evaluation.errors import EvaluationError
from linkage.identity import RECORD_SCHEMA
from linkage.matching.pairs import Ids

GIVEN = {"nik_status": "none", "kk_status": "none", "sheet": "", "programme": "ZAKAT", "mononym": False}


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """`records` (`identity.RECORD_SCHEMA`) and beside each, `person` int64[n]: who it is.

    `side` int8[n]: 0 or 1 where there are two files, each free of duplicates; None for one list with duplicates.
    `groups`: name → positions int64 of the records in it. `parts`: what an anchor can be made of here. Does not print.
    """

    name: str
    records: pa.Table
    person: Ids
    side: NDArray[np.int8] | None
    groups: Mapping[str, Ids]
    parts: frozenset[str]

    def __post_init__(self) -> None:
        if len(self.records) != len(self.person) or (self.side is not None and len(self.side) != len(self.person)):
            raise EvaluationError("DATASET_SHAPE", "expected a person, and a side if any, for each record")
        if not len(self.records):
            raise EvaluationError("DATASET_EMPTY", "expected at least one record")


def tabulate(columns: Mapping[str, Any], count: int) -> pa.Table:
    """Return `RECORD_SCHEMA` with the given columns; what is not given is missing, as if the list did not show it."""
    arrays = []
    for field in RECORD_SCHEMA:
        if field.name in columns:
            arrays.append(pa.array(columns[field.name], field.type))
        elif field.name == "row":
            arrays.append(pa.array(np.arange(1, count + 1), field.type))
        elif field.nullable and field.name not in GIVEN:
            arrays.append(pa.nulls(count, field.type))
        else:
            arrays.append(pa.array([GIVEN.get(field.name, False)] * count, field.type))
    return pa.Table.from_arrays(arrays, schema=RECORD_SCHEMA)
