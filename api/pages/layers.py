"""The PMO's pages: layers, gaps, rupiah, villages, flags, people without a NIK; by the services that the API asks.

Counts are of a release alone. A list of people is of pseudonyms, and is an entry in the log, as over the API.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import downloads, figures, forms, views
from api.pages.charts import regions, tiles
from api.pages.fields import AnyRegency, regencies
from api.pages.layer_tables import (
    CAUSES,
    FLAGS,
    LAYERS,
    LOST,
    NEEDS,
    PAIRS,
    PLACES,
    PLANS,
    UNREGISTERED,
    VILLAGES,
    waited,
)
from api.pages.tables import Asked, Cursor, asked, taken
from api.routes.forms import HEX
from api.routes.forms import shown as shown_person
from api.routes.layer_forms import FlagId
from api.services.findings import Outcome
from api.services.layers import flags, reading
from api.services.layers.flags import Wanted
from api.services.layers.reading import Where
from linkage.layering.needs import CAUSES as CAUSE_CODES
from policies.overlap_rules import load_overlap_rules

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse, responses=downloads.GIVEN)
Here = Annotated[Visit, VISIT]
AnyEffect = Annotated[Literal["", "info", "review", "hold"], Query(description="what a person is asked")]
AnyState = Annotated[Literal["", "open", "settled"], Query(description="whether somebody has looked")]


@router.get("/layers", operation_id="showLayers")
def layers(
    request: Request, visit: Here, bars: Annotated[Asked, Depends(asked(LAYERS))],
    places: Annotated[Asked, Depends(asked(PLACES))], pairs: Annotated[Asked, Depends(asked(PAIRS))],
) -> Response:  # fmt: skip
    """Show how many of the poorest have how many layers, where nobody reached them, and what meets what."""
    release = reading.find(visit.session)
    by_layer = figures.told(visit.session, release, "layers", "province")
    by_place = figures.alike(visit.session, release, figures.UNTOUCHED, "regency")
    both = {
        cell: people
        for cube in ("pairs", "programmes")
        for cell, people in figures.told(visit.session, release, cube, "province").items()
    }
    poor = figures.says_who_is_poor(visit.session, release)
    drawn = figures.layer_bars(by_layer, figures.POOREST if poor else figures.UNTOLD)
    matrix = figures.pairs(both, load_overlap_rules().rules)
    people = figures.alike(visit.session, release, "", "regency")
    shown = (
        LAYERS.view(request, drawn, bars),
        PLACES.view(request, figures.ranked(by_place, people), places),
        PAIRS.view(request, figures.meetings(matrix), pairs),
    )
    outlines = visit.service.outlines
    visit.enter("LAYERS_READ", cube="layers", release=release.id, count=len(by_layer), **taken(*shown))
    return views.tabled(
        request, "layers.html", *shown, release=release, poor=poor, bars=drawn, tiles=tiles(by_place),
        regions=regions(outlines, by_place) if outlines else None, height=outlines.height if outlines else 0,
        pairs=matrix,        gaps=views.may(visit, "showGaps"),
    )  # fmt: skip


@router.get("/gaps", operation_id="showGaps")
def gaps(
    request: Request, visit: Here, needs: Annotated[Asked, Depends(asked(NEEDS))],
    causes: Annotated[Asked, Depends(asked(CAUSES))], places: Annotated[Asked, Depends(asked(PLACES))],
    regency: AnyRegency = "",
) -> Response:  # fmt: skip
    """Show needs met and unmet, what stands in the way, and where the poorest are whom nobody reached."""
    release = reading.find(visit.session)
    level = "regency" if regency else "province"
    cells = figures.told(visit.session, release, "needs", level, regency)
    told = reading.causes(visit.session, release, Where(level, regency or None), -1, figures.EVERY)
    below = "district" if regency else "regency"
    untouched = figures.alike(visit.session, release, figures.UNTOUCHED, below, regency)
    people = figures.alike(visit.session, release, "", below, regency)
    told.sort(key=lambda each: CAUSE_CODES.index(each.cause))
    shown = (
        NEEDS.view(request, figures.needs(cells, regency), needs),
        CAUSES.view(request, told, causes),
        PLACES.view(request, figures.ranked(untouched, people), places),
    )
    visit.enter("GAPS_READ", cube="needs", release=release.id, place=regency or None, count=len(cells), **taken(*shown))
    return views.tabled(
        request, "gaps.html", *shown, release=release, regency=regency, regencies=regencies(),
        poor=figures.says_who_is_poor(visit.session, release),
    )  # fmt: skip


@router.get("/funds", operation_id="showFunds")
def funds(
    request: Request, visit: Here, budget: Annotated[Asked, Depends(asked(PLANS))],
    untraced: Annotated[Asked, Depends(asked(LOST))],
) -> Response:  # fmt: skip
    """Show where every rupiah went, and the rest that nobody can trace."""
    release = reading.find(visit.session)
    edges, plans, lines = (
        [row for _, row in reading.sheet(visit.session, release, name, -1, figures.EVERY)]
        for name in ("edges", "plans", "lines")
    )
    lost = sorted((row for row in lines if row["untraced"]), key=lambda row: -row["untraced"])
    shown = (PLANS.view(request, plans, budget), LOST.view(request, lost, untraced))
    visit.enter("FUNDS_READ", sheet="edges", release=release.id, count=len(edges), **taken(*shown))
    return views.tabled(
        request, "funds.html", *shown, release=release, flow=figures.rupiah(edges), plans=plans,
        disbursed=any(row["disbursed"] for row in lines),
        hidden=sum(row["untraced"] is None for row in lines),
    )  # fmt: skip


@router.get("/villages", operation_id="showVillages")
def villages(
    request: Request, visit: Here, table: Annotated[Asked, Depends(asked(VILLAGES))], regency: AnyRegency = ""
) -> Response:  # fmt: skip
    """Show how sound each village's rows are, and who mended most since the release before."""
    release = reading.find(visit.session)
    rows = [row for _, row in reading.sheet(visit.session, release, "villages", -1, figures.EVERY)]
    here = [row for row in rows if row["village"] and row["village"].startswith(regency)]
    ordered = sorted(here, key=lambda row: (row["merit"] is None, -(row["merit"] or 0), row["village"]))
    view = VILLAGES.view(request, ordered, table)
    visit.enter("VILLAGES_LISTED", sheet="villages", release=release.id, count=len(rows), **view.taken)
    return views.tabled(
        request, "villages.html", view, release=release, regency=regency, regencies=regencies()
    )  # fmt: skip


