"""Periods of aid as months: `2026-03`, `2026-Q1`, a year, and stages (`2026-T1`), whose months nobody knows.

A month is an int32: twelve times the year, and January is 0. It knows no calendar day and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Months = NDArray[np.int32]

NEVER = np.int32(-1)
_FORM = r"^(?P<year>\d{4})(?:-(?P<month>\d{2})|-Q(?P<quarter>\d)|-T(?P<stage>\d))?$"


@dataclass(frozen=True, slots=True)
class Spans:
    """Periods as months, arrays of one length: `first` to `last` (both `NEVER` without a period), and `exact`.

    `exact` is false for a year or a stage: the aid came somewhere within the year.
    """

    first: Months
    last: Months
    exact: NDArray[np.bool_]


def month(year: int, number: int) -> int:
    """Return the month of a year, `number` from 1."""
    return 12 * year + number - 1


def read(texts: pa.Array) -> Spans:
    """Read periods of the published form; what is null or of another form has no months."""
    kinds = pc.dictionary_encode(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts)
    spans = [_span(text) for text in kinds.dictionary.to_pylist()] + [(int(NEVER), int(NEVER), False)]
    at = pc.fill_null(kinds.indices, len(spans) - 1).to_numpy(zero_copy_only=False)
    table = np.array(spans, dtype=np.int32)[at]
    return Spans(table[:, 0], table[:, 1], table[:, 2].astype(bool))


def _span(text: str | None) -> tuple[int, int, bool]:
    found = pc.extract_regex(pa.array([text], pa.string()), _FORM)[0].as_py()
    if not found:
        return int(NEVER), int(NEVER), False
    year = int(found["year"])
    if found["month"]:
        at = month(year, int(found["month"]))
        return at, at, True
    if found["quarter"]:
        start = month(year, 3 * int(found["quarter"]) - 2)
        return start, start + 2, True
    return month(year, 1), month(year, 12), False
