"""Linkage runs as pages: what came in, what was compared and what was not, what became of it. Counts, never rows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from api.access import Visit
from api.access.admission import VISIT
from api.errors import ServiceError
from api.pages import cells, downloads, views
from api.pages.cells import Kind, named
from api.pages.charts import zones
from api.pages.tables import Asked, Column, Table, asked, taken
from api.services import runs
from api.services.runs import RunReport

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]


def _told(*path: str) -> Any:
    """Return what gives a number of a run's details, None where an older release kept less."""

    def get(run: RunReport) -> Any:
        found: Any = run.details
        for name in path:
            found = None if found is None else found[name] if isinstance(found, dict) else getattr(found, name)
        return found

    return get


RUNS = Table("runs", (
    Column("run", cells.NUMBER), Column("finished", cells.MOMENT, lambda run: run.finished_at),
    Column("rows", cells.NUMBER, _told("rows")), Column("people", cells.NUMBER, _told("persons")),
    Column("candidates", cells.NUMBER, _told("candidates")),
    Column("waiting", cells.NUMBER, _told("zones", "waiting")),
    Column("merged", cells.NUMBER, _told("changes", "persons", "MERGED")),
    Column("split", cells.NUMBER, _told("changes", "persons", "SPLIT")),
))  # fmt: skip
PASSES = Table("passes", (
    Column("pass", named("pass"), lambda row: row[0]), Column("rows", cells.NUMBER, lambda row: row[1].filters),
    Column("compared", cells.NUMBER, lambda row: row[1].compared),
    Column("alike", cells.NUMBER, lambda row: row[1].alike),
    Column("floor", cells.SHARE, lambda row: row[1].floor),
), "passes-")  # fmt: skip
GROUPS = Table("groups", (
    Column("group", named("group"), lambda row: row[0]), Column("rows", cells.NUMBER, lambda row: row[1].rows),
    Column("linked", cells.NUMBER, lambda row: row[1].linked),
    Column("waiting", cells.NUMBER, lambda row: row[1].waiting),
), "groups-")  # fmt: skip
HELD = Table("held", (
    Column("reason", named("held"), lambda row: row[0]), Column("pairs", cells.NUMBER, lambda row: row[1]),
), "held-")  # fmt: skip
WEIGHTS = Table("weights", (
    Column("field", named("field"), lambda row: row[0]),
    Column("against", Kind(lambda bits, _: f"{bits:+.1f}", style="number", sorts=float), lambda row: min(row[1])),
    Column("in_favour", Kind(lambda bits, _: f"{bits:+.1f}", style="number", sorts=float), lambda row: max(row[1])),
), "weights-")  # fmt: skip
RunNumber = Annotated[int, Path(ge=1, le=2**31, examples=[1])]


@router.get("/runs", operation_id="showRuns", responses=downloads.GIVEN)
def listed(request: Request, visit: Here, table: Annotated[Asked, Depends(asked(RUNS))]) -> Response:
    """Show linkage runs, newest first."""
    view = RUNS.view(request, runs.listed(visit.session, table.reach), table)
    visit.enter("RUNS_LISTED", count=len(view.rows), **view.taken)
    return views.tabled(request, "runs.html", view)


@router.get("/runs/{run}", operation_id="showRun", responses=downloads.GIVEN)
def read(
    request: Request, visit: Here, run: RunNumber, passes: Annotated[Asked, Depends(asked(PASSES))],
    groups: Annotated[Asked, Depends(asked(GROUPS))], held: Annotated[Asked, Depends(asked(HELD))],
    weights: Annotated[Asked, Depends(asked(WEIGHTS))],
) -> Response:  # fmt: skip
    """Show one run: what came in, what was compared, where the thresholds lie, what was left out, what changed."""
    found = _find(visit, run)
    told = found.details
    shown = (
        PASSES.view(request, list(told.passes.items()) if told else [], passes),
        GROUPS.view(request, list(told.groups.items()) if told else [], groups),
        HELD.view(request, list(told.zones.reasons.items()) if told else [], held),
        WEIGHTS.view(request, [row for row in told.model.weights.items() if row[1]] if told else [], weights),
    )
    visit.enter("RUNS_LISTED", run=run, **taken(*shown))
    picture = zones(told.zones.review, told.zones.accept) if told else None
    return views.tabled(request, "run.html", *shown, run=found, told=told, picture=picture)


def _find(visit: Visit, run: int) -> RunReport:
    try:
        return runs.one(visit.session, run)
    except ServiceError:
        raise ServiceError("NOT_FOUND", "no such run") from None
