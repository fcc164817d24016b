"""Register agencies and epochs by their public cards. Idempotent; a changed key is refused, never replaced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.errors import ServiceError
from api.store import Agency, Epoch
from linkage.encoding import EnrolmentCard, EpochCard


def register_agency(store: Engine, card: EnrolmentCard, now: datetime) -> None:
    """Take an agency's card; raises ServiceError AGENCY_KEY_CHANGED."""
    with Session(store) as session, session.begin():
        known = session.get(Agency, card.party)
        if known is None:
            session.add(
                Agency(
                    id=card.party,
                    name=card.name,
                    signing_key=card.signing_key,
                    enrolled_at=now,
                    enrolment_key=card.enrolment_key,
                )
            )
            return
        if (known.signing_key, known.enrolment_key or card.enrolment_key) != (card.signing_key, card.enrolment_key):
            raise ServiceError("AGENCY_KEY_CHANGED", "the agency is enrolled with another key", place=card.party)
        known.enrolment_key = card.enrolment_key


def register_epoch(store: Engine, card: EpochCard) -> None:
    """Take an epoch's card; raises ServiceError EPOCH_CHANGED."""
    with Session(store) as session, session.begin():
        known = session.get(Epoch, card.epoch)
        if known is None:
            session.add(Epoch(id=card.epoch, check_value=card.check))
        elif known.check_value != card.check:
            raise ServiceError("EPOCH_CHANGED", "the epoch is known with another key", place=card.epoch)


def retire_epoch(store: Engine, epoch: str) -> None:
    """Refuse the epoch's submissions from now on; raises ServiceError EPOCH_UNKNOWN."""
    with Session(store) as session, session.begin():
        known = session.get(Epoch, epoch)
        if known is None:
            raise ServiceError("EPOCH_UNKNOWN", "no such epoch", place=epoch)
        known.retired = True
