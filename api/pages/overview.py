"""The figures of the first page: each with what it counts, of when it is, and the page that it comes from.

Only what may be seen without saying why: counts of work and of runs, and no count of a release's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from api.pages.views import Place
from api.service import Service
from api.services import campaigns, cases, runs
from api.services.layers import reading
from api.services.persons import suppress
from api.store import Upload

MOST = 200
DAYS = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its name (LABELS["figure"], and its definition LABELS["definition"]), value, moment and way down."""

    name: str
    value: int | None
    at: datetime
    address: str


def figures(service: Service, places: list[Place]) -> list[Figure]:
    """Return the figures whose pages she may open."""
    opened = {each.action for each in places}
    with Session(service.centre.store) as session:
        found = [*_linked(session), *_work(session, service.centre.clock())]
    return [figure for action, figure in found if action in opened]


def _linked(session: Session) -> Iterator[tuple[str, Figure]]:
    """Yield what the newest run says."""
    for run in runs.listed(session, 1):
        if run.details is not None:
            at, address = run.finished_at, f"/pages/runs/{run.run}"
            yield "showRuns", Figure("persons", suppress(run.details.persons), at, address)
            yield "showRuns", Figure("rows", suppress(run.details.rows), at, address)
            yield "showRuns", Figure("pairs", run.details.zones.waiting, at, address)


def _work(session: Session, now: datetime) -> Iterator[tuple[str, Figure]]:
    """Yield what is under way."""
    lists = select(func.count()).select_from(Upload).where(col(Upload.created_at) >= now - timedelta(days=DAYS))
    yield "showSubmissions", Figure("lists", session.exec(lists).one(), now, "/pages/submissions")
    running = campaigns.listed(session, now, in_force=True, limit=MOST)
    yield "showCampaigns", Figure("campaigns", len(running), now, "/pages/campaigns")
    waiting = sum(cases.state(each, now) == "waiting" for each in cases.listed(session, MOST))
    yield "showCases", Figure("cases", waiting, now, "/pages/cases")
    for newest in reading.listed(session, 1):
        yield "showReleases", Figure("release", newest.told, newest.release.at, "/pages/releases")
