"""The PMO's pages: layers, gaps, rupiah, villages, flags, people without a NIK; by the services that the API asks.

Counts are of a release alone. A list of people is of pseudonyms, and is an entry in the log, as over the API.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import figures, forms, views
from api.pages.charts import tiles
from api.pages.fields import AnyRegency, regencies
from api.routes.forms import HEX, Limit
from api.routes.forms import shown as shown_person
from api.routes.layer_forms import FlagId
from api.routes.layers import DAY
from api.services.findings import Outcome
from api.services.layers import flags, reading
from api.services.layers.flags import Wanted
from api.services.layers.reading import Where
from linkage.layering.needs import CAUSES
from policies.overlap_rules import load_overlap_rules

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]
AnyEffect = Annotated[Literal["", "info", "review", "hold"], Query(description="what a person is asked")]
AnyState = Annotated[Literal["", "open", "settled"], Query(description="whether somebody has looked")]


@router.get("/layers", operation_id="showLayers")
def layers(request: Request, visit: Here) -> HTMLResponse:
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
    visit.enter("LAYERS_READ", cube="layers", release=release.id, count=len(by_layer))
    return views.show(
        request, "layers.html", release=release, poor=poor,
        bars=figures.layer_bars(by_layer, figures.POOREST if poor else figures.UNTOLD),
        tiles=tiles(by_place), pairs=figures.pairs(both, load_overlap_rules().rules), gaps=views.may(visit, "showGaps"),
    )  # fmt: skip


@router.get("/gaps", operation_id="showGaps")
def gaps(request: Request, visit: Here, regency: AnyRegency = "") -> HTMLResponse:
    """Show needs met and unmet, what stands in the way, and where the poorest are whom nobody reached."""
    release = reading.find(visit.session)
    level = "regency" if regency else "province"
    cells = figures.told(visit.session, release, "needs", level, regency)
    causes = reading.causes(visit.session, release, Where(level, regency or None), -1, figures.EVERY)
    below = "district" if regency else "regency"
    untouched = figures.alike(visit.session, release, figures.UNTOUCHED, below, regency)
    people = figures.alike(visit.session, release, "", below, regency)
    visit.enter("GAPS_READ", cube="needs", release=release.id, place=regency or None, count=len(cells))
    rows = [(place, count, people.get(place)) for place, count in untouched.items()]
    rows.sort(key=lambda row: (-(row[1] or 0), row[0]))
    return views.show(
        request, "gaps.html", release=release, needs=figures.needs(cells, regency), regency=regency,
        poor=figures.says_who_is_poor(visit.session, release),
        causes=sorted(causes, key=lambda each: CAUSES.index(each.cause)), rows=rows, regencies=regencies(),
    )  # fmt: skip


@router.get("/funds", operation_id="showFunds")
def funds(request: Request, visit: Here) -> HTMLResponse:
    """Show where every rupiah went, and the rest that nobody can trace."""
    release = reading.find(visit.session)
    edges, plans, lines = (
        [row for _, row in reading.sheet(visit.session, release, name, -1, figures.EVERY)]
        for name in ("edges", "plans", "lines")
    )
    visit.enter("FUNDS_READ", sheet="edges", release=release.id, count=len(edges))
    lost = sorted((row for row in lines if row["untraced"]), key=lambda row: -row["untraced"])
    return views.show(
        request, "funds.html", release=release, flow=figures.rupiah(edges), plans=plans, lost=lost[:100],
        disbursed=any(row["disbursed"] for row in lines),
        hidden=sum(row["untraced"] is None for row in lines),
    )  # fmt: skip


@router.get("/villages", operation_id="showVillages")
def villages(request: Request, visit: Here, regency: AnyRegency = "") -> HTMLResponse:
    """Show how sound each village's rows are, and who mended most since the release before."""
    release = reading.find(visit.session)
    rows = [row for _, row in reading.sheet(visit.session, release, "villages", -1, figures.EVERY)]
    visit.enter("VILLAGES_LISTED", sheet="villages", release=release.id, count=len(rows))
    here = [row for row in rows if row["village"] and row["village"].startswith(regency)]
    ordered = sorted(here, key=lambda row: (row["merit"] is None, -(row["merit"] or 0), row["village"]))
    return views.show(request, "villages.html", release=release, rows=ordered, regency=regency, regencies=regencies())


@router.get("/flags", operation_id="showFlags")
def flagged(
    request: Request,
    visit: Here,
    effect: AnyEffect = "",
    state: AnyState = "open",
    regency: AnyRegency = "",
    after: Annotated[str | None, Query(pattern=HEX, description="as the page before says")] = None,
    limit: Limit = 20,
) -> HTMLResponse:
    """Show flags with the rows that a person should look at together. A flag denies nothing."""
    wanted = Wanted(None, effect or None, state or None, regency or None)
    found = flags.listed(visit.session, wanted, after or "", limit)
    visit.enter("FLAGS_LISTED", rule=None, effect=wanted.effect, regency=wanted.regency, count=len(found))
    return views.show(
        request, "flags.html", rows=found, effect=effect, state=state, regency=regency, regencies=regencies(),
        limit=limit, after=found[-1].flag.id if len(found) == limit else None, outcomes=get_args(Outcome),
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
    regency: AnyRegency = "",
    after: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,17}/[0-7][0-9a-f]{15}$", description="as the page before says")
    ] = None,
    limit: Limit = 50,
) -> HTMLResponse:
    """Show people without a usable NIK, the longest waiting first: to refer to Dukcapil, never to drop."""
    since, _, person = (after or "").partition("/")
    start = (int(since), int(person, 16)) if after else (-1, -1)
    found = flags.waiting(visit.session, regency or None, start, limit)
    visit.enter("UNREGISTERED_LISTED", place=regency or None, count=len(found))
    now = int(visit.service.centre.clock().timestamp() * 1_000_000)
    rows: list[dict[str, Any]] = [
        {"person": shown_person(each.person), "village": each.village, "reason": each.reason,
         "days": max(0, (now - each.since) // DAY), "layers": each.layers}
        for each in found
    ]  # fmt: skip
    last = f"{found[-1].since}/{shown_person(found[-1].person)}" if len(found) == limit else None
    return views.show(
        request, "unregistered.html", rows=rows, after=last, limit=limit, regency=regency, regencies=regencies(),
        opens=views.may(visit, "showPerson"),
    )  # fmt: skip
