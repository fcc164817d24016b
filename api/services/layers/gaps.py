"""The rows of people in a gap, for a campaign that two people approved. It tells of no person, and lists no need.

That somebody is poor, or lacks something, may be known from another agency's list alone. So only rows count that were
there when the campaign was opened: a row that was listed to find out is not concerned.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from api.store import Content, LayerPerson, Membership, Submission
from linkage.layering import programmes
from linkage.layering.columns import mask
from linkage.layering.needs import POOR
from linkage.layering.persons import NEEDS

CRITERIA = ("untouched", "unmet")
"""`untouched`: poor, and on no layer; `unmet`: needs what the programme is for, and no programme meets that need."""


def rows(session: Session, criterion: str, programme: str, regency: str | None, opened_at: datetime) -> set[int]:
    """Return the records of everybody in the gap, where she lives in the regency or in any; see `CRITERIA`."""
    query: Any = select(Membership.record).join(LayerPerson, col(LayerPerson.person) == col(Membership.person))
    query = query.join(Content, col(Content.record) == col(Membership.record))
    query = query.join(Submission, col(Submission.id) == col(Content.submission))
    query = query.where(col(Submission.visible_at) <= opened_at, _in_gap(criterion, programme))
    if regency is not None:
        query = query.where(LayerPerson.regency == regency)
    return set(session.exec(query))


def _in_gap(criterion: str, programme: str) -> Any:
    if criterion == "untouched":
        return (col(LayerPerson.layers) == 0) & col(LayerPerson.decile).in_(POOR)
    known = programmes().get(programme)
    wanted = mask(known.needs, NEEDS) if known else 0
    return col(LayerPerson.unmet).op("&")(wanted) != 0
