"""The report for a meeting: the released figures of the PMO's pages together, on paper. It counts nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from api.access import Visit
from api.access.admission import VISIT
from api.pages import figures, printing, rendering
from api.pages.charts import Bar, Flow, Outlines
from api.pages.figures import Meeting
from api.services.layers import reading
from api.services.layers.reading import Affected, Where
from api.store import Release
from linkage.layering.needs import CAUSES
from policies.overlap_rules import load_overlap_rules

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]


class Pdf(Response):
    """A PDF."""

    media_type = "application/pdf"


@dataclass(frozen=True, slots=True)
class Report:
    """What is printed: cells and sheets of one release. A count that may not be told is None.

    `untouched`: of the poorest, by regency; `districts`: place, how many nobody reached, of how many people; `lines`:
    rupiah by fund, programme, agency and regency; `poor`: whether a list says who is poor.
    """

    release: Release
    poor: bool
    people: int | None
    in_need: int | None
    missed: int | None
    bars: Sequence[Bar]
    untouched: Mapping[str, int | None]
    matrix: Sequence[tuple[str, Sequence[Meeting]]]
    districts: Sequence[tuple[str, int | None, int | None]]
    causes: Sequence[Affected]
    plans: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    flow: Flow
    outlines: Outlines | None = None


@router.get("/report.pdf", operation_id="readReport", response_class=Pdf)
def report(
    request: Request,
    visit: Here,
    language: Annotated[Literal["", "id", "en"], Query(description="the reader's, if none is named")] = "",
) -> Pdf:
    """Give the figures of the newest release as a PDF to print."""
    found = replace(collect(visit.session), outlines=visit.service.outlines)
    visit.enter("REPORT_READ", release=found.release.id, form="pdf")
    day = visit.service.centre.clock()
    content = printing.report(found, language or rendering.language_of(request), day)
    name = f"lapis-release-{found.release.id}.pdf"
    return Pdf(content, headers={"content-disposition": f'attachment; filename="{name}"'})


def collect(session: Session) -> Report:
    """Return what is printed of the newest release; raises ServiceError NOTHING_RELEASED."""
    release = reading.find(session)
    by_layer = figures.told(session, release, "layers", "province")
    both = {
        cell: people
        for cube in ("pairs", "programmes")
        for cell, people in figures.told(session, release, cube, "province").items()
    }
    poor = figures.says_who_is_poor(session, release)
    untouched = figures.alike(session, release, figures.UNTOUCHED, "district")
    causes = reading.causes(session, release, Where("province"), -1, figures.EVERY)
    plans, lines, edges = (
        [row for _, row in reading.sheet(session, release, name, -1, figures.EVERY)]
        for name in ("plans", "lines", "edges")
    )
    return Report(
        release=release,
        poor=poor,
        people=figures.alike(session, release, "", "province").get(""),
        in_need=figures.alike(session, release, "in_need=yes", "province").get(""),
        missed=figures.alike(session, release, figures.UNTOUCHED, "province").get(""),
        bars=figures.layer_bars(by_layer, figures.POOREST if poor else figures.UNTOLD),
        untouched=figures.alike(session, release, figures.UNTOUCHED, "regency"),
        matrix=figures.pairs(both, load_overlap_rules().rules),
        districts=figures.ranked(untouched, figures.alike(session, release, "", "district")),
        causes=sorted(causes, key=lambda each: CAUSES.index(each.cause)),
        plans=plans,
        lines=lines,
        flow=figures.rupiah(edges),
    )
