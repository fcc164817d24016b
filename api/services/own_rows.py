"""Find an agency's own rows by its references, and count what it asks. It decrypts no reference and names nobody.

A reference is an HMAC under a key that never leaves the agency: to anyone else it is random, so it travels inside TLS
and is not sealed a second time; the process that would open the seal is the one that looks the reference up. Another
agency's reference, a guess and a row that was withdrawn are one and the same here: no own row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from api.centre import Bounds, Centre
from api.errors import ServiceError
from api.services.staging import open_handles
from api.store import Agency, AnswerLimit, HandleBlock, Pull, Reference, Submission, Withdrawal
from linkage.encoding.compartments import HANDLE_MAP, REFERENCES
from vault import hmac_batch, latest_version

AT_ONCE = 10_000
"""Values in one query: SQLite takes 32,766."""


def bounds(session: Session, centre: Centre, agency: str) -> Bounds:
    """Return the agency's own bounds, or the centre's."""
    own = session.get(AnswerLimit, agency)
    return Bounds(own.rows_a_day, own.rows_a_cut) if own else centre.bounds


def allow(store: Engine, agency: str, own: Bounds) -> None:
    """Give an agency bounds of its own; raises ServiceError AGENCY_UNKNOWN, LIMIT_RANGE."""
    if min(own.rows_a_day, own.rows_a_cut) < 0:
        raise ServiceError("LIMIT_RANGE", "expected limits of 0 or more", place=agency)
    with Session(store) as session, session.begin():
        if session.get(Agency, agency) is None:
            raise ServiceError("AGENCY_UNKNOWN", "no such agency is enrolled", hint="enrol it by its card first")
        session.merge(AnswerLimit(agency=agency, rows_a_day=own.rows_a_day, rows_a_cut=own.rows_a_cut))


def spend(session: Session, centre: Centre, agency: str, rows: int, campaign: int | None = None) -> None:
    """Count a question against the agency's day, in the caller's transaction.

    Raises ServiceError AGENCY_UNKNOWN or PULL_BUDGET.
    """
    now = centre.clock()
    today = now.astimezone(UTC).date()
    # Where writers run side by side, the agency's row makes its questions wait for each other.
    if session.exec(select(Agency.id).where(Agency.id == agency).with_for_update()).first() is None:
        raise ServiceError("AGENCY_UNKNOWN", "no such agency is enrolled", hint="the centre enrols it by its card")
    session.add(Pull(campaign=campaign, agency=agency, day=today, rows=rows, asked_at=now))
    session.flush()
    if _spent(session, agency, today) > bounds(session, centre, agency).rows_a_day:
        raise _over(agency)


def check(session: Session, centre: Centre, agency: str, rows: int) -> None:
    """Refuse a question that the day has no room for, before any work is done; raises ServiceError PULL_BUDGET."""
    today = centre.clock().astimezone(UTC).date()
    if _spent(session, agency, today) + rows > bounds(session, centre, agency).rows_a_day:
        raise _over(agency)


def find(session: Session, centre: Centre, agency: str, refs: pa.Array) -> list[int | None]:
    """Return the record of each reference (fixed_size_binary(32)[n]) among the agency's own visible rows, or None."""
    if not len(refs):
        return []
    with centre.login("ingest") as vault:
        lookup = hmac_batch(vault, "ref", latest_version(vault, "ref"), refs)
    handles: dict[bytes, int] = {}
    for part in batches(lookup.unique().to_pylist()):
        query = select(Reference.lookup, Reference.handle).where(Reference.agency == agency)
        handles.update(session.exec(query.where(col(Reference.lookup).in_(part))).all())
    wanted = pa.array(handles.values(), pa.int64())
    found = handle_map(session, centre, agency)
    found = found.filter(pc.equal(pc.cast(found["compartment"], pa.string()), REFERENCES))
    found = found.filter(pc.is_in(found["handle"], wanted))
    records = dict(zip(found["handle"].to_pylist(), found["record"].to_pylist(), strict=True))
    gone = set(session.exec(select(Withdrawal.record).where(Withdrawal.agency == agency)))
    known = {look: record for look, handle in handles.items() if (record := records.get(handle)) not in gone}
    return [known.get(each) for each in lookup.to_pylist()]


def handle_map(session: Session, centre: Centre, agency: str) -> pa.Table:
    """Return the handles of the agency's visible rows (`HANDLE_MAP`), opened as the merge."""
    query = select(HandleBlock).join(Submission)
    query = query.where(Submission.agency == agency, col(Submission.visible_at).is_not(None))
    blocks = session.exec(query).all()
    if not blocks:
        return HANDLE_MAP.empty_table()
    with centre.login("merge") as vault:
        return pa.concat_tables([open_handles(vault, block) for block in blocks]).unify_dictionaries()


def batches(values: Sequence[object]) -> Iterator[Sequence[object]]:
    """Yield the values in parts that one query takes."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def _spent(session: Session, agency: str, today: date) -> int:
    return session.exec(select(func.sum(Pull.rows)).where(Pull.agency == agency, Pull.day == today)).one() or 0


def _over(agency: str) -> ServiceError:
    return ServiceError("PULL_BUDGET", "more rows than an agency may ask about in a day", place=agency, hint="tomorrow")
