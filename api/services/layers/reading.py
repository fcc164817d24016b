"""Read what was released: cells by cube, sheets by row, causes with their denominators. It counts nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlmodel import Session, col, func, select

from api.errors import ServiceError
from api.services import own_rows
from api.store import Release, ReleasedCell, ReleasedRow
from linkage.layering.cubes import UNKNOWN
from linkage.layering.needs import CAUSES
from linkage.layering.release import expand
from policies.release_rules import load_release_rules


@dataclass(frozen=True, slots=True)
class Where:
    """Which cells are meant: of one level, in places that begin so; nothing means all."""

    level: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    """How many people of a place a cause stands in the way of, of how many in need, of how many; and a release ago."""

    number: int
    level: str
    place: str
    cause: str
    people: int | None
    in_need: int | None
    affected: int | None
    affected_before: int | None


@dataclass(frozen=True, slots=True)
class Covered:
    """How many people live in a regency, or are in a programme there, and how many of its poor are on no layer."""

    regency: str
    people: int | None
    untouched: int | None


def find(session: Session, number: int | None = None) -> Release:
    """Return a release, the newest if none is named; raises ServiceError NOTHING_RELEASED."""
    query = select(Release).order_by(col(Release.id).desc())
    found = session.exec(query if number is None else query.where(Release.id == number)).first()
    if found is None:
        raise ServiceError("NOTHING_RELEASED", "no such release", hint="the centre releases counts once a month")
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """A release, how many of its cells are told, and how many are hidden."""

    release: Release
    told: int
    hidden: int


def listed(session: Session, limit: int) -> list[Listed]:
    """Return the newest releases, newest first."""
    found = session.exec(select(Release).order_by(col(Release.id).desc()).limit(limit)).all()
    counts = select(ReleasedCell.release, func.count(), func.count(col(ReleasedCell.people)))
    counts = counts.where(col(ReleasedCell.release).in_([each.id for each in found])).group_by(
        col(ReleasedCell.release)
    )
    cells_of = {number: (told, whole - told) for number, whole, told in session.exec(counts)}
    return [Listed(each, *cells_of.get(each.id or 0, (0, 0))) for each in found]


def unapproved(session: Session) -> Release | None:
    """Return the newest release, if nobody has approved yet that it goes out."""
    found = session.exec(select(Release).order_by(col(Release.id).desc()).limit(1)).first()
    return found if found is not None and found.approved_at is None else None


def approve(session: Session, number: int, by: str, now: datetime) -> Release:
    """Approve that a release goes out; the first approval stands. Raises ServiceError NOTHING_RELEASED."""
    found = find(session, number)
    if found.approved_at is None:
        found.approved_by, found.approved_at = by, now
        session.add(found)
    return found


@cache
def crossed(cube: str) -> tuple[str, ...]:
    """Return what the cells of a cube of the rules cross, as `released_cell` names it."""
    rules = [rule for rule in load_release_rules().rules.cubes if rule.name == cube]
    return tuple(sorted({" ".join(sorted(each.dimensions)) for rule in rules for each in expand(rule)}))


def cells(
    session: Session, release: Release, cube: str, where: Where, after: int, limit: int
) -> list[ReleasedCell]:  # fmt: skip
    """Return the cells of a cube, hidden ones too, by number, those after `after`."""
    query = select(ReleasedCell).where(ReleasedCell.release == release.id, col(ReleasedCell.number) > after)
    query = query.where(col(ReleasedCell.dimensions).in_(crossed(cube)))
    return list(session.exec(_narrow(query, where).order_by(col(ReleasedCell.number)).limit(limit)))


def _narrow(query: Any, where: Where) -> Any:
    if where.level is not None:
        query = query.where(ReleasedCell.level == where.level)
    if where.place is not None:
        query = query.where(col(ReleasedCell.place).startswith(where.place, autoescape=True))
    return query


def causes(session: Session, release: Release, where: Where, after: int, limit: int) -> list[Affected]:
    """Return causes by place, each with its denominators and what it was a release before."""
    told = [f"cause:{cause}=yes" for cause in CAUSES]
    query = select(ReleasedCell).where(ReleasedCell.release == release.id, col(ReleasedCell.number) > after)
    query = _narrow(query.where(col(ReleasedCell.cell).in_(told)), where)
    page = session.exec(query.order_by(col(ReleasedCell.number)).limit(limit)).all()
    places = {each.place for each in page}
    beside = _beside(session, release.id, places, ["", "in_need=yes"])
    earlier = select(Release.id).where(col(Release.id) < release.id).order_by(col(Release.id).desc())
    before = _beside(session, session.exec(earlier).first(), places, told)
    return [
        Affected(
            number=each.number,
            level=each.level,
            place=each.place,
            cause=each.cell.removeprefix("cause:").removesuffix("=yes"),
            people=beside.get((each.level, each.place, "")),
            in_need=beside.get((each.level, each.place, "in_need=yes")),
            affected=each.people,
            affected_before=before.get((each.level, each.place, each.cell)),
        )
        for each in page
    ]


def _beside(
    session: Session, release: int | None, places: Iterable[str], wanted: Sequence[str]
) -> dict[tuple[str, str, str], int | None]:
    found: dict[tuple[str, str, str], int | None] = {}
    for part in own_rows.batches(sorted(places)):
        query = select(ReleasedCell).where(ReleasedCell.release == release, col(ReleasedCell.cell).in_(wanted))
        for each in session.exec(query.where(col(ReleasedCell.place).in_(part))):
            found[each.level, each.place, each.cell] = each.people
    return found


def coverage(session: Session, release: Release, programme: str | None) -> list[Covered]:
    """Return every regency's people, those of a programme if one is named, and its poor whom nobody reached."""
    wanted = "" if programme is None else f"programme:{programme}=yes"
    query = select(ReleasedCell.place).where(ReleasedCell.release == release.id, ReleasedCell.level == "regency")
    found = sorted(set(session.exec(query.where(ReleasedCell.cell == "", ReleasedCell.place != UNKNOWN))))
    beside = _beside(session, release.id, found, [wanted, "untouched=yes"])
    return [
        Covered(place, beside.get(("regency", place, wanted)), beside.get(("regency", place, "untouched=yes")))
        for place in found
    ]


def sheet(
    session: Session, release: Release, name: str, after: int, limit: int
) -> list[tuple[int, dict[str, Any]]]:  # fmt: skip
    """Return a sheet's rows with their numbers, those after `after`."""
    query = select(ReleasedRow).where(ReleasedRow.release == release.id, ReleasedRow.sheet == name)
    query = query.where(col(ReleasedRow.number) > after).order_by(col(ReleasedRow.number)).limit(limit)
    return [(each.number, json.loads(each.body)) for each in session.exec(query)]
