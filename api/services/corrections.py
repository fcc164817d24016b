"""Find which earlier row of its agency a row replaces. It changes no row: a correction does not rewrite the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session

from api.centre import Centre
from api.errors import ServiceError
from api.services import own_rows
from api.services.intake import Accepted
from linkage.encoding.submission import AID, CORRECTS

Corrections: TypeAlias = Mapping[bytes, int]
"""The record of each reference that a submission names as corrected."""


def resolve(centre: Centre, accepted: Accepted) -> Corrections:
    """Return the records of all references that a submission corrects.

    Raises ServiceError CORRECTION_UNKNOWN where one is of no visible row of the agency's own, naming the row.
    """
    submission = accepted.submission
    columns = [submission.group(number)[CORRECTS.name].combine_chunks() for number in range(submission.groups)]
    whole = pa.chunked_array(columns, CORRECTS.type).combine_chunks()
    named = pc.drop_null(whole).unique()
    with Session(centre.store) as session:
        records = own_rows.find(session, centre, accepted.envelope.header.agency, named)
    found = {ref: record for ref, record in zip(named.to_pylist(), records, strict=True) if record is not None}
    if len(found) < len(named):
        first = next(at for at, ref in enumerate(whole.to_pylist(), 1) if ref is not None and ref not in found)
        hint = "send it without a correction if the earlier row was withdrawn"
        raise ServiceError(
            "CORRECTION_UNKNOWN", "corrects a row that is not there", place=f"row {first}, column corrects", hint=hint
        )
    return found


def content(table: pa.Table, replaced: Corrections) -> pa.Table:
    """Return what of a submission's rows is stored as content: lists as words, `corrects` as a record."""
    records = [None if ref is None else replaced[ref] for ref in table[CORRECTS.name].to_pylist()]
    columns = {
        field.name: pc.binary_join(table[field.name], " ") if pa.types.is_list(field.type) else table[field.name]
        for field in AID
    }
    return pa.table({**columns, "corrects": pa.array(records, pa.int64())})
