"""Take an agency's own rows out of the store: they count no more. It touches no row of another agency.

Content, tokens, the sealed reference and its look-up go at once, with all that was said about the row; its filters go
with the next link, which no longer sees it. Handle maps keep random numbers that lead nowhere. What a backup has, it
keeps until it is destroyed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete, insert
from sqlmodel import Session, col

from api.centre import Centre
from api.services import own_rows, unlinking
from api.services.layers import due
from api.store import (
    Content,
    Decision,
    FindingRow,
    Membership,
    Outcome,
    OwnerQuestion,
    Reference,
    Review,
    ReviewOpinion,
    Token,
    Withdrawal,
)
from linkage.encoding.compartments import REFERENCES, TOKENS

_PAIRS = tuple(side for of in (Review, Decision, ReviewOpinion, OwnerQuestion) for side in (of.left, of.right))


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many rows went, and how many references were of no own row (or of one that had gone before)."""

    rows: int
    unknown: int


def withdraw(session: Session, centre: Centre, agency: str, refs: pa.Array) -> Withdrawn:
    """Withdraw own rows by their references, fixed_size_binary(32)[n]; again, it changes nothing.

    Raises ServiceError AGENCY_UNKNOWN or PULL_BUDGET, or VaultError; then nothing is withdrawn.
    """
    own_rows.check(session, centre, agency, len(refs))
    records = own_rows.find(session, centre, agency, refs)
    gone = sorted({record for record in records if record is not None})
    handles = own_rows.handle_map(session, centre, agency) if gone else None
    own_rows.spend(session, centre, agency, len(refs))
    if handles is not None:
        today = centre.clock().astimezone(UTC).date()
        rows = [{"record": record, "agency": agency, "day": today} for record in gone]
        due.forget(session, gone)
        session.connection().execute(insert(Withdrawal), rows)
        unlinking.settle(session, gone, centre.clock())
        _forget(session, gone, handles.filter(pc.is_in(handles["record"], pa.array(gone, pa.int64()))))
    return Withdrawn(len(gone), records.count(None))


def _forget(session: Session, records: Collection[int], handles: pa.Table) -> None:
    for column in (Content.record, Membership.record, Outcome.record, FindingRow.record, *_PAIRS):
        _delete(session, column, records)
    compartment = pc.cast(handles["compartment"], pa.string())
    for name, column in ((TOKENS, Token.handle), (REFERENCES, Reference.handle)):
        _delete(session, column, handles.filter(pc.equal(compartment, name))["handle"].to_pylist())


def _delete(session: Session, column: Any, values: Collection[int]) -> None:
    for part in own_rows.batches(list(values)):
        session.connection().execute(delete(column.class_).where(col(column).in_(part)))
