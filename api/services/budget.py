"""How many tokens ingest asks of the vault for an agency in a day, and when it must stop.

What is asked is counted in the transaction of its chunk, and checked before the vault is asked. It bounds an agency
that feeds in guesses. A thief of the ingest credential passes by here: then the vault's audit trail shows more than was
counted. Never keeps a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.centre import Centre, Limits
from api.errors import ServiceError
from api.services import alarms, journal
from api.services.alarms import Sign
from api.services.journal import Event
from api.store import Agency, TokenLimit, TokenUse
from linkage.encoding import LinkagePolicy

CODE = "TOKEN_BUDGET"


@dataclass(frozen=True, slots=True)
class Asked:
    """How many different tokens a chunk asks for: of NIKs and KKs, and of cells that people share."""

    identity: int
    anchor: int


def count(table: pa.Table, policy: LinkagePolicy) -> Asked:
    """Count the tokens that the rows of `table` (the submission's schema) ask for, each once.

    The NIK's own anchor counts as an identity: its cell is one person's.
    """
    met = {anchor.name: table[f"anchor_{anchor.name}"].combine_chunks().flatten() for anchor in policy.anchors}
    ones = [anchor.name for anchor in policy.anchors if "nik" in anchor.parts]
    identity = [table["nik"], table["kk"], *(met[name].field("token") for name in ones)]
    return Asked(_distinct(identity), _distinct([met[name].field("token") for name in met if name not in ones]))


def _distinct(columns: list[pa.ChunkedArray | pa.Array]) -> int:
    return sum(len(column.drop_null().unique()) for column in columns)


def check(centre: Centre, agency: str, asked: Asked) -> date:
    """Return the day that the tokens will be counted on; the vault has not been asked yet.

    Raises ServiceError TOKEN_BUDGET, and leaves an alarm, if they are more than the day has left.
    """
    now = centre.clock()
    day = now.astimezone(UTC).date()
    with Session(centre.store) as session:
        spent, allowed = used(session, agency, day), limits(session, centre, agency)
    if spent.identity + asked.identity <= allowed.identity and spent.anchor + asked.anchor <= allowed.anchor:
        return day
    _alarm(centre.store, agency, day, now)
    hint = "ingest the file again tomorrow (UTC), or give the agency a larger budget: `lapis centre budget`"
    raise ServiceError(CODE, "the agency's tokens of today are used up", place=agency, hint=hint)


def used(session: Session, agency: str, day: date) -> Asked:
    """Return what was asked for an agency on a day."""
    found = session.get(TokenUse, (agency, day))
    return Asked(found.identity, found.anchor) if found else Asked(0, 0)


def limits(session: Session, centre: Centre, agency: str) -> Limits:
    """Return the agency's own limits, or the centre's."""
    own = session.get(TokenLimit, agency)
    return Limits(own.identity, own.anchor) if own else centre.limits


def spend(session: Session, agency: str, day: date, asked: Asked, now: datetime) -> None:
    """Count a chunk's tokens in the caller's transaction; outsiders hold the vault's trail against the entry."""
    subject = {"agency": agency, "day": day.isoformat(), "identity": asked.identity, "anchor": asked.anchor}
    journal.record(session, Event("TOKENS_COUNTED", journal.OPERATOR, "service", "", "", subject), now)
    before = used(session, agency, day)
    session.merge(
        TokenUse(agency=agency, day=day, identity=before.identity + asked.identity, anchor=before.anchor + asked.anchor)
    )


def allow(store: Engine, agency: str, own: Limits) -> None:
    """Give an agency limits of its own; raises ServiceError AGENCY_UNKNOWN, LIMIT_RANGE."""
    if min(own.identity, own.anchor) < 0:
        raise ServiceError("LIMIT_RANGE", "expected limits of 0 or more", place=agency)
    with Session(store) as session, session.begin():
        if session.get(Agency, agency) is None:
            raise ServiceError("AGENCY_UNKNOWN", "no such agency is enrolled", hint="enrol it by its card first")
        session.merge(TokenLimit(agency=agency, identity=own.identity, anchor=own.anchor))


def total(store: Engine, day: date) -> Asked:
    """Return what was asked for all agencies on a day; if the vault's audit trail shows more, somebody else asked."""
    with Session(store) as session:
        rows = session.exec(select(TokenUse).where(TokenUse.day == day)).all()
    return Asked(sum(row.identity for row in rows), sum(row.anchor for row in rows))


def _alarm(store: Engine, agency: str, day: date, now: datetime) -> None:
    """Leave an alarm, once an agency and day."""
    with Session(store) as session, session.begin():
        alarms.raise_(session, [Sign(CODE, f"{agency} {day}", now, agency=agency)], None, now)
