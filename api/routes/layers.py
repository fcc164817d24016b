"""The layers: released counts, the rupiah, flags that wait for a person, people without a NIK. Each with its reason.

Counts come from releases alone: nothing is counted here. A list of people is of pseudonyms, and is an entry in the log.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response, status

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms, layer_forms
from api.routes.forms import Limit, Regency
from api.routes.layer_forms import After, CellList, FlagId, Level, Place, ReleaseNumber, SheetView
from api.routes.tags import UNCHANGED, Known, tagged
from api.services.layers import flags, reading
from api.services.layers.flags import Wanted
from api.services.layers.reading import Where
from api.store import Release

router = APIRouter(prefix="/v1", tags=["layers"])
Here = Annotated[Visit, VISIT]
releases = APIRouter(prefix="/v1/releases", tags=["layers"])
DAY = 86_400_000_000
"""Microseconds."""


@router.get("/layers", operation_id="readLayers", response_model=CellList, responses=UNCHANGED)
def layers(
    visit: Here, response: Response, known: Known = None,
    cube: Annotated[Literal["layers", "villages", "programmes", "pairs"], Query(description="which cube")] = "layers",
    level: Level = None, place: Place = None, release: ReleaseNumber = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """Read how many people have 0, 1, 2, 3+ layers by decile, or which programmes: cells of a release."""
    return _cells(visit, "LAYERS_READ", cube, Where(level, place), (release, after, limit), known, response)


@router.get("/gaps", operation_id="readGaps", response_model=CellList, responses=UNCHANGED)
def gaps(
    visit: Here, response: Response, known: Known = None,
    cube: Annotated[
        Literal["needs", "untouched", "in-need", "exclusion", "exclusion-nik"], Query(description="which cube")
    ] = "needs",
    level: Level = None, place: Place = None, release: ReleaseNumber = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """Read needs met and unmet, the untouched poor, and which groups are left out more often: cells of a release."""
    return _cells(visit, "GAPS_READ", cube, Where(level, place), (release, after, limit), known, response)


def _cells(
    visit: Visit, code: str, cube: str, where: Where, page: tuple[int | None, int | None, int], known: str | None,
    response: Response,
) -> Response:  # fmt: skip
    number, after, limit = page
    release = reading.find(visit.session, number)
    found = reading.cells(visit.session, release, cube, where, -1 if after is None else after, limit)
    visit.enter(code, cube=cube, release=release.id, place=where.place, count=len(found))
    cells = [
        layer_forms.CellView(level=each.level, place=each.place, cell=each.cell.split(), people=each.people)
        for each in found
    ]
    last = found[-1].number if len(found) == limit else None
    answer = CellList(release=release.id or 0, at=release.at, after=last, cells=cells)
    sent: Response = tagged(answer, known, response)
    return sent


@router.get("/causes", operation_id="readCauses", response_model=layer_forms.CauseList, responses=UNCHANGED)
def causes(
    visit: Here, response: Response, known: Known = None, level: Level = None, place: Place = None,
    release: ReleaseNumber = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """Read what stands between needs and programmes, by place, with denominators and the release before."""
    made = reading.find(visit.session, release)
    found = reading.causes(visit.session, made, Where(level, place), -1 if after is None else after, limit)
    visit.enter("CAUSES_READ", release=made.id, place=place, count=len(found))
    views = [layer_forms.CauseView.model_validate(each, from_attributes=True) for each in found]
    last = found[-1].number if len(found) == limit else None
    sent: Response = tagged(
        layer_forms.CauseList(release=made.id or 0, at=made.at, after=last, causes=views), known, response
    )
    return sent


@router.get("/funds", operation_id="readFunds", response_model=SheetView, responses=UNCHANGED)
def funds(
    visit: Here, response: Response, known: Known = None,
    sheet: Annotated[
        Literal["plans", "lines", "payees", "edges"],
        Query(description="budget against disbursement; disbursement against rows; who was paid; the flow"),
    ] = "plans",
    release: ReleaseNumber = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """Read where every rupiah went, the untraced rest named: a sheet of a release."""
    return _sheet(visit, "FUNDS_READ", sheet, (release, after, limit), known, response)


@router.get("/villages", operation_id="listVillages", response_model=SheetView, responses=UNCHANGED)
def villages(
    visit: Here, response: Response, known: Known = None, release: ReleaseNumber = None, after: After = None,
    limit: Limit = 50,
) -> Response:  # fmt: skip
    """List villages by code, with faults of their rows as shares and a merit that rewards mending."""
    return _sheet(visit, "VILLAGES_LISTED", "villages", (release, after, limit), known, response)


def _sheet(
    visit: Visit, code: str, sheet: str, page: tuple[int | None, int | None, int], known: str | None, response: Response
) -> Response:  # fmt: skip
    number, after, limit = page
    release: Release = reading.find(visit.session, number)
    found = reading.sheet(visit.session, release, sheet, -1 if after is None else after, limit)
    visit.enter(code, sheet=sheet, release=release.id, count=len(found))
    last = found[-1][0] if len(found) == limit else None
    rows = [row for _, row in found]
    sent: Response = tagged(SheetView(release=release.id or 0, at=release.at, after=last, rows=rows), known, response)
    return sent


@releases.post("/{release}/approvals", operation_id="approveRelease")
def approve(visit: Here, release: Annotated[int, Path(ge=1, le=forms.MOST, examples=[1])]) -> layer_forms.ReleaseView:
    """Approve that a release goes out of the house, to BPS or elsewhere; given again it is still one."""
    found = reading.approve(visit.session, release, visit.asked.entity, visit.service.centre.clock())
    visit.enter("RELEASE_APPROVED", release=release)
    return layer_forms.ReleaseView(release=release, at=found.at, approved_at=found.approved_at)


@router.get("/flags", operation_id="listFlags")
def listed(
    visit: Here,
    rule: Annotated[str | None, Query(pattern="^[a-z0-9-]{1,60}$", examples=["same-programme-twice"])] = None,
    effect: Annotated[
        Literal["info", "review", "hold"] | None, Query(examples=["hold"], description="what a person is asked")
    ] = None,
    state: Annotated[flags.State | None, Query(examples=["open"], description="whether somebody has looked")] = None,
    regency: Regency = None,
    after: Annotated[str | None, Query(pattern=forms.HEX, description="as the page before says")] = None,
    limit: Limit = 50,
) -> layer_forms.FlagList:
    """List flags with the rows that a person should look at together. A flag denies nothing."""
    found = flags.listed(visit.session, Wanted(rule, effect, state, regency), after or "", limit)
    visit.enter("FLAGS_LISTED", rule=rule, effect=effect, regency=regency, count=len(found))
    page = [_flag(each) for each in found]
    return layer_forms.FlagList(flags=page, after=page[-1].id if len(page) == limit else None)


def _flag(found: flags.Flagged) -> layer_forms.FlagView:
    flag = found.flag.model_dump(include={"id", "rule", "effect", "citation", "unit"})
    rows = [
        {"person": forms.shown(row.person), "agency": row.agency, "programme": row.programme, "period": row.period,
         "amount": row.amount}
        for row in found.rows
    ]  # fmt: skip
    return layer_forms.FlagView.model_validate({**flag, "rows": rows, "outcome": found.outcome})


@router.post("/flags/{flag}/outcomes", operation_id="createFlagOutcome", status_code=status.HTTP_201_CREATED)
def settle(visit: Here, flag: FlagId, found: layer_forms.NewOutcome) -> layer_forms.OutcomeView:
    """Record what a person found of a flag; the later finding stands until it was told."""
    kept = flags.settle(visit.session, visit.service.centre, flag, found.outcome, visit.asked.entity)
    visit.enter("FLAG_SETTLED", flag=flag, outcome=found.outcome, rows=kept.rows)
    return layer_forms.OutcomeView(flag=flag, rows=kept.rows)


@router.get("/unregistered", operation_id="listUnregistered")
def unregistered(
    visit: Here,
    place: Place = None,
    after: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,17}/[0-7][0-9a-f]{15}$", description="as the page before says")
    ] = None,
    limit: Limit = 50,
) -> layer_forms.UnregisteredList:
    """List people without a usable NIK, the longest waiting first: to refer to Dukcapil, never to drop."""
    since, _, person = (after or "").partition("/")
    start = (int(since), forms.read(person)) if after else (-1, -1)
    found = flags.waiting(visit.session, place, start, limit)
    visit.enter("UNREGISTERED_LISTED", place=place, count=len(found))
    now = int(visit.service.centre.clock().timestamp() * 1_000_000)
    page = [
        layer_forms.UnregisteredView.model_validate(
            {"person": forms.shown(each.person), "village": each.village, "reason": each.reason,
             "days": max(0, (now - each.since) // DAY), "layers": each.layers}
        )
        for each in found
    ]  # fmt: skip
    last = f"{found[-1].since}/{forms.shown(found[-1].person)}" if len(found) == limit else None
    return layer_forms.UnregisteredList(persons=page, after=last)