@router.get("/flags", operation_id="showFlags")
def flagged(
    request: Request,
    visit: Here,
    table: Annotated[Asked, Depends(asked(FLAGS, 20))],
    effect: AnyEffect = "",
    state: AnyState = "open",
    regency: AnyRegency = "",
    after: Annotated[str | None, Query(pattern=HEX, description="as the page before says")] = None,
) -> Response:
    """Show flags with the rows that a person should look at together. A flag denies nothing."""
    wanted = Wanted(None, effect or None, state or None, regency or None)
    found = flags.listed(visit.session, wanted, after or "", table.reach)
    view = FLAGS.view(request, found, table, Cursor("after", lambda row: row.flag.id))
    count = len(view.rows)
    visit.enter("FLAGS_LISTED", rule=None, effect=wanted.effect, regency=wanted.regency, count=count, **view.taken)
    return views.tabled(
        request, "flags.html", view, effect=effect, state=state, regency=regency, regencies=regencies(),
        outcomes=get_args(Outcome),
        titles=views.titles(),
        settles=views.may(visit, "createFlagOutcome"), opens=views.may(visit, "showPerson"), shown=shown_person,
    )  # fmt: skip


@router.post("/flags/{flag}", operation_id="sendFlagOutcomeForm", status_code=303, response_class=RedirectResponse,
             dependencies=[forms.OURS])  # fmt: skip
def settle(
    visit: Here,
    flag: FlagId,
    outcome: Annotated[Outcome, Form()],
    effect: AnyEffect = "",
    state: AnyState = "",
    regency: AnyRegency = "",
) -> RedirectResponse:
    """Keep what a person found of a flag, and show the rest."""
    kept = flags.settle(visit.session, visit.service.centre, flag, outcome, visit.asked.entity)
    visit.enter("FLAG_SETTLED", flag=flag, outcome=outcome, rows=kept.rows)
    here = {"effect": effect, "state": state, "regency": regency}
    return RedirectResponse(f"/pages/flags?{views.reason(visit, here)}", 303)


@router.get("/unregistered", operation_id="showUnregistered")
def unregistered(
    request: Request,
    visit: Here,
    table: Annotated[Asked, Depends(asked(UNREGISTERED))],
    regency: AnyRegency = "",
    after: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,17}/[0-7][0-9a-f]{15}$", description="as the page before says")
    ] = None,
) -> Response:
    """Show people without a usable NIK, the longest waiting first: to refer to Dukcapil, never to drop."""
    since, _, person = (after or "").partition("/")
    start = (int(since), int(person, 16)) if after else (-1, -1)
    found = flags.waiting(visit.session, regency or None, start, table.reach)
    now = visit.service.centre.clock()
    rows = [
        {"person": each.person, "village": each.village, "reason": each.reason, "days": waited(each.since, now),
         "layers": each.layers, "since": each.since}
        for each in found
    ]  # fmt: skip
    more = Cursor("after", lambda row: f"{row['since']}/{shown_person(row['person'])}")
    view = UNREGISTERED.view(request, rows, table, more)
    visit.enter("UNREGISTERED_LISTED", place=regency or None, count=len(view.rows), **view.taken)
    return views.tabled(
        request, "unregistered.html", view, regency=regency, regencies=regencies(),
        opens=views.may(visit, "showPerson"),
    )  # fmt: skip
